"""What messages cost: a price list by country and channel, in US dollars.

WhatsApp takes a price for each message that is delivered, by the category of its template; SMS takes one for each
segment that is handed over, delivered or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Final

from msgspec import Struct, field

from sent_tui.core.channel import Channel
from sent_tui.core.message import Content
from sent_tui.core.numbering import NON_GEOGRAPHIC, region_code

CATEGORIES: Final = ("marketing", "utility", "authentication", "service")
"""The categories by which WhatsApp takes its price; `service` is free text in an open conversation."""
TEMPLATE_CATEGORY: Final = "utility"
"""The category of a template of which none is known."""
FREE_TEXT: Final = "service"
EVERYWHERE: Final = "default"
"""The section of a price list for every country that has no price of its own."""
DEAREST: Final = 10.0
"""Dollars: a price above it is taken for a mistake, such as one in cents."""

Place = tuple[str, str]
"""A region or `default`, and `sms` or a category of WhatsApp."""


class PriceError(ValueError):
    """A price list that makes no sense; the text names the key and says what is allowed."""

    def __init__(self, key: str, found: str, allowed: str) -> None:
        super().__init__(f"{key} {found}")
        self.key = key
        self.found = found
        """What is wrong with it, as the rest of a sentence that begins with the key."""
        self.allowed = allowed
        """What may stand there, in a sentence."""


class Tariff(Struct, frozen=True):
    """What one message to one country costs, in US dollars."""

    whatsapp: float
    """For the message, when it is delivered."""
    sms: float
    """For each segment, when it is handed over."""

    def expected(self, channel: Channel, chance: float, segments: int) -> float:
        """Return the expected price of a step with this chance of delivery (0 to 1)."""
        return self.sms * segments if channel is Channel.SMS else self.whatsapp * chance


class Prices(Struct, frozen=True):
    """A price list. A country without a price of its own has that of `default`."""

    entries: Mapping[Place, float] = field(default_factory=dict)

    def tariff(self, region: str, category: str) -> Tariff:
        """Return what a message of a category to a region (ISO 3166-1 alpha-2) costs.

        A category that WhatsApp has no price for is taken for that of a template of which none is known.
        """
        known = category if category in CATEGORIES else TEMPLATE_CATEGORY
        return Tariff(self._price(region, known), self._price(region, Channel.SMS.value))

    def with_changes(self, changes: Prices) -> Prices:
        """Return the list with the prices of another one in place of its own."""
        return Prices({**self.entries, **changes.entries})

    def _price(self, region: str, item: str) -> float:
        found = self.entries.get((region, item), self.entries.get((EVERYWHERE, item)))
        return _FLAT[item] if found is None else found


_FLAT: Final = {**dict.fromkeys(CATEGORIES, 0.0075), Channel.SMS.value: 0.0085}
FLAT: Final = Prices()
"""The same price everywhere: for what is decided without a price list, such as the default channel of a contact."""


def category_of(content: Content | None) -> str:
    """Return the category that WhatsApp takes for a content; without one, that of a template."""
    if content is None:
        return TEMPLATE_CATEGORY
    if content.is_free_text:
        return FREE_TEXT
    return (content.category or TEMPLATE_CATEGORY).strip().casefold()


def read_prices(document: Mapping[str, object]) -> Prices:
    """Return the price list of a document: a section for each region and `default`; raises PriceError.

    A section holds `sms`, a number, and `whatsapp`: a number for all categories, or a table with one for each.
    """
    entries: dict[Place, float] = {}
    for name, section in document.items():
        region = _region(name)
        if not isinstance(section, Mapping):
            raise PriceError(name, "is no section", f"Write [{region}], and beneath it sms = 0.05 and whatsapp = 0.01.")
        for key, value in section.items():
            entries.update(((region, item), price) for item, price in _items(f"{name}.{key}", str(key), value))
    return Prices(entries)


def _region(name: str) -> str:
    if name in {EVERYWHERE, NON_GEOGRAPHIC}:
        return name
    code = region_code(name)
    if code is None:
        raise PriceError(name, "is no country", f"A section is named {EVERYWHERE}, or by a country code such as US.")
    return code


def _items(place: str, key: str, value: object) -> Iterator[tuple[str, float]]:
    if key == Channel.SMS.value:
        yield key, _amount(place, value)
    elif key != Channel.WHATSAPP.value:
        raise PriceError(place, "is no channel", f"The channels are: {', '.join(sorted(Channel))}.")
    elif not isinstance(value, Mapping):
        price = _amount(place, value)
        yield from ((category, price) for category in CATEGORIES)
    else:
        for category, amount in value.items():
            if category not in CATEGORIES:
                allowed = f"The categories are: {', '.join(CATEGORIES)}."
                raise PriceError(f"{place}.{category}", "is no category", allowed)
            yield category, _amount(f"{place}.{category}", amount)


def _amount(place: str, value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not isfinite(price := float(str(value))) or not 0 <= price <= DEAREST:
        raise PriceError(place, f"is {value!r}", f"A price is a number of US dollars, from 0 to {DEAREST:g}.")
    return price

"""The choice of a country, by a few letters of its name, its code or its calling code."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

from textual.screen import Screen

from sent_tui.core.numbering import Region, region_code, regions
from sent_tui.tui.safe import join
from sent_tui.tui.screens.dialogs import Choice
from sent_tui.tui.screens.narrowing import Narrowing
from sent_tui.tui.widgets.country_field import country_line

NO_COUNTRY = ""
"""Chosen to have no country."""

_OTHER_NAMES = {
    "AE": "emirates",
    "CI": "ivory coast",
    "CV": "cabo verde",
    "CZ": "czech republic",
    "GB": "great britain england scotland wales northern ireland",
    "MK": "macedonia",
    "MM": "burma",
    "NL": "holland",
    "SZ": "swaziland",
    "TL": "east timor",
    "TR": "turkey",
    "US": "usa america",
    "VA": "holy see",
}
"""Names by which people look for a country, besides the one that is shown."""
_LARGEST = frozenset({"AU", "CW", "FI", "GB", "GP", "IT", "MA", "NO", "RE", "RU", "SH", "US"})
"""Of the countries that share a calling code, the one that most people mean."""


def matching(text: str) -> tuple[Region, ...]:
    """Return the countries that fit what was typed, the likeliest first; all of them when nothing was."""
    typed = _folded(text.strip().removeprefix("+"))
    if not typed:
        return regions()
    ranked = [(rank, region) for region in regions() if (rank := _rank(region, typed)) is not None]
    return tuple(region for _, region in sorted(ranked, key=lambda item: item[0]))


def _rank(region: Region, typed: str) -> int | None:
    """Return how well a country fits, from 0 for a perfect match on; None when it does not."""
    words = _words(region)
    if region_code(typed) == region.code or (typed == region.calling_code and region.code in _LARGEST):
        return 0
    if typed == region.calling_code or words[0].startswith(typed):
        return 1
    if any(word.startswith(typed) for word in words) or region.calling_code.startswith(typed):
        return 2
    initials = "".join(word[0] for word in _folded(region.name).split())
    return 3 if typed == initials or typed in words[0] else None


@cache
def _words(region: Region) -> tuple[str, ...]:
    """Return the whole name, each of its words, and the other names."""
    name = _folded(region.name)
    return (name, *name.split(), *_OTHER_NAMES.get(region.code, "").split(), _OTHER_NAMES.get(region.code, name))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char) and char not in "().’")


class ChooseCountry(Narrowing):
    """Gives back a country's code, NO_COUNTRY, or None when nothing was chosen."""

    NOTHING_FITS = "No country fits."

    def __init__(self, typed: str = "", chosen: str | None = None) -> None:
        super().__init__(join("Country of numbers without +"), "Name, code or calling code", typed, chosen)

    def fitting(self, typed: str) -> list[Choice]:
        """Return the countries that fit; first that there is none, while nothing is typed."""
        found = [Choice(region.code, country_line(region)) for region in matching(typed)]
        none = Choice(NO_COUNTRY, join(("–", "bold"), "   none, numbers begin with +"))
        return found if typed.strip() else [none, *found]


def choose_country(owner: Screen[Any], typed: str, chosen: str | None, answered: Callable[[str | None], None]) -> None:
    """Ask for a country from a screen; `typed` are letters of it that are known already."""
    if owner.is_active:
        owner.app.push_screen(ChooseCountry(typed, chosen), answered)

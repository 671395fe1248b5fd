"""Many fictional contacts, fast and always the same for a seed: what the benchmarks fill their databases with.

The numbers are made of templates, without libphonenumber: 555 numbers of North America, the ranges that Ofcom, ARCEP
and the Bundesnetzagentur keep for films, and numbers of other countries that are plainly made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.contact import Contact
from sent_tui.core.phone import NumberType

NOW: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""The end of the time in which everything happened."""
_FIRST: Final = (
    *("Ada", "Adrián", "Agnès", "Aïcha", "Alejandro", "Amara", "Anaïs", "Anders", "Anjali", "Åsa", "Bao", "Beatriz"),
    *("Björn", "Bo", "Camille", "Carlos", "Chidi", "Chloé", "Ciara", "Çağla", "Dagny", "Daniel", "Désirée", "Diego"),
    *("Dmitri", "Elif", "Élodie", "Emeka", "Emma", "Fatima", "Félix", "Fiona", "François", "Freya", "Gül", "Hana"),
    *("Hélène", "Héctor", "Ibrahim", "Imani", "Inès", "Ingrid", "Iván", "Jasmine", "Jörg", "José", "Kaito", "Karim"),
    *("Kofi", "Lars", "Léa", "Leila", "Lucía", "Łukasz", "Maëlle", "Mai", "Malik", "María", "Mateo", "Mei", "Mónica"),
    *("Nadia", "Ngozi", "Niamh", "Noël", "Nuño", "Olga", "Omar", "Øystein", "Paul", "Petra", "Priya", "Rafael", "René"),
    *("Rosa", "Ruben", "Saoirse", "Sofía", "Søren", "Tariq", "Thandi", "Tomás", "Ursula", "Víctor", "Wei", "Yara"),
    *("Yusuf", "Zainab", "Zoë", "Zuzana"),
)
_LAST: Final = (
    *("Abara", "Adeyemi", "Ålund", "Almeida", "Andersen", "Aydın", "Bakker", "Baptiste", "Becker", "Bergström"),
    *("Brennan", "Brontë", "Castañeda", "Chen", "Costa", "Dąbrowski", "Delgado", "Diallo", "Donnelly", "Dubois"),
    *("Eriksen", "Fernández", "Fischer", "Fontaine", "Gallagher", "García", "Girard", "González", "Haddad", "Hansen"),
    *("Hernández", "Holmqvist", "Hrubý", "Ibáñez", "Ito", "Jansen", "Jiménez", "Kaya", "Keller", "Khan", "Köhler"),
    *("Kowalski", "Lambert", "Larsen", "Lefèvre", "Lindqvist", "López", "Lund", "Mäkinen", "Martínez", "Mendoza"),
    *("Menon", "Meyer", "Moreau", "Müller", "Muñoz", "Nakamura", "Ndiaye", "Novák", "Nyström", "O'Brien", "Okafor"),
    *("Olsen", "Örn", "Osei", "Özdemir", "Patel", "Peña", "Pérez", "Petrov", "Pike", "Quispe", "Rahman", "Ramírez"),
    *("Rask", "Rossi", "Roux", "Sánchez", "Santos", "Schäfer", "Schmidt", "Silva", "Singh", "Smith", "Sørensen"),
    *("Tanaka", "Thompson", "Tran", "Uddin", "Vargas", "Vogel", "Weiß", "Wójcik", "Wright", "Yıldız", "Zhang"),
)
_TAGS: Final = ("vip", "billing", "wholesale", "beta", "trial", "press", "school", "returns")
_NOTES: Final = (
    "Prefers mornings.",
    "Écrit plutôt le soir.",
    "Invoices go to the office.",
    "Often out of range; send a text first.",
    "Asked about delivery twice.",
    "No smartphone.",
)
_STATUSES: Final = ("DELIVERED", "READ", "DELIVERED", "SENT", "FAILED")
_AREAS: Final = tuple(f"{a}{b}{c}" for a in range(2, 10) for b in range(9) for c in range(1, 10) if b != c)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a country writes the numbers that are taken from it; each `#` is a digit."""

    region: str
    code: str
    international: str
    national: str
    kind: NumberType
    share: int
    heads: tuple[str, ...] = ("",)
    """What the digits can begin with."""

    @property
    def free(self) -> int:
        """How many digits follow the head."""
        return self.international.count("#") - len(self.heads[0])

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(len(self.heads) * 10**self.free)

    def digits(self, number: int) -> tuple[str, ...]:
        """Return the digits of one of the numbers; neighbours are far from each other."""
        # The factor is prime, so that no number comes twice.
        head, rest = divmod(number * 7_368_787 % self.size, 10**self.free)
        return tuple(f"{self.heads[head]}{rest:0{self.free}}")


_MOBILE = NumberType.MOBILE
_AMERICA = _Plan("US", "1", "+1 ###-555-####", "(###) 555-####", NumberType.FIXED_LINE_OR_MOBILE, 40, _AREAS)
_PLANS: Final = (
    _AMERICA,
    _Plan("GB", "44", "+44 7700 900###", "07700 900###", _MOBILE, 1),
    _Plan("GB", "44", "+44 20 7946 0###", "020 7946 0###", NumberType.FIXED_LINE, 1),
    _Plan("FR", "33", "+33 6 39 98 ## ##", "06 39 98 ## ##", _MOBILE, 4),
    _Plan("DE", "49", "+49 30 23125###", "030 23125###", NumberType.FIXED_LINE, 1),
    _Plan("BR", "55", "+55 ## 90000-####", "(##) 90000-####", _MOBILE, 14, ("11", "21", "31", "41", "51", "61", "71")),
    _Plan("IN", "91", "+91 90000 #####", "090000 #####", _MOBILE, 14),
    _Plan("NG", "234", "+234 80# 000 ####", "080# 000 ####", _MOBILE, 8),
    _Plan("MX", "52", "+52 ## 0000 ####", "## 0000 ####", _MOBILE, 9, ("55", "33", "81")),
    _Plan("ZA", "27", "+27 8# 000 ####", "08# 000 ####", _MOBILE, 8),
)


def contacts(count: int, seed: int) -> Iterator[Contact]:
    """Return contacts of different numbers; the same ones for the same seed.

    Raises ValueError for more than the numbers suffice for.
    """
    chance = Random(seed)
    plans = [_Supply(plan) for plan in _PLANS]
    shares = [supply.plan.share for supply in plans]
    america = plans[0]
    for supply in chance.choices(plans, shares, k=count):
        yield _contact(chance, supply if supply.left else america)


class _Supply:
    """The numbers of a plan, of which each is taken once."""

    __slots__ = ("_international", "_national", "left", "plan")

    def __init__(self, plan: _Plan) -> None:
        self.plan = plan
        self.left = plan.size
        self._international = plan.international.replace("#", "%s")
        self._national = plan.national.replace("#", "%s")

    def take(self) -> tuple[str, str]:
        """Return a number in its international and its national format."""
        if not self.left:
            raise ValueError("there are not as many numbers")
        self.left -= 1
        digits = self.plan.digits(self.left)
        return self._international % digits, self._national % digits


_ONLY_DIGITS = str.maketrans("", "", " -()")
_WITH_HYPHENS = str.maketrans(" ", "-")


def _contact(chance: Random, supply: _Supply) -> Contact:
    plan = supply.plan
    international, national = supply.take()
    e164 = international.translate(_ONLY_DIGITS)
    created = NOW - timedelta(minutes=chance.randrange(60, 700_000))
    dice = chance.random()
    asked = dice > 0.05
    attempts = int(chance.expovariate(0.25)) if asked else 0
    last = created + (NOW - created) * chance.random() if attempts else None
    statuses = _statuses(chance, plan.kind, created, last, attempts) if asked else _UNASKED
    reached = [status.channel for status in statuses if status.availability is Availability.AVAILABLE]
    default = reached[0] if reached else None
    return Contact(
        id=str(UUID(int=chance.getrandbits(128), version=4)),
        phone_number=e164,
        format_e164=e164,
        format_international=international,
        format_national=national,
        format_rfc=f"tel:{international.translate(_WITH_HYPHENS)}",
        country_code=plan.code,
        region_code=plan.region,
        number_type=plan.kind,
        created_at=created,
        updated_at=last,
        default_channel=default,
        default_reason="the best estimate" if default else "",
        default_since=created if default else None,
        opt_out=dice > 0.98,
        channels=statuses,
        name=_name(chance) if dice < 0.93 else "",
        tags=tuple(chance.sample(_TAGS, chance.choice((1, 1, 2)))) if chance.random() < 0.3 else (),
        notes=chance.choice(_NOTES) if chance.random() < 0.12 else "",
        last_message_at=last,
        last_status=chance.choice(_STATUSES) if last else "",
    )


_UNASKED = (ChannelStatus(Channel.WHATSAPP), ChannelStatus(Channel.SMS))


def _name(chance: Random) -> str:
    first, last, dice = chance.choice(_FIRST), chance.choice(_LAST), chance.random()
    if dice < 0.1:
        return f"{first} {last}-{chance.choice(_LAST)}"
    if dice < 0.4:
        return f"{first} {chance.choice('ABCDEFGHJKLMNPRSTVW')}. {last}"
    return f"{first} {last}"


def _statuses(
    chance: Random, kind: NumberType, created: datetime, last: datetime | None, attempts: int
) -> tuple[ChannelStatus, ChannelStatus]:
    """Return what is known of both channels; the messages went out on the first one that is open."""
    whatsapp = chance.random() < 0.62
    sms = kind is not NumberType.FIXED_LINE and chance.random() < 0.93
    return (
        _status(chance, Channel.WHATSAPP, whatsapp, created, last, attempts if whatsapp else 0),
        _status(chance, Channel.SMS, sms, created, last, 0 if whatsapp or not sms else attempts),
    )


def _status(
    chance: Random, channel: Channel, is_open: bool, created: datetime, last: datetime | None, attempts: int
) -> ChannelStatus:
    delivered = sum(chance.random() < 0.9 for _ in range(attempts))
    return ChannelStatus(
        channel,
        Availability.AVAILABLE if is_open else Availability.UNAVAILABLE,
        created,
        last or created,
        Source.DELIVERY if delivered else Source.LOOKUP,
        "delivered" if delivered else "looked up",
        attempts,
        delivered,
        attempts - delivered,
        last if delivered else None,
        last if delivered < attempts else None,
    )

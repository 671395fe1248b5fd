"""Contacts for measurements: as many as wanted, the same for the same seed, made without libphonenumber.

Names and numbers look like those of real people; a number belongs to nobody but by chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.contact import Contact
from sent_tui.core.number_type import NumberType

NEWEST = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words("""
Ada Adaeze Agnieszka Ahmed Aisha Alejandro Ana Anders Andrea Anna Arjun Astrid Beatriz Bo Bola Camille Carlos Chiara
Chloé Chidi Claire Dana Daniel David Diego Elena Elif Emeka Emily Emma Eva Fatima Felix Femi Fernanda Gabriel Giulia
Grace Hana Hannah Hassan Hiroshi Ingrid Isabella Ivan Jack Jakub James Jana Javier Jin João José Julia Kofi Kwame Lars
Laura Layla Lena Leila Li Liam Lucía Luis Lukas Luca Magda Maja Marc María Mariam Marie Mario Marta Mateo Mei Mercy
Miguel Mohammed Nadia Ngozi Nikhil Noah Nora Olga Oliver Olivia Omar Oscar Pablo Paola Patrick Paul Petra Pierre Priya
Rafael Rania Ravi Renée Rosa Samir Sara Sean Siobhán Sofía Stefan Sven Tariq Thomas Tomás Ursula Valentina Viktor Wei
William Yara Yusuf Zanele Zoë Øyvind Łukasz
""")
_LAST = _words("""
Abadi Abdi Adeyemi Agarwal Ahmed Almeida Alonso Álvarez Andersen Anderson Bauer Becker Bello Bernard Bianchi Björk
Brown Carter Castillo Castro Chavez Chen Cohen Colombo Costa Cruz Davies Díaz Diallo Dubois Dupont Eriksen Esposito
Evans Farah Fernández Ferrari Fischer Flores Fontaine Fournier Fuchs García Garnier Gómez González Gonzales Green
Gupta Gutiérrez Haddad Hansen Hassan Hernández Hoffmann Hughes Ibrahim Iglesias Ito Iyer Jackson Jansen Jensen Jiménez
Johansson Johnson Jones Kamau Kapoor Karlsson Keller Khan Kim Kimani Klein Kowalski Kumar Lambert Larsen Lee Lewis Li
Lindqvist López Mahmoud Marin Marino Martin Martínez Marchetti Mbeki Mehta Mensah Meyer Mohamed Molina Moore Morales
Moreno Moreau Müller Murphy Mwangi Nagy Nakamura Navarro Ndiaye Nguyen Nielsen Novák Nowak O'Brien O'Connor Obi Okafor
Okonkwo Oliveira Olsen Ortega Osei Owusu Park Patel Pereira Pérez Petrov Popescu Ramírez Ramos Reddy Ricci Rivera
Roberts Rodríguez Romano Romero Rossi Roux Ruiz Saito Sánchez Santos Sato Schmidt Schneider Schulz Sharma Silva Singh
Smith Sousa Suárez Suzuki Svensson Tanaka Taylor Thompson Torres Tran Vargas Vasquez Vega Wagner Walker Wang Weber
Williams Wilson Wójcik Wong Yamamoto Yılmaz Young Zhang Zieliński Zimmermann
""")
_TAGS = ("vip", "lead", "billing", "newsletter", "trial", "partner", "returns", "appointment", "north", "south")
_NOTES = (
    "Prefers a call in the morning.",
    "Asked for the invoice once more.",
    "Speaks French and a little English.",
    "Do not write on weekends.",
    "Moved in spring, new address on file.",
)
_PLANS = (
    # region, calling code, first digits of the national number, free digits, international and national form
    (
        "US",
        "1",
        tuple(f"{area}{digit}" for area in (212, 305, 312, 415, 617) for digit in range(2, 10)),
        6,
        "### ### ####",
        "(###) ###-####",
        40,
    ),
    ("GB", "44", ("74", "75", "77", "78", "79"), 8, "#### ######", "0#### ######", 12),
    ("DE", "49", ("151", "160", "170", "171", "175"), 8, "### ########", "0### ########", 10),
    ("MX", "52", ("55", "33", "81"), 8, "## #### ####", "## #### ####", 10),
    ("BR", "55", ("119", "219", "319"), 8, "## #####-####", "(##) #####-####", 8),
    ("FR", "33", ("6", "7"), 8, "# ## ## ## ##", "0# ## ## ## ##", 8),
    ("ES", "34", ("6",), 8, "### ## ## ##", "### ## ## ##", 6),
    ("NG", "234", ("803", "806", "813"), 7, "### ### ####", "0### ### ####", 6),
)
_SHARES = [plan[-1] for plan in _PLANS]
_STRIDE = 7_654_321
"""Scatters the numbers of a region: it has no factor in common with a power of ten."""
_SOME = 512
"""So many different profiles of channels are shared by all contacts."""


def contacts(count: int, seed: int) -> Iterator[Contact]:
    """Yield contacts of different numbers."""
    rng = Random(seed)
    profiles = [_profile(rng) for _ in range(_SOME)]
    made = [0] * len(_PLANS)
    formats = [(_filled(plan[4]), _filled(plan[5])) for plan in _PLANS]
    start = rng.randrange(10**6)
    for _ in range(count):
        at = rng.choices(range(len(_PLANS)), _SHARES)[0]
        region, code, prefixes, free, *_ = _PLANS[at]
        turn, place = divmod(made[at], len(prefixes))
        made[at] += 1
        digits = f"{prefixes[place]}{(start + turn * _STRIDE) % 10**free:0{free}d}"
        international, national = (form.format(*digits) for form in formats[at])
        channels, default, last_status, opt_out = rng.choice(profiles)
        created = NEWEST - timedelta(minutes=rng.randrange(1_000_000))
        messaged = created + timedelta(hours=rng.randrange(1, 500)) if last_status else None
        yield Contact(
            id=str(UUID(int=rng.getrandbits(128), version=4)),
            phone_number=national,
            format_e164=f"+{code}{digits}",
            format_international=f"+{code} {international}",
            format_national=national,
            format_rfc=f"tel:+{code}-{international.replace(' ', '-')}",
            country_code=code,
            region_code=region,
            number_type=NumberType.MOBILE if at else NumberType.FIXED_LINE_OR_MOBILE,
            created_at=created,
            default_channel=default,
            opt_out=opt_out,
            channels=channels,
            name=_name(rng),
            tags=tuple(rng.sample(_TAGS, rng.choice((0, 0, 1, 1, 2)))),
            notes=rng.choice(_NOTES) if rng.random() < 0.2 else "",
            last_message_at=messaged,
            last_status=last_status,
        )


def _filled(form: str) -> str:
    return re.sub("#", "{}", form)


def _name(rng: Random) -> str:
    draw = rng.random()
    if draw < 0.06:
        return ""
    name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
    return f"{name}-{rng.choice(_LAST)}" if draw > 0.95 else name


def _profile(rng: Random) -> tuple[tuple[ChannelStatus, ...], Channel | None, str, bool]:
    """Return what is known of the channels of one sort of contact, with a default channel and a last status."""
    statuses = tuple(_status(rng, channel) for channel in Channel)
    reachable = [status.channel for status in statuses if status.is_available]
    attempts = sum(status.attempts for status in statuses)
    last = rng.choice(("DELIVERED", "DELIVERED", "READ", "SENT", "FAILED")) if attempts else ""
    return statuses, rng.choice(reachable) if reachable else None, last, rng.random() < 0.03


def _status(rng: Random, channel: Channel) -> ChannelStatus:
    kinds = (Availability.AVAILABLE, Availability.AVAILABLE, Availability.UNAVAILABLE, Availability.UNKNOWN)
    availability = rng.choice(kinds)
    if availability is Availability.UNKNOWN:
        return ChannelStatus(channel)
    checked = NEWEST - timedelta(minutes=rng.randrange(100_000))
    attempts = rng.randrange(12)
    delivered = rng.randrange(attempts + 1)
    return ChannelStatus(
        channel,
        availability,
        since=checked - timedelta(days=rng.randrange(90)),
        checked_at=checked,
        source=Source.LOOKUP,
        attempts=attempts,
        delivered=delivered,
        failed=attempts - delivered,
        last_delivered_at=checked if delivered else None,
    )

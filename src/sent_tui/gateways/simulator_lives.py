"""What becomes of a number over the years.

People come to WhatsApp and leave it, change carrier and phone, opt out and in again; numbers go out of service and are
given to somebody else. A life is a row of chapters, drawn from the seed and the number from `BEGINNING` on, and before
that as it was then. Each change has a hazard of its own. What comes next, and when, is drawn from several of them at
once (Gillespie 1977), so a life can be told anew at any time, as far as it is needed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from math import log
from operator import attrgetter
from typing import NamedTuple

from sent_tui.gateways.simulator_chance import DAY, units
from sent_tui.gateways.simulator_population import Person, person, place_of, quality
from sent_tui.gateways.simulator_world import CALM, World

BEGINNING = 1_767_225_600.0
"""1 January 2026, in seconds since 1970; before it, nothing changes."""
_AHEAD = 128 * DAY
"""Whole lives are told for so long at a time."""
_PHASE = 2.0**-32
_begins = attrgetter("begins")


class Chapter(NamedTuple):
    """A stretch of a number's life in which nothing changes."""

    begins: float
    """In seconds since 1970."""
    person: Person
    in_service: bool = True
    opted_out: bool = False
    owner: int = 0
    """Counts the people who had the number before."""


Life = tuple[Chapter, ...]
"""The chapters of a number, oldest first."""


class _Condition(NamedTuple):
    """What changes for somebody beside the number and WhatsApp, from a time on."""

    begins: float
    whatsapp_chance: float
    sms_chance: float
    opted_out: bool


def life(world: World, seed: int, number: str, second: float) -> Life:
    """Return the life of a number (E.164) up to a time at least, in seconds since 1970."""
    if world is CALM:
        return registrations(world, seed, number, second)
    return _told(world, seed, number, max(0, int((second - BEGINNING) // _AHEAD)))


def registrations(world: World, seed: int, number: str, second: float) -> Life:
    """Return the life of a number up to a time, as far as a lookup could know it: WhatsApp, and the number itself.

    It is quick to tell: most numbers come through years without such a change, and need no draw of their own for that.
    """
    now = person(seed, number)
    if world is CALM:
        return (Chapter(BEGINNING, now),)
    told = [Chapter(BEGINNING, now)]
    place = place_of(number)
    gap, in_service, owner, at = 1 - (now.phase + 1) * _PHASE, True, 0, BEGINNING
    while True:
        # As many join WhatsApp as leave it, so that the share stays what it is.
        balance = 1.0 if now.on_whatsapp else place.whatsapp_share / (1 - place.whatsapp_share)
        registers = balance / world.stays_on_whatsapp
        hazard = registers + 1 / world.keeps_number if in_service else 1 / world.lies_fallow
        at -= log(1 - gap) / hazard * DAY
        if at > second:
            return tuple(told)
        gap, which, *_ = units(f"{seed}|{number}|life|{len(told)}")
        if not in_service:
            owner, in_service = owner + 1, True
            now = person(seed, number, owner)
        elif which * hazard < registers:
            now = now._replace(on_whatsapp=not now.on_whatsapp)
        else:
            in_service = False
            now = now._replace(on_whatsapp=False, takes_sms=False)
        told.append(Chapter(at, now, in_service, owner=owner))


def chapter_at(told: Life, second: float) -> Chapter:
    """Return the chapter of a life at a time."""
    if len(told) == 1:
        return told[0]
    return told[max(0, bisect_right(told, second, key=_begins) - 1)]


@lru_cache(maxsize=4096)
def _told(world: World, seed: int, number: str, stretch: int) -> Life:
    until = BEGINNING + (stretch + 1) * _AHEAD
    told: list[Chapter] = []
    for owner, chapters in groupby(registrations(world, seed, number, until), key=attrgetter("owner")):
        owned = list(chapters)
        ends = owned[-1].begins if not owned[-1].in_service else until
        told.extend(_woven(owned, _conditions(world, f"{seed}|{number}|{owner}", owned[0], ends)))
    return tuple(told)


def _conditions(world: World, name: str, first: Chapter, until: float) -> Iterator[_Condition]:
    """Yield the conditions of the owner of a number: carrier, handset and consent."""
    now = _Condition(first.begins, first.person.whatsapp_chance, first.person.sms_chance, opted_out=False)
    place = 0
    while now.begins < until:
        yield now
        gap, which, drawn, *_ = units(f"{name}|condition|{place}")
        carrier, handset = 1 / world.keeps_carrier, 1 / world.keeps_handset
        hazard = carrier + handset + 1 / (world.stays_opted_out if now.opted_out else world.stays_opted_in)
        now = now._replace(begins=now.begins - log(1 - gap) / hazard * DAY)
        if which * hazard < carrier:
            now = now._replace(sms_chance=quality(drawn))
        elif which * hazard < carrier + handset:
            now = now._replace(whatsapp_chance=quality(drawn))
        else:
            now = now._replace(opted_out=not now.opted_out)
        place += 1


def _woven(owned: list[Chapter], conditions: Iterator[_Condition]) -> Iterator[Chapter]:
    """Yield the chapters of an owner with the conditions that change meanwhile."""
    chapter, condition = owned[0], next(conditions)
    yield _with(chapter, condition, chapter.begins)
    changes: list[Chapter | _Condition] = [*owned[1:], *conditions]
    for change in sorted(changes, key=_begins):
        if isinstance(change, Chapter):
            chapter = change
        else:
            condition = change
        yield _with(chapter, condition, change.begins)


def _with(chapter: Chapter, condition: _Condition, begins: float) -> Chapter:
    now = chapter.person._replace(whatsapp_chance=condition.whatsapp_chance, sms_chance=condition.sms_chance)
    opted_out = condition.opted_out and chapter.in_service
    return Chapter(begins, now, chapter.in_service, opted_out, chapter.owner)

"""Stretches of time in which something is so for many numbers or for one: outages, pauses, a phone that is off.

Each is drawn from the seed, a name and the calendar, so nothing has to be kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from sent_tui.core.channel import Channel
from sent_tui.gateways.simulator_chance import DAY, between, units
from sent_tui.gateways.simulator_population import place_of
from sent_tui.gateways.simulator_world import World

MINUTE: Final = 60.0
HOUR: Final = 3600.0
_WEEK = 7 * DAY
_FIRST_MONDAY = 4 * DAY
"""5 January 1970, in seconds since 1970."""
_BLOCK = 2 * DAY
"""A phone is off once in such a block of days, or not at all."""
_OFF_SHORTEST, _OFF_LONGEST = 10 * MINUTE, 36 * HOUR
_OFF_MEAN = 24_000.0
"""Mean of such a stretch in seconds: the longest less the shortest, by the logarithm of their ratio."""


class Window(NamedTuple):
    """A stretch of time, in seconds since 1970."""

    begins: float
    ends: float


def outage(world: World, seed: int, number: str, channel: Channel, second: float) -> Window | None:
    """Return the outage that a channel has at a number's place, or everywhere."""
    if not world.outage_worldwide:
        return None
    week = int((second - _FIRST_MONDAY) // _WEEK)
    for affected, window in _outages(world, seed, place_of(number).prefix, week):
        if affected is channel and window.begins <= second < window.ends:
            return window
    return None


def channels_out(world: World, seed: int, number: str, second: float) -> tuple[Channel, ...]:
    """Return the channels that have an outage at a number's place."""
    if not world.outage_worldwide:
        return ()
    outages = _outages(world, seed, place_of(number).prefix, int((second - _FIRST_MONDAY) // _WEEK))
    return tuple(channel for channel, window in outages if window.begins <= second < window.ends) if outages else ()


def template_pause(world: World, seed: int, template: str, second: float) -> Window | None:
    """Return the time for which a template is paused."""
    return _now(seed, f"template|{template}", second, world.template_paused, 3 * HOUR, 6 * HOUR)


def empty_account(world: World, seed: int, second: float) -> Window | None:
    """Return the time for which nothing is left on the account."""
    return _now(seed, "balance", second, world.balance_gone, HOUR, 3 * HOUR)


def phone_off(world: World, seed: int, number: str, second: float) -> Window | None:
    """Return the time for which a phone is off; no stretch is longer than a block of days."""
    if not world.phone_off:
        return None
    block = int(second // _BLOCK)
    for place in (block, block - 1):
        found = _off_in_block(world.phone_off, seed, number, place)
        if found is not None and found.begins <= second < found.ends:
            return found
    return None


def _off_in_block(share: float, seed: int, number: str, block: int) -> Window | None:
    happens, start, length, *_ = units(f"{seed}|{number}|off|{block}")
    if happens >= share * _BLOCK / _OFF_MEAN:
        return None
    begins = (block + start) * _BLOCK
    return Window(begins, begins + between(_OFF_SHORTEST, _OFF_LONGEST, length))


@lru_cache(maxsize=4096)
def _outages(world: World, seed: int, prefix: str, week: int) -> tuple[tuple[Channel, Window], ...]:
    """Return the outages at a place in a week."""
    found = (
        (channel, _once(seed, f"{where}|{channel.value}", week, weeks, shortest, longest))
        for channel in Channel
        for where, weeks, shortest, longest in (
            ("everywhere", world.outage_worldwide, 2 * HOUR, 8 * HOUR),
            (prefix, world.outage_in_place, 20 * MINUTE, 8 * HOUR),
        )
    )
    return tuple((channel, window) for channel, window in found if window is not None)


def _now(seed: int, name: str, second: float, weeks: int, shortest: float, longest: float) -> Window | None:
    if not weeks:
        return None
    found = _once(seed, name, int((second - _FIRST_MONDAY) // _WEEK), weeks, shortest, longest)
    return found if found is not None and found.begins <= second < found.ends else None


@lru_cache(maxsize=1024)
def _once(seed: int, name: str, week: int, weeks: int, shortest: float, longest: float) -> Window | None:
    """Return a stretch of a name that comes once in so many weeks, when it comes in this one.

    It begins on a working day between 7 and 19 UTC, when there is load, and so ends within its week.
    """
    which, day, hour, length, *_ = units(f"{seed}|{name}|weeks|{week // weeks}")
    if week % weeks != int(which * weeks):
        return None
    begins = _FIRST_MONDAY + week * _WEEK + int(day * 5) * DAY + (7 + 12 * hour) * HOUR
    return Window(begins, begins + between(shortest, longest, length))

"""One contact's attempts, and the filter of each channel that follows from them.

The attempts are what is kept; everything else follows from them, in the order of their own time. So late reports,
reports in any order and repeated ones lead to the same filters.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from operator import mul
from typing import NamedTuple

from sent_tui.core.delivery_belief import Tallies
from sent_tui.core.delivery_grid import (
    DELIVERED,
    HARD,
    PHONE_OFF,
    SOFT,
    Filter,
    Likelihoods,
    Vector,
    awaiting,
    mixed,
    phone_off,
)
from sent_tui.core.delivery_groups import Group
from sent_tui.core.estimate import Estimate

SECONDS_A_DAY = 86_400
NAMELESS = "~"
"""Begins the made-up message id of a report that came without one."""


class Attempt(NamedTuple):
    """One attempt whose outcome says something; attempts are ordered by their time, then by what they are."""

    at: float
    """Seconds since 1970, UTC."""
    message: str
    channel: str
    outcome: int
    first_choice: bool
    """Whether the channel was the first one tried for its message."""


LATER = 3
"""Where the counts of attempts begin that were fallbacks."""
UNTRIED = (0,) * (2 * LATER)

Kind = tuple[str, str, tuple[str, ...]]
"""Region, number type, and what a capability check said for each of the model's channels."""


class Profile(NamedTuple):
    """What decides a contact's groups, and since when; of two, the greater holds."""

    at: float
    region: str
    number_type: str
    checks: tuple[str, ...]
    """What a capability check said, for each of the model's channels."""


class Step(NamedTuple):
    """One attempt as the filter of its channel takes it."""

    attempt: Attempt
    likelihood: Vector
    day: int
    messages: int
    """How many messages the contact had, with this one."""
    found: Vector
    """The weights that the outcome found."""
    own: Filter
    """The filter after it."""


class Share(NamedTuple):
    """What a contact has put into the sums of a group."""

    group: Group
    parts: int
    """Packed."""
    own: Filter
    tallies: Tallies
    """What the parts were made of."""

    def holds(self, own: Filter, group: Group) -> bool:
        """Return whether it still is what the contact has to put in: other tallies come with another filter."""
        return own is self.own and group is self.group


class Ranking(NamedTuple):
    """A ranking, and what it was made for."""

    stamp: int
    day: int
    kind: Kind
    estimates: tuple[Estimate, ...]

    def holds(self, stamp: int, day: int, kind: Kind) -> bool:
        """Return whether it still is the answer."""
        return stamp == self.stamp and day == self.day and kind == self.kind


class History:
    """The attempts of one contact."""

    __slots__ = (
        "_settled", "_settled_filters", "_settled_messages",
        "attempts", "counts", "groups", "messages", "not_mobile", "order", "profile", "ready", "shares", "shown",
    )  # fmt: skip

    def __init__(self) -> None:
        self.attempts: dict[tuple[str, str], Attempt] = {}
        """By message and channel."""
        self.order: list[Attempt] = []
        self.profile: Profile | None = None
        self.counts: dict[str, list[int]] = {}
        """For each channel that was tried: soft failures, hard failures and deliveries, as first choice and later."""
        self.messages: dict[str, int] = {}
        """How many attempts each message had."""
        self.groups: dict[str, Group] = {}
        """By channel: where its people's weights are summed up."""
        self.shares: dict[str, Share] | None = {}
        """By channel; None when they are in the sums, and were not looked at since they were loaded."""
        self.shown: Ranking | None
        """The last ranking, and what it was made for."""
        self.not_mobile = False
        """Whether the last SMS fact was that the number cannot be reached; known when the filters are."""
        self.forget_filters()

    def forget_filters(self) -> None:
        """Let the filters be made anew when they are next asked for."""
        self._settled = 0
        self._settled_filters: dict[str, Filter] = {}
        self._settled_messages = 0
        self.ready: dict[str, Filter] | None = None
        """The filters; None when they have to be made."""
        self.shown = None

    def add(self, attempt: Attempt) -> bool:
        """Take one report about an attempt, and return whether it says anything new.

        Of several about one attempt, a delivery goes before a fact about the recipient, and that before a soft
        failure: the first report of the greatest. One without a message id is an attempt of its own.
        """
        key = (attempt.message or self._nameless(attempt), attempt.channel)
        if not attempt.message:
            attempt = attempt._replace(message=key[0])
        known = self.attempts.get(key)
        if known is not None:
            attempt = _joined(known, attempt)
            if attempt == known:
                return False
            self._remove(known)
        self.attempts[key] = attempt
        self._place(attempt)
        return True

    def describe(self, profile: Profile) -> bool:
        """Take what was known of the contact at some time, and return whether that is the latest."""
        if self.profile is not None and profile <= self.profile:
            return False
        if self.profile is None or self.profile[1:] != profile[1:]:
            self.ready = self.shown = None
        self.profile = profile
        return True

    def last_fact(self, channel: str) -> int | None:
        """Return HARD or DELIVERED, whichever was the last on a channel; None when there was neither."""
        counts = self.counts.get(channel, UNTRIED)
        hard, delivered = counts[HARD] + counts[HARD + LATER], counts[DELIVERED] + counts[DELIVERED + LATER]
        if hard and delivered:
            facts = (old.outcome for old in reversed(self.order) if old.channel == channel and old.outcome != SOFT)
            return next(facts)
        return HARD if hard else DELIVERED if delivered else None

    def tallies(self, channel: str) -> Tallies:
        """Return what came of the attempts on a channel."""
        soft, hard, delivered, soft_later, hard_later, delivered_later = self.counts.get(channel, UNTRIED)
        return Tallies((soft, hard, delivered), (soft_later, hard_later, delivered_later))

    def share(self, channel: str, own: Filter) -> Share:
        """Return what a filter and the tallies of its channel put into the sums of their group."""
        group, tallies = self.groups[channel], self.tallies(channel)
        return Share(group, group.parts(own, tallies), own, tallies)

    def filters(self, tables: Mapping[str, Likelihoods], trail: list[Step]) -> dict[str, Filter]:
        """Return the filter of each channel that was tried, on the reference priors of `groups`.

        The attempts that had to be gone through for it are added to `trail`.
        """
        if self.ready is None:
            found = dict(self._settled_filters)
            trail += self.steps(tables, found, self._settled, self._settled_messages)
            self.ready = found
        return self.ready

    def steps(
        self, tables: Mapping[str, Likelihoods], found: dict[str, Filter], start: int = 0, messages: int = 0
    ) -> Iterator[Step]:
        """Go through the attempts from one on, which is the first of its message, and bring the filters along.

        `found` are the filters before that attempt, after so many messages.
        """
        before: dict[str, dict[str, Filter | None]] = {}
        """For each message, the filters that its attempts found."""
        for attempt in self.order[start:] if start else self.order:
            channel, message, day = attempt.channel, attempt.message, day_of(attempt.at)
            if message not in before:
                messages += 1
                before[message] = {}
            own = before[message][channel] = found.get(channel)
            table = tables[channel]
            if attempt.outcome == DELIVERED:
                likelihood = table.delivered
            elif attempt.outcome == HARD:
                likelihood = table.hard
            elif self.messages[message] == 1:
                likelihood = table.soft
            else:
                likelihood = self._soft(attempt, tables, {**found, **before[message]}, day, messages)
            awaited = awaiting(own, self.groups[channel].reference, day, messages)
            weights = list(map(mul, awaited, likelihood))
            after = found[channel] = Filter(weights, sum(weights), day, messages)
            yield Step(attempt, likelihood, day, messages, awaited, after)

    def state(self) -> dict[str, object]:
        """Return the contact in a form for JSON: its profile, and the attempts in their order."""
        return {
            "profile": None if self.profile is None else [*self.profile[:3], list(self.profile.checks)],
            "attempts": [list(attempt) for attempt in self.order],
        }

    def _soft(
        self,
        attempt: Attempt,
        tables: Mapping[str, Likelihoods],
        filters: Mapping[str, Filter | None],
        day: int,
        messages: int,
    ) -> Vector:
        """Return the likelihood of a soft failure, beside what the other channels did to its message."""
        table, share = tables[attempt.channel], PHONE_OFF
        for channel in tables:
            other = self.attempts.get((attempt.message, channel)) if channel != attempt.channel else None
            if other is not None and other.outcome == DELIVERED:
                return table.soft_on
            if other is not None and other.outcome == SOFT:
                prior = self.groups[channel].reference
                share = phone_off(share, filters.get(channel), prior, tables[channel], day, messages)
        return table.soft if share == PHONE_OFF else mixed(table.soft_on, table.soft_off, share)

    def _nameless(self, attempt: Attempt) -> str:
        name = f"{NAMELESS}{attempt.at!r}/{attempt.channel}/{attempt.outcome}/{attempt.first_choice:d}"
        number = 0
        while (f"{name}/{number}", attempt.channel) in self.attempts:
            number += 1
        return f"{name}/{number}"

    def _place(self, attempt: Attempt) -> None:
        """Put an attempt into the order, and keep of the filters what it does not touch."""
        counts = self.counts.setdefault(attempt.channel, list(UNTRIED))
        counts[attempt.outcome + (0 if attempt.first_choice else LATER)] += 1
        is_new = attempt.message not in self.messages
        self.messages[attempt.message] = self.messages.get(attempt.message, 0) + 1
        if is_new and (not self.order or self.order[-1] < attempt) and self.ready is not None:
            # All before it is settled: only a report about this message, or a late one, can touch the filters again.
            self._settled, self._settled_filters = len(self.order), self.ready
            self._settled_messages = len(self.messages) - 1
            self.order.append(attempt)
            self.ready = None
            return
        insort(self.order, attempt)
        self._unsettle(attempt)

    def _remove(self, attempt: Attempt) -> None:
        index = bisect_left(self.order, attempt)
        del self.order[index]
        self.counts[attempt.channel][attempt.outcome + (0 if attempt.first_choice else LATER)] -= 1
        del self.attempts[attempt.message, attempt.channel]
        self.messages[attempt.message] -= 1
        if not self.messages[attempt.message]:
            del self.messages[attempt.message]
        self._unsettle(attempt, index)

    def _unsettle(self, attempt: Attempt, index: int | None = None) -> None:
        """Let the filters be made anew from where an attempt changes them."""
        place = bisect_left(self.order, attempt) if index is None else index
        tail = self.order[self._settled :]
        if place < self._settled or any(other.message != attempt.message for other in tail):
            self.forget_filters()
        self.ready = None


def _joined(known: Attempt, told: Attempt) -> Attempt:
    """Return what two reports about one attempt come to, whichever came first."""
    at, outcome = min((known.at, -known.outcome), (told.at, -told.outcome), key=lambda pair: (pair[1], pair[0]))
    return known._replace(at=at, outcome=-outcome, first_choice=known.first_choice or told.first_choice)


def attempt_from(state: Sequence[object]) -> Attempt:
    """Read an attempt of a state; raise ValueError or TypeError for what is none."""
    at, message, channel, outcome, first_choice = state
    if not isinstance(at, (int, float)) or outcome not in (SOFT, HARD, DELIVERED):
        raise ValueError("an attempt of a delivery state is [time, message, channel, outcome, first choice]")
    return Attempt(float(at), str(message), str(channel), int(str(outcome)), bool(first_choice))


def profile_from(state: object) -> Profile:
    """Read a profile of a state; raise ValueError for what is none."""
    match state:
        case [int() | float() as at, str(region), str(number_type), [*checks]]:
            return Profile(float(at), region, number_type, tuple(map(str, checks)))
    raise ValueError("a profile of a delivery state is [time, region, number type, checks]")


def day_of(at: float) -> int:
    """Return the day of a time in seconds, counted in UTC."""
    return int(at // SECONDS_A_DAY)

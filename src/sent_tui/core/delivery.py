"""The delivery model: how likely each channel is to reach a contact, learned from every result.

For each contact and channel it keeps a small Bayes filter (`delivery_grid`), started from and relaxing towards what is
known of people like this contact (`delivery_groups`), and fed with the contact's attempts in the order of their own
time (`delivery_history`). Nothing is drawn at random and no clock is read: the same reports, in any order and however
often they are heard, give the same estimates.

A time is a datetime; one without a time zone is taken as UTC. Time passes in whole days of UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

from sent_tui.core.delivery_explain import Explanation, Flip, Outlook, Score, best, by_estimate, weigh_evidence
from sent_tui.core.delivery_grid import DELIVERED, HARD, SOFT, Filter, likelihoods, present, summarise
from sent_tui.core.delivery_groups import Group, Groups, Recall, tilt_between
from sent_tui.core.delivery_history import (
    Attempt,
    History,
    Kind,
    Profile,
    Ranking,
    Share,
    Step,
    attempt_from,
    day_of,
    profile_from,
)
from sent_tui.core.estimate import Estimate
from sent_tui.core.outcome import Outcome

__all__ = ["DeliveryModel", "Estimate", "Explanation", "Flip", "Outcome", "Segment"]

VERSION = 4
"""Of the state."""
UNKNOWN = "unknown"
NOT_MOBILE = "not_mobile"
"""The number type, for the other channels, of a number whose SMS failed with a fact about the recipient."""
SMS = "sms"
"""The channel whose facts say something about the number itself."""
CODES: Mapping[Outcome, int] = {Outcome.FAILED_SOFT: SOFT, Outcome.FAILED_HARD: HARD, Outcome.DELIVERED: DELIVERED}


class Segment(NamedTuple):
    """What makes contacts alike before anything was sent to them."""

    region: str
    """ISO 3166 region code: "BR"."""
    number_type: str
    """As the numbering plan says: "mobile"."""
    checks: Mapping[str, str] = MappingProxyType({})
    """What a capability check said for each channel: "available", "unavailable", "unknown"."""

    def __hash__(self) -> int:
        """Equal ones hash alike; checks are a mapping, and most people of a place share them."""
        return hash((self.region, self.number_type))


class DeliveryModel:
    """What was learned about every contact and channel.

    `recall` finds a lesson that was saved, by its name, when it is first asked for.
    """

    def __init__(self, channels: Sequence[str] = ("whatsapp", "sms"), *, recall: Recall = lambda name: None) -> None:
        self.channels = tuple(map(str, channels))
        """In the order in which ties are broken."""
        self._tables = {channel: likelihoods(channel) for channel in self.channels}
        self._groups = Groups(recall)
        self._histories: dict[str, History] = {}
        self._trail: tuple[Mapping[str, Filter], list[Step]] = ({}, [])
        """All attempts of the contact that was last gone through, and the filters to which they lead."""

    def observe(
        self,
        contact_id: str,
        segment: Segment,
        channel: str,
        outcome: Outcome,
        at: datetime,
        *,
        message_id: str | None = None,
        first_choice: bool = True,
    ) -> None:
        """Learn from one report; raise ValueError for a channel that the model does not know.

        `message_id` and the channel name the attempt: hearing of it again changes nothing, and a delivery corrects a
        failure. A report without a message id is always an attempt of its own. `first_choice` says that the channel
        was the first one tried for this message.
        """
        channel = self._known(channel)
        seconds = _seconds(at)
        history = self._histories.get(contact_id)
        if history is None:
            history = self._histories[contact_id] = History()
        self._shares(history)
        told = history.add(Attempt(seconds, str(message_id or ""), channel, CODES[outcome], bool(first_choice)))
        if history.profile is None or seconds >= history.profile.at:
            told |= history.describe(Profile(seconds, *self._kind(segment)))
        if told or not history.shares:
            self._count(history)

    def withdraw(self, contact_id: str, channel: str, message_id: str) -> bool:
        """Forget one attempt, as if it had never been reported; return whether it was known.

        A contact of which nothing else is known is forgotten.
        """
        known = self._histories.get(contact_id)
        if known is None or (message_id, str(channel)) not in known.attempts:
            return False
        state = self.contact_state(contact_id)
        kept = [attempt for attempt in known.order if attempt[1:3] != (message_id, str(channel))]
        profile = known.profile
        if kept and profile is not None:
            state["profile"] = [min(profile.at, kept[-1].at), *profile[1:3], list(profile.checks)]
        self.forget(contact_id)
        if kept:
            self._count(self._take(contact_id, state | {"attempts": list(map(list, kept))}))
        return True

    def estimate(self, contact_id: str, segment: Segment, channel: str, at: datetime) -> Estimate:
        """Return the estimate for the next message on a channel; raise ValueError for an unknown channel."""
        channel = self._known(channel)
        day = day_of(_seconds(at))
        return self._estimate(self._histories.get(contact_id), segment, channel, day)

    def rank(self, contact_id: str, segment: Segment, at: datetime) -> list[Estimate]:
        """Return the estimates for all channels, best first; equal ones in the order of the model's channels."""
        day = day_of(_seconds(at))
        history = self._histories.get(contact_id)
        ticks = self._groups.clock.ticks
        kind = self._kind(segment)
        if history is not None and history.shown is not None and history.shown.holds(ticks, day, kind):
            return list(history.shown.estimates)
        estimates = [self._estimate(history, segment, channel, day) for channel in self.channels]
        estimates.sort(key=lambda estimate: -estimate.mean)
        if history is not None:
            history.shown = Ranking(ticks, day, kind, tuple(estimates))
        return estimates

    def explain(self, contact_id: str, segment: Segment, channel: str, at: datetime) -> Explanation:
        """Return what an estimate rests on; raise ValueError for an unknown channel."""
        channel, day = self._known(channel), day_of(_seconds(at))
        history = self._histories.get(contact_id) or History()
        outlook = self._outlook(history, segment, channel, day)
        steps = [step for step in self._steps(history) if step.attempt.channel == channel]
        return weigh_evidence(self._estimate(history, segment, channel, day), outlook, steps)

    def failures_to_flip(
        self,
        contact_id: str,
        segment: Segment,
        at: datetime,
        *,
        score: Score = by_estimate,
        limit: int = 10,
    ) -> Flip | None:
        """Return how many more soft failures of the first channel, on the day of `at`, would put another one first.

        `score` is what the order goes by. None when `limit` failures would not be enough, or when there is no other
        channel.
        """
        day = day_of(_seconds(at))
        history = self._histories.get(contact_id) or History()
        courses = {channel: self._outlook(history, segment, channel, day).waiting() for channel in self.channels}
        first = best({channel: next(course) for channel, course in courses.items()}, score)
        share = self._shares(history).get(first)
        courses[first] = self._outlook(history, segment, first, day).failing(self._tables[first].soft, share)
        for failures in range(1, limit + 1):
            means = {channel: next(course) for channel, course in courses.items()}
            if (leader := best(means, score)) != first:
                return Flip(first, leader, failures)
        return None

    def refit(self, at: datetime) -> None:
        """Learn the priors of all groups anew from everybody's attempts.

        The result depends on the attempts alone. `at` is when it is done; as weights rest on each contact's own last
        outcome, nothing has to be aged up to it.
        """
        self._groups.start_over()
        self._count_all()
        self._groups.fit()
        self._count_all()

    def merge(self, contact_id: str, into: str) -> None:
        """Join what is known of one contact to another: as if all reports had been about the second one."""
        if contact_id != into and contact_id in self._histories:
            self._count(self._take(into, self.contact_state(contact_id)))
            self.forget(contact_id)

    def forget(self, contact_id: str) -> None:
        """Drop a contact, and what others learned from it."""
        history = self._histories.pop(contact_id, None)
        if history is not None:
            for share in self._shares(history).values():
                share.group.add(-share.parts, -1)

    def to_state(self) -> dict[str, object]:
        """Return everything, in a form for JSON: {version, channels, segments, contacts}."""
        contacts = {contact_id: self._histories[contact_id].state() for contact_id in sorted(self._histories)}
        return {
            "version": VERSION,
            "channels": list(self.channels),
            "segments": self.segments_state(),
            "contacts": contacts,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, object]) -> DeliveryModel:
        """Return the model of a state; raise ValueError for one of another version, TypeError for what is none."""
        _check_version(state)
        channels, segments, contacts = state["channels"], state["segments"], state["contacts"]
        if not (isinstance(channels, list) and isinstance(segments, Mapping) and isinstance(contacts, Mapping)):
            raise TypeError("a delivery state has a list of channels, and segments and contacts by name")
        model = cls(channels)
        model.load_segments(segments)
        for contact_id, contact in contacts.items():
            model.load_contact(contact_id, contact)
        return model

    def contact_state(self, contact_id: str) -> dict[str, object]:
        """Return the piece of one contact: its profile and attempts; raise KeyError when nothing is known of it."""
        return self._histories[contact_id].state()

    def knows(self, contact_id: str) -> bool:
        """Return whether anything is known of a contact."""
        return contact_id in self._histories

    def segments_state(self) -> dict[str, object]:
        """Return the piece of the groups: what was learned from everybody."""
        return {"version": VERSION, "groups": self._groups.state()}

    def load_segments(self, state: Mapping[str, object]) -> None:
        """Take a saved piece of the groups into a model that has learned nothing yet."""
        _check_version(state)
        groups = state["groups"]
        if not isinstance(groups, list):
            raise TypeError("the segments of a delivery state have a list of groups")
        self._groups.restore(groups)

    def load_contact(self, contact_id: str, state: Mapping[str, object], *, counted: bool = True) -> None:
        """Take a saved piece of a contact, whose results are in the loaded groups already when it is `counted`.

        Otherwise they come to the groups with the next report that is observed.
        """
        history = self._take(contact_id, state)
        if counted:
            history.shares = None

    def is_counted(self, contact_id: str) -> bool:
        """Return whether every group of a contact has learned from somebody, as it must have from this one."""
        history = self._histories.get(contact_id)
        return history is None or all(history.groups[channel].people > 0 for channel in self._filters(history))

    def unload(self, contact_id: str) -> None:
        """Drop what was loaded of a contact; the groups keep what they learned from it."""
        self._histories.pop(contact_id, None)

    def lessons(self) -> dict[str, dict[str, object]]:
        """Return, by name, what was learned from groups of contacts since their lessons were recalled."""
        return {group.name: group.state() for group in self._groups.changed()}

    def _known(self, channel: str) -> str:
        name = str(channel)
        if name not in self._tables:
            raise ValueError(f"the delivery model has no channel {name!r}, only {', '.join(self.channels)}")
        return name

    def _estimate(self, history: History | None, segment: Segment, channel: str, day: int) -> Estimate:
        own = self._filters(history).get(channel) if history else None
        group = self._group(history, segment, channel)
        view = group.view()
        if own is None or history is None:
            weights, soft, hard, delivered = view.prior, 0, 0, 0
        else:
            tilt = tilt_between(group, history.groups[channel])
            weights = present(own, tilt, view.prior, day, len(history.messages) + 1)
            soft, hard, delivered = history.tallies(channel).total
        return Estimate(channel, *summarise(weights), delivered, soft + hard, view.mean, view.people)

    def _outlook(self, history: History, segment: Segment, channel: str, day: int) -> Outlook:
        own = self._filters(history).get(channel)
        group = self._group(history, segment, channel)
        return Outlook(group, history.groups[channel] if own else group, own, day, len(history.messages) + 1)

    def _group(self, history: History | None, segment: Segment, channel: str) -> Group:
        """Return the group of such people on a channel."""
        number_type = NOT_MOBILE if history and history.not_mobile and channel != SMS else segment.number_type
        check = segment.checks.get(channel) or UNKNOWN
        return self._groups.find(channel, str(check), str(number_type), str(segment.region))

    def _kind(self, segment: Segment) -> Kind:
        """Return what a segment says now: its checks may be a mapping that somebody changes."""
        checks = [str(segment.checks.get(channel) or UNKNOWN) for channel in self.channels]
        return str(segment.region), str(segment.number_type), tuple(checks)

    def _filters(self, history: History) -> dict[str, Filter]:
        """Return the filters of a contact, each on the reference prior of its group, which is noted there."""
        profile = history.profile
        if history.ready is not None or profile is None:
            return history.ready or {}
        history.not_mobile = history.last_fact(SMS) == HARD
        for channel, check in zip(self.channels, profile.checks, strict=True):
            number_type = NOT_MOBILE if history.not_mobile and channel != SMS else profile.number_type
            group = self._groups.find(channel, check, number_type, profile.region)
            if history.groups.get(channel) is not group:
                history.groups[channel] = group
                history.forget_filters()
        trail: list[Step] = []
        filters = history.filters(self._tables, trail)
        if len(trail) == len(history.order):
            self._trail = filters, trail
        return filters

    def _steps(self, history: History) -> list[Step]:
        """Return all attempts of a contact, which are gone through once for the filters and for every channel."""
        filters = self._filters(history)
        if self._trail[0] is not filters:
            self._trail = filters, list(history.steps(self._tables, {}))
        return self._trail[1]

    def _shares(self, history: History) -> dict[str, Share]:
        """Return what a contact has put into the groups, which after loading has to be worked out again."""
        if history.shares is None:
            filters = self._filters(history)
            history.shares = {channel: history.share(channel, own) for channel, own in filters.items()}
        return history.shares

    def _count_all(self) -> None:
        """Put everybody into groups that are empty."""
        for contact_id in sorted(self._histories):
            history = self._histories[contact_id]
            history.forget_filters()
            history.shares = {}
            self._count(history)

    def _count(self, history: History) -> None:
        """Put into the groups what changed about a contact."""
        shares = self._shares(history)
        for channel, own in self._filters(history).items():
            old = shares.get(channel)
            if old is not None and old.holds(own, history.groups[channel]):
                continue
            new = shares[channel] = history.share(channel, own)
            if old is None:
                new.group.add(new.parts, 1)
            elif old.group is new.group:
                new.group.add(new.parts - old.parts, 0)
            else:
                old.group.add(-old.parts, -1)
                new.group.add(new.parts, 1)

    def _take(self, contact_id: str, state: Mapping[str, object]) -> History:
        """Join a saved piece to what is known of a contact."""
        history = self._histories.setdefault(contact_id, History())
        self._shares(history)
        profile, attempts = state["profile"], state["attempts"]
        if not isinstance(attempts, list):
            raise TypeError("the attempts of a delivery state are a list")
        for attempt in attempts:
            history.add(attempt_from(attempt))
        if profile is not None:
            history.describe(profile_from(profile))
        return history


def _seconds(at: datetime) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _check_version(state: Mapping[str, object]) -> None:
    if state.get("version") != VERSION:
        raise ValueError(f"a delivery state of version {state.get('version')} cannot be read, only {VERSION}")

"""Why a message takes its route, in words: what the app and the commands say of a plan and of each channel.

A rationale claims no more than its numbers: every sentence is made from the plan and the explanations that it holds,
and those are what `--json` prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct, field

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.delivery import Explanation, Outcome
from sent_tui.core.delivery_explain import Evidence
from sent_tui.core.estimate import Estimate
from sent_tui.core.message import Message
from sent_tui.core.reasons import reason_words
from sent_tui.core.route_plan import Exclusion, RoutePlan
from sent_tui.core.text import day_words, like_words, percent, percent_range, plural

SHOWN = 8
"""So many results of a channel are listed: those that count most."""
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.DELIVERED: "delivered",
    Outcome.FAILED_SOFT: "not reached",
    Outcome.FAILED_HARD: "cannot be reached",
}
LEVELS: Mapping[str, str] = {
    "region": "the same country, number type and check",
    "number type": "the same number type and check",
    "check": "the same result of the check",
}
"""What the people of a group have in common."""

Reasons = Mapping[tuple[str, Channel], str]
"""Why an attempt ended as it did, in words, by its message and channel."""


class Rationale(Struct, frozen=True):
    """What the route of a message to a contact rests on."""

    contact: Contact
    plan: RoutePlan
    channels: Mapping[Channel, Explanation]
    """What the estimate of each channel rests on."""
    reasons: Reasons = field(default_factory=dict)
    """Of the results that are listed, as far as the messages are known."""

    @property
    def now(self) -> datetime:
        """The time that it speaks of."""
        return self.plan.decided_at

    def exclusion(self, channel: Channel) -> Exclusion | None:
        """Return what keeps a channel out of the plan; None when nothing does."""
        return next((out for out in self.plan.excluded if out.channel is channel), None)

    def results(self, channel: Channel) -> tuple[Result, ...]:
        """Return the results of a channel that count most, newest first."""
        told = strongest(self.channels[channel])
        return tuple(Result(line, self._why(line), day_words(line.at, self.now)) for line in told)

    def lesson(self, message_id: str, channel: Channel) -> Evidence | None:
        """Return what a message taught about a channel; None when it taught nothing, or nothing yet."""
        return next((told for told in self.channels[channel].evidence if told.message_id == message_id), None)

    def _why(self, told: Evidence) -> str:
        reason = self.reasons.get((told.message_id or "", Channel(told.channel)), "")
        return reason if reason and told.outcome is not Outcome.DELIVERED else OUTCOMES[told.outcome]


class Result(Struct, frozen=True):
    """One result of a channel, as it is listed."""

    evidence: Evidence
    why: str
    """What became of it: "delivered", "not registered on this channel"."""
    day: str

    @property
    def points(self) -> str:
        """What it moves the present estimate by, in points: "+6.2", "-31.0"."""
        return f"{100 * self.evidence.moved:+.1f}"


def strongest(explanation: Explanation) -> tuple[Evidence, ...]:
    """Return the results that count most, newest first."""
    found = sorted(explanation.evidence, key=lambda told: -abs(told.moved))[:SHOWN]
    return tuple(sorted(found, key=lambda told: told.at, reverse=True))


def lesser(explanation: Explanation) -> str:
    """Return how many results are not listed, in words; empty when all are."""
    left = len(explanation.evidence) - SHOWN
    return f"and {left:,} that {'counts' if left == 1 else 'count'} less" if left > 0 else ""


def estimate_words(known: Estimate) -> str:
    """Return an estimate with its 80 % interval: "93% (85–98%)"."""
    return f"{percent(known.mean)} ({percent_range(known.low, known.high)})"


def own_words(known: Estimate) -> str:
    """Return what a contact's own messages brought: "7 of 8 delivered"."""
    tried = known.delivered + known.failed
    return f"{known.delivered:,} of {tried:,} delivered" if tried else "no messages yet"


def people_words(known: Estimate) -> str:
    """Return what holds for people like this: "12 people like this: 93%"."""
    if known.others:
        return like_words(known.others, known.group_mean)
    nobody = "nobody else" if known.delivered or known.failed else "nobody"
    return f"{nobody} like this was written to yet: {percent(known.group_mean)} is assumed"


def group_words(explanation: Explanation) -> str:
    """Return who people like this are, and how much they still count."""
    alike = LEVELS.get(explanation.group_level)
    counts = f"that counts {percent(explanation.group_weight)}"
    return f"{alike}; {counts}" if alike else counts


def worth_words(explanation: Explanation) -> str:
    """Return how the channel stands, and how much is known: "reachable; as certain as after 14 messages"."""
    messages = round(explanation.observations)
    known = f"after {plural(messages, 'message')}" if messages else "before any message"
    return f"{explanation.words}; as certain as {known}"


def lesson_words(told: Evidence) -> str:
    """Return what a result did to the estimate of its channel: "estimate 92% → 93%"."""
    return f"estimate {percent(told.before)} → {percent(told.after)}"


def plan_words(plan: RoutePlan) -> str:
    """Return what the whole plan promises: "99% likely to arrive, for about $0.0043"; empty without steps."""
    if not plan.steps:
        return ""
    return f"{percent(plan.delivery_chance)} likely to arrive, for about ${plan.expected_cost:.4f}"


def reasons_of(messages: Iterable[Message]) -> dict[tuple[str, Channel], str]:
    """Return why the attempts of some messages ended as they did, where that is known."""
    return {
        (message.id, attempt.channel): words
        for message in messages
        for attempt in message.attempts
        if (words := reason_words(attempt.reason_code))
    }

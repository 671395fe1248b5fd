"""What became of each attempt, as looking back needs it: an outcome, or why there is none that counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from sent_tui.core.decision import Situation, decision_from
from sent_tui.core.estimate import Estimate
from sent_tui.core.message import Attempt, Message
from sent_tui.core.outcome import Outcome
from sent_tui.core.reasons import outcome_of


class Uncounted(StrEnum):
    """Why an attempt says nothing about a forecast."""

    PENDING = "pending"
    NO_EVIDENCE = "no_evidence"
    NOT_HANDED_OVER = "not_handed_over"
    NO_RECORD = "no_record"

    @property
    def label(self) -> str:
        """The reason in words."""
        return {
            Uncounted.PENDING: "no final report yet",
            Uncounted.NO_EVIDENCE: "stopped by consent, policy, the account or the provider",
            Uncounted.NOT_HANDED_OVER: "not taken by the network",
            Uncounted.NO_RECORD: "no decision was kept with the message",
        }[self]


class Result(Struct, frozen=True):
    """One attempt, and what became of it."""

    attempt: Attempt
    index: int
    """Its place among the attempts of its message, from 0."""
    situation: Situation | None
    """What was known before it; None where that was not kept."""
    shown: Estimate | None
    """The estimate that it rested on; None where that was not kept."""
    verdict: Outcome | Uncounted

    @property
    def arrived(self) -> bool:
        """Whether it is known to have arrived."""
        return self.verdict is Outcome.DELIVERED

    @property
    def ended_at(self) -> datetime:
        """When that was known; when it began, for one that came to no end."""
        return self.attempt.ended_at or self.attempt.started_at


def results(message: Message) -> Iterator[Result]:
    """Give what became of each attempt of a message, in their order.

    A fallback without a record of its own rests on that of its message.
    """
    whole = situation_of(message)
    for index, attempt in enumerate(message.attempts):
        situation = situation_of(attempt) or whole
        shown = situation.estimates.get(attempt.channel) if situation else None
        verdict = Uncounted.NO_RECORD if shown is None else verdict_of(attempt)
        yield Result(attempt, index, situation, shown, verdict)


def situation_of(record: Message | Attempt) -> Situation | None:
    """Return what was known when something was decided; None where it was not kept, or cannot be read."""
    if not record.decision:
        return None
    try:
        return decision_from(record.decision).situation
    except ValueError:
        return None


def verdict_of(attempt: Attempt) -> Outcome | Uncounted:
    """Return the outcome of an attempt, or why there is none that says something about the recipient."""
    if not attempt.is_final:
        return Uncounted.PENDING
    if attempt.gateway_id is None:
        return Uncounted.NOT_HANDED_OVER
    return outcome_of(attempt.status, attempt.reason_code) or Uncounted.NO_EVIDENCE

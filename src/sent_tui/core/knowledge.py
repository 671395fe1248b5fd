"""What the delivery model knows of contacts, as the router asks for it.

A contact carries its own piece of the model's state, and the lessons of groups are found by their names, so whoever
asks needs nothing in memory but the contact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel, Source
from sent_tui.core.contact import Contact, StepKind, StepResult
from sent_tui.core.delivery import VERSION, DeliveryModel, Explanation, Flip, Segment
from sent_tui.core.delivery_groups import Recall
from sent_tui.core.estimate import Estimate
from sent_tui.core.message import DeliveryEvent
from sent_tui.core.outcome import Outcome
from sent_tui.core.reasons import outcome_of

_CHECKED_BY = {Channel.WHATSAPP: StepKind.DETECT_WHATSAPP, Channel.SMS: StepKind.ASSESS_SMS}
_SAID = {StepResult.YES: "available", StepResult.NO: "unavailable", StepResult.UNKNOWN: "unknown"}


class Knowledge:
    """Estimates for contacts, from what their deliveries and those of others taught.

    `recall` finds what was learned from a group, by its name, as `lessons` told it; without it there are only the
    shipped priors and what a contact brings along. A state of another version counts as none. For one operation: it
    does not notice what others learn meanwhile.
    """

    def __init__(self, recall: Recall = lambda name: None) -> None:
        self._model = DeliveryModel(CHANNEL_ORDER, recall=lambda name: _of_this_version(recall(name)))
        self._loaded: dict[str, Mapping[str, Any]] = {}

    def estimates(self, contact: Contact, at: datetime) -> dict[Channel, Estimate]:
        """Return the estimate of each channel for the next message at a time."""
        ranked = self._with(contact).rank(contact.id, segment_of(contact), at)
        return {Channel(estimate.channel): estimate for estimate in ranked}

    def explanation(self, contact: Contact, channel: Channel, at: datetime) -> Explanation:
        """Return what the estimate of a channel rests on."""
        return self._with(contact).explain(contact.id, segment_of(contact), channel, at)

    def flip(self, contact: Contact, at: datetime, score: Callable[[Channel, float], float]) -> Flip | None:
        """Return how many more failures of the first channel would put another one first, by a score of estimates."""
        return self._with(contact).failures_to_flip(
            contact.id, segment_of(contact), at, score=lambda channel, mean: score(Channel(channel), mean)
        )

    def learned(
        self, contact: Contact, channel: Channel, outcome: Outcome, at: datetime, *, message_id: str, first_choice: bool
    ) -> Contact:
        """Return the contact after one more result, from which its groups learn as well.

        Hearing of an attempt again, which message and channel name, changes nothing; a delivery corrects a failure.
        """
        model = self._with(contact)
        model.observe(
            contact.id, segment_of(contact), channel, outcome, at, message_id=message_id, first_choice=first_choice
        )
        state = {"version": VERSION, **model.contact_state(contact.id)}
        self._loaded[contact.id] = state
        return contact if state == contact.learned else replace(contact, learned=state)

    def replayed(self, contact: Contact, events: Iterable[DeliveryEvent]) -> Contact:
        """Return a contact that brings nothing along with what these reports about it taught, in any order."""
        for event in events:
            outcome = outcome_of(event.status, event.reason_code)
            if outcome is not None:
                contact = self.learned(
                    contact,
                    event.channel,
                    outcome,
                    event.at,
                    message_id=event.message_id,
                    first_choice=event.attempt == 0,
                )
        return contact

    def let_go(self, contact: Contact) -> None:
        """Keep nothing of a contact in memory."""
        self._model.unload(contact.id)
        self._loaded.pop(contact.id, None)

    def lessons(self) -> dict[str, dict[str, Any]]:
        """Return, by name, what groups learned since this was made."""
        return {name: {"version": VERSION, **lesson} for name, lesson in self._model.lessons().items()}

    def _with(self, contact: Contact) -> DeliveryModel:
        """Return the model with what a contact brings along."""
        learned = _of_this_version(contact.learned)
        if learned is not None and self._loaded.get(contact.id) != learned:
            self._model.load_contact(contact.id, learned)
            self._loaded[contact.id] = learned
        return self._model


def is_forgotten(contact: Contact) -> bool:
    """Return whether a contact brings nothing along although something was learned from it."""
    tried = any(status.attempts for status in contact.channels)
    return tried and _of_this_version(contact.learned) is None


def segment_of(contact: Contact) -> Segment:
    """Return what makes a contact like others: country, number type, and what the checks of its channels said."""
    checks = {channel.value: _check(contact, channel) for channel in CHANNEL_ORDER}
    return Segment(contact.region_code, contact.number_type.value, checks)


def _check(contact: Contact, channel: Channel) -> str:
    """Return what the last check of a channel said.

    A person who wrote on it afterwards says yes. What a delivery said is no check: it counts as a result.
    """
    status = contact.status(channel)
    step = next((step for step in contact.lifecycle if step.kind is _CHECKED_BY[channel]), None)
    if status.last_inbound_at is not None and (step is None or step.at < status.last_inbound_at):
        return Availability.AVAILABLE.value
    if status.source in {Source.LOOKUP, Source.NUMBERING_PLAN}:
        return status.availability.value
    return _SAID[step.result] if step is not None else Availability.UNKNOWN.value


def _of_this_version(state: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return state if state is not None and state.get("version") == VERSION else None

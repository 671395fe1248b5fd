"""What the delivery model knows of contacts, as the router asks for it.

A contact carries its own piece of the model's state, and the lessons of groups are found by their names, so whoever
asks needs nothing in memory but the contact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel, Source
from sent_tui.core.contact import Contact, StepKind, StepResult
from sent_tui.core.delivery import CODES, VERSION, DeliveryModel, Explanation, Flip, Segment
from sent_tui.core.delivery_groups import Recall
from sent_tui.core.estimate import Estimate
from sent_tui.core.message import DeliveryEvent, Message
from sent_tui.core.outcome import Outcome
from sent_tui.core.reasons import outcome_of

EPOCH = "epoch"
"""The lesson that no group is named like: the epoch, which begins whenever everything is learned anew."""
CHECKED_BY = {Channel.WHATSAPP: StepKind.DETECT_WHATSAPP, Channel.SMS: StepKind.ASSESS_SMS}
"""The step of the lifecycle that checks a channel."""
_SAID = {StepResult.YES: "available", StepResult.NO: "unavailable", StepResult.UNKNOWN: "unknown"}


class Epoch(Struct, frozen=True):
    """The time since everything was last learned anew: lessons of groups count in their own epoch alone."""

    number: int = 0
    is_done: bool = True
    """Whether all contacts were gone through since it began."""

    @classmethod
    def of(cls, recall: Recall) -> Epoch:
        """Return the present epoch, as `recall` finds it by the name EPOCH."""
        state = recall(EPOCH)
        if state is None:
            return cls()
        return cls(int(str(state["number"])), state["version"] == VERSION and bool(state["done"]))

    def begun(self) -> Epoch:
        """Return the epoch in which to learn anew: the next one, or this one when it was begun and not done."""
        return Epoch(self.number + 1, is_done=False) if self.is_done else self

    def state(self) -> dict[str, Any]:
        """Return it in a form for JSON."""
        return {"version": VERSION, "number": self.number, "done": self.is_done}


class Knowledge:
    """Estimates for contacts, from what their deliveries and those of others taught.

    `recall` finds what was learned from a group, by its name, as `lessons` told it, and the epoch; without it there are
    only the shipped priors and what a contact brings along. A state of another version counts as none, and so does the
    lesson of another epoch; what a contact brings along from an earlier epoch holds for itself, and comes to its groups
    with its next result. For one operation: it does not notice what others learn meanwhile.
    """

    def __init__(self, recall: Recall = lambda name: None) -> None:
        self._epoch = Epoch.of(recall).number
        self._model = DeliveryModel(CHANNEL_ORDER, recall=lambda name: self._of_this_epoch(recall(name)))
        self._loaded: dict[str, Mapping[str, Any]] = {}

    def estimates(self, contact: Contact, at: datetime) -> dict[Channel, Estimate]:
        """Return the estimate of each channel for the next message at a time."""
        ranked = self._with(contact).rank(contact.id, segment_of(contact), at)
        return {Channel(estimate.channel): estimate for estimate in ranked}

    def explanation(self, contact: Contact, channel: Channel, at: datetime) -> Explanation:
        """Return what the estimate of a channel rests on."""
        return self._with(contact).explain(contact.id, segment_of(contact), channel, at)

    def flip(
        self, contact: Contact, at: datetime, score: Callable[[Channel, Mapping[Channel, float]], float]
    ) -> Flip | None:
        """Return how many more failures of the first channel would put another one first, by a score of estimates."""

        def scored(channel: str, means: Mapping[str, float]) -> float:
            return score(Channel(channel), {Channel(name): mean for name, mean in means.items()})

        return self._with(contact).failures_to_flip(contact.id, segment_of(contact), at, score=scored)

    def learned(
        self, contact: Contact, channel: Channel, outcome: Outcome, at: datetime, *, message_id: str, first_choice: bool
    ) -> Contact:
        """Return the contact after one more result, from which its groups learn as well.

        Hearing of an attempt again, which message and channel name, changes nothing; a delivery corrects a failure.
        """
        self._observe(contact, channel, outcome, at, message_id, first_choice=first_choice)
        return self._kept(contact)

    def withdrawn(self, contact: Contact, channel: Channel, *, message_id: str) -> Contact:
        """Return the contact without a result that turned out to say nothing; its groups lose it as well."""
        model = self._with(contact)
        if not model.withdraw(contact.id, channel, message_id):
            return contact
        if model.knows(contact.id):
            return self._kept(contact)
        self._loaded[contact.id] = {}
        return replace(contact, learned={})

    def replayed(self, contact: Contact, messages: Iterable[Message], events: Iterable[DeliveryEvent]) -> Contact:
        """Return a contact with what its messages taught as well, by reports in any order, or by none in time."""
        is_taught = False
        for event in events:
            outcome = outcome_of(event.status, event.reason_code)
            if outcome is not None:
                first = event.attempt == 0
                self._observe(contact, event.channel, outcome, event.at, event.message_id, first_choice=first)
                is_taught = True
        for message in messages:
            for index, attempt in enumerate(message.attempts):
                if attempt.learned is not None and attempt.overdue_at is not None and not attempt.is_final:
                    at, first = attempt.overdue_at, index == 0
                    self._observe(contact, attempt.channel, attempt.learned, at, message.id, first_choice=first)
                    is_taught = True
        return self._kept(contact) if is_taught else contact

    def relearned(self, contact: Contact, messages: Iterable[Message], events: Iterable[DeliveryEvent]) -> Contact:
        """Return a contact with what its messages and these reports teach, in any order.

        That takes the place of what it brings along, and of what its groups learned from that.
        """
        self._with(contact).forget(contact.id)
        self._loaded.pop(contact.id, None)
        return self.replayed(replace(contact, learned={}), messages, events)

    def is_learned(self, contact: Contact) -> bool:
        """Return whether a contact brings along what its results taught, and its groups learned from it."""
        learned = _of_this_version(contact.learned)
        return self._is_counted(learned) and self._with(contact).is_counted(contact.id)

    def last_failed_at(self, contact: Contact, channel: Channel, *, beside: str) -> datetime | None:
        """Return when a message last failed on a channel, of all but one message; None when none did."""
        state = _of_this_version(contact.learned) or {}
        failed = (
            at
            for at, message, on, outcome, _ in state.get("attempts", ())
            if on == channel and outcome != CODES[Outcome.DELIVERED] and message != beside
        )
        last = max(failed, default=None)
        return None if last is None else datetime.fromtimestamp(last, UTC)

    def let_go(self, contact: Contact) -> None:
        """Keep nothing of a contact in memory."""
        self._model.unload(contact.id)
        self._loaded.pop(contact.id, None)

    def lessons(self) -> dict[str, dict[str, Any]]:
        """Return, by name, what groups learned since this was made."""
        return {name: self._marked(lesson) for name, lesson in self._model.lessons().items()}

    def _observe(
        self, contact: Contact, channel: Channel, outcome: Outcome, at: datetime, message_id: str, *, first_choice: bool
    ) -> None:
        self._with(contact).observe(
            contact.id, segment_of(contact), channel, outcome, at, message_id=message_id, first_choice=first_choice
        )

    def _kept(self, contact: Contact) -> Contact:
        """Return a contact that brings along what the model knows of it now."""
        state = self._marked(self._model.contact_state(contact.id))
        self._loaded[contact.id] = state
        return contact if state == contact.learned else replace(contact, learned=state)

    def _with(self, contact: Contact) -> DeliveryModel:
        """Return the model with what a contact brings along."""
        learned = _of_this_version(contact.learned)
        if learned is not None and self._loaded.get(contact.id) != learned:
            self._model.load_contact(contact.id, learned, counted=self._is_counted(learned))
            self._loaded[contact.id] = learned
        return self._model

    def _marked(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return a state with its version, and with its epoch unless that is the first."""
        return {"version": VERSION, **({"epoch": self._epoch} if self._epoch else {}), **state}

    def _is_counted(self, state: Mapping[str, Any] | None) -> bool:
        return state is not None and state.get("epoch", 0) == self._epoch

    def _of_this_epoch(self, state: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        state = _of_this_version(state)
        return state if self._is_counted(state) else None


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
    step = next((step for step in contact.lifecycle if step.kind is CHECKED_BY[channel]), None)
    if status.last_inbound_at is not None and (step is None or step.at < status.last_inbound_at):
        return Availability.AVAILABLE.value
    if status.source in {Source.LOOKUP, Source.NUMBERING_PLAN}:
        return status.availability.value
    return _SAID[step.result] if step is not None else Availability.UNKNOWN.value


def _of_this_version(state: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return state if state is not None and state.get("version") == VERSION else None

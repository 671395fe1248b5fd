"""Attempts on their way to the gateway and back: handed over, asked after, and reported.

An attempt is on disk with its idempotency key before it comes here, and whoever wrote it hands it over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from sent_tui.core.contact import Contact
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import Attempt, DeliveryEvent, Message, MessageStatus, event_id
from sent_tui.core.progress import (
    accepted,
    followed,
    given_up,
    left,
    outcome_lost,
    refused,
    reported,
    reported_to_nobody,
    taught,
)
from sent_tui.gateways.gateway import (
    Gateway,
    PermanentGatewayError,
    Receipt,
    Report,
    SendRequest,
    TransientGatewayError,
    UnknownOutcomeError,
)
from sent_tui.services.contacts import Clock
from sent_tui.services.planning import Planner
from sent_tui.store.repository import Repository
from sent_tui.store.transaction import Transaction, contact_or_none, message_or_none

LATELY = 20
"""So many of the newest messages to a contact are told from one whose answer was lost."""
HAND_OVER_LIMIT = timedelta(minutes=1)
"""After this time without an answer, an attempt's outcome counts as unknown."""
T = TypeVar("T")


class HandingOver:
    """Gives attempts to the gateway, and takes in what it says about them."""

    def __init__(self, repository: Repository, gateway: Gateway, clock: Clock, planner: Planner) -> None:
        self._repository = repository
        self._gateway = gateway
        self._clock = clock
        self._planner = planner

    def hand_over(self, message: Message) -> Message:
        """Give the last attempt to the gateway and write down what it answered.

        A refusal of one that was handed over before, under the same key, says nothing about that time: it stays
        unknown.
        """
        index = len(message.attempts) - 1
        attempt = message.attempts[index]
        is_repeated = attempt.status == MessageStatus.UNKNOWN
        try:
            receipt = self._gateway.send(self._request(message, attempt))
        except UnknownOutcomeError as error:
            lost = str(error)
            return self._change(message.id, lambda known: outcome_lost(known, index, self._clock(), lost))
        except (TransientGatewayError, PermanentGatewayError) as error:
            words, go_on = str(error), isinstance(error, PermanentGatewayError)
            if is_repeated:
                return self._change(message.id, lambda known: outcome_lost(known, index, self._clock(), words))
            return self._change(message.id, lambda known: refused(known, index, self._clock(), words, go_on=go_on))
        return self._change(message.id, lambda known: accepted(known, index, receipt.gateway_id, receipt.accepted_at))

    def recalled(self, message: Message) -> Message:
        """Ask after an attempt whose answer was lost."""
        index = len(message.attempts) - 1
        attempt = message.attempts[index]
        at = self._clock()
        if attempt.gateway_id is not None or attempt.is_final:
            return message
        if attempt.status == MessageStatus.PLANNED and at - attempt.started_at < HAND_OVER_LIMIT:
            return message
        request = replace(self._request(message, attempt), known_ids=self._known_ids(message.contact_id))
        found = _ask(partial(self._gateway.recall, request))
        if found is not None:
            return self._change(message.id, lambda known: accepted(known, index, found.gateway_id, found.accepted_at))
        if attempt.status == MessageStatus.PLANNED:
            return self._change(message.id, lambda known: outcome_lost(known, index, at, "the answer was lost"))
        return message

    def fetched(self, message: Message) -> tuple[Message, bool]:
        """Fetch the reports of every attempt that was taken, and apply the new ones.

        Also return whether the gateway answered about all of them: of others, it is not known that none came.
        """
        events: list[DeliveryEvent] = []
        elsewhere: set[str] = set()
        is_answered = True
        for index, attempt in enumerate(message.attempts):
            if attempt.gateway_id is None or attempt.accepted_at is None:
                continue
            receipt = Receipt(
                attempt.gateway_id, message.to, attempt.channel, attempt.accepted_at, self._is_automatic(message)
            )
            reports = _ask(partial(self._gateway.status, receipt))
            is_answered = is_answered and reports is not None
            heard = [(event_of(message, index, report), report.elsewhere) for report in reports or ()]
            elsewhere |= {event.id for event, is_elsewhere in heard if is_elsewhere}
            events.extend(event for event, _ in heard)
        known = {event.id for event in self._repository.events(message.id)}
        fresh = [event for event in events if event.id not in known]
        if not fresh:
            return message, is_answered
        with self._repository.transaction() as tx:
            return self._apply(tx, message.id, sorted(fresh, key=lambda event: event.at), elsewhere), is_answered

    def adopt(self, message: Message, reports: Sequence[Report], *, is_over: bool) -> bool:
        """Store a message that was sent elsewhere, with what is reported of it; return False for one that is known.

        With `is_over`, it is not asked after where the reports do not say how it ended.
        """
        with self._repository.transaction() as tx:
            if message_or_none(tx, message.id) is not None:
                return False
            tx.put_message(message)
            heard = [(event_of(message, 0, report), report.elsewhere) for report in reports]
            elsewhere = {event.id for event, is_elsewhere in heard if is_elsewhere}
            message = self._apply(tx, message.id, [event for event, _ in heard], elsewhere)
            if is_over and not message.is_final:
                put_with_contact(tx, given_up(message, self._clock()))
        return True

    def _apply(
        self, tx: Transaction, message_id: str, events: Sequence[DeliveryEvent], elsewhere: Collection[str]
    ) -> Message:
        """Apply reports; those from a channel that is not known here teach nothing."""
        message = tx.message(message_id)
        contact = contact_or_none(tx, message.contact_id)
        knowledge = Knowledge(tx.lesson)
        if contact is not None:
            contact = self._planner.remembered(contact, knowledge)
        for event in events:
            if not tx.add_event(event):
                continue
            is_elsewhere = event.id in elsewhere
            if contact is None:
                message = reported_to_nobody(message, event, teaches=not is_elsewhere)
                continue
            if is_elsewhere or event.channel is not message.attempts[event.attempt].channel:
                message, contact = left(message, contact, event, knowledge)
            message = reported(message, event)
            if not is_elsewhere:
                message, contact = taught(message, contact, event.attempt, event.at, knowledge)
        put_taught(tx, message, contact, knowledge)
        return message

    def _is_automatic(self, message: Message) -> bool:
        return message.pinned is None and self._gateway.reroutes

    def _known_ids(self, contact_id: str) -> frozenset[str]:
        """Return the gateway's ids of the newest messages to a contact, none of which is one whose answer was lost."""
        others = self._repository.messages(contact_id=contact_id, limit=LATELY)
        return frozenset(each.gateway_id for other in others for each in other.attempts if each.gateway_id)

    def _request(self, message: Message, attempt: Attempt) -> SendRequest:
        return SendRequest(
            attempt.idempotency_key,
            message.to,
            attempt.channel,
            message.content,
            automatic=self._is_automatic(message),
            started_at=attempt.started_at,
            is_repeat=attempt.status == MessageStatus.UNKNOWN,
        )

    def _change(self, message_id: str, change: Callable[[Message], Message]) -> Message:
        with self._repository.transaction() as tx:
            message = change(tx.message(message_id))
            put_with_contact(tx, message)
        return message


def put_taught(tx: Transaction, message: Message, contact: Contact | None, knowledge: Knowledge) -> None:
    """Put a message, and its contact with what both taught."""
    for name, lesson in knowledge.lessons().items():
        tx.put_lesson(name, lesson)
    tx.put_message(message)
    if contact is not None:
        tx.put_contact(followed(message, contact))


def put_with_contact(tx: Transaction, message: Message) -> None:
    """Put a message, and bring the last message of its contact up to date."""
    tx.put_message(message)
    contact = contact_or_none(tx, message.contact_id)
    if contact is not None:
        tx.put_contact(followed(message, contact))


def _ask(question: Callable[[], T]) -> T | None:
    """Return an answer of the gateway, None when it gave none."""
    try:
        return question()
    except (TransientGatewayError, PermanentGatewayError):
        return None


def event_of(message: Message, index: int, report: Report) -> DeliveryEvent:
    """Return a report about an attempt as it is stored; it counts for the channel that the network names."""
    channel = report.channel or message.attempts[index].channel
    return DeliveryEvent(
        id=event_id(message.id, index, report.status, report.at),
        message_id=message.id,
        contact_id=message.contact_id,
        attempt=index,
        channel=channel,
        status=report.status,
        at=report.at,
        reason_code=report.reason_code,
        detail=report.detail,
    )

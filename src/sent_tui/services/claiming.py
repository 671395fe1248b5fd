"""Claims: the next attempt of a message is written down, inside a write, by whoever then hands it over.

Consent, windows and channels are looked at again each time, as they are then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.held_back import MERGED, held_back, is_one_too_many
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import REACHED, USUAL, Content, Message, MessageStatus, Wishes
from sent_tui.core.progress import (
    attempted,
    given_up,
    overdue,
    overdue_since,
    scheduled,
    stopped,
    taught,
    untaught,
    without_next,
)
from sent_tui.core.reasons import NO_CONVERSATION, OPTED_OUT
from sent_tui.core.route_plan import ExclusionKind, RoutePlan
from sent_tui.services.handing_over import put_taught, put_with_contact
from sent_tui.services.planning import Planner
from sent_tui.store.transaction import Transaction, contact_or_none

FALLBACK_LIMIT = timedelta(hours=1)
"""A fallback goes out by itself only while the message is not older than this beyond the times of its steps."""
GIVE_UP_AFTER = timedelta(days=3)
"""After so long without a report, a message is no longer asked after."""
MISSED_AFTER = timedelta(days=1)
"""A message that is later than this is not sent on its own: a person decides."""


class Order(Struct, frozen=True):
    """What is asked for beside the content: by which channel, how, when, and within which bulk send."""

    channel: Channel | None = None
    """The only channel to use; None leaves the choice to the router."""
    wishes: Wishes = USUAL
    send_at: datetime | None = None
    batch: str | None = None


AT_ONCE = Order()


def is_missed(message: Message, at: datetime) -> bool:
    """Return whether a message that waits is so late that a person has to decide."""
    return message.is_waiting and at - message.began_at > MISSED_AFTER


class Claiming:
    """Writes messages and their next attempts down.

    `gateway` is the name of the network. One that `reroutes` takes another way by itself, so that a next step of ours
    would be a second message: without a pinned channel it gets one step.
    """

    def __init__(self, planner: Planner, gateway: str, new_id: Callable[[], str], *, reroutes: bool = False) -> None:
        self._planner = planner
        self._gateway = gateway
        self._reroutes = reroutes
        self._new_id = new_id

    def composed(self, contact: Contact, content: Content, plan: RoutePlan, order: Order, at: datetime) -> Message:
        """Return a message with its first attempt; one that waits; or one stopped, for who has opted out."""
        message = self.written(contact, content, at, order)
        message = self._routed(message, contact, plan)
        if contact.opt_out:
            return stopped(message, MessageStatus.FILTERED, at, OPTED_OUT)
        if order.send_at is not None:
            return scheduled(message)
        return attempted(message, plan.channels[0], self._new_id(), at, plan.steps[0].cost)

    def written(self, contact: Contact, content: Content, at: datetime, order: Order) -> Message:
        """Return a message without a plan."""
        return Message(
            id=self._new_id(),
            contact_id=contact.id,
            to=contact.format_e164,
            content=content,
            status=MessageStatus.PLANNED,
            created_at=at,
            updated_at=at,
            gateway=self._gateway,
            steps=(),
            pinned=order.channel,
            send_at=order.send_at,
            batch=order.batch,
            wishes=order.wishes,
        )

    def release(self, tx: Transaction, message: Message, at: datetime) -> Message:
        """Plan a message that waits, as things are now, and put it with its first attempt, or stopped.

        Of a bulk send, a contact gets one message, also where it was merged with another one since.
        """
        contact = contact_or_none(tx, message.contact_id)
        if _is_one_too_many(tx, message, contact):
            held = held_back(message, at)
            tx.put_message(held)
            return held
        released = self._released(message, contact, at)
        put_with_contact(tx, released)
        return released

    def _released(self, message: Message, contact: Contact | None, at: datetime) -> Message:
        if contact is None:
            gone = replace(message, reasons=("The contact was deleted.",))
            return stopped(gone, MessageStatus.FAILED, at)
        plan = self._planner.plan(contact, message.content, at, message.pinned, message.wishes)
        message = self._routed(replace(message, to=contact.format_e164), contact, plan)
        if contact.opt_out:
            return stopped(message, MessageStatus.FILTERED, at, OPTED_OUT)
        if not plan.steps:
            return _nowhere(message, plan, at)
        return attempted(message, plan.channels[0], self._new_id(), at, plan.steps[0].cost)

    def _routed(self, message: Message, contact: Contact, plan: RoutePlan) -> Message:
        """Return a message with its plan. A channel that a person chose for the contact is not left to the network."""
        pinned = message.pinned
        if pinned is None and self._reroutes and contact.default_pinned:
            pinned = next((channel for channel in plan.channels[:1] if channel is contact.default_channel), None)
        steps = plan.planned[:1] if self._reroutes and pinned is None else plan.planned
        return replace(message, steps=steps, reasons=plan.explain(), decision=plan.record, pinned=pinned)

    def needs(self, message: Message, at: datetime, *, is_answered: bool) -> bool:
        """Return whether `go_on` would change a message: its step failed or is overdue, or it is to be given up.

        `is_answered` says that the gateway told all that it knows: otherwise nothing is overdue.
        """
        if message.is_final:
            return False
        is_overdue = is_answered and overdue_since(message, at) is not None
        return is_overdue or _may_fall_back(message) or _is_too_old(message, at, is_answered=is_answered)

    def go_on(self, tx: Transaction, message_id: str, at: datetime, *, is_answered: bool) -> Message:
        """Mark what is overdue, learn from it, and put the message with its next attempt, stopped or given up."""
        message = tx.message(message_id)
        if not self.needs(message, at, is_answered=is_answered):
            return message
        contact, knowledge = contact_or_none(tx, message.contact_id), Knowledge(tx.lesson)
        if contact is not None:
            contact = self._planner.remembered(contact, knowledge)
        since = overdue_since(message, at) if is_answered else None
        if since is not None:
            message = overdue(message, since)
            last = len(message.attempts) - 1
            if contact is not None:
                message, contact = taught(message, contact, last, since, knowledge)
            else:
                message = untaught(message, last)
        if since is not None or _may_fall_back(message):
            is_one_too_many = _is_one_too_many(tx, message, contact)
            message = _ended_as_merged(message, at) if is_one_too_many else self._next_step(message, contact, at)
        if not message.is_final and _is_too_old(message, at, is_answered=is_answered):
            message = given_up(message, at)
        put_taught(tx, message, contact, knowledge)
        return message

    def _next_step(self, message: Message, contact: Contact | None, at: datetime) -> Message:
        channel = message.next_channel
        if channel is None:
            return message
        if contact is None or at - message.began_at > _limit(message):
            return _ended(message, MessageStatus.FAILED, at)
        plan = self._planner.plan(contact, message.content, at, channel, message.wishes)
        if any(out.kind is ExclusionKind.OPTED_OUT for out in plan.excluded):
            return _ended(message, MessageStatus.FILTERED, at, OPTED_OUT)
        if not plan.steps:
            return _ended(message, MessageStatus.FAILED, at)
        return attempted(message, channel, self._new_id(), at, plan.steps[0].cost, decision=plan.record)


def _is_one_too_many(tx: Transaction, message: Message, contact: Contact | None) -> bool:
    """Return whether the contact of a message gets another one of its bulk send."""
    if contact is None or message.batch is None:
        return False
    return is_one_too_many(message, tx.messages(contact.id), contact.format_e164)


def _ended_as_merged(message: Message, at: datetime) -> Message:
    return _ended(replace(message, reasons=(*message.reasons, MERGED)), MessageStatus.FAILED, at)


def _may_fall_back(message: Message) -> bool:
    return message.status == MessageStatus.FAILED and message.next_channel is not None and not message.is_final


def _is_too_old(message: Message, at: datetime, *, is_answered: bool) -> bool:
    last = message.attempts[-1]
    return (is_answered or last.gateway_id is None) and at - last.started_at > GIVE_UP_AFTER


def _limit(message: Message) -> timedelta:
    taken = message.steps[: len(message.attempts)]
    return sum((step.fallback_after or timedelta() for step in taken), FALLBACK_LIMIT)


def _nowhere(message: Message, plan: RoutePlan, at: datetime) -> Message:
    """Return a message for which no channel is open, blocked where nothing but a word from the person is missing."""
    kinds = {out.kind for out in plan.excluded} - {ExclusionKind.PINNED_ELSEWHERE}
    if kinds == {ExclusionKind.WINDOW_CLOSED}:
        return stopped(message, MessageStatus.BLOCKED, at, NO_CONVERSATION)
    return stopped(message, MessageStatus.FAILED, at)


def _ended(message: Message, status: MessageStatus, at: datetime, reason_code: str | None = None) -> Message:
    """Return a message of which no further step goes out; one that may still arrive stays under way."""
    if message.status in REACHED or any(attempt.may_arrive for attempt in message.attempts):
        return without_next(message, at)
    return stopped(message, status, at, reason_code)

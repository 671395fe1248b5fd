"""Sending: plan a route, hand over, follow the reports, fall back, and learn.

Each attempt is written down with its idempotency key before the gateway is asked. Whoever wrote the attempt hands it
over; so two programs on one database never send the same step twice. An attempt whose answer was lost is asked
after, and never repeated on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sent_tui.core.channel import CHANNEL_ORDER, Channel
from sent_tui.core.consent import last_template_at
from sent_tui.core.contact import Contact
from sent_tui.core.delivery import Explanation
from sent_tui.core.knowledge import Knowledge, is_forgotten
from sent_tui.core.message import Attempt, Content, DeliveryEvent, Message, MessageStatus, Template, event_id, fill
from sent_tui.core.prices import FLAT, Prices
from sent_tui.core.progress import (
    accepted,
    attempted,
    followed,
    outcome_lost,
    refused,
    reported,
    stopped,
    taught,
)
from sent_tui.core.reasons import OPTED_OUT
from sent_tui.core.routing import ExclusionKind, RoutePlan, plan_route
from sent_tui.errors import NotFoundError, RefusedError, UsageError
from sent_tui.gateways.gateway import (
    Gateway,
    PermanentGatewayError,
    Receipt,
    Report,
    SendRequest,
    TransientGatewayError,
    UnknownOutcomeError,
)
from sent_tui.services.contacts import Clock, NewId
from sent_tui.store.repository import Repository, Transaction

HAND_OVER_LIMIT = timedelta(minutes=1)
"""After this time without an answer, an attempt's outcome counts as unknown."""
FALLBACK_LIMIT = timedelta(hours=1)
"""A fallback goes out by itself only while the message is younger than this."""
LATELY = 20
"""So many of the newest messages to a contact are looked through for a template."""
T = TypeVar("T")

MAX_TEXT = 1600
"""Characters in a message, as the SMS networks take it."""


class SendingService:
    """What can be done with messages."""

    def __init__(
        self, repository: Repository, gateway: Gateway, clock: Clock, new_id: NewId, prices: Prices = FLAT
    ) -> None:
        self._repository = repository
        self._gateway = gateway
        self._clock = clock
        self._new_id = new_id
        self._prices = prices

    def templates(self) -> tuple[Template, ...]:
        """Return the approved templates of the gateway."""
        return self._gateway.templates()

    def template_content(self, name: str, variables: dict[str, str]) -> Content:
        """Return the content of a template; raises NotFoundError, or UsageError for missing or unknown variables."""
        known = {template.name: template for template in self.templates()}
        if name not in known:
            raise NotFoundError("No such template", f"There is none named {name}.", f"There are: {', '.join(known)}.")
        template = known[name]
        missing = [variable for variable in template.variables if not variables.get(variable, "").strip()]
        unknown = [variable for variable in variables if variable not in template.variables]
        if missing or unknown:
            wrong = [
                f"{words}: {', '.join(names)}"
                for words, names in (("missing", missing), ("not in the template", unknown))
                if names
            ]
            raise UsageError("The template is not filled in", f"Variables {'; '.join(wrong)}.", "Set each one once.")
        return fill(template, variables)

    def plan(self, contact_id: str, content: Content | None = None, *, channel: Channel | None = None) -> RoutePlan:
        """Return the route that a message to a contact would take now."""
        return self._planned(self._repository.get(contact_id), content, self._clock(), channel)

    def explanations(self, contact_id: str) -> dict[Channel, Explanation]:
        """Return what the estimate of each channel of a contact rests on now."""
        knowledge, at = Knowledge(self._repository.lesson), self._clock()
        contact = self._remembered(self._repository.get(contact_id), knowledge)
        return {channel: knowledge.explanation(contact, channel, at) for channel in CHANNEL_ORDER}

    def send(self, contact_id: str, content: Content, *, channel: Channel | None = None) -> Message:
        """Hand a message over by the first channel of its route.

        Raises RefusedError when no channel is open, and then nothing is sent. Nothing is stored either, unless the
        contact has opted out: then the message is stored as filtered, to show that it was wanted and held back. A
        network that cannot be reached is no error here: the message is stored as failed, and can be sent again.
        """
        _check_text(content)
        at = self._clock()
        with self._repository.transaction() as tx:
            contact = tx.contact(contact_id)
            plan = self._planned(contact, content, at, channel)
            refusal = None if plan.steps else RefusedError("Nothing was sent", *_why_nowhere(contact, plan))
            if refusal is not None and not contact.opt_out:
                raise refusal
            message = self._composed(contact, content, plan, channel)
            tx.put_message(message)
            tx.put_contact(followed(message, contact))
            if refusal is None:
                tx.discard_draft(contact_id)
        if refusal is not None:
            raise refusal
        return self._hand_over(message)

    def advance(self, message_id: str) -> Message:
        """Take a message one step on: fetch reports, learn from them, and send the next step if this one failed."""
        message = self._repository.message(message_id)
        if not message.attempts:
            return message
        message = self._recalled(message)
        message = self._fetched(message)
        if message.status == MessageStatus.FAILED and message.next_channel is not None:
            return self._fall_back(message)
        return message

    def open_messages(self) -> Sequence[Message]:
        """Return the messages that are still under way, newest first."""
        return self._repository.messages(only_open=True)

    def follow(
        self,
        message_id: str,
        *,
        on_change: Callable[[Message], None] = lambda message: None,
        pause: Callable[[float], None],
        patience: timedelta = timedelta(minutes=2),
    ) -> Message:
        """Advance a message until it is final, or for as long as patience lasts; `pause` waits for some seconds."""
        began = self._clock()
        delay = 0.1
        message = self._repository.message(message_id)
        on_change(message)
        while not message.is_final and self._clock() - began < patience:
            pause(delay)
            delay = min(delay * 1.3, 3.0)
            before, message = message, self.advance(message_id)
            if message != before:
                on_change(message)
        return message

    def retry(self, message_id: str) -> Message:
        """Send again what a person decided to: a failed message anew, one of unknown outcome under its old key.

        Raises RefusedError for a message that arrived, is under way, or was stopped by consent or policy.
        """
        message = self._repository.message(message_id)
        why_not = self.why_no_retry(message)
        if why_not:
            raise RefusedError("This message is not sent again", why_not)
        if message.status == MessageStatus.UNKNOWN:
            return self._hand_over(message)
        return self.send(message.contact_id, message.content, channel=message.pinned)

    def why_no_retry(self, message: Message) -> str:
        """Return why a message cannot be sent again, in words; empty when it can."""
        if self._opted_out(message):
            return "The contact has opted out of all messages."
        if message.is_inbound:
            return "The person wrote it."
        if message.status == MessageStatus.UNKNOWN:
            young = self._clock() - message.attempts[-1].started_at < timedelta(hours=23)
            return (
                "" if young else "Its key is too old for a safe repetition. Write a new message if it did not arrive."
            )
        if not message.is_final:
            return "It is still under way."
        if message.status in {MessageStatus.FAILED, MessageStatus.BLOCKED}:
            return ""
        if message.status == MessageStatus.FILTERED:
            return "It was stopped by consent or policy."
        return "It arrived already."

    def _planned(self, contact: Contact, content: Content | None, at: datetime, channel: Channel | None) -> RoutePlan:
        template_at = None
        if content is not None and content.is_free_text and contact.last_inbound_at is None:
            template_at = last_template_at(self._repository.messages(contact_id=contact.id, limit=LATELY))
        knowledge = Knowledge(self._repository.lesson)
        return plan_route(
            self._remembered(contact, knowledge),
            content,
            at,
            pinned=channel,
            knowledge=knowledge,
            prices=self._prices,
            last_template_at=template_at,
        )

    def _remembered(self, contact: Contact, knowledge: Knowledge) -> Contact:
        """Return a contact with what reports about its messages taught, should that have been lost."""
        if not is_forgotten(contact):
            return contact
        messages = self._repository.messages(contact_id=contact.id)
        return knowledge.replayed(contact, (event for sent in messages for event in self._repository.events(sent.id)))

    def _opted_out(self, message: Message) -> bool:
        contact = self._repository.find(message.to)
        return contact is not None and contact.opt_out

    def _composed(self, contact: Contact, content: Content, plan: RoutePlan, pinned: Channel | None) -> Message:
        """Return a message with its first attempt, or stopped when the contact has opted out."""
        at = plan.decided_at
        message = Message(
            id=self._new_id(),
            contact_id=contact.id,
            to=contact.format_e164,
            content=content,
            status=MessageStatus.PLANNED,
            created_at=at,
            updated_at=at,
            gateway=self._gateway.name,
            route=plan.channels,
            reasons=plan.explain(),
            pinned=pinned,
        )
        if contact.opt_out:
            return stopped(message, MessageStatus.FILTERED, at, OPTED_OUT)
        return attempted(message, plan.channels[0], self._new_id(), at, plan.steps[0].cost)

    def _hand_over(self, message: Message) -> Message:
        """Give the last attempt to the gateway and write down what it answered."""
        index = len(message.attempts) - 1
        try:
            receipt = self._gateway.send(_request(message, message.attempts[index]))
        except UnknownOutcomeError as error:
            lost = str(error)
            return self._change(message.id, lambda known: outcome_lost(known, index, self._clock(), lost))
        except (TransientGatewayError, PermanentGatewayError) as error:
            words, go_on = str(error), isinstance(error, PermanentGatewayError)
            return self._change(message.id, lambda known: refused(known, index, self._clock(), words, go_on=go_on))
        return self._change(message.id, lambda known: accepted(known, index, receipt.gateway_id, receipt.accepted_at))

    def _recalled(self, message: Message) -> Message:
        """Ask after an attempt whose answer was lost."""
        index = len(message.attempts) - 1
        attempt = message.attempts[index]
        at = self._clock()
        if attempt.gateway_id is not None or attempt.is_final:
            return message
        if attempt.status == MessageStatus.PLANNED and at - attempt.started_at < HAND_OVER_LIMIT:
            return message
        receipt = _ask(partial(self._gateway.recall, _request(message, attempt)), None)
        if receipt is not None:
            found = receipt
            return self._change(message.id, lambda known: accepted(known, index, found.gateway_id, found.accepted_at))
        if attempt.status == MessageStatus.PLANNED:
            return self._change(message.id, lambda known: outcome_lost(known, index, at, "the answer was lost"))
        return message

    def _fetched(self, message: Message) -> Message:
        """Fetch the reports of every attempt that may still move, and apply the new ones."""
        events: list[DeliveryEvent] = []
        for index, attempt in enumerate(message.attempts):
            if attempt.gateway_id is None or attempt.accepted_at is None:
                continue
            receipt = Receipt(attempt.gateway_id, message.to, attempt.channel, attempt.accepted_at)
            nothing: tuple[Report, ...] = ()
            reports = _ask(partial(self._gateway.status, receipt), nothing)
            events.extend(_event(message, index, report) for report in reports)
        known = {event.id for event in self._repository.events(message.id)}
        fresh = [event for event in events if event.id not in known]
        if not fresh:
            return message
        with self._repository.transaction() as tx:
            return self._apply(tx, message.id, sorted(fresh, key=lambda event: event.at))

    def _apply(self, tx: Transaction, message_id: str, events: Sequence[DeliveryEvent]) -> Message:
        message = tx.message(message_id)
        contact = _contact_or_none(tx, message.contact_id)
        knowledge = Knowledge(tx.lesson)
        if contact is not None:
            contact = self._remembered(contact, knowledge)
        for event in events:
            if not tx.add_event(event):
                continue
            message = reported(message, event)
            if contact is not None:
                message, contact = taught(message, contact, event.attempt, event.at, knowledge)
        for name, lesson in knowledge.lessons().items():
            tx.put_lesson(name, lesson)
        tx.put_message(message)
        if contact is not None:
            tx.put_contact(followed(message, contact))
        return message

    def _fall_back(self, message: Message) -> Message:
        """Claim the next step of the route, with consent and channels looked at again, and hand it over."""
        at = self._clock()
        with self._repository.transaction() as tx:
            message = tx.message(message.id)
            channel = message.next_channel
            if message.status != MessageStatus.FAILED or channel is None:
                return message
            contact = _contact_or_none(tx, message.contact_id)
            claimed = self._next_step(message, contact, channel, at)
            tx.put_message(claimed)
            if contact is not None:
                tx.put_contact(followed(claimed, contact))
        if claimed.status != MessageStatus.PLANNED:
            return claimed
        return self._hand_over(claimed)

    def _next_step(self, message: Message, contact: Contact | None, channel: Channel, at: datetime) -> Message:
        if contact is None or at - message.created_at > FALLBACK_LIMIT:
            return stopped(message, MessageStatus.FAILED, at)
        plan = self._planned(contact, message.content, at, channel)
        if any(out.kind is ExclusionKind.OPTED_OUT for out in plan.excluded):
            return stopped(message, MessageStatus.FILTERED, at, OPTED_OUT)
        if not plan.steps:
            return stopped(message, MessageStatus.FAILED, at)
        return attempted(message, channel, self._new_id(), at, plan.steps[0].cost)

    def _change(self, message_id: str, change: Callable[[Message], Message]) -> Message:
        with self._repository.transaction() as tx:
            message = change(tx.message(message_id))
            tx.put_message(message)
            contact = _contact_or_none(tx, message.contact_id)
            if contact is not None:
                tx.put_contact(followed(message, contact))
        return message


def _ask(question: Callable[[], T], otherwise: T) -> T:
    try:
        return question()
    except (TransientGatewayError, PermanentGatewayError):
        return otherwise


def _request(message: Message, attempt: Attempt) -> SendRequest:
    return SendRequest(attempt.idempotency_key, message.to, attempt.channel, message.content)


def _event(message: Message, index: int, report: Report) -> DeliveryEvent:
    channel = message.attempts[index].channel
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


def _contact_or_none(tx: Transaction, contact_id: str) -> Contact | None:
    try:
        return tx.contact(contact_id)
    except NotFoundError:
        return None


def _check_text(content: Content) -> None:
    if not content.text.strip():
        raise UsageError("There is nothing to send", "The message is empty.", "Write a text or choose a template.")
    if len(content.text) > MAX_TEXT:
        raise UsageError(
            "The message is too long",
            f"It has {len(content.text):,} characters; {MAX_TEXT:,} can be sent.",
            "Shorten it, or send it in parts.",
        )


def _why_nowhere(contact: Contact, plan: RoutePlan) -> tuple[str, str]:
    if contact.opt_out:
        return f"{contact.title} has opted out of all messages.", "Only the person can opt in again."
    hint = "Check the contact again, or send a template."
    return plan.reasons[0], hint

"""Sending: plan a route, hand over, follow the reports, fall back, and learn.

Each attempt is written down with its idempotency key before the gateway is asked. Whoever wrote the attempt hands it
over; so two programs on one database never send the same step twice. An attempt whose answer was lost is asked
after, and never repeated on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sent_tui.core.channel import Channel
from sent_tui.core.consent import opted_out
from sent_tui.core.contact import Contact
from sent_tui.core.delivery import Explanation
from sent_tui.core.held_back import is_one_too_many
from sent_tui.core.message import REACHED, USUAL, Content, Message, MessageStatus, Template, Wishes, fill
from sent_tui.core.message_states import State, state_of
from sent_tui.core.patience import USUAL_PATIENCE, Patience
from sent_tui.core.prices import FLAT, Prices
from sent_tui.core.progress import followed, stopped, without_next
from sent_tui.core.route_plan import RoutePlan
from sent_tui.core.span import span_words
from sent_tui.core.text import ago
from sent_tui.errors import NotFoundError, RefusedError, UsageError
from sent_tui.gateways.gateway import Gateway
from sent_tui.services.claiming import GIVE_UP_AFTER, Claiming, Order, is_missed
from sent_tui.services.contacts import Clock, NewId
from sent_tui.services.handing_over import HandingOver, put_with_contact
from sent_tui.services.planning import Planner
from sent_tui.store.repository import Change, Repository

MAX_TEXT = 1600
"""Characters in a message, as the SMS networks take it."""
FARTHEST = timedelta(days=366)
"""How far ahead a message can be scheduled."""


class SendingService:
    """What can be done with messages."""

    def __init__(
        self,
        repository: Repository,
        gateway: Gateway,
        clock: Clock,
        new_id: NewId,
        prices: Prices = FLAT,
        patience: Patience = USUAL_PATIENCE,
    ) -> None:
        self._repository = repository
        self._gateway = gateway
        self._clock = clock
        self._planner = Planner(repository, prices, patience)
        self.claiming = Claiming(self._planner, gateway.name, new_id, reroutes=gateway.reroutes)
        """What writes attempts down; for bulk sends, which share a write."""
        self.handing_over = HandingOver(repository, gateway, clock, self._planner)
        """What hands them over."""

    @property
    def is_armed(self) -> bool:
        """Whether messages really go out; where they do not, only what a person asks for is handed over."""
        return self._gateway.is_armed

    def is_ours(self, message: Message) -> bool:
        """Return whether a message is one of this gateway."""
        return message.gateway == self._gateway.name

    def templates(self) -> tuple[Template, ...]:
        """Return the approved templates of the gateway."""
        return self._gateway.templates()

    def template(self, name: str) -> Template:
        """Return an approved template; raises NotFoundError."""
        known = {template.name: template for template in self.templates()}
        if name not in known:
            raise NotFoundError("No such template", f"There is none named {name}.", f"There are: {', '.join(known)}.")
        return known[name]

    def template_content(self, name: str, variables: dict[str, str]) -> Content:
        """Return the content of a template; raises NotFoundError, or UsageError for missing or unknown variables."""
        template = self.template(name)
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

    def plan(
        self,
        contact_id: str,
        content: Content | None = None,
        *,
        channel: Channel | None = None,
        wishes: Wishes = USUAL,
        at: datetime | None = None,
    ) -> RoutePlan:
        """Return the route that a message to a contact would take at a time, or now."""
        contact = self._repository.get(contact_id)
        return self._planner.plan(contact, content, at or self._clock(), channel, wishes)

    def explanations(self, contact_id: str) -> dict[Channel, Explanation]:
        """Return what the estimate of each channel of a contact rests on now."""
        return self._planner.explanations(self._repository.get(contact_id), self._clock())

    def send(
        self, contact_id: str, content: Content, *, channel: Channel | None = None, wishes: Wishes = USUAL
    ) -> Message:
        """Hand a message over by the first channel of its route.

        Raises RefusedError when no channel is open, and then nothing is sent. Nothing is stored either, unless the
        contact has opted out: then the message is stored as filtered, to show that it was wanted and held back. A
        network that cannot be reached is no error here: the message is stored as failed, and can be sent again.
        """
        message = self._stored(contact_id, content, Order(channel, wishes))
        return self.handing_over.hand_over(message)

    def schedule(
        self,
        contact_id: str,
        content: Content,
        send_at: datetime,
        *,
        channel: Channel | None = None,
        wishes: Wishes = USUAL,
    ) -> Message:
        """Store a message that goes out at a time, and hand nothing over.

        It is planned anew then. Raises UsageError for a time that is past or too far ahead, and RefusedError as
        `send` does, for what is known of that time.
        """
        check_time(send_at, self._clock())
        return self._stored(contact_id, content, Order(channel, wishes, send_at))

    def advance(self, message_id: str) -> Message:
        """Take a message one step on, as far as its time has come.

        One of another gateway stays as it is, and where a gateway is not armed nothing goes out by itself. One that
        waits goes out. Of another, reports are fetched, it is learned from them, and the next step goes out
        if this one failed or took too long.
        """
        message = self._repository.message(message_id)
        if not self.is_ours(message):
            return message
        if message.is_waiting:
            return self._release(message, by_hand=False) if self.is_armed else message
        if not message.attempts:
            return message
        message = self.handing_over.recalled(message)
        message, is_answered = self.handing_over.fetched(message)
        if not self.is_armed or not self.claiming.needs(message, self._clock(), is_answered=is_answered):
            return message
        with self._repository.transaction() as tx:
            before = len(tx.message(message.id).attempts)
            message = self.claiming.go_on(tx, message.id, self._clock(), is_answered=is_answered)
        return self.handing_over.hand_over(message) if len(message.attempts) > before else message

    def open_messages(self) -> Sequence[Message]:
        """Return the messages of this gateway that are under way, newest first; none that waits for its time."""
        return list(filter(self.is_ours, self._repository.messages(only_open=True)))

    def scheduled(self) -> Sequence[Message]:
        """Return the messages that wait for their time and belong to no bulk send, earliest first."""
        return self._repository.scheduled()

    def message(self, message_id: str) -> Message:
        """Return a message as it is stored; raises MessageNotFoundError."""
        return self._repository.message(message_id)

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` after each change of what is stored; return what ends it."""
        return self._repository.subscribe(listener)

    def follow(
        self,
        message_id: str,
        *,
        on_change: Callable[[Message], None] = lambda message: None,
        pause: Callable[[float], None],
        patience: timedelta = timedelta(minutes=2),
    ) -> Message:
        """Advance a message until nobody need wait longer, or as long as patience lasts; `pause` waits some seconds."""
        began = self._clock()
        delay = 0.1
        message = self._repository.message(message_id)
        on_change(message)
        while not message.is_done and self._clock() - began < patience:
            pause(delay)
            delay = min(delay * 1.3, 3.0)
            before, message = message, self.advance(message_id)
            if message != before:
                on_change(message)
        return message

    def retry(self, message_id: str) -> Message:
        """Send again what a person decided to: a failed message anew, one of unknown outcome under its old key.

        A scheduled one that was missed goes out now. Raises RefusedError for a message that arrived, is under way,
        or was stopped by consent or policy.
        """
        message = self._repository.message(message_id)
        why_not = self.why_no_retry(message)
        if why_not:
            raise RefusedError("This message is not sent again", why_not)
        if message.is_waiting:
            return self._release(message, by_hand=True)
        if message.status == MessageStatus.UNKNOWN:
            return self.handing_over.hand_over(message)
        return self.send(message.contact_id, message.content, channel=message.pinned, wishes=message.wishes)

    def why_no_retry(self, message: Message) -> str:
        """Return why a message cannot be sent again, in words; empty when it can."""
        if self._opted_out(message):
            return "The contact has opted out of all messages."
        if message.is_foreign:
            return "It was sent elsewhere."
        now = self._clock()
        is_open = message.is_waiting or message.status == MessageStatus.UNKNOWN
        if is_open and not self.is_ours(message):
            return f"It belongs to another gateway, {message.gateway}."
        if message.is_waiting:
            return "" if is_missed(message, now) and message.batch is None else "It waits for its time."
        if message.status == MessageStatus.UNKNOWN:
            young = now - message.attempts[-1].started_at < timedelta(hours=23)
            return (
                "" if young else "Its key is too old for a safe repetition. Write a new message if it did not arrive."
            )
        if message.status in {MessageStatus.FAILED, MessageStatus.BLOCKED, MessageStatus.CANCELLED}:
            if not message.is_final:
                return "It is still under way."
            return "The contact gets another message of this bulk send." if self._gets_another(message) else ""
        return _why_not(message)

    def dispatch(self, message_id: str) -> Message:
        """Hand over a message that waits, at once and whatever its time: a person wants it to go.

        One that does not wait, because it went out or was called back, stays as it is.
        """
        return self._release(self._repository.message(message_id), by_hand=True)

    def call_back(self, message_id: str) -> Message:
        """Cancel a message of which nothing was handed over; raises RefusedError for any other, which stays as it is.

        Either this or the hand-over comes first, in one write: what was called back never goes out.
        """
        with self._repository.transaction() as tx:
            message = tx.message(message_id)
            if not message.is_waiting:
                raise RefusedError("It cannot be called back", "It was handed over already, or was cancelled.")
            message = stopped(message, MessageStatus.CANCELLED, self._clock())
            put_with_contact(tx, message)
        return message

    def cancel(self, message_id: str) -> Message:
        """Call a message off: one that waits or has failed so far is cancelled; of others no further step goes out.

        What was handed over cannot be called back. Raises RefusedError for a message that has come to its end.
        """
        at = self._clock()
        with self._repository.transaction() as tx:
            message = tx.message(message_id)
            if message.is_done:
                raise RefusedError("This message cannot be cancelled", _why_not(message))
            if state_of(message) in {State.SCHEDULED, State.FAILED}:
                message = stopped(message, MessageStatus.CANCELLED, at)
            else:
                message = without_next(message, at)
            put_with_contact(tx, message)
        return message

    def _stored(self, contact_id: str, content: Content, order: Order) -> Message:
        """Return a message that was written down, with the plan for its time."""
        check_text(content)
        with self._repository.transaction() as tx:
            contact, now = tx.contact(contact_id), self._clock()
            plan = self._planner.plan(contact, content, order.send_at or now, order.channel, order.wishes)
            refusal = None if plan.steps else RefusedError("Nothing was sent", *_why_nowhere(contact, plan))
            if refusal is not None and not contact.opt_out:
                raise refusal
            message = self.claiming.composed(contact, content, plan, order, now)
            tx.put_message(message)
            tx.put_contact(followed(message, contact))
            if refusal is None:
                tx.discard_draft(contact_id)
        if refusal is not None:
            raise refusal
        return message

    def _release(self, message: Message, *, by_hand: bool) -> Message:
        """Hand over a message that waits, once its time has come; one of a bulk send waits for its turn there.

        What a person wants by hand goes at once.
        """
        with self._repository.transaction() as tx:
            message, at = tx.message(message.id), self._clock()
            is_early, is_late = message.began_at > at, is_missed(message, at)
            if not message.is_waiting or (not by_hand and (message.batch is not None or is_early or is_late)):
                return message
            message = self.claiming.release(tx, message, at)
        return self.handing_over.hand_over(message) if message.attempts else message

    def _gets_another(self, message: Message) -> bool:
        """Return whether another message of the same bulk send stands for one, since two contacts were merged."""
        if message.batch is None:
            return False
        with suppress(NotFoundError):
            number = self._repository.get(message.contact_id).format_e164
            return is_one_too_many(message, self._repository.messages(contact_id=message.contact_id), number)
        return False

    def _opted_out(self, message: Message) -> bool:
        """Return whether the contact of a message has opted out, or whoever has the number that it went to."""
        with suppress(NotFoundError):
            if self._repository.get(message.contact_id).opt_out:
                return True
        holder = self._repository.find(message.to)
        return opted_out(self._repository.consent_history(message.to)) if holder is None else holder.opt_out


def check_time(send_at: datetime, now: datetime) -> None:
    """Raise UsageError for a time at which nothing can be sent: a past one, or one too far ahead."""
    if send_at <= now:
        raise UsageError("This time is past", f"It was {ago(send_at, now)}.", "Leave it out to send at once.")
    if send_at - now > FARTHEST:
        raise UsageError("This time is too far ahead", "A message can be scheduled for the next year.")


def _why_not(message: Message) -> str:
    """Return why nothing can be done with a message that has come to its end, in words."""
    if message.is_inbound:
        return "The person wrote it."
    if message.status in REACHED:
        return "It arrived already."
    if message.status == MessageStatus.FILTERED:
        return "It was stopped by consent or policy."
    if not message.is_final:
        return "It is still under way."
    if message.given_up_at is not None:
        return f"No report came for {span_words(GIVE_UP_AFTER)}: it may have arrived, or not."
    return "It has ended already, and did not arrive."


def check_text(content: Content) -> None:
    """Raise UsageError for a text that cannot be sent: an empty one, or one that is too long."""
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

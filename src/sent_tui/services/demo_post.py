"""The messages of the demo on their way: handed over, reported, followed by the next step, answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sent_tui.core.consent import last_template_at
from sent_tui.core.message import Content, Message, MessageStatus
from sent_tui.core.progress import (
    accepted,
    attempted,
    given_up,
    overdue,
    overdue_since,
    refused,
    reported,
    stopped,
    taught,
    without_next,
)
from sent_tui.core.reason_codes import ReasonClass
from sent_tui.core.reasons import OPTED_OUT, reason_of
from sent_tui.core.routing import plan_route
from sent_tui.gateways.gateway import Letter, Receipt, Report, SendRequest, TransientGatewayError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.claiming import FALLBACK_LIMIT, GIVE_UP_AFTER
from sent_tui.services.demo_agenda import Agenda
from sent_tui.services.demo_books import Books
from sent_tui.services.handing_over import event_of
from sent_tui.services.planning import LATELY

AGAIN: Final = timedelta(minutes=7)
"""After this time somebody sends anew what the network did not take."""
AFTER_A_FAULT: Final = timedelta(hours=5)
"""The same for what failed by a fault of the provider, on its last channel."""
_NEXT: Final = timedelta(seconds=1)
"""How soon the next step follows on a failure."""


class Post:
    """What is sent, and what comes of it. `network` is the network in the demo's time, `later` as it is at the end."""

    def __init__(self, books: Books, agenda: Agenda, network: Simulator, later: Simulator) -> None:
        self._books = books
        self._agenda = agenda
        self._network = network
        self._later = later

    def decisions(self, number: str, since: datetime) -> Iterable[Letter]:
        """Return each STOP and START of a person until the end of the demo."""
        return self._later.decisions(number, since)

    def send(self, contact_id: str, content: Content, name: str) -> None:
        """Plan a message and hand it over by the first channel of its route; nothing happens where none is open."""
        books, at = self._books, self._agenda.at
        contact = books.contacts[contact_id]
        template_at = last_template_at(books.earlier(contact_id, LATELY))
        plan = plan_route(contact, content, at, knowledge=books.knowledge, last_template_at=template_at)
        if not plan.steps:
            return
        message = Message(
            id=books.new_id("message", contact.format_e164, name),
            contact_id=contact_id,
            to=contact.format_e164,
            content=content,
            status=MessageStatus.PLANNED,
            created_at=at,
            updated_at=at,
            gateway=books.gateway,
            steps=plan.planned,
            reasons=plan.explain(),
            decision=plan.record,
        )
        first = plan.steps[0]
        if not self._hand_over(attempted(message, first.channel, self._key(message), at, first.cost)):
            self._agenda.plan(at + AGAIN, partial(self.send, contact_id, content, f"{name}, again"))

    def _hand_over(self, message: Message) -> bool:
        """Give the last attempt to the network, and return whether it was taken."""
        index = len(message.attempts) - 1
        attempt = message.attempts[index]
        request = SendRequest(attempt.idempotency_key, message.to, attempt.channel, message.content)
        try:
            receipt = self._network.send(request)
        except TransientGatewayError as error:
            self._books.keep(refused(message, index, self._agenda.at, str(error), go_on=False))
            return False
        self._books.keep(accepted(message, index, receipt.gateway_id, receipt.accepted_at))
        self._expect(message, index, receipt)
        return True

    def _expect(self, message: Message, index: int, receipt: Receipt) -> None:
        """Put into the agenda what will be heard of an attempt."""
        plan = self._agenda.plan
        for report in self._later.status(receipt):
            plan(report.at, partial(self._hear, message.id, index, report))
        wait = message.steps[index].fallback_after
        if wait is not None:
            plan(receipt.accepted_at + wait, partial(self._look_after, message.id, index))
        plan(receipt.accepted_at + GIVE_UP_AFTER, partial(self._give_up, message.id, index))
        letter = self._later.answer(receipt)
        if letter is not None:
            # By its own id, so that whoever opens the demo does not hear it a second time.
            write = partial(self._books.receive, message.contact_id, letter.id)
            plan(letter.at, partial(write, letter.channel, letter.text, letter.at))

    def _hear(self, message_id: str, index: int, report: Report) -> None:
        """Take in a report: learn from it, and go on when it is a failure."""
        books = self._books
        message = books.messages[message_id]
        event = event_of(message, index, report)
        books.events[event.id] = event
        self._learn(reported(message, event), index)
        message = books.messages[message_id]
        if message.status != MessageStatus.FAILED or report.status != MessageStatus.FAILED:
            return
        reason = reason_of(report.reason_code)
        if message.next_channel is not None:
            self._agenda.plan(report.at + _NEXT, partial(self._go_on, message_id, index))
        elif reason is not None and reason.kind is ReasonClass.PROVIDER:
            again = partial(self.send, message.contact_id, message.content, f"{message_id}, again")
            self._agenda.plan(report.at + AFTER_A_FAULT, again)

    def _look_after(self, message_id: str, index: int) -> None:
        """Go on to the next step when this one has taken too long; until a report comes, that counts against it."""
        message = self._books.messages[message_id]
        since = overdue_since(message, self._agenda.at)
        if since is None or index != len(message.attempts) - 1:
            return
        self._learn(overdue(message, since), index)
        self._go_on(message_id, index)

    def _go_on(self, message_id: str, index: int) -> None:
        """Send the step after an attempt, with consent and channels looked at again."""
        books, at = self._books, self._agenda.at
        message = books.messages[message_id]
        channel = message.next_channel
        if channel is None or index != len(message.attempts) - 1:
            return
        contact = books.contacts[message.contact_id]
        plan = plan_route(contact, message.content, at, pinned=channel, knowledge=books.knowledge)
        if plan.steps and at - message.created_at <= FALLBACK_LIMIT:
            cost = plan.steps[0].cost
            self._hand_over(attempted(message, channel, self._key(message), at, cost, decision=plan.record))
        elif any(attempt.may_arrive for attempt in message.attempts):
            books.keep(without_next(message, at))
        else:
            status = MessageStatus.FILTERED if contact.opt_out else MessageStatus.FAILED
            books.keep(stopped(message, status, at, OPTED_OUT if contact.opt_out else None))

    def _give_up(self, message_id: str, index: int) -> None:
        """Ask no longer after a message of which nothing was heard for days."""
        message = self._books.messages[message_id]
        if index == len(message.attempts) - 1 and not message.is_final:
            self._books.keep(given_up(message, self._agenda.at))

    def _learn(self, message: Message, index: int) -> None:
        books = self._books
        contact = books.contacts[message.contact_id]
        message, contact = taught(message, contact, index, self._agenda.at, books.knowledge)
        books.know(contact)
        books.keep(message)

    def _key(self, message: Message) -> str:
        return self._books.new_id("attempt", message.id, len(message.attempts))

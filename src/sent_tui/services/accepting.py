"""Accepting messages for many numbers at once: written down in one write, and sent by whoever follows messages.

So an acceptance costs no hand-over, and nothing that was accepted is lost with the program that accepted it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Message, MessageStatus
from sent_tui.core.phone import PhoneNumber
from sent_tui.core.progress import followed, scheduled, stopped
from sent_tui.core.reasons import OPTED_OUT
from sent_tui.services.claiming import Claiming, Order
from sent_tui.services.contacts import Clock, ContactService
from sent_tui.services.sending import check_text
from sent_tui.store.fresh import outline
from sent_tui.store.refusals import ContactNotFoundError, MessageNotFoundError
from sent_tui.store.repository import Repository
from sent_tui.store.transaction import Transaction

LOOKED_UP: Final = 20
"""Of so many new numbers the network is asked which channels reach them; with more, its answers take too long."""
MessageId = Callable[[str, Channel | None], str]
"""Returns the id of the message to a number (E.164) by a channel; None stands for whichever is best."""


class Mailing(Struct, frozen=True):
    """One content for several numbers."""

    numbers: Sequence[PhoneNumber]
    content: Content
    channels: Sequence[Channel | None] = (None,)
    """A message goes out by each of them; None leaves the choice to the router."""
    send_at: datetime | None = None
    """When it goes out; None for at once."""


class AcceptingService:
    """Takes mailings in."""

    def __init__(self, repository: Repository, contacts: ContactService, claiming: Claiming, clock: Clock) -> None:
        self._repository = repository
        self._contacts = contacts
        self._claiming = claiming
        self._clock = clock

    def accept(self, mailing: Mailing, message_id: MessageId) -> list[Message]:
        """Write the messages of a mailing down, and return them: for each number, one by each channel.

        A number that nobody has becomes a contact; where these are few, it is found out which channels reach them. One
        that has opted out gets a message that is filtered. A message that was accepted under its id before stays as it
        is, so that a mailing can be accepted again after a crash.
        Raises UsageError for a text that cannot be sent, and ContactNotFoundError where somebody deletes a contact in
        the same moment; then no message is written.
        """
        check_text(mailing.content)
        numbers = {number.e164: number for number in mailing.numbers}
        unknown = [outline(number) for e164, number in numbers.items() if self._repository.find(e164) is None]
        if unknown:
            self._contacts.take_many(unknown, detect=len(unknown) <= LOOKED_UP)
        with self._repository.transaction() as tx:
            return [
                self._accepted(tx, number, channel, mailing, message_id(number, channel))
                for number in numbers
                for channel in mailing.channels
            ]

    def _accepted(
        self, tx: Transaction, number: str, channel: Channel | None, mailing: Mailing, message_id: str
    ) -> Message:
        try:
            return tx.message(message_id)
        except MessageNotFoundError:
            contact = tx.find(number)
        now = self._clock()
        if contact is None:
            # Somebody deleted it in this moment.
            raise ContactNotFoundError(number)
        order = Order(channel, send_at=mailing.send_at or now)
        message = replace(self._claiming.written(contact, mailing.content, now, order), id=message_id)
        return self._put(tx, contact, message, now)

    def _put(self, tx: Transaction, contact: Contact, message: Message, now: datetime) -> Message:
        if contact.opt_out:
            message = stopped(message, MessageStatus.FILTERED, now, OPTED_OUT)
            tx.put_contact(followed(message, contact))
        else:
            message = scheduled(message)
        tx.put_message(message)
        return message

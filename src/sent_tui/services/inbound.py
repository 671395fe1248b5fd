"""What people write: it is stored with its contact, opens conversations, and opts out and in by keyword."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.consent import ConsentEvent, Keyword, decision, keyword, opted_out
from sent_tui.core.contact import Contact
from sent_tui.core.duplicates import account_of
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import Content, Message, MessageStatus, PlannedStep
from sent_tui.core.progress import followed, wrote
from sent_tui.errors import UsageError
from sent_tui.store.repository import Repository
from sent_tui.store.transaction import Transaction, message_or_none


class Inbound(Struct, frozen=True):
    """A message as the network reports it."""

    id: str
    """The network's own: the same message always has the same id, so that hearing it twice changes nothing."""
    channel: Channel
    text: str
    at: datetime
    """When the person wrote it, with a time zone."""
    number: str = ""
    """E.164: who wrote it, where that may be another number than the contact's, as after a merge."""


class Received(Struct, frozen=True):
    """What an inbound message came to."""

    message: Message
    contact: Contact
    keyword: Keyword | None
    """What it asked for as a whole; an answer to HELP is left to the caller."""
    is_new: bool
    """Whether it was heard for the first time; otherwise it changed nothing."""


class InboundService:
    """Takes in what people write. `gateway` is the name of the network that it comes by."""

    def __init__(self, repository: Repository, gateway: str, clock: Callable[[], datetime]) -> None:
        self._repository = repository
        self._gateway = gateway
        self._clock = clock

    def receive(self, contact_id: str, inbound: Inbound) -> Received:
        """Store a message from a contact, once, and do what its keyword asks.

        One from another number than the contact's decides for both numbers, and opens nothing at the contact's. The
        decision is recorded at the time of the message. Reports may come late: the contact's consent is that of
        the last decision by its own time, so an old STOP changes nothing after a newer START. A time that is still to
        come, by a clock that is wrong, counts as now: else nothing could be decided until then.

        Raises ContactNotFoundError, and UsageError for a message that lacks an id or a time zone, or has the id of a
        message that was sent.
        """
        if not inbound.id or inbound.at.utcoffset() is None:
            raise UsageError("A message from a person is not complete", "It needs an id, and a time with its zone.")
        inbound = replace(inbound, at=min(inbound.at, self._clock()))
        with self._repository.transaction() as tx:
            contact = tx.contact(contact_id)
            known = message_or_none(tx, inbound.id)
            if known is None:
                message = self._message(contact, inbound)
                contact = self._heard(tx, contact, message, inbound)
            elif known.is_inbound:
                message = known
            else:
                raise UsageError("This is no message from a person", f"One that was sent has the id {inbound.id}.")
        return Received(message, contact, keyword(message.content.text), is_new=known is None)

    def decide(self, contact_id: str, text: str, at: datetime) -> Contact:
        """Do what the keyword of a message asks, once, and store nothing else of it.

        For messages on channels that are not known here: STOP is STOP, wherever it is written.
        """
        with self._repository.transaction() as tx:
            before = tx.contact(contact_id)
            event = decision(text, before.format_e164, at)
            if event is None or event in tx.consent_history(before.format_e164):
                return before
            contact = self._decided(tx, before, event)
            tx.put_contact(contact)
        return contact

    def decide_alone(self, number: str, text: str, at: datetime) -> None:
        """Do what the keyword of a message asks, once, where the contact that it answers was deleted.

        It is kept for the number (E.164), and for the contact that was made of it since, if there is one.
        """
        event = decision(text, number, at)
        if event is None or event in self._repository.consent_history(number):
            return
        with self._repository.transaction() as tx:
            if event in tx.consent_history(number):
                return  # another program heard it in this moment
            contact = tx.find(number)
            if contact is not None:
                tx.put_contact(self._decided(tx, contact, event))
            else:
                tx.add_consent(event)

    def _message(self, contact: Contact, inbound: Inbound) -> Message:
        return Message(
            id=inbound.id,
            contact_id=contact.id,
            to=inbound.number or contact.format_e164,
            content=Content(inbound.text),
            status=MessageStatus.RECEIVED.value,
            created_at=inbound.at,
            updated_at=inbound.at,
            gateway=self._gateway,
            steps=(PlannedStep(inbound.channel),),
        )

    def _heard(self, tx: Transaction, contact: Contact, message: Message, inbound: Inbound) -> Contact:
        tx.put_message(message)
        if account_of(message.to) == account_of(contact.format_e164):
            contact = wrote(contact, inbound.channel, inbound.at, Knowledge(tx.lesson))
        contact = followed(message, contact)
        event = decision(inbound.text, contact.format_e164, inbound.at)
        if event is not None:
            if message.to != contact.format_e164:
                tx.add_consent(replace(event, number=message.to))
            contact = self._decided(tx, contact, event)
        tx.put_contact(contact)
        return contact

    def _decided(self, tx: Transaction, contact: Contact, event: ConsentEvent) -> Contact:
        """Keep a decision, and return the contact with the consent that counts by all of them."""
        tx.add_consent(event)
        is_out = opted_out(tx.consent_history(contact.format_e164))
        return contact if contact.opt_out is is_out else replace(contact, opt_out=is_out, updated_at=self._clock())

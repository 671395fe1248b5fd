"""What people write: it is stored with its contact, opens conversations, and opts out and in by keyword."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sent_tui.core.channel import Channel
from sent_tui.core.consent import Keyword, decision, keyword, opted_out
from sent_tui.core.contact import Contact
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import Content, Message, MessageStatus
from sent_tui.core.progress import followed, wrote
from sent_tui.errors import UsageError
from sent_tui.store.repository import MessageNotFoundError, Repository, Transaction


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message as the network reports it."""

    id: str
    """The network's own: the same message always has the same id, so that hearing it twice changes nothing."""
    channel: Channel
    text: str
    at: datetime
    """When the person wrote it, with a time zone."""


@dataclass(frozen=True, slots=True)
class Received:
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

        The decision is recorded at the time of the message. Reports may come late: the contact's consent is that of
        the last decision by its own time, so an old STOP changes nothing after a newer START.

        Raises ContactNotFoundError, and UsageError for a message that lacks an id or a time zone, or has the id of a
        message that was sent.
        """
        if not inbound.id or inbound.at.utcoffset() is None:
            raise UsageError("A message from a person is not complete", "It needs an id, and a time with its zone.")
        with self._repository.transaction() as tx:
            contact = tx.contact(contact_id)
            known = _known(tx, inbound.id)
            if known is None:
                message = self._message(contact, inbound)
                contact = self._heard(tx, contact, message, inbound)
            elif known.is_inbound:
                message = known
            else:
                raise UsageError("This is no message from a person", f"One that was sent has the id {inbound.id}.")
        return Received(message, contact, keyword(message.content.text), is_new=known is None)

    def _message(self, contact: Contact, inbound: Inbound) -> Message:
        return Message(
            id=inbound.id,
            contact_id=contact.id,
            to=contact.format_e164,
            content=Content(inbound.text),
            status=MessageStatus.RECEIVED.value,
            created_at=inbound.at,
            updated_at=inbound.at,
            gateway=self._gateway,
            route=(inbound.channel,),
        )

    def _heard(self, tx: Transaction, contact: Contact, message: Message, inbound: Inbound) -> Contact:
        tx.put_message(message)
        contact = followed(message, wrote(contact, inbound.channel, inbound.at, Knowledge(tx.lesson)))
        event = decision(inbound.text, contact.format_e164, inbound.at)
        if event is not None:
            tx.add_consent(event)
            is_out = opted_out(tx.consent_history(contact.format_e164))
            if contact.opt_out is not is_out:
                contact = replace(contact, opt_out=is_out, updated_at=self._clock())
        tx.put_contact(contact)
        return contact


def _known(tx: Transaction, message_id: str) -> Message | None:
    try:
        return tx.message(message_id)
    except MessageNotFoundError:
        return None

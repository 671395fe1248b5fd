"""Reading the conversation with a contact from its account: what people wrote, and what was sent elsewhere.

Messages from here are known by the network's id. What is near one whose answer was lost is left alone: it may be that
one, which is asked after by `recall`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.merge import lifted_since
from sent_tui.core.message import Attempt, Content, Message, MessageStatus, PlannedStep
from sent_tui.errors import NotFoundError
from sent_tui.gateways.gateway import ConversationMessage, LiveGateway
from sent_tui.services.claiming import GIVE_UP_AFTER
from sent_tui.services.handing_over import HandingOver
from sent_tui.services.inbound import Inbound, InboundService
from sent_tui.services.sync_merging import merged
from sent_tui.store.repository import Repository

NEAR: Final = timedelta(minutes=15)
"""A message that was made so long before or after an attempt whose answer was lost may be that one."""
NO_TEXT: Final = "(no text)"
"""Stands for a message that has none, such as a picture."""


class HistoryReport(Struct):
    """What reading a conversation came to."""

    received: int = 0
    """Messages from the person that were added."""
    sent: int = 0
    """Messages that were sent elsewhere and were added."""
    known: int = 0
    left: int = 0
    """Messages that may be those whose answers were lost."""
    elsewhere: dict[str, int] = field(default_factory=dict)
    """How many were on each channel that is not known here; what they decided about messages is kept."""

    @property
    def words(self) -> str:
        """What it came to, in a sentence."""
        others = ", ".join(f"{count:,} on {channel}" for channel, count in self.elsewhere.items())
        told = (
            (self.received, "from the person added"),
            (self.sent, "sent elsewhere added"),
            (self.known, "known already"),
            (self.left, "left alone: a lost answer may be about them"),
        )
        counts = [f"{count:,} {words}" for count, words in told if count] + ([others] if others else [])
        return f"Messages at Sent: {', '.join(counts)}." if counts else "There are no messages at Sent."


class HistoryService:
    """Adds what the account knows of a conversation to the messages of its contact."""

    def __init__(
        self,
        repository: Repository,
        gateway: LiveGateway,
        clock: Callable[[], datetime],
        inbound: InboundService,
        handing_over: HandingOver,
    ) -> None:
        self._repository = repository
        self._gateway = gateway
        self._clock = clock
        self._inbound = inbound
        self._handing_over = handing_over

    def read(self, contact_id: str) -> HistoryReport:
        """Read the conversation with a contact, and add what is not known; doing it again adds nothing.

        Raises ContactNotFoundError, NotFoundError for a contact that the network does not have, and a NetworkError.
        """
        contact = self._linked(self._repository.get(contact_id))
        sent_id = contact.sent.id if contact.sent is not None else ""
        rows = list(self._gateway.directory.conversation(contact.customer_id, sent_id))
        # Read after the conversation: whatever was sent from here meanwhile is among them.
        ours = self._repository.messages(contact_id=contact.id)
        attempts = [attempt for message in ours for attempt in message.attempts]
        known = {attempt.gateway_id for attempt in attempts} | {message.id for message in ours}
        lost = [attempt.started_at for attempt in attempts if attempt.gateway_id is None and not attempt.is_final]
        report = HistoryReport()
        for row in reversed(rows):
            if row.id in known:
                report.known += 1
            elif not row.is_inbound and _is_near(row.at, lost):
                report.left += 1
            else:
                self._add(contact, row, report)
        if not contact.opt_out:
            self._settle_consent(contact.id)
        return report

    def _settle_consent(self, contact_id: str) -> None:
        """Take back an opt-out by an old keyword that Sent, too, has heard and since taken back."""
        with self._repository.transaction() as tx:
            contact = tx.contact(contact_id)
            event = lifted_since(contact, tx.consent_history(contact.format_e164))
            if event is not None:
                tx.add_consent(event)
                tx.put_contact(replace(contact, opt_out=False, updated_at=self._clock()))

    def _linked(self, contact: Contact) -> Contact:
        """Return a contact that belongs to one of the network's; one that does not is looked for by its number."""
        if contact.sent is not None:
            return contact
        there = self._gateway.directory.find(contact.format_e164)
        if there is None or not there.id:
            raise NotFoundError(
                "Sent does not have this contact", f"It knows no {contact.format_international}.", "Nothing was added."
            )
        with self._repository.transaction() as tx:
            return merged(tx, tx.contact(contact.id), there, self._clock(), Knowledge(tx.lesson)).contact or contact

    def _add(self, contact: Contact, row: ConversationMessage, report: HistoryReport) -> None:
        channel = next((channel for channel in Channel if channel.value == row.channel), None)
        if channel is None and row.channel not in {"", "sent"}:
            report.elsewhere[row.channel] = report.elsewhere.get(row.channel, 0) + 1
            if row.is_inbound:
                self._inbound.decide(contact.id, row.text, row.at)
        elif row.is_inbound:
            # Without a channel it says least about one by SMS, which has no window.
            heard = Inbound(row.id, channel or Channel.SMS, row.text or NO_TEXT, row.at)
            report.received += self._inbound.receive(contact.id, heard).is_new
        else:
            is_over = self._clock() - row.at > GIVE_UP_AFTER
            foreign = _foreign(contact, row, channel or Channel.SMS, self._gateway.name)
            report.sent += self._handing_over.adopt(foreign, row.reports, is_over=is_over)


def _foreign(contact: Contact, row: ConversationMessage, channel: Channel, gateway: str) -> Message:
    """Return a message that was sent elsewhere, as it stood when it was taken."""
    template, category = row.template or None, row.category or None
    words = row.text or (f"Template {row.template}" if row.template else NO_TEXT)
    attempt = Attempt(channel, row.id, row.at, MessageStatus.QUEUED.value, gateway_id=row.id, accepted_at=row.at)
    return Message(
        id=row.id,
        contact_id=contact.id,
        to=contact.format_e164,
        content=Content(words, template, category=category),
        status=MessageStatus.QUEUED.value,
        created_at=row.at,
        updated_at=row.at,
        gateway=gateway,
        steps=(PlannedStep(channel),),
        attempts=(attempt,),
        is_foreign=True,
    )


def _is_near(at: datetime, lost: Sequence[datetime]) -> bool:
    return any(abs(at - started) <= NEAR for started in lost)

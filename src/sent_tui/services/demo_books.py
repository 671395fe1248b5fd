"""What the demo has written down: the records that it will put into a database."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from msgspec import Struct, field
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.consent import ConsentEvent, decision, opted_out
from sent_tui.core.contact import Contact
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import Content, DeliveryEvent, Message, MessageStatus, PlannedStep
from sent_tui.core.progress import followed, wrote

_IDS = UUID("0d9e3c52-6f0b-4d7c-9a53-3f6c1f1e00ad")


class Books(Struct):
    """Contacts, messages and all else by id, and one knowledge that learns from everything."""

    seed: int
    gateway: str
    contacts: dict[str, Contact] = field(default_factory=dict)
    """As they stand; `know` gives one its new state."""
    moved: dict[str, list[Contact]] = field(default_factory=dict)
    """Each contact as it stood before and after the moves of its default channel, in the order of time."""
    messages: dict[str, Message] = field(default_factory=dict)
    sent_to: dict[str, list[str]] = field(default_factory=dict)
    """The ids of the messages to each contact, oldest first."""
    events: dict[str, DeliveryEvent] = field(default_factory=dict)
    consent: list[ConsentEvent] = field(default_factory=list)
    knowledge: Knowledge = field(default_factory=Knowledge)

    def new_id(self, *parts: object) -> str:
        """Return an id that is the same for the same seed and parts."""
        return str(uuid5(_IDS, "|".join(str(part) for part in (self.seed, *parts))))

    def know(self, contact: Contact) -> None:
        """Take the new state of a contact."""
        before = self.contacts.get(contact.id)
        if before is not None and before.default_channel is not contact.default_channel:
            self.moved.setdefault(contact.id, [before]).append(contact)
        self.contacts[contact.id] = contact

    def keep(self, message: Message) -> None:
        """Write a message down, and the contact's last one."""
        if message.id not in self.messages:
            self.sent_to.setdefault(message.contact_id, []).append(message.id)
        self.messages[message.id] = message
        self.know(followed(message, self.contacts[message.contact_id]))

    def earlier(self, contact_id: str, limit: int) -> list[Message]:
        """Return the last messages to a contact, newest first."""
        return [self.messages[message_id] for message_id in self.sent_to.get(contact_id, ())[: -limit - 1 : -1]]

    def receive(self, contact_id: str, letter_id: str, channel: Channel, text: str, at: datetime) -> None:
        """Write down what a person wrote: it opens the conversation, and may opt out or in."""
        contact = wrote(self.contacts[contact_id], channel, at, self.knowledge)
        self.know(contact)
        received = MessageStatus.RECEIVED.value
        steps = (PlannedStep(channel),)
        content = Content(text)
        self.keep(Message(letter_id, contact_id, contact.format_e164, content, received, at, at, self.gateway, steps))
        event = decision(text, contact.format_e164, at)
        if event is not None:
            self.decide(contact_id, event)

    def decide(self, contact_id: str, event: ConsentEvent) -> None:
        """Write down what a person decided about being messaged."""
        self.consent.append(event)
        out = opted_out([known for known in self.consent if known.number == event.number])
        contact = self.contacts[contact_id]
        if contact.opt_out is not out:
            self.know(replace(contact, opt_out=out, updated_at=event.at))

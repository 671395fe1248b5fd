"""The lived-in demo: two months at a support desk, played through the rules of the product on the simulator.

Nothing in it is made up beside the people and their messages: channels are detected, routes planned, messages handed
over and lessons learned by the same code as in use, so that the counts equal the history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from random import Random
from typing import Any
from uuid import UUID, uuid5

from sent_tui.core.channel import Channel
from sent_tui.core.consent import THE_PERSON, ConsentEvent, ConsentKind, last_template_at, window_is_open
from sent_tui.core.contact import Contact, new_contact
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.lifecycle import default_set, normalised, sms_assessed, whatsapp_detected
from sent_tui.core.message import Content, DeliveryEvent, Message, MessageStatus, event_id
from sent_tui.core.progress import accepted, attempted, followed, reported, taught
from sent_tui.core.routing import choose_default, plan_route
from sent_tui.gateways.gateway import SendRequest
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.contacts import understand
from sent_tui.services.demo_people import Person, people, pick
from sent_tui.services.demo_texts import free_text, from_template
from sent_tui.store.repository import Repository

DEFAULT_SEED = 7
DEFAULT_COUNT = 200
LONGEST_AGO = timedelta(days=59)

_IDS = UUID("0d9e3c52-6f0b-4d7c-9a53-3f6c1f1e00ad")
_DESK = ("m.castillo", "j.mensah", "s.lindqvist")
_SETTLED = timedelta(minutes=2)
"""After this time no more reports come about a message."""


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything that the demo writes into a database."""

    contacts: tuple[Contact, ...]
    messages: tuple[Message, ...]
    events: tuple[DeliveryEvent, ...]
    consent: tuple[ConsentEvent, ...]
    lessons: Mapping[str, Mapping[str, Any]]
    """By name: what was learned from groups of these contacts."""


def demo(now: datetime, count: int = DEFAULT_COUNT, seed: int = DEFAULT_SEED) -> Demo:
    """Return the demo as it stands at a time: the same for the same arguments, ids included.

    Raises ValueError for a count below 1 or above what the numbers reserved for fiction allow.
    """
    desk = _Desk(now, seed)
    contacts = tuple(desk.live(person) for person in people(count, seed))
    return Demo(contacts, tuple(desk.messages), tuple(desk.events), tuple(desk.consent), desk.lessons)


def demo_contacts(now: datetime, count: int = DEFAULT_COUNT, seed: int = DEFAULT_SEED) -> tuple[Contact, ...]:
    """Return the contacts of the demo; raises ValueError as `demo` does."""
    return demo(now, count, seed).contacts


def fill_demo(repository: Repository, now: datetime, count: int = DEFAULT_COUNT) -> None:
    """Write the demo in one transaction; doing it again changes nothing.

    Raises DuplicateContactError, and writes nothing, when one of its numbers belongs to another contact.
    """
    lived = demo(now, count)
    with repository.transaction() as tx:
        for contact in lived.contacts:
            tx.put_contact(contact)
        for message in lived.messages:
            tx.put_message(message)
        for event in lived.events:
            tx.add_event(event)
        for decision in lived.consent:
            if decision not in tx.consent_history(decision.number):
                tx.add_consent(decision)
        for name, lesson in lived.lessons.items():
            tx.put_lesson(name, lesson)


class _Desk:
    """A support desk with its own time, on the simulator that the application uses too."""

    def __init__(self, now: datetime, seed: int) -> None:
        self._now = now
        self._at = now
        self._seed = seed
        self._simulator = Simulator(lambda: self._at)
        self._knowledge = Knowledge()
        self._templates = {template.name: template for template in self._simulator.templates()}
        self.messages: list[Message] = []
        self.events: list[DeliveryEvent] = []
        self.consent: list[ConsentEvent] = []

    @property
    def lessons(self) -> dict[str, dict[str, Any]]:
        """What was learned from groups of contacts."""
        return self._knowledge.lessons()

    def live(self, person: Person) -> Contact:
        """Return the contact of a person as it stands after all that happened."""
        dice = Random(f"{self._seed}|{person.number}|life")  # noqa: S311 - no secret
        times = self._times(person, dice)
        first = times[0] if times else self._some_time(dice)
        contact = self._made(person, first - timedelta(minutes=5 + int(dice.random() * 8_000)))
        for place, at in enumerate(times):
            contact = self._heard(contact, at)
            content = self._content(contact, at, place, dice)
            contact = self._sent(contact, content, at, place)
        if person.detected:
            contact = self._settled(self._heard(contact, self._now))
        return self._decided(contact, person, dice)

    def _some_time(self, dice: Random) -> datetime:
        """Return a time in the last two months, more likely a recent one; on earlier days in working hours."""
        days = int(LONGEST_AGO.days * dice.random() ** 2)
        if days == 0:
            return self._now - timedelta(minutes=4 + int(dice.random() * 600))
        hour = 8 + 11 * dice.random()
        midnight = self._now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=days) + timedelta(seconds=int(hour * 3600))

    def _times(self, person: Person, dice: Random) -> list[datetime]:
        """Return when the messages to a person were sent, the last as long ago as it should be."""
        times = sorted(self._some_time(dice) for _ in range(person.messages))
        if times and person.minutes_ago is not None:
            latest = self._now - timedelta(minutes=person.minutes_ago)
            times = [
                *(min(at, latest - timedelta(hours=3 * place)) for place, at in enumerate(times[:0:-1], 1)),
                latest,
            ]
        return sorted(times)

    def _made(self, person: Person, at: datetime) -> Contact:
        """Return the contact of a person, taken through its lifecycle."""
        bare = new_contact(understand(person.number), contact_id=self._id("contact", person.number), at=at)
        contact = normalised(replace(bare, name=person.name, tags=person.tags, notes=person.notes), at)
        if not person.detected:
            return contact
        self._at = at + timedelta(seconds=0.4)
        whatsapp, sms = self._simulator.detect(contact.format_e164)
        contact = whatsapp_detected(
            contact, whatsapp.availability, self._at, whatsapp.evidence, last_inbound_at=whatsapp.last_inbound_at
        )
        contact = sms_assessed(contact, sms.availability, self._at, sms.evidence)
        contact = replace(default_set(contact, self._at), updated_at=self._at)
        if person.pinned is None:
            return contact
        return contact.with_default(person.pinned, pinned=True, reason="chosen by a person", at=self._at)

    def _heard(self, contact: Contact, at: datetime) -> Contact:
        """Return the contact with what the person last wrote by then."""
        self._at = at
        whatsapp, _ = self._simulator.detect(contact.format_e164)
        status = contact.status(Channel.WHATSAPP)
        return contact.with_status(replace(status, last_inbound_at=whatsapp.last_inbound_at))

    def _content(self, contact: Contact, at: datetime, place: int, dice: Random) -> Content:
        """Return a text where a conversation is open, else a template more often than not."""
        is_open = window_is_open(contact.status(Channel.WHATSAPP).last_inbound_at, at)
        if dice.random() < (0.8 if is_open else 0.3):
            return free_text(contact.region_code, dice)
        name = "welcome" if place == 0 else pick(dice, ("order_update", "appointment_reminder", "payment_reminder"))
        name = "one_time_code" if dice.random() < 0.1 else name
        return from_template(self._templates[name], contact.name, at, dice)

    def _sent(self, contact: Contact, content: Content, at: datetime, place: int) -> Contact:
        """Return the contact after a message went out, fell back and taught what it taught."""
        earlier = takewhile(lambda message: message.contact_id == contact.id, reversed(self.messages))
        template_at = last_template_at(earlier)
        plan = plan_route(contact, content, at, knowledge=self._knowledge, last_template_at=template_at)
        if not plan.steps:
            return contact
        message = Message(
            id=self._id("message", contact.format_e164, place),
            contact_id=contact.id,
            to=contact.format_e164,
            content=content,
            status=MessageStatus.PLANNED,
            created_at=at,
            updated_at=at,
            gateway=self._simulator.name,
            route=plan.channels,
            reasons=plan.explain(),
        )
        self._at = at
        for step in plan.steps:
            message = attempted(message, step.channel, self._key(message), self._at, step.cost)
            message, contact = self._followed(message, contact)
            if message.status != MessageStatus.FAILED:
                break
            self._at = message.updated_at + timedelta(seconds=1)
        self.messages.append(message)
        return followed(message, contact)

    def _followed(self, message: Message, contact: Contact) -> tuple[Message, Contact]:
        """Hand the last attempt over and return what its reports make of the message and its contact."""
        index = len(message.attempts) - 1
        attempt = message.attempts[index]
        receipt = self._simulator.send(
            SendRequest(attempt.idempotency_key, message.to, attempt.channel, message.content)
        )
        message = accepted(message, index, receipt.gateway_id, receipt.accepted_at)
        self._at += _SETTLED
        for report in self._simulator.status(receipt):
            event = DeliveryEvent(
                id=event_id(message.id, index, report.status, report.at),
                message_id=message.id,
                contact_id=contact.id,
                attempt=index,
                channel=attempt.channel,
                status=report.status,
                at=report.at,
                reason_code=report.reason_code,
                detail=report.detail,
            )
            self.events.append(event)
            message = reported(message, event)
            message, contact = taught(message, contact, index, event.at, self._knowledge)
        return message, contact

    def _settled(self, contact: Contact) -> Contact:
        """Return the contact with the default channel that it should have by now, and why."""
        channel, reason = choose_default(contact, self._now, self._knowledge)
        return contact.with_default(channel, pinned=contact.default_pinned, reason=reason, at=self._now)

    def _decided(self, contact: Contact, person: Person, dice: Random) -> Contact:
        """Return the contact after what the person decided about messages."""
        if not (person.opted_out or person.came_back):
            return contact
        decided = partial(ConsentEvent, contact.format_e164)
        if person.came_back:
            out, back = (contact.created_at + timedelta(minutes=minutes) for minutes in (1, 4))
            self.consent.append(decided(ConsentKind.OPT_OUT, out, THE_PERSON, "wrote STOP"))
            self.consent.append(decided(ConsentKind.OPT_IN, back, THE_PERSON, "wrote START"))
            return contact
        latest = (contact.last_message_at or contact.created_at) + timedelta(minutes=3)
        by_keyword = dice.random() < 0.6
        who, how = (THE_PERSON, "wrote STOP") if by_keyword else (pick(dice, _DESK), "asked on the phone to stop")
        self.consent.append(decided(ConsentKind.OPT_OUT, latest, who, how))
        return replace(contact, opt_out=True, updated_at=latest)

    def _key(self, message: Message) -> str:
        return self._id("attempt", message.id, len(message.attempts))

    def _id(self, *parts: object) -> str:
        return str(uuid5(_IDS, "|".join(str(part) for part in (self._seed, *parts))))

"""The support desk of the demo: whom it meets, when it writes, and what it hears.

All of it stands in an agenda that is taken in the order of time, across all contacts. So whatever is decided rests on
what had been heard by then: the first plan of a day on the reports of the night before.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final

from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.consent import ConsentEvent, ConsentKind, decision, window_is_open
from sent_tui.core.contact import Contact, new_contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.lifecycle import default_set, normalised, sms_assessed, whatsapp_detected
from sent_tui.core.message import Content
from sent_tui.gateways.simulator import Simulator
from sent_tui.gateways.simulator_world import World
from sent_tui.services.demo_agenda import Agenda
from sent_tui.services.demo_books import Books
from sent_tui.services.demo_calendar import TWO_MONTHS, sending_times, working_time
from sent_tui.services.demo_people import Person, pick
from sent_tui.services.demo_post import Post
from sent_tui.services.demo_texts import free_text, from_template, question
from sent_tui.services.understanding import understand

DESK: Final = ("m.castillo", "j.mensah", "s.lindqvist")
_MAKING = timedelta(seconds=0.4)
"""How long the first lookup takes."""
_MINDED = timedelta(minutes=3)
"""How soon after a message somebody opts out."""
_CHECK_HOLDS = timedelta(days=30)
"""How long the desk goes by a check before it looks a number up again."""
_CONVERSATION = timedelta(hours=24)
_LATER = ("order_update", "appointment_reminder", "payment_reminder")
_CODES = 0.1
"""Share of templates that are one-time codes."""


class Desk:
    """Some people at a support desk, with the simulator that the application uses too."""

    def __init__(self, now: datetime, seed: int, world: World, days: int | None = None) -> None:
        self._now = now
        self._days = days
        self._agenda = Agenda(now)
        self._network = Simulator(self._agenda, world=world)
        self._templates = {template.name: template for template in self._network.templates()}
        self.books = Books(seed, self._network.name)
        self._post = Post(self.books, self._agenda, self._network, Simulator(lambda: now, world=world))

    def expect(self, person: Person) -> str:
        """Put into the agenda all that will happen with a person; return the id of the contact."""
        dice = Random(f"{self.books.seed}|{person.number}|life")  # noqa: S311 - no secret
        times = sending_times(person, self._now, self._days, dice)
        first = times[0] if times else working_time(self._now, TWO_MONTHS, 2.0, dice)
        made = first - timedelta(minutes=5 + int(dice.random() * 8_000))
        contact_id = self.books.new_id("contact", person.number)
        plan = self._agenda.plan
        plan(made, partial(self._meet, contact_id, person, made))
        for place, at in enumerate(times):
            self._expect_question(contact_id, person.number, made, at)
            plan(at, partial(self._write, contact_id, place))
        # At a busy desk some opt out halfway, and there is no more writing to them.
        last = times[-1 if self._days is None else int(dice.random() * len(times))] if times else made + _MAKING
        self._expect_decisions(contact_id, person, made, last, dice)
        if person.detected:
            plan(self._now - timedelta(microseconds=1), partial(self._hear, contact_id))
        return contact_id

    def play(self) -> None:
        """Let it all happen."""
        self._agenda.run(self._now)

    def _expect_question(self, contact_id: str, number: str, made: datetime, at: datetime) -> None:
        """Expect what the person wrote before the desk writes, if that was within a day."""
        wrote = self._network.last_wrote(number, at)
        if wrote is not None and max(made + _MAKING, at - _CONVERSATION) < wrote < at:
            letter = f"{number[1:]}-{int(wrote.timestamp())}"
            self._agenda.plan(wrote, partial(self._ask, contact_id, letter))

    def _expect_decisions(self, contact_id: str, person: Person, made: datetime, last: datetime, dice: Random) -> None:
        """Expect what the person decides about being messaged, of their own accord and because the story has it so."""
        plan = self._agenda.plan
        for letter in self._post.decisions(person.number, made + _MAKING):
            plan(letter.at, partial(self._receive, contact_id, letter.id, letter.channel, letter.text))
        if person.came_back:
            for minutes, word in ((1, "STOP"), (4, "START")):
                plan(made + timedelta(minutes=minutes), partial(self._say, contact_id, person.number, word))
        if person.opted_out and dice.random() < 0.6:
            plan(last + _MINDED, partial(self._say, contact_id, person.number, "STOP"))
        elif person.opted_out:
            who, how = pick(dice, DESK), "asked on the phone to stop"
            event = ConsentEvent(person.number, ConsentKind.OPT_OUT, last + _MINDED, who, how)
            plan(event.at, partial(self.books.decide, contact_id, event))

    def _say(self, contact_id: str, number: str, word: str) -> None:
        """Hear a word from a person, because the story has it so."""
        self._receive(contact_id, self.books.new_id("letter", number, word), Channel.WHATSAPP, word)

    def _meet(self, contact_id: str, person: Person, at: datetime) -> None:
        """Make the contact of a person and take it through its lifecycle."""
        bare = new_contact(understand(person.number), contact_id=contact_id, at=at)
        contact = normalised(replace(bare, name=person.name, tags=person.tags, notes=person.notes), at)
        if person.detected:
            self._agenda.at = at + _MAKING
            contact = self._checked(contact)
        if person.pinned is not None:
            at = self._agenda.at
            contact = contact.with_default(
                person.pinned, pinned=True, reason="chosen by a person", at=at, by=MovedBy.PERSON
            )
        self.books.know(contact)

    def _checked(self, contact: Contact) -> Contact:
        """Return the contact after its channels were looked up."""
        at = self._agenda.at
        whatsapp, sms = self._network.detect(contact.format_e164)
        contact = whatsapp_detected(
            contact, whatsapp.availability, at, whatsapp.evidence, last_inbound_at=whatsapp.last_inbound_at
        )
        contact = sms_assessed(contact, sms.availability, at, sms.evidence)
        return replace(default_set(contact, at, self.books.knowledge), updated_at=at)

    def _ask(self, contact_id: str, letter: str) -> None:
        """Hear a question from a person, once."""
        letter_id = self.books.new_id("letter", letter)
        if letter_id not in self.books.messages:
            contact = self.books.contacts[contact_id]
            text = question(contact.region_code, Random(letter))  # noqa: S311 - no secret
            self._receive(contact_id, letter_id, Channel.WHATSAPP, text)

    def _receive(self, contact_id: str, letter_id: str, channel: Channel, text: str) -> None:
        """Hear from a person, on a channel that is not known to be closed; of what came on none, the decision stays."""
        at, contact = self._agenda.at, self.books.contacts[contact_id]
        is_closed = contact.availability(channel) is Availability.UNAVAILABLE
        heard_on = contact.default_channel if is_closed else channel
        event = decision(text, contact.format_e164, at)
        if heard_on is not None:
            self.books.receive(contact_id, letter_id, heard_on, text, at)
        elif event is not None:
            self.books.decide(contact_id, event)

    def _write(self, contact_id: str, place: int) -> None:
        """Write to a contact, unless it has opted out; check it before when the last check is old."""
        contact = self.books.contacts[contact_id]
        if contact.opt_out:
            return
        if any(self._is_due(status.checked_at) for status in contact.channels):
            contact = self._checked(contact)
            self.books.know(contact)
        dice = Random(f"{self.books.seed}|{contact.format_e164}|{place}")  # noqa: S311 - no secret
        self._post.send(contact_id, self._content(contact, place, dice), str(place))

    def _is_due(self, checked_at: datetime | None) -> bool:
        return checked_at is None or self._agenda.at - checked_at > _CHECK_HOLDS

    def _content(self, contact: Contact, place: int, dice: Random) -> Content:
        """Return a text where a conversation is open, else a template more often than not."""
        at = self._agenda.at
        is_open = window_is_open(contact.status(Channel.WHATSAPP).last_inbound_at, at)
        if dice.random() < (0.8 if is_open else 0.3):
            return free_text(contact.region_code, dice)
        name = "welcome" if place == 0 else pick(dice, _LATER)
        name = "one_time_code" if dice.random() < _CODES else name
        return from_template(self._templates[name], contact.name, at, dice)

    def _hear(self, contact_id: str) -> None:
        """Hear of the last message that the network has from a person."""
        contact = self.books.contacts[contact_id]
        status = contact.status(Channel.WHATSAPP)
        wrote = self._network.last_wrote(contact.format_e164, self._now)
        times = [at for at in (status.last_inbound_at, wrote) if at is not None]
        self.books.know(contact.with_status(replace(status, last_inbound_at=max(times, default=None))))

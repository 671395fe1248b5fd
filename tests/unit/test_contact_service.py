"""The life of a contact, from its number to its deletion."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.consent import ConsentKind
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, StepResult
from sent_tui.core.sent_contact import SentCopy
from sent_tui.errors import ExitCode, NotFoundError, RefusedError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.contacts import ContactService, Created, NewContact, Refusal
from sent_tui.services.understanding import DoubtfulNumberError, InvalidNumberError
from sent_tui.services.workspace import new_uuid, new_uuids
from sent_tui.store.memory import MemoryRepository

NETWORK_DOWN = "+14155550113"
BOTH = "+14155550102"


class Desk:
    """A service on a memory repository, with a clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.repository = MemoryRepository()
        self.gateway = Simulator(lambda: self.now)
        ids = itertools.count(1)
        self.service = ContactService(self.repository, self.gateway, lambda: self.now, lambda: f"c{next(ids)}")

    def make(self, number: str = BOTH, name: str = "") -> Contact:
        return self.service.create(NewContact(number, name=name)).contact


@pytest.fixture
def desk() -> Desk:
    return Desk()


class TestCreate:
    def test_takes_a_number_through_its_lifecycle_in_order(self, desk: Desk) -> None:
        told: list[tuple[StepKind, LifecycleStep | None]] = []
        created = desk.service.create(
            NewContact("(415) 555-0102", "us", name=" Ada ", tags=("vip",), notes="n"),
            on_step=lambda kind, step: told.append((kind, step)),
        )
        assert created.is_new
        contact = desk.repository.get(created.contact.id)
        assert contact == created.contact
        assert (contact.name, contact.tags, contact.notes) == ("Ada", ("vip",), "n")
        assert contact.format_e164 == BOTH
        assert contact.default_channel is Channel.WHATSAPP
        assert contact.available_channels == "sms,whatsapp"
        assert [step.kind for step in contact.lifecycle] == list(StepKind)
        finished = [kind for kind, step in told if step is not None]
        assert finished == list(StepKind)
        assert told[0] == (StepKind.VALIDATE, None)

    def test_the_same_number_in_another_form_leads_to_the_contact(self, desk: Desk) -> None:
        first = desk.make(name="Ada")
        again = desk.service.create(NewContact("415.555.0102", "US", name="Somebody else"))
        assert again == Created(first, is_new=False)
        assert len(desk.repository.page().rows) == 1

    def test_an_invalid_number_is_refused_with_its_reason(self, desk: Desk) -> None:
        with pytest.raises(InvalidNumberError) as caught:
            desk.make("+1 202 555 01")
        assert caught.value.exit_code is ExitCode.REFUSED
        assert "short" in caught.value.message.lower()
        assert desk.repository.page().total == 0

    def test_a_doubtful_number_needs_a_persons_word(self, desk: Desk) -> None:
        entry = NewContact("1-800-FLOWERS", "US")
        with pytest.raises(DoubtfulNumberError) as caught:
            desk.service.create(entry)
        assert caught.value.number.e164 == "+18003569377"
        assert "+18003569377" in caught.value.hint
        assert desk.service.create(entry, accept_doubts=True).is_new

    def test_an_extension_is_kept_apart(self, desk: Desk) -> None:
        contact = desk.make("+1 415-555-0102 ext. 12")
        assert (contact.format_e164, contact.extension) == (BOTH, "12")

    def test_a_network_that_is_down_loses_nothing(self, desk: Desk) -> None:
        contact = desk.make(NETWORK_DOWN)
        detection = next(step for step in contact.lifecycle if step.kind is StepKind.DETECT_WHATSAPP)
        assert detection.result is StepResult.UNKNOWN
        assert "network is down" in detection.evidence
        assert contact.availability(Channel.SMS) is Availability.AVAILABLE
        assert contact.default_channel is Channel.SMS

    def test_an_opt_out_outlives_the_contact(self, desk: Desk) -> None:
        contact = desk.make()
        desk.service.opt_out(contact.id, by="kim", how="by phone")
        desk.service.delete([contact.id])
        again = desk.make()
        assert again.opt_out
        assert desk.repository.consent_history(BOTH)[0].how == "by phone"


class TestCreateMany:
    def test_says_for_each_what_came_of_it_in_order(self, desk: Desk) -> None:
        desk.make(name="Ada")
        entries = [
            NewContact("+14155550103", name="Bo"),
            NewContact("12", "US"),
            NewContact("415-555-0102", "US", name="Zoë", tags=("vip",), notes="hello"),
            NewContact("1-800-FLOWERS", "US"),
            NewContact("+1 415 555 0103", tags=("new",)),
        ]
        outcomes = desk.service.create_many(entries)
        kinds = [outcome.is_new if isinstance(outcome, Created) else outcome.reason for outcome in outcomes]
        assert [type(kind) for kind in kinds] == [bool, str, bool, str, bool]
        assert (kinds[0], kinds[2], kinds[4]) == (True, False, False)
        assert isinstance(outcomes[3], Refusal)
        assert outcomes[3].suggestion == "+18003569377"
        ada = desk.service.resolve(BOTH)
        assert (ada.name, ada.tags, ada.notes) == ("Ada", ("vip",), "hello")
        assert desk.service.resolve("+14155550103").tags == ("new",)

    def test_batches_in_quick_succession_are_made_at_one_moment(self, desk: Desk) -> None:
        began, made = desk.now, []
        for seconds, number in ((0, "+14155550110"), (4, "+14155550111"), (5, "+14155550112"), (-60, "+14155550113")):
            desk.now = began + timedelta(seconds=seconds)
            desk.service.create_many([NewContact(number)])
            made.append((desk.service.resolve(number).created_at - began).total_seconds())
        assert made == [0, 0, 5, -60]

    def test_without_detection_only_the_numbering_plan_speaks(self, desk: Desk) -> None:
        [created] = desk.service.create_many([NewContact(BOTH)], detect=False)
        assert isinstance(created, Created)
        assert created.contact.availability(Channel.WHATSAPP) is Availability.UNKNOWN
        assert created.contact.availability(Channel.SMS) is Availability.AVAILABLE

    def test_an_entry_can_opt_out_and_never_in(self, desk: Desk) -> None:
        wanted = NewContact(BOTH, opt_out=True)
        [created] = desk.service.create_many([wanted])
        assert isinstance(created, Created)
        assert (created.contact.opt_out, created.opted_out, created.is_changed) == (True, True, False)
        assert desk.repository.consent_history(BOTH)[0].how == "imported as opted out"
        [again] = desk.service.create_many([NewContact(BOTH)])
        assert isinstance(again, Created)
        assert (again.contact.opt_out, again.opted_out, again.is_changed) == (True, False, False)
        assert desk.service.undo() is None

    def test_a_known_contact_that_gains_nothing_is_left_alone(self, desk: Desk) -> None:
        before = desk.make(name="Ada")
        desk.now += timedelta(days=1)
        desk.service.create_many([NewContact(BOTH, name="Ada")])
        assert desk.repository.get(before.id) == before


class TestChanges:
    def test_resolve_takes_ids_and_numbers_in_any_form(self, desk: Desk) -> None:
        contact = desk.make()
        assert desk.service.resolve(contact.id) == contact
        linked = desk.repository.update(contact.id, lambda known: replace(known, sent=SentCopy("theirs")))
        assert desk.service.resolve(" theirs ") == linked
        desk.repository.update(contact.id, lambda known: contact)
        assert desk.service.resolve("+1 (415) 555-0102") == contact
        assert desk.service.resolve("4155550102", "US") == contact
        with pytest.raises(NotFoundError) as caught:
            desk.service.resolve("+14155550199")
        assert "contacts add" in caught.value.hint

    def test_edit_changes_what_is_given_and_can_be_undone(self, desk: Desk) -> None:
        contact = desk.make(name="Ada")
        edited = desk.service.edit(contact.id, name=" Ada O. ", tags=("a", "b"))
        assert (edited.name, edited.tags, edited.notes) == ("Ada O.", ("a", "b"), "")
        assert desk.service.edit(contact.id, notes="hi").name == "Ada O."
        assert desk.service.undo() == "edit of Ada O."
        assert desk.service.undo() == "edit of Ada"
        assert desk.repository.get(contact.id).name == "Ada"
        assert desk.service.undo() == "creation of Ada"
        assert desk.repository.find(contact.format_e164) is None
        assert desk.service.undo() is None

    def test_tags_that_others_gave_meanwhile_stay(self, desk: Desk) -> None:
        contact = desk.make(name="Ada")
        desk.service.edit(contact.id, tags=("vip",))
        desk.service.edit(contact.id, tag=("late",), untag=("VIP",))
        assert desk.service.edit(contact.id, tag=("paid", "LATE")).tags == ("late", "paid")
        assert desk.service.edit(contact.id, notes="hi").tags == ("late", "paid")

    def test_a_persons_default_is_pinned_until_it_is_given_back(self, desk: Desk) -> None:
        contact = desk.make()
        pinned = desk.service.set_default(contact.id, Channel.SMS)
        assert (pinned.default_channel, pinned.default_pinned) == (Channel.SMS, True)
        assert desk.service.check(contact.id).default_channel is Channel.SMS
        freed = desk.service.set_default(contact.id, None)
        assert not freed.default_pinned
        assert freed.default_reason != "chosen by a person"

    def test_a_channel_that_is_not_there_cannot_be_the_default(self, desk: Desk) -> None:
        contact = desk.make("+14155550106")
        with pytest.raises(RefusedError) as caught:
            desk.service.set_default(contact.id, Channel.WHATSAPP)
        assert "not registered on WhatsApp" in caught.value.message
        assert not desk.repository.get(contact.id).default_pinned

    def test_consent_is_kept_with_who_and_when(self, desk: Desk) -> None:
        contact = desk.make()
        assert desk.service.opt_out(contact.id, by="kim").opt_out
        desk.now += timedelta(hours=1)
        assert not desk.service.opt_in(contact.id, by="lee", how="asked by mail").opt_out
        history = desk.repository.consent_history(contact.format_e164)
        assert [(event.kind, event.by) for event in history] == [
            (ConsentKind.OPT_OUT, "kim"),
            (ConsentKind.OPT_IN, "lee"),
        ]

    def test_delete_names_what_was_deleted_and_can_be_undone(self, desk: Desk) -> None:
        one, two = desk.make(name="Ada"), desk.make("+14155550103")
        assert desk.service.delete([one.id]) == "deletion of Ada"
        assert desk.service.undo() == "deletion of Ada"
        assert desk.repository.get(one.id) == one
        assert desk.service.delete([one.id, two.id]) == "deletion of 2 contacts"
        assert desk.repository.page().total == 0

    def test_a_check_keeps_what_was_learned(self, desk: Desk) -> None:
        contact = desk.make()
        proven = replace(contact.status(Channel.SMS), attempts=4, delivered=4)
        desk.repository.update(contact.id, lambda known: known.with_status(proven))
        desk.now += timedelta(days=40)
        checked = desk.service.check(contact.id)
        assert checked.status(Channel.SMS).delivered == 4
        assert checked.status(Channel.SMS).checked_at == desk.now
        assert checked.updated_at == desk.now


def test_ids_are_random_uuids() -> None:
    made = {new_uuid() for _ in range(200)} | set(new_uuids(200))
    assert len(made) == 400
    assert new_uuids(0) == []
    for each in map(uuid.UUID, made):
        assert (each.version, each.variant) == (4, uuid.RFC_4122)
    assert {str(uuid.UUID(each)) for each in made} == made

"""Sync against a server that answers as Sent does, and fails as servers do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fault_campaign.sent_server import CUSTOMER, KEY, Fault, Heard, SentServer, booked, contact_id
from sent_tui.core.channel import Availability, Channel
from sent_tui.core.conflict import ConflictKind
from sent_tui.core.consent import ConsentKind
from sent_tui.core.contact import Contact
from sent_tui.core.secret import Secret
from sent_tui.gateways.gateway import SetupError
from sent_tui.gateways.sent import SentGateway
from sent_tui.services.contacts import NewContact
from sent_tui.services.duplicates import Merged
from sent_tui.services.sync_report import Stage, SyncProgress, SyncReport
from sent_tui.services.workspace import Workspace, assemble
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.repository import Repository
from sent_tui.store.tinydb import TinyDBRepository

BEGAN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EARLIER = BEGAN - timedelta(days=30)


def number(place: int = 0) -> str:
    """Return one of 1,000 fictional numbers that are valid."""
    areas = (212, 213, 214, 215, 216, 217, 218, 219, 224, 225)
    return f"+1{areas[place // 100]}5550{100 + place % 100}"


class Office:
    """A workspace on a server of this machine, and the time of both."""

    def __init__(self, repository: Repository | None = None) -> None:
        self.now = BEGAN
        self.server = SentServer(lambda: self.now)
        self.world = self.server.world
        self.repository = MemoryRepository() if repository is None else repository
        self.paused: list[float] = []
        self.gateway: SentGateway | None = None
        self._ids = itertools.count(1)
        self.workspace = self.another()

    def another(self) -> Workspace:
        """Return what another run of the program has."""
        self.close_gateway()
        self.gateway = SentGateway(
            lambda: self.now, lambda: Secret(KEY), lambda: self.server.address, chance=lambda: 1.0, answer_within=2.0
        )
        self.workspace = assemble(
            self.repository,
            self.gateway,
            user="ada",
            clock=lambda: self.now,
            new_id=lambda: f"00000000-0000-4000-8000-{next(self._ids):012}",
        )
        return self.workspace

    def arm(self) -> None:
        assert self.gateway is not None
        self.gateway.arm()

    def book(self, count: int, **fields: Any) -> None:
        """Give the account so many contacts."""
        self.world.book = [booked(number(place), EARLIER, **fields) for place in range(count)]

    def sync(self, **options: Any) -> SyncReport:
        service = self.workspace.sync
        assert service is not None
        return service.sync(pause=self._pause, **options)

    def _pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.now += timedelta(seconds=seconds)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def change(self, place: int, **fields: Any) -> None:
        """Let Sent change a contact now."""
        self.world.book[place] |= {**fields, "updated_at": self.now.isoformat().replace("+00:00", "Z")}

    def named(self, e164: str) -> Contact:
        found = self.repository.find(e164)
        assert found is not None
        return found

    def numbers(self) -> set[str]:
        return {row.e164 for row in self.repository.page().rows}

    def fail_at(self, fault: Fault, page: int, times: int = 1) -> None:
        """Let a page of contacts fail so many times."""
        left = [fault] * times

        def faulty(heard: Heard) -> Fault | None:
            return left.pop() if left and f"page={page}&" in f"{heard.path}&" else None

        self.world.faults = faulty

    @property
    def patches(self) -> list[Any]:
        return [heard.body for heard in self.world.heard if heard.method == "PATCH"]

    @property
    def pages(self) -> list[int]:
        """The pages of contacts that were asked for."""
        paths = (heard.path for heard in self.world.heard if heard.path.startswith("/v3/contacts?page"))
        return [int(path.partition("page=")[2].partition("&")[0]) for path in paths]

    def close_gateway(self) -> None:
        if self.gateway is not None:
            self.gateway.close()

    def close(self) -> None:
        self.close_gateway()
        self.server.close()
        self.repository.close()


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.close()


def kinds(report: SyncReport) -> list[ConflictKind]:
    return [conflict.kind for conflict in report.conflicts]


# Pulling


def test_every_contact_is_pulled_once_and_a_second_pull_changes_nothing(office: Office) -> None:
    office.book(250)
    report = office.sync()
    assert (report.read, report.new, report.changed, report.same, report.total) == (250, 250, 0, 0, 250)
    assert report.is_complete
    assert office.numbers() == {number(place) for place in range(250)}
    again = office.sync()
    assert (again.new, again.changed, again.same) == (0, 0, 250)
    assert office.pages == [1, 2, 3] * 2
    assert office.repository.pulled_pages(CUSTOMER) == ()


def test_a_contact_of_sents_keeps_its_id_and_its_fields(office: Office) -> None:
    office.book(1, default_channel="sms", available_channels="SMS , carrier_pigeon")
    office.sync()
    contact = office.repository.get(contact_id(number()))
    assert (contact.customer_id, contact.created_at) == (CUSTOMER, EARLIER)
    assert contact.availability(Channel.SMS) is Availability.AVAILABLE
    assert contact.availability(Channel.WHATSAPP) is Availability.UNAVAILABLE
    assert contact.status(Channel.SMS).evidence == "Sent lists sms, carrier_pigeon"
    assert contact.default_channel is Channel.SMS
    assert not contact.default_pinned


def test_a_contact_made_here_keeps_its_id_and_its_local_fields(office: Office) -> None:
    made = office.workspace.contacts.create_many(
        [NewContact(number(), name="Ada", tags=("vip",), notes="likes tea", fields=(("plan", "gold"),))], detect=False
    )
    assert not isinstance(made[0], tuple)
    office.book(1)
    report = office.sync()
    contact = office.repository.find(number())
    assert contact is not None
    assert contact.id == made[0].contact.id
    assert contact.sent is not None
    assert contact.sent.id == contact_id(number())
    assert (contact.name, contact.tags, contact.notes) == ("Ada", ("vip",), "likes tea")
    assert contact.fields == (("plan", "gold"),)
    assert (report.new, report.changed) == (0, 1)


def test_a_number_that_does_not_parse_is_listed_and_the_others_are_taken(office: Office) -> None:
    office.book(3)
    office.world.book[1] |= {"format_e164": "[/]\x1b[31m nonsense", "phone_number": "x"}
    office.world.book[2] |= {"id": 17}
    report = office.sync()
    assert (report.new, report.read, report.is_complete) == (1, 3, True)
    assert kinds(report) == [ConflictKind.NOT_A_NUMBER] * 2


def test_a_deleted_contact_that_had_opted_out_comes_back_opted_out(office: Office) -> None:
    office.book(1)
    office.sync()
    (row,) = office.repository.page().rows
    office.workspace.contacts.opt_out(row.id, by="ada")
    office.workspace.contacts.delete([row.id])
    office.later(minutes=1)
    office.sync()
    contact = office.repository.find(number())
    assert contact is not None
    assert contact.opt_out


# Numbers that were merged away


def merged_at(office: Office, *, opt_out: bool = False) -> Contact:
    """Sync two contacts, merge the second into the first, and return that."""
    office.book(2)
    office.sync()
    kept, other = (office.named(number(place)) for place in range(2))
    office.workspace.duplicates.merge(kept.id, other.id, Merged("", (), ""), by="ada")
    office.later(minutes=1)
    if opt_out:
        office.change(1, opt_out=True)
    return office.named(number())


def test_a_number_that_was_merged_away_stays_with_the_contact_that_took_it_over(office: Office) -> None:
    kept = merged_at(office)
    report = office.sync()
    assert office.numbers() == {number()}
    assert office.named(number()) == kept
    assert (report.read, report.new, report.changed, report.same, report.merged) == (2, 0, 0, 1, 1)
    assert (report.is_complete, report.conflicts) == (True, [])


def test_it_comes_back_where_the_merge_is_undone(office: Office) -> None:
    merged_at(office)
    office.repository.undo()
    assert (office.sync().merged, office.numbers()) == (0, {number(0), number(1)})


def test_it_comes_back_where_nobody_has_it(office: Office) -> None:
    kept = merged_at(office)
    office.workspace.contacts.delete([kept.id])
    del office.world.book[0]
    assert (office.sync().merged, office.numbers()) == (0, {number(1)})


def test_it_is_merged_with_sents_where_it_was_made_anew(office: Office) -> None:
    merged_at(office)
    office.workspace.contacts.create(NewContact(number(1), name="Bo"))
    report = office.sync()
    assert report.merged == 0
    bo = office.named(number(1))
    assert bo.sent is not None
    assert (bo.name, bo.sent.id) == ("Bo", contact_id(number(1)))


def test_who_opts_out_at_sent_under_a_merged_number_is_opted_out(office: Office) -> None:
    merged_at(office, opt_out=True)
    report = office.sync()
    assert (report.opted_out, report.merged) == (1, 1)
    kept = office.named(number())
    assert kept.opt_out
    [decided], [of_other] = (office.repository.consent_history(number(place)) for place in range(2))
    assert (decided.kind, decided.by, of_other.kind) == (ConsentKind.OPT_OUT, "Sent", ConsentKind.OPT_OUT)
    assert "which was merged with it" in decided.how
    assert office.sync().opted_out == 0


def test_who_was_opted_in_here_since_stays_in_until_sent_says_so_anew(office: Office) -> None:
    kept = merged_at(office, opt_out=True)
    office.sync()
    office.later(minutes=1)
    office.workspace.contacts.opt_in(kept.id, by="ada")
    office.later(minutes=1)
    assert office.sync().opted_out == 0
    assert not office.named(number()).opt_out
    office.change(1, opt_out=True)
    assert office.sync().opted_out == 1
    assert office.named(number()).opt_out


def test_what_sent_no_longer_lists_is_told_and_stays(office: Office) -> None:
    office.book(3)
    office.sync()
    del office.world.book[1]
    report = office.sync()
    assert kinds(report) == [ConflictKind.GONE]
    assert len(office.numbers()) == 3


def test_one_id_with_two_numbers_and_two_ids_with_one_number(office: Office) -> None:
    office.book(2)
    first, second = number(0), number(1)
    office.world.book[1] |= {"id": contact_id(first)}
    office.world.book.append(booked(first, BEGAN, id=contact_id("another")))
    report = office.sync()
    assert sorted(kinds(report)) == [ConflictKind.MOVED_ID, ConflictKind.SHARED_NUMBER]
    assert office.numbers() == {first, second}
    holder = office.repository.find(first)
    assert holder is not None
    assert holder.sent is not None
    assert holder.sent.id == contact_id("another")
    assert (report.read, report.is_complete) == (3, True)


def test_a_contact_made_here_keeps_its_number_when_sent_gives_its_id_to_another(office: Office) -> None:
    made = office.workspace.contacts.create_many([NewContact(number())], detect=False)
    assert not isinstance(made[0], tuple)
    office.book(1)
    office.sync()
    office.world.book[0] |= {"format_e164": number(1), "phone_number": number(1)}
    report = office.sync()
    assert sorted(kinds(report)) == [ConflictKind.GONE, ConflictKind.MOVED_ID]
    assert office.numbers() == {number(0), number(1)}
    assert made[0].contact.format_international in report.conflicts[0].words


# Pages that shift


def test_a_contact_that_is_made_meanwhile_does_not_push_another_out(office: Office) -> None:
    office.book(250)
    added = booked(number(900), BEGAN)
    once = [lambda: office.world.book.insert(0, added)]
    office.world.on_page = lambda page: once.pop()() if page == 2 and once else None
    report = office.sync()
    assert (report.read, report.new, report.is_complete) == (251, 251, True)
    assert office.numbers() == {each["format_e164"] for each in office.world.book}


def test_a_contact_that_is_deleted_meanwhile_does_not_hide_another(office: Office) -> None:
    office.book(350)
    once = [lambda: office.world.book.__delitem__(slice(0, 120))]
    office.world.on_page = lambda page: once.pop()() if page == 3 and once else None
    report = office.sync()
    assert office.numbers() == {number(place) for place in range(350)}
    assert office.pages[:4] == [1, 2, 3, 1]
    assert report.is_complete


def test_a_contact_that_moves_to_a_page_that_was_read_is_not_lost(office: Office) -> None:
    office.book(350)
    book = office.world.book
    once = [lambda: book.insert(0, book.pop(320))]
    office.world.on_page = lambda page: once.pop()() if page == 3 and once else None
    report = office.sync()
    assert (report.read, report.new, report.is_complete) == (350, 350, True)
    assert office.pages == [1, 2, 3, 4, 1]


def test_fewer_contacts_than_sent_counts_are_told(office: Office) -> None:
    office.book(120)
    envelope = {"page": 1, "page_size": 100, "total_count": 500, "has_more": False}
    office.world.answers["/v3/contacts"] = {
        "success": True,
        "data": {"contacts": office.world.book[:100], "pagination": envelope},
        "error": None,
        "meta": {},
    }
    report = office.sync()
    assert (report.read, report.total, report.is_complete) == (100, 500, False)
    assert ConflictKind.GONE not in kinds(report)


def test_a_server_that_says_for_ever_that_more_follows_is_not_believed(office: Office) -> None:
    office.book(10)
    endless = {"contacts": office.world.book, "pagination": {"page": 1, "total_count": 10, "has_more": True}}
    office.world.answers["/v3/contacts"] = {"success": True, "data": endless, "error": None, "meta": {}}
    assert office.sync().read == 10
    assert len(office.pages) == 2


def test_what_is_made_after_others_were_deleted_is_not_lost(office: Office) -> None:
    office.book(350)
    book = office.world.book
    shifts = {3: lambda: book.__delitem__(slice(0, 30)), 4: lambda: book.insert(0, booked(number(900), BEGAN))}
    office.world.on_page = lambda page: shifts.pop(page, lambda: None)()
    report = office.sync()
    assert (report.total, report.is_complete) == (321, True)
    assert number(900) in office.numbers()


def test_a_count_that_is_not_told_ends_no_pull_early(office: Office) -> None:
    office.book(350)
    office.world.tells_total = False
    once = [
        lambda: office.world.book.__setitem__(slice(0, 0), [booked(number(900 + each), BEGAN) for each in range(99)])
    ]
    office.world.on_page = lambda page: once.pop()() if page == 2 and once else None
    seen: list[SyncProgress] = []
    report = office.sync(on_progress=seen.append)
    assert office.numbers() >= {number(place) for place in range(350)}
    assert (report.read, report.total) == (350, None)
    assert (seen[0].counts, seen[0].left) == ("100", None)


def test_an_opt_out_that_shows_when_a_page_is_read_again_is_counted(office: Office) -> None:
    office.book(250)
    book = office.world.book

    def moved() -> None:
        book.insert(0, book.pop(240))
        book[5] |= {"opt_out": True, "updated_at": "2026-03-02T09:00:00Z"}

    once = [moved]
    office.world.on_page = lambda page: once.pop()() if page == 2 and once else None
    report = office.sync()
    assert (report.read, report.opted_out, report.is_complete) == (250, 1, True)


def test_two_ids_that_change_places_are_listed_once(office: Office) -> None:
    office.book(1)
    office.world.book.append(booked(number(), BEGAN, id=contact_id("another")))
    office.sync()
    office.world.book[0] |= {"updated_at": "2026-03-02T09:40:00Z"}
    report = office.sync()
    assert kinds(report) == [ConflictKind.SHARED_NUMBER]
    assert report.conflict_count == 1


# Faults


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in {Fault.UNSUCCESSFUL, Fault.SILENT_AFTER}])
def test_a_fault_in_the_middle_is_got_over(office: Office, fault: Fault) -> None:
    office.book(250)
    office.fail_at(fault, 2, times=2)
    report = office.sync()
    assert report.error is None
    assert (report.read, report.new) == (250, 250)
    if fault is Fault.RATE_LIMITED:
        assert sum(office.paused) == pytest.approx(14)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.SILENT_AFTER])
def test_a_pull_that_was_broken_off_goes_on_where_it_ended(office: Office, fault: Fault) -> None:
    office.book(250)
    office.fail_at(fault, 2, times=100)
    broken = office.sync()
    assert broken.error is not None
    assert (broken.read, broken.new, broken.is_complete) == (100, 100, False)
    office.world.faults = lambda heard: None
    office.world.heard.clear()
    office.later(minutes=10)
    office.another()
    report = office.sync()
    assert office.pages == [2, 3]
    assert (report.resumed_at, report.read, report.new, report.is_complete) == (2, 250, 150, True)
    assert len(office.numbers()) == 250


def test_an_old_pull_begins_anew_and_so_does_one_that_is_to(office: Office) -> None:
    office.book(250)
    office.fail_at(Fault.FAULT_BEFORE, 2, times=100)
    office.sync()
    office.world.faults = lambda heard: None
    office.world.heard.clear()
    office.later(days=2)
    assert office.sync().resumed_at == 0
    assert office.pages == [1, 2, 3]
    office.fail_at(Fault.FAULT_BEFORE, 2, times=100)
    office.sync()
    office.world.faults = lambda heard: None
    office.world.heard.clear()
    office.later(minutes=5)
    office.sync(afresh=True)
    assert office.pages == [1, 2, 3]


def test_what_was_deleted_between_two_runs_hides_nothing(office: Office) -> None:
    office.book(450)
    office.fail_at(Fault.FAULT_BEFORE, 4, times=100)
    office.sync()
    office.world.faults = lambda heard: None
    del office.world.book[:10]
    office.later(minutes=5)
    assert office.sync().is_complete
    assert len(office.numbers()) == 450


def test_a_pull_goes_on_in_another_process(tmp_path: Path) -> None:
    office = Office(TinyDBRepository(tmp_path / "contacts.db"))
    office.book(250)
    office.fail_at(Fault.DROPPED_BEFORE, 3, times=100)
    office.sync()
    office.repository.close()
    office.world.faults = lambda heard: None
    office.repository = TinyDBRepository(tmp_path / "contacts.db")
    office.another()
    office.later(minutes=5)
    report = office.sync()
    assert (report.resumed_at, report.new, report.is_complete) == (3, 50, True)
    assert {row.e164 for row in office.repository.page().rows} == {number(place) for place in range(250)}
    office.close()


def test_it_can_be_cancelled_between_pages_and_while_it_waits(office: Office) -> None:
    office.book(450)
    seen: list[SyncProgress] = []
    report = office.sync(on_progress=seen.append, is_cancelled=lambda: len(seen) == 2)
    assert (report.is_cancelled, report.read) == (True, 200)
    office.fail_at(Fault.RATE_LIMITED, 3, times=100)
    waited = office.sync(is_cancelled=lambda: bool(office.paused))
    assert (waited.is_cancelled, waited.error) == (True, None)
    assert len(office.paused) == 1


def test_a_key_that_is_not_accepted_is_not_tried_again(office: Office) -> None:
    office.world.statuses["/v3/me"] = 401, "AUTH_002"
    report = office.sync()
    assert isinstance(report.error, SetupError)
    assert len(office.world.heard) == 1


def test_progress_tells_rate_and_time_left(office: Office) -> None:
    office.book(300)
    seen: list[SyncProgress] = []
    office.world.on_page = lambda page: office.later(seconds=10)
    office.sync(on_progress=seen.append)
    first = seen[0]
    assert (first.stage, first.done, first.total, first.rate) == (Stage.PULL, 100, 300, 10)
    assert first.left == timedelta(seconds=20)


# Opt-outs and default channels


def only(office: Office) -> Any:
    found = office.repository.find(number())
    assert found is not None
    return found


def test_an_opt_out_of_sents_is_taken_with_its_proof(office: Office) -> None:
    office.book(1, opt_out=True, updated_at="2026-03-01T08:00:00.1234567Z")
    report = office.sync()
    assert (only(office).opt_out, report.opted_out) == (True, 1)
    (event,) = office.repository.consent_history(number())
    assert (event.by, event.at) == ("Sent", datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=UTC))
    assert contact_id(number()) in event.how


def test_an_opt_out_here_is_not_undone_and_is_pushed_once_live(office: Office) -> None:
    office.book(1)
    office.sync()
    office.later(hours=1)
    office.workspace.contacts.opt_out(only(office).id, by="ada")
    office.later(hours=1)
    office.world.book[0] |= {"updated_at": "2026-03-02T11:00:00Z"}
    unarmed = office.sync()
    assert (only(office).opt_out, unarmed.waiting, unarmed.pushed, office.patches) == (True, 1, 0, [])
    assert kinds(unarmed) == [ConflictKind.OPT_OUT]
    office.arm()
    assert office.sync().pushed == 1
    assert office.patches == [{"opt_out": True}]
    assert office.world.book[0]["opt_out"] is True
    settled = office.sync()
    assert (settled.pushed, settled.waiting, kinds(settled)) == (0, 0, [])


def test_sent_lifts_an_opt_out_that_it_knew_of(office: Office) -> None:
    office.book(1, opt_out=True)
    office.sync()
    office.later(days=1)
    office.world.book[0] |= {"opt_out": False, "updated_at": "2026-03-03T09:00:00Z"}
    assert office.sync().opted_in == 1
    assert not only(office).opt_out
    office.world.book[0] |= {"opt_out": True, "updated_at": "2026-03-03T08:00:00Z"}
    office.sync()
    assert not only(office).opt_out, "an older copy changes nothing"


def test_an_opt_in_here_is_pushed_unless_sent_heard_otherwise_since(office: Office) -> None:
    office.book(2, opt_out=True)
    office.sync()
    office.later(hours=1)
    for row in list(office.repository.page().rows):
        office.workspace.contacts.opt_in(row.id, by="ada")
    office.arm()
    office.later(hours=1)
    office.world.book[1] |= {"updated_at": "2026-03-02T11:00:00Z"}
    report = office.sync(pull=False)
    assert report.pushed == 1
    assert office.patches == [{"opt_out": False}]
    assert [each["opt_out"] for each in office.world.book] == [False, True]
    second = office.repository.find(number(1))
    assert second is not None
    assert second.opt_out


def test_a_chosen_default_is_pushed_alone_and_a_learned_one_is_not(office: Office) -> None:
    office.book(2)
    office.sync()
    first, second = (office.repository.find(number(place)) for place in range(2))
    assert first is not None
    assert second is not None
    office.workspace.contacts.set_default(first.id, Channel.SMS)
    learned = replace(second, default_channel=Channel.SMS, default_reason="arrives more often")
    office.repository.update(second.id, lambda contact: learned)
    office.arm()
    assert office.sync().pushed == 1
    assert office.patches == [{"default_channel": "sms"}]
    kept = office.repository.get(second.id)
    assert kept.default_channel is Channel.SMS, "what was learned stays while Sent changes nothing"


def test_a_default_that_changed_on_both_sides_is_listed_and_ours_stays(office: Office) -> None:
    office.book(1, default_channel=None)
    office.sync()
    office.workspace.contacts.set_default(only(office).id, Channel.SMS)
    office.later(hours=1)
    office.world.book[0] |= {"default_channel": "whatsapp", "updated_at": "2026-03-02T10:00:00Z"}
    report = office.sync()
    assert kinds(report) == [ConflictKind.DEFAULT_CHANNEL]
    assert only(office).default_channel is Channel.SMS


def test_a_later_choice_at_sent_takes_the_place_of_one_that_was_pushed(office: Office) -> None:
    office.book(1)
    office.sync()
    office.workspace.contacts.set_default(only(office).id, Channel.SMS)
    office.arm()
    office.sync()
    office.later(hours=1)
    office.world.book[0] |= {"default_channel": "whatsapp", "updated_at": "2026-03-02T10:30:00Z"}
    report = office.sync()
    assert only(office).default_channel is Channel.WHATSAPP
    assert (kinds(report), report.pushed) == ([ConflictKind.DEFAULT_CHANNEL], 0)
    moves = office.repository.default_moves(only(office).id)
    assert moves[-1].words == "SMS → WhatsApp"


def test_a_change_that_sent_refuses_or_does_not_make_is_listed(office: Office) -> None:
    office.book(1)
    office.sync()
    office.workspace.contacts.opt_out(only(office).id, by="ada")
    office.arm()
    path = f"/v3/contacts/{contact_id(number())}"
    office.world.faults = lambda heard: Fault.UNSUCCESSFUL if heard.method == "PATCH" else None
    assert kinds(office.sync(pull=False)) == [ConflictKind.NOT_TAKEN]
    office.world.faults = lambda heard: None
    office.world.answers[path] = {"success": True, "data": office.world.book[0], "error": None, "meta": {}}
    report = office.sync(pull=False)
    assert (kinds(report), report.pushed) == ([ConflictKind.NOT_TAKEN], 0)


def test_what_is_gone_or_has_another_number_at_sent_is_told_nothing(office: Office) -> None:
    office.book(2)
    office.sync()
    for row in list(office.repository.page().rows):
        office.workspace.contacts.opt_out(row.id, by="ada")
    office.world.book[0]["format_e164"] = number(7)
    del office.world.book[1]
    office.arm()
    report = office.sync(pull=False)
    assert sorted(kinds(report)) == [ConflictKind.GONE, ConflictKind.MOVED_ID]
    assert office.patches == []


def test_a_contact_that_sent_does_not_have_is_counted(office: Office) -> None:
    made = office.workspace.contacts.create_many([NewContact(number(), opt_out=True)], detect=False)
    assert len(made) == 1
    assert office.sync().unknown_there == 1


def test_a_number_in_another_form_is_the_same_number(office: Office) -> None:
    office.book(1, format_e164="+1 (212) 555-0100")
    office.sync()
    office.workspace.contacts.opt_out(only(office).id, by="ada")
    office.arm()
    report = office.sync()
    assert (report.same, report.pushed, kinds(report)) == (1, 1, [])


def test_contacts_of_another_account_are_told_nothing(office: Office) -> None:
    office.book(1)
    office.sync()
    office.workspace.contacts.opt_out(only(office).id, by="ada")
    office.repository.update(only(office).id, lambda contact: replace(contact, customer_id="harbour"))
    office.arm()
    report = office.sync(pull=False)
    assert (report.pushed, report.waiting, kinds(report), office.patches) == (0, 0, [], [])


def test_it_is_cancelled_while_it_looks_and_while_it_tells(office: Office) -> None:
    office.book(3)
    office.sync()
    for row in list(office.repository.page().rows):
        office.workspace.contacts.opt_out(row.id, by="ada")
    office.arm()
    seen: list[SyncProgress] = []
    told = [lambda: bool(seen), lambda: any(progress.stage is Stage.PUSH for progress in seen)]
    looked = office.sync(pull=False, on_progress=seen.append, is_cancelled=told[0])
    assert (looked.is_cancelled, looked.pushed) == (True, 0)
    seen.clear()
    pushed = office.sync(pull=False, on_progress=seen.append, is_cancelled=told[1])
    assert (pushed.is_cancelled, pushed.pushed) == (True, 1)
    assert office.sync(pull=False).pushed == 2


def test_what_does_not_fit_is_listed_where_only_decisions_are_told(office: Office) -> None:
    office.book(1)
    office.sync()
    office.workspace.contacts.opt_out(only(office).id, by="ada")
    office.later(hours=1)
    office.world.book[0] |= {"updated_at": "2026-03-02T10:00:00Z"}
    office.arm()
    report = office.sync(pull=False)
    assert (kinds(report), report.pushed) == ([ConflictKind.OPT_OUT], 1)


def test_an_answer_with_an_older_time_is_newer_than_what_was_read_before(office: Office) -> None:
    opted_out_here(office, 1)
    office.world.book[0] |= {"updated_at": "2026-03-02T10:00:00Z"}
    assert office.now < datetime(2026, 3, 2, 10, tzinfo=UTC), "with that time, the server answers a change"
    report = office.sync(pull=False)
    assert (report.pushed, kinds(report)) == (1, [ConflictKind.OPT_OUT])
    assert office.sync(pull=False).pushed == 0


def opted_out_here(office: Office, count: int) -> list[str]:
    """Pull contacts, opt all of them out, and return their ids."""
    office.book(count)
    office.sync()
    ids = [row.id for row in office.repository.page().rows]
    for each in ids:
        office.workspace.contacts.opt_out(each, by="ada")
    office.arm()
    return ids


def test_a_contact_that_is_deleted_here_meanwhile_ends_nothing(office: Office) -> None:
    ids = opted_out_here(office, 3)

    def deleted(heard: Heard) -> None:
        left = [each for each in ids if each not in heard.path]
        if heard.method == "GET" and heard.path.startswith("/v3/contacts/") and len(left) == 2:
            office.workspace.contacts.delete(ids)

    office.world.faults = deleted
    report = office.sync(pull=False)
    assert (report.error, report.pushed, report.waiting, office.patches) == (None, 0, 0, [])


def test_what_is_gone_between_a_look_and_a_change_is_listed_so(office: Office) -> None:
    opted_out_here(office, 1)
    office.world.faults = lambda heard: office.world.book.clear() if heard.method == "PATCH" else None
    report = office.sync(pull=False)
    assert (kinds(report), report.pushed) == ([ConflictKind.GONE], 0)


def test_of_how_many_sent_was_not_told_is_counted_when_it_ends_early(office: Office) -> None:
    opted_out_here(office, 3)
    told: list[SyncProgress] = []

    def is_cancelled() -> bool:
        return any(progress.stage is Stage.PUSH for progress in told)

    cancelled = office.sync(pull=False, on_progress=told.append, is_cancelled=is_cancelled)
    assert (cancelled.pushed, cancelled.waiting) == (1, 2)
    office.world.faults = lambda heard: Fault.FAULT_BEFORE if heard.method == "PATCH" else None
    broken = office.sync(pull=False)
    assert broken.error is not None
    assert (broken.pushed, broken.waiting) == (0, 2)


def test_nothing_more_is_told_once_live_sending_is_off(office: Office) -> None:
    opted_out_here(office, 3)
    assert office.gateway is not None
    gateway = office.gateway
    report = office.sync(
        pull=False, on_progress=lambda progress: gateway.disarm() if progress.stage is Stage.PUSH else None
    )
    assert (report.pushed, report.waiting, kinds(report)) == (1, 2, [])


def test_a_look_that_is_cancelled_counts_nothing(office: Office) -> None:
    new = [NewContact(number(place), opt_out=True) for place in range(3)]
    assert len(office.workspace.contacts.create_many(new, detect=False)) == 3
    looked: list[SyncProgress] = []
    report = office.sync(pull=False, on_progress=looked.append, is_cancelled=lambda: bool(looked))
    assert (report.is_cancelled, report.unknown_there, report.waiting) == (True, 0, 0)


def test_hostile_formats_are_not_taken(office: Office) -> None:
    office.book(
        1,
        format_international="+1 666-666-0000",
        format_national="\u202e(212) 555-0100",
        format_rfc="javascript:alert(1)",
        country_code="44",
        region_code="<b>",
        default_channel="carrier_pigeon",
    )
    office.sync()
    contact = only(office)
    assert contact.format_international == "+1 212-555-0100"
    assert contact.format_national == "(212) 555-0100"
    assert contact.format_rfc == "tel:+1-212-555-0100"
    assert (contact.country_code, contact.region_code) == ("1", "US")
    assert contact.default_channel in Channel, "no channel is taken that is not known"
    assert contact.sent is not None
    assert contact.sent.default_channel == "carrier_pigeon"

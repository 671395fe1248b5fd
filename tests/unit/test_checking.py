"""Looking up the channels of many contacts, and finding those for whom that would pay."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact
from sent_tui.core.search import containing, tagged
from sent_tui.errors import DatabaseError, NetworkError
from sent_tui.gateways.gateway import Finding, PermanentGatewayError, TransientGatewayError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.check_run import AT_ONCE, GIVE_UP_AFTER, CheckProgress, CheckReport
from sent_tui.services.checking import CheckingService
from sent_tui.services.contacts import ContactService, NewContact
from sent_tui.store.memory import MemoryRepository


class Network(Simulator):
    """A network whose look-ups say that there is no WhatsApp, or fail as a test wants."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(lambda: desk.now)
        self.desk = desk
        self.asked: list[str] = []
        self.failures: dict[str, list[Exception]] = {}
        """By number: what the next look-ups raise."""
        self.before_each: Callable[[], None] = lambda: None

    def detect(self, number: str) -> tuple[Finding, ...]:
        self.before_each()
        self.asked.append(number)
        self.desk.now += timedelta(milliseconds=100)
        if self.failures.get(number):
            raise self.failures[number].pop(0)
        return (
            Finding(Channel.WHATSAPP, Availability.UNAVAILABLE, "not there"),
            Finding(Channel.SMS, Availability.AVAILABLE, "there"),
        )


class Desk:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.repository = MemoryRepository()
        ids = itertools.count(100)
        simulator = Simulator(lambda: self.now)
        self.contacts = ContactService(self.repository, simulator, lambda: self.now, lambda: f"c{next(ids)}")
        self.network = Network(self)
        self.checking = CheckingService(self.repository, self.network, lambda: self.now)
        self.waited: list[float] = []
        self.heard: list[CheckProgress] = []
        self.checked: list[Contact] = []
        self.failed: list[tuple[str, NetworkError]] = []

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += timedelta(seconds=seconds)

    def make(self, count: int) -> list[str]:
        entries = [NewContact(f"+1415555{number:04}", tags=(f"t{number % 2}",)) for number in range(130, 130 + count)]
        self.contacts.create_many(entries)
        self.now += timedelta(days=1)
        return [self.contacts.resolve(entry.number).id for entry in entries]

    def run(
        self,
        ids: Sequence[str],
        *,
        since: datetime | None = None,
        rate: float | None = None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> CheckReport:
        return self.checking.check_many(
            ids,
            since=since,
            rate=rate,
            pause=self.wait,
            on_progress=self.heard.append,
            on_checked=self.checked.append,
            on_failed=lambda contact, error: self.failed.append((contact.id, error)),
            is_cancelled=is_cancelled,
        )

    def number(self, contact_id: str) -> str:
        return self.repository.get(contact_id).format_e164


@pytest.fixture
def desk() -> Desk:
    return Desk()


def down(times: int = 1) -> list[Exception]:
    return [TransientGatewayError("The network is down") for _ in range(times)]


class TestMany:
    def test_all_are_looked_up_once_in_their_order_and_stored(self, desk: Desk) -> None:
        ids = desk.make(45)
        with_whatsapp = {row.id for row in desk.repository.page().rows if row.whatsapp is Availability.AVAILABLE}
        report = desk.run(ids)
        assert desk.network.asked == [desk.number(contact_id) for contact_id in ids]
        assert [contact.id for contact in desk.checked] == ids
        assert all(desk.repository.get(contact.id) == contact for contact in desk.checked)
        assert {contact.availability(Channel.WHATSAPP) for contact in desk.checked} == {Availability.UNAVAILABLE}
        assert (report.checked, report.failed, report.skipped, report.gone) == (45, 0, 0, 0)
        assert 0 < len(with_whatsapp) <= report.changed
        assert 0 < report.moved <= report.changed
        assert not report.is_cancelled
        assert not report.trouble

    def test_progress_tells_how_far_and_how_long(self, desk: Desk) -> None:
        desk.run(desk.make(45))
        done = [told.done for told in desk.heard]
        assert done == sorted(done)
        assert done[-1] == 45
        assert all(told.total == 45 for told in desk.heard)
        half = next(told for told in desk.heard if 0 < told.done < 45)
        assert half.rate == pytest.approx(10)
        assert half.left is not None
        assert half.left.total_seconds() == pytest.approx((45 - half.done) / 10)
        assert CheckProgress(0, 45, timedelta()).left is None

    def test_writes_are_small(self, desk: Desk) -> None:
        stored: list[int] = []
        desk.repository.subscribe(lambda change: stored.append(len(change.ids)))
        ids = desk.make(45)
        stored.clear()
        desk.network.desk = Desk()  # no time passes here
        desk.run(ids)
        assert stored == [AT_ONCE, AT_ONCE, 5]

    def test_what_a_slow_network_says_is_stored_every_second(self, desk: Desk) -> None:
        stored: list[int] = []
        ids = desk.make(30)
        desk.repository.subscribe(lambda change: stored.append(len(change.ids)))
        desk.run(ids)
        assert stored == [10, 10, 10]

    def test_a_rate_is_kept(self, desk: Desk) -> None:
        ids = desk.make(12)
        began = desk.now
        desk.run(ids, rate=2)
        assert desk.now - began >= timedelta(seconds=5.5)
        assert all(0 < seconds <= 0.5 for seconds in desk.waited)

    def test_nobody_is_no_run(self, desk: Desk) -> None:
        assert desk.run([]) == CheckReport()

    def test_who_was_deleted_meanwhile_is_counted(self, desk: Desk) -> None:
        ids = desk.make(3)

        def delete() -> None:
            desk.network.before_each = lambda: None
            desk.repository.delete([ids[0]])

        desk.network.before_each = delete
        desk.repository.delete([ids[2]])
        report = desk.run(ids)
        assert (report.checked, report.gone) == (1, 2)
        assert desk.heard[-1].done == 3


class TestEnds:
    def test_cancelling_keeps_what_is_done_and_the_rest_goes_on(self, desk: Desk) -> None:
        ids = desk.make(30)
        began = desk.now
        report = desk.run(ids, is_cancelled=lambda: len(desk.network.asked) >= 13)
        assert report.is_cancelled
        assert report.checked == len(desk.checked) == 13
        again = desk.run(ids, since=began)
        assert (again.checked, again.skipped, again.is_cancelled) == (17, 13, False)
        assert len(desk.network.asked) == len(set(desk.network.asked)) == 30

    def test_breaking_it_off_keeps_what_was_found(self, desk: Desk) -> None:
        ids = desk.make(10)

        def interrupt() -> None:
            if len(desk.network.asked) == 7:
                raise KeyboardInterrupt

        desk.network.before_each = interrupt
        with pytest.raises(KeyboardInterrupt):
            desk.run(ids)
        assert [contact.id for contact in desk.checked] == ids[:7]

    def test_an_unanswered_look_up_is_not_taken_for_a_check(self, desk: Desk) -> None:
        [contact_id] = desk.make(1)
        desk.network.failures[desk.number(contact_id)] = down(2)
        before, began = desk.repository.get(contact_id), desk.now
        assert desk.run([contact_id]).failed == 1
        assert desk.repository.get(contact_id) == before
        assert desk.run([contact_id], since=began).checked == 1

    def test_who_was_not_answered_for_is_asked_for_once_more_at_the_end(self, desk: Desk) -> None:
        ids = desk.make(5)
        first, second = desk.number(ids[0]), desk.number(ids[1])
        desk.network.failures = {first: down(1), second: down(2)}
        report = desk.run(ids)
        assert desk.network.asked[5:] == [first, second]
        assert (report.checked, report.failed) == (4, 1)
        assert [(contact_id, error.title) for contact_id, error in desk.failed] == [(ids[1], "The network is down")]

    def test_a_refused_number_is_not_asked_for_again(self, desk: Desk) -> None:
        ids = desk.make(3)
        desk.network.failures = {desk.number(ids[0]): [PermanentGatewayError("Not a number of ours")]}
        report = desk.run(ids)
        assert (report.checked, report.failed, len(desk.network.asked)) == (2, 1, 3)
        assert desk.failed[0][0] == ids[0]
        assert desk.heard[-1].done == 3

    def test_a_number_that_is_refused_at_the_second_try_is_told_once(self, desk: Desk) -> None:
        ids = desk.make(2)
        desk.network.failures = {desk.number(ids[0]): [*down(1), PermanentGatewayError("Not a number of ours")]}
        assert desk.run(ids).failed == len(desk.failed) == 1

    def test_a_network_that_answers_nobody_ends_the_run(self, desk: Desk) -> None:
        ids = desk.make(40)
        desk.network.failures = {desk.number(contact_id): down(9) for contact_id in ids[5:]}
        report = desk.run(ids)
        assert len(desk.network.asked) == 5 + GIVE_UP_AFTER
        assert (report.checked, report.failed) == (5, GIVE_UP_AFTER)
        assert "10 times in a row" in report.trouble
        assert "The network is down" in report.trouble

    def test_an_answer_in_between_lets_it_go_on(self, desk: Desk) -> None:
        ids = desk.make(40)
        for place, contact_id in enumerate(ids):
            if place % GIVE_UP_AFTER:
                desk.network.failures[desk.number(contact_id)] = down(1)
        report = desk.run(ids)
        assert (report.checked, report.trouble) == (40, "")

    def test_a_database_that_cannot_be_written_is_told(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        ids = desk.make(3)

        def refuse(**_options: object) -> None:
            raise DatabaseError("The disk is full")

        monkeypatch.setattr(desk.repository, "transaction", refuse)
        with pytest.raises(DatabaseError, match="disk is full"):
            desk.run(ids)
        assert desk.checked == []


class TestProposals:
    def old(self, desk: Desk, count: int = 30) -> list[str]:
        """Make contacts and let their checks grow old."""
        ids = desk.make(count)
        desk.now += timedelta(days=400)
        return ids

    def test_the_best_come_first_and_everyone_proposed_is_counted(self, desk: Desk) -> None:
        self.old(desk)
        proposals, total = desk.checking.proposals()
        assert len(proposals) == total > 5
        gains = [proposal.gain for proposal in proposals]
        assert gains == sorted(gains, reverse=True)
        assert desk.checking.proposals(limit=3) == (proposals[:3], total)
        for proposal in proposals:
            assert desk.checking.proposal(desk.repository.get(proposal.contact_id)) == proposal

    def test_a_fresh_check_leaves_nothing_to_propose(self, desk: Desk) -> None:
        self.old(desk)
        proposals, _ = desk.checking.proposals()
        desk.run([proposal.contact_id for proposal in proposals])
        assert desk.checking.proposals() == ([], 0)

    def test_a_query_and_consent_narrow_it_down(self, desk: Desk) -> None:
        self.old(desk)
        proposals, total = desk.checking.proposals()
        odd, even = (desk.checking.proposals(tagged(tag))[1] for tag in ("t0", "t1"))
        assert odd + even == total
        assert min(odd, even) > 0
        assert desk.checking.proposals(containing("nobody")) == ([], 0)
        desk.contacts.opt_out(proposals[0].contact_id, by="kim")
        assert desk.checking.proposals()[1] == total - 1

    def test_it_can_be_watched_and_cancelled(self, desk: Desk) -> None:
        self.old(desk)
        told: list[tuple[int, int]] = []
        assert desk.checking.proposals(on_look=lambda *far: told.append(far), is_cancelled=lambda: True) == ([], 0)
        assert told == []
        desk.checking.proposals(on_look=lambda *far: told.append(far))
        assert told == [(0, 30)]

    def test_who_was_deleted_meanwhile_is_passed_over(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        ids = self.old(desk)
        _, total = desk.checking.proposals()
        gone = desk.checking.proposals()[0][0].contact_id
        found = desk.repository.answer()
        desk.repository.delete([gone])
        monkeypatch.setattr(desk.repository, "answer", lambda *_args, **_options: found)
        assert desk.checking.proposals()[1] == total - 1
        assert gone in ids

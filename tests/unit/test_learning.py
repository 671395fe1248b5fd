"""Learning anew: whatever was there before, and whoever writes meanwhile, it comes to what the reports say."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sent_tui.core.channel import Channel
from sent_tui.core.delivery import VERSION
from sent_tui.core.knowledge import EPOCH, Epoch, Knowledge
from sent_tui.core.message import Content
from sent_tui.gateways.simulator import Simulator
from sent_tui.services import learning
from sent_tui.services.contacts import ContactService, NewContact
from sent_tui.services.demo import fill_demo
from sent_tui.services.learning import LearningService, Progress
from sent_tui.services.sending import SendingService
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.refusals import ReadOnlyError
from sent_tui.store.repository import Repository
from sent_tui.store.tinydb import TinyDBRepository

PEOPLE = 60


class Desk:
    """A database of people to whom messages went, and somebody who goes on writing."""

    def __init__(self, repository: Repository) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.repository = repository
        fill_demo(repository, self.now, PEOPLE)
        ids = itertools.count(1)
        parts = (repository, Simulator(lambda: self.now), lambda: self.now, lambda: f"id-{next(ids)}")
        self.contacts = ContactService(*parts)
        self.sending = SendingService(*parts)
        self.learning = LearningService(repository)

    def write(self, last: int) -> str:
        """Send a message to somebody new until it is over, and return who that is."""
        contact = self.contacts.create(NewContact(f"+1415555{last:04d}")).contact
        self.write_again(contact.id)
        return contact.id

    def write_again(self, contact_id: str) -> None:
        sent = self.sending.send(contact_id, Content("Hello"), channel=Channel.SMS)
        self.sending.follow(sent.id, pause=self._pass_time)

    def _pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def standing(self) -> tuple[int, bool]:
        """How many of those who were written to miss something, and whether learning anew is under way."""
        found = self.learning.standing(self.repository.messages())
        assert found.looked_at > 10
        assert found.is_sound is (not found.missing and not found.unfinished)
        return found.missing, found.unfinished

    def known(self) -> dict[str, Mapping[str, Any]]:
        """Return what every contact brings along, and each lesson that counts."""
        contacts = [self.repository.get(row.id) for row in self.repository.answer()]
        epoch = Epoch.of(self.repository.lesson).number
        found: dict[str, Mapping[str, Any]] = {contact.id: without_epoch(contact.learned) for contact in contacts}
        for name in self.scratch():
            lesson = self.repository.lesson(name)
            if lesson is not None and lesson.get("epoch", 0) == epoch:
                found[name] = without_epoch(lesson)
        return found

    def scratch(self) -> dict[str, Mapping[str, Any]]:
        """Return the same as it is when the reports of all contacts are heard for the first time."""
        knowledge, found = Knowledge(), {}
        for row in self.repository.answer():
            contact = self.repository.get(row.id)
            messages = self.repository.messages(contact_id=row.id)
            events = [event for message in messages for event in self.repository.events(message.id)]
            found[row.id] = knowledge.relearned(contact, messages, events).learned
        return found | {name: lesson for name, lesson in knowledge.lessons().items() if lesson["people"]}


def without_epoch(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != "epoch"}


@pytest.fixture(params=["memory", "tinydb"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(learning, "BATCH", 7)
    repository = MemoryRepository() if request.param == "memory" else TinyDBRepository(tmp_path / "contacts.db")
    yield Desk(repository)
    repository.close()


class StoppedError(Exception):
    pass


def at_batch(number: int, act: Callable[[], object]) -> Callable[[Progress], None]:
    """Return what does something once so many batches are through."""
    looks = itertools.count()

    def look(progress: Progress) -> None:
        if next(looks) == number:
            act()

    return look


def stop() -> None:
    raise StoppedError


def test_it_comes_to_what_the_reports_say(desk: Desk) -> None:
    seen: list[Progress] = []
    done = desk.learning.relearn(on_progress=seen.append)
    assert desk.known() == desk.scratch()
    assert desk.standing == (0, False)
    learned = [piece for piece in desk.known().values() if "attempts" in piece]
    assert (done.contacts, done.learned) == (PEOPLE, len(learned))
    assert done.results == sum(len(piece["attempts"]) for piece in learned) > done.learned > 0
    assert [look.contacts for look in seen] == [*range(0, PEOPLE, 7), PEOPLE]
    assert {look.total for look in seen} == {PEOPLE}
    assert seen[-1] == done


def test_once_more_changes_nothing(desk: Desk) -> None:
    desk.learning.relearn()
    before = desk.known()
    desk.learning.relearn()
    assert desk.known() == before
    assert Epoch.of(desk.repository.lesson) == Epoch(2)


def test_results_go_on_to_be_learned_in_a_new_epoch(desk: Desk) -> None:
    desk.learning.relearn()
    desk.write_again(desk.write(100))
    assert desk.known() == desk.scratch()
    assert desk.standing == (0, False)


@pytest.mark.parametrize("batches", [1, 4])
def test_stopped_it_is_in_order_and_goes_on(desk: Desk, batches: int) -> None:
    with pytest.raises(StoppedError):
        desk.learning.relearn(on_progress=at_batch(batches, stop))
    missing, unfinished = desk.standing
    assert unfinished
    assert missing > 0
    written = dict.fromkeys(message.contact_id for message in desk.repository.messages() if message.attempts)
    known = [desk.repository.get(contact_id) for contact_id in written]
    for contact in known:
        if contact.status(Channel.SMS).is_available and not contact.opt_out:
            desk.write_again(contact.id)
    assert desk.standing[0] < missing, "a new result brings a contact along"
    desk.write_again(desk.write(100))
    desk.learning.relearn()
    assert desk.known() == desk.scratch()
    assert desk.standing == (0, False)
    assert Epoch.of(desk.repository.lesson) == Epoch(1), "it went on with the same one"


def test_others_write_meanwhile(desk: Desk) -> None:
    last = desk.repository.answer()[-1].id

    def meanwhile() -> None:
        new = desk.write(100)
        desk.write_again(new)
        desk.repository.delete([last])

    done = desk.learning.relearn(on_progress=at_batch(3, meanwhile))
    assert done.contacts == PEOPLE
    assert desk.known() == desk.scratch()
    assert desk.standing == (0, False)


def test_who_was_deleted_teaches_no_longer(desk: Desk) -> None:
    new = desk.write(100)
    desk.repository.delete([new])
    assert desk.known() != desk.scratch(), "until then, others keep what they learned from it"
    desk.learning.relearn()
    assert desk.known() == desk.scratch()


def test_two_at_once_end_as_one(desk: Desk) -> None:
    other = LearningService(desk.repository)
    desk.learning.relearn(on_progress=at_batch(2, other.relearn))
    assert desk.known() == desk.scratch()
    assert Epoch.of(desk.repository.lesson) == Epoch(1)


def test_whoever_was_overtaken_does_not_say_that_it_is_done(desk: Desk) -> None:
    other = LearningService(desk.repository)

    def overtake() -> None:
        other.relearn()
        with pytest.raises(StoppedError):
            other.relearn(on_progress=at_batch(1, stop))

    desk.learning.relearn(on_progress=at_batch(2, overtake))
    assert Epoch.of(desk.repository.lesson) == Epoch(2, is_done=False)
    other.relearn()
    assert desk.known() == desk.scratch()


def test_what_is_of_another_version_or_missing_is_found_and_made_good(desk: Desk) -> None:
    assert desk.standing == (0, False)
    names = [name for name, lesson in desk.known().items() if "sums" in lesson]
    with desk.repository.transaction() as tx:
        for name in names:
            lesson = tx.lesson(name)
            assert lesson is not None
            tx.put_lesson(name, {**lesson, "version": VERSION + 1})
        tx.put_lesson(EPOCH, {"version": VERSION + 1, "number": 4, "done": True})
    missing, unfinished = desk.standing
    assert missing > 10
    assert unfinished, "what another version learned is not what this one would have"
    desk.learning.relearn()
    assert desk.known() == desk.scratch()
    assert desk.standing == (0, False)


def test_no_more_contacts_than_needed_are_looked_at(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "LOOKED_AT", 11)
    assert desk.learning.standing(desk.repository.messages()).looked_at == 11
    gone = desk.repository.messages()[0].contact_id
    desk.repository.delete([gone])
    assert desk.learning.standing(desk.repository.messages()).missing == 0


def test_nothing_is_learned_where_nothing_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "contacts.db"
    TinyDBRepository(path).close()
    repository = TinyDBRepository(path, read_only=True)
    with pytest.raises(ReadOnlyError):
        LearningService(repository).relearn()
    repository.close()

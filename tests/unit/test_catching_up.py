"""Results that came while a contact was deleted: learned once the deletion is undone, as if it had never gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Message, Wishes
from sent_tui.core.outcome import Outcome
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.repository import Repository
from sent_tui.store.state import State
from sent_tui.store.tinydb import TinyDBRepository
from tests.network import ScriptedDesk

NOT_REGISTERED = "DELIVERY_007"
ALONE = Wishes(fallback=False)


@pytest.fixture(params=["memory", "tinydb"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    return MemoryRepository() if request.param == "memory" else TinyDBRepository(tmp_path / "contacts.db")


def told(desk: ScriptedDesk, *reports: tuple[str, str | None], deleted: bool) -> tuple[Contact, Message]:
    """Send a message, hear of it, and return what became of it and its contact, which was away meanwhile or not."""
    message = desk.send(ALONE)
    if deleted:
        desk.repository.delete([message.contact_id], undo="deletion")
    for status, code in reports:
        desk.later(minutes=1)
        if status == "late":
            desk.later(days=1)
        else:
            desk.report(message, 0, status, code)
        message = desk.advanced(message)
    if deleted:
        assert desk.repository.undo() == "deletion"
    return desk.contact_of(message), desk.repository.message(message.id)


def facts(contact: Contact) -> tuple[object, ...]:
    """Return what was learned: not in which words, nor which default, that hang on the reports before the last one."""
    channels = tuple(replace(status, evidence="") for status in contact.channels)
    return channels, contact.learned, contact.last_message_at, contact.last_status


@pytest.mark.parametrize(
    ("reports", "outcome"),
    [
        ([("DELIVERED", None)], Outcome.DELIVERED),
        ([("DELIVERED", None), ("READ", None)], Outcome.DELIVERED),
        ([("FAILED", NOT_REGISTERED)], Outcome.FAILED_HARD),
        ([("FAILED", None)], Outcome.FAILED_SOFT),
        ([("late", None)], Outcome.FAILED_SOFT),
        ([("late", None), ("DELIVERED", None)], Outcome.DELIVERED),
        ([("SENT", None)], None),
    ],
    ids=["arrived", "read", "not registered", "failed", "overdue", "late after all", "no result"],
)
def test_it_is_as_if_the_contact_had_never_gone(
    repository: Repository, reports: list[tuple[str, str | None]], outcome: Outcome | None
) -> None:
    stayed, of_stayed = told(ScriptedDesk(), *reports, deleted=False)
    desk = ScriptedDesk(repository)
    back, of_back = told(desk, *reports, deleted=True)
    assert of_back == of_stayed
    assert of_back.attempts[0].learned is outcome
    assert facts(back) == facts(stayed)
    again = desk.advanced(of_back)
    assert (again, desk.contact_of(again)) == (of_back, back), "nothing is learned a second time"
    desk.repository.close()


def test_groups_learn_from_it_too() -> None:
    lessons = []
    for deleted in (False, True):
        repository = MemoryRepository()
        told(ScriptedDesk(repository), ("DELIVERED", None), deleted=deleted)
        state = repository._records
        assert isinstance(state, State)
        lessons.append(state._lessons)
    assert lessons[0] == lessons[1] != {}


def test_what_was_late_before_it_was_deleted_is_corrected() -> None:
    desk = ScriptedDesk()
    message = desk.send(ALONE)
    desk.later(days=1)
    message = desk.advanced(message)
    channel = message.attempts[0].channel
    assert desk.contact_of(message).status(channel).failed == 1
    desk.repository.delete([message.contact_id], undo="deletion")
    desk.report(message, 0, "DELIVERED")
    desk.advanced(message)
    desk.repository.undo()
    status = desk.contact_of(message).status(channel)
    assert (status.attempts, status.delivered, status.failed) == (1, 1, 0)
    assert desk.contact_of(message).last_status == "DELIVERED"


def test_a_channel_that_was_closed_meanwhile_is_the_default_no_more() -> None:
    desk = ScriptedDesk()
    contact, message = told(desk, ("FAILED", NOT_REGISTERED), deleted=True)
    closed = message.attempts[0].channel
    assert contact.availability(closed) is Availability.UNAVAILABLE
    assert contact.default_channel is next(each for each in Channel if each is not closed)

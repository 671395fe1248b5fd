"""A message to many that was begun is kept by whom it is for, and thrown away when it was sent or emptied."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from sent_tui.core.message import Draft
from sent_tui.services.drafts_to_many import DraftsToMany, DraftToMany, draft_key, is_draft_key
from sent_tui.store.memory import MemoryRepository
from tests.factories import NOW
from tests.tui.harness import Clock

ADA, BO, CY = "+14155550100", "+14155550101", "+14155550102"
KEY = draft_key([ADA, BO])


class Desk:
    def __init__(self) -> None:
        self.repository = MemoryRepository()
        self.clock = Clock()
        self.drafts = DraftsToMany(self.repository, self.clock)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_key_is_that_of_the_contacts_in_any_order() -> None:
    assert draft_key([ADA, BO]) == draft_key([BO, ADA])
    assert draft_key([ADA, BO]) != draft_key([ADA, CY])
    assert is_draft_key(KEY)
    assert not is_draft_key("6f0c")


def test_what_was_written_is_kept_with_whom_it_is_for(desk: Desk) -> None:
    draft = Draft(KEY, "Hello", "welcome", {"name": "{name}"}, send_at=NOW + timedelta(days=1))
    desk.drafts.save(replace(draft, text="Hell"), [ADA, BO])
    desk.clock.wait(1)
    desk.drafts.save(draft, [ADA, BO])
    kept = replace(draft, updated_at=desk.clock.now)
    assert desk.drafts.of(KEY) == kept
    assert desk.drafts.all() == [DraftToMany(kept, (ADA, BO))]


def test_the_newest_is_listed_first_and_a_contacts_draft_not_at_all(desk: Desk) -> None:
    desk.repository.save_draft(Draft("c1", "to one", updated_at=NOW))
    for numbers in ([ADA], [ADA, BO]):
        desk.drafts.save(Draft(draft_key(numbers), "Hello"), numbers)
        desk.clock.wait(1)
    assert [found.recipients for found in desk.drafts.all()] == [(ADA, BO), (ADA,)]


def test_an_emptied_one_and_a_sent_one_leave_nothing(desk: Desk) -> None:
    desk.drafts.save(Draft(KEY, "Hello"), [ADA, BO])
    desk.drafts.save(Draft(KEY, " "), [ADA, BO])
    assert not desk.repository.drafts()
    desk.drafts.save(Draft(KEY, "Hello"), [ADA, BO])
    desk.drafts.discard(KEY, "", draft_key([CY]))
    assert not desk.repository.drafts()


def test_one_that_goes_on_to_others_leaves_the_first(desk: Desk) -> None:
    desk.drafts.save(Draft(KEY, "Hello"), [ADA, BO])
    other = draft_key([ADA, BO, CY])
    for text in ("Hello a", "Hello all"):
        desk.drafts.save(Draft(other, text), [ADA, BO, CY], instead_of=KEY)
    [found] = desk.drafts.all()
    assert (found.draft.text, found.recipients) == ("Hello all", (ADA, BO, CY))
    assert desk.drafts.of(KEY) is None

"""Marks on the contact list: set one by one, in ranges and all at once; they outlast what is listed."""

from __future__ import annotations

import pytest

from sent_tui.core.contact import Contact
from sent_tui.core.search import Sort, SortKey
from sent_tui.tui.app import SentApp
from tests.factories import contact
from tests.tui.harness import NARROW, NORMAL, WIDE, make_app, make_contact, press, press_at_once, screen_text
from tests.tui.test_contacts import current, home, names, people

ADA, BO, CARL, DESMOND, ZOE = "Ada Okafor", "Bo Lindqvist", "Carl Rask", "Desmond Pike", "Zoë Brontë"


def marked(app: SentApp) -> set[str]:
    return {found(app, e164).name or e164 for e164 in home(app).marks}


def found(app: SentApp, e164: str) -> Contact:
    known = app.workspace.repository.find(e164)
    assert known is not None
    return known


def shown_marks(app: SentApp) -> list[str]:
    return [line.split("✓")[1].split("  ")[0].strip() for line in screen_text(app).splitlines()[4:] if "✓ " in line[:3]]


async def test_space_marks_and_goes_on_and_marks_are_counted_and_shown_by_a_sign() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "space", "j", "space")
        assert marked(app) == {ADA, CARL}
        assert current(app) == DESMOND
        assert shown_marks(app) == [ADA, CARL]
        assert "✓ 2 marked" in screen_text(app)
        await press(pilot, "k", "space", "k", "k", "k", "space")
        assert marked(app) == set()
        assert "marked" not in screen_text(app)


async def test_marks_outlast_searching_filtering_sorting_and_changes() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "space", "slash", *"zo", "enter", "space", "escape", "6", "space")
        assert marked(app) == {ADA, ZOE, CARL}
        await press(pilot, "1", "escape")
        home(app).sort = Sort(SortKey.NUMBER, descending=True)
        await press(pilot)
        assert shown_marks(app) == [ZOE, CARL, ADA]
        app.workspace.repository.add([make_contact("+14155550101", "Aaron First")])
        await press(pilot)
        assert shown_marks(app) == [ZOE, CARL, ADA]
        app.workspace.contacts.edit(found(app, "+14155550123").id, name="Ada Lovelace")
        await press(pilot)
        assert shown_marks(app) == [ZOE, CARL, "Ada Lovelace"]


async def test_a_range_is_seen_while_it_grows_and_marked_in_the_end() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "j", "v", "j", "j")
        assert shown_marks(app) == [BO, CARL, DESMOND]
        assert marked(app) == set()
        await press(pilot, "k", "k", "k")
        assert shown_marks(app) == [ADA, BO]
        await press(pilot, "v")
        assert marked(app) == {ADA, BO}
        await press(pilot, "G", "v", "k", "space")
        assert marked(app) == {ADA, BO, ZOE, "+14155550188"}


async def test_escape_gives_a_range_up_and_leaves_the_marks() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "space", "v", "j", "escape")
        assert marked(app) == {ADA}
        assert shown_marks(app) == [ADA]
        await press(pilot, "escape", "escape")
        assert marked(app) == {ADA}


async def test_shift_and_an_arrow_mark_as_they_go() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "j", "shift+down", "shift+down")
        assert marked(app) == {BO, CARL, DESMOND}
        await press(pilot, "g", "shift+up")
        assert marked(app) == {ADA, BO, CARL, DESMOND}


async def test_all_listed_are_marked_and_unmarked_and_marks_of_others_stay() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "space", "slash", *"020", "enter", "plus")
        assert marked(app) == {ADA, DESMOND, ZOE}
        await press(pilot, "ctrl+a")
        assert marked(app) == {ADA}
        await press(pilot, "asterisk", "escape", "asterisk")
        assert marked(app) == {BO, CARL, "+14155550188"}


async def test_marks_are_taken_off_and_brought_back() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "plus", "minus")
        assert marked(app) == set()
        assert "6 marks taken off · - brings them back" in screen_text(app)
        await press(pilot, "minus")
        assert len(home(app).marks) == 6


async def test_marks_set_while_many_are_worked_out_are_kept() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot)
        await press_at_once(pilot, "asterisk", "space")
        assert marked(app) == {BO, CARL, DESMOND, ZOE, "+14155550188"}


async def test_of_a_long_list_all_are_marked_though_only_its_first_rows_are_known() -> None:
    many = [contact(place, name=f"Person {place:04}") for place in range(400)]
    app = make_app(many)
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "slash", *"person")
        await press_at_once(pilot, "enter", "plus")
        assert len(home(app).marks) == 400
        assert "✓ 400 marked" in screen_text(app)


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_rows_keep_their_width_with_marks(size: tuple[int, int]) -> None:
    app = make_app(people())
    async with app.run_test(size=size) as pilot:
        await press(pilot, "space", "v")
        assert all(len(line) <= size[0] for line in screen_text(app).splitlines())
        assert "✓ Ada Okafor" in screen_text(app)


async def test_an_empty_list_has_nothing_to_mark() -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "space", "v", "space", "shift+down", "plus", "asterisk", "minus")
        assert names(app) == []
        assert not home(app).marks

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Button

from sent_tui.core.contact import Contact
from sent_tui.tui.app import SentApp
from sent_tui.tui.safe import BODY_LIMIT
from sent_tui.tui.screens.dialogs import Confirm
from sent_tui.tui.screens.edit import LINE_LIMIT, Edited, EditScreen
from sent_tui.tui.widgets.fields import FieldLines, NotesField, TextField
from tests.hostile.payloads import ONE_OF_EACH_KIND, unsafe_characters
from tests.hostile.rendering import assert_harmless
from tests.tui.harness import NARROW, NORMAL, WIDE, make_app, make_contact, paste, press_at_once, screen_text, settle

ADA = make_contact("+14155550123", "Ada Okafor", tags=("vip", "berlin"), notes="Prefers mornings.\n\nSpeaks Swedish.")


@dataclass
class Dialog:
    """An open dialog, and what it gave back."""

    pilot: Pilot[None]
    app: SentApp
    screen: EditScreen
    answers: list[Edited | None] = field(default_factory=list)

    @property
    def text(self) -> str:
        return screen_text(self.app)

    @property
    def asks(self) -> bool:
        return isinstance(self.app.screen, Confirm)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await settle(self.pilot)

    async def type(self, place: str, text: str) -> None:
        self.screen.query_one(f"#{place}").focus()
        await paste(self.pilot, text)


@asynccontextmanager
async def dialog(contact: Contact = ADA, size: tuple[int, int] = NORMAL) -> AsyncIterator[Dialog]:
    app = make_app([contact])
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        opened = Dialog(pilot, app, EditScreen(app.session, contact))
        await app.push_screen(opened.screen, opened.answers.append)
        await settle(pilot)
        yield opened


async def test_the_fields_show_what_is_stored() -> None:
    async with dialog() as opened:
        for words in ("Edit Ada Okafor", "vip, berlin", "Prefers mornings.", "Speaks Swedish.", "never sent to Sent"):
            assert words in opened.text
        assert opened.app.focused is opened.screen.query_one("#name")


async def test_only_what_was_changed_is_given_back() -> None:
    async with dialog() as opened:
        await opened.type("name", " Obi ")
        await opened.press("ctrl+s")
        assert opened.answers == [Edited(name="Ada Okafor Obi")]


async def test_tags_are_separated_by_commas_and_each_given_once() -> None:
    async with dialog() as opened:
        await opened.type("tags", ", #fair; vip,, fair\nlast")
        await opened.press("ctrl+s")
        assert opened.answers == [Edited(tags=("vip", "berlin", "fair", "last"))]


async def test_notes_have_lines() -> None:
    async with dialog() as opened:
        opened.screen.query_one("#notes", NotesField).focus()
        await opened.press("enter", "h", "i")
        await opened.type("notes", "\r\nthere\n")
        await opened.press("ctrl+s")
        assert opened.answers == [Edited(notes="Prefers mornings.\n\nSpeaks Swedish.\nhi\nthere\n")]


async def test_a_field_can_be_emptied() -> None:
    async with dialog() as opened:
        opened.screen.query_one("#name", TextField).value = ""
        opened.screen.query_one("#tags", TextField).value = ""
        opened.screen.query_one("#notes", NotesField).text = ""
        await opened.press("ctrl+s")
        assert opened.answers == [Edited("", (), "")]


async def test_fields_are_lines() -> None:
    known = replace(ADA, fields=(("customer no.", "4711"), ("a\x1bb", "odd")))
    async with dialog(known) as opened:
        lines = opened.screen.query_one("#fields", FieldLines)
        assert lines.text == "customer no.: 4711\na␛b: odd"
        await opened.type("fields", "\nPlan : gold: yes ")
        await opened.press("ctrl+s")
        assert opened.answers == [Edited(fields=(*known.fields, ("Plan", "gold: yes")))]


async def test_a_line_that_is_no_field_is_told_and_gone_to() -> None:
    async with dialog() as opened:
        lines = opened.screen.query_one("#fields", FieldLines)
        await opened.type("fields", "plan: gold\nnonsense\nseat: 4")
        opened.screen.query_one("#name").focus()
        await opened.press("ctrl+s")
        assert opened.answers == []
        assert "Line 2: there is no colon" in opened.text
        assert opened.app.focused is lines
        assert lines.cursor_location == (1, len("nonsense"))
        await opened.press(*": x")
        assert "Line 2" not in opened.text
        await opened.press("ctrl+s")
        assert opened.answers == [Edited(fields=(("plan", "gold"), ("nonsense", "x"), ("seat", "4")))]


async def test_fields_can_be_taken_out() -> None:
    async with dialog(replace(ADA, fields=(("plan", "gold"),))) as opened:
        opened.screen.query_one("#fields", FieldLines).text = ""
        await opened.press("ctrl+s")
        assert opened.answers == [Edited(fields=())]


@pytest.mark.parametrize("key", ["ctrl+s", "escape"])
async def test_nothing_changed_is_nothing_given_back(key: str) -> None:
    async with dialog() as opened:
        await opened.press(key)
        assert opened.answers == [None]


async def test_leaving_with_changes_is_asked_about() -> None:
    async with dialog() as opened:
        await opened.type("name", "x")
        await opened.press("escape")
        assert opened.asks
        await opened.press("enter")
        assert not opened.asks
        assert opened.screen.query_one("#name", TextField).value == "Ada Okaforx"
        await opened.press("escape", "y")
        assert opened.answers == [None]


async def test_the_buttons_do_the_same() -> None:
    async with dialog() as opened:
        await opened.type("name", "x")
        opened.screen.query_one("#save", Button).press()
        await settle(opened.pilot)
        assert opened.answers == [Edited(name="Ada Okaforx")]
    async with dialog() as opened:
        opened.screen.query_one("#cancel", Button).press()
        await settle(opened.pilot)
        assert opened.answers == [None]


async def test_enter_goes_to_the_next_field() -> None:
    async with dialog() as opened:
        await opened.press("enter", "enter")
        assert opened.app.focused is opened.screen.query_one("#notes")


@pytest.mark.parametrize("last", ["ctrl+s", "escape"])
async def test_keys_that_come_at_once_are_not_overtaken(last: str) -> None:
    async with dialog() as opened:
        await press_at_once(opened.pilot, "x", "y", last)
        if last == "ctrl+s":
            assert opened.answers == [Edited(name="Ada Okaforxy")]
        else:
            assert opened.asks
            assert len(opened.app.screen_stack) == 3


async def test_what_is_typed_while_the_dialog_opens_is_not_lost() -> None:
    app, answers = make_app([ADA]), list[Edited | None]()
    async with app.run_test() as pilot:
        await settle(pilot)
        app.push_screen(EditScreen(app.session, ADA), answers.append)
        await press_at_once(pilot, "x", "y", "ctrl+s")
        assert answers == [Edited(name="Ada Okaforxy")]


async def test_what_is_too_long_to_be_shown_in_whole_is_left_alone() -> None:
    long = make_contact("+14155550123", "n" * (LINE_LIMIT + 1), tags=("t" * LINE_LIMIT, "u"), notes="x" * 6_000)
    long = replace(long, fields=tuple((f"{place}", "x" * 500) for place in range(12)))
    async with dialog(long) as opened:
        assert "Too long to edit here: name, tags, notes, fields." in opened.text
        await opened.press("ctrl+s")
        assert opened.answers == [None]


async def test_notes_grow_no_longer_than_they_are_shown() -> None:
    async with dialog() as opened:
        await opened.type("notes", "y" * 2 * BODY_LIMIT)
        await opened.type("name", "y" * 2 * LINE_LIMIT)
        await opened.press("ctrl+s")
        edited = opened.answers[0]
        assert edited is not None
        assert len(edited.notes or "") == BODY_LIMIT
        assert len(edited.name or "") == LINE_LIMIT


async def test_a_change_of_notes_can_be_taken_back() -> None:
    async with dialog() as opened:
        await opened.type("notes", "x")
        await opened.press("ctrl+z", "ctrl+s")
        assert opened.answers == [None]


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE], ids=lambda size: "x".join(map(str, size)))
async def test_everything_needed_is_in_sight(size: tuple[int, int]) -> None:
    async with dialog(size=size) as opened:
        for words in ("Edit Ada Okafor", "Name", "Tags", "Notes", "Fields", "Cancel (esc)", "Save (ctrl+s)"):
            assert words in opened.text


async def test_hostile_text_does_no_harm() -> None:
    async with dialog() as opened:
        await opened.press("escape")
        for text in ONE_OF_EACH_KIND:
            await edit_hostile(opened, text)


async def edit_hostile(opened: Dialog, text: str) -> None:
    contact = make_contact("+14155550123", text, tags=(text, "x"), notes=text, fields=((text, text), ("plan", text)))
    answers: list[Edited | None] = []
    await opened.app.push_screen(EditScreen(opened.app.session, contact), answers.append)
    await settle(opened.pilot)
    assert_harmless(opened.app)
    await opened.press("ctrl+s")
    assert answers == [None], "what is left alone stays as it is"
    again = EditScreen(opened.app.session, contact)
    await opened.app.push_screen(again, answers.append)
    for place in ("name", "tags", "notes", "fields"):
        if not again.query_one(f"#{place}").disabled:
            again.query_one(f"#{place}").focus()
            await paste(opened.pilot, text)
    assert_harmless(opened.app)
    await opened.press("ctrl+s")
    assert_harmless(opened.app)
    if opened.app.screen is again:  # what was typed says of itself that it cannot be kept
        again.dismiss(None)
        await settle(opened.pilot)
    for edited in filter(None, answers):
        assert unsafe_characters("".join((edited.name or "", *(edited.tags or ()), edited.notes or ""))) == set()

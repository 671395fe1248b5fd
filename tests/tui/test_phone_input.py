from __future__ import annotations

import random

import pytest
from textual import events
from textual.app import App, ComposeResult

from sent_tui.core.phone import parse
from sent_tui.tui.widgets.phone_input import LONGEST_NUMBER, PhoneInput, caret_in
from tests.hostile.payloads import unsafe_characters


class FieldApp(App[None]):
    """One phone field, and what it tells."""

    def __init__(self, country: str | None = None) -> None:
        super().__init__()
        self.country = country
        self.lists: list[PhoneInput.ListPasted] = []
        self.refusals = 0

    def compose(self) -> ComposeResult:
        yield PhoneInput()

    def on_mount(self) -> None:
        parse("+14155550123")
        self.field.country = self.country
        self.field.formats = True

    @property
    def field(self) -> PhoneInput:
        return self.query_one(PhoneInput)

    def on_phone_input_list_pasted(self, message: PhoneInput.ListPasted) -> None:
        self.lists.append(message)

    def on_phone_input_paste_refused(self) -> None:
        self.refusals += 1


def keys_of(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char in "+*#")


@pytest.mark.parametrize(
    ("country", "typed", "shown"),
    [
        (None, "+14155550123", "+1 415-555-0123"),
        ("US", "4155550123", "(415) 555-0123"),
        ("SE", "0701740605", "070-174 06 05"),
        (None, "+1 415 555", "+1 415 555"),
        (None, "+1800FLOW", "+1800FLOW"),
        ("US", "*31#415", "*31#415"),
    ],
)
async def test_a_number_is_formatted_while_it_is_typed(country: str | None, typed: str, shown: str) -> None:
    app = FieldApp(country)
    async with app.run_test() as pilot:
        for char in typed:
            app.field.insert_text_at_cursor(char)
        await pilot.pause()
        assert app.field.value == shown
        assert app.field.cursor_at_end


async def test_the_caret_stays_behind_the_digit_that_was_typed() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        app.field.value = "+1 415-555-012"
        app.field.cursor_position = len("+1 41")
        await pilot.press("9")
        assert app.field.value == "+1 419-555-5012"
        assert app.field.value[: app.field.cursor_position] == "+1 419"
        await pilot.press("backspace")
        assert app.field.value == "+1 415-555-012"
        assert app.field.value[: app.field.cursor_position] == "+1 41"


async def test_a_separator_can_be_deleted() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        app.field.value = "+1 415-555-0123"
        app.field.cursor_position = len("+1 415-")
        await pilot.press("backspace")
        assert app.field.value == "+1 415555-0123"
        assert app.field.cursor_position == len("+1 415")


@pytest.mark.parametrize(
    ("typed", "caret", "shown", "expected"),
    [
        ("+14", 3, "+1 4", 4),
        ("+14", 2, "+1 4", 2),
        ("4155", 2, "415-5", 2),
        ("4155", 3, "415-5", 3),
        ("+1 4x", 5, "+14x", 4),
        ("+1 4x5", 4, "+14x5", 3),
        ("", 0, "", 0),
    ],
)
def test_where_the_caret_belongs(typed: str, caret: int, shown: str, expected: int) -> None:
    assert caret_in(shown, typed, caret) == expected


@pytest.mark.parametrize("country", [None, "US", "BR", "DE"])
async def test_no_character_is_lost_or_moved(country: str | None) -> None:
    app, dice = FieldApp(country), random.Random(7)
    async with app.run_test():
        field = app.field
        for _ in range(600):
            if len(field.value) > LONGEST_NUMBER - 10:
                field.value = ""
            at = dice.randint(0, len(field.value))
            before, after = field.value[:at], field.value[at:]
            char = dice.choice("0123456789" * 3 + "+ -()xA#")
            field.cursor_position = at
            field.insert_text_at_cursor(char)
            assert keys_of(field.value) == keys_of(before + char + after)
            assert keys_of(field.value[: field.cursor_position]) == keys_of(before + char)


@pytest.mark.parametrize("country", [None, "US"])
async def test_deleting_takes_only_what_was_deleted(country: str | None) -> None:
    app, dice = FieldApp(country), random.Random(11)
    async with app.run_test():
        field = app.field
        for _ in range(300):
            if not field.value:
                field.replace(dice.choice(["+14155550123", "4155550123", "+46701740605"]), 0, 0)
            start, end = sorted(dice.choices(range(len(field.value) + 1), k=2))
            kept = field.value[:start] + field.value[end:]
            field.delete(start, end)
            assert keys_of(field.value) == keys_of(kept)


async def test_digits_typed_before_the_tables_were_there_are_formatted_later() -> None:
    app = FieldApp()
    async with app.run_test():
        app.field.formats = False
        app.field.insert_text_at_cursor("+14155550123")
        assert app.field.value == "+14155550123"
        app.field.formats = True
        assert app.field.value == "+1 415-555-0123"


async def test_another_country_changes_the_format_but_not_separators_of_ones_own() -> None:
    app = FieldApp("US")
    async with app.run_test():
        app.field.insert_text_at_cursor("0701740605")
        app.field.country = "SE"
        assert app.field.value == "070-174 06 05"
        app.field.value = "070.174.0605"
        app.field.country = "US"
        assert app.field.value == "070.174.0605"


async def test_one_pasted_line_goes_into_the_field_without_invisible_characters() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        app.field.post_message(events.Paste("\u202a+1 415\u2011555\u20110123\u202c\r\n\n"))
        await pilot.pause()
        assert app.field.value == "+1 415-555-0123"
        assert not app.lists


async def test_control_characters_are_shown_as_signs() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        app.field.post_message(events.Paste("\x1b[31m+1\x00"))
        await pilot.pause()
        assert not unsafe_characters(app.field.value)
        assert app.field.value == "␛[31m+1␀"


async def test_several_pasted_lines_are_a_list() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        app.field.post_message(events.Paste("+14155550101\n\n  +14155550102 \r\nAda\x1b\n"))
        await pilot.pause()
        assert [message.lines for message in app.lists] == [("+14155550101", "+14155550102", "Ada␛")]
        assert app.field.value == ""


async def test_what_is_cut_inside_the_app_is_pasted_the_same_way() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        app.copy_to_clipboard("+14155550101\n+14155550102")
        await pilot.press("ctrl+v")
        assert [message.count for message in app.lists] == [2]
        app.copy_to_clipboard("+14155550123")
        await pilot.press("ctrl+v")
        assert app.field.value == "+1 415-555-0123"


async def test_a_pasted_line_that_is_too_long_is_refused_as_a_whole() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        app.field.value = "+1"
        app.field.post_message(events.Paste("4155550123" + " " * 60 + "5"))
        await pilot.pause()
        assert app.refusals == 1
        assert app.field.value == "+1"


async def test_a_list_of_a_hundred_thousand_lines_is_cut() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        app.field.post_message(events.Paste("+14155550101\n" * 100_000))
        await pilot.pause()
        assert [(len(message.lines), message.count) for message in app.lists] == [(1_000, 100_000)]

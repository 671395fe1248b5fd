"""Signs in ASCII: as wide as those they stand for, and nothing else is changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sent_tui.config import Settings
from sent_tui.tui.launch import needs_ascii
from sent_tui.tui.plain_signs import plain
from tests.tui.harness import NORMAL, make_app, make_contact, press, screen_text

SIGNS = st.text(st.characters(min_codepoint=0x2010, max_codepoint=0x28FF))


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("simulator · 12 contacts", "simulator | 12 contacts"),
        ("● ◆ ○ ✓ ✗ – …", "* # o + x - ."),
        ("━━╌┃╌ ▁▂▃▄▅▆▇█", "==-|- _.-=+*##"),
        ("╭─╮│╰─╯", "+-+|+-+"),
        ("\u2800\u2801\u28ff", " .#"),
        ("Ángel Ördög, 李, Ольга", "Ángel Ördög, 李, Ольга"),
    ],
)
def test_signs_have_a_stand_in_and_letters_stay(text: str, ascii_text: str) -> None:
    assert plain(text) == ascii_text


@given(SIGNS)
def test_every_stand_in_is_as_wide(text: str) -> None:
    changed = "".join(sign for sign in text if plain(sign) != sign and cell_len(sign) == 1)
    assert cell_len(plain(changed)) == cell_len(changed)
    assert plain(changed).isascii()


@pytest.mark.parametrize(("term", "wanted"), [("linux", True), ("linux-16color", True), ("xterm-256color", False)])
def test_the_linux_console_has_only_ascii(term: str, wanted: bool) -> None:
    assert needs_ascii({"TERM": term}) is wanted
    assert Settings().ascii is None


async def test_the_app_draws_without_other_signs() -> None:
    app = make_app([make_contact("+14155550123", "Ángel Peña")], ascii_only=True)
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "question_mark")
        assert {sign for sign in screen_text(app) if not sign.isascii()} <= set("Áñ")
        await press(pilot, "escape")
        assert "Ángel Peña" in screen_text(app)
        assert "simulator | 1 contact" in screen_text(app)

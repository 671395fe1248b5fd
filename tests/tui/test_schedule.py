"""A message is written for later: when it goes out is read while it is typed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sent_tui.core.message import MessageStatus
from sent_tui.core.quiet_hours import USUAL_QUIET_HOURS
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.ask_time import AskTime, time_words, why_no_time
from sent_tui.tui.screens.dialogs import Confirm
from sent_tui.tui.screens.send import SendScreen
from sent_tui.tui.widgets.composition import Stage
from tests.tui.harness import NARROW, NORMAL, NOW, WIDE, make_app, make_contact, press, screen_text

STOCKHOLM = "+46701740605"


def one_line(app: SentApp) -> str:
    """Return what is on the screen as one line: sentences are broken anywhere."""
    return " ".join(screen_text(app).replace("│", " ").split())


@pytest.fixture
def app() -> SentApp:
    contact = make_contact(STOCKHOLM, "Ada Okafor")
    made = make_app([contact], outbox=timedelta(seconds=60), quiet=USUAL_QUIET_HOURS)
    made.workspace.contacts.check(contact.id)
    return made


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_a_message_is_scheduled_and_called_back(app: SentApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+l")
        assert isinstance(app.screen, AskTime)
        assert app.screen.zones == ("Europe/Stockholm",)
        await press(pilot, *"in 2 h")
        assert f"→ {time_words(NOW + timedelta(hours=2))} 12:30 there" in one_line(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, Confirm)
        assert f"When {time_words(NOW + timedelta(hours=2))}" in one_line(app)
        await press(pilot, "enter")
        [message] = app.workspace.repository.messages()
        assert (message.is_waiting, message.send_at) == (True, NOW + timedelta(hours=2))
        assert app._held == {}
        await press(pilot, "x")
        [message] = app.workspace.repository.messages()
        assert message.status == MessageStatus.CANCELLED
        assert isinstance(app.screen, SendScreen)
        assert app.screen.panel.content.text == "Hello"


async def test_what_is_typed_is_read_at_once_and_the_night_is_told(app: SentApp) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+l", *"so")
        assert "… not a time yet" in one_line(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, AskTime)
        assert "This is not a time." in one_line(app)
        await press(pilot, "backspace", "backspace", *"in 13 h")
        assert "23:30 there" in one_line(app)
        assert "It is night there" in one_line(app)


@pytest.mark.parametrize("keys", [("escape",), (*"in 2 h", "enter", "escape")])
async def test_nothing_is_scheduled_without_two_answers(app: SentApp, keys: tuple[str, ...]) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+l", *keys)
        assert isinstance(app.screen, SendScreen)
        assert app.screen.panel.stage is Stage.WRITING
        assert app.screen.panel.content.text == "Hello"
        assert not app.workspace.repository.messages()


async def test_an_empty_message_has_no_time(app: SentApp) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "s", "ctrl+l")
        assert isinstance(app.screen, SendScreen)
        assert "the message is empty" in one_line(app)


def test_times_that_cannot_be_used_say_why() -> None:
    assert "not a time" in why_no_time("soon", NOW)
    assert why_no_time("2026-03-01T09:00Z", NOW).startswith("This time is past.")
    assert "too far ahead" in why_no_time("2029-01-01T09:00Z", NOW)
    assert why_no_time("in 2 h", NOW) == ""

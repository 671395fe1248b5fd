"""The title of the terminal: set while the app is on the screen, harmless, and put back at the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from textual.driver import Driver

from sent_tui.tui.title import KEEP, PUT_BACK, with_title
from tests.hostile.payloads import PAYLOADS, unsafe_characters
from tests.tui.harness import NORMAL, make_app, make_contact, press, settle


class Screen:
    """What a driver writes to."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def start_application_mode(self) -> None:
        self.written.append("start")

    def stop_application_mode(self) -> None:
        self.written.append("stop")

    def write(self, data: str) -> None:
        self.written.append(data)

    def flush(self) -> None:
        """Have everything written."""


@pytest.fixture
def driver() -> Any:
    return cast(Any, with_title(cast(type[Driver], Screen)))()


def test_the_title_that_was_there_is_kept_and_put_back(driver: Any) -> None:
    driver.show_title("too early to be seen")
    driver.start_application_mode()
    driver.show_title("sent-tui · 2 contacts")
    driver.stop_application_mode()
    driver.stop_application_mode()
    early, late = "\x1b]2;too early to be seen\x07", "\x1b]2;sent-tui · 2 contacts\x07"
    assert driver.written == ["start", KEEP, early, late, PUT_BACK, "stop", "stop"]


def test_an_app_that_comes_back_to_the_screen_has_its_title_again(driver: Any) -> None:
    driver.start_application_mode()
    driver.show_title("sent-tui")
    driver.stop_application_mode()
    driver.start_application_mode()
    assert driver.written[-2:] == [KEEP, "\x1b]2;sent-tui\x07"]


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_title_does_no_harm(driver: Any, name: str) -> None:
    driver.start_application_mode()
    driver.show_title(PAYLOADS[name])
    shown = driver.written[2:]  # a title of which nothing is left is not set
    assert all(title.startswith("\x1b]2;") and title.endswith("\x07") for title in shown)
    assert not any(unsafe_characters(title[4:-1]) for title in shown)


async def test_the_title_says_how_things_stand() -> None:
    told: list[str] = []
    app = make_app([make_contact("+14155550123", "Ada Okafor")])
    async with app.run_test(size=NORMAL) as pilot:
        driver = app._driver
        assert driver is not None
        driver.show_title = told.append  # type: ignore[attr-defined]
        app.status = ""
        app.show_status()
        await settle(pilot)
        assert told[-1] == "sent-tui · simulator · 1 contact"


async def test_the_title_says_what_waits_in_the_outbox_until_it_is_called_back() -> None:
    told: list[str] = []
    ada = make_contact("+14155550101", "Ada Okafor")
    app = make_app([ada], outbox=timedelta(seconds=60))
    app.workspace.contacts.check(ada.id)
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        app._driver.show_title = told.append  # type: ignore[union-attr]
        await press(pilot, "s", *"Hello", "ctrl+s", "enter")
        assert told[-1].endswith(" · 1 message waiting")
        await press(pilot, "x")
        assert told[-1] == "sent-tui · simulator · 1 contact"
        assert app._held == {}

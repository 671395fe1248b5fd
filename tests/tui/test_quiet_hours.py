"""Quiet hours in the app: a message that would wake somebody says so, and one key holds it back."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from sent_tui.core.channel import Channel
from sent_tui.core.message import MessageStatus
from sent_tui.core.quiet_hours import USUAL_QUIET_HOURS, QuietHours
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.bulk_run import BulkRun
from sent_tui.tui.screens.dialogs import Confirm
from sent_tui.tui.screens.send import SendScreen
from tests.tui.harness import NOW, WIDE, Clock, make_app, make_contact, press, screen_text
from tests.tui.test_contacts import reach

ADA, BO = "+12125550100", "+442079460958"
"""In New York it is 4:30 when the tests begin, in London 9:30."""
MORNING = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
"""Eight in New York."""


def desk(quiet: QuietHours | None = USUAL_QUIET_HOURS, clock: Clock | None = None) -> SentApp:
    people = [reach(make_contact(number, name), *Channel) for number, name in ((ADA, "Ada"), (BO, "Bo"))]
    return make_app(people, quiet=quiet, clock=clock or Clock())


def one_line(app: SentApp) -> str:
    return " ".join(screen_text(app).replace("│", " ").split())


async def test_the_night_there_is_told_and_one_key_holds_the_message() -> None:
    app = desk()
    async with app.run_test(size=(90, 40)) as pilot:
        await press(pilot, "s", *"Hello")
        told = "It is 04:30 there: the quiet hours end at 08:00. ctrl+n holds it until then."
        assert told in one_line(app)
        await press(pilot, "ctrl+n")
        assert isinstance(app.screen, Confirm)
        assert "Schedule" in screen_text(app)
        await press(pilot, "y")
        [message] = app.workspace.repository.messages()
        assert (message.status, message.send_at) == (MessageStatus.SCHEDULED, MORNING)


async def test_the_question_says_it_too() -> None:
    app = desk()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "s", *"Hello", "ctrl+s")
        assert "It is 04:30 there" in one_line(app)
        await press(pilot, "y")
        [message] = app.workspace.repository.messages()
        assert message.status != MessageStatus.SCHEDULED


@pytest.mark.parametrize(
    ("quiet", "keys"),
    [(None, ()), (USUAL_QUIET_HOURS, ("j",)), (QuietHours(time(22), time(4)), ())],
    ids=["off", "a place where it is day", "hours that are over"],
)
async def test_nothing_is_said_by_day(quiet: QuietHours | None, keys: tuple[str, ...]) -> None:
    app = desk(quiet)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *keys, "s", *"Hello")
        assert "quiet hours" not in one_line(app)
        await press(pilot, "ctrl+n")
        assert isinstance(app.screen, SendScreen)
        assert "It would come in no quiet hours" in one_line(app)


async def test_a_one_time_code_goes_at_any_hour() -> None:
    app = desk()
    names = [template.name for template in app.workspace.sending.templates()]
    code = next(template for template in app.workspace.sending.templates() if template.category == "authentication")
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "s")
        assert "quiet hours" in one_line(app)
        await press(pilot, "ctrl+o", *["down"] * (names.index(code.name) + 1), "enter")
        assert "quiet hours" not in one_line(app)


async def test_of_many_each_is_held_by_its_own_clock() -> None:
    clock = Clock()
    app = desk(clock=clock)
    async with app.run_test(size=(90, 40)) as pilot:
        await press(pilot, "plus", "s", *"Hello")
        assert "It is night where 1 of them are." in one_line(app)
        await press(pilot, "ctrl+n")
        assert "Held 21:00–08:00, by the clock of each" in one_line(app)
        await press(pilot, "y")
        assert isinstance(app.screen, BulkRun)
        found = {message.to: message.send_at for message in app.workspace.repository.messages()}
        assert found == {ADA: MORNING, BO: NOW}
        service = app.workspace.bulk
        assert [message.to for message in service.go_on()] == [BO]
        clock.wait(3600)
        assert not service.go_on()
        clock.now = MORNING
        assert [message.to for message in service.go_on()] == [ADA]


async def test_the_question_to_many_says_for_how_many_it_is_night() -> None:
    app = desk()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "plus", "s", *"Hello", "ctrl+s")
        assert "It is night where 1 of them are." in one_line(app)

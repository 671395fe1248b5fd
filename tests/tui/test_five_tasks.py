"""Five tasks of a day at the desk, each from a cold start, in as many keys as docs/usage.md says."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from sent_tui.core.channel import Channel
from sent_tui.core.message import MessageStatus
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.contacts import NewContact
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.why import WhyScreen
from tests.tui.harness import NORMAL, Clock, make_app, paste, press, screen_text, settle

USAGE = Path(__file__).parents[2] / "docs" / "usage.md"
ROW = re.compile(r"^\| (?P<task>[^|]+) \| (?P<keys>`[^|]+) \| (?P<count>\d+) \|", re.MULTILINE)
FIND = ("/", "0", "1", "0", "6")
"""The last four digits of the number of somebody who is on SMS alone."""
TEXT = "Your parcel is at the door."
AREAS = (202, 203, 205, 206, 207, 208, 209, 212, 213, 214)

TASKS = {
    "Find a contact by four digits and copy its number in E.164": (*FIND, "ctrl+y"),
    "See why it goes by SMS": (*FIND, "enter", "w"),
    "Send a text and watch it arrive": (*FIND, "enter", "s", "text", "ctrl+s", "enter"),
    "Opt somebody out, and take it back": (*FIND, "enter", "o", "enter", "u"),
    "Import 1,000 rows with 37 bad ones, and mend one": ("I", "enter", "ctrl+s", "enter", "ctrl+y", "enter", "esc"),
}
"""The keys of each task; a text that is written counts as one."""


@pytest.fixture
def app(clock: Clock) -> SentApp:
    app = make_app(clock=clock, gateway=Simulator(clock))
    for number, name in (("+14155550101", "Ada Okafor"), ("+14155550106", "Zoë Brandt")):
        app.workspace.contacts.create(NewContact(number, name=name))
    return app


def keys(task: str) -> tuple[str, ...]:
    """Return the keys of a task by the names that Textual has for them."""
    return tuple({"esc": "escape"}.get(key, key) for key in TASKS[task])


def test_the_page_has_these_keys_and_their_number() -> None:
    documented = {
        row["task"]: (re.findall(r"`([^`]+)`", row["keys"]), int(row["count"]))
        for row in ROW.finditer(USAGE.read_text(encoding="utf-8"))
    }
    assert documented == {task: (_as_written(pressed), len(pressed)) for task, pressed in TASKS.items()}


def _as_written(pressed: tuple[str, ...]) -> list[str]:
    return ["".join(FIND), *pressed[5:]] if pressed[:5] == FIND else list(pressed)


async def test_a_contact_is_found_by_four_digits_and_its_number_copied(app: SentApp) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, *keys("Find a contact by four digits and copy its number in E.164"))
        assert app.clipboard == "+14155550106"
        assert "Copied +14155550106" in screen_text(app)


async def test_why_it_goes_by_sms_is_seen(app: SentApp) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, *keys("See why it goes by SMS"))
        assert isinstance(app.screen, WhyScreen)
        shown = " ".join(screen_text(app).split())
        assert "SMS: the only channel that is open. Not WhatsApp: not available since" in shown
        assert "not registered on WhatsApp" in shown


async def test_a_text_is_sent_and_seen_to_arrive(app: SentApp, clock: Clock) -> None:
    pressed = keys("Send a text and watch it arrive")
    written = pressed.index("text")
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, *pressed[:written])
        await paste(pilot, TEXT)
        await press(pilot, *pressed[written + 1 :])
        clock.wait(60)
        await asyncio.to_thread(app._follower.tick)
        await settle(pilot)
        [message] = app.workspace.repository.messages(limit=2)
        assert (message.content.text, message.channel, message.status) == (TEXT, Channel.SMS, MessageStatus.DELIVERED)
        assert "✓ delivered" in screen_text(app)


async def test_somebody_is_opted_out_and_in_again(app: SentApp) -> None:
    *opting_out, undo = keys("Opt somebody out, and take it back")
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, *opting_out)
        assert app.workspace.contacts.resolve("+14155550106").opt_out
        assert "Opted out · u undoes" in screen_text(app)
        await press(pilot, undo)
        assert not app.workspace.contacts.resolve("+14155550106").opt_out


async def test_a_thousand_rows_are_imported_and_one_is_mended(tmp_path: Path) -> None:
    rows = [f"Person {at},+1{AREAS[at // 100]}555{at % 100 + 100:04},\n" for at in range(963)]
    bad = [f"Person {at},1215555{at:04}.0,\n" for at in range(100, 137)]
    (tmp_path / "people.csv").write_text("".join(["name,phone,tags\n", *rows, *bad]), encoding="utf-8")
    pressed = keys("Import 1,000 rows with 37 bad ones, and mend one")
    app = make_app()
    app.session.places.folder = tmp_path
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, *pressed[:3])
        assert "1,000 rows: 963 new · 37 refused" in " ".join(screen_text(app).replace("│", " ").split())
        await press(pilot, *pressed[3:])
        assert isinstance(app.screen, ContactsScreen)
        assert app.workspace.repository.page(limit=1).total == 964

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from textual.pilot import Pilot

from at_rest import PATIENCE
from sent_tui.core.contact import Contact
from sent_tui.core.text import display
from sent_tui.gateways.gateway import Finding, Gateway
from sent_tui.gateways.simulator import Simulator
from sent_tui.store.changes import Changes
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.refusals import LockedError
from sent_tui.store.repository import Change
from sent_tui.tui.app import SentApp
from sent_tui.tui.batch import MOST_LINES, BatchLine, Standing, count_words, judge_lines
from sent_tui.tui.screens.batch import AT_ONCE, BatchScreen
from sent_tui.tui.screens.countries import ChooseCountry
from sent_tui.tui.widgets.batch_list import BatchList
from tests.hostile.payloads import ONE_OF_EACH_KIND
from tests.hostile.rendering import assert_harmless
from tests.tui.harness import (
    NARROW,
    NORMAL,
    NOW,
    WIDE,
    make_app,
    make_contact,
    paste,
    screen_text,
    settle,
    until,
)

ADA = make_contact("+14155550123", "Ada [/] Okafor")
MIXED = (
    "+14155550101",
    "+1 415 555 0123",
    "+1 (415) 555-0101",
    "+1800FLOWERS",
    "hello",
    "415 555 0106",
)
"""One line of each standing, and one that needs a country."""


class CountingGateway(Simulator):
    """A network that can be made to wait after some lookups, or to fail."""

    def __init__(self, stops_after: int = 0) -> None:
        super().__init__(lambda: NOW, pace=0)
        self.lookups = 0
        self.stops_after = stops_after
        self.go_on = threading.Event()
        self.broken = False

    def detect(self, number: str) -> tuple[Finding, ...]:
        self.lookups += 1
        if self.stops_after and self.lookups > self.stops_after:
            assert self.go_on.wait(PATIENCE)
        if self.broken:
            raise ZeroDivisionError
        return super().detect(number)


class StubbornRepository(MemoryRepository):
    """A store that is locked for all writes but the first few."""

    def __init__(self, writes: int) -> None:
        self.writes = writes
        super().__init__()

    def _save(self, changes: Changes) -> Iterable[Change]:
        self.writes -= 1
        if self.writes < 0:
            raise LockedError("The database is in use", "Another program writes to it.", "Try again.")
        return super()._save(changes)


@dataclass
class Batch:
    """An open batch, and what came of it."""

    pilot: Pilot[None]
    app: SentApp
    screen: BatchScreen
    answers: list[str | None] = field(default_factory=list)

    @property
    def text(self) -> str:
        return screen_text(self.app)

    @property
    def contacts(self) -> list[Contact]:
        repository = self.app.workspace.repository
        return [repository.get(row.id) for row in repository.page().rows]

    @property
    def standings(self) -> list[Standing]:
        return [line.standing for line in self.screen.lines]

    def is_now(self, line: int, standing: Standing) -> bool:
        return self.screen.lines[line].standing is standing

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await settle(self.pilot)


@asynccontextmanager
async def batch(
    texts: Sequence[str],
    contacts: Iterable[Contact] = (),
    *,
    size: tuple[int, int] = NORMAL,
    gateway: Gateway | None = None,
    repository: MemoryRepository | None = None,
    region: str | None = None,
    pasted: int = 0,
) -> AsyncIterator[Batch]:
    app = make_app(contacts, gateway=gateway, repository=repository)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        screen = BatchScreen(app.session, texts, region=region, pasted=pasted)
        opened = Batch(pilot, app, screen)
        await app.push_screen(screen, opened.answers.append)
        await settle(pilot)
        yield opened


def fictional(count: int) -> list[str]:
    return [f"+44207946{number:04}" for number in range(count)]


# What the lines are


def test_each_line_is_judged() -> None:
    known = {ADA.format_e164: ADA}
    lines = judge_lines(MIXED, None, known.get)
    assert [line.standing for line in lines] == [
        Standing.NEW,
        Standing.KNOWN,
        Standing.REPEATED,
        Standing.DOUBTFUL,
        Standing.INVALID,
        Standing.INVALID,
    ]
    assert lines[0].note == "new: fixed line or mobile, United States"
    assert lines[1].note == "there already: Ada [/] Okafor"
    assert lines[1].contact_id == ADA.id
    assert lines[2].note == "the number of line 1"
    assert "keypad" in lines[3].note
    assert lines[4].note.startswith("This is not a phone number")
    assert lines[5].note.startswith("The country is missing")
    assert [line.shown for line in lines[3:5]] == ["+1 800-356-9377", "hello"]


def test_a_number_of_no_country_and_a_national_one() -> None:
    lines = judge_lines(["+800 1234 5678", "0701740605"], "SE", lambda number: None)
    assert [line.note for line in lines] == ["new: toll free, no single country", "new: mobile, Sweden"]


def test_a_doubtful_or_wrong_line_is_not_repeated_by_a_right_one() -> None:
    lines = judge_lines(["+1800FLOWERS", "+18003569377", "x", "x"], None, lambda number: None)
    assert [line.standing for line in lines] == [
        Standing.DOUBTFUL,
        Standing.NEW,
        Standing.INVALID,
        Standing.INVALID,
    ]


def test_lines_are_counted_in_words() -> None:
    lines = [BatchLine("", standing) for standing in (*Standing, Standing.NEW)]
    assert (
        count_words(lines) == "2 new · 1 created · 1 there already · 1 repeated · 1 in doubt · 1 in part · 1 not valid"
    )
    assert count_words([]) == ""


# The screen


async def test_the_list_shows_each_number_and_why_not() -> None:
    async with batch(MIXED, [ADA]) as opened:
        assert "6 lines: 1 new · 1 there already · 1 repeated · 1 in doubt · 2 not valid" in opened.text
        for words in ("1 + +1 415-555-0101", "2 ● +1 415-555-0123", "3 =", "4 ? +1 800-356-9377", "5 ✗ hello"):
            assert words in opened.text
        assert "Create 1" in opened.text


async def test_the_line_under_the_cursor_is_shown_in_full() -> None:
    async with batch(MIXED, size=NARROW) as opened:
        await opened.press("down", "down", "j", "down")
        assert "hello  This is not a phone number. Enter digits that" in opened.text
        assert "and the calling code." in opened.text
        await opened.press("end")
        assert opened.screen.query_one(BatchList).cursor == 5
        await opened.press("home", "up")
        assert opened.screen.query_one(BatchList).cursor == 0


async def test_a_country_is_for_every_line() -> None:
    async with batch(MIXED) as opened:
        assert opened.is_now(5, Standing.INVALID)
        await opened.press("ctrl+l")
        assert isinstance(opened.app.screen, ChooseCountry)
        await opened.press("u", "s", "enter")
        assert opened.is_now(5, Standing.NEW)
        await opened.press("ctrl+s")
        assert {contact.format_e164 for contact in opened.contacts} == {
            "+14155550101",
            "+14155550106",
            "+14155550123",
        }


async def test_only_new_numbers_become_contacts() -> None:
    async with batch(MIXED, [ADA]) as opened:
        opened.screen.tags.value = "fair, 2026"
        await opened.press("ctrl+s")
        assert opened.standings[:2] == [Standing.CREATED, Standing.KNOWN]
        assert "1 ✓ +1 415-555-0101           created: default WhatsApp" in opened.text
        assert "1 created · 1 there already · 1 repeated · 1 in doubt · 2 not valid" in opened.text
        tags = {contact.format_e164: contact.tags for contact in opened.contacts}
        assert tags == {"+14155550101": ("fair", "2026"), ADA.format_e164: ()}
        await opened.press("enter")
        assert opened.answers == ["id-1"]


async def test_a_number_that_nothing_reaches_has_no_default() -> None:
    async with batch(["+14155550121", "+14155550113"]) as opened:
        await opened.press("ctrl+s")
        assert opened.standings == [Standing.CREATED, Standing.CREATED]
        assert "created: no default channel" in opened.text


async def test_a_contact_that_another_program_made_meanwhile_is_there_already() -> None:
    async with batch(["+14155550123", "+14155550101"]) as opened:
        opened.app.workspace.repository.add([ADA])
        await opened.press("ctrl+s")
        assert opened.standings == [Standing.KNOWN, Standing.CREATED]
        assert "2 contacts" in opened.text


async def test_without_a_new_number_there_is_nothing_to_do() -> None:
    async with batch(["hello", "+1 415 555 0123"], [ADA]) as opened:
        await opened.press("ctrl+s")
        assert "✗ There is no new number here." in opened.text
        await opened.press("escape")
        assert opened.answers == [None]


async def test_a_list_that_is_too_long_points_to_the_import() -> None:
    async with batch(fictional(1_000), pasted=1_432) as opened:
        shown = " ".join(opened.text.split())
        assert "Of 1,432 pasted lines, only the first 1,000 are here." in shown
        assert "sent-tui contacts import FILE" in shown
        assert len(opened.screen.lines) == MOST_LINES


async def test_progress_is_shown_and_escape_stops() -> None:
    gateway = CountingGateway(stops_after=AT_ONCE + 5)
    async with batch(fictional(3 * AT_ONCE), gateway=gateway) as opened:
        await opened.pilot.press("ctrl+s")
        await until(opened.pilot, lambda: "… Creating: 40 new · 20 created" in opened.text)
        assert "esc stops" in opened.text
        await opened.pilot.press("ctrl+s", "ctrl+n", "ctrl+l", "escape")
        assert opened.app.screen is opened.screen
        gateway.go_on.set()
        await settle(opened.pilot)
        assert "Stopped. What was created stays." in opened.text
        assert opened.standings.count(Standing.CREATED) == len(opened.contacts) == 2 * AT_ONCE
        await opened.press("ctrl+s")
        assert len(opened.contacts) == 3 * AT_ONCE
        assert "Stopped" not in opened.text


async def test_an_error_on_the_way_keeps_what_was_created() -> None:
    repository = StubbornRepository(writes=2)
    async with batch(fictional(3 * AT_ONCE), repository=repository) as opened:
        await opened.press("ctrl+s")
        assert "✗ The database is in use. Another program writes to it." in opened.text
        created = opened.standings.count(Standing.CREATED)
        assert created == len(opened.contacts) == 2 * AT_ONCE
        repository.writes = 99
        await opened.press("ctrl+s")
        assert len(opened.contacts) == 3 * AT_ONCE


async def test_an_error_of_ours_lets_the_screen_be_used_again() -> None:
    gateway = CountingGateway()
    gateway.broken = True
    async with batch(fictional(2), gateway=gateway) as opened:
        await opened.press("ctrl+s")
        assert "Something went wrong" in opened.text
        gateway.broken = False
        await opened.press("ctrl+s")
        assert len(opened.contacts) == 2


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE], ids=lambda size: "x".join(map(str, size)))
async def test_everything_needed_is_in_sight(size: tuple[int, int]) -> None:
    async with batch(MIXED, [ADA], size=size) as opened:
        for words in ("Country", "Tags", "6 lines", "6 ✗", "Create 1", "esc goes back"):
            assert words in opened.text


async def test_hostile_lines_do_no_harm() -> None:
    numbers = fictional(len(ONE_OF_EACH_KIND))
    stored = [make_contact(f"+1415555{100 + at:04}", text) for at, text in enumerate(ONE_OF_EACH_KIND)]
    async with batch(["x"], stored) as opened:
        await opened.press("escape")
        app = opened.app
        for text, known, new in zip(ONE_OF_EACH_KIND, stored, numbers, strict=True):
            screen = BatchScreen(app.session, [display(text, 250), known.format_international, new], tags=text)
            await app.push_screen(screen)
            await settle(opened.pilot)
            await opened.press("down")
            screen.tags.focus()
            await paste(opened.pilot, text)
            await opened.press("ctrl+s")
            assert_harmless(app)
            assert app.screen is screen
            assert app.workspace.repository.find(new) is not None
            await opened.press("escape")
        assert len(opened.contacts) == 2 * len(ONE_OF_EACH_KIND)

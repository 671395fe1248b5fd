"""The page on which the percentages are held against what happened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from threading import Event

import pytest
from msgspec.structs import replace
from textual.containers import VerticalScroll

from at_rest import PATIENCE
from sent_tui.core.calibration import Calibration, Figure, Report, Trait
from sent_tui.core.message import Message
from sent_tui.errors import DatabaseError
from sent_tui.services.evaluation import EvaluationService
from sent_tui.tui.app import SentApp
from sent_tui.tui.messages import CalibrationRead, WorkFailed
from sent_tui.tui.screens.activity import ActivityScreen
from sent_tui.tui.screens.calibration import CalibrationScreen
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.widgets.calibration_view import CalibrationView, report_rows
from tests.logs import ARRIVED, LOST, SMS, UNREACHED, WHATSAPP, log, sent, situation
from tests.tui.harness import NARROW, NORMAL, make_app, press_at_once, screen_text, settle, until

MANY = [
    *log([(0.9, place % 10 > 0) for place in range(60)]),
    *log([(0.6, place % 10 > 7) for place in range(60)], SMS, region="BR", number_type="voip"),
]


def app_with(messages: Iterable[Message]) -> SentApp:
    app = make_app()
    with app.workspace.repository.transaction() as tx:
        for place, message in enumerate(messages):
            tx.put_message(replace(message, id=f"m{place}"))
    return app


def drawn(shown: Report, width: int) -> list[str]:
    """Return the lines of a report."""
    return [line.plain for line, _ in report_rows(shown, width)]


def report(messages: Iterable[Message]) -> Report:
    calibration = Calibration()
    for message in messages:
        calibration.add(message)
    return calibration.report()


async def test_it_opens_by_its_key_and_says_what_it_found() -> None:
    seen: list[object] = []
    app = app_with(MANY)
    async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
        await settle(pilot)
        await pilot.press("percent_sign")
        await settle(pilot)
        assert isinstance(app.screen, CalibrationScreen)
        assert app.screen.report == report(MANY)
        assert app.screen.report in [message.report for message in seen if isinstance(message, CalibrationRead)]
        shown = screen_text(app)
        assert "Of 120 first attempts, 66 arrived: 55% (46–64%); 75% was shown on average." in shown
        assert re.search(r"60% .* 20%  12–32% +60  too high\n", shown)
        assert re.search(r"90% .* 90%  80–95% +60  in the range\n", shown)
        await pilot.press("space")
        await settle(pilot)
        assert re.search(r"Brazil +60% +20%  12–32% +60  too high", screen_text(app))
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, ContactsScreen)


async def test_it_opens_from_the_palette_and_only_once() -> None:
    app = app_with(MANY)
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("colon", *"came true")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, CalibrationScreen)
        await press_at_once(pilot, "%", "%")
        assert [type(screen) for screen in app.screen_stack] == [ContactsScreen, CalibrationScreen]


async def test_before_any_result_it_says_what_to_do() -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await settle(pilot)
        await pilot.press("percent_sign")
        await settle(pilot)
        assert "Send messages: each result is counted here." in screen_text(app).replace("\n ", " ")


async def test_it_is_read_again_when_asked_to() -> None:
    app = make_app()
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("percent_sign")
        await settle(pilot)
        with app.workspace.repository.transaction() as tx:
            tx.put_message(sent(0, situation(), (WHATSAPP, ARRIVED, None)))
        await settle(pilot)
        assert "There is no result yet" in screen_text(app)
        await pilot.press("r")
        await settle(pilot)
        assert "Of 1 first attempt, 1 arrived" in screen_text(app)


async def test_the_cursor_goes_by_rows_pages_and_to_both_ends() -> None:
    app = app_with(MANY)
    async with app.run_test(size=NARROW) as pilot:
        await settle(pilot)
        await pilot.press("percent_sign")
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, CalibrationScreen)
        figures, page = report(MANY).figures, screen.query_one(VerticalScroll)
        seen = []
        for key in ("j", "j", "k", "G", "j", "g", "k"):
            await pilot.press(key)
            await settle(pilot)
            assert screen.chosen is not None
            seen.append(figures.index(screen.chosen))
            line = screen.view.virtual_region.y + screen.view.line_of(screen.chosen)
            assert page.scroll_y <= line < page.scroll_y + page.size.height
        last = len(figures) - 1
        assert seen == [1, 2, 1, last, last, 0, 0]
        assert page.scroll_y == 0
        await pilot.press("pagedown")
        await settle(pilot)
        down = screen.chosen
        await pilot.press("pageup")
        await settle(pilot)
        assert (down == figures[0], screen.chosen) == (False, figures[0])


async def test_where_there_is_no_row_it_scrolls() -> None:
    app = make_app()
    async with app.run_test(size=(40, 8)) as pilot:
        await settle(pilot)
        await pilot.press("percent_sign")
        await settle(pilot)
        page = app.screen.query_one(VerticalScroll)
        for key in ("j", "enter", "pagedown", "G", "g"):
            await pilot.press(key)
            await settle(pilot)
        assert isinstance(app.screen, CalibrationScreen)
        assert page.scroll_y == 0


async def test_a_row_opens_the_messages_that_it_counts() -> None:
    app = app_with(MANY)
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("percent_sign")
        await settle(pilot)
        calibration, brazil = app.screen, Figure(Trait.REGION, "BR")
        assert isinstance(calibration, CalibrationScreen)
        calibration.chosen = brazil
        await pilot.press("enter")
        await settle(pilot)
        activity = app.screen
        assert isinstance(activity, ActivityScreen)
        assert "first attempts in Brazil" in screen_text(app)
        await until(pilot, lambda: activity.counts is not None)
        assert activity.messages.row_count == 60
        await pilot.press("escape")
        await settle(pilot)
        assert (app.screen, calibration.chosen) == (calibration, brazil)


async def test_a_double_click_opens_a_row() -> None:
    app = app_with(MANY)
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await pilot.press("percent_sign")
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, CalibrationScreen)
        second = report(MANY).figures[1]
        at = (4, screen.view.line_of(second))
        await pilot.click(CalibrationView, offset=at)
        await settle(pilot)
        assert screen.chosen == second
        await pilot.click(CalibrationView, offset=(4, 0))
        assert screen.chosen == second
        await pilot.click(CalibrationView, offset=at, times=2)
        await settle(pilot)
        assert isinstance(app.screen, ActivityScreen)


async def test_a_database_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> Report:
        raise DatabaseError("It cannot be read", "The disk is gone.", "")

    seen: list[object] = []
    app = app_with(MANY)
    async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
        await settle(pilot)
        monkeypatch.setattr(EvaluationService, "calibration", fails)
        await pilot.press("percent_sign")
        await settle(pilot)
        assert [message.title for message in seen if isinstance(message, WorkFailed)] == ["It cannot be read"]
        assert "Reading the messages …" in screen_text(app)


async def test_a_page_that_was_left_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, left = Event(), Event()
    told: list[bool] = []

    def waits(*_: object, is_cancelled: Callable[[], bool]) -> Report:
        begun.set()
        assert left.wait(PATIENCE)
        told.append(is_cancelled())
        return report(MANY)

    seen: list[object] = []
    app = app_with(MANY)
    async with app.run_test(size=NORMAL, message_hook=seen.append) as pilot:
        await settle(pilot)
        monkeypatch.setattr(EvaluationService, "calibration", waits)
        await pilot.press("percent_sign")
        await until(pilot, begun.is_set)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ContactsScreen))
        left.set()
        await until(pilot, lambda: told)
        await settle(pilot)
    assert told == [True]
    assert not any(isinstance(message, CalibrationRead) for message in seen)


class TestDrawing:
    @pytest.mark.parametrize("width", [56, 74, 134])
    def test_no_row_is_wider_than_there_is_room(self, width: int) -> None:
        long = log([(0.8, True)] * 30, region="VC", number_type="fixed_line_or_mobile")
        for row, _ in report_rows(report([*MANY, *long]), width):
            assert row.cell_length <= width

    def test_every_width_can_be_drawn(self) -> None:
        for width in range(1, 60):
            assert drawn(report(MANY), width)

    def test_marks_stand_where_they_belong(self) -> None:
        half = report(log([(0.5, place % 2 == 0) for place in range(40)]))
        [row] = [row for row in drawn(half, 80) if row.startswith("50%")]
        assert re.match(r"50%    +├─+◉─+┤ +50%  35–65% +40  in the range", row)
        high = report(log([(0.99, True)] * 20 + [(0.1, False)] * 20))
        rows = drawn(high, 80)
        assert any(re.match(r"10% +●─+│─+┤", row) for row in rows)
        assert any(re.match(r"99% +├─+[│◉●]", row) for row in rows)

    def test_only_fallbacks_and_what_does_not_count(self) -> None:
        pending = sent(0, None, (WHATSAPP, LOST, UNREACHED))
        shown = "\n".join(drawn(report([pending]), 80))
        assert "Not counted: 1 no decision was kept with the message." in shown
        assert "Shown was" not in shown

    def test_each_figure_has_a_row(self) -> None:
        shown = report(MANY)
        assert [figure for _, figure in report_rows(shown, 80) if figure is not None] == list(shown.figures)

    def test_nothing_is_laid_out_twice(self) -> None:
        view = CalibrationView()
        assert view._rows(50) is view._rows(50)
        assert view._rows(50) is not view._rows(51)

"""Why a route is as it is: the page about it, and the charts of an open contact."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sent_tui.core.channel import CHANNEL_ORDER, Channel
from sent_tui.core.contact import Contact
from sent_tui.core.delivery_chart import LEVELS, MARKS
from sent_tui.core.message import Content
from sent_tui.core.outcome import Outcome
from sent_tui.core.text import percent, percent_range
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.contacts import NewContact
from sent_tui.services.explaining import rationale_of
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.screens.why import WhyScreen
from tests.tui.harness import NARROW, NORMAL, WIDE, Clock, make_app, press, screen_text, settle

FALLS_BACK = "+14155550102"


@pytest.fixture
def app(clock: Clock) -> SentApp:
    app = make_app(clock=clock, gateway=Simulator(clock))
    app.workspace.contacts.create(NewContact(FALLS_BACK, name="Ada Okafor"))
    return app


def contact_of(app: SentApp) -> Contact:
    known = app.workspace.repository.find(FALLS_BACK)
    assert known is not None
    return known


def deliver(app: SentApp, clock: Clock, times: int = 1) -> None:
    """Send messages to their end, a day apart."""

    for _ in range(times):
        sent = app.workspace.sending.send(contact_of(app).id, Content("Hello"))
        app.workspace.sending.follow(sent.id, pause=clock.wait)
        clock.now += timedelta(days=1)


def words(app: SentApp) -> str:
    return " ".join(screen_text(app).replace("│", " ").split())


@pytest.mark.parametrize("keys", [("w",), ("enter", "w")])
@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_w_says_why_and_brings_back(
    app: SentApp, clock: Clock, keys: tuple[str, ...], size: tuple[int, int]
) -> None:
    deliver(app, clock)
    async with app.run_test(size=size) as pilot:
        await press(pilot, *keys)
        assert isinstance(app.screen, WhyScreen)
        assert "Route of a template SMS" in words(app)
        await press(pilot, "end")
        assert "delivered, 2 Mar" in words(app)
        await press(pilot, "w")
        assert isinstance(app.screen, ContactsScreen if len(keys) == 1 else ContactScreen)


async def test_the_page_shows_the_numbers_of_the_plan_and_of_the_explanations(app: SentApp, clock: Clock) -> None:
    deliver(app, clock, 3)
    async with app.run_test(size=(140, 50)) as pilot:
        await press(pilot, "w")
        rationale = rationale_of(app.workspace.repository, app.workspace.sending, contact_of(app).id)
        shown = words(app)
        for reason in rationale.plan.reasons:
            assert reason in shown
        for channel in CHANNEL_ORDER:
            known = rationale.channels[channel].estimate
            assert f"{percent(known.mean)} {percent_range(known.low, known.high)}" in shown
            for result in rationale.results(channel):
                assert f"{result.points} {result.why}" in shown
        assert "✗ left out: not available since 2 Mar 2026" in shown
        assert "not registered on this channel, 2 Mar" in shown


async def test_the_page_follows_what_happens(app: SentApp, clock: Clock) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "w")
        assert "no messages yet" in screen_text(app)
        deliver(app, clock)
        await settle(pilot)
        assert "1 of 1 delivered" in screen_text(app)
        assert isinstance(app.screen, WhyScreen)


async def test_a_contact_that_is_deleted_closes_the_page(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "w")
        app.workspace.contacts.delete([contact_of(app).id])
        await settle(pilot)
        assert isinstance(app.screen, ContactsScreen)


async def test_nobody_to_explain(app: SentApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "slash", *"qqq", "enter", "w")
        assert isinstance(app.screen, ContactsScreen)
        assert "No contact is selected." in screen_text(app)


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE, (200, 60)])
async def test_a_chart_has_a_mark_and_a_level_for_each_result_that_fits(
    app: SentApp, clock: Clock, size: tuple[int, int]
) -> None:
    deliver(app, clock, 60)
    async with app.run_test(size=size) as pilot:
        await press(pilot, "enter")
        assert isinstance(app.screen, ContactScreen)
        assert app.screen.rationale is not None
        lines = screen_text(app).split("\n")
        while not (marks := [line for line in lines if line.count(MARKS[Outcome.DELIVERED]) > 5]):
            before = lines
            await press(pilot, "down")
            lines = screen_text(app).split("\n")
            assert lines != before, "the chart is nowhere on the page"
        marked = marks[0]
        above = lines[lines.index(marked) - 1]
        count, start = marked.count("●"), marked.index("●")
        assert 6 <= count <= 60
        assert set(above[start : start + count]) <= set(LEVELS)
        assert (f"{60 - count} older" in above) is (count < 60)
        assert "30 Apr" in marked, "the latest result is in the chart"


async def test_nothing_moves_when_the_charts_come(app: SentApp, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(app, clock)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter")
        with_charts = screen_text(app).split("\n")
        await press(pilot, "h")
        monkeypatch.setattr(ContactScreen, "read_rationale", lambda self, contact_id: None)
        await press(pilot, "enter")
        without = screen_text(app).split("\n")
        changed = [new for old, new in zip(without, with_charts, strict=True) if old != new]
        assert len(changed) == 4, "two rows for each of the two channels"
        assert all(any(sign in line for sign in (*LEVELS, *MARKS.values())) for line in changed)


def test_a_channel_is_explained_from_the_messages_that_are_there(app: SentApp, clock: Clock) -> None:
    deliver(app, clock)
    workspace = app.workspace
    rationale = rationale_of(workspace.repository, workspace.sending, contact_of(app).id, Content("Hi"))
    assert rationale.plan == workspace.sending.plan(contact_of(app).id, Content("Hi"))
    assert dict(rationale.channels) == workspace.sending.explanations(contact_of(app).id)
    assert [result.why for result in rationale.results(Channel.WHATSAPP)] == ["not registered on this channel"]

"""A bulk send while it runs: paused, resumed, cancelled, and its messages one key away."""

from __future__ import annotations

import asyncio

from textual.pilot import Pilot

from sent_tui.core.bulk import BulkSend, BulkStatus
from sent_tui.core.message import Content
from sent_tui.tui.activity import FateFilter
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.activity import ActivityScreen
from sent_tui.tui.screens.bulk_run import BulkRun
from sent_tui.tui.screens.dialogs import Choose
from tests.hostile.payloads import ONE_OF_EACH_KIND
from tests.hostile.rendering import assert_harmless
from tests.tui.harness import WIDE, make_app, press, screen_text, settle, until
from tests.tui.test_contacts import home, people


async def begun(app: SentApp, pilot: Pilot[None], text: str = "Hello all") -> BulkSend:
    """Write a message to three contacts, one of whom opted out, and watch."""
    await settle(pilot)
    ids = [row.id for row in home(app).results[:3]]
    app.workspace.contacts.opt_out(ids[2], by="tester")
    bulk = app.workspace.bulk.begin(ids, lambda contact: Content(text), text=text, rate=2)
    app.push_screen(BulkRun(app.session, bulk.id))
    await settle(pilot)
    return bulk


def status(app: SentApp, bulk: BulkSend) -> BulkStatus:
    return app.workspace.repository.bulk_send(bulk.id).status


async def test_it_says_how_far_it_is_and_how_long_it_takes() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        bulk = await begun(app, pilot)
        assert "Bulk send of 3 messages" in screen_text(app)
        assert "1 of 3 · 2 a second, about 1s left" in screen_text(app)
        assert "1 stopped" in screen_text(app)
        await asyncio.to_thread(app.workspace.bulk.step, bulk.id)
        await settle(pilot)
        assert "2 of 3" in screen_text(app)
        assert "1 under way · 1 stopped" in screen_text(app)


async def test_one_key_pauses_it_and_lets_it_go_on() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        bulk = await begun(app, pilot)
        await press(pilot, "p")
        assert status(app, bulk) is BulkStatus.PAUSED
        assert "paused: stopped by a person" in screen_text(app)
        assert "p goes on" in screen_text(app)
        await press(pilot, "p")
        assert status(app, bulk) is BulkStatus.RUNNING
        assert "p pauses" in screen_text(app)


async def test_the_rest_is_cancelled_after_a_question() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        bulk = await begun(app, pilot)
        await press(pilot, "x")
        assert "Cancel 2 messages?" in screen_text(app)
        await press(pilot, "n")
        assert status(app, bulk) is BulkStatus.RUNNING
        await press(pilot, "x", "y")
        assert status(app, bulk) is BulkStatus.CANCELLED
        assert "3 of 3 · cancelled" in screen_text(app)
        assert "3 stopped" in screen_text(app)
        await press(pilot, "x", "p")
        assert "✗ This bulk send cannot be paused" in screen_text(app)


async def test_nothing_is_asked_where_nothing_waits() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        bulk = await begun(app, pilot)
        await asyncio.to_thread(app.workspace.bulk.cancel, bulk.id)
        await settle(pilot)
        await press(pilot, "x")
        assert "Nothing waits any more" in screen_text(app)


async def test_one_key_leads_to_its_messages_which_filter_by_outcome_and_export() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await asyncio.to_thread(app.workspace.sending.send, people()[0].id, Content("Another one"))
        bulk = await begun(app, pilot)
        await press(pilot, "enter")
        assert isinstance(app.screen, ActivityScreen)
        assert app.screen.narrowing.batch == bulk.id
        assert f"bulk send {bulk.id[:8]}" in screen_text(app)
        assert app.screen.messages.row_count == 3
        await press(pilot, "7")
        assert app.screen.fate is FateFilter.STOPPED
        assert app.screen.messages.row_count == 1
        await press(pilot, "E")
        assert "1 message" in screen_text(app)


async def test_a_key_opens_it_again_from_the_list_and_from_the_activity() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "B")
        assert "No bulk send was begun yet" in screen_text(app)
        bulk = await begun(app, pilot)
        await press(pilot, "escape", "B")
        assert isinstance(app.screen, BulkRun)
        await press(pilot, "x", "y")
        assert "3 of 3 · cancelled" in screen_text(app)
        await press(pilot, "enter")
        activity = app.screen
        assert isinstance(activity, ActivityScreen)
        await press(pilot, "7", "B")
        assert isinstance(app.screen, BulkRun)
        await press(pilot, "enter")
        assert app.screen is activity
        assert (activity.narrowing.batch, activity.fate) == (bulk.id, FateFilter.ALL)


async def test_one_of_several_is_chosen_and_a_message_leads_to_its_own() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        first = await begun(app, pilot, "The first one")
        await asyncio.to_thread(app.workspace.bulk.cancel, first.id)
        await press(pilot, "escape")
        await begun(app, pilot, "The second one")
        await press(pilot, "escape", "B")
        shown = screen_text(app)
        assert isinstance(app.screen, Choose)
        assert "3 of 3 messages            cancelled" in shown
        assert "1 of 3 messages            running" in shown
        await press(pilot, "escape", "B", "down", "enter")
        assert "“The first one”" in screen_text(app) or "“The second one”" in screen_text(app)
        assert isinstance(app.screen, BulkRun)
        await press(pilot, "escape", "a", "B")
        message = app.workspace.repository.select(limit=1)[0]
        assert app.screen_stack[-2].title == "Activity"
        assert isinstance(app.screen, BulkRun)
        assert f"“{message.content.text}”" in screen_text(app)


async def test_what_was_paused_elsewhere_is_shown_soon() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        bulk = await begun(app, pilot)
        await asyncio.to_thread(app.workspace.bulk.pause, bulk.id, "3 messages in a row were not taken.")
        await until(pilot, lambda: "paused: 3 messages in a row were not taken" in screen_text(app))


async def test_closing_stops_nothing() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        bulk = await begun(app, pilot)
        await press(pilot, "escape")
        assert home(app).is_current
        assert status(app, bulk) is BulkStatus.RUNNING


async def test_foreign_text_stays_text() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for payload in ONE_OF_EACH_KIND:
            bulk = app.workspace.bulk.begin([people()[0].id], lambda _: Content("Hello"), text=payload, rate=1)
            app.workspace.bulk.pause(bulk.id, payload)
            await app.push_screen(BulkRun(app.session, bulk.id))
            await settle(pilot)
            assert "paused" in screen_text(app)
            assert_harmless(app)
            await press(pilot, "escape")

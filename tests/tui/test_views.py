"""Saved views on the contact list: kept under a name, opened, replaced, thrown away."""

from __future__ import annotations

from pathlib import Path

from sent_tui.core.saved_view import SavedView
from sent_tui.core.search import ChannelFilter, Sort, SortKey
from sent_tui.core.search_filters import Filter
from sent_tui.services.views import ViewService
from sent_tui.tui.screens.views import ChooseView
from tests.hostile.payloads import PAYLOADS
from tests.hostile.rendering import click_actions
from tests.tui.harness import WIDE, make_app, press, screen_text
from tests.tui.test_contacts import home, names, people
from tests.tui.test_filters import offered

VIP = Filter("tag", "vip")
VIEW = SavedView("Vips", "ada", ChannelFilter.SMS, (VIP,), Sort(SortKey.RATE))


async def test_the_present_list_is_kept_under_a_name_that_is_typed() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "V")
        assert isinstance(app.screen, ChooseView)
        assert offered(app) == ["No view is saved. Type a name to keep this list."]
        await press(pilot, "escape")
        home(app).filters, home(app).sort = (VIP,), Sort(SortKey.RATE)
        await press(pilot, "3", "slash", *"ada", "enter", "V", *"Vips")
        assert offered(app) == ["+ Save as Vips “ada”, SMS, #vip, by delivered, rising"]
        await press(pilot, "enter")
        assert "Saved as Vips" in screen_text(app)
        assert app.workspace.views.all() == (VIEW,)


async def test_a_view_is_opened_from_anywhere_in_the_list() -> None:
    app = make_app(people())
    app.workspace.views.save(VIEW)
    app.workspace.views.save(SavedView("Everyone"))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "V", *"vi", "enter")
        assert names(app) == ["Ada Okafor"]
        assert (home(app).search.value, home(app).channel_filter) == ("ada", ChannelFilter.SMS)
        assert (home(app).filters, home(app).sort) == ((VIP,), Sort(SortKey.RATE))
        await press(pilot, "V", "enter")
        assert len(names(app)) == 6
        assert "View: Everyone" in screen_text(app)


async def test_a_name_that_is_taken_offers_to_replace_the_view() -> None:
    app = make_app(people())
    app.workspace.views.save(VIEW)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "V", *"vips")
        assert offered(app)[1] == "+ Replace vips everyone"
        await press(pilot, "down", "enter")
        assert app.workspace.views.all() == (SavedView("vips"),)


async def test_a_view_is_thrown_away_after_a_question() -> None:
    app = make_app(people())
    app.workspace.views.save(VIEW)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "V", "ctrl+r")
        assert "Delete the view Vips?" in screen_text(app)
        await press(pilot, "escape")
        assert app.workspace.views.all() == (VIEW,)
        await press(pilot, "V", "ctrl+r", "y")
        assert app.workspace.views.all() == ()
        await press(pilot, "V", "ctrl+r", "enter")
        assert isinstance(app.screen, ChooseView)


async def test_a_file_that_makes_no_sense_is_told(tmp_path: Path) -> None:
    app = make_app(people())
    file = tmp_path / "views.toml"
    file.write_text("[VIPs]\ncolour = 'red'\n", encoding="utf-8")
    vars(app.workspace)["views"] = ViewService(file)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await press(pilot, "V")
        assert "A saved view makes no sense" in screen_text(app)
        assert home(app).is_current


async def test_foreign_text_in_views_is_harmless() -> None:
    app = make_app(people())
    for number, payload in enumerate(PAYLOADS.values()):
        app.workspace.views.save(SavedView(f"{number} {payload}", payload, filters=(Filter("tag", payload),)))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "V")
        assert not click_actions(app)
        for _ in PAYLOADS:
            await press(pilot, "down")
            assert not click_actions(app)
        await press(pilot, "ctrl+r")
        assert not click_actions(app)

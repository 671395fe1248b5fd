"""The places that are open from everywhere."""

from __future__ import annotations

import pytest
from textual.screen import Screen

from sent_tui.tui.screens.activity import ActivityScreen
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.insights import InsightsScreen
from tests.tui.harness import NORMAL, make_app, press_at_once, settle


@pytest.mark.parametrize(("key", "place"), [("a", ActivityScreen), ("i", InsightsScreen)])
async def test_a_place_is_opened_once_however_often_its_key_is_pressed(key: str, place: type[Screen[None]]) -> None:
    app = make_app()
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await press_at_once(pilot, key, key)
        assert [type(screen) for screen in app.screen_stack] == [ContactsScreen, place]

"""Filters of the contact list: chosen from a list with counts, shown as chips, taken off again."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import OptionList

from sent_tui.core.search import ChannelFilter
from sent_tui.core.search_filters import Filter
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.filters import ChooseFilter
from sent_tui.tui.widgets.chip_bar import ChipBar
from tests.hostile.payloads import PAYLOADS
from tests.hostile.rendering import click_actions
from tests.tui.harness import NORMAL, WIDE, make_app, make_contact, press, screen_text
from tests.tui.test_contacts import current, home, names, people

VIP, US = Filter("tag", "vip"), Filter("region", "US")


def offered(app: SentApp) -> list[str]:
    lines = app.screen.query_one(OptionList)
    return [" ".join(str(lines.get_option_at_index(at).prompt).split()) for at in range(lines.option_count)]


async def choose(pilot: Pilot[None], typed: str) -> None:
    await press(pilot, "f", *typed, "enter")


async def test_the_picker_lists_what_there_is_with_counts() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "f")
        assert isinstance(app.screen, ChooseFilter)
        assert offered(app) == [
            "Opted out 1",
            "Not opted out 5",
            "Failing 0",
            "Not failing 6",
            "Never messaged 5",
            "Messaged before 1",
            "Region US United States 4",
            "Region GB United Kingdom 2",
            "#vip 1",
        ]
        await press(pilot, *"kingd")
        assert offered(app) == ["Region GB United Kingdom 2"]
        await press(pilot, "enter")
        assert home(app).filters == (Filter("region", "GB"),)
        assert names(app) == ["Desmond Pike", "Zoë Brontë"]


async def test_filters_combine_with_the_search_and_with_each_other_and_counts_follow() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "slash", *"o", "enter")
        await choose(pilot, "not opted")
        await choose(pilot, "united st")
        assert names(app) == ["Ada Okafor", "Bo Lindqvist"]
        await press(pilot, "2")
        assert names(app) == ["Ada Okafor"]
        counts = home(app).counts
        assert counts is not None
        assert (counts[ChannelFilter.ALL], counts[ChannelFilter.WHATSAPP], counts[ChannelFilter.SMS]) == (2, 1, 2)
        assert "Not opted out" in screen_text(app)
        assert "Region US" in screen_text(app)


async def test_the_picker_counts_within_what_is_listed_and_another_country_takes_the_place_of_the_first() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await choose(pilot, "united st")
        await press(pilot, "f")
        assert "#vip 1" in offered(app)
        assert "Opted out 1" in offered(app)
        assert "Region GB United Kingdom 2" in offered(app)
        await press(pilot, *"gb", "enter")
        assert home(app).filters == (Filter("region", "GB"),)


async def test_a_key_removes_the_last_chip_and_escape_steps_back_through_them() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        home(app).filters = (VIP, US)
        home(app).channel_filter = ChannelFilter.SMS
        await press(pilot, "F")
        assert home(app).filters == (VIP,)
        await press(pilot, "slash", *"ada", "escape", "escape")
        assert (home(app).query_text, home(app).filters) == ("", (VIP,))
        await press(pilot, "escape")
        assert (home(app).filters, home(app).channel_filter) == ((), ChannelFilter.SMS)
        await press(pilot, "escape")
        assert home(app).channel_filter is ChannelFilter.ALL
        await press(pilot, "F")
        assert "There is no filter to remove." in screen_text(app)


async def test_a_chip_is_removed_by_a_click() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        home(app).filters = (VIP, US)
        await press(pilot)
        await pilot.click(ChipBar, offset=(3, 0))
        await press(pilot)
        assert home(app).filters == (US,)
        await pilot.click(ChipBar, offset=(60, 0))
        await press(pilot)
        assert home(app).filters == (US,)


async def test_where_there_is_no_room_the_first_chips_give_way() -> None:
    app = make_app(people())
    async with app.run_test(size=NORMAL) as pilot:
        home(app).filters = tuple(Filter("tag", f"a long tag {number}") for number in range(8))
        await press(pilot)
        shown = screen_text(app)
        assert "+4 " in shown
        assert "a long tag 7" in shown
        assert "a long tag 3" not in shown
        await pilot.click(ChipBar, offset=(6, 0))
        await press(pilot)
        assert Filter("tag", "a long tag 4") not in home(app).filters


async def test_an_empty_list_names_the_filters_and_how_to_take_them_off() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        home(app).filters = (VIP, Filter("failing", "yes"))
        await press(pilot)
        assert "No contact under #vip, Failing" in screen_text(app)
        await press(pilot, "slash", *"qq")
        assert "No contact matches “qq” under #vip, Failing" in screen_text(app)


async def test_the_cursor_stays_on_its_contact() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "j", "j", "j", "j")
        assert current(app) == "Zoë Brontë"
        await choose(pilot, "kingdom")
        assert current(app) == "Zoë Brontë"
        await press(pilot, "escape")
        assert current(app) == "Zoë Brontë"


async def test_escape_leaves_the_filters_as_they_are() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "f", *"nothing like it")
        assert offered(app) == ["No tag or country fits."]
        await press(pilot, "enter", "escape")
        assert home(app).filters == ()


async def test_foreign_text_in_tags_is_harmless() -> None:
    tags = tuple(PAYLOADS.values())
    app = make_app([make_contact("+14155550123", "Ada", tags=tags)])
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "f")
        assert app.screen.query_one(OptionList).option_count > len(tags)
        assert not click_actions(app)
        await press(pilot, "escape")
        for tag in tags:
            home(app).filters = (Filter("tag", tag),)
            await press(pilot)
            assert not click_actions(app)

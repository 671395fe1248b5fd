"""The contact list: search, filters, order, cursor, and what stands beside it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from msgspec.structs import replace
from textual import events
from textual.geometry import Size
from textual.pilot import Pilot
from textual.widgets import Input

from at_rest import PATIENCE
from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.contact import Contact
from sent_tui.core.lifecycle import default_set
from sent_tui.core.search import EVERYONE, ChannelFilter, Sort, SortKey
from sent_tui.errors import DatabaseError
from sent_tui.store.memory import MemoryRepository
from sent_tui.tui.app import SentApp
from sent_tui.tui.messages import ContactsFound, SendRequested
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.create import CreateScreen
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.screens.help import HelpScreen
from sent_tui.tui.screens.on_contact import OnContact
from sent_tui.tui.screens.send import SendScreen
from sent_tui.tui.screens.send_host import SendHost
from sent_tui.tui.widgets.contact_cells import columns_for
from sent_tui.tui.widgets.contact_list import ContactList
from sent_tui.tui.widgets.contact_view import ContactView
from sent_tui.tui.widgets.filter_bar import FilterBar
from tests.tui.harness import (
    NARROW,
    NORMAL,
    NOW,
    WIDE,
    make_app,
    make_contact,
    press_at_once,
    screen_text,
    settle,
    type_ahead,
    until,
)


def reach(contact: Contact, *available: Channel) -> Contact:
    for channel in Channel:
        state = Availability.AVAILABLE if channel in available else Availability.UNAVAILABLE
        contact = contact.with_status(ChannelStatus(channel, state, NOW, NOW, Source.LOOKUP, "looked up"))
    return default_set(contact, NOW)


def people() -> list[Contact]:
    wa, sms = Channel.WHATSAPP, Channel.SMS
    return [
        reach(make_contact("+14155550123", "Ada Okafor", tags=("vip",), last_message_at=NOW), wa, sms),
        reach(make_contact("+14155550177", "Bo Lindqvist"), sms),
        reach(make_contact("+442079460958", "Zoë Brontë", notes="prefers mornings"), wa),
        reach(make_contact("+14155550188"), wa, sms),
        replace(reach(make_contact("+14155550190", "Carl Rask"), sms), opt_out=True),
        reach(make_contact("+442079460011", "Desmond Pike")),
    ]


def home(app: SentApp) -> ContactsScreen:
    assert isinstance(app.screen, ContactsScreen)
    return app.screen


def names(app: SentApp) -> list[str]:
    return [row.name or row.e164 for row in home(app).results]


def current(app: SentApp) -> str:
    row = home(app).contact_list.current
    return row.name if row else ""


async def press(pilot: Pilot[None], *keys: str) -> None:
    await settle(pilot)
    await pilot.press(*keys)
    await settle(pilot)


async def test_opens_on_the_first_contact_by_name_with_its_preview() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert names(app) == ["Ada Okafor", "Bo Lindqvist", "Carl Rask", "Desmond Pike", "Zoë Brontë", "+14155550188"]
        assert isinstance(app.focused, ContactList)
        shown = screen_text(app)
        assert "simulator · 6 contacts" in shown
        assert "WhatsApp first" in shown
        assert "#vip" in shown


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("okafor", ["Ada Okafor"]),
        ("zoe bronte", ["Zoë Brontë"]),
        ("VIP", ["Ada Okafor"]),
        ("mornings", ["Zoë Brontë"]),
        ("0177", ["Bo Lindqvist"]),
        ("(415) 555-01 77", ["Bo Lindqvist"]),
        ("415.555.0188", ["+14155550188"]),
        ("+4420", ["Desmond Pike", "Zoë Brontë"]),
        ("020 7946 0958", ["Zoë Brontë"]),
        ("0044 20 7946 0958", ["Zoë Brontë"]),
        ("nobody", []),
    ],
)
async def test_search_finds_names_tags_notes_and_numbers_as_people_write_them(typed: str, found: list[str]) -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "slash")
        app.screen.query_one("#search", Input).value = typed
        await settle(pilot)
        assert names(app) == found
        counts = home(app).counts
        assert counts is not None
        assert counts[ChannelFilter.ALL] == len(found)


async def test_each_key_of_a_search_narrows_and_escape_steps_back() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2", "slash", *"zo")
        assert names(app) == ["Zoë Brontë"]
        await press(pilot, "escape")
        assert isinstance(app.focused, ContactList)
        assert names(app) == ["Zoë Brontë"]
        await press(pilot, "escape")
        assert home(app).query_text == ""
        assert home(app).channel_filter is ChannelFilter.WHATSAPP
        await press(pilot, "escape")
        assert home(app).channel_filter is ChannelFilter.ALL
        await press(pilot, "escape")
        assert app.is_running
        assert len(names(app)) == 6


async def test_enter_leaves_the_search_and_arrows_walk_the_list_from_it() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "slash", *"555")
        await press(pilot, "down")
        assert app.focused is home(app).search
        assert current(app) == "Bo Lindqvist"
        await press(pilot, "up", "enter")
        assert isinstance(app.focused, ContactList)
        assert current(app) == "Ada Okafor"


@pytest.mark.parametrize(
    ("key", "found"),
    [("1", 6), ("2", 3), ("3", 4), ("4", 2), ("5", 1), ("6", 1)],
)
async def test_filters_show_what_they_count(key: str, found: int) -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, key)
        assert len(names(app)) == found
        counts = app.screen.query_one(FilterBar).counts
        assert counts is not None
        assert counts[home(app).channel_filter] == found


async def test_brackets_step_through_the_filters_round_the_end() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "left_square_bracket")
        assert home(app).channel_filter is ChannelFilter.OPTED_OUT
        await press(pilot, "right_square_bracket", "right_square_bracket")
        assert home(app).channel_filter is ChannelFilter.WHATSAPP


async def test_a_filter_can_be_clicked() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        bar = app.screen.query_one(FilterBar)
        at = str(bar.render()).index("SMS")
        await pilot.click(FilterBar, offset=(at + 2, 0))
        await settle(pilot)
        assert home(app).channel_filter is ChannelFilter.SMS


async def test_the_cursor_stays_on_its_contact_after_any_change() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "j", "j", "j")
        assert current(app) == "Desmond Pike"
        app.workspace.repository.add([make_contact("+14155550101", "Aaron First")])
        await settle(pilot)
        assert names(app)[0] == "Aaron First"
        assert current(app) == "Desmond Pike"
        await press(pilot, "t", "j", "enter")
        assert home(app).sort.key is SortKey.LAST
        assert current(app) == "Desmond Pike"
        kept = home(app).selected_id
        app.workspace.repository.delete([kept])
        await settle(pilot)
        assert current(app) not in {"", "Desmond Pike"}


async def test_a_key_chooses_the_column_and_another_one_turns_the_order_around() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "t")
        assert "Last message     ↓ falling" in screen_text(app)
        assert "Name             ↑ rising   now" in screen_text(app)
        await press(pilot, "j", "enter")
        assert names(app)[0] == "Ada Okafor"
        await press(pilot, "T")
        assert names(app)[-1] == "Ada Okafor"
        assert "By last message, rising" in screen_text(app)
        assert "Last ↑" in screen_text(app)
        await press(pilot, "t", "enter")
        assert "By last message, falling" in screen_text(app)
        await press(pilot, "t", "escape")
        assert home(app).sort == Sort(SortKey.LAST, descending=True)


async def test_a_click_on_a_heading_sorts_and_another_one_turns_the_order_around() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        headings = screen_text(app).splitlines()[3]
        for click, sort in (
            ("Number", Sort(SortKey.NUMBER)),
            ("Number", Sort(SortKey.NUMBER, descending=True)),
            ("Last", Sort(SortKey.LAST, descending=True)),
            ("Channels", Sort(SortKey.CHANNELS)),
            ("Default", Sort(SortKey.DEFAULT)),
            ("Default", Sort(SortKey.DEFAULT, descending=True)),
            ("Name", Sort(SortKey.NAME)),
        ):
            await pilot.click(ContactList, offset=(headings.index(click) + 1, 0))
            await settle(pilot)
            assert home(app).sort == sort


async def test_movement_keys_stay_inside_the_list() -> None:
    many = [make_contact(f"+1415555{number:04d}", f"Person {number:04d}") for number in range(100, 200)]
    app = make_app(many)
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "G")
        assert current(app) == "Person 0199"
        await press(pilot, "j", "pagedown")
        assert current(app) == "Person 0199"
        await press(pilot, "g", "k")
        assert current(app) == "Person 0100"
        await press(pilot, "pagedown")
        page = home(app).contact_list.cursor
        await press(pilot, "ctrl+d")
        assert page < home(app).contact_list.cursor < 2 * page
        await press(pilot, "ctrl+u", "pageup")
        assert current(app) == "Person 0100"
        assert "Person 0100" in screen_text(app)


async def test_a_click_moves_the_cursor_and_a_double_click_opens() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.click(ContactList, offset=(5, 3))
        assert current(app) == "Carl Rask"
        await pilot.click(ContactList, offset=(5, 2), times=2)
        await settle(pilot)
        assert isinstance(app.screen, ContactScreen)
        assert "Bo Lindqvist" in screen_text(app)


async def test_keys_open_the_other_screens() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        assert "Next channel filter" in screen_text(app)
        await press(pilot, "j", "k", "escape", "n")
        assert isinstance(app.screen, CreateScreen)
        await press(pilot, "escape", "l")
        assert isinstance(app.screen, ContactScreen)
        await press(pilot, "escape")
        assert isinstance(app.screen, ContactsScreen)


async def test_send_asks_for_the_send_screen() -> None:
    seen: list[object] = []
    app = make_app(people())
    async with app.run_test(size=WIDE, message_hook=seen.append) as pilot:
        await press(pilot, "s")
        wanted = {message.contact_id for message in seen if isinstance(message, SendRequested)}
        assert wanted == {"c14155550123"}
        assert isinstance(app.screen, SendScreen)


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_an_empty_database_says_what_to_do(size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        shown = screen_text(app)
        assert "No contacts yet" in shown
        assert "creates the first one" in shown
        await press(pilot, "enter", "s", "d", "e", "c", "o", "y", "p", "j", "G")
        assert "No contact is selected" in screen_text(app)


async def test_no_match_and_empty_filter_say_how_to_go_on() -> None:
    app = make_app(people()[:2])
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "slash", *"qqq")
        assert "No contact matches “qqq”" in screen_text(app)
        await press(pilot, "escape", "escape", "6")
        assert "No contact under “Opted out”" in screen_text(app)


async def test_in_little_room_the_preview_gives_way() -> None:
    app = make_app(people())
    async with app.run_test(size=NARROW) as pilot:
        await settle(pilot)
        assert not app.screen.query_one("#preview", ContactView).display
        await pilot.resize_terminal(120, 30)
        await settle(pilot)
        preview = app.screen.query_one("#preview", ContactView)
        assert preview.display
        assert preview.profile is not None
        await pilot.resize_terminal(120, 15)
        await settle(pilot)
        assert not preview.display


@pytest.mark.parametrize(("size", "key"), [(NORMAL, "slash"), ((150, 40), "tab"), ((150, 40), "s")])
async def test_what_stands_beside_the_list_waits_for_a_held_key(size: tuple[int, int], key: str) -> None:
    app = make_app(people(), pause=timedelta(hours=1))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        screen = home(app)
        preview = screen.query_one("#preview", ContactView)
        first, wanted = screen.results[0].id, screen.results[2].id
        await press(pilot, "j", "j")
        assert screen.contact_id == wanted
        assert preview.profile is not None
        assert preview.profile.contact.id == first
        await press(pilot, key)
        assert preview.profile is not None
        assert preview.profile.contact.id == wanted
        beside = {host.panel.contact.id for host in screen.query(SendHost) if host.panel.contact}
        assert beside <= {wanted}


async def test_keys_that_come_in_one_go_reach_the_search() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for key in ("slash", *"415", "slash"):
            app.post_message(events.Key(key, "/" if key == "slash" else key))
        await settle(pilot)
        assert home(app).search.value == "415/"
        assert home(app).channel_filter is ChannelFilter.ALL


async def test_a_dialog_that_is_answered_twice_closes_once() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "y")
        for key in ("enter", "enter", "escape"):
            app.post_message(events.Key(key, None))
        await settle(pilot)
        assert isinstance(app.screen, ContactsScreen | ContactScreen)
        await press(pilot, "colon", "o")
        for _ in range(3):
            app.post_message(events.Key("enter", None))
        await settle(pilot)
        assert app.is_running


async def test_an_older_search_that_comes_back_late_is_thrown_away() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        screen = home(app)
        page = app.workspace.repository.page(limit=1)
        screen.on_contacts_found(ContactsFound(screen._search_number - 1, EVERYONE, page.rows, 6))
        assert len(names(app)) == 6


def test_columns_give_way_in_order() -> None:
    assert [column.name for column in columns_for(200)] == [
        "name", "number", "region", "channels", "default", "rate", "last",
    ]  # fmt: skip
    assert [column.name for column in columns_for(50)] == ["name", "number", "channels", "default"]
    assert [column.name for column in columns_for(18)] == ["name"]
    for width in range(16, 220):
        assert sum(column.width for column in columns_for(width)) <= max(width, 14)


async def test_ages_are_told_anew_when_the_screen_comes_back() -> None:
    now = [NOW]
    app = make_app(people(), clock=lambda: now[0], repository=MemoryRepository())
    async with app.run_test(size=(130, 30)) as pilot:
        await settle(pilot)
        assert "just now" in screen_text(app)
        now[0] += timedelta(hours=3)
        await press(pilot, "enter", "escape")
        assert "3 h" in screen_text(app)


async def test_help_finds_a_key_by_what_it_does() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "question_mark", "slash", *"bulk send")
        shown = screen_text(app)
        assert "Show a bulk send: how it goes, and what came of it" in shown
        assert "Search by name, tag, note or number" not in shown
        await press(pilot, *" qq")
        assert "No key of this screen fits." in screen_text(app)
        await press(pilot, "escape")
        assert "Search by name, tag, note or number" in screen_text(app)
        assert isinstance(app.screen, HelpScreen)
        await press(pilot, "escape")
        assert home(app).is_current


async def test_what_stands_under_the_heading_keeps_its_place_as_the_cursor_moves() -> None:
    several = [
        make_contact("+14155550100", "Ada Okafor", tags=("vip",)),
        make_contact("+46701740612", "Bo Lindqvist"),
        make_contact("+442079460318", "Cleo Brandt", opt_out=True),
    ]
    app = make_app(several)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        places = set()
        for key in ("home", "j", "j"):
            await press(pilot, key)
            rows = screen_text(app).splitlines()
            places.add(next(at for at, row in enumerate(rows) if "  Channels" in row.partition("│")[2]))
        assert len(places) == 1, "a row that keeps its place is not sent again"


async def test_a_wide_terminal_has_the_send_panel_beside_the_list() -> None:
    app = make_app(people())
    async with app.run_test(size=(160, 40)) as pilot:
        await settle(pilot)
        screen = home(app)
        beside = screen.query_one(SendHost)
        assert beside.display
        await press(pilot, "j")
        assert beside.panel.contact is not None
        assert beside.panel.contact.name == "Bo Lindqvist"
        await press(pilot, "s", *"Hi there")
        assert app.screen is screen
        assert beside.panel.content.text == "Hi there"
        await press(pilot, "escape")
        assert isinstance(app.focused, ContactList)
        await press(pilot, "k", "j")
        assert beside.panel.content.text == "Hi there", "each contact keeps its draft"
        assert app.workspace.repository.draft("c14155550177") is not None
        await pilot.resize_terminal(120, 40)
        await settle(pilot)
        assert not beside.display
        await press(pilot, "s")
        assert isinstance(app.screen, SendScreen)


async def test_a_size_that_is_past_is_passed_over() -> None:
    app = make_app(people())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        app.screen.post_message(events.Resize(Size(70, 20), Size(70, 20)))
        await settle(pilot)
        assert app.screen.size == Size(*NORMAL)


@pytest.mark.parametrize("way", [("ctrl+y",), ("enter", "ctrl+y")])
async def test_a_number_is_copied_of_what_is_found_however_fast_it_is_asked_for(way: tuple[str, ...]) -> None:
    app = make_app(people())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        assert home(app).contact_id == "c14155550123"
        await press_at_once(pilot, "/", *"0177", *way)
        assert app.clipboard == "+14155550177"


@pytest.mark.parametrize("key", ["enter", "s", "w"])
async def test_keys_that_come_at_once_after_a_filter_act_on_what_is_found(key: str) -> None:
    app = make_app(people())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await press_at_once(pilot, "6", key)
        assert isinstance(app.screen, OnContact)
        assert not isinstance(app.screen, ContactsScreen)
        assert app.screen.contact_id == "c14155550190"


@pytest.mark.parametrize("key", ["enter", "s", "w"])
async def test_keys_that_come_at_once_after_a_search_act_on_what_is_found(key: str) -> None:
    app = make_app(people())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await press_at_once(pilot, "/", *"0177", "enter", key)
        assert isinstance(app.screen, OnContact)
        assert not isinstance(app.screen, ContactsScreen)
        assert app.screen.contact_id == "c14155550177"


async def test_marks_and_moves_that_come_at_once_after_a_search_are_made_in_what_is_found() -> None:
    app = make_app(people())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await press_at_once(pilot, "/", *"+1415", "enter", "j", "space", "k", "k", "space")
        assert home(app).search.value == "+1415"
        marked = [row.name for row in home(app).results if row.e164 in home(app).marks]
        assert marked == [names(app)[0], names(app)[1]]


async def test_a_slash_can_be_written_in_a_message_beside_the_list() -> None:
    app = make_app(people())
    async with app.run_test(size=(150, 40)) as pilot:
        await press(pilot, "s", "2", "4", "slash", "7")
        assert app.screen.query_one(SendHost).panel.content.text == "24/7"
        assert home(app).search.value == ""


async def test_the_arrows_walk_the_list_while_one_types() -> None:
    app = make_app(people())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        first, second = names(app)[:2]
        await press_at_once(pilot, "/", "down")
        assert current(app) == second
        await press_at_once(pilot, "up")
        assert current(app) == first
        assert isinstance(app.focused, Input)


async def test_a_key_is_not_held_for_a_search_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    fails = threading.Event()

    def broken(*args: object, **options: object) -> None:
        assert fails.wait(PATIENCE)
        raise DatabaseError("The disk is full", "Nothing could be read.", "Free some space.")

    app = make_app(people())
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        with monkeypatch.context() as patched:
            patched.setattr(type(app.workspace.repository), "page", broken)
            type_ahead(pilot, "/", "7", "ctrl+y")
            await until(pilot, lambda: home(app).is_holding)
            fails.set()
            await settle(pilot)
        home(app).reload()
        await settle(pilot)
        assert not app.clipboard


@pytest.mark.parametrize("key", ["enter", "s", "w"])
@pytest.mark.parametrize("size", [NARROW, NORMAL, (150, 40)])
async def test_keys_that_come_at_once_act_on_the_contact_under_the_cursor(size: tuple[int, int], key: str) -> None:
    app = make_app(people())
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        wanted = home(app).results[2]
        await press_at_once(pilot, "j", "j", key)
        if size[0] == 150 and key == "s":
            panel = app.screen.query_one(SendHost).panel
            assert panel.contact is not None
            assert panel.contact.id == wanted.id
        else:
            assert isinstance(app.screen, OnContact)
            assert not isinstance(app.screen, ContactsScreen)
            assert app.screen.contact_id == wanted.id

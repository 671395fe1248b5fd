"""Keys that a person gave to commands: read, refused where they make no sense, and shown wherever keys are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.errors import UsageError
from sent_tui.services.sync_report import SyncReport
from sent_tui.tui.commands import CREATE, EVERYWHERE, SEND, every_command
from sent_tui.tui.keymap import OWN_KEYS, Keymap, read_keymap
from sent_tui.tui.keynames import key_label, parse_key, types
from sent_tui.tui.screens.create import CreateScreen
from sent_tui.tui.screens.help import HelpScreen
from sent_tui.tui.widgets.sync_lines import report_lines
from tests.hostile.payloads import PAYLOADS
from tests.tui.harness import NORMAL, WIDE, make_app, make_contact, press, screen_text

FILE = "config.toml"
ADA = make_contact("+14155550123", "Ada Okafor")


@pytest.mark.parametrize(
    ("written", "name", "shown"),
    [
        ("x", "x", "x"),
        ("G", "G", "G"),
        ("?", "question_mark", "?"),
        ("-", "minus", "-"),
        ("+", "plus", "+"),
        ("ctrl+]", "ctrl+right_square_bracket", "ctrl+]"),
        ("Ctrl+X", "ctrl+X", "ctrl+X"),
        ("pgdn", "pagedown", "pgdn"),
        ("esc", "escape", "esc"),
        ("F5", "f5", "f5"),
        ("shift+f5", "shift+f5", "shift+f5"),
        ("question_mark", "question_mark", "?"),
        ("space", "space", "space"),
        ("é", "é", "é"),
    ],
)
def test_a_key_is_understood_as_people_write_it(written: str, name: str, shown: str) -> None:
    assert parse_key(written) == name
    assert key_label(name) == shown


@pytest.mark.parametrize("written", ["", " ", "ctrl+", "crtl+x", "shift+a", "nonsense", "hyper+f5", "\x1b", "xx"])
def test_what_is_no_key_is_none(written: str) -> None:
    assert parse_key(written) is None


@given(st.text(max_size=12))
def test_no_text_breaks_the_reader(text: str) -> None:
    key = parse_key(text)
    assert key is None or parse_key(key_label(key)) == key


def test_every_key_of_a_command_can_be_written_as_it_is_shown() -> None:
    for command in every_command():
        assert tuple(parse_key(label) for label in OWN_KEYS.labels(command).split("  ")) == command.default_keys


def test_letters_and_signs_type_and_others_do_not() -> None:
    assert [
        key for key in ("x", "question_mark", "space", "minus", "f5", "escape", "ctrl+x", "delete") if types(key)
    ] == [
        "x",
        "question_mark",
        "space",
        "minus",
    ]


def test_the_keys_of_the_settings_take_the_place_of_a_commands_own() -> None:
    keymap = read_keymap({"undo": "U, ctrl+z", "suspend": "f9"}, FILE)
    undo = next(command for command in EVERYWHERE if command.id == "undo")
    assert keymap.keys(undo) == ("U", "ctrl+z")
    assert (keymap.label(undo), keymap.labels(undo), keymap.labels_before(undo)) == ("U", "U  ctrl+z", "u")
    assert keymap.label_while_typing(undo) == "ctrl+z"
    assert OWN_KEYS.labels_before(undo) == OWN_KEYS.label_while_typing(undo) == ""
    assert keymap.label_of("suspend") == "f9"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"undu": "x"}, "Did you mean undo?"),
        ({"qqqqqqqq": "x"}, "docs/keys.md"),
        ({"undo": "crtl+z"}, "Did you mean ctrl+z?"),
        ({"undo": ""}, "gives no key to undo"),
        ({"undo": "u,"}, "gives no key to undo"),
        ({"undo": "ctrl+m"}, "the same for enter"),
        ({"undo": "tab"}, "next field"),
        ({"save": "x"}, "also acts while a text is being typed"),
        ({"undo": "s"}, "s is for send and for undo (Contacts)"),
        ({"undo": "x", "sort": "x"}, "x is for sort and for undo (Contacts)"),
    ],
)
def test_keys_that_make_no_sense_are_refused_in_words(wanted: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_keymap(wanted, FILE)
    assert words in f"{caught.value.message} {caught.value.hint}"
    assert FILE in caught.value.message


def test_two_commands_may_exchange_their_keys() -> None:
    assert read_keymap({"sort": "T", "reverse-sort": "t"}, FILE).label_of("sort") == "T"


def test_a_command_while_typing_shows_what_works_then() -> None:
    assert OWN_KEYS.label_while_typing(CREATE[0]) == OWN_KEYS.label_while_typing(SEND[0]) == "ctrl+s"
    assert Keymap({"help": ("x", "f8")}).label_while_typing(EVERYWHERE[0]) == "f8"


async def test_changed_keys_act_and_are_shown_everywhere() -> None:
    keymap = read_keymap({"create": "N", "help": "f8,Z", "undo": "U", "sort": "T", "reverse-sort": "t"}, FILE)
    app = make_app([ADA], keymap=keymap)
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot, "n")
        assert not isinstance(app.screen, CreateScreen)
        assert "N new" in screen_text(app)
        assert "f8 help" in screen_text(app)
        await press(pilot, "N")
        assert isinstance(app.screen, CreateScreen)
        await press(pilot, "escape", "t")
        assert "By name, falling" in screen_text(app)
        await press(pilot, "Z")
        assert isinstance(app.screen, HelpScreen)
        assert "instead of n" in screen_text(app)
        await press(pilot, "escape", "colon", *"create a")
        assert "Create a contact   N" in screen_text(app)


@pytest.mark.parametrize("name", PAYLOADS)
def test_hostile_names_are_refused_in_words(name: str) -> None:
    with pytest.raises(UsageError):
        read_keymap({PAYLOADS[name]: "x"}, FILE)
    with pytest.raises(UsageError):
        read_keymap({"undo": PAYLOADS[name] + "?"}, FILE)


async def test_advice_names_changed_keys() -> None:
    changed = {
        "next-template": ("f6",),
        "next-channel": ("f7",),
        "step-back": ("f8",),
        "new-message": ("z",),
        "send": ("f9", "s"),
    }
    app = make_app([make_contact("+14155550123", "Ada Okafor")], keymap=Keymap(changed))
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "B")
        assert "f9 sends to the marked contacts" in screen_text(app)
        await press(pilot, "a", "5")
        assert "f8  takes them off" in screen_text(app)
        await press(pilot, "f8", "f8", "s", "H")
        text = screen_text(app)
        assert "SMS  f7" in text
        assert "Free text  f6" in text
        await press(pilot, "ctrl+s", "enter")
        text = screen_text(app)
        assert "z new message" in text
        assert "n new message" not in text.replace("z new message", "")


def test_advice_after_a_sync_names_changed_keys() -> None:
    key = Keymap({"sync-again": ("f6",), "switch-live": ("f7",)}).label_of
    lines = report_lines(SyncReport(is_cancelled=True, waiting=1), "", key)
    text = "\n".join(line.content.plain for line in lines)
    assert "What was read is kept; f6 goes on" in text
    assert "f7 sends live, then f6 tells it" in text

from __future__ import annotations

import base64

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.markup import MarkupError
from textual.widgets import Button, Checkbox, Label, OptionList, SelectionList, Static
from textual.widgets.option_list import Option

from sent_tui.core.text import display
from sent_tui.tui.safe import BREAK, copy, join, notify, safe, safe_lines
from tests.hostile.payloads import CLICK, PAYLOADS, unsafe_characters
from tests.hostile.rendering import click_actions, rendered

SURFACES = 12
"""How often `SafeApp` shows its text."""
SHORT = [
    name
    for name, text in PAYLOADS.items()
    if text.strip() and len(text) <= 45 and display(text, lines=True) == display(text)
]
"""Payloads that no surface has to wrap or cut."""


class SafeApp(App[None]):
    """Shows one foreign text wherever such text goes, by way of the door."""

    CSS = """
    Static, Label, OptionList, SelectionList { height: auto; max-height: 4; }
    #framed { border: solid white; }
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def compose(self) -> ComposeResult:
        yield Static(safe(self.text, "bold"))
        yield Static(safe_lines(self.text))
        yield Static(join("1 ", (self.text, "italic"), " ", safe("")))
        yield Label(safe("before"))
        yield Button(safe(self.text))
        yield OptionList(safe(self.text), Option(safe(self.text)))
        yield SelectionList((safe(self.text), 1))
        yield Checkbox(safe(self.text))
        yield Static(id="framed")

    def on_mount(self) -> None:
        self.query_one(Label).update(safe(self.text))
        framed = self.query_one("#framed")
        framed.border_title = safe(self.text)
        framed.border_subtitle = safe(self.text)
        notify(self, self.text, severity="warning", timeout=60)


class RawApp(App[None]):
    """Shows one foreign text as it comes: what must not be done."""

    def __init__(self, text: str, *, markup: bool = True) -> None:
        super().__init__()
        self.text = text
        self.markup = markup

    def compose(self) -> ComposeResult:
        yield Static(self.text, markup=self.markup)

    def _fatal_error(self) -> None:
        # Textual's own draws tracebacks with locals, for seconds; `run_test` raises the error either way.
        self._close_messages_no_wait()


async def screen_of(app: App[None]) -> str:
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await pilot.pause()
        assert click_actions(app) == []
        return rendered(app)


@pytest.mark.parametrize("name", PAYLOADS)
async def test_foreign_text_does_no_harm(name: str) -> None:
    assert unsafe_characters(await screen_of(SafeApp(PAYLOADS[name]))) == set()


@pytest.mark.parametrize("name", SHORT)
async def test_foreign_text_is_shown_in_full(name: str) -> None:
    text = PAYLOADS[name]
    assert (await screen_of(SafeApp(text))).count(display(text)) == SURFACES


async def test_brackets_are_shown_as_they_are() -> None:
    for text in ("[/]", "[", "Bob [vip] [sales]", CLICK, "[link='https://example.invalid']x[/link]"):
        assert (await screen_of(SafeApp(text))).count(text) == SURFACES


@pytest.mark.parametrize("name", ["closing tag", "closing tag of another", "tag that never ends"])
async def test_raw_markup_would_end_the_app(name: str) -> None:
    with pytest.raises(MarkupError):
        async with RawApp(PAYLOADS[name]).run_test():
            pass


async def test_raw_markup_would_be_clickable() -> None:
    app = RawApp(CLICK)
    async with app.run_test():
        assert click_actions(app) == ["app.pwn('a')"]


async def test_raw_markup_would_open_links() -> None:
    app = RawApp(PAYLOADS["link"])
    async with app.run_test():
        assert "\x1b]8;" in rendered(app)


@pytest.mark.parametrize(
    ("name", "leaked"),
    [
        ("colours", {"\x1b"}),
        ("window title", {"\x1b"}),
        ("8-bit sequences", {"\x9b", "\x9c", "\x9d"}),
        ("null", {"\x00"}),
        ("bidi override", {"\u202c", "\u202e"}),
        ("high surrogate", {"\ud800"}),
    ],
)
async def test_raw_text_would_reach_the_terminal(name: str, leaked: set[str]) -> None:
    app = RawApp(PAYLOADS[name], markup=False)
    async with app.run_test():
        assert unsafe_characters(rendered(app)) == leaked


def test_lines_are_kept_or_shown_as_a_sign() -> None:
    assert safe("a\r\nb").plain == "a⏎b"
    assert safe_lines("a\r\nb").plain == "a\nb"


def test_content_is_cut_at_its_limit() -> None:
    assert safe("a" * 9, limit=4).plain == "aaa…"
    assert safe_lines("a\n" * 9, limit=4).plain == "a\na…"
    assert len(safe("a" * 999)) == 200
    assert len(safe_lines("a\n" * 9_999)) == 5_000


def test_a_style_covers_the_whole_text() -> None:
    assert safe("[b]", "bold") == Content.styled("[b]", "bold")
    assert safe("x").spans == []


def test_parts_are_joined_literally() -> None:
    content = join("To ", ("[/]\x1b", "bold"), BREAK, Content.from_markup("[i]ours[/i]"), "a\nb")
    assert content.plain == "To [/]␛\noursa⏎b"
    assert [content.plain[span.start : span.end] for span in content.spans] == ["[/]␛", "ours"]
    assert join().plain == ""


async def test_a_notice_is_safe_from_a_widget_too() -> None:
    app = RawApp("")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        notify(app.query_one(Static), "[/]\x1b" + "x" * 600, title="[b]\x1bName", severity="error", timeout=9)
        await pilot.pause()
        (notice,) = app._notifications
        assert (notice.title, notice.severity, notice.timeout) == ("[b]␛Name", "error", 9)
        assert notice.message.startswith("[/]␛x")
        assert len(notice.message) == 500
        screen = rendered(app)
        assert "[b]␛Name" in screen
        assert unsafe_characters(screen) == set()


async def test_a_notice_stays_for_the_apps_own_time() -> None:
    app = RawApp("")
    async with app.run_test(notifications=True) as pilot:
        notify(app, "Saved")
        await pilot.pause()
        (notice,) = app._notifications
        assert (notice.title, notice.severity, notice.timeout) == ("", "information", app.NOTIFICATION_TIMEOUT)


@pytest.mark.parametrize("name", PAYLOADS)
async def test_what_is_copied_is_safe(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = RawApp("")
    written: list[str] = []
    async with app.run_test():
        assert app._driver is not None
        monkeypatch.setattr(app._driver, "write", written.append)
        copy(app, PAYLOADS[name])
        monkeypatch.undo()
    start, end = "\x1b]52;c;", "\x07"
    (sequence,) = (text for text in written if text.startswith(start))
    copied = base64.b64decode(sequence.removeprefix(start).removesuffix(end), validate=True).decode()
    assert copied == app.clipboard == display(PAYLOADS[name], 50_000, lines=True)
    assert unsafe_characters(copied) == set()


async def test_lines_are_copied() -> None:
    app = RawApp("")
    async with app.run_test():
        copy(app, "Dear Anna,\r\n\r\n[b]hello[/b]")
        assert app.clipboard == "Dear Anna,\n\n[b]hello[/b]"

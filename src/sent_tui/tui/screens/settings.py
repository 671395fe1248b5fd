"""The settings: what each is, what it is set to and by what, and changing it in the settings file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sent_tui.errors import SentTuiError
from sent_tui.services.settings import DEFAULT, Entry, SettingsService
from sent_tui.tui.commands import EVERYWHERE, SETTINGS, bindings
from sent_tui.tui.messages import WorkDone, WorkFailed
from sent_tui.tui.safe import BREAK, join, safe
from sent_tui.tui.screens.asking import AskLine
from sent_tui.tui.screens.once import Page
from sent_tui.tui.themes import SHORT_NAMES
from sent_tui.tui.widgets.lines import Lines
from sent_tui.tui.widgets.status_line import KeyLine, TopLine

NAME_WIDTH, VALUE_WIDTH = 20, 24
"""Cells for the name of a setting, and for its value at least."""


class SettingsScreen(Page[None]):
    """A line for each setting, and beneath them what there is to know of the one under the cursor."""

    @dataclass(eq=False, repr=False)
    class SettingsRead(Message):
        """The settings were read."""

        entries: tuple[Entry, ...]
        strange: dict[str, str]
        """Variables that are no settings, each with the nearest that is one."""

    TITLE = "Settings"
    CSS_PATH = "settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(SETTINGS)
    AUTO_FOCUS = "Lines"

    entries: var[tuple[Entry, ...]] = var(())

    lines = getters.query_one(Lines)
    about = getters.query_one("#about", Static)

    def __init__(self, settings: SettingsService) -> None:
        super().__init__()
        self._settings = settings
        self._strange: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Settings")
        yield Lines(compact=True)
        yield Static(id="about")
        yield KeyLine(SETTINGS, EVERYWHERE)

    def on_mount(self) -> None:
        """Read the settings."""
        self._read()

    @property
    def entry(self) -> Entry | None:
        """The setting under the cursor."""
        place = self.lines.highlighted
        return self.entries[place] if place is not None and place < len(self.entries) else None

    def why_disabled(self, command: str) -> str:
        """Return why the setting cannot be changed."""
        if command not in {"change_setting", "reset_setting"}:
            return ""
        if self.entry is None:
            return "No setting is selected."
        is_set = self.entry.source == str(self._settings.file)
        return "" if is_set or command == "change_setting" else "The file does not set it."

    @work(thread=True, exclusive=True, group="settings", exit_on_error=False, description="read the settings")
    def _read(self) -> None:
        self.post_message(self.SettingsRead(self._settings.entries(), self._settings.strange_variables()))

    def on_settings_screen_settings_read(self, event: SettingsRead) -> None:
        """Show the settings; the cursor stays where it was."""
        place = self.lines.highlighted or 0
        self._strange = event.strange
        self.entries = event.entries
        self._draw(place)

    def on_resize(self, event: events.Resize) -> None:
        """Give the values the room there is."""
        self.call_after_refresh(lambda: self._draw(self.lines.highlighted or 0))

    def _draw(self, place: int) -> None:
        width = value_width(self.entries, self.lines.scrollable_content_region.width)
        self.lines.clear_options()
        self.lines.add_options([Option(_line(entry, width)) for entry in self.entries])
        self.lines.highlighted = place if self.entries else None

    @on(OptionList.OptionHighlighted)
    def _show_about(self) -> None:
        if self.entry is not None:
            self.about.update(self._about(self.entry))

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        self.action_change_setting()

    def _about(self, entry: Entry) -> Content:
        ways = [f"variable {entry.variable}", *([f"option {entry.flag}"] if entry.flag else [])]
        parts: list[Content | tuple[str, str] | str] = [
            (entry.about.replace("`", ""), "bold"),
            BREAK,
            f"It takes {entry.takes}. By default: {entry.by_default.replace('`', '')}.",
            BREAK,
            (f"File {self._settings.file}, {', '.join(ways)}.", "$text-muted"),
        ]
        for name, meant in self._strange.items():
            hint = f" Did you mean {meant}?" if meant else ""
            parts += [BREAK, (f"The variable {name} is no setting.{hint}", "$text-warning")]
        return join(*parts)

    @work(exit_on_error=False, description="change a setting")
    async def action_change_setting(self) -> None:
        """Ask for another value, and write it into the file."""
        entry = self.entry
        if entry is None:
            return
        body = join(f"{entry.about.replace('`', '')} It takes {entry.takes}.")
        ask = AskLine(
            join(("Change ", ""), (entry.name, "bold")),
            body,
            yes="Save",
            value=entry.value,
            limit=500,
            why_not=lambda text: self._why_not(entry.name, text),
        )
        text = await self.app.push_screen_wait(ask)
        if text is not None:
            self._write(entry, text)

    def _why_not(self, name: str, text: str) -> str:
        if name == "theme" and text.strip() not in {*self.app.available_themes, *SHORT_NAMES}:
            known = ", ".join((*filter(None, SHORT_NAMES), *sorted(self.app.available_themes)))
            return f"There is no theme {text.strip()}. There are: {known}."
        return self._settings.why_not(name, text) if text.strip() else "Type a value, or leave with esc."

    def action_reset_setting(self) -> None:
        """Take the setting out of the file."""
        if self.entry is not None:
            self._write(self.entry, None)

    @work(thread=True, group="settings", exit_on_error=False, description="write a setting")
    def _write(self, entry: Entry, text: str | None) -> None:
        try:
            if text is None:
                self._settings.reset(entry.name)
            else:
                self._settings.write(entry.name, text)
        except SentTuiError as error:
            self.app.post_message(WorkFailed.of(error))
            return
        overruled = entry.source not in {DEFAULT, str(self._settings.file)}
        self.app.post_message(
            WorkDone(
                f"Saved, but {entry.source} goes first." if overruled else "Saved. It counts from the next start on."
            )
        )
        self.post_message(self.SettingsRead(self._settings.entries(), self._settings.strange_variables()))

    def action_move(self, lines: int) -> None:
        """Move by a line."""
        self.lines.action_cursor_down() if lines > 0 else self.lines.action_cursor_up()

    def action_back(self) -> None:
        """Return to the screen before."""
        self.dismiss()


def value_width(entries: Sequence[Entry], width: int) -> int:
    """Return the cells for values: no more than the longest takes, and what names and sources leave of a width."""
    longest = max((cell_len(entry.value) for entry in entries), default=0) + 2
    room = width - NAME_WIDTH - max((cell_len(entry.source) for entry in entries), default=0)
    return max(VALUE_WIDTH, min(longest, room))


def _line(entry: Entry, width: int) -> Content:
    value = safe(entry.value or "–", "bold" if entry.source != DEFAULT else "", width - 2)
    return join(
        f"{entry.name:<{NAME_WIDTH}}",
        value,
        " " * max(1, width - value.cell_length),
        (entry.source, "$text-muted"),
    )

"""Choosing a file by its path: typed and completed, or from the list of its folder."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import var
from textual.widgets import Input, OptionList, Static

from sent_tui.core.text import display
from sent_tui.errors import SentTuiError
from sent_tui.services.exchange.folder import Entry, completed, list_folder, matching
from sent_tui.tui.commands import EVERYWHERE, FILES, bindings
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.once import Page
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.fields import TextField
from sent_tui.tui.widgets.file_list import FileList
from sent_tui.tui.widgets.status_line import KeyLine, TopLine

LONGEST_PATH = 4096
"""Characters of a path, as Linux takes them."""


class ChooseFile(Page[Path | None]):
    """A field with a path above what is in its folder; gives back a file, or None.

    With a `proposed` name, a file is to be written: any name may be typed, and that of a file that is there as well.
    """

    TITLE = "Choose a file"
    CSS_PATH = "choose_file.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(FILES)
    AUTO_FOCUS = "TextField"

    entries: var[tuple[Entry, ...]] = var(())
    """What is in the folder."""
    trouble: var[str] = var("")
    """Why the folder cannot be listed; empty when it can."""

    field = getters.query_one(TextField)
    files = getters.query_one(FileList)

    @dataclass(eq=False, repr=False)
    class Listed(Message):
        """A folder was read."""

        folder: Path
        entries: tuple[Entry, ...]
        trouble: str = ""

    def __init__(
        self,
        session: Session,
        heading: str,
        question: str,
        *,
        proposed: str = "",
        suffixes: Collection[str] = (),
    ) -> None:
        """Make a screen; of a file to be written, `suffixes` are the ends that its name may have, if not any."""
        super().__init__()
        self.session = session
        self._heading = heading
        self._question = question
        self._is_saving = bool(proposed)
        self._suffixes = suffixes
        folder = session.places.folder.absolute()
        self._folders = {_shown(folder): folder}
        """Folders by the text that stands for them: a name with control characters cannot be typed."""
        self._folder: Path | None = None
        """The folder that is listed, or about to be."""
        self._start = _shown(folder) + proposed

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine(self._heading)
        yield Static(join((self._question, "$text-muted")), id="question")
        yield TextField(self._start, placeholder="Path of a file", limit=LONGEST_PATH)
        yield FileList(compact=True)
        yield Static(id="trouble")
        yield KeyLine(FILES, EVERYWHERE, typing=True)

    def on_mount(self) -> None:
        """List the folder."""
        self._look(self._start)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._look(event.value)

    def _look(self, text: str) -> None:
        """List the folder of a path, or what of it fits the path."""
        folder = self._folder_in(text)
        if folder == self._folder:
            self._show()
            return
        self._folder = folder
        self.entries = ()
        self._list(folder)

    @work(thread=True, exclusive=True, group="list", exit_on_error=False, description="list a folder")
    def _list(self, folder: Path) -> None:
        try:
            self.post_message(self.Listed(folder, list_folder(folder)))
        except SentTuiError as error:
            self.post_message(self.Listed(folder, (), str(error)))

    def on_choose_file_listed(self, message: Listed) -> None:
        """Show what is in the folder, if it is still wanted."""
        if message.folder == self._folder:
            self.trouble = message.trouble
            self.entries = message.entries
            self._show()

    def _show(self) -> None:
        typed = self._typed_name
        fitting = matching(self.entries, typed)
        # A name that is being made up is not to be completed to another one by Enter.
        at = None if self._is_saving and typed else 0
        if not self._is_saving and not typed:
            at = _newest(fitting)
        self.files.show(fitting, self.session.workspace.clock(), at=at)
        note = self.trouble
        if not fitting and not note and self.entries:
            note = "" if self._is_saving else "No name in this folder begins like that."
        self._say(note)

    def _say(self, note: str) -> None:
        self.query_one("#trouble", Static).update(safe(note, "$text-warning"))

    def _folder_in(self, text: str) -> Path:
        """Return the folder of a path: up to its last slash."""
        start = text[: text.rfind("/") + 1]
        if start in self._folders:
            return self._folders[start]
        folder = Path(start)
        with suppress(RuntimeError):  # there is no such user
            folder = folder.expanduser()
        return folder.absolute()

    @property
    def _typed_name(self) -> str:
        return self.field.value[self.field.value.rfind("/") + 1 :]

    def action_move(self, rows: int) -> None:
        """Move through the names while the letters stay in the field."""
        self.files.action_cursor_down() if rows > 0 else self.files.action_cursor_up()

    def action_move_page(self, pages: int) -> None:
        """Move by pages."""
        self.files.action_page_down() if pages > 0 else self.files.action_page_up()

    def action_complete(self) -> None:
        """Complete what was typed as far as it is clear; where that is all, take the line of the cursor."""
        typed = self._typed_name
        whole = completed(self.entries, typed)
        only = matching(self.entries, whole)
        if len(only) == 1 and only[0].is_folder:
            self._enter(only[0])
            return
        if whole == typed and (entry := self.files.current) is not None and not entry.is_folder:
            whole = entry.name
        # A name that no terminal may show is not put into the field; Enter takes it from the list.
        if display(whole, LONGEST_PATH) == whole:
            self._write(self.field.value.removesuffix(typed) + whole)

    def _write(self, text: str) -> None:
        self.field.value = text
        self.field.cursor_position = len(text)

    def action_take(self) -> None:
        """Take the file of the cursor, or open its folder."""
        entry = self.files.current
        if entry is not None:
            self._enter(entry) if entry.is_folder else self._give(entry.path)
        elif self._typed_name and self._folder is not None:
            name = next((each for each in self.entries if each.name == self._typed_name), None)
            if name is not None and name.is_folder:
                self._enter(name)
            else:
                self._give(self._folder / self._typed_name)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.action_take()

    def _enter(self, folder: Entry) -> None:
        path = folder.path
        self._folders[_shown(path)] = path
        self._write(_shown(path))

    def _give(self, path: Path) -> None:
        if self._suffixes and path.suffix.casefold() not in self._suffixes:
            self._say(f"End the name with one of {', '.join(self._suffixes)}.")
            return
        self.session.places.folder = path.parent
        self.dismiss(path)

    def action_up(self) -> None:
        """Go to the folder above."""
        if self._folder is not None:
            above = self._folder.parent
            self._folders[_shown(above)] = above
            self._write(_shown(above))

    def action_back(self) -> None:
        """Choose nothing."""
        self.dismiss(None)


def _shown(folder: Path) -> str:
    return safe(str(folder), limit=LONGEST_PATH).plain.rstrip("/") + "/"


def _newest(entries: tuple[Entry, ...]) -> int | None:
    """Return the place of the file of contacts that was written last; else of the first entry."""
    found = [(entry.changed_at, -at) for at, entry in enumerate(entries) if entry.is_readable and entry.changed_at]
    return -max(found)[1] if found else 0 if entries else None

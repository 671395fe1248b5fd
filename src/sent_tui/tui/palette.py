"""The command palette: every command of the screen beneath it by its words, and contacts by name or number."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from sent_tui.core.search import containing
from sent_tui.core.search_match import SearchCancelledError
from sent_tui.errors import SentTuiError
from sent_tui.tui.availability import commands_of, why_not
from sent_tui.tui.commands import Command
from sent_tui.tui.keymap import keymap_of
from sent_tui.tui.messages import ContactRequested
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.once import ClosesOnce

if TYPE_CHECKING:
    from sent_tui.core.search import ContactRow
    from sent_tui.store.repository import Repository

CONTACTS_OFFERED: Final = 6
"""More are found by the search of the list."""
SHORTEST_SEARCH: Final = 2
"""Characters from which on contacts are looked for."""
_SAID: Final = 2.0
"""What a command is worth more whose title has the words as they were typed."""
_CONTACT: Final = 1.5
"""What a contact is worth: less than such a command, more than one that fits by single letters."""
_HIDDEN: Final = {"command_palette", "suspend_process"}


class Palette(ClosesOnce[None], CommandPalette):
    """Textual's command palette."""

    DEFAULT_CSS = "Palette SearchIcon { display: none; }"

    def __init__(self) -> None:
        super().__init__(placeholder="A command, or a contact by name or number")


class CommandProvider(Provider):
    """Offers the commands of the registry."""

    async def discover(self) -> Hits:
        """Offer everything before a word is typed."""
        for command in self._commands():
            yield DiscoveryHit(
                self._line(command, Content(command.title)), partial(self._run, command), text=command.title
            )

    async def search(self, query: str) -> Hits:
        """Offer what fits the words typed."""
        matcher = self.matcher(query)
        for command in self._commands():
            fit = matcher.match(command.title)
            if fit > 0:
                score = fit / (1 + fit) + (_SAID if query.casefold() in command.title.casefold() else 0)
                line = self._line(command, matcher.highlight(command.title))
                yield Hit(score, line, partial(self._run, command), text=command.title)

    def _commands(self) -> Iterator[Command]:
        by_action = {command.name: command for command in reversed(list(commands_of(self.screen)))}
        return (command for name, command in reversed(by_action.items()) if name not in _HIDDEN)

    def _line(self, command: Command, title: Content) -> Content:
        reason = why_not(self.app, self.screen, command)
        words = title.stylize("$text-muted") if reason else title
        key = (keymap_of(self.app).label(command), "not bold $primary")
        return join(words, "   ", key, (f"   Not now: {reason}" if reason else "", "not bold $text-muted"))

    async def _run(self, command: Command) -> None:
        screen = self.screen
        method = f"action_{command.name.split('(')[0]}"
        for owner in (screen.focused, screen, self.app):
            if owner is not None and hasattr(owner, method):
                await self.app.run_action(command.name, owner)
                return


class ContactProvider(Provider):
    """Offers contacts, by their names and any way to write their numbers."""

    async def search(self, query: str) -> Hits:
        """Offer the first contacts that fit, found off the event loop."""
        text = query.strip()
        workspace = getattr(self.app, "workspace", None)
        if workspace is None or len(text) < SHORTEST_SEARCH:
            return
        gone = threading.Event()
        try:
            rows = await asyncio.to_thread(_first, workspace.repository, text, gone)
        except SentTuiError:
            return  # the list tells of a database that cannot be read
        finally:
            gone.set()
        for place, row in enumerate(rows):
            line = _row_line(row)
            yield Hit(_CONTACT - place / 100, line, partial(self._open, row.id), text=line.plain)

    def _open(self, contact_id: str) -> None:
        self.app.post_message(ContactRequested(contact_id))


def _first(repository: Repository, text: str, gone: threading.Event) -> list[ContactRow]:
    """Return the first contacts that answer a search; none once nobody waits for them."""
    query = containing(text, forgiving=True)
    try:
        found = repository.glance(query, limit=CONTACTS_OFFERED) or repository.answer(query, is_cancelled=gone.is_set)
    except SearchCancelledError:
        return []
    return list(found[:CONTACTS_OFFERED])


def _row_line(row: ContactRow) -> Content:
    number = safe(row.international, "not bold $text-muted")
    opted_out = ("   opted out" if row.opted_out else "", "not bold $text-warning")
    return join(safe(row.name), "   " if row.name else "", number, opted_out)

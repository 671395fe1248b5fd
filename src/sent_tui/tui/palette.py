"""The command palette: every command of the screen beneath it, by its words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from sent_tui.tui.commands import EVERYWHERE, SCREENS, Command
from sent_tui.tui.screens.once import ClosesOnce

_HIDDEN = {"command_palette", "suspend_process"}


class Palette(ClosesOnce[None], CommandPalette):
    """Textual's command palette."""


class CommandProvider(Provider):
    """Offers the commands of the registry."""

    async def discover(self) -> Hits:
        """Offer everything before a word is typed."""
        for command in self._commands():
            yield DiscoveryHit(
                Content(command.title), partial(self._run, command), text=command.title, help=self._help(command)
            )

    async def search(self, query: str) -> Hits:
        """Offer what fits the words typed."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.title)
            if score > 0:
                title = matcher.highlight(command.title)
                yield Hit(score, title, partial(self._run, command), text=command.title, help=self._help(command))

    def _commands(self) -> Iterator[Command]:
        seen: set[str] = set()
        for group in SCREENS.get(self.screen.title or "", (EVERYWHERE,)):
            for command in group:
                if command.name not in seen and command.name not in _HIDDEN:
                    seen.add(command.name)
                    yield command

    def _help(self, command: Command) -> str:
        return f"Key: {command.key_label}"

    async def _run(self, command: Command) -> None:
        screen = self.screen
        method = f"action_{command.name.split('(')[0]}"
        for owner in (screen.focused, screen, self.app):
            if owner is not None and hasattr(owner, method):
                await self.app.run_action(command.name, owner)
                return

"""The application: it owns the themes, the screens' workspace, and what goes on in the background."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.reactive import var
from textual.screen import Screen
from textual.signal import Signal

from sent_tui.core.text import plural
from sent_tui.errors import UsageError
from sent_tui.services.workspace import Workspace
from sent_tui.store.repository import Change, ChangeKind
from sent_tui.tui.background import TellsFailures
from sent_tui.tui.commands import EVERYWHERE, bindings
from sent_tui.tui.fatal import FatalErrorMixin
from sent_tui.tui.garbage import IdleCollector
from sent_tui.tui.messages import DatabaseCounted, RepositoryChanged, SendRequested, WorkDone, WorkFailed
from sent_tui.tui.safe import notify
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.session import Session
from sent_tui.tui.themes import DARK, LIGHT, SHORT_NAMES, THEMES
from sent_tui.tui.widgets.status_line import KeyLine

if TYPE_CHECKING:
    from textual.command import Provider

    from sent_tui.services.following import Follower

FOLLOW_EVERY = 0.4
"""Seconds between two looks at the messages under way."""
REFRESH_EVERY = 1.0
"""Seconds between two looks at what other programs wrote."""

FAILURE_SHOWN = 8.0
"""Seconds for which a failure in the background can be read."""


def command_provider() -> type[Provider]:
    """Return what fills the command palette, imported when that is opened."""
    from sent_tui.tui.palette import CommandProvider

    return CommandProvider


class SentApp(TellsFailures, FatalErrorMixin, App[None]):
    """sent-tui in a terminal."""

    TITLE = "sent-tui"
    # The screens that are opened most bring no rules of their own: for those, all the others would be parsed once more.
    CSS_PATH = ["base.tcss", "screens/contacts.tcss", "screens/detail.tcss"]
    COMMANDS = {command_provider}
    BINDINGS: ClassVar[list[BindingType]] = bindings(EVERYWHERE)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-normal"), (140, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    status: var[str] = var("")
    """Which gateway is in use, how many contacts there are, and whether they can be changed; the top line shows it."""

    def __init__(self, workspace: Workspace, *, theme: str = "", region: str = "", follow: bool = True) -> None:
        super().__init__()
        self.workspace = workspace
        self.session = Session(workspace, Signal(self, "changes"), region)
        self.animation_level = "none"
        for own in THEMES:
            self.register_theme(own)
        self._begin_with(self._theme_named(theme))
        self._follows = follow
        self._failures: set[tuple[str, str]] = set()
        """What is being shown of what went wrong."""
        self._collector: IdleCollector | None = None
        """Looks for garbage in an app that was started on a terminal; None until the list is shown."""
        self._unsubscribe = workspace.repository.subscribe(lambda change: self._tell(change))

    def _theme_named(self, name: str) -> str:
        """Return the theme that a person named; raises UsageError for an unknown one."""
        wanted = SHORT_NAMES.get(name, name)
        if wanted not in self.available_themes:
            known = ", ".join((*filter(None, SHORT_NAMES), *sorted(self.available_themes)))
            raise UsageError("No such theme", f"There is none named {name}.", f"Choose one of: {known}.")
        return wanted

    def _begin_with(self, theme: str) -> None:
        if theme == DARK.name:
            # Dark like Textual's own, so only the colours differ. Set the usual way, all rules would be parsed twice.
            self.set_reactive(App.theme, theme)
            self.stylesheet.set_variables(self.get_css_variables())
        else:
            self.theme = theme

    def _tell(self, change: Change) -> None:
        self.post_message(RepositoryChanged(change))

    def get_default_screen(self) -> Screen[None]:
        """Begin with the contact list. Were it pushed on another screen, Textual would draw its first frame twice."""
        return ContactsScreen(self.session)

    def on_list_shown(self) -> None:
        """Begin to look after messages and other programs."""
        if not gc.isenabled():
            self._collector = IdleCollector(self.set_timer)
            self._collector.begin()
        if self._follows:
            self.set_interval(FOLLOW_EVERY, self._follow)
            self.set_interval(REFRESH_EVERY, self._refresh)

    def post_display_hook(self) -> None:
        """Have garbage looked for once nothing more is painted."""
        if self._collector is not None:
            self._collector.painted()

    def on_database_counted(self, message: DatabaseCounted) -> None:
        """Say how many contacts there are."""
        workspace = self.workspace
        read_only = " · read-only" if workspace.repository.read_only else ""
        self.status = f"{workspace.gateway.label} · {plural(message.total, 'contact')}{read_only}"

    def on_unmount(self) -> None:
        """Let go of the repository."""
        self._unsubscribe()

    def on_repository_changed(self, message: RepositoryChanged) -> None:
        """Pass a change on to the screens; drafts change with every letter and concern only who writes them."""
        if message.change.kind is not ChangeKind.DRAFTS:
            self.session.changes.publish(message.change)

    def on_work_failed(self, message: WorkFailed) -> None:
        """Show what went wrong in the background; what fails again and again, once while it can be read."""
        told = (message.title, message.text)
        if told not in self._failures:
            self._failures.add(told)
            self.set_timer(FAILURE_SHOWN, lambda: self._failures.discard(told))
            notify(self, message.text, title=message.title, severity="error", timeout=FAILURE_SHOWN)

    def on_work_done(self, message: WorkDone) -> None:
        """Say what was done in the key line; the screen that began it may be closed by now."""
        for screen in reversed(self.screen_stack):
            for line in screen.query(KeyLine):
                line.news = message.text
                return

    def on_send_requested(self, message: SendRequested) -> None:
        """Open the send screen, once."""
        # Screens that are opened later are imported later: the list is painted before that.
        from sent_tui.tui.screens.send import SendScreen

        if not isinstance(self.screen, SendScreen):
            self.push_screen(SendScreen(self.session, message.contact_id))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return none of Textual's own commands: one of them writes the screen to a file."""
        return ()

    def action_command_palette(self) -> None:
        """Open the command palette."""
        from textual.command import CommandPalette

        from sent_tui.tui.palette import Palette

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(Palette())

    def action_show_help(self) -> None:
        """Show the keys of the present screen."""
        from sent_tui.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen.title or ""))

    def action_switch_theme(self) -> None:
        """Change between the dark and the light theme."""
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name

    @work(thread=True, group="undo", exit_on_error=False, description="undo")
    def action_undo(self) -> None:
        """Take back the last change."""
        name = self.workspace.contacts.undo()
        self.call_from_thread(notify, self, f"Undone: {name}." if name else "There is nothing to undo.")

    def action_quit_asking(self) -> None:
        """Leave the program; everything that was typed is kept."""
        self.exit()

    @cached_property
    def _follower(self) -> Follower:
        from sent_tui.services.following import Follower

        return Follower(self.workspace.sending, self.workspace.clock)

    def _follow(self) -> None:
        busy = any(worker.group == "follow" and not worker.is_finished for worker in self.workers)
        if not busy and not self.workspace.repository.read_only and self._follower.is_due:
            self._follow_messages()

    @work(thread=True, group="follow", exit_on_error=False, description="follow messages")
    def _follow_messages(self) -> None:
        self._follower.tick()

    @work(thread=True, group="refresh", exclusive=True, exit_on_error=False, description="look for changes")
    def _refresh(self) -> None:
        self.workspace.repository.refresh()
        self.workspace.repository.maintain()

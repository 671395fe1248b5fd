"""The application: it owns the themes, the screens' workspace, and what goes on in the background."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.reactive import var
from textual.screen import Screen
from textual.signal import Signal

from sent_tui.core.text import plural
from sent_tui.errors import UsageError
from sent_tui.services.workspace import Workspace
from sent_tui.store.repository import Change, ChangeKind
from sent_tui.tui.availability import Holds, why_not_action
from sent_tui.tui.background import TellsFailures
from sent_tui.tui.commands import EVERYWHERE, IN_LIST, bindings
from sent_tui.tui.fatal import FatalErrorMixin
from sent_tui.tui.following import FollowsMessages
from sent_tui.tui.garbage import IdleCollector
from sent_tui.tui.keymap import OWN_KEYS, Keymap
from sent_tui.tui.keys_in_turn import KeysInTurn
from sent_tui.tui.live import SendsLive
from sent_tui.tui.messages import DatabaseCounted, RepositoryChanged, WorkDone, WorkFailed
from sent_tui.tui.outbox import HoldsMessages
from sent_tui.tui.pages import OpensPages
from sent_tui.tui.plain_signs import PlainSigns, plain
from sent_tui.tui.safe import notify
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.session import Session
from sent_tui.tui.stylesheet import ReusingStylesheet
from sent_tui.tui.tabs import HasTabs
from sent_tui.tui.themes import DARK, SHORT_NAMES, THEMES, counterpart, keeps_ansi
from sent_tui.tui.title import ShowsTitle
from sent_tui.tui.undoing import TakesBack
from sent_tui.tui.widgets.status_line import KeyLine

if TYPE_CHECKING:
    from textual.actions import ActionParseResult
    from textual.command import Provider
    from textual.dom import DOMNode
    from textual.filter import LineFilter

    from sent_tui.core.quiet_hours import QuietHours
    from sent_tui.services.settings import SettingsService

FAILURE_SHOWN = 8.0
"""Seconds for which a failure in the background can be read."""


def command_provider() -> type[Provider]:
    """Return what offers commands in the palette, imported when that is opened."""
    from sent_tui.tui.palette import CommandProvider

    return CommandProvider


def contact_provider() -> type[Provider]:
    """Return what offers contacts in the palette, imported when that is opened."""
    from sent_tui.tui.palette import ContactProvider

    return ContactProvider


class SentApp(
    KeysInTurn,
    TellsFailures,
    SendsLive,
    FollowsMessages,
    OpensPages,
    HasTabs,
    HoldsMessages,
    TakesBack,
    FatalErrorMixin,
    App[None],
):
    """sent-tui in a terminal."""

    TITLE = "sent-tui"
    # The screens that are opened most bring no rules of their own: for those, all the others would be parsed once more.
    CSS_PATH = ["base.tcss", "screens/contacts.tcss", "screens/detail.tcss"]
    COMMANDS = {command_provider, contact_provider}
    BINDINGS: ClassVar[list[BindingType]] = bindings(EVERYWHERE)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-normal"), (140, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    status: var[str] = var("")
    """Which gateway is in use, how many contacts there are, and whether they can be changed; the top line shows it."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        theme: str = "",
        region: str = "",
        rate: float = 5.0,
        follow: bool = True,
        keymap: Keymap = OWN_KEYS,
        ascii_only: bool = False,
        outbox: timedelta = timedelta(),
        pause: timedelta = timedelta(),
        quiet: QuietHours | None = None,
        settings: SettingsService | None = None,
    ) -> None:
        super().__init__(ansi_color=keeps_ansi(theme))
        self.stylesheet = ReusingStylesheet(variables=self.get_css_variables())
        self.keymap = keymap
        self.settings = settings
        self._plain_signs = PlainSigns(enabled=ascii_only)
        self.set_keymap(keymap.for_textual)
        self.moving_keys = frozenset(key for command in IN_LIST for key in keymap.keys(command))
        self.workspace = workspace
        self.session = Session(workspace, Signal(self, "changes"), region, rate, outbox, pause, quiet)
        self._held = {}
        self.animation_level = "none"
        for own in THEMES:
            self.register_theme(own)
        self._begin_with(self._theme_named(theme))
        self._follows = follow
        self._total: int | None = None
        self._failures: set[tuple[str, str]] = set()
        """What is being shown of what went wrong."""
        self._collector: IdleCollector | None = None
        """Looks for garbage in an app that was started on a terminal; None until the list is shown."""
        self._unsubscribe = workspace.repository.subscribe(lambda change: self._tell(change))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what each line passes through before it is drawn."""
        filters = super().get_line_filters()
        return [*filters, self._plain_signs] if self._plain_signs.enabled else filters

    def watch_status(self) -> None:
        """Show it in the title of the terminal as well."""
        self.show_title()

    def show_title(self) -> None:
        """Say in the title of the terminal how things stand, and how many messages wait in the outbox."""
        waiting = f"{plural(len(self._held), 'message')} waiting" if self._held else ""
        title = " · ".join(filter(None, (self.TITLE, self.status, waiting)))
        if isinstance(self._driver, ShowsTitle):
            self._driver.show_title(plain(title) if self._plain_signs.enabled else title)

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
            self.ask_account()
            self.begin_following()

    def post_display_hook(self) -> None:
        """Have garbage looked for once nothing more is painted."""
        if self._collector is not None:
            self._collector.painted()

    def on_database_counted(self, message: DatabaseCounted) -> None:
        """Say how many contacts there are."""
        self._total = message.total
        self.show_status()

    def show_status(self) -> None:
        """Say which gateway is in use, how many contacts there are, and whether they can be changed."""
        total = "" if self._total is None else plural(self._total, "contact")
        read_only = "read-only" if self.workspace.repository.read_only else ""
        self.status = " · ".join(filter(None, (self.workspace.gateway.label, total, read_only)))

    async def on_unmount(self) -> None:
        """Hand over what waits in the outbox, and let go of the repository."""
        await asyncio.to_thread(self.empty_outbox)
        self._unsubscribe()

    def on_repository_changed(self, message: RepositoryChanged) -> None:
        """Pass a change on to the screens; drafts change with every letter and concern only who writes them."""
        if message.change.kind is not ChangeKind.DRAFTS:
            self.session.changes.publish(message.change)

    def on_work_failed(self, message: WorkFailed) -> None:
        """Show what went wrong in the background; what fails again and again, once while it can be read."""
        self.show_status()  # whether the network is reached is a part of it
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

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run what a key or the palette asks for; say why where it is not possible."""
        screen = self.screen
        if isinstance(action, str) and isinstance(screen, Holds) and screen.hold(action, default_namespace):
            return True
        why_not = why_not_action(self, action) if isinstance(action, str) else ""
        if why_not:
            self.post_message(WorkDone(why_not))
            return True
        return await super().run_action(action, default_namespace, namespaces)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return none of Textual's own commands: one of them writes the screen to a file."""
        return ()

    def action_switch_theme(self) -> None:
        """Change between the dark and the light theme of a kind."""
        self.theme = counterpart(self.theme, dark=self.current_theme.dark)

    def action_quit_asking(self) -> None:
        """Leave the program; everything that was typed is kept."""
        self.exit()

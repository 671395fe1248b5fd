"""Why a command is not possible at the moment: the one place that palette, help, key line and every key press ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sent_tui.tui.commands import EVERYWHERE, SCREENS, Command, Need

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode
    from textual.screen import Screen


@runtime_checkable
class HasContact(Protocol):
    """A screen with a contact to act on."""

    @property
    def contact_id(self) -> str:
        """The contact to act on; empty when there is none."""
        ...


@runtime_checkable
class Holds(Protocol):
    """A screen that keeps some actions for later."""

    def hold(self, action: str, namespace: DOMNode | None) -> bool:
        """Return whether an action is kept, to be run later."""
        ...


@runtime_checkable
class Explains(Protocol):
    """A screen, or an app, that knows more of its commands than what they need."""

    def why_disabled(self, command: str) -> str:
        """Return why a command, by the name of its action, is not possible; empty when it is."""
        ...


def commands_of(screen: Screen[Any]) -> Iterator[Command]:
    """Yield the commands of a screen, each once; a dialog has none of its own."""
    groups = SCREENS.get(screen.title or "", (EVERYWHERE,))
    return iter({command.id: command for group in groups for command in group}.values())


def concerns_contact(screen: Screen[Any], action: str) -> bool:
    """Return whether an action of a screen acts on the contact under the cursor."""
    return any(command.name == action and Need.CONTACT in command.needs for command in commands_of(screen))


def is_possible(app: App[Any], command: Command) -> bool:
    """Return whether nothing that lasts, such as a database that is only read, stands against a command."""
    workspace = getattr(app, "workspace", None)
    return Need.WRITING not in command.needs or workspace is None or not workspace.repository.read_only


def why_not(app: App[Any], screen: Screen[Any], command: Command) -> str:
    """Return why a command of a screen is not possible now, in words for a person; empty when it is."""
    if not is_possible(app, command):
        return "The database is read-only."
    if Need.CONTACT in command.needs and isinstance(screen, HasContact) and not screen.contact_id:
        return "No contact is selected."
    for owner in (screen, app):
        if isinstance(owner, Explains) and (reason := owner.why_disabled(command.name)):
            return reason
    return ""


def why_not_action(app: App[Any], action: str) -> str:
    """Return why an action that a key of the present screen stands for is not possible now; empty when it is."""
    screen = app.screen
    if screen.title not in SCREENS:
        return ""  # the actions of a dialog are its own, whatever they are called
    command = next((command for command in commands_of(screen) if command.name == action), None)
    return why_not(app, screen, command) if command else ""

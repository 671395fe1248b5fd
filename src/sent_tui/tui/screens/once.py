"""Screens that are closed once, however often and however early a key is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen

from sent_tui.tui.background import TellsFailures

Result = TypeVar("Result")

if TYPE_CHECKING:
    _Base = Screen
else:
    # Textual takes styles from the first base, which therefore must not be a screen of its own.
    from typing import Generic as _Base


class ClosesOnce(_Base[Result]):
    """Before a screen in the bases: a second dismissal, from a key that was pressed twice, does nothing."""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close the screen, if it is the one on top."""
        return super().dismiss(result) if self.is_active else AwaitComplete.nothing()  # type: ignore[no-untyped-call]


class Page(TellsFailures, ClosesOnce[Result], Screen[Result]):
    """A whole screen."""

    def on_resize(self, event: events.Resize) -> None:
        """Pass over a size that is past: Textual would change between it and the present one for ever."""
        if event.size != self.app.size:
            event.prevent_default()
            event.stop()


class Dialog(ClosesOnce[Result], ModalScreen[Result]):
    """A dialog over another screen."""

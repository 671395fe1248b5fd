"""Screens that are closed once, however often and however early a key is pressed."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import ModalScreen, Screen

Result = TypeVar("Result")


class ClosesOnce(Screen[Result]):
    """A screen whose second dismissal, from a key that was pressed twice, does nothing."""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close the screen, if it is the one that is shown."""
        return super().dismiss(result) if self.is_current else AwaitComplete.nothing()  # type: ignore[no-untyped-call]


class Dialog(ClosesOnce[Result], ModalScreen[Result]):
    """A dialog over another screen."""


class Palette(ClosesOnce[None], CommandPalette):
    """Textual's command palette."""

"""The title of the terminal: it says how things stand, and is put back at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from sent_tui.core.text import display

if TYPE_CHECKING:
    from textual.driver import Driver

KEEP: Final = "\x1b[22;2t"
"""Asks the terminal to keep the title that it has (xterm's window operations)."""
PUT_BACK: Final = "\x1b[23;2t"
"""Asks for the title that was kept."""
LIMIT: Final = 120
"""Characters of a title."""


@runtime_checkable
class ShowsTitle(Protocol):
    """A driver that can set the terminal's title."""

    def show_title(self, title: str) -> None:
        """Set the title, which may be foreign text, as long as the app has the terminal."""
        ...


def with_title(kind: type[Driver]) -> type[Driver]:
    """Return a kind of driver that sets the terminal's title while the app is on the screen."""

    class TitledDriver(kind):  # type: ignore[valid-type, misc]
        _title = ""
        _has_terminal = False

        def start_application_mode(self) -> None:
            super().start_application_mode()
            self._has_terminal = True
            self.write(KEEP)
            self._write_title()

        def stop_application_mode(self) -> None:
            if self._has_terminal:
                self._has_terminal = False
                self.write(PUT_BACK)
            super().stop_application_mode()

        def show_title(self, title: str) -> None:
            self._title = display(title, LIMIT)
            self._write_title()

        def _write_title(self) -> None:
            if self._title and self._has_terminal:
                self.write(f"\x1b]2;{self._title}\x07")
                self.flush()

    return TitledDriver

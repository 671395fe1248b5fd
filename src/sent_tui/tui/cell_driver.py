"""A driver that sends only cells that changed: what counts over a slow line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import events
from textual.geometry import Size

from sent_tui.tui.cell_screen import CellScreen

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.message import Message


def with_cells(kind: type[Driver]) -> type[Driver]:
    """Return a kind of driver that keeps in mind what the terminal shows."""

    class CellDriver(kind):  # type: ignore[valid-type, misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - whatever the kind takes
            self._cells = CellScreen()
            self._size_known = Size()
            super().__init__(*arguments, **options)

        def write(self, data: str) -> None:
            if self._app.size != self._size_known:
                # What was sent for another size since the terminal changed may stand anywhere.
                self._size_known = self._app.size
                self._cells.forget()
            if changes := self._cells.changes(data):
                super().write(changes)

        def send_message(self, message: Message) -> None:
            if isinstance(message, events.Resize):
                self._cells.forget()
            super().send_message(message)

        def _get_terminal_size(self) -> tuple[int, int]:
            # Asked after each change of the size, also one that was taken back at once.
            self._cells.forget()
            size: tuple[int, int] = super()._get_terminal_size()
            return size

        def start_application_mode(self) -> None:
            self._cells.forget()
            super().start_application_mode()

    return CellDriver

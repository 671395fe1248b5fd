"""Lines to choose from."""

from __future__ import annotations

from contextlib import suppress

from textual.widgets import OptionList


class Lines(OptionList):
    """Textual's list of options, for which a page key may come before the first line is laid out."""

    def action_page_up(self) -> None:
        """Move a page up, once there are pages."""
        with suppress(KeyError):
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """Move a page down, once there are pages."""
        with suppress(KeyError):
            super().action_page_down()  # type: ignore[no-untyped-call]

"""The country of numbers that are written without a calling code: a field of one line that opens a choice."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from sent_tui.core.numbering import Region, calling_code, region_name
from sent_tui.tui.safe import join

NONE = "none, numbers begin with +"
"""What is shown while no country is chosen; before the comma where there is little room."""


class CountryField(Widget, can_focus=True):
    """Shows the country that was chosen. Enter or any letter asks for another one, Backspace for none."""

    DEFAULT_CSS = """
    CountryField {
        height: 1;
        padding: 0 1;
        background: $surface;
        &:focus { background: $panel; }
    }
    """

    country: reactive[str | None] = reactive(None)
    """ISO 3166-1 alpha-2, None for no country."""

    @dataclass(eq=False, repr=False)
    class Wanted(Message):
        """A country is to be chosen."""

        typed: str = ""
        """The letter that was typed already."""

    @dataclass(eq=False, repr=False)
    class Cleared(Message):
        """No country is wanted."""

    def render(self) -> RenderResult:
        """Return the country, and at the right the key that changes it, where there is room for both."""
        key = join(("ctrl+l", "bold $primary"))
        room = self.content_size.width - key.cell_length - 1
        if self.country:
            chosen = country_line(Region(self.country, region_name(self.country), calling_code(self.country)))
        else:
            chosen = join((NONE if len(NONE) <= room else NONE.split(",")[0], "$text-muted"))
        if chosen.cell_length > room:
            return chosen.truncate(self.content_size.width, ellipsis=True)
        return Content.assemble(chosen.pad_right(room - chosen.cell_length), " ", key)

    def on_key(self, event: events.Key) -> None:
        """Open the choice, or clear it."""
        if event.key in {"backspace", "delete"}:
            event.stop()
            self.post_message(self.Cleared())
        elif event.key in {"enter", "down"} or (event.is_printable and event.character):
            event.stop()
            typed = (event.character or "").strip() if event.is_printable else ""
            self.post_message(self.Wanted(typed))

    def on_click(self) -> None:
        """Open the choice."""
        self.post_message(self.Wanted())


def country_line(region: Region) -> Content:
    """Return a country as it is written everywhere: code, name and calling code."""
    return join((region.code, "bold"), f"  {region.name}  ", (f"+{region.calling_code}", "$text-muted"))

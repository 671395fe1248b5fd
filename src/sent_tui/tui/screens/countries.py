"""The choice of a country, by a few letters of its name, its code or its calling code."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sent_tui.core.numbering import Region, region_code, regions
from sent_tui.tui.safe import join
from sent_tui.tui.screens.once import Dialog
from sent_tui.tui.widgets.country_field import country_line
from sent_tui.tui.widgets.fields import TextField, TypeAhead
from sent_tui.tui.widgets.lines import Lines

NO_COUNTRY = ""
"""Chosen to have no country."""

_OTHER_NAMES = {
    "AE": "emirates",
    "CI": "ivory coast",
    "CV": "cabo verde",
    "CZ": "czech republic",
    "GB": "great britain england scotland wales northern ireland",
    "MK": "macedonia",
    "MM": "burma",
    "NL": "holland",
    "SZ": "swaziland",
    "TL": "east timor",
    "TR": "turkey",
    "US": "usa america",
    "VA": "holy see",
}
"""Names by which people look for a country, besides the one that is shown."""
_LARGEST = frozenset({"AU", "CW", "FI", "GB", "GP", "IT", "MA", "NO", "RE", "RU", "SH", "US"})
"""Of the countries that share a calling code, the one that most people mean."""


def matching(text: str) -> tuple[Region, ...]:
    """Return the countries that fit what was typed, the likeliest first; all of them when nothing was."""
    typed = _folded(text.strip().removeprefix("+"))
    if not typed:
        return regions()
    ranked = [(rank, region) for region in regions() if (rank := _rank(region, typed)) is not None]
    return tuple(region for _, region in sorted(ranked, key=lambda item: item[0]))


def _rank(region: Region, typed: str) -> int | None:
    """Return how well a country fits, from 0 for a perfect match on; None when it does not."""
    words = _words(region)
    if region_code(typed) == region.code or (typed == region.calling_code and region.code in _LARGEST):
        return 0
    if typed == region.calling_code or words[0].startswith(typed):
        return 1
    if any(word.startswith(typed) for word in words) or region.calling_code.startswith(typed):
        return 2
    initials = "".join(word[0] for word in _folded(region.name).split())
    return 3 if typed == initials or typed in words[0] else None


@cache
def _words(region: Region) -> tuple[str, ...]:
    """Return the whole name, each of its words, and the other names."""
    name = _folded(region.name)
    return (name, *name.split(), *_OTHER_NAMES.get(region.code, "").split(), _OTHER_NAMES.get(region.code, name))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char) and char not in "().’")


class ChooseCountry(TypeAhead[str | None], Dialog[str | None]):
    """Gives back a country's code, NO_COUNTRY, or None when nothing was chosen."""

    CSS_PATH = ["dialogs.tcss", "countries.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", priority=True),
        Binding("down,ctrl+n", "move('cursor_down')", show=False, priority=True),
        Binding("up,ctrl+p", "move('cursor_up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
    ]

    def __init__(self, typed: str = "", chosen: str | None = None) -> None:
        super().__init__()
        self._typed = typed
        self.typed_until = len(typed)
        self._chosen = chosen
        self._offered: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical(classes="dialog"):
            yield Static(join("Country of numbers without +"), classes="dialog-title")
            yield TextField(self._typed, placeholder="Name, code or calling code", limit=40)
            yield Lines(compact=True)
            yield Static(
                join(("↑ ↓", "bold"), " move   ", ("enter", "bold"), " choose   ", ("esc", "bold"), " cancel"),
                classes="dialog-note",
            )

    def on_mount(self) -> None:
        """Offer what fits, and begin on what is chosen now."""
        lines = self.query_one(OptionList)
        lines.can_focus = False
        self._offer(self._typed)
        if self._chosen in self._offered:
            lines.highlighted = self._offered.index(self._chosen)

    @on(Input.Changed)
    def _look(self, event: Input.Changed) -> None:
        self._offer(event.value)

    @on(Input.Submitted)
    def _enter(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self.dismiss(self._offered[at])

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._offered[event.option_index])

    def _offer(self, typed: str) -> None:
        found = matching(typed)
        lines = [Option(country_line(region)) for region in found]
        codes = [region.code for region in found]
        if not typed.strip():
            lines.insert(0, Option(join(("–", "bold"), "   none, numbers begin with +")))
            codes.insert(0, NO_COUNTRY)
        offered = self.query_one(OptionList)
        offered.clear_options()
        offered.add_options(lines or [Option(join(("No country fits.", "$text-muted")), disabled=True)])
        self._offered = tuple(codes)
        offered.highlighted = 0 if codes else None

    def action_move(self, how: str) -> None:
        """Move through the lines while the letters stay in the field."""
        lines = self.query_one(OptionList)
        actions: dict[str, Callable[[], None]] = {
            "cursor_down": lines.action_cursor_down,
            "cursor_up": lines.action_cursor_up,
            "page_down": lines.action_page_down,
            "page_up": lines.action_page_up,
        }
        actions[how]()

    def action_cancel(self) -> None:
        """Leave the country as it is."""
        self.dismiss(None)


def choose_country(owner: Screen[Any], typed: str, chosen: str | None, answered: Callable[[str | None], None]) -> None:
    """Ask for a country from a screen; what was typed while the question opened belongs to it too."""
    top = owner.app.screen
    if isinstance(top, ChooseCountry):
        top.type_ahead(typed)
    elif owner.is_active:
        owner.app.push_screen(ChooseCountry(typed, chosen), answered)

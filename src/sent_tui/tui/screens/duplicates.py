"""Contacts that may be one person: the list of pairs, and the choice field by field of what is kept of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from sent_tui.core.contact import Contact
from sent_tui.core.custom_fields import lines_of
from sent_tui.core.duplicates import Pair
from sent_tui.core.search import fold
from sent_tui.core.tags import retagged
from sent_tui.core.text import capital
from sent_tui.services.duplicates import Merged, proposed
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.dialogs import Choice
from sent_tui.tui.screens.narrowing import Narrowing
from sent_tui.tui.screens.once import Dialog

Found = tuple[Pair, Contact, Contact]
"""A pair, and its contacts."""
SHOWN = 200
"""So many pairs are offered at most; more letters bring the others."""
_LABEL = 9
_WIDEST, _FRAME = 70, 6
"""Cells inside the dialog where there is room for them, and those around them."""


class ChoosePair(Narrowing):
    """Gives back the place of a pair in what was found, or None."""

    NOTHING_FITS = "No two contacts look like one person."

    def __init__(self, found: Sequence[Found]) -> None:
        super().__init__(join("Contacts that may be one person"), "Name or number")
        self._found = found

    def fitting(self, typed: str) -> list[Choice]:
        """Return the pairs of which a name or a number fits."""
        wanted = fold(typed.strip())
        fits = [
            (place, found)
            for place, found in enumerate(self._found)
            if any(wanted in fold(f"{one.name} {one.format_e164}") for one in found[1:])
        ]
        return [Choice(str(place), _line(*found)) for place, found in fits[:SHOWN]]


def _line(pair: Pair, first: Contact, second: Contact) -> Content:
    title = safe(first.name or second.name or first.format_international, "bold", 20)
    return join(title, f"  {first.format_e164}  {second.format_e164}  ", (pair.evidence[0].label, "$text-muted"))


class Decision(Struct, frozen=True):
    """What a person said of a pair."""

    merged: Merged | None = None
    """What the contact that stays is to hold; None for two that are not one person."""
    kept: int = 0
    """Which of the two stays: 0 or 1."""


class Parts(Struct, frozen=True):
    """What is kept of which contact: 0 or 1, and 2 for both."""

    number: int = 0
    name: int = 0
    tags: int = 2
    notes: int = 2
    fields: int = 2


class MergePair(Dialog[Decision | None]):
    """Shows two contacts side by side and lets each field be chosen; gives back what is to be done, or None."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("n", "turn('number')", "Number"),
        Binding("a", "turn('name')", "Name"),
        Binding("t", "turn('tags')", "Tags"),
        Binding("o", "turn('notes')", "Notes"),
        Binding("f", "turn('fields')", "Fields"),
        Binding("enter", "merge", "Merge"),
        Binding("x", "keep_apart", "Not the same"),
    ]

    parts: var[Parts] = var(Parts, init=False)

    def __init__(self, found: Found) -> None:
        super().__init__()
        self._pair, *two = found
        self._two = two
        # The one that is written to is the one that is known.
        self._begin = Parts(number=int(_written(two[1]) > _written(two[0])), name=int(not two[0].name))

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog"):
            yield Static(join("Are these one person?"), classes="dialog-title")
            yield Static(id="pair", classes="dialog-body")
            yield Static(id="result", classes="dialog-body")
            keys = (("enter", "merge"), ("x", "not the same"), ("esc", "leave"))
            yield Static(Content("   ").join([join((key, "bold"), f" {words}") for key, words in keys]))

    def on_mount(self) -> None:
        """Show what is proposed."""
        self.parts = self._begin
        self.watch_parts()

    def watch_parts(self) -> None:
        """Show what is chosen, and what comes of it."""
        for static in self.query("#pair").results(Static):
            static.update(Content("\n").join(self._rows()))
        merged = self.merged
        result = join(
            ("Stays: ", "$text-muted"),
            safe(merged.name or "no name", "bold", 40),
            f"  {self._two[self.parts.number].format_international}",
            *([f"  {' '.join(f'#{tag}' for tag in merged.tags)}"] if merged.tags else []),
            *([("  opted out", "bold $text-error")] if any(one.opt_out for one in self._two) else []),
        )
        for static in self.query("#result").results(Static):
            static.update(result)

    @property
    def merged(self) -> Merged:
        """What the contact that stays is to hold."""
        parts, (first, second) = self.parts, self._two
        kept, other = (first, second) if parts.number == 0 else (second, first)
        whole = proposed(kept, other)
        tags = retagged(first.tags, second.tags) if parts.tags == 2 else self._two[parts.tags].tags
        notes = whole.notes if parts.notes == 2 else self._two[parts.notes].notes
        fields = whole.fields if parts.fields == 2 else self._two[parts.fields].fields
        return Merged(self._two[parts.name].name, tags, notes, fields)

    def action_turn(self, field: str) -> None:
        """Take a field from the other contact; tags, notes and fields from both as well."""
        choices = 3 if field in {"tags", "notes", "fields"} else 2
        self.parts = replace(self.parts, **{field: (getattr(self.parts, field) + 1) % choices})

    def action_merge(self) -> None:
        """Merge them."""
        self.dismiss(Decision(self.merged, self.parts.number))

    def action_keep_apart(self) -> None:
        """Say that they are not one person."""
        self.dismiss(Decision())

    def action_leave(self) -> None:
        """Leave them as they are."""
        self.dismiss(None)

    def _rows(self) -> list[Content]:
        parts, two = self.parts, self._two
        width = (min(_WIDEST, self.app.size.width * 96 // 100 - _FRAME) - _LABEL - 2) // 2

        def row(key: str, label: str, values: list[str], chosen: int | None) -> Content:
            return _row(key, label, values, chosen, width)

        return [
            join((capital(self._pair.words) + ".", "$text-muted")),
            join(""),
            row("n", "Number", [one.format_international for one in two], parts.number),
            row("a", "Name", [one.name or "–" for one in two], parts.name),
            row("t", "Tags", [", ".join(one.tags) or "–" for one in two], parts.tags),
            row("o", "Notes", [" ".join(one.notes.split()) or "–" for one in two], parts.notes),
            row("f", "Fields", ["; ".join(lines_of(one.fields).split("\n")) or "–" for one in two], parts.fields),
            row(" ", "Opted out", ["yes" if one.opt_out else "no" for one in two], None),
        ]


def _row(key: str, label: str, values: Sequence[str], chosen: int | None, width: int) -> Content:
    """Return a field of both contacts, each so many cells wide, with a sign before what is kept."""
    cells = []
    for place, value in enumerate(values):
        is_kept = chosen in {place, 2}
        text = safe(f"{'●' if is_kept else ' '} {value}", "bold" if is_kept else "$text-muted")
        shown = text.truncate(width - 1, ellipsis=True)
        cells.append(shown.pad_right(width - shown.cell_length))
    return Content.assemble(join((key, "bold $primary"), (f" {label:<{_LABEL}}", "$text-muted")), *cells)


def _written(contact: Contact) -> float:
    return contact.last_message_at.timestamp() if contact.last_message_at else 0.0

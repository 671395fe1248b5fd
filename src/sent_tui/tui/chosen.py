"""The contacts that a command means when they are many: how many there are, and who the first of them are."""

from __future__ import annotations

from msgspec import Struct
from textual.content import Content

from sent_tui.core.text import plural
from sent_tui.tui.safe import BREAK, join, safe


class Chosen(Struct, frozen=True):
    """The contacts that a command means."""

    numbers: list[str]
    """In E.164."""
    names: list[str]
    """What the first of them are called."""
    hidden: int
    """How many of them are not in the list as it is searched and filtered."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.numbers)

    @property
    def words(self) -> str:
        """How many there are, as it is said."""
        return plural(self.count, "contact")

    @property
    def who(self) -> Content:
        """The first of them by name, and how many more there are."""
        more = self.count - len(self.names)
        names = Content(", ").join([safe(name, "bold", 40) for name in self.names])
        return Content.assemble(names, f" and {plural(more, 'more', 'more')}" if more > 0 else "")

    def named(self, *sentences: str) -> Content:
        """Return the body of a question: who is meant, and what is to be known."""
        lines = [Content.assemble(self.who, ".")]
        if self.hidden:
            lines.append(join((f"{self.hidden:,} of them are not in the list as it is filtered now.", "$text-warning")))
        return BREAK.join([*lines, *map(safe, sentences)])

"""What stands in the place of a list without rows: why there are none, and what to do."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from sent_tui.core.search import ChannelFilter
from sent_tui.core.search_filters import Filter
from sent_tui.errors import SentTuiError
from sent_tui.tui.keymap import keymap_of
from sent_tui.tui.safe import BREAK, join, safe


class NothingFound(Static):
    """The words for an empty list."""

    def say_reading(self) -> None:
        """Say that the contacts are being read."""
        self.update(
            join(("Reading the contacts …", "bold"), BREAK, "A large database takes a while without its index file.")
        )

    def say_failed(self, error: SentTuiError) -> None:
        """Say why the contacts could not be read."""
        again = keymap_of(self.app).label_of("step-back")
        lines = [
            join((error.title, "bold $text-error")),
            *(safe(words) for words in (error.message, error.hint) if words),
            join((again, "bold $primary"), "  reads them again"),
        ]
        self.update(Content("\n").join(lines))

    def explain(
        self, total: int | None, words: str, channel_filter: ChannelFilter, filters: tuple[Filter, ...]
    ) -> None:
        """Say why no contact is shown: `total` is how many there are at all, `words` what is searched for."""
        under = [channel_filter.label] if channel_filter is not ChannelFilter.ALL else []
        under += [known.words for known in filters]
        keymap = keymap_of(self.app)
        names = ("create", "step-back", "add-filter", "drop-filter")
        new, back, add, drop = map(keymap.label_of, names)
        if total == 0:
            lines = [
                join(("No contacts yet", "bold")),
                join((new, "bold $primary"), "  creates the first one from a phone number"),
                join("or  ", ("sent-tui contacts import FILE", "bold"), "  brings many"),
                join("or  ", ("sent-tui demo", "bold"), "  opens a database to play with"),
            ]
        elif words:
            lines = [
                join(
                    "No contact matches ", safe(f"“{words}”", "bold", 60), f" under {', '.join(under)}" if under else ""
                ),
                join(
                    (back, "bold $primary"), "  clears the search     ", (new, "bold $primary"), "  creates a contact"
                ),
            ]
        elif filters:
            lines = [
                join(f"No contact under {', '.join(under)}"),
                join(
                    (drop, "bold $primary"), "  removes the last filter     ", (add, "bold $primary"), "  adds another"
                ),
            ]
        else:
            lines = [
                join(f"No contact under “{channel_filter.label}”"),
                join((keymap.label_of("filter-all"), "bold $primary"), "  shows all of them"),
            ]
        self.update(Content("\n").join(lines))

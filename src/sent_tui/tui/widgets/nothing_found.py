"""What stands in the place of a list without rows: why there are none, and what to do."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from sent_tui.core.search import ChannelFilter
from sent_tui.tui.safe import join, safe


class NothingFound(Static):
    """The words for an empty list."""

    def explain(self, total: int | None, words: str, channel_filter: ChannelFilter) -> None:
        """Say why no contact is shown: `total` is how many there are at all, `words` what is searched for."""
        if total == 0:
            lines = [
                join(("No contacts yet", "bold")),
                join(("n", "bold $primary"), "  creates the first one from a phone number"),
                join("or  ", ("sent-tui contacts import FILE", "bold"), "  brings many"),
                join("or  ", ("sent-tui demo", "bold"), "  opens a database to play with"),
            ]
        elif words:
            lines = [
                join("No contact matches ", safe(f"“{words}”", "bold", 60)),
                join(
                    ("esc", "bold $primary"), "  clears the search     ", ("n", "bold $primary"), "  creates a contact"
                ),
            ]
        else:
            lines = [
                join(f"No contact under “{channel_filter.label}”"),
                join(("1", "bold $primary"), "  shows all of them"),
            ]
        self.update(Content("\n").join(lines))

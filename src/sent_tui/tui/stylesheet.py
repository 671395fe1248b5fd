"""The style sheets of all screens, each of them parsed once."""

from __future__ import annotations

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_SOURCES = 1_024
"""More style sheets than the app and its widgets have."""


class ReusingStylesheet(Stylesheet):
    """Keeps what it has parsed: Textual's own parses the styles of the whole app anew for each screen that opens."""

    def __init__(self, *, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._parse_cache: LRUCache[tuple[object, ...], list[RuleSet]] = LRUCache(_SOURCES)

    def reparse(self) -> None:
        """Parse what is new, and everything when the variables changed; raises StylesheetParseError as ever."""
        self.parse()

"""Lists: which page of one is asked for and by what words, and what is said about the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from sent_tui.api.api_error import RANGE, invalid
from sent_tui.core.sent_json import Json

USUAL_SIZE: Final = 20
LARGEST_SIZE: Final = 100
LONGEST_SEARCH: Final = 200
"""Characters."""
_LAST_PAGE: Final = 10**9


class Paging(Struct, frozen=True):
    """One page of a list; the first is 1."""

    page: int = 1
    size: int = USUAL_SIZE

    @property
    def offset(self) -> int:
        """How many entries stand before it."""
        return (self.page - 1) * self.size

    def json(self, total: int) -> Json:
        """Return what is said about the page of a list of so many entries."""
        pages = -(-total // self.size)
        return {
            "page": self.page,
            "page_size": self.size,
            "total_count": total,
            "total_pages": pages,
            "has_more": self.page < pages,
            "cursors": None,
        }


def read_paging(query: Mapping[str, str]) -> Paging:
    """Return the page that `page` and `page_size` ask for; raises ApiError."""
    return Paging(_number(query, "page", 1, _LAST_PAGE), _number(query, "page_size", USUAL_SIZE, LARGEST_SIZE))


def read_search(query: Mapping[str, str]) -> str:
    """Return the text that `search` asks for; raises ApiError for a long one: each word costs a look at everything."""
    text = query.get("search", "")
    if len(text) > LONGEST_SEARCH:
        raise invalid("search", f"search may have {LONGEST_SEARCH} characters; it has {len(text):,}.", RANGE)
    return text


def _number(query: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = query.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.removeprefix("-").isdigit()) or len(text) > 18:
        raise invalid(name, f"{name} has to be a whole number.")
    number = int(text)
    if not 1 <= number <= most:
        raise invalid(name, f"{name} has to be from 1 to {most:,}.", RANGE)
    return number

"""A saved view of the contact list: what is searched, which filters are on, and the order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.search import BY_NAME, ChannelFilter, ContactQuery, Sort, SortKey, containing, fold, with_channels
from sent_tui.core.search_filters import Filter, filtered, read_filter


class SavedView(Struct, frozen=True):
    """A view, by the name that a person gave it. Names that differ in case or accents alone are one name."""

    name: str
    search: str = ""
    channel: ChannelFilter = ChannelFilter.ALL
    filters: tuple[Filter, ...] = ()
    sort: Sort = BY_NAME

    @property
    def query(self) -> ContactQuery:
        """The query for its contacts."""
        return containing(self.search, forgiving=True) & with_channels(self.channel) & filtered(self.filters)

    @property
    def words(self) -> str:
        """What it shows, in one line."""
        parts = [f"“{self.search}”"] if self.search else []
        parts += [self.channel.label] if self.channel is not ChannelFilter.ALL else []
        parts += [known.words for known in self.filters]
        parts += [order_words(self.sort)] if self.sort != BY_NAME else []
        return ", ".join(parts) or "everyone"

    def is_named(self, name: str) -> bool:
        """Return whether a name means this view."""
        return fold(self.name.strip()) == fold(name.strip())

    def named(self, name: str) -> SavedView:
        """Return the view under another name."""
        return replace(self, name=name)

    def table(self) -> dict[str, Any]:
        """Return all but its name as values for TOML."""
        return {
            "search": self.search,
            "channel": self.channel.value,
            "filters": [known.text for known in self.filters],
            "sort": self.sort.key.value,
            "descending": self.sort.descending,
        }


def order_words(sort: Sort) -> str:
    """Return an order as it is said: `by name, rising`."""
    return f"by {sort.key.label}, {'falling' if sort.descending else 'rising'}"


def read_view(name: str, table: Mapping[str, Any]) -> SavedView:
    """Return the view that was written down; raises ValueError, which says what makes no sense."""
    strange = table.keys() - SavedView("").table().keys()
    if strange:
        raise ValueError(f"there is no {min(strange)} in a view")
    return SavedView(
        name,
        _of_type(table, "search", ""),
        ChannelFilter(_of_type(table, "channel", "all")),
        tuple(map(_read_filter, _of_type(table, "filters", []))),
        Sort(SortKey(_of_type(table, "sort", "name")), descending=_of_type(table, "descending", default=False)),
    )


def _read_filter(text: object) -> Filter:
    known = read_filter(text) if isinstance(text, str) else None
    if known is None:
        raise ValueError(f"{text!r} is no filter")
    return known


def _of_type(table: Mapping[str, Any], key: str, default: Any) -> Any:  # noqa: ANN401 - of the type of the default
    value = table.get(key, default)
    if not isinstance(value, type(default)):
        raise ValueError(f"{key} is {value!r}")  # noqa: TRY004 - one error for all that makes no sense
    return value

"""Filters of the contact list that a person adds and removes one by one; they combine with the search by `&`.

A filter is written as `tag:VIP`, `region:US`, `failing`, `never_messaged` or `opted_out`; a minus before the last
three turns them around.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from sent_tui.core.search import EVERYONE, Condition, ContactQuery, in_region, tagged

YES, NO = "yes", "no"
_SWITCHES = {
    "opted_out": ("Opted out", "Not opted out"),
    "failing": ("Failing", "Not failing"),
    "never_messaged": ("Never messaged", "Messaged before"),
}
"""What is said of filters that hold or do not, by the fields of their conditions."""


class Filter(Struct, frozen=True):
    """One filter: the field of its condition, and the value as people write it."""

    field: str
    value: str

    @property
    def query(self) -> ContactQuery:
        """The query for the contacts that it lets through."""
        if self.field == "tag":
            return tagged(self.value)
        if self.field == "region":
            return in_region(self.value)
        return ContactQuery(conditions=frozenset({Condition(self.field, self.value)}))

    @property
    def words(self) -> str:
        """What stands on its chip."""
        if self.field in _SWITCHES:
            return _SWITCHES[self.field][self.value == NO]
        return f"#{self.value}" if self.field == "tag" else f"Region {self.value}"

    @property
    def text(self) -> str:
        """The filter as it is written down; `read_filter` reads it again."""
        if self.field in _SWITCHES:
            return f"-{self.field}" if self.value == NO else self.field
        return f"{self.field}:{self.value}"


def read_filter(text: str) -> Filter | None:
    """Return the filter that was written down; None where it means nothing."""
    name, separator, value = text.partition(":")
    bare = name.removeprefix("-")
    if not separator and bare in _SWITCHES:
        return Filter(bare, NO if name != bare else YES)
    if not value.strip() or name not in {"tag", "region"}:
        return None
    return Filter(name, value.upper() if name == "region" else value)


def with_filter(filters: tuple[Filter, ...], added: Filter) -> tuple[Filter, ...]:
    """Return filters with one more. It takes the place of one of its field, but for tags: a contact has many."""
    if added.field == "tag":
        return (*(known for known in filters if known.query != added.query), added)
    return (*(known for known in filters if known.field != added.field), added)


def filtered(filters: Iterable[Filter]) -> ContactQuery:
    """Return the query for the contacts that all filters let through."""
    query = EVERYONE
    for each in filters:
        query &= each.query
    return query


SWITCHES = tuple(Filter(field, value) for field in _SWITCHES for value in (YES, NO))
"""The filters that need no value of their own."""

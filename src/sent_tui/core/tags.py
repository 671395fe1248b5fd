"""Adding and removing tags, which are compared without case and accents."""

from __future__ import annotations

from collections.abc import Iterable

from sent_tui.core.search import fold


def retagged(tags: Iterable[str], add: Iterable[str] = (), remove: Iterable[str] = ()) -> tuple[str, ...]:
    """Return tags with some more and without others, in their order; one that is there stays as it is written."""
    gone = {fold(tag) for tag in remove}
    kept: dict[str, str] = {}
    for tag in (*tags, *add):
        kept.setdefault(fold(tag), tag)
    return tuple(tag for folded, tag in kept.items() if folded not in gone)

"""What the contacts of an answer have in common: how many of them are of each region, have each tag, or are failing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import compress

from sent_tui.core.search_base import PIECE
from sent_tui.core.search_entry import WORDS, passing, taken_apart
from sent_tui.core.search_filters import SWITCHES, Filter
from sent_tui.core.search_terms import TAG
from sent_tui.core.search_view import View

_TAGS = re.compile(rb"%b([^\x1d-\x1f\n]+)(?=%b)" % (TAG.encode(), TAG.encode()))
_SPELT = 300
"""For so many tags it is looked up how a person wrote them; the others are shown as they are compared."""

Facets = dict[Filter, int]
"""How many contacts each filter would leave, the most frequent first in each field."""


def facets(view: View, shown: bytes, flags: bytes, check: Callable[[], None]) -> Facets:
    """Count by filters the positions of a view at which `shown` has a 1; `flags` are those of each position.

    `check` is called now and then and may raise, to end it.
    """
    by_flags: Counter[int] = Counter()
    regions: Counter[int] = Counter()
    tags: Counter[bytes] = Counter()
    seen_at: dict[bytes, int] = {}
    for start, end, numbers, lines in _pieces(view):
        check()
        marks = shown[start:end]
        if 1 not in marks:
            continue
        by_flags.update(compress(flags[start:end], marks))
        regions.update(compress(numbers, marks))
        kept = list(compress(lines, marks))
        found = Counter(_TAGS.findall(b"\n".join(kept)))
        for tag in found.keys() - tags.keys():
            if len(seen_at) < _SPELT:
                seen_at[tag] = _place(tag, lines, marks, start)
        tags += found
    return _switches(by_flags) | _regions(regions) | _tags(view, tags, seen_at)


def _pieces(view: View) -> Iterator[tuple[int, int, list[int], list[bytes]]]:
    """Go through the positions in runs: where they begin and end, their regions, and the words of their texts."""
    base = view.base
    regions = base.column("region")
    for start in range(0, base.size, PIECE):
        end = min(start + PIECE, base.size)
        yield start, end, regions[start:end].tolist(), bytes(base.lines[WORDS].between(start, end)).split(b"\n")[:-1]
    for start in range(base.size, view.size, PIECE):
        end = min(start + PIECE, view.size)
        entries = view.later.entries[start - base.size : end - base.size]
        yield start, end, [entry.region for entry in entries], [taken_apart(entry.text)[0] for entry in entries]


def _place(tag: bytes, lines: list[bytes], marks: bytes, start: int) -> int:
    wanted = b"%b%b%b" % (TAG.encode(), tag, TAG.encode())
    return next(start + at for at, line in enumerate(lines) if marks[at] and wanted in line)


def _switches(by_flags: Counter[int]) -> Facets:
    counted = {}
    for switch in SWITCHES:
        [condition] = switch.query.conditions
        let_through = passing(condition) or frozenset()
        counted[switch] = sum(count for value, count in by_flags.items() if value in let_through)
    return counted


def _regions(counted: Counter[int]) -> Facets:
    named = ((value.to_bytes(4, "big").rstrip(b"\0").decode(), count) for value, count in counted.most_common())
    return {Filter("region", region): count for region, count in named if region}


def _tags(view: View, counted: Counter[bytes], seen_at: dict[bytes, int]) -> Facets:
    found: Facets = {}
    for tag, count in counted.most_common():
        folded = Filter("tag", tag.decode("utf-8", "replace"))
        tags = view.row(seen_at[tag]).tags if tag in seen_at else ()
        spelt = (Filter("tag", known) for known in tags)
        found[next((known for known in spelt if known.query == folded.query), folded)] = count
    return found

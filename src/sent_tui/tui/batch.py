"""A pasted list of numbers: what each line is, before and after it was made a contact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.contact import Contact
from sent_tui.core.numbering import region_name
from sent_tui.core.phone import InvalidNumber, PhoneNumber, parse
from sent_tui.services.contacts import Created, Refusal

MOST_LINES = 1_000
"""Lines of a list; a longer one belongs into a file."""


class Standing(StrEnum):
    """What a line is."""

    NEW = "new"
    CREATED = "created"
    KNOWN = "known"
    REPEATED = "repeated"
    DOUBTFUL = "doubtful"
    PARTLY = "partly"
    INVALID = "invalid"

    @property
    def words(self) -> str:
        """How lines of this standing are counted: "3 not valid"."""
        return {
            Standing.KNOWN: "there already",
            Standing.DOUBTFUL: "in doubt",
            Standing.PARTLY: "in part",
            Standing.INVALID: "not valid",
        }.get(self, self.value)


class BatchLine(Struct, frozen=True):
    """One line of the list."""

    text: str
    """As it was pasted."""
    standing: Standing
    number: PhoneNumber | None = None
    """The valid number that was understood, in doubt or not."""
    note: str = ""
    """More about the number, or why it does not become a contact; some of it is foreign text."""
    contact_id: str = ""
    """The contact that has this number now."""
    place: int = 0
    """The line of the file on which it stands, counted from 1; 0 for one of no file."""

    @property
    def shown(self) -> str:
        """The number as it was understood, or else the text."""
        return self.number.international if self.number else self.text


def judge_lines(
    lines: Iterable[str], region: str | None, find: Callable[[str], Contact | None]
) -> tuple[BatchLine, ...]:
    """Return what each line is; `find` looks up the contact of a number in E.164."""
    seen: dict[str, int] = {}
    judged = []
    for at, text in enumerate(lines, 1):
        line = judge_line(text, region, find)
        if line.number is not None and line.standing in {Standing.NEW, Standing.KNOWN}:
            first = seen.setdefault(line.number.e164, at)
            if first != at:
                line = replace(line, standing=Standing.REPEATED, note=f"the number of line {first}")
        judged.append(line)
    return tuple(judged)


def judge_line(text: str, region: str | None, find: Callable[[str], Contact | None]) -> BatchLine:
    """Return what one line is, by itself."""
    reading = parse(text, region)
    if isinstance(reading, InvalidNumber):
        return BatchLine(text, Standing.INVALID, note=reading.message)
    known = find(reading.e164)
    if known is not None:
        return BatchLine(text, Standing.KNOWN, reading, f"there already: {known.title}", known.id)
    if reading.doubts:
        doubts = " ".join(doubt.sentence for doubt in reading.doubts)
        return BatchLine(text, Standing.DOUBTFUL, reading, f"{doubts} Enter it by itself to confirm it.")
    place = region_name(reading.region_code) or "no single country"
    return BatchLine(text, Standing.NEW, reading, f"new: {reading.number_type.label}, {place}")


def with_outcome(line: BatchLine, outcome: Created | Refusal) -> BatchLine:
    """Return a line after it was tried to make it a contact."""
    if isinstance(outcome, Refusal):
        return replace(line, standing=Standing.INVALID, note=outcome.reason)
    contact = outcome.contact
    if not outcome.is_new:
        return replace(line, standing=Standing.KNOWN, note=f"there already: {contact.title}", contact_id=contact.id)
    default = contact.default_channel
    note = f"created: default {default.label}" if default else "created: no default channel"
    return replace(line, standing=Standing.CREATED, note=note, contact_id=contact.id)


def count_words(lines: Sequence[BatchLine]) -> str:
    """Return how many lines there are of each standing: "9 new · 1 there already · 2 not valid"."""
    counts = Counter(line.standing for line in lines)
    return " · ".join(f"{counts[standing]:,} {standing.words}" for standing in Standing if counts[standing])

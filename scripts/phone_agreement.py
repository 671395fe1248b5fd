"""Compare sent-tui's reading of phone numbers with files of expected values: `phone_agreement.py PATH…`.

A file is JSON Lines of one of two kinds. Numbers: input, region, valid, e164, international, national,
rfc3966, type, country_code and extra (parses, ext, and gate_core and gate_format, which tell what must
agree). Keystrokes: region, keys and steps, the text that a number field shows after each key.

Exit code 1 when a row that must agree does not. A sequence of keys on which libphonenumber itself differs, by
the age of its tables, is counted as disagreeing but does not fail.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sent_tui.core.as_you_type import AsYouType, format_as_you_type
from sent_tui.core.phone import PhoneNumber, parse

Row = dict[str, Any]


@dataclass
class Score:
    """How many things of one kind agree, and those that do not."""

    what: str
    total: int = 0
    failed: int = 0
    different: list[str] = field(default_factory=list)

    def add(self, difference: str, *, fails: bool = True) -> None:
        """Count one thing; an empty difference agrees."""
        self.total += 1
        if difference:
            self.failed += fails
            self.different.append(difference)

    def line(self) -> str:
        """Return the score in words."""
        agree = self.total - len(self.different)
        older = len(self.different) - self.failed
        note = f" ({older} where libphonenumber's own tables differ)" if older else ""
        return f"{self.what}: {agree} of {self.total} agree{note}"


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def compared(row: Row, expected: dict[str, object], computed: dict[str, object]) -> str:
    """Return where the computed values differ, or nothing."""
    different = {name: (computed[name], value) for name, value in expected.items() if computed[name] != value}
    return f"{row['input']!r} in {row['region']}: (computed, expected) {different}" if different else ""


def check_number(row: Row, core: Score, formats: Score) -> None:
    """Compare one number with its row."""
    result = parse(row["input"], row["region"])
    number = result if isinstance(result, PhoneNumber) else result.understood
    extra = row.get("extra") or {}
    if extra.get("gate_core", True):
        expected = {name: row[name] for name in ("valid", "e164", "type", "country_code")}
        computed: dict[str, object] = {
            "valid": isinstance(result, PhoneNumber) and result.is_valid,
            "e164": number and number.e164,
            "type": number and number.number_type.name,
            "country_code": number and int(number.country_code),
        }
        if "parses" in extra:
            expected["parses"], computed["parses"] = extra["parses"], number is not None
        core.add(compared(row, expected, computed))
    if extra.get("gate_format", True):
        names = ("international", "national", "rfc3966")
        expected = {name: row[name] for name in names}
        computed = {name: number and getattr(number, name) for name in names}
        if "ext" in extra:
            expected["ext"], computed["ext"] = extra["ext"], number and number.extension
        formats.add(compared(row, expected, computed))


def check_keys(row: Row, sequences: Score, keystrokes: Score) -> None:
    """Compare what a number field shows after each key with the row's steps."""
    keys, region = row["keys"], row["region"]
    shown = [format_as_you_type(keys[: count + 1], region) for count in range(len(keys))]
    bare = AsYouType(region)
    by_library = [bare.feed(key) for key in keys]
    wrong = [step for step in zip(shown, row["steps"], strict=True) if step[0] != step[1]]
    different = f"{keys!r} in {region}: (shown, expected) {wrong}" if wrong else ""
    sequences.add(different, fails=shown != by_library)
    for ours, library, expected in zip(shown, by_library, row["steps"], strict=True):
        keystrokes.add(f"{keys!r} in {region}: {ours!r}" if ours != expected else "", fails=ours != library)


def check_file(path: Path) -> list[Score]:
    """Compare every row of a file."""
    core, formats = Score("numbers, core values"), Score("numbers, formats")
    sequences, keystrokes = Score("as you type, sequences"), Score("as you type, keystrokes")
    for row in rows(path):
        if "keys" in row:
            check_keys(row, sequences, keystrokes)
        else:
            check_number(row, core, formats)
    return [score for score in (core, formats, sequences, keystrokes) if score.total]


def main() -> int:
    """Compare the files named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--show", action="store_true", help="list every row that disagrees")
    options = parser.parse_args()
    failed = 0
    for path in options.paths:
        for score in check_file(path):
            print(f"{path.name}: {score.line()}")
            failed += score.failed
            if options.show:
                print(*(f"  {difference}" for difference in score.different), sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

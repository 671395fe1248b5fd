"""How fast a table becomes contacts, beside bare libphonenumber on one core, in the same run.

`python benchmarks/import_csv.py [ROWS] [RUNS] [--keep DIR]` writes a CSV of ROWS rows (100,000 unless given) from a
fixed seed: numbers from the ranges of six countries that are reserved for fiction, some written in the national way,
with names, tags and notes; two of a hundred rows are bad. Then, RUNS times (5 unless given) in turn:

- bare phonenumbers: `parse`, `is_valid_number` and `format_number` in four formats, for the number of each row;
- sent-tui into memory: the import above the store, into a repository that keeps nothing, with and without the lookup
  of channels (`--no-check`);
- `sent-tui contacts import` into a new database, with one process on one processor, and with two on all.

It prints the median of the rows per second of each, and the median of their ratios to the bare figure of their run.
Each case is a process of its own, timed from its start to its end, with its bytecode beside it as in an installation.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

from databases import keep_option, kept, once

SENT_TUI = str(Path(sys.executable).with_name("sent-tui"))
SEED = 20260301
BAD_SHARE = 0.02
HEADER = ("name", "phone", "country", "tags", "notes")
GIVEN = ("Ada", "Bo", "Chinwe", "Dóra", "Emil", "Fatima", "Goran", "Hana", "Ines", "Jürgen", "Kofi", "Léa", "Mei")
FAMILY = ("Okafor", "Lindqvist", "Müller", "Nakamura", "Silva", "Dubois", "Novák", "O’Brien", "Haddad", "Johansson")
TAGS = ("", "", "customer", "vip, customer", "supplier", "lead, 2026")
NOTES = ("", "", "", "Likes tea", 'Ask for the second floor, "blue door"', "Call after six")
BAD = ("", "n/a", "+1 415-555", "555-0123", "+999 123 4567", "12025550120.0", "call me", "+44 20 7946 0123 / 0124 5678")
FICTION: tuple[tuple[str, str, str, Sequence[str], int], ...] = (
    # Region, calling code, trunk prefix, beginnings of national numbers, and how many digits follow.
    ("US", "1", "", [f"{area}55501" for area in range(201, 990)], 2),
    ("AU", "61", "0", ["25550", "35550", "75550", "85550"], 4),
    ("FR", "33", "0", ["19900", "26191", "35301", "46571", "53649"], 4),
    ("GB", "44", "0", [f"{area}4960" for area in (113, 114, 116, 117, 118, 121, 131, 141, 151, 161)], 3),
    ("DE", "49", "0", ["3023125", "4066969", "6990009"], 3),
    ("SE", "46", "0", ["3139006", "4062804", "8465004"], 2),
)


def numbers() -> list[tuple[str, str, str, str]]:
    """Return every valid number of those ranges: region, calling code, trunk prefix and national number."""
    return [
        (region, code, trunk, f"{beginning}{rest:0{digits}}")
        for region, code, trunk, beginnings, digits in FICTION
        for beginning in beginnings
        if is_valid_number(parse(f"+{code}{beginning}{0:0{digits}}"))
        for rest in range(10**digits)
    ]


def written(chance: random.Random, code: str, trunk: str, number: str) -> tuple[str, bool]:
    """Return a number as people write it, and whether it needs a country."""
    groups = chance.choice((" ", "-", ".")).join((number[:3], number[3:6], number[6:]))
    way = chance.random()
    if way < 0.4:
        return f"+{code}{number}", False
    if way < 0.7:
        return f"+{code} {groups}", False
    return (f"({number[:3]}) {number[3:6]}-{number[6:]}" if not trunk else f"{trunk}{groups}"), True


def write_table(path: Path, rows: int) -> None:
    """Write a table of so many rows."""
    chance, everyone = random.Random(SEED), numbers()
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        for region, code, trunk, number in islice(cycle(chance.sample(everyone, len(everyone))), rows):
            text, is_national = written(chance, code, trunk, number)
            if chance.random() < BAD_SHARE:
                text = chance.choice(BAD)
            name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
            country = region if is_national or chance.random() < 0.5 else ""
            table.writerow((name, text, country, chance.choice(TAGS), chance.choice(NOTES)))


def bare(path: Path) -> None:
    """Do with each number what libphonenumber does for an import, and nothing else."""
    formats = [getattr(PhoneNumberFormat, name) for name in ("E164", "INTERNATIONAL", "NATIONAL", "RFC3966")]
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                number = parse(row["phone"], row["country"] or None)
            except NumberParseException:
                continue
            is_valid_number(number)
            for each in formats:
                format_number(number, each)


def into_memory(path: Path, *, detect: bool) -> None:
    """Import a table in this process, into a repository that keeps nothing."""
    from sent_tui.gateways.simulator import Simulator
    from sent_tui.services.workspace import assemble, utc_now
    from sent_tui.store.memory import MemoryRepository

    workspace = assemble(MemoryRepository(), Simulator(utc_now), user="benchmark")
    workspace.exchange.import_file(path, detect=detect)


def seconds(*command: str, processors: int | None = None) -> float:
    """Return the seconds that a command takes from its start to its end, on so many processors; None: on all."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(everywhere)[:processors])
    try:
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        return time.perf_counter() - began
    finally:
        os.sched_setaffinity(0, everywhere)


def measured(table: Path, folder: Path) -> Iterator[tuple[str, float]]:
    """Yield each case with its seconds."""

    def here(case: str) -> float:
        return seconds(sys.executable, __file__, case, str(table))

    def stored(jobs: int, *options: str) -> float:
        database = folder / f"{time.monotonic_ns()}.db"
        try:
            command = (SENT_TUI, "--db", str(database), "contacts", "import", str(table), "--jobs", str(jobs))
            return seconds(*command, *options, processors=1 if jobs == 1 else None)
        finally:
            for left in folder.glob(f"{database.name}*"):
                left.unlink()

    yield "bare phonenumbers", here("bare")
    yield "into memory", here("memory")
    yield "into memory, no check", here("memory-no-check")
    yield "stored, one process", stored(1)
    yield "stored, two processes", stored(2)
    yield "stored, one, no check", stored(1, "--no-check")
    yield "stored, two, no check", stored(2, "--no-check")


CASES: dict[str, Callable[[Path], None]] = {
    "bare": bare,
    "memory": lambda path: into_memory(path, detect=True),
    "memory-no-check": lambda path: into_memory(path, detect=False),
}


def main() -> None:
    """Measure each in turn, several times over, and print the medians."""
    if len(sys.argv) > 2 and sys.argv[1] in CASES:
        CASES[sys.argv[1]](Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    parser.add_argument("runs", nargs="?", type=int, default=5)
    keep_option(parser)
    wanted = parser.parse_args()
    rows, runs = wanted.rows, wanted.runs
    times: list[dict[str, float]] = []
    with kept(wanted.keep) as folder:
        table = once(folder / f"table-{rows}", lambda made: write_table(made / "people.csv", rows)) / "people.csv"
        times.extend(dict(measured(table, folder)) for _ in range(runs))
    print(f"{f'{rows:,} rows, median of {runs}':<30}{'rows/s':>10}   ratio")
    for case in times[0]:
        rate = statistics.median(rows / run[case] for run in times)
        ratio = statistics.median(run["bare phonenumbers"] / run[case] for run in times)
        print(f"{case:<30}{rate:>10,.0f}   {ratio:.2f}")


if __name__ == "__main__":
    main()

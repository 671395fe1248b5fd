"""What pulling the contacts of an account costs, beside a bare loop that only parses the same pages, in the same run.

`python benchmarks/sync.py [ROWS] [RUNS]` makes ROWS contacts as Sent writes them (100,000 unless given), in pages of
100, from the numbers that are reserved for fiction. Then, RUNS times (3 unless given) in turn, each in its own process:

- bare: `json.loads` of every page;
- repository alone: contacts of the same numbers, written in batches of 100 to a new database;
- pull: the sync from the pages, in place of a network, into a new database;
- again: the same sync once more, when nothing has changed.

It prints the medians: contacts for each second of processor time, their ratio to the bare loop, and by how many MB the
process grew at its peak (Linux only). What the pull takes beyond the repository alone is its own.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from import_csv import numbers
from sent_tui.core.contact import Contact
from sent_tui.core.lifecycle import first_lifecycle
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.pull import PAGE_SIZE
from sent_tui.core.sent_contact import SentContact
from sent_tui.gateways.gateway import Account, ContactsPage
from sent_tui.gateways.sent_directory import read_contact
from sent_tui.services.sync import SyncService
from sent_tui.services.workspace import new_uuid, utc_now
from sent_tui.store.tinydb import TinyDBRepository

ACCOUNT = "1f0e2d3c-4b5a-4978-8695-a4b3c2d1e0f0"
MADE = datetime(2026, 1, 5, 8, tzinfo=UTC)
CASES = ("bare", "repository alone", "pull", "again")
PATIENCE = 1_800.0


class Pages:
    """The pages of an account in a file, one a line, in place of a network: a gateway and its directory."""

    is_armed = False

    def __init__(self, path: Path) -> None:
        self.directory = self
        self._file = path.open("rb")
        self._places = [0]
        for line in self._file:
            self._places.append(self._places[-1] + len(line))
        self.total = 0

    def account(self) -> Account:
        """Return whose account it is."""
        return Account("Lantern Supply", id=ACCOUNT)

    def contacts_page(self, page: int) -> ContactsPage:
        """Return a page, parsed as an answer is."""
        self._file.seek(self._places[page - 1])
        data = json.loads(self._file.readline())["data"]
        rows: tuple[SentContact, ...] = tuple(map(read_contact, data["contacts"]))
        return ContactsPage(rows, data["pagination"]["total_count"], data["pagination"]["has_more"])


def write_pages(path: Path, rows: int) -> None:
    """Write the pages of so many contacts."""
    found = (f"+{code}{number}" for _, code, _, number in islice(cycle(numbers()), rows))
    with path.open("w", encoding="ascii") as file:
        for page in range(-(-rows // PAGE_SIZE)):
            contacts = [_row(number, page * PAGE_SIZE + place) for place, number in enumerate(islice(found, PAGE_SIZE))]
            pagination = {"page": page + 1, "total_count": rows, "has_more": (page + 1) * PAGE_SIZE < rows}
            answer = {"success": True, "data": {"contacts": contacts, "pagination": pagination}, "error": None}
            file.write(json.dumps(answer) + "\n")


def _row(number: str, place: int) -> dict[str, object]:
    return {
        "id": f"00000000-0000-4000-8000-{place:012}",
        "customer_id": ACCOUNT,
        "phone_number": number,
        "format_e164": number,
        "available_channels": ("sms,whatsapp", "sms", None)[place % 3],
        "default_channel": ("whatsapp", "sms", None)[place % 3],
        "opt_out": place % 50 == 0,
        "is_inherited": False,
        "created_at": "2026-01-05T08:00:00.1234567Z",
        "updated_at": None,
    }


def bare(pages: Path, _database: Path) -> None:
    """Parse every page."""
    with pages.open("rb") as file:
        for line in file:
            json.loads(line)


def alone(pages: Path, database: Path) -> None:
    """Write contacts of the same numbers, a page at a time."""
    repository = TinyDBRepository(database)
    with pages.open("rb") as file:
        for line in file:
            repository.add(list(_contacts(json.loads(line)["data"]["contacts"])))
    repository.close()


def _contacts(rows: list[dict[str, str]]) -> Iterator[Contact]:
    for row in rows:
        number = parse(row["format_e164"])
        if isinstance(number, PhoneNumber):
            yield first_lifecycle(number, row["id"], MADE)


def pull(pages: Path, database: Path) -> None:
    """Pull everything."""
    repository, account = TinyDBRepository(database), Pages(pages)
    report = SyncService(repository, account, utc_now, new_uuid).sync(push=False)  # type: ignore[arg-type]
    repository.close()
    if not report.is_complete or report.conflict_count:
        raise RuntimeError(str(report))


DO: dict[str, Callable[[Path, Path], None]] = {"bare": bare, "repository alone": alone, "pull": pull, "again": pull}


def measured(case: str, pages: Path, database: Path) -> tuple[float, float]:
    """Return the processor seconds of a case in a process of its own, and the MB by which that grew."""
    command = [sys.executable, __file__, "--case", case, str(pages), str(database)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if done.returncode:
        raise RuntimeError(done.stderr)
    seconds, grown = json.loads(done.stdout)
    return seconds, grown


def run_case(case: str, pages: Path, database: Path) -> None:
    """Do a case in this process, and print what it took."""
    before, began = _peak(), time.process_time()
    DO[case](pages, database)
    print(json.dumps([time.process_time() - began, _peak() - before]))


def _peak() -> float:
    # What getrusage tells begins with the peak of the process that started this one.
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def main() -> None:
    """Measure all cases in turn, and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("runs", type=int, nargs="?", default=3)
    wanted = parser.parse_args()
    took: dict[str, list[tuple[float, float]]] = {case: [] for case in CASES}
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder, "pages")
        write_pages(pages, wanted.rows)
        for run in range(wanted.runs):
            for case in CASES:
                database = Path(folder, f"{'pull' if case == 'again' else case.split()[0]}-{run}.db")
                took[case].append(measured(case, pages, database))
    print(f"{f'{wanted.rows:,} contacts':<20}{'a second':>12}{'of bare':>10}{'MB grown':>10}")
    bare_seconds = [seconds for seconds, _ in took["bare"]]
    for case in CASES:
        seconds = statistics.median(each for each, _ in took[case])
        pairs = zip(bare_seconds, took[case], strict=True)
        ratio = statistics.median(first / own for first, (own, _) in pairs)
        grown = statistics.median(each for _, each in took[case])
        print(f"{case:<20}{wanted.rows / seconds:>12,.0f}{ratio:>9.1%}{grown:>10.1f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        run_case(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()

"""What the open app keeps in memory on few contacts and on many: `python benchmarks/memory.py [--sizes 100,100000]`.

For each size, the app runs without a terminal in a process of its own; the list is shown and one search is made. RSS
and PSS are read from /proc (Linux only). The difference to the first size is what the contacts cost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path

from population import contacts
from sent_tui.store.tinydb import TinyDBRepository

SEED = 7
CHUNK = 100_000
SEARCH = "okafor"
PATIENCE = 600.0
_SIZES = re.compile(r"^(Rss|Pss):\s+(\d+) kB", re.MULTILINE)


def memory() -> dict[str, float]:
    """Return what this process keeps in memory, in MB."""
    text = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    return {name: int(size) / 1024 for name, size in _SIZES.findall(text)}


async def opened(path: Path) -> dict[str, float]:
    """Open the app, search, and return what it keeps then."""
    from sent_tui.services.workspace import open_workspace
    from sent_tui.tui.app import SentApp

    app = SentApp(open_workspace(path, user="benchmark"))
    async with app.run_test(size=(120, 36)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press("slash", *SEARCH)
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        if "Okafor" not in app.export_screenshot():
            raise RuntimeError("the search was not shown")
        return memory()


def measured(size: int) -> dict[str, float]:
    """Return what the app keeps with so many contacts, measured in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        path = Path(folder) / "contacts.db"
        # Filling takes memory too, so it happens in another process than measuring.
        for step in (["--fill", str(size)], ["--open"]):
            command = [sys.executable, __file__, *step, "--database", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
            if done.returncode:
                raise RuntimeError(done.stderr)
    sizes: dict[str, float] = json.loads(done.stdout)
    return sizes


def fill(path: Path, size: int) -> None:
    """Make a database of so many contacts; one of them is found by the search at any rate."""
    repository = TinyDBRepository(path)
    stream = contacts(size, SEED)
    repository.add([replace(next(stream), name="Ada Okafor")])
    while chunk := list(islice(stream, CHUNK)):
        repository.add(chunk)
    repository.close()


def main() -> None:
    """Measure each size and print the differences to the first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes", type=lambda text: [int(size) for size in text.split(",")], default=[100, 100_000, 1_000_000]
    )
    parser.add_argument("--database", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--open", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.open:
        print(json.dumps(asyncio.run(opened(wanted.database))))
    elif wanted.fill is not None:
        fill(wanted.database, wanted.fill)
    else:
        first: dict[str, float] = {}
        print(f"{'MB of the open app':<20}{'RSS':>8}{'more':>8}{'PSS':>8}{'more':>8}")
        for size in wanted.sizes:
            kept = measured(size)
            first = first or kept
            cells = "".join(f"{kept[name]:>8.1f}{kept[name] - first[name]:>8.1f}" for name in ("Rss", "Pss"))
            print(f"{f'{size:,} contacts':<20}{cells}", flush=True)


if __name__ == "__main__":
    main()

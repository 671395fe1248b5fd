"""What the open app keeps in memory on few contacts and on many.

`python benchmarks/memory.py [--sizes 100,100000] [--keep DIR]` prints a line for each size. The app runs without a
terminal in a process of its own; the list is shown and one search is made. RSS and PSS are read from /proc (Linux
only). The difference to the first size is what the contacts cost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

from databases import database, keep_option, kept, sizes

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


def measured(path: Path) -> dict[str, float]:
    """Return what the app keeps with a database, measured in a process of its own."""
    command = [sys.executable, __file__, "--open", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure each size and print the differences to the first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=sizes, default=[100, 100_000, 1_000_000])
    parser.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    keep_option(parser)
    wanted = parser.parse_args()
    if wanted.open:
        print(json.dumps(asyncio.run(opened(wanted.open))))
        return
    first: dict[str, float] = {}
    print(f"{'MB of the open app':<20}{'RSS':>8}{'more':>8}{'PSS':>8}{'more':>8}")
    with kept(wanted.keep) as folder:
        for size in wanted.sizes:
            found = measured(database(folder, size))
            first = first or found
            cells = "".join(f"{found[name]:>8.1f}{found[name] - first[name]:>8.1f}" for name in ("Rss", "Pss"))
            print(f"{f'{size:,} contacts':<20}{cells}", flush=True)


if __name__ == "__main__":
    main()

"""Let everything go wrong for the database, and count what was lost: `scripts/faults.py [FAULT…] [--trials N]`.

Prints one table, with a control for each fault: a store that must not stand it, so that the check is known to notice.
A fault that this machine cannot make is printed as SKIPPED with the reason. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fault_campaign import crowd, damage, kill, obstacles, power, sends, sent_sends, syscalls
from fault_campaign.client import Server
from fault_campaign.table import Figures, printed

Family = Callable[[Server, Path, argparse.Namespace], list[Figures]]

FAMILIES: dict[str, tuple[str, Family]] = {
    "kill9": (
        "writers killed at random moments (500 trials)",
        lambda server, folder, options: kill.campaign(server, folder, options.trials or 500, options.seed),
    ),
    "syscalls-kill": (
        "writers killed in each system call of a write",
        lambda server, folder, options: syscalls.campaign(server, folder, options.seed, options.kinds, fails=False),
    ),
    "syscalls-fail": (
        "each system call of a write fails once with every fitting error",
        lambda server, folder, options: syscalls.campaign(server, folder, options.seed, options.kinds, fails=True),
    ),
    "power": (
        "the power cut at a random moment (300 trials)",
        lambda server, folder, options: power.campaign(server, folder, options.trials or 300, options.seed),
    ),
    "sends": (
        "senders killed at random moments (1,000 messages)",
        lambda server, folder, options: sends.campaign(server, folder, options.trials or 1000, options.seed),
    ),
    "sent": (
        "a server of Sent's that fails in every way (1,000 messages)",
        lambda server, folder, options: sent_sends.campaign(options.trials or 1000, options.seed),
    ),
    "full": (
        "no room, no files, no rights, a limit, a read-only disk, a protected file",
        lambda server, folder, options: obstacles.campaign(server, folder),
    ),
    "processes": (
        "4 processes write 250 batches each while 2 read",
        lambda server, folder, options: crowd.campaign(server, folder, options.trials or 250),
    ),
    "cut": (
        "the file cut at every byte",
        lambda server, folder, options: damage.campaign(folder, options.seed, damage.CUT),
    ),
    "flips": (
        "single bits of the file flipped (5,000)",
        lambda server, folder, options: damage.campaign(folder, options.seed, damage.FLIPPED, options.trials or 5000),
    ),
    "odd": (
        "files that are none of ours, and one of a newer version",
        lambda server, folder, options: damage.campaign(folder, options.seed, damage.ODD),
    ),
}


def options() -> argparse.Namespace:
    """Return what the command line asks for."""
    lines = [f"{name:<15} {about}" for name, (about, _) in FAMILIES.items()]
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="\n".join(lines), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "faults", nargs="*", choices=[[], *FAMILIES], metavar="FAULT", help="all of them if none is named"
    )
    parser.add_argument("--only", action="append", default=[], choices=FAMILIES, metavar="FAULT", help="the same")
    parser.add_argument("--trials", type=int, default=0, help="trials of the faults that are made at random")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", type=lambda text: tuple(text.split(",")), default=(), help="writes for syscalls-*")
    return parser.parse_args()


def main() -> int:
    """Run the faults that were asked for, and print what came of them."""
    wanted = options()
    names = [*wanted.faults, *wanted.only] or list(FAMILIES)
    rows: list[Figures] = []
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, Server() as server:
        for name in names:
            began = time.monotonic()
            place = Path(folder) / name
            place.mkdir()
            rows += FAMILIES[name][1](server, place, wanted)
            print(f"{name}: {time.monotonic() - began:.0f} s, seed {wanted.seed}", file=sys.stderr, flush=True)
    print(printed(rows))
    return int(any(row.result == "FAILED" for row in rows))


if __name__ == "__main__":
    sys.exit(main())

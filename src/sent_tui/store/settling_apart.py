"""Making the index file of a large database in a process of its own, so that a terminal stays responsive meanwhile.

`python -m sent_tui.store.settling_apart PATH` makes the index file and ends with 0, or with 1 where there can be none.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from sent_tui.errors import DatabaseError


class SettlingApart:
    """A process that makes the index file of one database, at most one at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process is at work."""
        return self._process is not None and self._process.poll() is None

    def begin(self) -> None:
        """Start the process; raises OSError."""
        from sent_tui.api_key import without_key

        # -P: nothing is imported from the folder that the person happens to be in.
        command = [sys.executable, "-P", "-m", "sent_tui.store.settling_apart", str(self._path)]
        nothing = subprocess.DEVNULL
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
            env=without_key(os.environ),
            start_new_session=True,
        )

    def take_result(self) -> bool:
        """Return whether the process has ended well since the last call."""
        process = self._process
        if process is None or process.poll() is None:
            return False
        self._process = None
        return process.returncode == 0

    def end(self) -> None:
        """Stop the process; what it has made so far stays."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(OSError):
                process.terminate()
            process.wait()


def main(path: Path) -> int:
    """Make the index file, giving way to everybody else."""
    from sent_tui.store.journal_records import SPECS, JournalRecords
    from sent_tui.store.settling import settle

    with suppress(OSError):
        os.nice(10)
    try:
        return 0 if settle(path, SPECS, JournalRecords) else 1
    except (OSError, ValueError, DatabaseError):
        return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

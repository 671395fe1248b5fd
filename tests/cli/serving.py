"""`sent-tui serve` as a process, on a database with two contacts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sent_tui.store.tinydb import TinyDBRepository
from tests.tui.harness import make_contact

ADA, BO = make_contact("+14155550123", "Ada Okafor"), make_contact("+14155550177", "Bo Lindqvist")


def filled(path: Path) -> Path:
    """Return the path of a new database with Ada and Bo."""
    repository = TinyDBRepository(path)
    repository.add([ADA, BO])
    repository.close()
    return path


def sent_texts(path: Path) -> list[str]:
    """Return the texts of all messages of a database."""
    repository = TinyDBRepository(path, read_only=True)
    texts = [message.content.text for message in repository.messages()]
    repository.close()
    return texts


@contextmanager
def served(database: Path, *options: str) -> Iterator[str]:
    """Run the server, and give its address."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("SENT", "TEXTUAL", "NO_COLOR"))}
    folder = str(database.parent)
    env = keep | dict.fromkeys(("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"), folder)
    command = [sys.executable, "-m", "sent_tui", "serve", "--port", "0", "--db", str(database), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=env, text=True) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            assert line.startswith("Open http://127.0.0.1:"), line
            yield line.split()[1]
        finally:
            process.terminate()

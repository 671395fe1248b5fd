"""The command line: thin commands over the services. The app is one branch of it, imported when it is opened."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line of this process, and end the process with its exit code."""
    # Whatever is made belongs to the person alone; each file and folder asks for the same once more.
    os.umask(0o077)
    _open_closed_streams()
    _make_printable()
    # What is imported stays; to look for garbage in it takes a tenth of the time.
    gc.disable()
    from sent_tui.cli.root import root

    gc.enable()
    try:
        root.main(prog_name="sent-tui")
    finally:
        _let_go()


def _open_closed_streams() -> None:
    """Take up the places of streams that were closed, so that no file gets one and is printed into."""
    for stream in range(3):
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _make_printable() -> None:
    """Print a sign in place of a character that the terminal's encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _let_go() -> None:
    """Keep Python from complaining, while it ends, about a reader that is gone."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

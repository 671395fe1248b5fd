"""`sent-tui serve`: the app in a browser."""

from __future__ import annotations

import os
import shlex
import sys
from typing import Any
from urllib.parse import urlsplit

import click

from sent_tui.cli.options import Command, State, global_options, need, whole_number
from sent_tui.cli.output import note
from sent_tui.config import variable
from sent_tui.errors import ExitCode, UsageError
from sent_tui.listening import is_loopback, open_socket

LOOPBACK, PORT = "127.0.0.1", 8000
NOWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - to be told apart, not to listen on
"""Hosts that are every address of this machine, and so none that a browser can be told."""


@click.command(cls=Command)
@click.option("--host", metavar="HOST", default=LOOPBACK, help="The address to listen on; this machine alone.")
@click.option("--port", type=whole_number(0), metavar="PORT", default=PORT, help="The port; 0 takes a free one. 8000.")
@click.option("--url", metavar="URL", help="The address that browsers use, where a proxy stands before it.")
@global_options
@click.pass_obj
def serve(state: State, host: str, port: int, url: str | None) -> int:
    """Show the app in a browser until you press Ctrl+C.

    Each tab has a process of its own, and all work on the same database. Who can open the page can do all that the app
    can: it asks for no password.
    """
    _need_server()
    _check(url, host)
    # Settings that make no sense are told here, and not in every tab.
    settings = state.settings
    from sent_tui.cli.browser import BrowserServer

    listening = open_socket(host, port)
    address: tuple[Any, ...] = listening.getsockname()
    shown = f"[{address[0]}]" if ":" in address[0] else address[0]
    address_of_page = (url or f"http://{shown}:{address[1]}").rstrip("/")
    for name in state.flags:
        value = getattr(settings, name)
        os.environ[variable(name)] = str(value).lower() if isinstance(value, bool) else str(value)
    note(f"Open {address_of_page} in a browser. Ctrl+C stops it.")
    if not is_loopback(host):
        note("Others can reach it, without a password or encryption: put a proxy with both before it.")
    BrowserServer(shlex.join((sys.executable, "-m", "sent_tui")), address_of_page).run(listening)
    note("Stopped.")
    return ExitCode.DONE


def _check(url: str | None, host: str) -> None:
    if url is None:
        hint = "Say it: --url https://desk.example."
        need(host not in NOWHERE, "The address is not known", f"Browsers cannot be sent to {host or 'nothing'}.", hint)
        return
    parts = urlsplit(url)
    fits = parts.scheme in {"http", "https"} and bool(parts.netloc) and parts.path in {"", "/"}
    need(
        fits, "There is no such address", f"{url} is no address of a page.", "It is written like https://desk.example."
    )


def _need_server() -> None:
    """Raise UsageError where the packages of the extra are not installed."""
    try:
        import textual_serve  # noqa: F401
    except ImportError:
        words = "It needs the package textual-serve."
        raise UsageError("The server is not installed", words, "Run `pip install 'sent-tui[serve]'`.") from None

"""`sent-tui api`: Sent's calls over HTTP on the contacts of the database, and the keys to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.account import begin_sending
from sent_tui.cli.options import Command, Group, State, global_options, json_option, need, whole_number
from sent_tui.cli.output import note, say, say_json, say_table
from sent_tui.core.text import plural
from sent_tui.errors import ExitCode, UsageError
from sent_tui.listening import is_loopback, open_socket

if TYPE_CHECKING:
    from sent_tui.services.api_access import ApiAccess
    from sent_tui.services.workspace import Workspace

LOOPBACK, PORT = "127.0.0.1", 8080


@click.command(cls=Group, places={"key": "api:key"}, invoke_without_command=True)
@click.option("--host", metavar="HOST", default=LOOPBACK, help="The address to listen on; this machine alone.")
@click.option("--port", type=whole_number(0), metavar="PORT", default=PORT, help="The port; 0 takes a free one. 8080.")
@click.option("--live", is_flag=True, help="Send for real, where the gateway is Sent.")
@global_options
@click.pass_context
def api(context: click.Context, host: str, port: int, live: bool) -> int:
    """Answer Sent's v3 calls over HTTP until you press Ctrl+C.

    They work on the contacts and messages of the database, while the app is open on it as well. Make a key first, with
    `sent-tui api key`.
    """
    if context.invoked_subcommand is not None:
        return ExitCode.DONE
    state = context.ensure_object(State)
    _need_server()
    with _access(state) as access:
        need(bool(access.in_force), "There is no key", "Nobody could ask anything.", "Make one: `sent-tui api key`.")
        with state.workspace() as workspace:
            _begin(workspace, live=live)
            _serve(state, workspace, access, host, port)
    return ExitCode.DONE


@click.command(cls=Command)
@click.option("--list", "listed", is_flag=True, help="List the keys in force.")
@click.option("--revoke", metavar="NAME", help="Let a key open nothing any more.")
@json_option()
@global_options
@click.pass_obj
def key(state: State, listed: bool, revoke: str | None) -> int:
    """Make a key to the API, and show it this once.

    Only a digest of it is kept.
    """
    need(not (listed and revoke), "Two things are asked for", "", "Give --list or --revoke.")
    with _access(state) as access:
        if listed:
            _list(state, access)
        elif revoke is not None:
            access.revoke(revoke)
            if state.json:
                say_json({"revoked": revoke})
            note(f"The key {revoke} opens nothing any more.")
        else:
            made = access.make().reveal()
            if state.json:
                say_json({"key": made})
            else:
                say(made)
            note("Keep it: it is not shown again. Programs give it in the header x-api-key.")
    return ExitCode.DONE


def _begin(workspace: Workspace, *, live: bool) -> None:
    """Arm live sending where it was asked for; else nothing goes out by a network that costs money."""
    if live:
        begin_sending(workspace, live=True)
    elif workspace.account is not None:
        workspace.account.prepare()
        note("Messages are refused, but for those that ask for the sandbox. --live sends for real.")


def _list(state: State, access: ApiAccess) -> None:
    if state.json:
        say_json({"keys": [{"name": each.name, "created_at": each.created_at.isoformat()} for each in access.in_force]})
        return
    rows = [(each.name, f"{each.created_at:%Y-%m-%d %H:%M} UTC") for each in access.in_force]
    say_table(("Name", "Made"), rows)
    if not rows:
        note("There is none.")


@contextmanager
def _access(state: State) -> Iterator[ApiAccess]:
    from sent_tui.services.api_access import ApiAccess
    from sent_tui.services.workspace import new_uuid, utc_now

    opened = ApiAccess(state.settings.database, utc_now, new_uuid)
    try:
        yield opened
    finally:
        opened.close()


def _need_server() -> None:
    """Raise UsageError where the packages of the extra are not installed."""
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        words = "It needs the packages starlette and uvicorn."
        raise UsageError("The server is not installed", words, "Run `pip install 'sent-tui[api]'`.") from None


def _serve(state: State, workspace: Workspace, access: ApiAccess, host: str, port: int) -> None:
    from sent_tui.api.desk import Desk
    from sent_tui.api.server import serve
    from sent_tui.services.kept_answers import KeptAnswers

    listening = open_socket(host, port)
    address: tuple[Any, ...] = listening.getsockname()
    shown = f"[{address[0]}]" if ":" in address[0] else address[0]
    what = f"{workspace.gateway.name}, {plural(len(access.in_force), 'key')}"
    kept = KeptAnswers(state.settings.database, workspace.clock)

    def tell(_server: object) -> None:
        note(f"Listening on http://{shown}:{address[1]} ({what}). Ctrl+C stops it.")
        if not is_loopback(host):
            note("Others can reach it, and nothing is encrypted: put a proxy with TLS before it.")

    try:
        serve(Desk(workspace, access, kept, state.settings.region), listening, on_started=tell)
        note("Stopped.")
    finally:
        kept.close()

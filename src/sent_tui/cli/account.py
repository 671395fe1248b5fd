"""`sent-tui account`: the key of a Sent account, and whose account it is."""

from __future__ import annotations

import os
import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.options import Command, Group, State, global_options, json_option, need
from sent_tui.cli.output import note, say_facts, say_json
from sent_tui.core.secret import LONGEST, Secret
from sent_tui.core.text import display
from sent_tui.errors import ExitCode, NotFoundError, UsageError

if TYPE_CHECKING:
    from sent_tui.gateways.gateway import Account
    from sent_tui.services.workspace import Workspace

PLACES = {"set": "account:set_key", "show": "account:show", "clear": "account:clear", "test": "account:test"}
SANDBOX = "Sandbox: Sent checks the message and sends nothing. --live sends it for real."

UNCHANGED = "Not live: nothing is changed at Sent. --live tells it what was decided here."

LATER = "It goes out from whatever program is live then: the app after L, or `sent-tui messages follow --live`."


@click.command(cls=Group, places=PLACES)
@global_options
def account() -> None:
    """Set, show, clear and test the key of a Sent account.

    A key in the environment goes before a stored one.
    """


@click.command("set", cls=Command)
@click.option("--file", "in_file", is_flag=True, help="Keep it in a file of mode 0600, not in the keyring.")
@json_option()
@global_options
@click.pass_obj
def set_key(state: State, in_file: bool) -> int:
    """Store the key.

    It is read from the terminal, where it is not shown, or from standard input. It is never an argument, because
    others can see those.
    """
    from sent_tui.api_key import KEY_VARIABLE, find_key, store_key

    secret = Secret.read(_asked() if _is_terminal() else _from_stdin())
    if secret is None:
        raise UsageError(
            "That is no key", "A key is made of 8 to 512 letters, digits and signs, without spaces.", "Nothing is kept."
        )
    place = store_key(secret, in_file=in_file)
    if state.json:
        say_json({"key": secret.tail, "kept_in": place})
    note(f"The key {secret.tail} is kept in {display(place)}.")
    in_force = find_key(os.environ)
    if in_force.secret != secret:
        note(f"It is not in force: the {in_force.source} goes before it. Unset {KEY_VARIABLE} to use it.")
    return ExitCode.DONE


@click.command(cls=Command)
@json_option()
@global_options
@click.pass_obj
def show(state: State) -> int:
    """Say where the key comes from, and its last four characters."""
    from sent_tui.api_key import find_key

    found = find_key(os.environ)
    if state.json:
        say_json({"key": found.secret.tail, "source": found.source, "stored": found.is_ours})
    else:
        say_facts((("Key", found.secret.tail), ("From", found.source)))
    return ExitCode.DONE


@click.command(cls=Command)
@json_option()
@global_options
@click.pass_obj
def clear(state: State) -> int:
    """Remove the stored key.

    One in the environment stays in force.
    """
    from sent_tui.api_key import clear_key, find_key

    places = clear_key()
    if state.json:
        say_json({"removed_from": places})
    note(f"Removed from {display(' and '.join(places))}." if places else "No key was stored.")
    with suppress(NotFoundError):
        note(f"Still in force: the {find_key(os.environ).source}.")
    return ExitCode.DONE


@click.command(cls=Command)
@json_option()
@global_options
@click.pass_obj
def test(state: State) -> int:
    """Ask Sent whose account it is, and which channels it has.

    Costs nothing and sends nothing.
    """
    from sent_tui.services.workspace import live_gateway, utc_now

    with closing(live_gateway(clock=utc_now)) as gateway:
        found = gateway.account()
    if state.json:
        say_json(account_json(found))
    else:
        say_facts(
            (
                ("Account", found.name),
                ("Kind", found.kind),
                *((each.name, each.sender or "set up" if each.is_set_up else "not set up") for each in found.channels),
            )
        )
    return ExitCode.DONE


def account_json(account: Account) -> dict[str, Any]:
    """Return an account as scripts see it."""
    return {
        "name": account.name,
        "type": account.kind,
        "channels": [
            {"channel": each.name, "configured": each.is_set_up, "sender": each.sender} for each in account.channels
        ],
    }


def begin_sending(workspace: Workspace, *, live: bool, later: bool = False) -> None:
    """Arm live sending where it was asked for, and say who sends, or that nothing is sent for real.

    With `later`, nothing is handed over now.

    Raises UsageError for `--live` on a network that has no account, and a NetworkError where the account cannot be
    told: then nothing is sent.
    """
    service = workspace.account
    if service is None:
        need(not live, "There is nothing to send live with", "This gateway has no account.", "Choose --gateway sent.")
    elif later:
        note(LATER)
    elif live:
        note(f"Live: this goes out from {display(service.arm().name)}.")
    else:
        service.prepare()
        note(SANDBOX)


def begin_changing(workspace: Workspace, *, live: bool) -> None:
    """Arm live sending where contacts of an account are to be changed, and say whose; else that none is changed."""
    service = workspace.account
    if service is not None and live:
        note(f"Live: this changes contacts of {display(service.arm().name)}.")
    elif service is not None:
        service.prepare()
        note(UNCHANGED)


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _asked() -> str:
    return str(click.prompt("Key", hide_input=True, err=True))


def _from_stdin() -> str:
    if sys.stdin is None:
        raise UsageError("There is no standard input", "It was closed.", "Give the key there, or on a terminal.")
    return sys.stdin.buffer.read(4 * LONGEST).decode("ascii", "replace")

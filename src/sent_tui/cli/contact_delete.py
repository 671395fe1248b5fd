"""`sent-tui contacts delete` and `undo`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from sent_tui.cli.options import Command, State, global_options, json_option, need, plain_text
from sent_tui.cli.output import note, say, say_json
from sent_tui.cli.people import contacts_named, named
from sent_tui.core.contact import Contact
from sent_tui.core.text import plural
from sent_tui.errors import ExitCode

NAMED = 3
"""Contacts that the question names."""
COUNTED = 50
"""With more contacts than this, their number has to be typed."""


@click.command(cls=Command)
@click.argument("contacts", nargs=-1, required=True, type=plain_text, metavar="ID-OR-NUMBER...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option()
@global_options
@click.pass_obj
def delete(state: State, contacts: Sequence[str], yes: bool) -> int:
    """Delete contacts.

    Their names, tags and notes go, and what was learned about their channels. Their messages stay, and so does an
    opt-out. `sent-tui contacts undo` takes it back.
    """
    with state.workspace() as workspace:
        known = contacts_named(workspace, state, contacts)
        if not yes and not _agreed(known):
            note("Nothing was deleted.")
            return ExitCode.FAILED
        name = workspace.contacts.delete(contact.id for contact in known)
    if state.json:
        say_json({"deleted": [contact.id for contact in known], "undo": name})
    else:
        say(f"Deleted: {_names(known)}")
        note("Take it back with `sent-tui contacts undo`.")
    return ExitCode.DONE


@click.command(cls=Command)
@json_option()
@global_options
@click.pass_obj
def undo(state: State) -> int:
    """Take back the last change to contacts."""
    with state.workspace() as workspace:
        name = workspace.contacts.undo()
    if state.json:
        say_json({"undone": name})
    elif name:
        say(f"Undone: {name}")
    else:
        note("There is nothing to undo.")
    return ExitCode.DONE


def _agreed(known: Sequence[Contact]) -> bool:
    need(
        sys.stdin is not None and sys.stdin.isatty(),
        "Deleting asks first",
        "There is no terminal to ask on.",
        "Add --yes if you are sure.",
    )
    note(f"This deletes {_names(known)}: names, tags, notes, and what was learned about the channels.")
    note("To stop messages and keep the contact, use `sent-tui contacts opt-out` instead.")
    if len(known) > COUNTED:
        typed: str = click.prompt(f"Type {len(known)} to delete them", default="", show_default=False, err=True)
        return typed.strip() == str(len(known))
    return click.confirm("Delete?", err=True)


def _names(known: Sequence[Contact]) -> str:
    first = ", ".join(named(contact) for contact in known[:NAMED])
    rest = len(known) - NAMED
    return f"{first} and {plural(rest, 'more', 'more')}" if rest > 0 else first

"""`sent-tui contacts delete` and `undo`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from sent_tui.cli.chosen import Chosen, agreed, chosen, progress_shown
from sent_tui.cli.options import Command, State, global_options, json_option, plain_text
from sent_tui.cli.output import note, say, say_json
from sent_tui.cli.people import query_options
from sent_tui.errors import ExitCode

NAMED = 20
"""Contacts that are named of those that changed since."""


@click.command(cls=Command)
@click.argument("contacts", nargs=-1, type=plain_text, metavar="[ID-OR-NUMBER...]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@query_options
@json_option()
@global_options
@click.pass_obj
def delete(state: State, /, contacts: Sequence[str], yes: bool, **options: Any) -> int:  # noqa: ANN401
    """Delete contacts.

    The contacts are named one by one or chosen by options; it is asked first.

    Their names, tags, notes and fields go, and what was learned about their channels. Their messages stay, with the
    moves of their default channels, and so does an opt-out. `sent-tui contacts undo` takes it back.
    """
    with state.workspace() as workspace:
        meant = chosen(workspace, state, contacts, options)
        if not yes and not _agreed(meant):
            note("Nothing was deleted.")
            return ExitCode.FAILED
        with progress_shown("deleted") as tell:
            report = workspace.bulk_edit.delete(meant.numbers, on_progress=tell)
    if state.json:
        say_json({"deleted": meant.ids, "undo": report.name})
    else:
        say(f"Deleted: {meant.words}")
        if report.changed:
            note("Take it back with `sent-tui contacts undo`.")
    return ExitCode.DONE


@click.command(cls=Command)
@json_option()
@global_options
@click.pass_obj
def undo(state: State) -> int:
    """Take back the last change to contacts.

    An import, or another change to many contacts, is taken back as a whole. What somebody wrote anew since stands, and
    so do new contacts that were written to; they are named. Where nothing goes back for that reason, the exit
    code is 1.
    """
    with state.workspace() as workspace, progress_shown("undone") as tell:
        report = workspace.undoing.undo(on_progress=tell)
    if state.json:
        say_json({"undone": report.name if report.is_any else None} | ({"kept": report.kept} if report.kept else {}))
    elif report.name is not None:
        say(f"{'Undone' if report.is_any else 'Not undone'}: {report.name}")
        for name in report.kept[:NAMED]:
            note(f"Changed since, and stays: {name}")
        if len(report.kept) > NAMED:
            note(f"and {len(report.kept) - NAMED:,} more; `--json` names all.")
    else:
        note(report.words)
    return ExitCode.DONE if report.is_any or report.name is None else ExitCode.FAILED


def _agreed(meant: Chosen) -> bool:
    return agreed(
        len(meant.ids),
        doing="Deleting",
        verb="delete them" if len(meant.ids) > 1 else "delete",
        warnings=[
            f"This deletes {meant.words}.",
            "Names, tags, notes, and what was learned about the channels are lost.",
            "To stop messages and keep the contact, use `sent-tui contacts opt-out` instead.",
        ],
    )

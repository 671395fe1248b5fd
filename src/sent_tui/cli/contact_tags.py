"""`sent-tui contacts tag`: tags of many contacts at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from sent_tui.cli.chosen import Chosen, agreed, chosen, progress_shown
from sent_tui.cli.options import Command, State, global_options, json_option, need, plain_text
from sent_tui.cli.output import note, say, say_json
from sent_tui.cli.people import query_options
from sent_tui.core.contact import parse_tags
from sent_tui.core.text import plural
from sent_tui.errors import ExitCode


@click.command(cls=Command)
@click.argument("contacts", nargs=-1, type=plain_text, metavar="[ID-OR-NUMBER...]")
@click.option("--add", multiple=True, type=plain_text, metavar="TAG", help="Add a tag; may be given several times.")
@click.option("--remove", multiple=True, type=plain_text, metavar="TAG", help="Remove one; may be given several times.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@query_options
@json_option()
@global_options
@click.pass_obj
def tag(
    state: State,
    /,
    contacts: Sequence[str],
    add: Sequence[str],
    remove: Sequence[str],
    yes: bool,
    **options: Any,  # noqa: ANN401
) -> int:
    """Add tags to contacts and remove others.

    The contacts are named one by one, or chosen by options: then it is asked first. `sent-tui contacts undo` takes the
    whole back.
    """
    need(bool(add or remove), "There is nothing to change", "", "Give --add or --remove.")
    with state.workspace() as workspace:
        meant = chosen(workspace, state, contacts, options)
        if meant.by_options and not yes and not _agreed(meant):
            note("Nothing was changed.")
            return ExitCode.FAILED
        with progress_shown("tagged") as tell:
            report = workspace.bulk_edit.tag(
                meant.numbers, add=parse_tags(",".join(add)), remove=parse_tags(",".join(remove)), on_progress=tell
            )
    if state.json:
        say_json({"changed": report.changed, "unchanged": report.unchanged})
    else:
        say(f"Tagged: {plural(report.changed, 'contact')}")
        if report.unchanged:
            note(f"{report.unchanged:,} had them already.")
    return ExitCode.DONE


def _agreed(meant: Chosen) -> bool:
    return agreed(
        len(meant.ids), doing="Tagging whom options choose", verb="tag them", warnings=[f"This tags {meant.words}."]
    )

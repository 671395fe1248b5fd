"""`sent-tui contacts views`: saved views of the contact list."""

from __future__ import annotations

import click

from sent_tui.cli.options import Command, State, global_options, json_option, plain_text
from sent_tui.cli.output import note, say_json_lines, say_table
from sent_tui.errors import ExitCode
from sent_tui.services.views import ViewService


@click.command(cls=Command)
@click.option("--delete", "gone", type=plain_text, metavar="NAME", help="Throw a view away.")
@json_option("Print JSON Lines: one view a line.")
@global_options
@click.pass_obj
def views(state: State, gone: str | None) -> int:
    """List saved views.

    `contacts list --view NAME` opens one, and `contacts list --save-view NAME` keeps what the other options ask for.
    """
    service = ViewService(state.view_file)
    if gone is not None:
        service.delete(gone)
        note(f"Deleted: {gone}")
        return ExitCode.DONE
    found = service.all()
    if state.json:
        say_json_lines({"name": view.name} | view.table() for view in found)
        return ExitCode.DONE
    say_table(("NAME", "WHAT IT SHOWS"), [(view.name, view.words) for view in found])
    if not found:
        note("No views are saved.")
    return ExitCode.DONE

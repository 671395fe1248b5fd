"""`sent-tui contacts duplicates` and `merge`: contacts that may be one person."""

from __future__ import annotations

import click

from sent_tui.cli.options import Command, State, global_options, json_option, need, plain_text
from sent_tui.cli.output import note, say, say_json_lines, say_table
from sent_tui.cli.people import contact_named, in_one_line, json_of, named
from sent_tui.core.duplicates import Pair
from sent_tui.errors import ExitCode
from sent_tui.services.duplicates import Merged, proposed


@click.command(cls=Command)
@click.option(
    "--apart", nargs=2, type=plain_text, metavar="CONTACT CONTACT", help="Say of two that they are not one person."
)
@json_option("Print JSON Lines: one pair a line.")
@global_options
@click.pass_obj
def duplicates(state: State, apart: tuple[str, str] | None) -> int:
    """List contacts that may be one person.

    Two have the same name, of two words at least; or their numbers are one WhatsApp account in two forms, as Brazil,
    Mexico and Argentina have them.
    """
    with state.workspace() as workspace:
        service = workspace.duplicates
        if apart is not None:
            first, second = sorted(contact_named(workspace, state, text).format_e164 for text in apart)
            service.keep_apart(Pair(first, second, ()), by=workspace.user)
            note("Kept apart: they are not listed again.")
            return ExitCode.DONE
        pairs = service.pairs()
        if state.json:
            say_json_lines(
                {"first": pair.first, "second": pair.second, "evidence": [known.value for known in pair.evidence]}
                for pair in pairs
            )
            return ExitCode.DONE
        both = ((pair, service.contacts(pair)) for pair in pairs)
        say_table(
            ("FIRST", "SECOND", "WHY"),
            [(named(two[0]), named(two[1]), pair.words) for pair, two in both if two is not None],
        )
    note("Merge two with `sent-tui contacts merge`." if pairs else "No two contacts look like one person.")
    return ExitCode.DONE


@click.command(cls=Command)
@click.argument("kept", type=plain_text, metavar="ID-OR-NUMBER")
@click.argument("other", type=plain_text, metavar="ID-OR-NUMBER")
@click.option("--name", type=plain_text, metavar="TEXT", help="The name; else that of the first, or of the second.")
@click.option("--notes", type=plain_text, metavar="TEXT", help="The notes; else those of both, and the other number.")
@json_option()
@global_options
@click.pass_obj
def merge(state: State, kept: str, other: str, name: str | None, notes: str | None) -> int:
    """Make one contact of two.

    The first one stays, with the tags, fields, messages and deliveries of both; where either opted out, so is it.
    `sent-tui contacts undo` takes it back.
    """
    with state.workspace() as workspace:
        stays, goes = contact_named(workspace, state, kept), contact_named(workspace, state, other)
        need(stays.id != goes.id, "These are one contact already", f"{kept} and {other} name the same one.", "")
        whole = proposed(stays, goes)
        wanted = Merged(
            whole.name if name is None else name, whole.tags, whole.notes if notes is None else notes, whole.fields
        )
        merged = workspace.duplicates.merge(stays.id, goes.id, wanted, by=workspace.user)
        if state.json:
            say_json_lines(json_of(workspace, [merged]))
        else:
            say(f"Merged: {in_one_line(merged)}")
            note("Take it back with `sent-tui contacts undo`.")
    return ExitCode.DONE

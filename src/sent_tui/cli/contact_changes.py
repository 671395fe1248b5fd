"""`sent-tui contacts add`, `edit`, `opt-out`, `opt-in` and `default`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.chosen import Chosen, agreed, chosen, progress_shown
from sent_tui.cli.failures import error_json
from sent_tui.cli.options import Command, State, global_options, json_option, need, plain_text
from sent_tui.cli.output import note, say, say_json, say_json_lines
from sent_tui.cli.people import (
    channel_of,
    contact_named,
    contacts_named,
    in_one_line,
    json_of,
    query_options,
)
from sent_tui.core.contact import Contact, Fields, parse_tags
from sent_tui.core.text import plural
from sent_tui.errors import ExitCode, RefusedError
from sent_tui.services.contacts import NewContact

if TYPE_CHECKING:
    from sent_tui.cli.options import F
    from sent_tui.services.workspace import Workspace


def _field_option(words: str) -> Callable[[F], F]:
    """Return the option that sets fields; it gives pairs of texts, or a usage error."""
    return click.option(
        "--field",
        "fields",
        multiple=True,
        type=plain_text,
        metavar="NAME=VALUE",
        callback=_read_fields,
        help=f"{words}; may be given several times.",
    )


def _read_fields(_context: click.Context, _param: click.Parameter, texts: Sequence[str]) -> Fields:
    pairs = []
    for text in texts:
        name, sign, value = text.partition("=")
        need(bool(sign), "A field is not understood", f"--field {text} has no =.", "Write NAME=VALUE.")
        pairs.append((name, value))
    return tuple(pairs)


@click.command(cls=Command)
@click.argument("numbers", nargs=-1, required=True, type=plain_text, metavar="NUMBER...")
@click.option("--name", default="", type=plain_text, metavar="TEXT", help="The name; only with one number.")
@click.option("--tag", "tags", multiple=True, type=plain_text, metavar="TAG", help="A tag; may be given several times.")
@click.option("--notes", default="", type=plain_text, metavar="TEXT", help="Notes.")
@_field_option("A field of your own")
@click.option("--accept", is_flag=True, help="Take a doubtful number as it was understood.")
@json_option("Print JSON Lines: one contact or error a line.")
@global_options
@click.pass_obj
def add(
    state: State, numbers: Sequence[str], name: str, tags: Sequence[str], notes: str, fields: Fields, accept: bool
) -> int:
    """Add contacts by their numbers.

    Each number is validated, and looked up to find out which channels reach it.

    A number that is stored already leads to its contact, which stays as it is.
    """
    need(not name or len(numbers) == 1, "One name cannot be given to several numbers", "", "Add them one by one.")
    blank = NewContact("", state.settings.region, name, parse_tags(",".join(tags)), notes, fields=fields)
    code = ExitCode.DONE
    with state.workspace() as workspace:
        for number in numbers:
            try:
                _add(workspace, state, blank._replace(number=number), accept=accept)
            except RefusedError as error:
                code = ExitCode.REFUSED
                if state.json:
                    say_json({"phone_number": number, "error": error_json(error)})
                note(f"sent-tui: {number}: {error}")
    return code


@click.command(cls=Command)
@click.argument("contact", type=plain_text, metavar="ID-OR-NUMBER")
@click.option("--name", type=plain_text, metavar="TEXT", help="The new name; an empty text removes it.")
@click.option("--notes", type=plain_text, metavar="TEXT", help="The new notes; an empty text removes them.")
@click.option(
    "--tag", "tags", multiple=True, type=plain_text, metavar="TAG", help="Add a tag; may be given several times."
)
@click.option(
    "--untag", "untags", multiple=True, type=plain_text, metavar="TAG", help="Remove a tag; may be given several times."
)
@_field_option("Set a field of your own, or remove it with an empty value")
@json_option()
@global_options
@click.pass_obj
def edit(
    state: State,
    contact: str,
    name: str | None,
    notes: str | None,
    tags: Sequence[str],
    untags: Sequence[str],
    fields: Fields,
) -> int:
    """Change name, notes, tags and fields of a contact."""
    changes = name is not None or notes is not None or bool(tags or untags or fields)
    need(changes, "There is nothing to change", "", "Give --name, --notes, --tag, --untag or --field.")
    with state.workspace() as workspace:
        known = contact_named(workspace, state, contact)
        added, removed = (parse_tags(",".join(some)) for some in (tags, untags))
        edited = workspace.contacts.edit(known.id, name=name, notes=notes, tag=added, untag=removed, with_fields=fields)
    return _told(workspace, state, "Changed", edited)


@click.command("opt-out", cls=Command)
@click.argument("contacts", nargs=-1, type=plain_text, metavar="[ID-OR-NUMBER...]")
@click.option(
    "--how", default="recorded by hand", type=plain_text, metavar="TEXT", help="The words or the action behind it."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@query_options
@json_option("Print JSON Lines: one contact a line.")
@global_options
@click.pass_obj
def opt_out(state: State, /, contacts: Sequence[str], how: str, yes: bool, **options: Any) -> int:  # noqa: ANN401
    """Stop all messages to contacts.

    The contacts are named one by one, or chosen by options: then it is asked first, and `sent-tui contacts undo` takes
    the whole back. Who recorded it and when is kept, also when the contact is deleted.
    """
    with state.workspace() as workspace:
        meant = chosen(workspace, state, contacts, options)
        if meant.by_options:
            return _opt_all_out(workspace, state, meant, how, yes=yes)
        for contact_id in meant.ids:
            _told(workspace, state, "Opted out", workspace.contacts.opt_out(contact_id, by=workspace.user, how=how))
    return ExitCode.DONE


@click.command("opt-in", cls=Command)
@click.argument("contacts", nargs=-1, required=True, type=plain_text, metavar="ID-OR-NUMBER...")
@click.option(
    "--how", default="recorded by hand", type=plain_text, metavar="TEXT", help="The words or the action behind it."
)
@json_option("Print JSON Lines: one contact a line.")
@global_options
@click.pass_obj
def opt_in(state: State, contacts: Sequence[str], how: str) -> int:
    """Allow messages to contacts again.

    Who recorded it and when is kept.
    """
    with state.workspace() as workspace:
        for known in contacts_named(workspace, state, contacts):
            _told(workspace, state, "Opted in", workspace.contacts.opt_in(known.id, by=workspace.user, how=how))
    return ExitCode.DONE


@click.command(cls=Command)
@click.argument("contact", type=plain_text, metavar="ID-OR-NUMBER")
@click.argument("channel", type=click.Choice(["whatsapp", "sms", "auto"]))
@json_option()
@global_options
@click.pass_obj
def default(state: State, contact: str, channel: str) -> int:
    """Choose the default channel of a contact.

    auto gives the choice back to the router, which learns from deliveries.
    """
    with state.workspace() as workspace:
        known = contact_named(workspace, state, contact)
        return _told(workspace, state, "Changed", workspace.contacts.set_default(known.id, channel_of(channel)))


def _opt_all_out(workspace: Workspace, state: State, meant: Chosen, how: str, *, yes: bool) -> int:
    warnings = [f"This opts out {meant.words}.", "No message goes to them until they opt in again."]
    if not yes and not agreed(
        len(meant.ids), doing="Opting out whom options choose", verb="opt them out", warnings=warnings
    ):
        note("Nobody was opted out.")
        return ExitCode.FAILED
    with progress_shown("opted out") as tell:
        report = workspace.bulk_edit.opt_out(meant.numbers, by=workspace.user, how=how, on_progress=tell)
    if state.json:
        known = map(workspace.repository.find, meant.numbers)
        say_json_lines(json_of(workspace, (contact for contact in known if contact is not None)))
        return ExitCode.DONE
    say(f"Opted out: {plural(report.changed, 'contact')}")
    if report.unchanged:
        note(f"{report.unchanged:,} had opted out already.")
    return ExitCode.DONE


def _add(workspace: Workspace, state: State, entry: NewContact, *, accept: bool) -> None:
    made = workspace.contacts.create(entry, accept_doubts=accept)
    if state.json:
        [known] = json_of(workspace, [made.contact])
        say_json(known | {"created": made.is_new})
        return
    say(f"{'Added' if made.is_new else 'Exists already'}: {in_one_line(made.contact)}")
    if not made.is_new and (entry.name or entry.tags or entry.notes or entry.fields):
        note("It stays as it is; change it with `sent-tui contacts edit`.")


def _told(workspace: Workspace, state: State, done: str, contact: Contact) -> int:
    if state.json:
        say_json_lines(json_of(workspace, [contact]))
    else:
        say(f"{done}: {in_one_line(contact)}")
    return ExitCode.DONE

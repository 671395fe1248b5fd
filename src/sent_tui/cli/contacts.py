"""`sent-tui contacts`: the group, and the commands that only read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.contact_view import show_contact, show_rows
from sent_tui.cli.options import Command, Group, State, global_options, json_option, plain_text, whole_number
from sent_tui.cli.output import note, say, say_json, say_json_lines
from sent_tui.cli.people import contact_named, contacts_of, json_of, query_of, query_options
from sent_tui.core.search import Sort, SortKey
from sent_tui.core.sent_json import Json, contact_json, message_json, plan_json, timestamp
from sent_tui.core.text import plural
from sent_tui.errors import ExitCode

if TYPE_CHECKING:
    from sent_tui.core.consent import ConsentEvent

SHOWN = 50
"""Rows that a person gets without asking for more."""
LAST_MESSAGES = 5


@click.command(
    cls=Group,
    places={
        "list": "contacts:list_contacts",
        "show": "contacts:show",
        "add": "contact_changes:add",
        "edit": "contact_changes:edit",
        "opt-out": "contact_changes:opt_out",
        "opt-in": "contact_changes:opt_in",
        "check": "contact_changes:check",
        "default": "contact_changes:default",
        "delete": "contact_delete:delete",
        "undo": "contact_delete:undo",
        "import": "exchange:import_file",
        "export": "exchange:export_file",
    },
)
@global_options
def contacts() -> None:
    """List, show, add and change contacts."""


@click.command("list", cls=Command)
@query_options
@click.option("--sort", type=click.Choice([key.value for key in SortKey]), default="name", help="Order; by name.")
@click.option("--reverse", is_flag=True, help="Turn the order around.")
@click.option("--limit", type=whole_number(0), metavar="N", help=f"At most so many; {SHOWN}, or all with --json.")
@click.option("--offset", type=whole_number(0), default=0, metavar="N", help="Leave out the first so many.")
@click.option("--count", is_flag=True, help="Print only how many there are.")
@json_option("Print JSON Lines: one contact a line.")
@global_options
@click.pass_obj
def list_contacts(state: State, /, **options: Any) -> int:  # noqa: ANN401
    """List contacts.

    All of them, or those on which all options agree.
    """
    limit = options["limit"]
    if limit is None and not state.json:
        limit = SHOWN
    sort = Sort(SortKey(options["sort"]), descending=options["reverse"])
    with state.workspace() as workspace:
        query = replace(query_of(options), forgiving=True)
        if options["count"]:
            return _count(state, workspace.repository.page(query, limit=0).total)
        page = workspace.repository.page(query, sort=sort, offset=options["offset"], limit=limit)
        if state.json:
            say_json_lines(json_of(workspace, contacts_of(workspace, page.rows)))
            return ExitCode.DONE
        show_rows(page.rows, workspace.clock())
    if not page.total:
        note("No contacts.")
    elif len(page.rows) < page.total:
        note(f"Showing {len(page.rows):,} of {plural(page.total, 'contact')}; more with --limit and --offset.")
    return ExitCode.DONE


@click.command(cls=Command)
@click.argument("contact", type=plain_text, metavar="ID-OR-NUMBER")
@json_option()
@global_options
@click.pass_obj
def show(state: State, contact: str) -> int:
    """Show everything about one contact.

    Its formats, channels, the route of a message, consent and last messages.
    """
    with state.workspace() as workspace:
        known = contact_named(workspace, state, contact)
        plan = workspace.sending.plan(known.id)
        consent = workspace.repository.consent_history(known.format_e164)
        messages = workspace.repository.messages(contact_id=known.id, limit=LAST_MESSAGES)
        if state.json:
            more = {
                "plan": plan_json(plan),
                "consent": [_consent_json(event) for event in consent],
                "messages": [message_json(message) for message in messages],
            }
            say_json(contact_json(known, plan.estimates) | more)
        else:
            show_contact(known, plan, consent, messages, workspace.clock())
    return ExitCode.DONE


def _count(state: State, total: int) -> int:
    if state.json:
        say_json({"count": total})
    else:
        say(str(total))
    return ExitCode.DONE


def _consent_json(event: ConsentEvent) -> Json:
    return {"kind": event.kind.value, "at": timestamp(event.at), "by": event.by, "how": event.how}

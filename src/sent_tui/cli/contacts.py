"""`sent-tui contacts`: the group, and the commands that only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from sent_tui.cli.contact_view import show_contact, show_rows
from sent_tui.cli.options import Command, Group, State, global_options, json_option, plain_text, whole_number
from sent_tui.cli.output import note, say, say_json, say_json_lines
from sent_tui.cli.people import contact_named, contacts_of, filters_of, json_of, narrowing_of, query_options, view_of
from sent_tui.core.saved_view import SavedView
from sent_tui.core.search import ChannelFilter, Sort, SortKey
from sent_tui.core.search_filters import with_filter
from sent_tui.core.sent_json import (
    Json,
    check_json,
    contact_json,
    message_json,
    move_json,
    proposal_json,
    rationale_json,
    timestamp,
)
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
        "views": "contact_views:views",
        "show": "contacts:show",
        "add": "contact_changes:add",
        "edit": "contact_changes:edit",
        "tag": "contact_tags:tag",
        "opt-out": "contact_changes:opt_out",
        "opt-in": "contact_changes:opt_in",
        "check": "contact_checks:check",
        "stale": "contact_checks:stale",
        "default": "contact_changes:default",
        "duplicates": "contact_duplicates:duplicates",
        "merge": "contact_duplicates:merge",
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
@click.option("--save-view", type=plain_text, metavar="NAME", help="Keep these options as a view.")
@click.option(
    "--sort", type=click.Choice([key.value for key in SortKey]), help="Order; by name, or as the view has it."
)
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
    with state.workspace() as workspace:
        view = view_of(workspace, options)
        query = replace(view.query & narrowing_of(options), forgiving=True)
        sort = _sort(view, options)
        if options["save_view"]:
            workspace.views.save(_extended(view, options, sort))
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
    # A list needs none of this.
    from sent_tui.services.explaining import rationale_of

    with state.workspace() as workspace:
        known = contact_named(workspace, state, contact)
        rationale = rationale_of(workspace.repository, workspace.sending, known.id)
        consent = workspace.repository.consent_history(known.format_e164)
        messages = workspace.repository.messages(contact_id=known.id, limit=LAST_MESSAGES)
        moves = workspace.repository.default_moves(known.id)
        proposal, now = workspace.checking.proposal(known), workspace.clock()
        if state.json:
            more = {
                "plan": rationale_json(rationale),
                "checks": [check_json(status, now) for status in known.channels],
                "recheck": proposal_json(proposal) if proposal else None,
                "default_moves": [move_json(move) for move in moves],
                "consent": [_consent_json(event) for event in consent],
                "messages": [message_json(message) for message in messages],
            }
            say_json(contact_json(known, rationale.plan.estimates) | more)
        else:
            show_contact(rationale, consent, messages, moves, proposal, now)
    return ExitCode.DONE


def _sort(view: SavedView, options: dict[str, Any]) -> Sort:
    key, descending = (SortKey(options["sort"]), False) if options["sort"] else (view.sort.key, view.sort.descending)
    return Sort(key, descending is not options["reverse"])


def _extended(view: SavedView, options: dict[str, Any], sort: Sort) -> SavedView:
    """Return a view with what options ask for as well, under its new name."""
    filters = view.filters
    for added in filters_of(options):
        filters = with_filter(filters, added)
    search = f"{view.search} {options['search'] or ''}".strip()
    channel = ChannelFilter(options["reachable"]) if options["reachable"] else view.channel
    return SavedView(options["save_view"], search, channel, filters, sort)


def _count(state: State, total: int) -> int:
    if state.json:
        say_json({"count": total})
    else:
        say(str(total))
    return ExitCode.DONE


def _consent_json(event: ConsentEvent) -> Json:
    return {"kind": event.kind.value, "at": timestamp(event.at), "by": event.by, "how": event.how}

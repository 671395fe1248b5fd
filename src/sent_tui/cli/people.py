"""Contacts on the command line: named by id or number, and shown in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.options import State, plain_text
from sent_tui.config import read_text
from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.saved_view import SavedView
from sent_tui.core.search import ChannelFilter, ContactQuery, ContactRow, containing, with_channels
from sent_tui.core.search_filters import YES, Filter, filtered
from sent_tui.core.sent_json import Json, contact_json
from sent_tui.core.text import display
from sent_tui.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sent_tui.cli.options import F
    from sent_tui.services.workspace import Workspace

CHANNEL_FILTERS = tuple(
    wanted.value for wanted in ChannelFilter if wanted not in {ChannelFilter.ALL, ChannelFilter.OPTED_OUT}
)


def contact_named(workspace: Workspace, state: State, text: str) -> Contact:
    """Return the contact that an id or a number names; raises as ContactService.resolve does."""
    return workspace.contacts.resolve(text, state.settings.region)


def contacts_named(workspace: Workspace, state: State, texts: Sequence[str]) -> list[Contact]:
    """Return the contacts that ids or numbers name, each once; raises before anything was done to one of them."""
    found = {contact.id: contact for contact in (contact_named(workspace, state, text) for text in texts)}
    return list(found.values())


def contacts_of(workspace: Workspace, rows: Iterable[ContactRow]) -> Iterator[Contact]:
    """Return the contacts of a list; one that somebody deleted since the list was made is left out."""
    for row in rows:
        try:
            yield workspace.repository.get(row.id)
        except NotFoundError:
            continue


def json_of(workspace: Workspace, contacts: Iterable[Contact]) -> Iterator[Json]:
    """Return contacts as JSON, with the estimates of their channels."""
    estimates = workspace.contacts.estimator()
    return (contact_json(contact, estimates(contact)) for contact in contacts)


def query_options(function: F) -> F:
    """Add the options that say which contacts are meant; `query_of` reads them."""
    for option in reversed(_QUERY_OPTIONS):
        function = option(function)
    return function


def recipient_options(function: F) -> F:
    """Add the same options to a command that pins a channel by `--channel`: there, the filter is `--reachable`."""
    for option in reversed((*_SEARCH, *_FILTERS, _reachable("--reachable"))):
        function = option(function)
    return function


def query_of(workspace: Workspace, options: dict[str, Any]) -> ContactQuery:
    """Return the query that the options ask for; raises NotFoundError for a view that is not there."""
    return view_of(workspace, options).query & narrowing_of(options)


def view_of(workspace: Workspace, options: dict[str, Any]) -> SavedView:
    """Return the saved view that the options name, or one that shows everyone; raises NotFoundError."""
    return workspace.views.named(options["view"]) if options["view"] else SavedView("")


def narrowing_of(options: dict[str, Any]) -> ContactQuery:
    """Return the query that the options ask for beside the saved view."""
    query = containing(options["search"] or "") & filtered(filters_of(options))
    return query & with_channels(ChannelFilter(options["reachable"])) if options["reachable"] else query


def filters_of(options: dict[str, Any]) -> tuple[Filter, ...]:
    """Return the filters that the options ask for, beside the search and the channel."""
    found = [Filter("tag", tag) for tag in options["tag"]]
    found += [Filter("region", options["region_code"])] if options["region_code"] else []
    return (*found, *(Filter(switch, YES) for switch in ("opted_out", "failing", "never_messaged") if options[switch]))


def channels_in_words(contact: Contact) -> str:
    """Return what is known of the channels, such as `WhatsApp available, SMS unknown, default WhatsApp`."""
    known = [f"{status.channel.label} {status.availability.value}" for status in contact.channels]
    return ", ".join((*known, f"default {default_in_words(contact)}"))


def default_in_words(contact: Contact) -> str:
    """Return the default channel and whether a person chose it."""
    if contact.default_channel is None:
        return "none"
    chosen = " (chosen by a person)" if contact.default_pinned else ""
    return f"{contact.default_channel.label}{chosen}"


def named(contact: Contact) -> str:
    """Return name and number of a contact, or the number alone."""
    number = contact.format_international
    return f"{display(contact.name)} ({number})" if contact.name else number


def in_one_line(contact: Contact) -> str:
    """Return number, name and channels of a contact."""
    name = f"  {display(contact.name)}" if contact.name else ""
    out = ", opted out" if contact.opt_out else ""
    return f"{contact.format_international}{name}  {channels_in_words(contact)}{out}"


def channel_of(word: str) -> Channel | None:
    """Return the channel of an option; `auto` leaves the choice to the router."""
    return None if word == "auto" else Channel(word)


def _in_region(_context: click.Context, param: click.Parameter, value: str | None) -> str | None:
    return None if value is None else str(read_text("region", value, where=param.opts[0]))


def _reachable(name: str) -> Callable[[Any], Any]:
    return click.option(name, "reachable", type=click.Choice(CHANNEL_FILTERS), help="Who can be reached on it.")


_SEARCH: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--search",
        metavar="TEXT",
        type=plain_text,
        help="Words in name, tags, notes or fields, or digits of the number.",
    ),
)
_FILTERS: tuple[Callable[[Any], Any], ...] = (
    click.option("--opted-out", is_flag=True, help="Who has opted out."),
    click.option(
        "--tag", metavar="TAG", type=plain_text, multiple=True, help="Who has this tag; several must all be there."
    ),
    click.option("--region-code", metavar="XX", callback=_in_region, help="Whose number is of this country."),
    click.option("--failing", is_flag=True, help="Whose last message did not arrive."),
    click.option("--never-messaged", is_flag=True, help="To whom nothing was ever sent."),
    click.option(
        "--view", metavar="NAME", type=plain_text, help="Whom a saved view shows; the other options narrow it."
    ),
)
_QUERY_OPTIONS = (*_SEARCH, _reachable("--channel"), *_FILTERS)

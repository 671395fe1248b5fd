"""Contacts on the command line: named by id or number, and shown in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.options import State, plain_text
from sent_tui.config import read_text
from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.search import (
    ChannelFilter,
    ContactQuery,
    ContactRow,
    containing,
    failing,
    in_region,
    never_messaged,
    opted_out,
    tagged,
    with_channels,
)
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


def query_of(options: dict[str, Any]) -> ContactQuery:
    """Return the query that the options ask for."""
    query = containing(options["search"] or "")
    if options["channel"]:
        query &= with_channels(ChannelFilter(options["channel"]))
    for tag in options["tag"]:
        query &= tagged(tag)
    if options["region_code"]:
        query &= in_region(options["region_code"])
    for wanted, condition in (("opted_out", opted_out), ("failing", failing), ("never_messaged", never_messaged)):
        if options[wanted]:
            query &= condition()
    return query


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


_QUERY_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--search", metavar="TEXT", type=plain_text, help="Words in name, tags or notes, or digits of the number."
    ),
    click.option("--channel", type=click.Choice(CHANNEL_FILTERS), help="Who can be reached on it."),
    click.option("--opted-out", is_flag=True, help="Who has opted out."),
    click.option(
        "--tag", metavar="TAG", type=plain_text, multiple=True, help="Who has this tag; several must all be there."
    ),
    click.option("--region-code", metavar="XX", callback=_in_region, help="Whose number is of this country."),
    click.option("--failing", is_flag=True, help="Whose last message did not arrive."),
    click.option("--never-messaged", is_flag=True, help="To whom nothing was ever sent."),
)

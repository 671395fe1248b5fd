"""`sent-tui messages`: what was sent, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from sent_tui.cli.account import begin_sending
from sent_tui.cli.contact_view import attempt_lines, status_words
from sent_tui.cli.days import day_option
from sent_tui.cli.delivery import changes, exit_code, hand_over, pause, report
from sent_tui.cli.options import Command, Group, State, global_options, json_option, plain_text, whole_number
from sent_tui.cli.output import note, say, say_facts, say_json, say_json_lines, say_table
from sent_tui.cli.people import contact_named
from sent_tui.core.channel import Channel
from sent_tui.core.message import STATUS_WORDS
from sent_tui.core.message_search import Fate, MessageQuery
from sent_tui.core.period import EVER, Period
from sent_tui.core.reasons import reason_words
from sent_tui.core.sent_json import message_json
from sent_tui.core.standing import standing
from sent_tui.core.text import ago, plural, relative_time
from sent_tui.errors import ExitCode, NotFoundError, UsageError
from sent_tui.services.claiming import is_missed

if TYPE_CHECKING:
    from sent_tui.core.bulk import BulkSend
    from sent_tui.core.message import DeliveryEvent, Message
    from sent_tui.services.bulk import BulkService
    from sent_tui.services.workspace import Workspace

SHOWN = 50
PREFIX = 6
"""The first characters of an id that are enough."""
HEADS = ("ID", "CREATED", "STATUS", "CHANNEL", "TO", "TEXT")


@click.command(
    cls=Group,
    places={
        "list": "messages:list_messages",
        "show": "messages:show",
        "receive": "receive:receive",
        "follow": "messages:follow",
        "retry": "messages:retry",
        "cancel": "batches:cancel",
        "batches": "batches:batches",
        "resume": "batches:resume",
        "pause": "batches:pause",
    },
)
@global_options
def messages() -> None:
    """List, show, receive, follow, retry and cancel messages."""


class _Wanted(TypedDict):
    """The options of the list that a query of messages can say."""

    outcome: str | None
    failed: bool
    channel: str | None
    since: Period | None
    until: Period | None
    day: Period | None


@click.command("list", cls=Command)
@click.option("--contact", type=plain_text, metavar="ID-OR-NUMBER", help="Only those to this contact.")
@click.option("--status", type=plain_text, metavar="STATUS", help=f"Only those that are: {', '.join(STATUS_WORDS)}.")
@click.option("--batch", type=plain_text, metavar="ID", help="Only those of this bulk send, as they were written down.")
@click.option(
    "--outcome", type=click.Choice([fate.value for fate in Fate]), metavar="NAME", help=f"Only those {', '.join(Fate)}."
)
@click.option("--failed", is_flag=True, help="The same as --outcome failed.")
@click.option(
    "--channel",
    type=click.Choice([channel.value for channel in Channel]),
    metavar="NAME",
    help="Only those that went by this last.",
)
@day_option("--since", "Only those written on this day or later, such as 2026-03-02.")
@day_option("--until", "Only those written on this day or earlier.")
@day_option("--day", "Only those written on this day.")
@click.option("--limit", type=whole_number(0), metavar="N", help=f"At most so many; {SHOWN}, or all with --json.")
@json_option("Print JSON Lines: one message a line.")
@global_options
@click.pass_obj
def list_messages(
    state: State,
    contact: str | None,
    status: str | None,
    batch: str | None,
    limit: int | None,
    **wanted: Unpack[_Wanted],
) -> int:
    """List messages as they are stored, newest first."""
    if limit is None and not state.json:
        limit = SHOWN
    with state.workspace() as workspace:
        query = _query(wanted)
        if contact:
            query &= MessageQuery(contacts=frozenset({contact_named(workspace, state, contact).id}))
        found: Sequence[Message]
        if batch:
            in_batch = workspace.repository.of_bulk_send(bulk_send_named(workspace, batch).id)
            found = [message for message in in_batch if query.matches(message)]
        else:
            found = workspace.repository.select(query)
        if status:
            found = [message for message in found if message.status == status.upper()]
        if state.json:
            say_json_lines(map(message_json, islice(found, limit)))
            return ExitCode.DONE
        now = workspace.clock()
        say_table(HEADS, [_cells(message, now) for message in islice(found, limit)])
    if not found:
        note("No messages.")
    elif limit is not None and limit < len(found):
        note(f"Showing {limit:,} of {plural(len(found), 'message')}; more with --limit.")
    return ExitCode.DONE


def _query(wanted: _Wanted) -> MessageQuery:
    """Return what the options of the list ask for."""
    outcome, day = wanted["outcome"], wanted["day"] or EVER
    if wanted["failed"]:
        outcome = Fate.FAILED
    query = MessageQuery(
        fates=frozenset({Fate(outcome)}) if outcome else None,
        channel=Channel(wanted["channel"]) if wanted["channel"] else None,
        since=(wanted["since"] or EVER).since,
        before=(wanted["until"] or EVER).before,
    )
    return query & MessageQuery(since=day.since, before=day.before)


@click.command(cls=Command)
@click.argument("message", type=plain_text, metavar="ID")
@json_option()
@global_options
@click.pass_obj
def show(state: State, message: str) -> int:
    """Show one message with its attempts and reports, as they are stored.

    The first characters of an id are enough, from the sixth on, as long as they mean one message.
    """
    with state.workspace() as workspace:
        known = message_named(workspace, message)
        events = workspace.repository.events(known.id)
        if state.json:
            say_json(message_json(known, events))
        else:
            _show(known, events, workspace.clock())
    return ExitCode.DONE


@click.command(cls=Command)
@click.argument("messages", type=plain_text, nargs=-1, metavar="[ID...]")
@click.option("--timeout", type=whole_number(0), default=120, metavar="SECONDS", help="Give up after so long; 120.")
@click.option("--live", is_flag=True, help="With Sent: let what is due really go out. Else it waits.")
@json_option("Print JSON Lines: each message a line, when it has come to its end.")
@global_options
@click.pass_obj
def follow(state: State, messages: Sequence[str], timeout: int, live: bool) -> int:
    """Take messages to their end, fallback included.

    Those that are named, or all that are under way or due. Bulk sends that are running go on.
    """
    with state.workspace() as workspace:
        if live:
            begin_sending(workspace, live=True)
        if messages:
            wanted = [message_named(workspace, text) for text in messages]
        else:
            wanted = [*workspace.sending.open_messages(), *_due(workspace)]
        bulk = None if messages else workspace.bulk
        if not wanted and not (bulk and bulk.is_running):
            note("No message is under way.")
        return _follow(workspace, state, {message.id: message for message in wanted}, timeout, bulk)


@click.command(cls=Command)
@click.argument("message", type=plain_text, metavar="ID")
@click.option("--wait", is_flag=True, help="Stay until the message came to its end, fallback included.")
@click.option("--live", is_flag=True, help="With Sent: really send. Else Sent only checks the message.")
@json_option()
@global_options
@click.pass_obj
def retry(state: State, message: str, wait: bool, live: bool) -> int:
    """Send a message again.

    That is for messages that failed, and for those whose outcome is unknown. Such a one goes out under its old key,
    so that it cannot arrive twice.
    """
    with state.workspace() as workspace:
        begin_sending(workspace, live=live)
        again = workspace.sending.retry(message_named(workspace, message).id)
        return hand_over(workspace, state, again, wait=wait)


def bulk_send_named(workspace: Workspace, text: str) -> BulkSend:
    """Return the bulk send that an id or the beginning of one names."""
    wanted = text.strip().casefold()
    found = [bulk for bulk in workspace.repository.bulk_sends() if bulk.id.casefold().startswith(wanted)]
    if len(found) == 1 and len(wanted) >= PREFIX:
        return found[0]
    return workspace.repository.bulk_send(text.strip())


def _due(workspace: Workspace) -> list[Message]:
    """Return the messages whose time has come and that nobody has to decide about."""
    now = workspace.clock()
    scheduled = workspace.sending.scheduled()
    return [message for message in scheduled if message.began_at <= now and not is_missed(message, now)]


def message_named(workspace: Workspace, text: str) -> Message:
    """Return the message that an id or the beginning of one names."""
    wanted = text.strip()
    try:
        return workspace.repository.message(wanted)
    except NotFoundError:
        if len(wanted) < PREFIX:
            raise
        start = wanted.casefold()
        found = workspace.repository.message_ids(start)
        if not found:
            raise
    if len(found) > 1:
        raise UsageError("Several messages are meant", f"{len(found)} ids begin with {start}.", "Give more of it.")
    return workspace.repository.message(found[0])


def _follow(
    workspace: Workspace, state: State, under_way: dict[str, Message], timeout: int, bulk: BulkService | None
) -> int:
    """Take messages to their end, and with `bulk` also bulk sends that are running."""
    several = len(under_way) != 1 or bulk is not None
    listeners: dict[str, Callable[[Message], None]] = {}
    codes = [ExitCode.DONE]
    began, delay, patient = workspace.clock(), 0.0, True
    while under_way or (patient and bulk is not None and bulk.is_running):
        patient = (workspace.clock() - began).total_seconds() < timeout
        under_way |= {message.id: message for message in (bulk.go_on() if bulk is not None and patient else ())}
        for message_id in list(under_way):
            message = workspace.sending.advance(message_id)
            told = listeners.setdefault(message_id, changes(f"{message_id[:8]}  " if several else ""))
            told(message)
            if message.is_done or not patient:
                del under_way[message_id]
                report(workspace, state, message)
                codes.append(exit_code(message, waited=True))
        if under_way or bulk is not None:
            delay = min(delay * 1.3 + 0.1, 3.0)
            pause(delay)
    return max(codes)


def _cells(message: Message, now: datetime) -> tuple[str, ...]:
    channel = message.channel.label if message.channel else "-"
    return (
        message.id[:8],
        relative_time(message.created_at, now),
        status_words(message.status),
        channel,
        message.to,
        message.content.text,
    )


def _show(message: Message, events: Sequence[DeliveryEvent], now: datetime) -> None:
    route = " then ".join(channel.label for channel in message.route)
    say_facts(
        (
            ("From" if message.is_inbound else "To", message.to),
            ("Status", _status(message)),
            ("Text", message.content.text),
            ("Template", message.content.template or ""),
            ("Channel" if message.is_inbound else "Route", route),
            ("Gateway", message.gateway),
            ("Id", message.id),
            ("Created", ago(message.created_at, now)),
            ("Bulk send", message.batch or ""),
        )
    )
    for sentence in standing(message):
        say(sentence)
    for title, lines in (
        ("Why this route", message.reasons),
        ("Attempts", attempt_lines(message)),
        ("Reports", [_event(event, now) for event in events]),
    ):
        if lines:
            say()
            say(title)
        for line in lines:
            say(f"  {line}")


def _status(message: Message) -> str:
    words = status_words(message.status)
    return f"{words}: {reason_words(message.reason_code)} ({message.reason_code})" if message.reason_code else words


def _event(event: DeliveryEvent, now: datetime) -> str:
    reason = f" ({event.reason_code})" if event.reason_code else ""
    return f"{ago(event.at, now)}  {event.channel.label} {status_words(event.status)}{reason}"

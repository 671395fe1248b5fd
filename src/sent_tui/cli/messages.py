"""`sent-tui messages`: what was sent, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

import click

from sent_tui.cli.contact_view import attempt_words, status_words
from sent_tui.cli.delivery import changes, exit_code, hand_over, pause, report
from sent_tui.cli.options import Command, Group, State, global_options, json_option, plain_text, whole_number
from sent_tui.cli.output import note, say, say_facts, say_json, say_json_lines, say_table
from sent_tui.cli.people import contact_named
from sent_tui.core.message import STATUS_WORDS
from sent_tui.core.reasons import reason_words
from sent_tui.core.sent_json import message_json
from sent_tui.core.text import ago, plural, relative_time
from sent_tui.errors import ExitCode, NotFoundError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from sent_tui.core.message import DeliveryEvent, Message
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
    },
)
@global_options
def messages() -> None:
    """List, show, receive, follow and retry messages."""


@click.command("list", cls=Command)
@click.option("--contact", type=plain_text, metavar="ID-OR-NUMBER", help="Only those to this contact.")
@click.option("--status", type=plain_text, metavar="STATUS", help=f"Only those that are: {', '.join(STATUS_WORDS)}.")
@click.option("--limit", type=whole_number(0), metavar="N", help=f"At most so many; {SHOWN}, or all with --json.")
@json_option("Print JSON Lines: one message a line.")
@global_options
@click.pass_obj
def list_messages(state: State, contact: str | None, status: str | None, limit: int | None) -> int:
    """List messages as they are stored, newest first."""
    if limit is None and not state.json:
        limit = SHOWN
    with state.workspace() as workspace:
        contact_id = contact_named(workspace, state, contact).id if contact else None
        found = workspace.repository.messages(contact_id=contact_id)
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
@json_option("Print JSON Lines: each message a line, when it has come to its end.")
@global_options
@click.pass_obj
def follow(state: State, messages: Sequence[str], timeout: int) -> int:
    """Take messages to their end, fallback included.

    Those that are named, or all that are under way.
    """
    with state.workspace() as workspace:
        if messages:
            wanted = [message_named(workspace, text) for text in messages]
        else:
            wanted = list(workspace.sending.open_messages())
        if not wanted:
            note("No message is under way.")
        return _follow(workspace, state, {message.id: message for message in wanted}, timeout)


@click.command(cls=Command)
@click.argument("message", type=plain_text, metavar="ID")
@click.option("--wait", is_flag=True, help="Stay until the message came to its end, fallback included.")
@json_option()
@global_options
@click.pass_obj
def retry(state: State, message: str, wait: bool) -> int:
    """Send a message again.

    That is for messages that failed, and for those whose outcome is unknown. Such a one goes out under its old key,
    so that it cannot arrive twice.
    """
    with state.workspace() as workspace:
        again = workspace.sending.retry(message_named(workspace, message).id)
        return hand_over(workspace, state, again, wait=wait)


def message_named(workspace: Workspace, text: str) -> Message:
    """Return the message that an id or the beginning of one names."""
    wanted = text.strip()
    try:
        return workspace.repository.message(wanted)
    except NotFoundError:
        if len(wanted) < PREFIX:
            raise
        start = wanted.casefold()
        found = [message for message in workspace.repository.messages() if message.id.casefold().startswith(start)]
        if not found:
            raise
    if len(found) > 1:
        raise UsageError("Several messages are meant", f"{len(found)} ids begin with {start}.", "Give more of it.")
    return found[0]


def _follow(workspace: Workspace, state: State, under_way: dict[str, Message], timeout: int) -> int:
    several = len(under_way) > 1
    listeners = {message_id: changes(f"{message_id[:8]}  " if several else "") for message_id in under_way}
    codes = [ExitCode.DONE]
    began, delay = workspace.clock(), 0.0
    while under_way:
        patient = (workspace.clock() - began).total_seconds() < timeout
        for message_id in list(under_way):
            message = workspace.sending.advance(message_id)
            listeners[message_id](message)
            if message.is_final or not patient:
                del under_way[message_id]
                report(workspace, state, message)
                codes.append(exit_code(message, waited=True))
        if under_way:
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
        )
    )
    for title, lines in (
        ("Why this route", message.reasons),
        ("Attempts", [attempt_words(attempt) for attempt in message.attempts]),
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

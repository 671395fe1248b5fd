"""What becomes of a message, as a command tells it: each change, how it ended, and the exit code."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sent_tui.cli.contact_view import attempt_lines, status_words
from sent_tui.cli.output import note, say, say_json
from sent_tui.core.message import REACHED, Message, MessageStatus
from sent_tui.core.sent_json import message_json
from sent_tui.core.standing import standing
from sent_tui.errors import ExitCode

if TYPE_CHECKING:
    from sent_tui.cli.options import State
    from sent_tui.services.workspace import Workspace


def hand_over(workspace: Workspace, state: State, message: Message, *, wait: bool) -> int:
    """Tell what became of a message that was just handed over, at once or when it has come to its end."""
    account = workspace.account
    if account is not None and not account.is_live:
        # What was only checked has come to its end.
        message = workspace.sending.advance(message.id)
        note(_last_in_words(message))
    if wait:
        message = workspace.sending.follow(message.id, on_change=changes(), pause=pause)
    else:
        message = _without_waiting(workspace, message)
    report(workspace, state, message)
    if message.is_waiting:
        note(f"It waits for its time; call it off with `sent-tui messages cancel {message.id}`.")
    elif not message.is_done:
        note(f"It is under way; follow it with `sent-tui messages follow {message.id}`.")
    return exit_code(message, waited=wait)


def pause(seconds: float) -> None:
    """Wait before the next look at a message."""
    time.sleep(seconds)


def report(workspace: Workspace, state: State, message: Message) -> None:
    """Print how a message stands, as data."""
    if state.json:
        say_json(message_json(message, workspace.repository.events(message.id)))
    else:
        channel = f" on {message.channel.label}" if message.channel else ""
        say(f"{message.id}  {status_words(message.status)}{channel}")
        for sentence in standing(message):
            note(sentence)


def changes(prefix: str = "") -> Callable[[Message], None]:
    """Return a listener that tells each change of one message once."""
    told: dict[int, str] = {}

    def tell(message: Message) -> None:
        for place, words in enumerate(changes_in_words(message)):
            if told.get(place) != words:
                told[place] = words
                note(f"{prefix}{words}")

    return tell


def changes_in_words(message: Message) -> list[str]:
    """Return how each attempt stands: `WhatsApp failed: not registered on this channel; SMS goes next`, `SMS sent`."""
    following = [attempt.channel for attempt in message.attempts[1:]]
    words = [
        f"{line}; {channel.label} goes next" for line, channel in zip(attempt_lines(message), following, strict=False)
    ]
    return [*words, _last_in_words(message)]


def _last_in_words(message: Message) -> str:
    if not message.attempts:
        return status_words(message.status)
    last = message.attempts[-1]
    words = attempt_lines(message)[-1]
    if message.status == MessageStatus.FAILED and message.next_channel is not None:
        return f"{words}; {message.next_channel.label} goes next"
    if last.status == MessageStatus.UNKNOWN:
        return f"{words}; it is asked after, and not sent again"
    return words if last.status == message.status else f"{words}; the message is {status_words(message.status)}"


def exit_code(message: Message, *, waited: bool) -> ExitCode:
    """Return how a command ends with a message that stands like this."""
    if message.status in REACHED or message.is_inbound:
        return ExitCode.DONE
    if message.status == MessageStatus.FILTERED:
        return ExitCode.REFUSED
    if not message.is_final and message.status != MessageStatus.UNKNOWN:
        return ExitCode.FAILED if waited and not message.is_waiting else ExitCode.DONE
    if not message.attempts:
        return ExitCode.DONE if message.status == MessageStatus.CANCELLED else ExitCode.FAILED
    never_left = message.status == MessageStatus.FAILED and message.attempts[-1].gateway_id is None
    return ExitCode.UNREACHABLE if never_left else ExitCode.FAILED


def _without_waiting(workspace: Workspace, message: Message) -> Message:
    """Take the next steps of a route whose first ones were refused on the spot."""
    for _ in message.route:
        if message.status == MessageStatus.FAILED and not message.is_final:
            message = workspace.sending.advance(message.id)
    return message

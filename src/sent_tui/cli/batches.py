"""`sent-tui messages cancel`, `batches`, `resume` and `pause`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sent_tui.cli.account import begin_sending
from sent_tui.cli.many import counts_words, run_shown, tell_end
from sent_tui.cli.messages import bulk_send_named, message_named
from sent_tui.cli.options import Command, State, global_options, json_option, plain_text
from sent_tui.cli.output import note, say, say_json, say_json_lines, say_table
from sent_tui.core.message import MessageStatus
from sent_tui.core.sent_json import Json, message_json, timestamp
from sent_tui.core.text import plural, relative_time
from sent_tui.errors import ExitCode, NotFoundError, SentTuiError

if TYPE_CHECKING:
    from sent_tui.core.bulk import BulkSend
    from sent_tui.core.message import Message
    from sent_tui.services.workspace import Workspace

HEADS = ("ID", "CREATED", "STATUS", "MESSAGES", "WAITING", "RATE", "TEXT")


@click.command(cls=Command)
@click.argument("ids", type=plain_text, nargs=-1, required=True, metavar="ID...")
@json_option("Print JSON Lines: one message or bulk send a line.")
@global_options
@click.pass_obj
def cancel(state: State, ids: Sequence[str]) -> int:
    """Call messages or bulk sends off.

    What waits for its time is cancelled. What was handed over cannot be called back; no further step of it goes out.
    """
    code = ExitCode.DONE
    with state.workspace() as workspace:
        for wanted in ids:
            try:
                _cancel(workspace, state, wanted)
            except SentTuiError as error:
                if len(ids) == 1:
                    raise
                note(f"{wanted}: {error}")
                code = max(code, error.exit_code)
    return code


@click.command(cls=Command)
@json_option("Print JSON Lines: one bulk send a line.")
@global_options
@click.pass_obj
def batches(state: State) -> int:
    """List bulk sends, newest first."""
    with state.workspace() as workspace:
        found = workspace.repository.bulk_sends()
        if state.json:
            say_json_lines(bulk_json(workspace, bulk) for bulk in found)
            return ExitCode.DONE
        now = workspace.clock()
        rows = [
            (
                bulk.id[:8],
                relative_time(bulk.created_at, now),
                bulk.status.value,
                f"{bulk.total:,}",
                f"{workspace.repository.waiting(bulk.id):,}",
                f"{bulk.rate:g}/s",
                bulk.text,
            )
            for bulk in found
        ]
        say_table(HEADS, rows)
    if not found:
        note("No bulk sends.")
    return ExitCode.DONE


@click.command(cls=Command)
@click.argument("batch", type=plain_text, metavar="ID")
@click.option("--wait", is_flag=True, help="Stay until the messages came to their end, fallback included.")
@click.option("--live", is_flag=True, help="With Sent: really send. Else Sent only checks the messages.")
@json_option("Print JSON Lines: one message a line.")
@global_options
@click.pass_obj
def resume(state: State, batch: str, wait: bool, live: bool) -> int:
    """Go on with a bulk send.

    For one that was paused, or whose program ended; nothing is sent twice.
    """
    with state.workspace() as workspace:
        begin_sending(workspace, live=live)
        bulk = workspace.bulk.resume(bulk_send_named(workspace, batch).id)
        return run_shown(workspace, state, bulk.id, wait=wait)


@click.command(cls=Command)
@click.argument("batch", type=plain_text, metavar="ID")
@json_option("Print JSON Lines: one message a line.")
@global_options
@click.pass_obj
def pause(state: State, batch: str) -> int:
    """Let no further message of a bulk send go out, whatever program sends it."""
    with state.workspace() as workspace:
        bulk = workspace.bulk.pause(bulk_send_named(workspace, batch).id, "stopped by a person")
        tell_end(workspace, state, bulk, interrupted=False)
    return ExitCode.DONE


def bulk_json(workspace: Workspace, bulk: BulkSend) -> Json:
    """Return a bulk send."""
    return {
        "batch": bulk.id,
        "status": bulk.status.value,
        "why": bulk.why,
        "text": bulk.text,
        "messages": bulk.total,
        "waiting": workspace.repository.waiting(bulk.id),
        "rate": bulk.rate,
        "created_at": timestamp(bulk.created_at),
        "send_at": timestamp(bulk.send_at),
    }


def _cancel(workspace: Workspace, state: State, wanted: str) -> None:
    try:
        bulk = bulk_send_named(workspace, wanted)
    except NotFoundError:
        _tell(state, workspace.sending.cancel(message_named(workspace, wanted).id))
        return
    count = workspace.bulk.cancel(bulk.id)
    bulk = workspace.repository.bulk_send(bulk.id)
    if state.json:
        say_json(bulk_json(workspace, bulk) | {"cancelled": count})
        return
    counts = Counter(workspace.bulk.progress(bulk.id).counts)
    say(f"{bulk.id}  {plural(count, 'message')} cancelled; {counts_words(counts)}")
    note("What was handed over cannot be called back.")


def _tell(state: State, message: Message) -> None:
    if state.json:
        say_json(message_json(message))
        return
    if message.status == MessageStatus.CANCELLED:
        say(f"{message.id}  cancelled; nothing more goes out.")
    else:
        say(f"{message.id}  What was handed over cannot be called back; no further step goes out.")

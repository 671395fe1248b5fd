"""`sent-tui sync`: the contacts here and those of a Sent account, kept in step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.account import begin_changing
from sent_tui.cli.failures import error_json
from sent_tui.cli.options import Command, State, global_options, json_option, need, plain_text
from sent_tui.cli.output import note, progress_line, say, say_facts, say_json, say_table
from sent_tui.cli.people import contact_named, named
from sent_tui.core.span import span_words
from sent_tui.core.text import plural
from sent_tui.errors import ExitCode, UsageError
from sent_tui.services.check_run import nobody

if TYPE_CHECKING:
    from sent_tui.services.sync import SyncService
    from sent_tui.services.sync_report import SyncProgress, SyncReport
    from sent_tui.services.workspace import Workspace

pause = sleep
"""Waits for some seconds."""
STOPPED = "Stopped. What was read is kept; `sent-tui sync` goes on from there."


@click.command(cls=Command)
@click.option("--pull-only", is_flag=True, help="Read from Sent, and tell it nothing.")
@click.option("--push-only", is_flag=True, help="Tell Sent what was decided here, without reading all contacts.")
@click.option("--live", is_flag=True, help="Really change contacts at Sent. Else what it would be told is counted.")
@click.option("--history", type=plain_text, metavar="ID-OR-NUMBER", help="Only read the messages of a contact.")
@click.option("--afresh", is_flag=True, help="Read from the first page on, even where an earlier sync was broken off.")
@json_option()
@global_options
@click.pass_obj
def sync(state: State, /, pull_only: bool, push_only: bool, live: bool, history: str | None, afresh: bool) -> int:
    """Keep the contacts here and those of the Sent account in step.

    All contacts of the account are read and merged: Sent wins on its own fields, and names, tags, notes and what was
    learned stay. Then Sent is told who was opted out or in here, and which default channels were chosen here. A sync
    that was stopped goes on where it ended. What does not fit is listed.
    """
    need(not (pull_only and push_only), "Nothing would be left to do", "", "Say --pull-only or --push-only, not both.")
    if history is not None:
        need(not (pull_only or push_only or live or afresh), "--history stands alone", "It only reads messages.")
        return _read_history(state, history)
    need(not (pull_only and live), "--live is about telling Sent", "--pull-only tells it nothing.")
    with state.workspace() as workspace:
        service = service_of(workspace)
        if not pull_only:
            begin_changing(workspace, live=live)
        with _shown_progress() as on_progress:
            report = service.sync(
                pull=not push_only, push=not pull_only, afresh=afresh, pause=pause, on_progress=on_progress
            )
    if state.json:
        say_json(report_json(report))
    else:
        _say_report(report, pulled=not push_only, tells=live)
    if report.error is None:
        return ExitCode.DONE
    note(f"sent-tui: {report.error}")
    return report.error.exit_code


def _read_history(state: State, text: str) -> int:
    """Read the messages of one contact."""
    with state.workspace() as workspace:
        service = workspace.history
        if service is None:
            raise _nothing_to_sync_with()
        contact = contact_named(workspace, state, text)
        report = service.read(contact.id)
    if state.json:
        counts = {name: getattr(report, name) for name in ("received", "sent", "known", "left", "elsewhere")}
        say_json({"contact_id": contact.id, "format_e164": contact.format_e164, **counts})
    else:
        say(f"{named(contact)}: {report.words}")
    return ExitCode.DONE


def service_of(workspace: Workspace) -> SyncService:
    """Return what keeps contacts in step; raises UsageError on a network that has no account."""
    service = workspace.sync
    if service is None:
        raise _nothing_to_sync_with()
    return service


def _nothing_to_sync_with() -> UsageError:
    return UsageError("There is nothing to sync with", "This gateway has no account.", "Choose --gateway sent.")


def report_json(report: SyncReport) -> dict[str, Any]:
    """Return what a sync came to as scripts see it."""
    return {
        "read": report.read,
        "total": report.total,
        "complete": report.is_complete,
        "resumed_at_page": report.resumed_at or None,
        "new": report.new,
        "changed": report.changed,
        "same": report.same,
        "merged": report.merged,
        "opted_out": report.opted_out,
        "opted_in": report.opted_in,
        "pushed": report.pushed,
        "waiting": report.waiting,
        "unknown_at_sent": report.unknown_there,
        "error": error_json(report.error) if report.error is not None else None,
        "conflict_count": report.conflict_count,
        "conflicts": [
            {
                "kind": conflict.kind.value,
                "number": conflict.number,
                "contact_id": conflict.contact_id or None,
                "what": conflict.words,
            }
            for conflict in report.conflicts
        ],
    }


def _say_report(report: SyncReport, *, pulled: bool, tells: bool) -> None:
    if pulled:
        of = f" of {report.total:,}" if report.total is not None else ""
        counts = f"{report.new:,} new, {report.changed:,} changed, {report.same:,} as before"
        say(f"Read {report.read:,}{of} contacts: {counts}.")
    say_facts(
        (
            ("Merged here", plural(report.merged, "contact") if report.merged else ""),
            ("Opted out at Sent", f"{report.opted_out:,}" if report.opted_out else ""),
            ("Opted in at Sent", f"{report.opted_in:,}" if report.opted_in else ""),
            ("Told to Sent", plural(report.pushed, "contact") if tells else ""),
            ("Conflicts", f"{report.conflict_count:,}" if report.conflict_count else ""),
        )
    )
    say_table(
        ("Number", "Conflict", "What became of it"),
        [(conflict.number, conflict.kind.label, conflict.words) for conflict in report.conflicts],
    )
    if report.waiting:
        note(f"Sent is still to be told of {plural(report.waiting, 'contact')}: `sent-tui sync --live` does it.")
    if report.unknown_there:
        note(f"Sent does not have {plural(report.unknown_there, 'contact')} about which something was decided here.")
    if pulled and report.error is None and not report.is_complete:
        note("Fewer contacts came than Sent counts. Some may have moved meanwhile: run it again.")


@contextmanager
def _shown_progress() -> Iterator[Callable[[SyncProgress], None]]:
    """Give what shows progress while a person watches."""
    with progress_line(STOPPED) as show:
        yield nobody if show is None else lambda progress: show(progress_words(progress))


def progress_words(progress: SyncProgress) -> str:
    """Return how far a sync is, on one line."""
    left = f", {span_words(progress.left)} left" if progress.left is not None else ""
    rate = f", {progress.rate:,.0f} a second{left}" if progress.rate else ""
    return f"{progress.stage.label}: {progress.counts}{rate}"

"""`sent-tui contacts check` and `stale`: looking up channels again, and for whom that would pay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from time import sleep
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.failures import error_json
from sent_tui.cli.options import Command, State, global_options, json_option, need, plain_text, whole_number
from sent_tui.cli.output import note, percentage, progress_line, say, say_json, say_json_lines, say_table
from sent_tui.cli.people import contacts_named, in_one_line, query_of, query_options
from sent_tui.core.sent_json import contact_json, proposal_json, timestamp
from sent_tui.core.span import span_words
from sent_tui.core.text import plural
from sent_tui.errors import ExitCode, NotFoundError, UsageError
from sent_tui.services.check_run import CheckProgress, CheckReport, nobody

if TYPE_CHECKING:
    from sent_tui.core.contact import Contact
    from sent_tui.core.recheck import Proposal
    from sent_tui.core.search import ContactQuery
    from sent_tui.errors import NetworkError
    from sent_tui.services.workspace import Workspace

SHOWN = 50
"""Proposals that are listed without asking for more."""
pause = sleep
"""Waits for some seconds."""


def moment(value: str | datetime) -> datetime:
    """Return the time of an option in ISO 8601; without a time zone it is taken as UTC."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value} is no time such as 2026-03-02T12:00:00Z.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@click.command(cls=Command)
@click.argument("contacts", nargs=-1, type=plain_text, metavar="[ID-OR-NUMBER...]")
@click.option("--all", "everyone", is_flag=True, help="Check every contact.")
@click.option("--stale", is_flag=True, help="Only those for whom `contacts stale` proposes it, the best first.")
@click.option("--rate", type=whole_number(1), metavar="N", help="At most so many look-ups a second.")
@click.option("--not-since", "since", type=moment, metavar="TIME", help="Leave out who was checked at TIME or later.")
@click.option("--paid-lookup", is_flag=True, help="Look line and carrier up at Sent, which charges for each contact.")
@query_options
@json_option("Print JSON Lines: one contact or error a line.")
@global_options
@click.pass_obj
def check(
    state: State,
    /,
    contacts: Sequence[str],
    everyone: bool,
    stale: bool,
    paid_lookup: bool,
    rate: int | None,
    since: datetime | None,
    **options: Any,  # noqa: ANN401
) -> int:
    """Look up the channels of contacts again.

    The contacts are named one by one or chosen by options. What was found is stored as it comes: a check that was
    stopped goes on with --not-since and the time at which it began. A lookup that costs money is made only for contacts
    that are named.
    """
    need(bool(contacts) or not paid_lookup, "A lookup that costs money is for contacts that are named", "", "")
    with state.workspace() as workspace:
        query = query_of(workspace, options)
        ways = sum((bool(contacts), everyone, stale or not query.is_everyone))
        need(ways == 1, "Which contacts are meant is not clear", "", "Name them, choose them by options, or say --all.")
        if contacts:
            ids = [known.id for known in contacts_named(workspace, state, contacts)]
        else:
            ids = _proposed(workspace, query) if stale else [row.id for row in workspace.repository.page(query).rows]
        if paid_lookup:
            return _look_up_for_money(workspace, state, ids)
        return _check(workspace, state, ids, rate, since)


def _check(workspace: Workspace, state: State, ids: Sequence[str], rate: int | None, since: datetime | None) -> int:
    if not ids:
        note("No contacts.")
        return ExitCode.DONE
    with _shown_progress(since or workspace.clock()) as on_progress:
        report = workspace.checking.check_many(
            ids,
            since=since,
            rate=rate,
            pause=pause,
            on_progress=on_progress,
            on_checked=_teller(workspace, state),
            on_failed=lambda contact, error: _complain(state, contact, error),
        )
    if len(ids) > 1 or report.trouble:
        note(_in_words(report))
    return ExitCode.UNREACHABLE if report.failed or report.trouble else ExitCode.DONE


def _look_up_for_money(workspace: Workspace, state: State, ids: Sequence[str]) -> int:
    """Look contacts up in the register that charges for each of them."""
    account = workspace.account
    if account is None:
        raise UsageError("There is no lookup that costs money here", "This gateway has none.", "Choose --gateway sent.")
    tell = _teller(workspace, state)
    for contact_id in ids:
        tell(account.look_up(contact_id, workspace.repository.get(contact_id).format_e164))
    return ExitCode.DONE


@click.command(cls=Command)
@query_options
@click.option("--limit", type=whole_number(1), default=SHOWN, metavar="N", help=f"At most so many; {SHOWN}.")
@json_option("Print JSON Lines: one proposal a line.")
@global_options
@click.pass_obj
def stale(state: State, /, limit: int, **options: Any) -> int:  # noqa: ANN401
    """List contacts whose channels should be checked again, the best first.

    These are the ones whose check may put another channel first. The gain is in points: how much more likely the first
    attempt is to arrive, on average. `contacts check --stale` checks them.
    """
    with state.workspace() as workspace:
        with _shown_look() as on_look:
            proposals, total = workspace.checking.proposals(query_of(workspace, options), limit=limit, on_look=on_look)
        named = list(_named(workspace, proposals))
    if state.json:
        say_json_lines(
            proposal_json(proposal) | {"format_e164": contact.format_e164, "name": contact.name}
            for proposal, contact in named
        )
        return ExitCode.DONE
    rows = [
        (f"{100 * proposal.gain:.1f}", contact.format_international, contact.name, proposal.reason)
        for proposal, contact in named
    ]
    say_table(("GAIN", "NUMBER", "NAME", "WHY"), rows)
    if not total:
        note("No check would change which channel goes first.")
    elif len(proposals) < total:
        note(f"Showing {len(proposals):,} of {plural(total, 'contact')}; more with --limit.")
    return ExitCode.DONE


def _proposed(workspace: Workspace, query: ContactQuery) -> list[str]:
    """Return the ids of the contacts for whom a check would pay, the best first."""
    with _shown_look() as on_look:
        proposals, _ = workspace.checking.proposals(query, on_look=on_look)
    return [proposal.contact_id for proposal in proposals]


def _named(workspace: Workspace, proposals: Sequence[Proposal]) -> Iterator[tuple[Proposal, Contact]]:
    for proposal in proposals:
        try:
            yield proposal, workspace.repository.get(proposal.contact_id)
        except NotFoundError:
            continue  # somebody deleted it meanwhile


def _teller(workspace: Workspace, state: State) -> Callable[[Contact], None]:
    """Return what prints a contact that was checked."""
    if not state.json:
        return lambda contact: say(f"Checked: {in_one_line(contact)}")
    estimates = workspace.contacts.estimator()
    return lambda contact: say_json(contact_json(contact, estimates(contact)))


def _complain(state: State, contact: Contact, error: NetworkError) -> None:
    if state.json:
        say_json({"id": contact.id, "format_e164": contact.format_e164, "error": error_json(error)})
    note(f"sent-tui: {contact.format_international}: {error}")


def _in_words(report: CheckReport) -> str:
    counts = (
        (report.changed, "with another channel"),
        (report.moved, "with another default"),
        (report.skipped, "checked already"),
        (report.gone, "deleted meanwhile"),
        (report.failed, "without an answer"),
    )
    told = "".join(f", {count:,} {words}" for count, words in counts if count)
    trouble = f" {report.trouble}" if report.trouble else ""
    return f"Checked {plural(report.checked, 'contact')}{told}.{trouble}"


@contextmanager
def _shown_progress(began: datetime) -> Iterator[Callable[[CheckProgress], None]]:
    """Give what shows progress while a person watches; whoever stops the run is told how it goes on."""
    stopped = f"Stopped. What was checked is kept; the same command with --not-since {timestamp(began)} goes on."
    with progress_line(stopped) as show:
        yield nobody if show is None else lambda progress: show(_progress_words(progress))


@contextmanager
def _shown_look() -> Iterator[Callable[[int, int], None]]:
    """Give what shows how many contacts were looked at, while a person watches."""
    with progress_line() as show:

        def tell(done: int, total: int) -> None:
            if show is not None:
                show(f"Looking for checks that would pay: {percentage(done / max(1, total))}")

        yield tell


def _progress_words(progress: CheckProgress) -> str:
    left = f", {span_words(progress.left)} left" if progress.left is not None else ""
    return f"{progress.done:,} of {progress.total:,} checked, {progress.rate:,.0f} a second{left}"

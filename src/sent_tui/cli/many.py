"""`sent-tui send` to several contacts: asked for, shown as it goes, and stopped cleanly."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sent_tui.cli.chosen import agreed
from sent_tui.cli.contact_view import status_words
from sent_tui.cli.failures import INTERRUPTED
from sent_tui.cli.given import written_of
from sent_tui.cli.options import State, need
from sent_tui.cli.output import note, progress_line, say, say_json, say_json_lines
from sent_tui.cli.people import query_of
from sent_tui.cli.recipients import known_or_new
from sent_tui.core.bulk import BulkSend, BulkStatus
from sent_tui.core.confirming import NAMED, listed
from sent_tui.core.message import Content, Message
from sent_tui.core.reasons import reason_words
from sent_tui.core.sent_json import message_json, timestamp
from sent_tui.core.span import span_words
from sent_tui.core.standing import moment_words
from sent_tui.core.text import display, plural
from sent_tui.errors import ExitCode, NotFoundError
from sent_tui.services.bulk import Progress, group_of
from sent_tui.services.following import Follower
from sent_tui.services.forecast import forecasts
from sent_tui.services.personal import content_for_all, longest, longest_names, unknown_places

if TYPE_CHECKING:
    from sent_tui.services.claiming import Order
    from sent_tui.services.personal import ContentOf
    from sent_tui.services.workspace import Workspace

TOLD = 20
"""Contacts that got nothing of whom each is named at the end."""
PATIENCE = timedelta(minutes=2)
"""How long it is waited for the last reports."""
NOT_SENT = ("failed", "filtered", "cancelled")


def send_to_many(
    workspace: Workspace,
    state: State,
    recipients: Sequence[str],
    order: Order,
    options: dict[str, Any],
    *,
    wait: bool,
    dry_run: bool,
) -> int:
    """Send one content to several contacts."""
    text, content_of = _content(workspace, options)
    rate = options["rate"] if options["rate"] is not None else state.settings.rate
    ids, names = _recipients(workspace, state, recipients, options)
    if dry_run:
        return _foretold(workspace, state, ids, content_of, order)
    if not options["yes"] and not _agreed(len(ids), names):
        note("Nothing was sent.")
        return ExitCode.FAILED
    bulk = _begun(workspace, ids, content_of, text, rate, order)
    if order.send_at is not None:
        _tell_scheduled(state, bulk)
        return ExitCode.DONE
    return run_shown(workspace, state, bulk.id, wait=wait)


def _begun(
    workspace: Workspace, ids: Sequence[str], content_of: ContentOf, text: str, rate: float, order: Order
) -> BulkSend:
    with progress_line() as show:

        def tell(written: int) -> None:
            if show is not None and written < len(ids):
                show(f"Written down: {written:,} of {len(ids):,}")

        return workspace.bulk.begin(ids, content_of, text=text, rate=rate, order=order, on_written=tell)


def run_shown(workspace: Workspace, state: State, batch: str, *, wait: bool) -> int:
    """Take a bulk send to its end, show how it goes, and return the exit code."""
    follower = Follower(workspace.sending, workspace.clock)
    service = workspace.bulk

    def pause_between(seconds: float) -> None:
        if follower.is_due:
            follower.tick()
        pause(seconds)

    with _stoppable() as stopped, progress_line() as show:

        def tell(progress: Progress) -> None:
            if show is not None:
                show(_progress_words(progress))

        bulk = service.run(batch, pause=pause_between, on_progress=tell, is_stopped=stopped.is_set)
        if wait and bulk.status is BulkStatus.DONE:
            _wait(workspace, batch, pause_between, stopped)
    if stopped.is_set() and bulk.status is BulkStatus.RUNNING:
        if not workspace.repository.waiting(batch):
            service.step(batch)
            return tell_end(workspace, state, workspace.repository.bulk_send(batch), interrupted=False)
        bulk = service.pause(batch, "stopped by a person")
    return tell_end(workspace, state, bulk, interrupted=stopped.is_set())


def tell_end(workspace: Workspace, state: State, bulk: BulkSend, *, interrupted: bool) -> int:
    """Say what of a bulk send was sent and what was not, and return the exit code."""
    counts: Counter[str] = Counter()
    unsent: list[Message] = []
    for message in workspace.repository.of_bulk_send(bulk.id):
        counts[group_of(message)] += 1
        if group_of(message) in NOT_SENT and len(unsent) < TOLD:
            unsent.append(message)
        if state.json:
            say_json(message_json(message))
    if not state.json:
        say(f"{bulk.id}  {bulk.status}: {counts_words(counts)}")
    for message in unsent:
        note(f"Not delivered to {message.to}: {_why(message)}")
    more = sum(counts[group] for group in NOT_SENT) - len(unsent)
    if more > 0:
        note(f"and {more:,} more; `sent-tui messages list --batch {bulk.id}` names all.")
    if bulk.status is BulkStatus.PAUSED:
        why = f" ({bulk.why.rstrip('.')})" if bulk.why else ""
        note(f"Paused{why}: {plural(counts['waiting'], 'message')} did not go out.")
        note(f"Go on with `sent-tui messages resume {bulk.id}`.")
        note(f"Or cancel them with `sent-tui messages cancel {bulk.id}`.")
    if interrupted:
        return INTERRUPTED
    all_sent = bulk.status is BulkStatus.DONE and not any(counts[group] for group in NOT_SENT)
    return ExitCode.DONE if all_sent else ExitCode.FAILED


def counts_words(counts: Counter[str]) -> str:
    """Return how many messages stand how: `380 on the way, 12 failed`."""
    return ", ".join(f"{count:,} {group}" for group, count in counts.most_common() if count) or "no messages"


def pause(seconds: float) -> None:
    """Wait before the next message."""
    time.sleep(seconds)


def _progress_words(progress: Progress) -> str:
    gone = progress.total - progress.waiting
    unsent = sum(progress.counts.get(group, 0) for group in NOT_SENT)
    left = f", {span_words(progress.left)} left" if progress.left is not None and progress.waiting else ""
    failed = f", {unsent:,} not sent" if unsent else ""
    return f"{gone:,} of {progress.total:,}{failed}; {progress.rate:.1f} a second{left}"


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """Give what Ctrl+C sets, so that what is being handed over is finished; a second one ends at once."""
    stopped = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()

    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


def _wait(workspace: Workspace, batch: str, pause_between: Any, stopped: threading.Event) -> None:  # noqa: ANN401
    began = workspace.clock()
    while workspace.clock() - began < PATIENCE and not stopped.is_set():
        if all(message.is_done for message in workspace.repository.of_bulk_send(batch)):
            return
        pause_between(0.5)


def _content(workspace: Workspace, options: dict[str, Any]) -> tuple[str, ContentOf]:
    written = written_of(options["text"], options["template"], options["settings"])
    if isinstance(written, str):
        if literal := unknown_places(written):
            note(
                f"{display(listed(literal, len(literal)), 200)} {'is' if len(literal) == 1 else 'are'} sent as written."
            )
        return written, content_for_all(written)
    name, variables = written
    workspace.sending.template_content(name, {key: value or " " for key, value in variables.items()})
    template = workspace.sending.template(name)
    return template.body, content_for_all("", template, variables)


def _recipients(
    workspace: Workspace, state: State, recipients: Sequence[str], options: dict[str, Any]
) -> tuple[list[str], list[str]]:
    """Return the ids of the contacts that are meant, each once, and the names of the first ones."""
    found: dict[str, str] = {}
    for recipient in recipients:
        contact = known_or_new(workspace, state, recipient)
        found[contact.id] = contact.title
    query = query_of(workspace, options)
    if not query.is_everyone:
        for row in workspace.repository.answer(query):
            found.setdefault(row.id, row.name or row.international)
    need(
        bool(recipients) or not query.is_everyone, "Nobody is named", "", "Name contacts, or choose them with --search."
    )
    if not found:
        raise NotFoundError("No contact is meant", "None fits all these options.")
    return list(found), [display(name) for name in list(found.values())[:NAMED]]


def _agreed(count: int, names: Sequence[str]) -> bool:
    warnings = [f"This sends to {plural(count, 'contact')}: {listed(names, count)}."]
    return agreed(count, doing="Sending to several", verb="send", warnings=warnings)


def _foretold(workspace: Workspace, state: State, ids: Sequence[str], content_of: ContentOf, order: Order) -> int:
    """Tell what would go out, and store nothing."""
    with progress_line() as show:
        for found in forecasts(workspace.repository, workspace.sending, ids, content_of, order):
            if show is not None and not found.is_whole:
                show(f"Looked at {found.looked_at:,} of {found.contacts:,}")
    nothing = sum(found.nothing.values())
    if state.json:
        first = {channel.label: count for channel, count in found.first.items()}
        told = {"contacts": len(ids), "first": first | ({"nothing": nothing} if nothing else {})}
        say_json(told | {"expected_cost": round(found.cost, 4), "expected_deliveries": round(found.deliveries, 1)})
        return ExitCode.DONE
    say(f"To {plural(len(ids), 'contact')}; nothing is sent.")
    for channel, count in Counter(found.first).most_common():
        say(f"{count:,} first by {channel.label}")
    for why, count in Counter(found.nothing).most_common():
        say(f"{count:,} {why}")
    say(f"About {found.deliveries:,.0f} are likely to arrive; expected cost ${found.cost:,.4f}.")
    _show_first(workspace, ids, content_of)
    if dearest := longest(content_of, longest_names(map(workspace.repository.get, ids))):
        counted, whose = dearest
        parts = f"{plural(counted.segments, 'segment')} {counted.encoding.value}"
        say(f"The longest SMS takes {parts}, for {display(whose.title)}.")
    return ExitCode.DONE


def _show_first(workspace: Workspace, ids: Sequence[str], content_of: ContentOf) -> None:
    """Show what the first contact that gets anything would read."""
    for contact in map(workspace.repository.get, ids):
        content = content_of(contact)
        if isinstance(content, Content) and not contact.opt_out:
            say(f"{display(contact.title)} would read: {display(content.text, 500)}")
            return


def _tell_scheduled(state: State, bulk: BulkSend) -> None:
    if state.json:
        say_json_lines([{"batch": bulk.id, "messages": bulk.total, "send_at": timestamp(bulk.send_at)}])
        return
    say(f"{bulk.id}  {plural(bulk.total, 'message')}, to go out from {moment_words(bulk.send_at)} on")
    note("They go out while the app is open, or `sent-tui messages follow` runs.")


def _why(message: Message) -> str:
    if message.reason_code:
        return reason_words(message.reason_code)
    if message.attempts:
        last = message.attempts[-1]
        return reason_words(last.reason_code) or last.detail or status_words(message.status)
    return message.reasons[0] if message.reasons else status_words(message.status)

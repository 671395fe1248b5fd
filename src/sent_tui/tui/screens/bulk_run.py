"""A bulk send while it runs: how far it is, and the keys that pause it, cancel the rest, or open its messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from msgspec import Struct
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import Static

from sent_tui.core.bulk import BulkSend, BulkStatus
from sent_tui.core.message_search import MessageCounts, MessageQuery
from sent_tui.core.span import span_words
from sent_tui.core.text import plural
from sent_tui.errors import SentTuiError
from sent_tui.store.repository import Change, ChangeKind
from sent_tui.tui.activity import FateFilter
from sent_tui.tui.background import TellsFailures
from sent_tui.tui.narrowing import Narrowing
from sent_tui.tui.safe import BREAK, join, safe
from sent_tui.tui.screens.ask_time import time_words
from sent_tui.tui.screens.dialogs import Confirm
from sent_tui.tui.screens.once import Dialog
from sent_tui.tui.session import Session

TOLD = (FateFilter.DELIVERED, FateFilter.UNDER_WAY, FateFilter.FAILED, FateFilter.UNKNOWN, FateFilter.STOPPED)
"""What became of the messages, in the order in which it is told."""


class Standing(Struct, frozen=True):
    """How far a bulk send is."""

    bulk: BulkSend
    waiting: int
    """Messages that were not handed over yet."""
    counts: MessageCounts
    begins: datetime | None = None
    """When it begins; None once it has."""

    @property
    def left(self) -> timedelta:
        """How long it will take at its rate."""
        return timedelta(seconds=self.waiting / self.bulk.rate)


class BulkRun(TellsFailures, Dialog[None]):
    """Shows how a bulk send goes; closing it stops nothing."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Close"),
        Binding("p", "pause_or_resume", "Pause, or go on"),
        Binding("x", "cancel_rest", "Cancel what waits"),
        Binding("enter", "show_messages", "Show its messages"),
    ]

    standing: var[Standing | None] = var(None)
    """None until it was read."""
    trouble: var[str] = var("")
    """Why something could not be done; empty when it could."""

    @dataclass(eq=False, repr=False)
    class Read(Message):
        """It is known how far the bulk send is."""

        standing: Standing

    class Changed(Message):
        """The bulk send was paused, resumed or cancelled."""

    @dataclass(eq=False, repr=False)
    class Refused(Message):
        """Something could not be done."""

        why: str

    def __init__(self, session: Session, batch: str) -> None:
        super().__init__()
        self.session = session
        self.workspace = session.workspace
        self._batch = batch
        self._reading = False
        self._is_behind = False
        """Whether anything changed while it was read how far it is."""

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog"):
            yield Static(Content("Bulk send"), id="title", classes="dialog-title")
            yield Static(id="progress", classes="dialog-body")
            yield Static(id="hint")

    def on_mount(self) -> None:
        """Follow the messages."""
        self.session.changes.subscribe(self, self._repository_changed, immediate=True)
        self._draw()
        self._read_soon()

    def _repository_changed(self, change: Change) -> None:
        if change.kind in {ChangeKind.MESSAGES, ChangeKind.BULK_SENDS}:
            self._read_soon()

    def _read_soon(self) -> None:
        """Read how far it is; what changes meanwhile is read once afterwards, however much it is."""
        if self._reading:
            self._is_behind = True
            return
        self._reading = True
        self._read()

    @work(thread=True, group="read", exit_on_error=False, description="read how a bulk send goes")
    def _read(self) -> None:
        repository = self.workspace.repository
        try:
            bulk, waiting = repository.bulk_send(self._batch), repository.waiting(self._batch)
            counts = repository.count_messages(MessageQuery(batch=self._batch))
        except SentTuiError as error:
            self.post_message(self.Refused(str(error)))
        else:
            begins = bulk.send_at if bulk.send_at > self.workspace.clock() else None
            self.post_message(self.Read(Standing(bulk, waiting, counts, begins)))

    def on_bulk_run_read(self, message: Read) -> None:
        """Show how far it is."""
        self._reading = False
        self.standing = message.standing
        if self._is_behind:
            self._is_behind = False
            self._read_soon()

    def on_bulk_run_changed(self) -> None:
        """Read what came of it."""
        self.trouble = ""
        self._read_soon()

    def on_bulk_run_refused(self, message: Refused) -> None:
        """Say what could not be done."""
        self._reading = False
        self.trouble = message.why

    def watch_standing(self) -> None:
        """Draw anew."""
        self._draw()

    watch_trouble = watch_standing

    def action_close(self) -> None:
        """Leave it to go on by itself."""
        self.dismiss(None)

    def action_pause_or_resume(self) -> None:
        """Let no further message go out, or let them go again."""
        if self.standing is None:
            return
        service, batch = self.workspace.bulk, self._batch
        if self.standing.bulk.status is BulkStatus.PAUSED:
            self._change(lambda: service.resume(batch))
        else:
            self._change(lambda: service.pause(batch, "stopped by a person"))

    @work(exit_on_error=False, description="cancel a bulk send")
    async def action_cancel_rest(self) -> None:
        """Cancel the messages that wait, after a question."""
        standing, service, batch = self.standing, self.workspace.bulk, self._batch
        if standing is None:
            return
        if not standing.waiting:
            self.trouble = "Nothing waits any more: what was handed over cannot be called back."
            return
        title = join(f"Cancel {plural(standing.waiting, 'message')}?")
        body = safe("They were not handed over yet, and never will be. What went out stays out.")
        if await self.app.push_screen_wait(Confirm(title, body, yes="Cancel them", no="Leave them", dangerous=True)):
            self._change(lambda: service.cancel(batch))

    def action_show_messages(self) -> None:
        """Open its messages, where they can be filtered by what became of them, and exported."""
        # Imported when it is opened: the dialog is painted before that.
        from sent_tui.tui.screens.activity import ActivityScreen

        below = self.app.screen_stack[-2]
        if not self.is_active:
            return
        if isinstance(below, ActivityScreen) and not below.selection.title:
            below.narrow_to(Narrowing(batch=self._batch))
            self.dismiss(None)
        else:
            self.app.switch_screen(ActivityScreen(self.session, narrowing=Narrowing(batch=self._batch)))

    @work(thread=True, group="change", exit_on_error=False, description="change a bulk send")
    def _change(self, change: Callable[[], object]) -> None:
        try:
            change()
        except SentTuiError as error:
            self.post_message(self.Refused(str(error)))
        else:
            self.post_message(self.Changed())

    def _draw(self) -> None:
        if not self.query("#hint"):
            return
        standing = self.standing
        if standing is not None:
            self.query_one("#title", Static).update(join(f"Bulk send of {plural(standing.bulk.total, 'message')}"))
        lines = [join("Reading the messages …")] if standing is None else _told(standing)
        if self.trouble:
            lines.append(join(("✗ ", "bold $text-error"), safe(self.trouble, limit=300)))
        self.query_one("#progress", Static).update(BREAK.join(lines))
        self.query_one("#hint", Static).update(safe(_hint(standing), "$text-muted"))


def _told(standing: Standing) -> list[Content]:
    bulk = standing.bulk
    lines = [safe(f"“{bulk.text}”", "$text-muted", 120)] if bulk.text else []
    gone = (f"{max(0, bulk.total - standing.waiting):,} of {bulk.total:,}", "bold")
    match bulk.status:
        case BulkStatus.RUNNING if standing.begins is not None:
            words = f" · begins {time_words(standing.begins)}, {bulk.rate:g} a second"
            lines.append(join((plural(bulk.total, "message"), "bold"), words))
        case BulkStatus.RUNNING:
            lines.append(join(gone, f" · {bulk.rate:g} a second, about {span_words(standing.left)} left"))
        case BulkStatus.PAUSED:
            why = f": {bulk.why.rstrip('.')}" if bulk.why else ""
            lines.append(join(gone, " · ", ("paused", "bold $text-warning"), safe(why, limit=200)))
        case _:
            lines.append(join(gone, f" · {bulk.status.value}"))
    counted = [(standing.counts.of(fate.query), fate.value.lower()) for fate in TOLD]
    words = " · ".join(f"{count:,} {name}" for count, name in counted if count)
    return [*lines, safe(words)] if words else lines


def _hint(standing: Standing | None) -> str:
    is_over = standing is None or standing.bulk.status in {BulkStatus.DONE, BulkStatus.CANCELLED}
    if is_over or standing is None:
        return "enter shows messages · esc closes"
    pauses = "p goes on" if standing.bulk.status is BulkStatus.PAUSED else "p pauses"
    return f"{pauses} · x cancels · enter shows messages · esc leaves"

"""Work on many contacts that ends in messages to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from sent_tui.core.channel import Channel
from sent_tui.core.quiet_hours import QuietHours
from sent_tui.core.search_match import IsCancelled
from sent_tui.core.text import plural
from sent_tui.errors import SentTuiError
from sent_tui.services.check_run import CheckProgress, OnProgress
from sent_tui.services.claiming import Order
from sent_tui.services.personal import ContentOf
from sent_tui.services.workspace import Workspace
from sent_tui.tui.screens.ask_time import time_words
from sent_tui.tui.screens.at_work import Job


class _StoppedError(SentTuiError):
    """A person stopped it."""


class ToMany(Struct, frozen=True):
    """What a person asked to be sent to many contacts."""

    text: str
    """As it was written, with the places that each contact fills in."""
    content_of: ContentOf
    channel: Channel | None = None
    """The only channel to use; None leaves the choice to the router."""
    send_at: datetime | None = None
    """When it begins to go out; None for at once."""
    quiet: QuietHours | None = None
    """The hours in which a message waits until they are over; None for none."""

    @property
    def order(self) -> Order:
        """What is asked for beside the content."""
        return Order(channel=self.channel, send_at=self.send_at)


def send_job(
    workspace: Workspace, numbers: Sequence[str], wanted: ToMany, rate: float, on_begun: Callable[[str], None]
) -> Job:
    """Return what writes a message to each of some contacts down; whoever follows messages hands them over.

    `on_begun` hears the id of the bulk send once all are written.
    """

    def job(tell: OnProgress, is_over: IsCancelled) -> str:
        began = workspace.clock()

        def written(count: int) -> None:
            if is_over():
                raise _StoppedError("Stopped")
            tell(CheckProgress(count, len(numbers), workspace.clock() - began))

        ids = list(workspace.bulk_edit.ids(numbers))
        try:
            bulk = workspace.bulk.begin(
                ids,
                wanted.content_of,
                text=wanted.text,
                rate=rate,
                order=wanted.order,
                quiet=wanted.quiet,
                on_written=written,
            )
        except _StoppedError:
            return "Stopped: nothing was sent"
        on_begun(bulk.id)
        messages = plural(bulk.total, "message")
        if wanted.send_at is not None:
            return f"{messages} from {time_words(wanted.send_at)} on, {rate:g} a second"
        return f"{messages} on the way, {rate:g} a second"

    return job

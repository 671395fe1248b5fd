"""Work in the background that failed: it is told in words, and the rest goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.worker import Worker, WorkerState

from sent_tui.errors import SentTuiError
from sent_tui.tui.messages import WorkFailed

if TYPE_CHECKING:
    from textual.dom import DOMNode as _Base
else:
    _Base = object


class TellsFailures(_Base):
    """Before an app, a screen or a widget in the bases: none of its workers fails unseen."""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell what failed; an error that is no failure in words goes to the event loop's report as well."""
        worker, error = event.worker, event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        if isinstance(error, SentTuiError):
            self.app.post_message(WorkFailed.of(error))
            return
        what = f"sent-tui could not {worker.description}"
        asyncio.get_running_loop().call_exception_handler({"message": what, "exception": error})
        self.app.post_message(WorkFailed("Something went wrong", f"{what}, by an error of its own."))

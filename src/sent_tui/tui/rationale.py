"""Reading what a route rests on, off the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from sent_tui.errors import NotFoundError
from sent_tui.services.explaining import rationale_of
from sent_tui.tui.messages import RationaleRead

if TYPE_CHECKING:
    from textual.widget import Widget as _Base

    from sent_tui.services.workspace import Workspace
else:
    _Base = object


class ReadsRationale(_Base):
    """Before a screen or a widget in the bases: it asks for a rationale, and hears of it by `RationaleRead`."""

    workspace: Workspace

    @work(thread=True, exclusive=True, group="rationale", exit_on_error=False, description="explain a route")
    def read_rationale(self, contact_id: str) -> None:
        """Read the rationale of a contact; of one that is gone there is none."""
        try:
            rationale = rationale_of(self.workspace.repository, self.workspace.sending, contact_id)
        except NotFoundError:
            self.post_message(RationaleRead(contact_id, None))
        else:
            self.post_message(RationaleRead(contact_id, rationale))

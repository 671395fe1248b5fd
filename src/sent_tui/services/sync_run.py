"""One run of a sync: with whom, how far it is, and what it came to. Reading and telling share it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct, field

from sent_tui.gateways.gateway import Directory, LiveGateway
from sent_tui.services.asking import Asker
from sent_tui.services.sync_report import OnProgress, Stage, SyncProgress, SyncReport
from sent_tui.store.repository import Repository


class SyncRun(Struct):
    """One run. `clock` gives the present time, in UTC; `new_id` an id for a contact that is made."""

    repository: Repository
    gateway: LiveGateway
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    asker: Asker
    on_progress: OnProgress
    account: str = ""
    """The id of the account, once Sent has told whose it is."""
    report: SyncReport = field(default_factory=SyncReport)

    @property
    def directory(self) -> Directory:
        """The contacts of the account."""
        return self.gateway.directory

    def is_stopped(self) -> bool:
        """Return whether a person cancelled it; the report says so from then on."""
        self.report.is_cancelled = self.report.is_cancelled or self.asker.is_cancelled()
        return self.report.is_cancelled

    def tell(self, stage: Stage, done: int, total: int, since: datetime, earlier: int = 0) -> None:
        """Tell how far a stage is that began `since`; `earlier` was done before this run, and `total` 0 is unknown."""
        self.on_progress(SyncProgress(done, total, self.clock() - since, stage, earlier))

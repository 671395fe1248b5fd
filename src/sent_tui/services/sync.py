"""Sync with the contacts of a Sent account: pull all of them, and tell Sent what persons decided here."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from sent_tui.core.pull import ReadContacts
from sent_tui.core.search_match import IsCancelled, never
from sent_tui.errors import NetworkError
from sent_tui.gateways.gateway import LiveGateway
from sent_tui.services.asking import Asker, AskingCancelledError
from sent_tui.services.check_run import nobody
from sent_tui.services.sync_pull import Pull
from sent_tui.services.sync_push import Pusher
from sent_tui.services.sync_report import OnProgress, SyncReport
from sent_tui.services.sync_run import SyncRun
from sent_tui.store.repository import Repository


class SyncService:
    """What can be done between the contacts here and those of an account. `clock` gives the present time, in UTC."""

    def __init__(
        self,
        repository: Repository,
        gateway: LiveGateway,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._repository = repository
        self._gateway = gateway
        self._clock = clock
        self._new_id = new_id

    def sync(
        self,
        *,
        pull: bool = True,
        push: bool = True,
        afresh: bool = False,
        pause: Callable[[float], None] = time.sleep,
        on_progress: OnProgress = nobody,
        is_cancelled: IsCancelled = never,
    ) -> SyncReport:
        """Read all contacts of the account and merge them, then tell Sent what was decided here.

        A pull that was broken off within the last day goes on, unless it is to begin `afresh`. Sent is told something
        only while live sending is armed; otherwise it is counted. A network that does not answer ends the run early,
        and the report says why; what was read and told by then is kept. Raises DatabaseError.
        """
        run = SyncRun(
            self._repository, self._gateway, self._clock, self._new_id, Asker(pause, is_cancelled), on_progress
        )
        try:
            run.account = run.asker.ask(self._gateway.account).id
            read = _pulled(run, afresh=afresh) if pull else None
            if not run.report.is_cancelled:
                _push(run, read, tells=push)
        except AskingCancelledError:
            run.report.is_cancelled = True
        except NetworkError as error:
            run.report.error = error
        return run.report


def _pulled(run: SyncRun, *, afresh: bool) -> ReadContacts | None:
    """Read all contacts, and return which were read; None where some may be missing."""
    pull = Pull(run)
    pull.over(afresh=afresh)
    return pull.marks if run.report.is_complete else None


def _push(run: SyncRun, read: ReadContacts | None, *, tells: bool) -> None:
    """Tell Sent what was decided here, or count it."""
    pusher = Pusher(run)
    wanted = pusher.wanted(read)
    if tells and run.gateway.is_armed:
        pusher.tell(wanted)
    else:
        run.report.waiting = len(wanted)

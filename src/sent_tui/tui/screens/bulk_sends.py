"""The bulk sends that were begun, each with how it stands: one is chosen and opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sent_tui.core.bulk import BulkSend, BulkStatus
from sent_tui.core.text import ago, plural
from sent_tui.tui.safe import BREAK, join, safe
from sent_tui.tui.screens.dialogs import Choice, Choose

if TYPE_CHECKING:
    from sent_tui.store.repository import Repository

MOST = 100
"""Bulk sends that are offered, newest first."""
_STYLES = {BulkStatus.RUNNING: "bold $text-success", BulkStatus.PAUSED: "bold $text-warning"}


def bulk_sends_of(repository: Repository) -> list[tuple[BulkSend, int]]:
    """Return the newest bulk sends, each with how many of its messages wait; called off the event loop."""
    return [(bulk, repository.waiting(bulk.id)) for bulk in repository.bulk_sends()[:MOST]]


def bulk_send_question(found: Sequence[tuple[BulkSend, int]], now: datetime) -> Choose:
    """Return the question which bulk send is to be opened; it gives back the id of one."""
    choices = []
    for bulk, waiting in found:
        is_later = bulk.status is BulkStatus.RUNNING and bulk.send_at > now
        standing = ("scheduled" if is_later else bulk.status.value, _STYLES.get(bulk.status, "$text-muted"))
        gone = f"{max(0, bulk.total - waiting):,} of {plural(bulk.total, 'message')}"
        head = join((f"{gone:<26} ", "bold"), standing, (f"  begun {ago(bulk.created_at, now)}", "$text-muted"))
        choices.append(Choice(bulk.id, join(head, BREAK, safe(f"“{bulk.text}”", "$text-muted", 56))))
    return Choose(join("Bulk sends"), choices)

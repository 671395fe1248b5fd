"""The bulk sends that were begun, each with how it stands, and the drafts to many: one is chosen and opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sent_tui.core.bulk import BulkSend, BulkStatus
from sent_tui.core.text import ago, plural
from sent_tui.tui.safe import BREAK, join, safe
from sent_tui.tui.screens.dialogs import Choice, Choose

if TYPE_CHECKING:
    from sent_tui.services.drafts_to_many import DraftToMany
    from sent_tui.store.repository import Repository

MOST = 100
"""Bulk sends that are offered, newest first."""
_STYLES = {BulkStatus.RUNNING: "bold $text-success", BulkStatus.PAUSED: "bold $text-warning"}


def bulk_sends_of(repository: Repository) -> list[tuple[BulkSend, int]]:
    """Return the newest bulk sends, each with how many of its messages wait; called off the event loop."""
    return [(bulk, repository.waiting(bulk.id)) for bulk in repository.bulk_sends()[:MOST]]


def bulk_send_question(
    found: Sequence[tuple[BulkSend, int]], now: datetime, drafts: Sequence[DraftToMany] = ()
) -> Choose:
    """Return the question which bulk send or draft is to be opened; it gives back the id of one, or a draft's key."""
    choices = [_draft_choice(draft, now) for draft in drafts]
    for bulk, waiting in found:
        is_later = bulk.status is BulkStatus.RUNNING and bulk.send_at > now
        standing = ("scheduled" if is_later else bulk.status.value, _STYLES.get(bulk.status, "$text-muted"))
        gone = f"{max(0, bulk.total - waiting):,} of {plural(bulk.total, 'message')}"
        head = join((f"{gone:<26} ", "bold"), standing, (f"  begun {ago(bulk.created_at, now)}", "$text-muted"))
        choices.append(Choice(bulk.id, join(head, BREAK, safe(f"“{bulk.text}”", "$text-muted", 56))))
    return Choose(join("Bulk sends and drafts" if drafts else "Bulk sends"), choices)


def _draft_choice(found: DraftToMany, now: datetime) -> Choice:
    draft = found.draft
    to = f"to {plural(len(found.recipients), 'contact')}"
    written = f"  written {ago(draft.updated_at, now)}" if draft.updated_at is not None else ""
    head = join((f"{to:<26} ", "bold"), ("draft", "bold $text-accent"), (written, "$text-muted"))
    words = draft.text.strip() or f"template {draft.template}"
    return Choice(draft.contact_id, join(head, BREAK, safe(f"“{words}”", "$text-muted", 56)))

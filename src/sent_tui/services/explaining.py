"""Explaining: read what the route of a message to a contact rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sent_tui.core.delivery import Explanation
from sent_tui.core.message import Content, Message
from sent_tui.core.rationale import Rationale, reasons_of, strongest
from sent_tui.errors import NotFoundError
from sent_tui.services.claiming import AT_ONCE, Order
from sent_tui.services.sending import SendingService
from sent_tui.store.repository import Repository


def rationale_of(
    repository: Repository,
    sending: SendingService,
    contact_id: str,
    content: Content | None = None,
    order: Order = AT_ONCE,
) -> Rationale:
    """Return what the route of a message to a contact rests on; without content, of a template.

    `order` says by which channel and when it is to go. Raises ContactNotFoundError.
    """
    plan = sending.plan(contact_id, content, channel=order.channel, wishes=order.wishes, at=order.send_at)
    channels = sending.explanations(contact_id)
    reasons = reasons_of(_messages(repository, channels.values()))
    return Rationale(repository.get(contact_id), plan, channels, reasons)


def _messages(repository: Repository, explanations: Iterable[Explanation]) -> Iterator[Message]:
    """Return the messages whose results are listed, as far as they are still there."""
    listed = (told.message_id for explanation in explanations for told in strongest(explanation))
    for message_id in {name for name in listed if name}:
        try:
            yield repository.message(message_id)
        except NotFoundError:
            continue

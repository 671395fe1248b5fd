"""Messages as a table: one row for each, with what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Final, TextIO

from sent_tui.core.message import Message
from sent_tui.core.sent_json import timestamp
from sent_tui.services.exchange.writing import write_rows

MESSAGE_COLUMNS: Final = (
    "created_at",
    "name",
    "phone_number",
    "status",
    "channel",
    "reason_code",
    "attempts",
    "cost",
    "template",
    "text",
    "batch",
    "updated_at",
    "id",
)
"""The columns of the table, in their order."""

NameOf = Callable[[Message], str]
"""Returns the name of the contact of a message; empty where there is none."""


def write_messages(file: TextIO, messages: Iterable[Message], name_of: NameOf) -> None:
    """Write messages as CSV to an open file, one after the other."""
    write_rows(file, chain((MESSAGE_COLUMNS,), (_cells(message, name_of(message)) for message in messages)))


def _cells(message: Message, name: str) -> tuple[str, ...]:
    cost = sum(attempt.cost for attempt in message.attempts)
    return (
        timestamp(message.created_at) or "",
        name,
        message.to,
        str(message.status),
        message.channel.value if message.channel else "",
        message.reason_code or "",
        str(len(message.attempts)),
        f"{cost:.4f}",
        message.content.template or "",
        message.content.text,
        message.batch or "",
        timestamp(message.updated_at) or "",
        message.id,
    )

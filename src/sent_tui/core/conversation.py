"""Conversations: everything that was written with one contact, by Sent's contract."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("9f4e6a2c-0b1d-4c3e-8a5f-2d7e6c1b0a99")


def conversation_id(customer_id: str, contact_id: str) -> str:
    """Return the id of the conversation with a contact, both named by Sent's ids (Sent's contract: a UUIDv5)."""
    return str(uuid5(_NAMESPACE, f"{customer_id}:{contact_id}".lower()))

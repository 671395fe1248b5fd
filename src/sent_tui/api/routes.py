"""Which call answers which request, and what the description of the API says about it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from sent_tui.api import contacts, messages, reference
from sent_tui.api.conversations import Conversations
from sent_tui.api.desk import Call, Desk
from sent_tui.api.envelope import Answer

Handle = Callable[[Desk, Call], Answer]
"""Answers a request. It blocks, and so runs in a thread of its own; raises ApiError, or an error that means one."""


class Route(Struct, frozen=True):
    """One call."""

    method: str
    path: str
    handle: Handle
    is_kept: bool = False
    """Whether an idempotency key counts, so that it is done once."""


def routes(desk: Desk) -> tuple[Route, ...]:
    """Return every call."""
    conversations = Conversations(desk)
    return (
        Route("GET", "/v3/contacts", contacts.list_contacts),
        Route("POST", "/v3/contacts", contacts.create_contact, is_kept=True),
        Route("GET", "/v3/contacts/{id}", contacts.get_contact),
        Route("PATCH", "/v3/contacts/{id}", contacts.update_contact, is_kept=True),
        Route("DELETE", "/v3/contacts/{id}", contacts.delete_contact, is_kept=True),
        Route("GET", "/v3/contacts/{id}/message-summary", contacts.summarise_messages),
        Route("POST", "/v3/messages", messages.send_messages, is_kept=True),
        Route("GET", "/v3/messages/{id}", messages.get_message),
        Route("GET", "/v3/messages/{id}/activities", messages.list_activities),
        Route("GET", "/v3/conversations", conversations.list_all),
        Route("GET", "/v3/conversations/{id}", conversations.list_one),
        Route("GET", "/v3/numbers/lookup/{number}", reference.look_up_number),
        Route("GET", "/v3/templates", reference.list_templates),
        Route("GET", "/v3/templates/{id}", reference.get_template),
        Route("GET", "/v3/me", reference.get_account),
    )

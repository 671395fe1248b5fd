"""The contacts of a Sent account and their conversations: read page by page, and changed when a person said so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from sent_tui.core.channel import Channel
from sent_tui.core.conversation import conversation_id
from sent_tui.core.pull import PAGE_SIZE
from sent_tui.core.sent_contact import SentContact
from sent_tui.gateways.gateway import (
    ContactsPage,
    ConversationMessage,
    NothingThereError,
    PermanentGatewayError,
    Receipt,
    TransientGatewayError,
)
from sent_tui.gateways.sent_answers import channel_names, is_inbound, moment, part, parts, read_reports, text
from sent_tui.gateways.sent_client import Answer, Question

Ask = Callable[[Question], Answer]
"""Asks Sent, and raises a NetworkError where there is no answer."""
MOST_PAGES: Final = 100
"""Pages of a conversation that are read."""
_LONGEST_TEXT: Final = 10_000


class SentDirectory:
    """The contacts of the account that `ask` asks with; they can be changed while `is_live` says so."""

    def __init__(self, ask: Ask, is_live: Callable[[], bool], clock: Callable[[], datetime]) -> None:
        self._ask = ask
        self._is_live = is_live
        self._clock = clock

    def contacts_page(self, page: int) -> ContactsPage:
        """Return a page of contacts, from 1 on."""
        data = self._ask(lambda sent: sent.contacts.list(page=page, page_size=PAGE_SIZE)).data
        if not isinstance(part(data, "contacts"), list):
            raise _not_understood()
        pagination = part(data, "pagination")
        total = part(pagination, "total_count")
        return ContactsPage(
            tuple(map(read_contact, parts(data, "contacts"))),
            total if isinstance(total, int) and not isinstance(total, bool) and total >= 0 else None,
            part(pagination, "has_more") is True,
        )

    def contact(self, contact_id: str) -> SentContact | None:
        """Return a contact by Sent's id; None when there is none."""
        try:
            answer = self._ask(lambda sent: sent.contacts.retrieve(contact_id))
        except NothingThereError:
            return None
        return _whole(answer)

    def find(self, number: str) -> SentContact | None:
        """Return the contact of a number (E.164); None when there is none."""
        rows = parts(self._ask(lambda sent: sent.contacts.list(phone=number)).data, "contacts")
        return next((found for found in map(read_contact, rows) if found.format_e164 == number), None)

    def update_contact(
        self, contact_id: str, *, opt_out: bool | None = None, default_channel: Channel | None = None
    ) -> SentContact:
        """Change a contact, and return it as it is then; None leaves a field alone."""
        if not self._is_live():
            raise PermanentGatewayError(
                "Nothing is changed at Sent", "Live sending is not armed.", "Say --live, or press L in the app."
            )
        # A field that is left out stays; null would be taken for a value.
        fields: dict[str, Any] = {} if opt_out is None else {"opt_out": opt_out}
        if default_channel is not None:
            fields["default_channel"] = default_channel.value
        return _whole(self._ask(lambda sent: sent.contacts.update(contact_id, **fields)))

    def conversation(self, customer_id: str, contact_id: str) -> Iterator[ConversationMessage]:
        """Go through the messages from and to a contact, newest first; what cannot be read is passed over."""
        conversation = conversation_id(customer_id, contact_id)

        def page_of(page: int) -> Question:
            return lambda sent: sent.conversations.list_messages(conversation, page=page, page_size=PAGE_SIZE)

        try:
            for row in pages(self._ask, page_of, "messages", MOST_PAGES):
                message = read_message(row, self._clock())
                if message is not None:
                    yield message
        except NothingThereError:
            # Nobody has written to this contact yet.
            return


def pages(ask: Ask, question: Callable[[int], Question], name: str, most: int) -> Iterator[object]:
    """Go through the rows of all pages of a list, of so many pages at most."""
    for page in range(1, most + 1):
        data = ask(question(page)).data
        rows = parts(data, name)
        yield from rows
        if not rows or part(part(data, "pagination"), "has_more") is not True:
            return


def read_contact(row: object) -> SentContact:
    """Return a contact as Sent has it; what is not as it should be is empty."""
    said = part(row, "opt_out")
    return SentContact(
        id=text(row, "id"),
        customer_id=text(row, "customer_id"),
        phone_number=text(row, "phone_number"),
        format_e164=text(row, "format_e164") or text(row, "phone_number"),
        format_international=text(row, "format_international"),
        format_national=text(row, "format_national"),
        format_rfc=text(row, "format_rfc"),
        country_code=text(row, "country_code"),
        region_code=text(row, "region_code"),
        available_channels=channel_names(row),
        default_channel=text(row, "default_channel").casefold(),
        opt_out=said if isinstance(said, bool) else None,
        is_inherited=part(row, "is_inherited") is True,
        created_at=moment(part(row, "created_at")),
        updated_at=moment(part(row, "updated_at")),
    )


def read_message(row: object, now: datetime) -> ConversationMessage | None:
    """Return a message of a conversation; None for one without an id or a time."""
    message_id, at = text(row, "id"), moment(part(row, "created_at"))
    if not message_id or at is None:
        return None
    content = part(part(row, "message_body"), "content")
    return ConversationMessage(
        id=message_id,
        is_inbound=is_inbound(row),
        channel=text(row, "channel").casefold(),
        text=content[:_LONGEST_TEXT] if isinstance(content, str) else "",
        status=text(row, "status").upper(),
        at=at,
        template=text(row, "template_name"),
        category=text(row, "template_category").casefold(),
        reports=read_reports(row, Receipt(message_id, text(row, "phone"), Channel.SMS, at, automatic=True), now),
    )


def _whole(answer: Answer) -> SentContact:
    """Return the contact of an answer; raises TransientGatewayError for one that is none."""
    found = read_contact(answer.data)
    if not (found.id and found.format_e164):
        raise _not_understood()
    return found


def _not_understood() -> TransientGatewayError:
    return TransientGatewayError("What came is no answer of Sent's", "It cannot be read.", "Try again later.")

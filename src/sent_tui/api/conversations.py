"""The calls about conversations: all messages, and those with one contact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from threading import Lock
from typing import Final

from sent_tui.api.api_error import NO_CONVERSATION, ApiError
from sent_tui.api.desk import Call, Desk
from sent_tui.api.envelope import Answer
from sent_tui.api.messages import shown
from sent_tui.api.paging import read_paging
from sent_tui.core.conversation import conversation_id
from sent_tui.core.message_search import EVERY_MESSAGE, MessageQuery
from sent_tui.errors import DatabaseError
from sent_tui.store.refusals import MessageNotFoundError
from sent_tui.store.repository import Change, ChangeKind

_MOST_NEWS: Final = 10_000
"""With more changed messages than this to look at, all contacts are learned anew."""


class Conversations:
    """Which conversation is with whom. An id tells nothing by itself, so those of all who have messages are remembered.

    Also of contacts that were deleted, for their messages stay.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._contacts: dict[str, str] = {}
        self._is_new = True
        self._news: set[str] = set()
        """Ids of messages that were written or changed."""
        self._learning, self._lock = Lock(), Lock()
        """The second is held for moments only: who writes is not to wait until all is learned."""
        desk.workspace.repository.subscribe(self._heard)

    def contact_id(self, wanted: str) -> str | None:
        """Return the id of the contact that a conversation is with; None for one that there is not."""
        with self._learning:
            with self._lock:
                is_new, news, self._news, self._is_new = self._is_new, self._news, set(), False
            try:
                self._learn(self._desk.workspace.repository.correspondents() if is_new else self._named_by(news))
            except DatabaseError:
                with self._lock:
                    self._is_new = True
                raise
            return self._contacts.get(wanted)

    def list_all(self, desk: Desk, call: Call) -> Answer:
        """Return a page of all messages, newest first."""
        return _page(desk, call, EVERY_MESSAGE)

    def list_one(self, desk: Desk, call: Call) -> Answer:
        """Return a page of the messages with one contact, newest first."""
        contact_id = self.contact_id(call.id)
        answer = None if contact_id is None else _page(desk, call, MessageQuery(contacts=frozenset({contact_id})))
        if answer is None or answer.data is None or not answer.data["pagination"]["total_count"]:
            raise ApiError(404, NO_CONVERSATION, "There is no such conversation.")
        return answer

    def _heard(self, change: Change) -> None:
        if change.kind is ChangeKind.MESSAGES:
            with self._lock:
                # Before the first question, all of them are still to be learned.
                self._news |= set() if self._is_new else change.ids
                if len(self._news) > _MOST_NEWS:
                    self._is_new, self._news = True, set()

    def _named_by(self, message_ids: Iterable[str]) -> Iterator[str]:
        for message_id in message_ids:
            with suppress(MessageNotFoundError):
                yield self._desk.workspace.repository.message(message_id).contact_id

    def _learn(self, contact_ids: Iterable[str]) -> None:
        customer = self._desk.customer_id
        self._contacts.update((conversation_id(customer, each), each) for each in contact_ids)


def _page(desk: Desk, call: Call, query: MessageQuery) -> Answer:
    paging = read_paging(call.query)
    found = desk.workspace.repository.select(query)
    rows = [shown(desk, message) for message in found[paging.offset : paging.offset + paging.size]]
    return Answer(200, {"messages": rows, "pagination": paging.json(len(found))})

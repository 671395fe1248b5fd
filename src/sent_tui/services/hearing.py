"""Hearing what people write in answer to messages, from a network that can be asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sent_tui.core.message import REACHED, Message
from sent_tui.errors import NotFoundError
from sent_tui.gateways.gateway import HearingGateway, Letter, PermanentGatewayError, Receipt, TransientGatewayError
from sent_tui.services.inbound import Inbound, InboundService
from sent_tui.store.repository import Repository

ANSWERED_WITHIN: Final = timedelta(days=3)
"""How long after its last report a message that arrived is asked about."""
LOOKED_BACK: Final = 500
"""Of so many messages it is found out, to begin with, whether somebody answers them still."""


class HearingService:
    """Asks a network what the people of its messages wrote, and takes it in, each letter once."""

    def __init__(self, repository: Repository, gateway: HearingGateway, inbound: InboundService) -> None:
        self._repository = repository
        self._gateway = gateway
        self._inbound = inbound

    def may_be_answered(self, message: Message, now: datetime) -> bool:
        """Return whether a message arrived so lately that an answer is to be expected."""
        is_ours = message.gateway == self._gateway.name and bool(message.attempts)
        return is_ours and message.status in REACHED and now - message.updated_at < ANSWERED_WITHIN

    def awaited(self, now: datetime) -> Sequence[Message]:
        """Return those of the newest messages that may be answered still."""
        newest = self._repository.messages(limit=LOOKED_BACK)
        return [message for message in newest if self.may_be_answered(message, now)]

    def hear(self, message: Message) -> Sequence[Message]:
        """Take in what the person of a message that arrived wrote since then, and return what was not heard before.

        A network that gives no answer says nothing; it is asked again another time. Of what is written to a contact
        that was deleted, only what it decides is kept.
        """
        heard: list[Message] = []
        if message.status not in REACHED:
            return heard
        for letter in self._letters(message):
            if self._is_known(letter):
                continue
            inbound = Inbound(letter.id, letter.channel, letter.text, letter.at, letter.number)
            try:
                received = self._inbound.receive(message.contact_id, inbound)
            except NotFoundError:  # the contact was deleted
                self._inbound.decide_alone(letter.number, letter.text, letter.at)
                continue
            if received.is_new:
                heard.append(received.message)
        return heard

    def _letters(self, message: Message) -> Sequence[Letter]:
        letters: dict[str, Letter] = {}
        for attempt in message.attempts:
            if attempt.gateway_id is None or attempt.accepted_at is None:
                continue
            receipt = Receipt(attempt.gateway_id, message.to, attempt.channel, attempt.accepted_at)
            try:
                letters.update((letter.id, letter) for letter in self._gateway.letters(receipt))
            except (TransientGatewayError, PermanentGatewayError):
                continue
        return sorted(letters.values(), key=lambda letter: (letter.at, letter.id))

    def _is_known(self, letter: Letter) -> bool:
        try:
            self._repository.message(letter.id)
        except NotFoundError:
            return False
        return True

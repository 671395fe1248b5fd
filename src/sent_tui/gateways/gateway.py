"""The gateway: what every network that carries messages offers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Protocol, runtime_checkable

from msgspec import Struct

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.message import Content, Template
from sent_tui.core.sent_contact import SentContact
from sent_tui.errors import ExitCode, NetworkError

_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")


class TransientGatewayError(NetworkError):
    """Nothing was sent; the same request may work later."""


class PausedGatewayError(TransientGatewayError):
    """Nothing was sent: the network asked for a pause."""

    def __init__(self, title: str, message: str, hint: str, pause: timedelta) -> None:
        super().__init__(title, message, hint)
        self.pause = pause
        """How long to wait before asking again."""


class SetupError(TransientGatewayError):
    """Nothing was sent: something has to be installed or set first."""

    exit_code = ExitCode.USAGE


class PermanentGatewayError(NetworkError):
    """Nothing was sent, and the same request will never work."""

    exit_code = ExitCode.FAILED


class NothingThereError(PermanentGatewayError):
    """The network has nothing of that name."""


class UnknownOutcomeError(NetworkError):
    """The request was handed over and the answer was lost: it may have been sent, or not."""


class Finding(Struct, frozen=True):
    """What a lookup says about one channel of a number."""

    channel: Channel
    availability: Availability
    evidence: str
    last_inbound_at: datetime | None = None
    """When the person last wrote on this channel, if the gateway knows."""


class SendRequest(Struct, frozen=True):
    """One message on one channel."""

    idempotency_key: str
    """The same for every repetition of one intended send; `^[A-Za-z0-9_-]{1,255}$`."""
    to: str
    """E.164."""
    channel: Channel
    content: Content
    automatic: bool = False
    """Whether the network chooses the channel itself, and another one when that fails; `channel` is then a guess."""
    started_at: datetime | None = None
    """When it was first handed over."""
    is_repeat: bool = False
    """Whether it was handed over before, and its outcome is not known."""
    known_ids: frozenset[str] = frozenset()
    """The network's ids of other messages to this number: none of them is this one."""


class Receipt(Struct, frozen=True):
    """The proof that the gateway took a message."""

    gateway_id: str
    to: str
    channel: Channel
    accepted_at: datetime
    automatic: bool = False
    """Whether the network chooses the channel itself."""


class Report(Struct, frozen=True):
    """One status that a message reached, by Sent's names."""

    status: str
    at: datetime
    reason_code: str | None = None
    detail: str = ""
    channel: Channel | None = None
    """On which channel, where the network chose it and has said so."""
    elsewhere: bool = False
    """Whether it was on a channel that sent-tui does not know; it then says nothing about those that it does."""


class Letter(Struct, frozen=True):
    """A message from a person, as the network has it."""

    id: str
    """The same letter always has the same id."""
    number: str
    """E.164: who wrote it."""
    channel: Channel
    text: str
    at: datetime


class AccountChannel(Struct, frozen=True):
    """A channel as an account has it."""

    name: str
    """As the network writes it; `Channel` need not know it."""
    is_set_up: bool
    sender: str = ""
    """The number or name that people see."""


class Account(Struct, frozen=True):
    """Whose account a network is used with. All texts are foreign."""

    name: str
    kind: str = ""
    channels: tuple[AccountChannel, ...] = ()
    id: str = ""
    """The network's own."""

    @property
    def usable(self) -> tuple[str, ...]:
        """The names of the channels that are set up, the known ones as people write them."""
        labels = {channel.value: channel.label for channel in Channel}
        return tuple(labels.get(each.name, each.name.upper()) for each in self.channels if each.is_set_up)


class ContactsPage(Struct, frozen=True):
    """Some of the contacts of an account, in the network's own order, which may change from page to page."""

    contacts: tuple[SentContact, ...]
    total: int | None
    """How many contacts there are on all pages; None where that was not told."""
    has_more: bool


class ConversationMessage(Struct, frozen=True):
    """A message of a conversation, whoever sent it. All texts are foreign."""

    id: str
    is_inbound: bool
    channel: str
    """In small letters; `Channel` need not know it, and it is empty where the network chose it and has not said so."""
    text: str
    status: str
    at: datetime
    """When it was made."""
    template: str = ""
    """The name of its template; empty for free text."""
    category: str = ""
    reports: tuple[Report, ...] = ()
    """Oldest first."""


class Directory(Protocol):
    """The contacts of an account as its network has them. Calls block, and raise as those of a `Gateway` do."""

    def contacts_page(self, page: int) -> ContactsPage:
        """Return a page of contacts, from 1 on, of `core.pull.PAGE_SIZE` each."""
        ...

    def contact(self, contact_id: str) -> SentContact | None:
        """Return a contact by the network's id; None when there is none."""
        ...

    def find(self, number: str) -> SentContact | None:
        """Return the contact of a number (E.164); None when there is none."""
        ...

    def update_contact(
        self, contact_id: str, *, opt_out: bool | None = None, default_channel: Channel | None = None
    ) -> SentContact:
        """Change a contact, and return it as it is then; None leaves a field alone.

        Raises PermanentGatewayError while live sending is not armed: a change is real, as a message is.
        """
        ...

    def conversation(self, customer_id: str, contact_id: str) -> Iterator[ConversationMessage]:
        """Go through the messages from and to a contact, newest first."""
        ...


def check_number(number: str, network: str) -> None:
    """Raise PermanentGatewayError for what is no number in E.164 form; `network` is who would not understand it."""
    if not _E164.fullmatch(number):
        raise PermanentGatewayError(
            f"Not a number that {network} understands", "It takes numbers in E.164 form only, such as +14155550100."
        )


def check_request(request: SendRequest, network: str) -> None:
    """Raise PermanentGatewayError for a request that makes no sense to any network, such as an empty message."""
    check_number(request.to, network)
    if not _KEY.fullmatch(request.idempotency_key):
        raise PermanentGatewayError(
            f"Not an idempotency key that {network} understands",
            "It is made of 1 to 255 letters, digits, underscores and hyphens.",
        )
    if not request.content.text.strip():
        raise PermanentGatewayError("The message is empty", "There is nothing to send.", "Write a text.")


class Gateway(Protocol):
    """A network. Calls block for seconds at most and are made off the event loop.

    Each raises TransientGatewayError, PermanentGatewayError or, from `send` alone, UnknownOutcomeError.
    """

    @property
    def name(self) -> str:
        """The name by which it is chosen: `simulator`, `sent`."""
        ...

    @property
    def label(self) -> str:
        """How the status line names it, with what a person must know: simulated, sandbox or live."""
        ...

    @property
    def reroutes(self) -> bool:
        """Whether it tries another channel by itself when a message without a pinned channel fails."""
        ...

    @property
    def is_armed(self) -> bool:
        """Whether messages really go out. Where they do not, nothing is handed over but what a person asks for."""
        ...

    def detect(self, number: str) -> tuple[Finding, ...]:
        """Look up which channels reach a number (E.164)."""
        ...

    def send(self, request: SendRequest) -> Receipt:
        """Hand a message over. The same idempotency key always gives the same receipt, and one message."""
        ...

    def recall(self, request: SendRequest) -> Receipt | None:
        """Return the receipt of a request whose answer was lost; None while it cannot be told. Sends nothing."""
        ...

    def status(self, receipt: Receipt) -> tuple[Report, ...]:
        """Return every report so far about a message, oldest first."""
        ...

    def templates(self) -> tuple[Template, ...]:
        """Return the approved templates."""
        ...


@runtime_checkable
class HearingGateway(Gateway, Protocol):
    """A network that can be asked what people wrote."""

    def letters(self, receipt: Receipt) -> tuple[Letter, ...]:
        """Return what the person of a message wrote since it was handed over, oldest first; the answer to it as well.

        Asking again gives the same letters, and those that came meanwhile.
        """
        ...


@runtime_checkable
class LiveGateway(Gateway, Protocol):
    """A network that costs money: it is used with an account, and each run begins unarmed."""

    def arm(self) -> None:
        """Have messages really go out from now on, until the program ends."""
        ...

    def disarm(self) -> None:
        """Have nothing go out any more."""
        ...

    def prepare(self) -> None:
        """Raise SetupError where something has to be installed or set before anything can be asked."""
        ...

    def account(self) -> Account:
        """Ask whose account it is; the label names it from then on."""
        ...

    def look_up(self, number: str) -> tuple[Finding, ...]:
        """Look a number (E.164) up in a register that charges for each look."""
        ...

    @property
    def directory(self) -> Directory:
        """The contacts of the account."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...

"""The real network: Sent, version 3 of its contract, through the official SDK."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from random import random
from threading import RLock
from typing import Any, Final

from sent_tui.core.conversation import conversation_id
from sent_tui.core.message import MessageStatus, Template
from sent_tui.core.pacing import Pacing
from sent_tui.core.secret import Secret
from sent_tui.gateways.gateway import (
    Account,
    Directory,
    Finding,
    PermanentGatewayError,
    Receipt,
    Report,
    SendRequest,
    TransientGatewayError,
    UnknownOutcomeError,
    check_number,
    check_request,
)
from sent_tui.gateways.sent_address import Address
from sent_tui.gateways.sent_answers import (
    is_this,
    moment,
    part,
    parts,
    read_account,
    read_findings,
    read_lookup,
    read_receipt,
    read_reports,
    read_template,
    text,
)
from sent_tui.gateways.sent_client import ANSWER_WITHIN, Answer, Failure, Fault, Question, SentClient
from sent_tui.gateways.sent_directory import SentDirectory, pages
from sent_tui.gateways.sent_errors import ask_error, pause_of, paused_error, send_error

PAGE, MOST_PAGES = 100, 50
LOOKED_THROUGH: Final = 3
"""Pages of a conversation that are looked through for a message whose answer was lost."""
KEPT: Final = 10_000
"""Receipts, and messages that were asked after, that are remembered."""
CLOCKS_DIFFER: Final = timedelta(minutes=2)
"""Between Sent's clock and this one, where Sent has not told its time."""
SAME_CLOCK: Final = timedelta(seconds=5)
TAKEN_WITHIN: Final = timedelta(minutes=10)
"""After the hand-over, Sent has made the message or never will."""
_PACE: Final = (
    (timedelta(minutes=2), timedelta(seconds=2)),
    (timedelta(hours=1), timedelta(seconds=15)),
    (timedelta.max, timedelta(minutes=2)),
)
"""Up to which age a message is asked after how often, whoever looks."""
_ABOUT_THE_REQUEST: Final = {200, 400, 404, 409, 422}
"""Sent is well and refuses this one request."""
_SANDBOX: Final = "sandbox:"
"""Begins the id of a message that was only checked."""
_NAME: Final = "Sent"


class SentGateway:
    """Sent, with the account that the key belongs to. Several threads may use it at once.

    Until it is armed, every message is sent to Sent's sandbox, which checks it and sends nothing. Nothing is asked
    twice by itself, messages above all: whoever sends decides.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        key: Callable[[], Secret],
        address: Callable[[], Address],
        *,
        chance: Callable[[], float] = random,
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        """`chance` gives numbers from 0 to 1, for the lengths of pauses; `answer_within` is in seconds."""
        self._clock = clock
        self._client = SentClient(key, address, answer_within)
        self._chance = chance
        self._lock = RLock()
        self._pacing = Pacing()
        self._is_live = False
        self._is_away = False
        self._account: Account | None = None
        self._receipts: OrderedDict[str, Receipt] = OrderedDict()
        self._handed_over: OrderedDict[str, datetime] = OrderedDict()
        self._told: OrderedDict[str, tuple[datetime, tuple[Report, ...]]] = OrderedDict()
        self._asked_after: OrderedDict[str, datetime] = OrderedDict()

    @property
    def name(self) -> str:
        """The name by which it is chosen."""
        return "sent"

    @property
    def label(self) -> str:
        """How the status line names it: live or not, and the account and its channels once they are known.

        That it could not be reached when it was last asked is said as well.
        """
        told = ["Sent LIVE" if self._is_live else "Sent sandbox", "not reached" if self._is_away else ""]
        if self._account:
            told += [self._account.name, " ".join(self._account.usable)]
        return " · ".join(filter(None, told))

    @property
    def reroutes(self) -> bool:
        """With automatic routing, Sent takes another way by itself when one fails."""
        return True

    @property
    def is_armed(self) -> bool:
        """Whether messages really go out; else Sent only checks them."""
        return self._is_live

    def arm(self) -> None:
        """Have messages really go out from now on, until the program ends."""
        self._is_live = True

    def disarm(self) -> None:
        """Have nothing go out any more."""
        self._is_live = False

    def prepare(self) -> None:
        """Raise SetupError where the SDK, a key or a fit address is missing."""
        self._client.open()

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def account(self) -> Account:
        """Ask whose account it is, and which channels it has."""
        found = read_account(self._ask(lambda sent: sent.me.retrieve()).data)
        self._account = found
        return found

    def detect(self, number: str) -> tuple[Finding, ...]:
        """Return what Sent knows of a number's channels; costs nothing."""
        check_number(number, _NAME)
        return read_findings(self._contact(number)[0])

    def look_up(self, number: str) -> tuple[Finding, ...]:
        """Look a number up in the register of numbers; Sent charges for each look."""
        check_number(number, _NAME)
        return read_lookup(self._ask(lambda sent: sent.numbers.lookup(number)).data)

    @property
    def directory(self) -> Directory:
        """The contacts of the account; they can be changed while live sending is armed."""
        return SentDirectory(self._ask, lambda: self._is_live, self._clock)

    def send(self, request: SendRequest) -> Receipt:
        """Hand a message over, once. Without live sending it is only checked, and its one report says so."""
        check_request(request, _NAME)
        is_live, now = self._is_live, self._clock()
        if request.is_repeat and not is_live:
            raise UnknownOutcomeError(
                "Not repeated in the sandbox",
                "The message was handed over. It may have been sent, or not.",
                "Arm live sending to repeat it under its old key.",
            )
        self._respect_wish(now)
        if is_live:
            with self._lock:
                _remember(self._handed_over, request.idempotency_key, request.started_at or now)
        answer = self._tried(lambda sent: sent.messages.send(**_body(request, is_live=is_live)))
        if isinstance(answer, Failure):
            error = send_error(answer, self._clock(), is_live=is_live)
            if not (isinstance(error, UnknownOutcomeError) or request.is_repeat):
                with self._lock:
                    self._handed_over.pop(request.idempotency_key, None)
            raise error
        return self._received(request, answer, is_live=is_live)

    def recall(self, request: SendRequest) -> Receipt | None:
        """Look for a message whose answer was lost in the conversation with its contact; sends nothing.

        None unless exactly one message there can be it.
        """
        with self._lock:
            known = self._receipts.get(request.idempotency_key)
            started_at = request.started_at or self._handed_over.get(request.idempotency_key)
        if known is not None or started_at is None or not self._is_due(request.idempotency_key, started_at):
            return known
        contact, answered_at = self._contact(request.to)
        if contact is None:
            return None
        differ = answered_at - self._clock() if answered_at else None
        earliest = started_at + differ - SAME_CLOCK if differ is not None else started_at - CLOCKS_DIFFER
        taken = self._taken_ids(request)
        channel = None if request.automatic else request.channel
        found = [
            message
            for message in self._conversation(contact)
            if text(message, "id") not in taken
            and is_this(message, request.to, request.content, channel)
            and (at := moment(part(message, "created_at"))) is not None
            and earliest <= at <= earliest + TAKEN_WITHIN
        ]
        return self._recalled(request, found[0]) if len(found) == 1 else None

    def status(self, receipt: Receipt) -> tuple[Report, ...]:
        """Return every report so far. Sent is asked at most every other second, and less often later or when it fails.

        In between, what it told last is returned. Raises TransientGatewayError while it is left alone after a failure.
        """
        if receipt.gateway_id.startswith(_SANDBOX):
            return (Report(MessageStatus.BLOCKED, receipt.accepted_at, None, "sandbox: Sent checked it, sent nothing"),)
        now = self._clock()
        with self._lock:
            asked_at, told = self._told.get(receipt.gateway_id, (None, ()))
        if asked_at is not None and not _is_due(asked_at, receipt.accepted_at, now):
            return told
        with self._lock:
            pause = self._pacing.pause(now)
        if pause:
            raise TransientGatewayError("Sent is left alone for a moment", "It failed, or asked for a pause.")
        answer = self._ask(lambda sent: sent.messages.retrieve_status(receipt.gateway_id))
        reports = read_reports(answer.data, receipt, now)
        with self._lock:
            _remember(self._told, receipt.gateway_id, (now, reports))
        return reports

    def templates(self) -> tuple[Template, ...]:
        """Return the approved templates. Where several have one name, each but the first has its id added to it."""
        found: dict[str, Template] = {}
        for row in pages(
            self._ask,
            lambda page: lambda sent: sent.templates.list(page=page, page_size=PAGE, status="APPROVED"),
            "templates",
            MOST_PAGES,
        ):
            template = read_template(row)
            if template is not None:
                name = template.name if template.name not in found else f"{template.name}#{text(row, 'id')}"
                found[name] = Template(name, template.body, template.variables, template.category, template.language)
        return tuple(found.values())

    def _is_due(self, key: str, started_at: datetime) -> bool:
        """Return whether a lost answer may be asked after now, and take note that it is."""
        now = self._clock()
        with self._lock:
            asked_at = self._asked_after.get(key)
            if self._pacing.pause(now) or (asked_at is not None and not _is_due(asked_at, started_at, now)):
                return False
            _remember(self._asked_after, key, now)
        return True

    def _received(self, request: SendRequest, answer: Answer, *, is_live: bool) -> Receipt:
        now = self._clock()
        at = min(answer.at or now, now)
        if not is_live:
            return Receipt(f"{_SANDBOX}{request.idempotency_key}", request.to, request.channel, at, request.automatic)
        receipt = read_receipt(answer.data, request.to, request.channel, at, automatic=request.automatic)
        if receipt is None:
            raise UnknownOutcomeError(
                "Sent's answer names no message",
                "The message was handed over. It may have been sent, or not.",
                "It is asked after, and not sent again by itself.",
            )
        with self._lock:
            _remember(self._receipts, request.idempotency_key, receipt)
        return receipt

    def _recalled(self, request: SendRequest, message: object) -> Receipt:
        now = self._clock()
        at = min(moment(part(message, "created_at")) or now, now)
        receipt = Receipt(text(message, "id"), request.to, request.channel, at, request.automatic)
        with self._lock:
            _remember(self._receipts, request.idempotency_key, receipt)
        return receipt

    def _taken_ids(self, request: SendRequest) -> frozenset[str]:
        with self._lock:
            others = (receipt.gateway_id for receipt in self._receipts.values() if receipt.to == request.to)
            return request.known_ids | frozenset(others) | {""}

    def _contact(self, number: str) -> tuple[object | None, datetime | None]:
        """Return Sent's contact of a number, and Sent's own time."""
        answer = self._ask(lambda sent: sent.contacts.list(phone=number))
        rows = parts(answer.data, "contacts")
        return next((row for row in rows if text(row, "format_e164") == number), None), answer.at

    def _conversation(self, contact: object) -> Iterator[object]:
        """Yield the messages of a conversation, as far as it is looked through."""
        conversation = conversation_id(text(contact, "customer_id"), text(contact, "id"))

        def page_of(page: int) -> Question:
            return lambda sent: sent.conversations.list_messages(conversation, page=page, page_size=PAGE)

        try:
            yield from pages(self._ask, page_of, "messages", LOOKED_THROUGH)
        except PermanentGatewayError:
            # Nobody has written to this contact yet.
            return

    def _ask(self, question: Question) -> Answer:
        self._respect_wish(self._clock())
        answer = self._tried(question)
        if isinstance(answer, Failure):
            raise ask_error(answer, self._clock())
        return answer

    def _tried(self, question: Question) -> Answer | Failure:
        """Ask, and take note of whether it went well: what a person's own request was refused for is no failure."""
        answer = self._client.ask(question)
        now = self._clock()
        pause = None if isinstance(answer, Answer) else pause_of(answer, now)
        with self._lock:
            self._is_away = isinstance(answer, Failure) and answer.fault is Fault.NOT_REACHED
            if isinstance(answer, Answer) or (answer.status in _ABOUT_THE_REQUEST and pause is None):
                self._pacing = self._pacing.succeeded()
            else:
                self._pacing = self._pacing.failed(now, self._chance(), pause)
        return answer

    def _respect_wish(self, now: datetime) -> None:
        with self._lock:
            pause = self._pacing.wished_pause(now)
        if pause:
            raise paused_error(pause)


def _is_due(asked_at: datetime, began_at: datetime, now: datetime) -> bool:
    pause = next(pause for age, pause in _PACE if now - began_at < age)
    return not timedelta() <= now - asked_at < pause


def _remember(kept: OrderedDict[str, Any], key: str, value: object) -> None:
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > KEPT:
        kept.popitem(last=False)


def _body(request: SendRequest, *, is_live: bool) -> dict[str, Any]:
    """Return the arguments of the SDK's `send`."""
    content, key = request.content, request.idempotency_key
    body: dict[str, Any] = {"to": [request.to]}
    if content.template is None:
        body["text"] = content.text
    else:
        name, _, identity = content.template.partition("#")
        chosen = {"id": identity} if identity else {"name": name}
        body["template"] = {**chosen, "parameters": dict(content.variables)}
    if not request.automatic:
        body["channel"] = [request.channel.value]
    if not is_live:
        body["sandbox"] = True
        # A key of its own: what was only checked must not be taken for what was sent.
        key = f"sandbox-{sha256(key.encode()).hexdigest()}"
    return {**body, "idempotency_key": key}

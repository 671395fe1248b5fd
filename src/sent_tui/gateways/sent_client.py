"""Asking Sent through its official SDK: made on first use, bound to one place, and never asking twice by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum, auto
from threading import RLock
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from sent_tui.core.secret import Secret
from sent_tui.errors import SentTuiError
from sent_tui.gateways.gateway import SetupError
from sent_tui.gateways.sent_address import Address
from sent_tui.gateways.sent_answers import moment, part, text

if TYPE_CHECKING:
    import httpx
    from sent_dm import Sent

EXTRA: Final = "pip install 'sent-tui[sent]'"
CONNECT_WITHIN, ANSWER_WITHIN = 5.0, 20.0
"""Seconds."""
_MESSAGE: Final = 300
"""Characters of Sent's own words about an error that are kept."""
_HEADERS: Final = frozenset(
    (
        *("host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-length"),
        *("transfer-encoding", "idempotency-key", "x-api-key"),
    )
)
"""What a request tells. The SDK would add this machine's system, and headers that the environment names."""


class Fault(Enum):
    """How a question failed."""

    NOT_REACHED = auto()
    """No connection came about: Sent has heard nothing."""
    NO_ANSWER = auto()
    """Sent may have heard it; its answer did not come, or not whole."""
    NOT_UNDERSTOOD = auto()
    """What came is no answer of Sent's."""
    REFUSED = auto()
    """Sent answered with an error."""


class Failure(Struct, frozen=True):
    """Why there is no answer. Its texts are foreign and hold no key."""

    fault: Fault
    status: int = 0
    """HTTP status, 0 without an answer."""
    code: str = ""
    """Sent's own code, such as `VALIDATION_002`."""
    message: str = ""
    retry_after: str | None = None
    """The header as it came."""


class Answer(Struct, frozen=True):
    """What Sent answered."""

    data: object
    """One of the SDK's models, unless Sent answered something of another shape: read it with `sent_answers`."""
    at: datetime | None = None
    """Sent's own time of the answer."""


Question = Callable[["Sent"], object]
"""Asks something by one of the SDK's calls, and returns what that does."""


class _StrayRequestError(Exception):
    """A request was about to go elsewhere."""


class SentClient:
    """The SDK's client. It may be used by several threads at once.

    `key` is asked when the first question is; it may raise. Nothing is asked twice by itself: who asks decides.
    """

    def __init__(self, key: Callable[[], Secret], address: Callable[[], Address], answer_within: float) -> None:
        self._key = key
        self._answer_within = answer_within
        self._address = address
        self._lock = RLock()
        self._opened: tuple[Sent, Secret] | None = None

    def open(self) -> tuple[Sent, Secret]:
        """Return the SDK's client and its key; raises SetupError where the SDK, a key or a fit address is missing."""
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def ask(self, question: Question) -> Answer | Failure:
        """Ask, and return what came as `data`, or why nothing did; raises SetupError where nothing can be asked."""
        client, secret = self.open()
        body = _asked(client, question)
        if isinstance(body, Failure):
            return _without(body, secret)
        if part(body, "success") is False:
            error = part(body, "error")
            return _without(Failure(Fault.REFUSED, 200, text(error, "code"), text(error, "message")), secret)
        data = part(body, "data")
        if data is None:
            return Failure(Fault.NOT_UNDERSTOOD)
        return Answer(data, moment(part(part(body, "meta"), "timestamp")))

    def close(self) -> None:
        """Let go of connections; a later question opens new ones."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened[0].close()

    def _open(self) -> tuple[Sent, Secret]:
        try:
            address, secret = self._address(), self._key()
        except SentTuiError as error:
            raise SetupError(error.title, error.message, error.hint) from None
        try:
            import sent_dm
        except ImportError:
            raise SetupError("The gateway to Sent is not installed", "It needs the package sentdm.", EXTRA) from None
        # At a lower level they write numbers and texts.
        for name in ("sent_dm", "httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        client = sent_dm.Sent(
            api_key=secret.reveal(),
            base_url=address.url,
            max_retries=0,
            http_client=_connection(address, secret, self._answer_within),
        )
        return client, secret


def _connection(address: Address, secret: Secret, answer_within: float) -> httpx.Client:
    """Return an HTTP client that follows no redirect and lets no request go elsewhere."""
    import httpx

    def bound(request: httpx.Request) -> None:
        url = request.url
        if not address.covers(url.scheme, url.host, url.port):
            raise _StrayRequestError
        for name in [name for name in request.headers if name.lower() not in _HEADERS]:
            del request.headers[name]
        # The environment can name another one.
        request.headers["x-api-key"] = secret.reveal()

    return httpx.Client(
        base_url=address.url,
        timeout=httpx.Timeout(answer_within, connect=CONNECT_WITHIN),
        follow_redirects=False,
        # A proxy of the environment sees only what TLS hides from it, so not what stays on this machine.
        trust_env=not address.is_local,
        event_hooks={"request": [bound]},
    )


def _asked(client: Sent, question: Question) -> object:
    """Return the envelope of an answer, or why there is none."""
    import httpx
    import sent_dm

    unheard = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, _StrayRequestError)
    try:
        return question(client)
    except sent_dm.APIStatusError as error:
        return _refusal(error.status_code, error.body, error.response.headers)
    except sent_dm.APIConnectionError as error:
        return Failure(Fault.NOT_REACHED if isinstance(error.__cause__, unheard) else Fault.NO_ANSWER)
    except (sent_dm.SentError, ValueError, TypeError, AttributeError, LookupError):
        # HTML, half a JSON, or a shape that the SDK stumbles on.
        return Failure(Fault.NOT_UNDERSTOOD)


def _refusal(status: int, body: object, headers: Mapping[str, str]) -> Failure:
    error = part(body, "error")
    return Failure(Fault.REFUSED, status, text(error, "code"), text(error, "message"), headers.get("retry-after"))


def _without(failure: Failure, secret: Secret) -> Failure:
    """Return a failure whose texts are short and hold no key."""
    code, message = (" ".join(secret.redact(words).split())[:_MESSAGE] for words in (failure.code, failure.message))
    return Failure(failure.fault, failure.status, code, message, failure.retry_after)

"""What a failed question to Sent means: whether something may have been sent, and what a person can do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sent_tui.core.pacing import retry_after
from sent_tui.errors import NetworkError
from sent_tui.gateways.gateway import (
    NothingThereError,
    PausedGatewayError,
    PermanentGatewayError,
    SetupError,
    TransientGatewayError,
    UnknownOutcomeError,
)
from sent_tui.gateways.sent_client import Failure, Fault

NOTHING: Final = "Nothing was sent."
_PAUSE: Final = timedelta(seconds=10)
"""How long to wait where Sent asks for a pause and does not say how long."""
_KEY_REFUSED: Final = {401, 403}
_NOT_KNOWN, _NOT_FOUND = 401, 404
_ABOUT_THE_KEY: Final = {"AUTH_001", "AUTH_002"}
"""Of others, such as one for an account that is not activated yet, the key is not the reason."""
_IN_FLIGHT: Final = "CONFLICT_001"
_RATE_LIMIT: Final = "BUSINESS_002"
_NEVER: Final = ("VALIDATION_", "RESOURCE_", "BUSINESS_", "LIMIT_")
"""Families of codes by which Sent says that it did not take a request."""
_REDIRECTED_BEFORE: Final = {307, 308}
"""The request was not looked at; after other redirects it may have been."""


def send_error(failure: Failure, at: datetime, *, is_live: bool) -> NetworkError:
    """Return the error for a message that was to be handed over."""
    if not (_is_unknown(failure) and is_live):
        return ask_error(failure, at)
    words = "The message was handed over. It may have been sent, or not."
    if failure.fault is Fault.REFUSED:
        words = f"{words} Sent said: {_said(failure)}"
    return UnknownOutcomeError(
        "Sent's answer was lost" if failure.fault is Fault.NO_ANSWER else "Sent's answer does not tell",
        words,
        "It is asked after, and not sent again by itself.",
    )


def ask_error(failure: Failure, at: datetime) -> NetworkError:
    """Return the error for a question that changes nothing."""
    if failure.fault is Fault.NOT_REACHED:
        return TransientGatewayError("Sent could not be reached", NOTHING, "Check the connection and try again.")
    if failure.fault is Fault.NO_ANSWER:
        return TransientGatewayError("Sent did not answer", NOTHING, "Try again later.")
    if failure.fault is Fault.NOT_UNDERSTOOD:
        return TransientGatewayError("What came is no answer of Sent's", NOTHING, "Try again later.")
    if failure.status in _KEY_REFUSED or failure.code.startswith("AUTH_"):
        return _key_refused(failure)
    if _is_limit(failure):
        return _paused(failure, at)
    if 300 <= failure.status < 400:
        return TransientGatewayError(
            "Sent sent us elsewhere", f"A redirect came, which is not followed. {NOTHING}", "Check SENT_BASE_URL."
        )
    if _is_unknown(failure):
        return TransientGatewayError("Sent has a fault", f"{_said(failure)} {NOTHING}", "Try again later.")
    kind = NothingThereError if failure.status == _NOT_FOUND else PermanentGatewayError
    return kind("Sent refused the request", f"{_said(failure)} {NOTHING}")


def pause_of(failure: Failure, at: datetime) -> timedelta | None:
    """Return the pause that Sent asks for; None when it asks for none."""
    if failure.fault is not Fault.REFUSED:
        return None
    wish = retry_after(failure.retry_after, at)
    return _PAUSE if wish is None and _is_limit(failure) else wish


def paused_error(pause: timedelta) -> PausedGatewayError:
    """Return the error for a question that is not asked, because Sent asked for a pause that is not over."""
    seconds = max(1, round(pause.total_seconds()))
    return PausedGatewayError("Sent asks for a pause", f"For {seconds} s. {NOTHING}", "Try again after that.", pause)


def _is_limit(failure: Failure) -> bool:
    return failure.status == 429 or failure.code == _RATE_LIMIT


def _paused(failure: Failure, at: datetime) -> NetworkError:
    return paused_error(pause_of(failure, at) or _PAUSE)


def _is_unknown(failure: Failure) -> bool:
    """Return whether Sent may have taken a message all the same."""
    if failure.fault is not Fault.REFUSED:
        return failure.fault is not Fault.NOT_REACHED
    if failure.code == _IN_FLIGHT or failure.status >= 500:
        return True
    if 300 <= failure.status < 400:
        return failure.status not in _REDIRECTED_BEFORE
    if failure.status == 200:
        return not failure.code.startswith((*_NEVER, "AUTH_"))
    return failure.status == 408


def _key_refused(failure: Failure) -> NetworkError:
    if failure.status != _NOT_KNOWN and failure.code not in _ABOUT_THE_KEY:
        hint = "The key is known there; what its account may do is decided at Sent."
        return SetupError("Sent does not allow this", f"{_said(failure)} {NOTHING}", hint)
    hint = "Check the key with `sent-tui account test`, or set another with `sent-tui account set`."
    return SetupError("Sent does not accept the key", f"{_said(failure)} {NOTHING}", hint)


def _said(failure: Failure) -> str:
    code = f" ({failure.code})" if failure.code else ""
    words = failure.message.rstrip(".") or f"HTTP {failure.status}"
    return f"{words}{code}."

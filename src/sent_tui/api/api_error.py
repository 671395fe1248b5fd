"""What can go wrong with a request: HTTP status, Sent's error code, and words that hold nothing secret."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from traceback import extract_tb
from typing import Final

from sent_tui.errors import DatabaseError, NetworkError, NotFoundError, RefusedError, SentTuiError, UsageError
from sent_tui.services.kept_answers import InFlightError, OtherRequestError
from sent_tui.services.understanding import DoubtfulNumberError, InvalidNumberError
from sent_tui.store.refusals import ContactNotFoundError, MessageNotFoundError, ReadOnlyError

_log = logging.getLogger(__name__)

# The codes are those of Sent's error catalog (docs.sent.dm/reference/api/error-catalog).
KEY_MISSING: Final = "AUTH_001"
KEY_INVALID: Final = "AUTH_002"
NOT_ALLOWED: Final = "AUTH_004"
INVALID: Final = "VALIDATION_001"
PHONE: Final = "VALIDATION_002"
ID: Final = "VALIDATION_003"
MISSING: Final = "VALIDATION_004"
RANGE: Final = "VALIDATION_005"
CHOICE: Final = "VALIDATION_006"
IDEMPOTENCY: Final = "VALIDATION_007"
NO_CONTACT: Final = "RESOURCE_001"
NO_TEMPLATE: Final = "RESOURCE_002"
NO_MESSAGE: Final = "RESOURCE_003"
NO_CONVERSATION: Final = NO_MESSAGE
"""Assumed: the catalog has no code for a conversation that there is not."""
NO_PATH: Final = NO_CONTACT
"""Assumed: the catalog has no code for a path that there is not, and gives this one as its example of a 404."""
EXISTS: Final = "RESOURCE_007"
LIMITED: Final = "BUSINESS_002"
NO_CHANNEL: Final = "BUSINESS_007"
CONFLICT: Final = "CONFLICT_001"
INTERNAL: Final = "INTERNAL_001"
DATABASE: Final = "INTERNAL_002"
NETWORK: Final = "INTERNAL_003"


class ApiError(Exception):
    """Why a request is not answered as it wished."""

    def __init__(
        self, status: int, code: str, message: str, *, field: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.details: Mapping[str, Sequence[str]] | None = {field: [message]} if field else None
        """What is wrong with each field."""
        self.headers = headers or {}


def invalid(field: str, message: str, code: str = INVALID) -> ApiError:
    """Return the error about one field or parameter."""
    return ApiError(400, code, message, field=field)


def missing(field: str) -> ApiError:
    """Return the error about a field that has to be there."""
    return invalid(field, f"{field} is required.", MISSING)


def api_error_of(error: Exception) -> ApiError:
    """Return what an error means to a client; one that nobody expected goes to the log, without any values."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, InFlightError):
        return ApiError(409, CONFLICT, "The first request with this Idempotency-Key is still under way.")
    if isinstance(error, OtherRequestError):
        words = "This Idempotency-Key was used for another request."
        return ApiError(400, IDEMPOTENCY, words, field="Idempotency-Key")
    if isinstance(error, SentTuiError):
        return _in_words(error)
    last = extract_tb(error.__traceback__)[-1]
    _log.error("Unexpected error: %s in %s, line %s", type(error).__name__, Path(last.filename).name, last.lineno)
    return ApiError(500, INTERNAL, "Something went wrong on the server.")


def _in_words(error: SentTuiError) -> ApiError:
    words = " ".join(filter(None, (f"{error.title}.", error.message)))
    if isinstance(error, (InvalidNumberError, DoubtfulNumberError)):
        return ApiError(400, PHONE, words, field="phone_number")
    if isinstance(error, ContactNotFoundError):
        return ApiError(404, NO_CONTACT, "There is no such contact.")
    if isinstance(error, (MessageNotFoundError, NotFoundError)):
        return ApiError(404, NO_MESSAGE, "There is no such message.")
    if isinstance(error, RefusedError):
        return ApiError(422, NO_CHANNEL, words)
    if isinstance(error, UsageError):
        return ApiError(400, INVALID, words)
    if isinstance(error, ReadOnlyError):
        return ApiError(403, NOT_ALLOWED, "This server may only read: its database cannot be written.")
    # The words of these can name files of the server.
    if isinstance(error, DatabaseError):
        return ApiError(500, DATABASE, "The database cannot be used at the moment. Try again.")
    if isinstance(error, NetworkError):
        return ApiError(502, NETWORK, "The network behind this server cannot be reached at the moment. Try again.")
    return ApiError(500, INTERNAL, "Something went wrong on the server.")

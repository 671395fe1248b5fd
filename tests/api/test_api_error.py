from __future__ import annotations

import pytest

from sent_tui.api.api_error import ApiError, api_error_of
from sent_tui.core.phone import InvalidNumber, parse
from sent_tui.errors import DatabaseError, NetworkError, NotFoundError, RefusedError, SentTuiError, UsageError
from sent_tui.services.kept_answers import InFlightError, OtherRequestError
from sent_tui.services.understanding import InvalidNumberError
from sent_tui.store.refusals import ContactNotFoundError, LockedError, MessageNotFoundError, ReadOnlyError


def invalid_number() -> InvalidNumberError:
    found = parse("12")
    assert isinstance(found, InvalidNumber)
    return InvalidNumberError(found)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (invalid_number(), 400, "VALIDATION_002"),
        (ContactNotFoundError("x"), 404, "RESOURCE_001"),
        (MessageNotFoundError("x"), 404, "RESOURCE_003"),
        (NotFoundError("x"), 404, "RESOURCE_003"),
        (RefusedError("x"), 422, "BUSINESS_007"),
        (UsageError("x"), 400, "VALIDATION_001"),
        (ReadOnlyError("x", "/home/ada/contacts.db"), 403, "AUTH_004"),
        (LockedError("x", "/home/ada/contacts.db"), 500, "INTERNAL_002"),
        (DatabaseError("x", "/home/ada/contacts.db"), 500, "INTERNAL_002"),
        (NetworkError("x"), 502, "INTERNAL_003"),
        (SentTuiError("x"), 500, "INTERNAL_001"),
        (InFlightError(), 409, "CONFLICT_001"),
        (OtherRequestError(), 400, "VALIDATION_007"),
        (ApiError(418, "TEA", "x"), 418, "TEA"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_error_has_its_status_and_its_code(error: Exception, status: int, code: str) -> None:
    found = api_error_of(error)
    assert (found.status, found.code) == (status, code)
    assert found.message
    assert "/home" not in found.message

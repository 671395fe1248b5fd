"""Sent's envelope: `success`, `data`, `error` and `meta` around everything that is answered."""

from __future__ import annotations

import json
from datetime import datetime
from secrets import token_hex
from typing import Any, Final

from msgspec import Struct

from sent_tui.api.api_error import ApiError
from sent_tui.core.sent_json import Json, timestamp

VERSION: Final = "v3"


class Answer(Struct, frozen=True):
    """What is answered: `data` within the envelope, or nothing with 204."""

    status: int
    data: Json | None


def new_request_id() -> str:
    """Return an id for one request."""
    return f"req_{token_hex(12)}"


def answer_text(answer: Answer, request_id: str, at: datetime) -> str:
    """Return the body of an answer; empty for 204."""
    return "" if answer.status == 204 else _envelope(answer.data, None, request_id, at)


def error_text(error: ApiError, request_id: str, at: datetime) -> str:
    """Return the body that tells what is wrong."""
    told = {"code": error.code, "message": error.message, "details": error.details, "doc_url": None}
    return _envelope(None, told, request_id, at)


def _envelope(data: Any, error: Json | None, request_id: str, at: datetime) -> str:  # noqa: ANN401 - any JSON
    meta = {"request_id": request_id, "timestamp": timestamp(at), "version": VERSION}
    whole = {"success": error is None, "data": data, "error": error, "meta": meta}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))

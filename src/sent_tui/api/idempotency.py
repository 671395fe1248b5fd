"""Idempotency keys: a request that is made again gets the answer that it was given first."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from sent_tui.api.api_error import IDEMPOTENCY, invalid
from sent_tui.api.desk import Call
from sent_tui.services.kept_answers import Answered, KeptAnswers

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
ORIGINAL: Final = "X-Original-Request-Id"
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")


def read_key(given: Sequence[str]) -> str | None:
    """Return the idempotency key that the headers give; raises ApiError for what cannot be one, and for several."""
    if not given:
        return None
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise invalid(HEADER, f"{HEADER} takes 1 to 255 letters, digits, hyphens and underscores, once.", IDEMPOTENCY)
    return given[0]


def original(body: str) -> dict[str, str]:
    """Return the header with the id of the request that an answer was first given to; none for an empty answer."""
    return {ORIGINAL: json.loads(body)["meta"]["request_id"]} if body else {}


def scope_of(method: str, path: str, key: str) -> str:
    """Return what a key counts for: one call of one account. It does not show the key."""
    return sha256(f"{method} {path}\n{key}".encode()).hexdigest()


def once(kept: KeptAnswers, call: Call, data: bytes, answer: Callable[[Call], Answered]) -> tuple[Answered, bool]:
    """Return the answer to a call, and whether it is that of an earlier request.

    Whatever fails is not kept, so that it can be tried again under the same key.
    """
    request = sha256(data).hexdigest()
    known = kept.begin(call.scope, request)
    if isinstance(known, Answered):
        return known, True
    made: Answered | None = None
    try:
        made = answer(replace(call, seed=known.seed))
    finally:
        kept.end(call.scope, request, made)
    return made, False

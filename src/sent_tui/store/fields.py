"""The fields of a document: read with the type that they must have, written as plain JSON values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, TypeVar

from sent_tui.store.journal_format import Document

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


class DocumentError(ValueError):
    """A document that cannot be what it should be; the text says why."""


def add_given(document: Document, **fields: Any) -> None:  # noqa: ANN401 - any JSON value
    """Put the fields that are not None into a document."""
    for name, value in fields.items():
        if value is not None:
            document[name] = value


def add_filled(document: Document, **fields: Any) -> None:  # noqa: ANN401 - any JSON value
    """Put the fields that are not empty, zero or false into a document."""
    for name, value in fields.items():
        if value:
            document[name] = value


def given(**fields: Any) -> Document:  # noqa: ANN401 - any JSON value
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def filled(**fields: Any) -> Document:  # noqa: ANN401 - any JSON value
    """Return the fields that are not empty, zero or false."""
    return {name: value for name, value in fields.items() if value}


def word(member: StrEnum | None) -> str | None:
    """Return the value of a member, None for none."""
    return None if member is None else member._value_


def written(at: datetime | None) -> str | None:
    """Return a time in UTC as ISO 8601; one without a zone is taken as UTC."""
    return None if at is None else _written_utc(at if at.tzinfo is UTC else _in_utc(at))


def _in_utc(at: datetime) -> datetime:
    """Return a time in UTC, but for one of the first or the last day that there is, which may not exist there."""
    if at.utcoffset() is None:
        return at.replace(tzinfo=UTC)
    with suppress(OverflowError):
        return at.astimezone(UTC)
    return at


@lru_cache(maxsize=1024)
def _written_utc(at: datetime) -> str:
    """Return a time in UTC as text; kept, because the records of one write have the same times."""
    return at.isoformat()


def seconds(span: timedelta | None) -> float | None:
    """Return a span of time in seconds, None for none."""
    return None if span is None else span.total_seconds()


def text(document: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """Return a text; raises DocumentError."""
    value = document.get(name, default)
    if isinstance(value, str):
        return value
    raise _wrong(document, name, "a text")


def key(document: Mapping[str, Any], name: str) -> str:
    """Return a text that is not empty; raises DocumentError."""
    value = document.get(name)
    if isinstance(value, str) and value:
        return value
    raise _wrong(document, name, "a text that is not empty")


def optional_text(document: Mapping[str, Any], name: str) -> str | None:
    """Return a text or None; raises DocumentError."""
    return None if document.get(name) is None else text(document, name)


def texts(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a list of texts; raises DocumentError."""
    values = document.get(name, ())
    if isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
        return tuple(values)
    raise _wrong(document, name, "a list of texts")


def variables(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts by name of the field `variables`; raises DocumentError."""
    values = document.get("variables", {})
    if isinstance(values, dict) and all(isinstance(value, str) for value in values.values()):
        return dict(values)
    raise _wrong(document, "variables", "texts by name")


def pairs(document: Mapping[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    """Return a list of pairs of texts; raises DocumentError."""
    values = document.get(name)
    if values is None:
        return ()
    if isinstance(values, list) and all(isinstance(pair, list) and [*map(type, pair)] == [str, str] for pair in values):
        return tuple((first, second) for first, second in values)
    raise _wrong(document, name, "a list of pairs of texts")


def flag(document: Mapping[str, Any], name: str) -> bool:
    """Return true or false, which is what it is when missing; raises DocumentError."""
    value = document.get(name, False)
    if isinstance(value, bool):
        return value
    raise _wrong(document, name, "true or false")


def whole(document: Mapping[str, Any], name: str) -> int:
    """Return a whole number, 0 when missing; raises DocumentError."""
    value = document.get(name, 0)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _wrong(document, name, "a whole number")


def amount(document: Mapping[str, Any], name: str) -> float:
    """Return a finite number, 0 when missing; raises DocumentError."""
    value = document.get(name, 0.0)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise _wrong(document, name, "a number")


def rate(document: Mapping[str, Any], name: str) -> float:
    """Return a finite number above 0, 1 when missing; raises DocumentError."""
    value = amount(document, name) if name in document else 1.0
    if value > 0:
        return value
    raise _wrong(document, name, "a number above 0")


def optional_amount(document: Mapping[str, Any], name: str) -> float | None:
    """Return a finite number or None; raises DocumentError."""
    return None if document.get(name) is None else amount(document, name)


def optional_span(document: Mapping[str, Any], name: str) -> timedelta | None:
    """Return a span of time that is written in seconds, or None; raises DocumentError."""
    value = optional_amount(document, name)
    try:
        return None if value is None else timedelta(seconds=value)
    except OverflowError:
        raise _wrong(document, name, "a number of seconds") from None


def moment(document: Mapping[str, Any], name: str) -> datetime:
    """Return a time; raises DocumentError."""
    value = document.get(name)
    try:
        return _read_time(value)
    except (TypeError, ValueError):
        raise _wrong(document, name, "a time") from None


def optional_moment(document: Mapping[str, Any], name: str) -> datetime | None:
    """Return a time or None; raises DocumentError."""
    return None if document.get(name) is None else moment(document, name)


@lru_cache(maxsize=1024)
def _read_time(text: Any) -> datetime:  # noqa: ANN401 - any JSON value
    """Return the time of a text; kept, because the records of one write have the same times."""
    return _in_utc(datetime.fromisoformat(text))


def member(document: Mapping[str, Any], name: str, kind: type[E], unknown: E) -> E:
    """Return a member by its value; `unknown` when it is missing or no member of this version."""
    value = document.get(name, unknown)
    if not isinstance(value, str):
        raise _wrong(document, name, "a word")
    known: E = members(kind).get(value, unknown)
    return known


def optional_member(document: Mapping[str, Any], name: str, kind: type[E]) -> E | None:
    """Return a member by its value; None when it is missing or no member of this version. Raises DocumentError."""
    value = document.get(name)
    if value is None or isinstance(value, str):
        known: E | None = None if value is None else members(kind).get(value)
        return known
    raise _wrong(document, name, "a word")


@cache
def members(kind: type[StrEnum]) -> Mapping[str, Any]:
    """Return the members of a kind by their values."""
    return {member.value: member for member in kind}


def nested(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object; raises DocumentError."""
    value = document.get(name)
    if isinstance(value, dict):
        return value
    raise _wrong(document, name, "an object")


def items(document: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """Return what is read of each object of a list; raises DocumentError."""
    values = document.get(name, [])
    if isinstance(values, list) and all(isinstance(value, dict) for value in values):
        return [read(value) for value in values]
    raise _wrong(document, name, "a list of objects")


def _wrong(document: Mapping[str, Any], name: str, wanted: str) -> DocumentError:
    if name in document:
        return DocumentError(f"its field {name} is not {wanted}")
    return DocumentError(f"its field {name} is missing")

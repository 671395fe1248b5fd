"""Request bodies: JSON objects without surprises, and their fields read one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn, TypeVar

from sent_tui.api.api_error import ApiError, invalid, missing

MOST_BYTES: Final = 1_000_000
"""Bytes of a request body: a thousand recipients and the longest text are far fewer."""
_DEEPEST: Final = 20
"""Objects and lists within each other."""


def read_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object (RFC 8259) that a body is; an empty body is an empty object.

    Raises ApiError for anything else, for a name that stands twice in an object, for NaN and infinities, for text that
    is no Unicode, and for what is nested too deeply.
    """
    if not data.strip():
        return {}
    try:
        text = data.decode("utf-8")
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
        is_sound = _is_sound(found, _DEEPEST)
    except (ValueError, RecursionError):
        raise ApiError(400, "VALIDATION_001", "The body is no sound JSON in UTF-8.") from None
    if not isinstance(found, dict) or not is_sound:
        raise ApiError(400, "VALIDATION_001", "The body has to be a JSON object with text and flat lists.")
    return found


T = TypeVar("T")


class Fields:
    """The fields of a JSON object; null counts as left out. Raises ApiError for one of another kind."""

    def __init__(self, values: Mapping[str, Any], inside: str = "") -> None:
        self._values = values
        self._inside = f"{inside}." if inside else ""

    def has(self, name: str) -> bool:
        """Return whether a field is there."""
        return self._values.get(name) is not None

    def text(self, name: str) -> str | None:
        """Return a text."""
        return self._of_kind(name, str, "a text")

    def required_text(self, name: str) -> str:
        """Return a text that must not be empty."""
        found = self.text(name)
        if found is None or not found.strip():
            raise missing(f"{self._inside}{name}")
        return found

    def flag(self, name: str) -> bool | None:
        """Return true or false."""
        return self._of_kind(name, bool, "true or false")

    def texts(self, name: str, most: int) -> list[str] | None:
        """Return a list of texts, `most` at the most."""
        found = self._of_kind(name, list, "a list")
        if found is None:
            return None
        if len(found) > most:
            raise invalid(f"{self._inside}{name}", f"{name} has {len(found):,} entries; {most:,} are allowed.")
        if not all(isinstance(entry, str) for entry in found):
            raise invalid(f"{self._inside}{name}", f"{name} has to be a list of texts.")
        return found

    def part(self, name: str) -> Fields | None:
        """Return the fields of an object within."""
        found = self._of_kind(name, dict, "an object")
        return None if found is None else Fields(found, f"{self._inside}{name}")

    def mapping(self, name: str) -> dict[str, str]:
        """Return an object whose values are texts; empty where there is none."""
        found = self._of_kind(name, dict, "an object") or {}
        if not all(isinstance(value, str) for value in found.values()):
            raise invalid(f"{self._inside}{name}", f"{name} has to hold texts only.")
        return found

    def _of_kind(self, name: str, kind: type[T], words: str) -> T | None:
        found = self._values.get(name)
        if found is None or isinstance(found, kind):
            return found
        raise invalid(f"{self._inside}{name}", f"{name} has to be {words}.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _is_sound(value: object, depth: int) -> bool:
    """Return whether all of a value is text that can be stored, nested no deeper than that."""
    if isinstance(value, str):
        value.encode()
        return True
    if not isinstance(value, (dict, list)):
        return True
    inner = [*value, *value.values()] if isinstance(value, dict) else value
    return depth > 0 and all(_is_sound(each, depth - 1) for each in inner)

"""JSON Lines: one contact as a JSON object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from sent_tui.errors import UsageError
from sent_tui.services.exchange.columns import (
    NAMED,
    PHONE_FIELDS,
    Column,
    Field,
    Meaning,
    Value,
    chosen,
    recognise,
    sampled,
    words,
)
from sent_tui.services.exchange.records import Record
from sent_tui.services.exchange.source import Line, Source

_KEYS_SHOWN: Final = 100
_LINES_LOOKED_AT: Final = 20
_MANY_VALUED: Final[set[Meaning]] = {*PHONE_FIELDS, Field.TAGS, Field.GROUPS, Field.NOTES}


class JsonLines:
    """The objects of a file, read once. Raises UsageError for one JSON array, which is not read."""

    def __init__(self, source: Source, mapping: Mapping[str, str] | None = None) -> None:
        self._source = source
        self._chosen = chosen(mapping)
        self.columns: dict[str, str] = {}
        """The keys that were recognised so far, and their meaning; from the beginning those of the first lines."""
        sample = [line for line in source.peek(_LINES_LOOKED_AT) if line.text.strip()]
        if sample and sample[0].text.lstrip().startswith("["):
            raise UsageError(
                "This is one JSON array",
                "JSON Lines has one object on each line, without brackets and commas around them.",
                "Convert it, for example with: jq -c '.[]' FILE",
            )
        for line in sample:
            self._record(line)

    def __iter__(self) -> Iterator[Record]:
        """Go through the objects; blank lines are passed over."""
        for line in self._source:
            if line.text.strip():
                yield self._record(line)

    def sample(self) -> tuple[Column, ...]:
        """Return the keys of the first objects with some of their values, before any record is read."""
        texts: dict[str, list[str]] = {}
        for line in self._source.peek(_LINES_LOOKED_AT):
            with suppress(ValueError, RecursionError):
                for key, value in _pairs(json.loads(line.text)):
                    if key in texts or len(texts) < _KEYS_SHOWN:
                        items = value if isinstance(value, list) else [value]
                        texts.setdefault(key, []).extend(map(_text, items))
        return tuple(Column(key, self._field(key), sampled(found)) for key, found in texts.items())

    def _field(self, key: str) -> Meaning | None:
        return self._chosen.get(words(key)) or recognise(key)

    def _record(self, line: Line) -> Record:
        if line.fault:
            return Record(line.number, line.text, problem=line.fault)
        try:
            data = json.loads(line.text.rstrip())
        except json.JSONDecodeError as error:
            problem = f"This is not JSON: {error.msg} at character {error.colno}."
            return Record(line.number, line.text, problem=problem)
        except (ValueError, RecursionError):
            return Record(line.number, line.text, problem="This JSON is too deep, or a number in it too long.")
        if not isinstance(data, dict):
            return Record(line.number, line.text, problem="This is JSON, but not an object with the keys of a contact.")
        return Record(line.number, line.text, list(self._values(data)))

    def _values(self, data: dict[str, Any]) -> Iterator[Value]:
        for key, value in _pairs(data):
            field = self._field(key)
            if field is None or field is Field.IGNORED:
                continue
            if len(self.columns) < _KEYS_SHOWN:
                self.columns[key] = field.value
            several = isinstance(value, list) and field in _MANY_VALUED
            for item in value if several else [value]:
                text = _text(item)
                if text:
                    yield (field, text)


def _pairs(data: object) -> Iterator[tuple[str, Any]]:
    """Return the keys of an object and their values, and then those of an object `local` in it.

    What stands in an object `fields` has keys as the columns of a table have names.
    """
    if isinstance(data, dict):
        for part in (data, data.get("local")):
            for key, value in part.items() if isinstance(part, dict) else ():
                if key == "fields" and isinstance(value, dict):
                    yield from ((f"{NAMED}:{name}", text) for name, text in value.items())
                else:
                    yield key, value


def _text(value: object) -> str:
    """Return a JSON value as text; objects, lists and null say nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value if isinstance(value, str) else ""

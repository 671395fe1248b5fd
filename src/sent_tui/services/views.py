"""Saved views of the contact list, in a small TOML file of the user's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sent_tui.core.saved_view import SavedView, read_view
from sent_tui.core.search import fold
from sent_tui.core.text import display
from sent_tui.errors import NotFoundError, SentTuiError, UsageError

_HEAD = "# Saved views of the contact list: sent-tui writes this file, and you may edit it.\n"
NAME_LIMIT = 60
"""Characters of a name."""


class ViewService:
    """What can be done with saved views. Its calls read or write the file, and are made off the event loop."""

    def __init__(self, file: Path | None = None) -> None:
        """Without a file, views are kept in memory alone."""
        self._file = file
        self._views: tuple[SavedView, ...] = ()

    def all(self) -> tuple[SavedView, ...]:
        """Return every view in the order of the names; raises UsageError for a file that cannot be understood."""
        if self._file is not None:
            self._views = tuple(self._read(self._file))
        return tuple(sorted(self._views, key=lambda view: fold(view.name)))

    def named(self, name: str) -> SavedView:
        """Return a view by its name; raises NotFoundError."""
        views, wanted = self.all(), _clean(name)
        found = next((view for view in views if view.is_named(wanted)), None)
        if found is None:
            known = ", ".join(view.name for view in views)
            hint = f"There are: {known}." if known else "Save one in the app: V on the contact list."
            raise NotFoundError("No such view", f"None is named {wanted}.", hint)
        return found

    def save(self, view: SavedView) -> None:
        """Keep a view, in place of one of its name; raises UsageError for a name that is empty."""
        name = _clean(view.name)
        if not name:
            raise UsageError("A view needs a name", "", "Type one.")
        with self._changing():
            kept = [known for known in self.all() if not known.is_named(name)]
            self._write([*kept, view.named(name)])

    def delete(self, name: str) -> None:
        """Throw a view away; raises NotFoundError."""
        with self._changing():
            gone = self.named(name)
            self._write([view for view in self._views if view.name != gone.name])

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Keep other programs from changing the file, so that no view of theirs is lost."""
        if self._file is None:
            yield
            return
        from sent_tui.store.alone import alone

        try:
            with alone(self._file):
                yield
        except OSError as error:
            raise SentTuiError("The view was not saved", f"{self._file}: {error.strerror}.") from None

    def _write(self, views: Iterable[SavedView]) -> None:
        self._views = tuple(views)
        if self._file is not None:
            from sent_tui.store.files import replace_with

            replace_with(self._file, [_written(self._views).encode()])

    def _read(self, file: Path) -> Iterator[SavedView]:
        import tomllib

        try:
            tables = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            return
        except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise UsageError("The saved views cannot be read", f"{file}: {why}.", "Correct the file.") from None
        for name, table in tables.items():
            try:
                yield read_view(name, table if isinstance(table, dict) else {"": table})
            except ValueError as error:
                what = f"{name} in {file}: {error}."
                raise UsageError("A saved view makes no sense", what, "Correct it, or delete it there.") from None


def _clean(name: str) -> str:
    return display(name, NAME_LIMIT).strip()


def _written(views: Iterable[SavedView]) -> str:
    """Return views as TOML."""
    blocks = [f"[{_quoted(view.name)}]\n{_lines(view.table())}" for view in views]
    return "\n".join([_HEAD, *blocks])


def _lines(table: dict[str, Any]) -> str:
    return "".join(f"{key} = {_quoted(value)}\n" for key, value in table.items())


def _quoted(value: Any) -> str:  # noqa: ANN401 - a text, a list of texts or a switch
    # JSON is TOML here, but for one character that only TOML has escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

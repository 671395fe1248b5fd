"""The settings in force, where each of them comes from, and writing one into the settings file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from sent_tui import config
from sent_tui.core.span import span_words
from sent_tui.errors import SentTuiError
from sent_tui.services.workspace import check_gateway

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

DEFAULT = "default"
"""The source of a setting that nobody set."""


class Entry(Struct, frozen=True):
    """One setting."""

    name: str
    about: str
    """What it is, in words."""
    takes: str
    """Which values it takes, in words."""
    by_default: str
    """The value that it has when nobody sets it, in words."""
    value: str
    """As it is in force, written as in a variable; empty for none."""
    source: str
    """The flag, the variable or the file that it comes from, or `default`."""
    variable: str
    flag: str
    """How the command line sets it; empty where it does not."""


class SettingsService:
    """Reads and writes settings. Its calls read or write the file, and are made off the event loop."""

    def __init__(self, loaded: config.Loaded, environ: Mapping[str, str]) -> None:
        self._loaded = loaded
        self._environ = environ

    @property
    def file(self) -> Path:
        """The settings file, whether it exists or not."""
        return self._loaded.file

    def entries(self) -> tuple[Entry, ...]:
        """Return every setting as it would be in force now; raises UsageError for a file that makes no sense."""
        self._loaded = config.load(self._loaded.flags, self._environ)
        return tuple(self._entry(known.name) for known in fields(config.Settings))

    def strange_variables(self) -> dict[str, str]:
        """Return variables that look like settings and are none, each with the nearest that is one."""
        return config.strange_variables(self._environ)

    def why_not(self, name: str, text: str) -> str:
        """Return why a setting does not take a value, in words; empty where it does."""
        try:
            config.read_text(name, text, name)
            if name == "gateway":
                check_gateway(text.strip())
        except SentTuiError as error:
            return f"{error.message} {error.hint}"
        return ""

    def write(self, name: str, text: str) -> None:
        """Set a setting in the file, whose comments stay; raises UsageError for a value that it does not take."""
        value = config.read_text(name, text, name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        with self._changing() as document:
            document[name] = value if isinstance(value, bool | int | float) else text.strip()

    def reset(self, name: str) -> None:
        """Take a setting out of the file."""
        with self._changing() as document:
            document.pop(name, None)

    def _entry(self, name: str) -> Entry:
        known = config.SETTINGS[name].metadata
        return Entry(
            name,
            known["doc"],
            known["kind"].value,
            known["by_default"],
            _written(getattr(self._loaded.settings, name)),
            self._loaded.sources[name],
            config.variable(name),
            known["flag"],
        )

    def _document(self) -> TOMLDocument:
        # It takes a while, and only who writes needs it.
        import tomlkit

        try:
            return tomlkit.parse(self.file.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            return tomlkit.document()
        except (OSError, ValueError) as error:
            raise SentTuiError("The setting was not saved", f"{self.file}: {error}.") from None

    @contextmanager
    def _changing(self) -> Iterator[TOMLDocument]:
        """Give the file as it is to be changed, and write it if it was; no other program changes it meanwhile."""
        from sent_tui.store.alone import alone
        from sent_tui.store.files import replace_with

        try:
            with alone(self.file):
                document = self._document()
                before = document.as_string()
                yield document
                if document.as_string() != before:
                    replace_with(self.file, [document.as_string().encode()])
        except OSError as error:
            raise SentTuiError("The setting was not saved", f"{self.file}: {error.strerror}.") from None


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return span_words(value)
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)

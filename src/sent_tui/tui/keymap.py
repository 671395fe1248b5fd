"""Which keys run a command: its own, or those that a person gave it in the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from msgspec import Struct, field
from textual.app import App

from sent_tui.core.text import display
from sent_tui.errors import UsageError
from sent_tui.tui.commands import SCREENS, Command, every_command
from sent_tui.tui.keynames import FUNCTION_KEYS, key_label, nearby_keys, parse_key, types

_TAKEN: Final = {
    "ctrl+h": "a terminal sends the same for backspace",
    "ctrl+i": "a terminal sends the same for tab",
    "ctrl+m": "a terminal sends the same for enter",
    "ctrl+left_square_bracket": "a terminal sends the same for esc",
    "ctrl+c": "it copies what is selected",
    "tab": "it goes on to the next field",
    "shift+tab": "it goes back to the field before",
}
"""Keys that no command can have, and why."""
_BY_ID: Final = {command.id: command for command in every_command()}

Label = Callable[[str], str]
"""Returns the key of the command with an id, as people write it."""


class Keymap(Struct, frozen=True):
    """The keys of all commands."""

    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The commands that a person gave other keys, by their ids: Textual's names of the keys, the first one shown."""

    def keys(self, command: Command) -> tuple[str, ...]:
        """Return the keys of a command, in Textual's names."""
        return self.changed.get(command.id, command.default_keys)

    def label(self, command: Command) -> str:
        """Return the first key of a command as people write it."""
        return key_label(self.keys(command)[0])

    def label_of(self, command_id: str) -> str:
        """Return the first key of the command with an id, as people write it."""
        return self.label(_BY_ID[command_id])

    def labels(self, command: Command) -> str:
        """Return every key of a command as people write it."""
        return "  ".join(map(key_label, self.keys(command)))

    def label_while_typing(self, command: Command) -> str:
        """Return a key that also acts while a text is being typed, as people write it; empty when there is none."""
        if command.in_inputs:
            return self.label(command)
        return next((key_label(key) for key in self.keys(command) if "+" in key or key in FUNCTION_KEYS), "")

    def labels_before(self, command: Command) -> str:
        """Return the keys that a command had before a person gave it others; empty where they are its own."""
        return OWN_KEYS.labels(command) if command.id in self.changed else ""

    @property
    def for_textual(self) -> dict[str, str]:
        """The changes as `App.set_keymap` takes them."""
        return {command_id: ",".join(keys) for command_id, keys in self.changed.items()}


OWN_KEYS: Final = Keymap()
"""Every command has its own keys."""


def keymap_of(app: App[Any]) -> Keymap:
    """Return the keymap that an app goes by; the commands' own keys for an app that has none."""
    found = getattr(app, "keymap", OWN_KEYS)
    return found if isinstance(found, Keymap) else OWN_KEYS


def read_keymap(wanted: Mapping[str, str], file: str) -> Keymap:
    """Return the keymap that the settings ask for: for each id of a command its keys, separated by commas.

    Raises UsageError for a command or a key that there is not, for a letter that could not be typed any more, and for
    a key that would mean two things on one screen. `file` is where it stands, to be named.
    """
    changed = {}
    for command_id, text in wanted.items():
        if command_id not in _BY_ID:
            hint = _nearest(command_id, _BY_ID, "docs/keys.md has the names of all commands.")
            raise UsageError("No such command", f"[keys] in {file} has {display(command_id)}.", hint)
        changed[command_id] = tuple(_read_key(key, command_id, file) for key in text.split(","))
    found = Keymap(changed)
    _check_conflicts(found, file)
    return found


def _read_key(text: str, command_id: str, file: str) -> str:
    given = f"[keys] in {file} gives {display(text.strip()) or 'no key'} to {command_id}"
    key, command = parse_key(text), _BY_ID[command_id]
    if key is None:
        hint = _nearest(text.strip(), nearby_keys(), "Keys are written like x, ?, ctrl+x or f5.")
        raise UsageError("No such key", f"{given}.", hint)
    if key in _TAKEN:
        raise UsageError("This key cannot be used", f"{given}: {_TAKEN[key]}.", "Choose another one.")
    if command.in_inputs and types(key) and not any(map(types, command.default_keys)):
        raise UsageError(
            "This key is needed for typing",
            f"{given}, which also acts while a text is being typed.",
            "Choose one with ctrl, or a function key.",
        )
    return key


def _check_conflicts(keymap: Keymap, file: str) -> None:
    for title, groups in SCREENS.items():
        owners: dict[str, Command] = {}
        for command in (command for group in groups for command in group):
            for key in keymap.keys(command):
                other = owners.setdefault(key, command)
                if other.id != command.id:
                    raise UsageError(
                        "A key has two meanings",
                        f"By [keys] in {file}, {key_label(key)} is for {other.id} and for {command.id} ({title}).",
                        "Give one of them another key.",
                    )


def _nearest(name: str, known: Iterable[str], otherwise: str) -> str:
    close = get_close_matches(name.casefold().replace("_", "-"), list(known), n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else otherwise

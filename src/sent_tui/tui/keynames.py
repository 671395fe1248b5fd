"""Names of keys: as Textual has them (`question_mark`, `pagedown`), and as people write them (`?`, `pgdn`)."""

from __future__ import annotations

from string import punctuation
from typing import Final

from textual.keys import _character_to_key, key_to_character

_LABELS: Final = {
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
"""Keys that are not written as Textual names them, nor by the character they type."""
_NAMES: Final = {label: name for name, label in _LABELS.items()}
_SIGNS: Final = {_character_to_key(sign): sign for sign in punctuation}
FUNCTION_KEYS: Final = tuple(f"f{number}" for number in range(1, 13))
NAMED: Final = (
    *("escape", "enter", "space", "backspace", "delete", "insert", "tab"),
    *("home", "end", "pageup", "pagedown", "up", "down", "left", "right"),
    *FUNCTION_KEYS,
)
"""Keys that have a name and type nothing, and the space bar."""
_WITH_NAMED: Final = ("", "ctrl", "shift", "alt", "ctrl+shift")
_WITH_CHARACTERS: Final = ("", "ctrl", "alt", "ctrl+shift")
"""What may be held down with which keys."""


def key_label(key: str) -> str:
    """Return a Textual key name as people write it."""
    modifiers, plus, name = key.rpartition("+")
    if name not in NAMED:
        name = _character(name) or name
    return f"{modifiers}{plus}{_LABELS.get(name, name)}"


def parse_key(text: str) -> str | None:
    """Return Textual's name of a key that a person wrote in either way; None where there is no such key."""
    if not text.isprintable():
        return None
    modifiers, plus, name = text.strip().rpartition("+") if len(text.strip()) > 1 else ("", "", text.strip())
    modifiers = modifiers.casefold()
    if len(name) > 1:
        name = _NAMES.get(name.casefold(), name.casefold())
    elif name and name not in _NAMES:
        name = " ".join(name.split()) and _character_to_key(name)
    known = _NAMES.get(name, name)
    fits = modifiers in _WITH_NAMED if known in NAMED else modifiers in _WITH_CHARACTERS and types(known)
    return f"{modifiers}{plus}{known}" if fits else None


def types(key: str) -> bool:
    """Return whether a key types a character where a text has the focus."""
    return _character(key).isprintable() and _character(key) != ""


def _character(key: str) -> str:
    return _SIGNS.get(key) or key_to_character(key) or ""


def nearby_keys() -> list[str]:
    """Return the keys that a misspelt one may have meant, in the words of people."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [(held, name) for held in _WITH_NAMED for name in (*NAMED, *(letters if held else ""))]
    return [key_label(f"{held}+{name}".lstrip("+")) for held, name in names]

"""What a message is to say, as the command line gives it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sent_tui.cli.options import need
from sent_tui.errors import UsageError

STDIN_LIMIT = 1_000_000
"""Bytes of a message that are read; far more than one can have."""


def given_text(text: str) -> str:
    """Return a text of the command line; `-` stands for what is on standard input."""
    return _from_stdin() if text == "-" else text


def written_of(text: str | None, template: str | None, settings: Sequence[str]) -> str | tuple[str, dict[str, str]]:
    """Return the text of a message, or the name of a template and its variables; raises UsageError."""
    need((text is None) is not (template is None), "What to send is not clear", "", "Give --text or --template.")
    if template is not None:
        return template, _variables(settings)
    need(not settings, "A text has no variables", "", "Give --set only with --template.")
    return given_text(str(text))


def _variables(settings: Sequence[str]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        need(bool(name and sign), "A variable is not understood", f"--set {setting} has no =.", "Write NAME=VALUE.")
        need(name not in variables, "A variable is set twice", f"--set {name} stands there twice.")
        variables[name] = value
    return variables


def _from_stdin() -> str:
    if sys.stdin is None:
        raise UsageError("There is no standard input", "It was closed.", "Give the text itself.")
    return sys.stdin.buffer.read(STDIN_LIMIT).decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")

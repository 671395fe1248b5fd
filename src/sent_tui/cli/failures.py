"""What went wrong, for the person and for the script: one place maps every error to words and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from sent_tui.cli.options import State
from sent_tui.cli.output import ReaderGoneError, note, note_lines, say_json
from sent_tui.config import DEBUG_VARIABLE
from sent_tui.errors import ExitCode, RefusedError, SentTuiError

READER_GONE = 141
"""As a shell says that a program ended because its reader did."""
INTERRUPTED = 130
_EXPECTED = (SentTuiError, click.ClickException, click.Abort)


def guarded(run: Callable[[], int], state: State, args: Sequence[str]) -> int:
    """Run the command line and return its exit code; whatever goes wrong is told."""
    try:
        try:
            return run()
        except ReaderGoneError:
            raise
        except Exception as error:
            if os.environ.get(DEBUG_VARIABLE) == "1" and not isinstance(error, _EXPECTED):
                raise
            return _tell(error, as_json="--json" in args if state.json is None else state.json)
    except ReaderGoneError:
        return READER_GONE
    except KeyboardInterrupt:
        return INTERRUPTED


def error_json(error: SentTuiError) -> dict[str, Any]:
    """Return an error as scripts see it; of a number also what was understood and what may have been meant."""
    return {
        "code": error.exit_code.name.lower(),
        "title": error.title,
        "message": error.message,
        "hint": error.hint,
        **_about_number(error),
    }


def _tell(error: Exception, *, as_json: bool) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        note_lines(error.format_message())
        return ExitCode.USAGE
    if isinstance(error, click.Abort):
        return INTERRUPTED if isinstance(error.__cause__, KeyboardInterrupt) else ExitCode.FAILED
    known = error if isinstance(error, SentTuiError) else _in_words(error)
    if as_json:
        say_json({"error": error_json(known)})
    note(f"sent-tui: {known}")
    return known.exit_code


def _in_words(error: Exception) -> SentTuiError:
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return SentTuiError("The system refused", f"{where}{error.strerror}.")
    from traceback import extract_tb

    last = extract_tb(error.__traceback__)[-1]
    # Neither values nor the error's own text: both can hold numbers and names.
    return SentTuiError(
        "Unexpected error",
        f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}.",
        f"Set {DEBUG_VARIABLE}=1 to see all of it.",
    )


def _usage(error: click.ClickException) -> SentTuiError:
    title, meant, other = error.format_message().partition(" Did you mean")
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f"Try `{context.command_path} --help`." if context else ""
    usage = SentTuiError(title.rstrip("."), f"{meant}{other}".strip(), hint)
    usage.exit_code = ExitCode(error.exit_code)
    return usage


def _about_number(error: SentTuiError) -> dict[str, Any]:
    # Imported by whoever raised such an error; other errors need not wait for it.
    if not isinstance(error, RefusedError) or "sent_tui.services.understanding" not in sys.modules:
        return {}
    from sent_tui.core.sent_json import number_json
    from sent_tui.services.understanding import DoubtfulNumberError, InvalidNumberError

    if isinstance(error, DoubtfulNumberError):
        return {"understood": number_json(error.number), "suggestion": error.number.e164}
    if isinstance(error, InvalidNumberError):
        understood, suggestion = error.invalid.understood, error.invalid.suggestion
        return {
            "reason": error.invalid.reason.value,
            "understood": number_json(understood) if understood else None,
            "suggestion": suggestion.e164 if suggestion else None,
        }
    return {}

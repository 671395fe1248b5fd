"""What remains of the app after an internal error: one line on the screen, and a report that tells nothing private."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import platform
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from sent_tui import __version__
from sent_tui.core.text import display, mask_number
from sent_tui.paths import make_private, state_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from rich.console import RenderableType
    from rich.traceback import Traceback
    from textual.app import App

    _Base = App[Any]
else:
    _Base = object

FATAL_EXIT_CODE: Final = 70
"""EX_SOFTWARE of sysexits.h: an error in the program itself."""
KEPT_REPORTS: Final = 20
"""Reports that are kept; older ones are deleted when a new one is written."""


class FatalErrorMixin(_Base):
    """An App that shows no traceback and no values of variables when it fails; stands before App in the bases.

    Textual's own behaviour stays under `run_test`, and for developers with the features `debug` or `devtools`.
    """

    _failed = False

    def _fatal_error(self) -> None:
        if self._shows_details():
            super()._fatal_error()
        else:
            self._stop(sys.exception() or self._exception)

    def panic(self, *renderables: RenderableType) -> None:
        """Exit because of an error that Textual would show as it is."""
        if self._shows_details():
            super().panic(*renderables)
        else:
            from rich.traceback import Traceback

            errors = [item for item in renderables if isinstance(item, BaseException | Traceback)]
            self._stop(errors[0] if errors else sys.exception())

    def _shows_details(self) -> bool:
        return self.is_headless or self.debug or "devtools" in self.features

    def _stop(self, error: BaseException | Traceback | None) -> None:
        # The first error is the cause of the others.
        message = None if self._failed else Text(fatal_message(error))
        self._failed = True
        self.error_console.soft_wrap = True  # a path in one piece can be copied
        self.exit(return_code=FATAL_EXIT_CODE, message=message)


@contextlib.contextmanager
def background_errors_reported() -> Iterator[None]:
    """Have errors of threads and forgotten tasks, which end nothing, go to a report and not to the screen."""
    reported = False

    def tell(error: BaseException | None) -> None:
        nonlocal reported
        terminal_gone = isinstance(error, OSError) and error.errno == errno.EIO
        # One report a run: what goes wrong here may go wrong every second.
        if isinstance(error, Exception) and not terminal_gone and not reported:
            reported = True
            with contextlib.suppress(OSError):
                write_report(error)

    logger, handler = logging.getLogger("asyncio"), _ErrorHandler(tell)
    threads, propagate = threading.excepthook, logger.propagate
    threading.excepthook = lambda hook: tell(hook.exc_value)
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = propagate
        logger.removeHandler(handler)
        threading.excepthook = threads


class _ErrorHandler(logging.Handler):
    """Passes on the errors of a log, and none of its words."""

    def __init__(self, tell: Callable[[BaseException | None], None]) -> None:
        super().__init__(logging.ERROR)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self._tell(record.exc_info[1])


def fatal_message(error: BaseException | Traceback | None) -> str:
    """Write a report, and return the line that tells of it."""
    stopped = "sent-tui stopped because of an internal error."
    try:
        return f"{stopped} A report is in {display(str(write_report(error)), 4096)}."
    except Exception as failure:  # noqa: BLE001 - the screen has to come back, whatever else is broken
        reason = failure.strerror if isinstance(failure, OSError) else type(failure).__name__
        return f"{stopped} No report could be written: {reason}."


def write_report(error: BaseException | Traceback | None) -> Path:
    """Write what is known about an error to a file that only its owner can read; raises OSError."""
    folder = state_folder()
    make_private(folder)
    folder.chmod(0o700)
    now = datetime.now(UTC)
    path = folder / f"crash-{now:%Y%m%d-%H%M%S-%f}.log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123
        file.write(report(error, now))
    for old in sorted(folder.glob("crash-*.log"))[:-KEPT_REPORTS]:
        old.unlink(missing_ok=True)
    return path


def report(error: BaseException | Traceback | None, now: datetime) -> str:
    """Return where an error happened, without the words of the error, which may be a name or a message."""
    from importlib.metadata import version

    facts = {
        "time": now.isoformat(timespec="seconds"),
        "sent-tui": __version__,
        "textual": version("textual"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "terminal": display(os.environ.get("TERM", "")),
    }
    lines = [*(f"{name}: {value}" for name, value in facts.items()), "", *map(mask_number, _describe(error))]
    home = str(Path("~").expanduser())
    text = "\n".join(lines) + "\n"
    return text.replace(f"{home}/", "~/") if len(home) > 1 else text


def _describe(error: BaseException | Traceback | None) -> Iterator[str]:
    if error is None:
        yield "No error is known."
    elif isinstance(error, BaseException):
        yield from _describe_chain(error, set())
    else:
        yield from _describe_rendered(error)


def _describe_rendered(error: Traceback) -> Iterator[str]:
    for stack in reversed(error.trace.stacks):
        for frame in stack.frames:
            yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
        yield stack.exc_type


def _describe_chain(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None and id(earlier) not in seen:
        yield from _describe_chain(earlier, seen)
        yield "which led to"
    yield from _describe_frames(error.__traceback__)
    yield _kind(error)
    parts = list(error.exceptions) if isinstance(error, BaseExceptionGroup) else [getattr(error, "error", None)]
    for part in parts:
        # Textual's WorkerFailed keeps the error of the worker as an attribute.
        if isinstance(part, BaseException) and id(part) not in seen:
            yield "which holds"
            yield from _describe_chain(part, seen)


def _describe_frames(trace: TracebackType | None) -> Iterator[str]:
    for line in traceback.extract_tb(trace).format():
        yield line.rstrip()


def _kind(error: BaseException) -> str:
    kind = type(error)
    number = f" {error.errno}" if isinstance(error, OSError) and error.errno is not None else ""
    return f"{kind.__module__}.{kind.__qualname__}{number}".removeprefix("builtins.")

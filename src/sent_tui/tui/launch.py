"""How the app is started: only on a real terminal, deaf to debugging switches, and with an exit code in the end."""

from __future__ import annotations

import codecs
import functools
import gc
import os
import sys
from typing import IO, TYPE_CHECKING, Any, Final

from sent_tui.config import DEBUG_VARIABLE
from sent_tui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from textual.app import App

    from sent_tui.services.workspace import Workspace

HARMLESS: Final = frozenset(
    "TEXTUAL_" + name
    for name in (
        *("ALLOW_SIGNALS", "ANIMATIONS", "COLOR_SYSTEM", "DIM_FACTOR", "DISABLE_KITTY_KEY", "FILTERS", "FPS"),
        *("SLOW_THRESHOLD", "SMOOTH_SCROLL", "SPEEDUPS", "THEME"),
    )
)
"""Textual's variables that only concern looks and speed."""
FRAMES: Final = "240"
"""Paints in a second, at most. A paint waits for one or two frames after the one before; of Textual's own 60, a key
that is painted twice, as it is typed and when its rows are found, would wait for longer than it takes."""
TURN: Final = 0.0005
"""Seconds after which a thread that computes gives way to the event loop. Of Python's own 0.005, a paint that waits
for a file or a lock a few times while a search is under way would be late."""
NO_TERMINALS: Final = ("dumb", "unknown")
"""Values of TERM that promise no cursor movement."""
SCRIPT_HINT: Final = "In scripts, use its commands: `sent-tui contacts --help`."


def run(workspace: Workspace, *, theme: str = "", mouse: bool = True, region: str = "") -> int:
    """Open the app on a workspace, and return the exit code of the process.

    `region` is the country that the create form begins with.

    Raises UsageError where there is no terminal to open it on.
    """
    check_terminal()
    prepare_environment()
    # Textual reads the environment when it is imported.
    from sent_tui.tui.app import SentApp

    return run_app(SentApp(workspace, theme=theme, region=region), mouse=mouse)


def run_app(app: App[Any], *, mouse: bool = True) -> int:
    """Run any app until it ends, is told to by a signal or loses its terminal; return the exit code.

    Call `prepare_environment` before Textual is imported. Raises UsageError where there is no terminal.
    """
    check_terminal()
    warn_of_encoding()
    from sent_tui.tui.fatal import FATAL_EXIT_CODE, background_errors_reported, fatal_message
    from sent_tui.tui.guard import TerminalGuard

    accept_any_bytes()
    sys.setswitchinterval(TURN)
    guard = TerminalGuard(app)
    try:
        with guard, background_errors_reported():
            guard.run(mouse=mouse)
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE) == "1":
            raise
        sys.stderr.write(f"{fatal_message(error)}\n")
        return FATAL_EXIT_CODE
    return guard.exit_code or app.return_code or 0


def check_terminal() -> None:
    """Raise UsageError unless there is a terminal that the app can be shown on."""
    for stream, name in ((sys.__stdin__, "stdin"), (sys.__stderr__, "stderr")):
        if not _is_terminal(stream):
            raise UsageError("This needs a terminal", f"The app cannot be opened: {name} is not one.", SCRIPT_HINT)
    kind = os.environ.get("TERM", "")
    if kind in NO_TERMINALS:
        raise UsageError("This needs a terminal", f"The app cannot be shown on one of TERM={kind}.", SCRIPT_HINT)


def hurry() -> None:
    """Look for no garbage until the list is shown, when the app looks again: before that, all that is made stays."""
    gc.disable()


def warn_of_encoding() -> None:
    """Say on stderr that signs will be missing, where the locale has no UTF-8."""
    stream = sys.__stderr__
    if stream is not None and codecs.lookup(stream.encoding).name != "utf-8":
        stream.write(f"This locale writes {stream.encoding}: signs it lacks are shown as codes. Try LANG=C.UTF-8.\n")
        stream.flush()


def prepare_environment(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set how often Textual paints, and remove what would make it tell others of the screen, or misread a wish."""
    environ.setdefault("TEXTUAL_FPS", FRAMES)
    if environ.get("NO_COLOR") == "":  # no-color.org: empty does not count, but Textual counts it
        del environ["NO_COLOR"]
    if environ.get(DEBUG_VARIABLE) == "1":
        return  # these variables have the screen written to files and sockets, which is what a developer wants
    for name in [name for name in environ if name.startswith("TEXTUAL") and name not in HARMLESS]:
        del environ[name]


def accept_any_bytes() -> None:
    """Have Textual show keys that are not UTF-8 as replacement characters, instead of ending the app."""
    from textual.drivers import linux_driver

    vars(linux_driver)["getincrementaldecoder"] = _lenient_decoder


def _lenient_decoder(encoding: str) -> functools.partial[codecs.IncrementalDecoder]:
    return functools.partial(codecs.getincrementaldecoder(encoding), errors="replace")


def _is_terminal(stream: IO[str] | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False

"""How the app is started: only on a real terminal, deaf to debugging switches, and with an exit code in the end."""

from __future__ import annotations

import codecs
import functools
import gc
import os
import sys
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, Final, TextIO

from sent_tui.config import DEBUG_VARIABLE
from sent_tui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from textual.app import App

    from sent_tui.config import Loaded
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
PAUSE: Final = timedelta(seconds=0.15)
"""How long keys rest before what stands beside a list follows its cursor: longer than until a held key comes again."""
WEB_DRIVER: Final = "textual.drivers.web_driver:WebDriver"
"""The driver that textual-serve has an app use: it speaks to a browser over stdin and stdout."""
NO_TERMINALS: Final = ("dumb", "unknown")
"""Values of TERM that promise no cursor movement."""
SCRIPT_HINT: Final = "In scripts, use its commands: `sent-tui contacts --help`."


def run(workspace: Workspace, loaded: Loaded) -> int:
    """Open the app on a workspace, as the settings say, and return the exit code of the process.

    Raises UsageError where there is neither a terminal nor a browser to open it on, and for settings that only the app
    can judge.
    """
    check_terminal()
    prepare_environment()
    # Textual reads the environment when it is imported.
    from sent_tui.core.quiet_hours import read_quiet_hours
    from sent_tui.services.settings import SettingsService
    from sent_tui.tui.app import SentApp
    from sent_tui.tui.keymap import read_keymap

    settings = loaded.settings
    keymap = read_keymap(loaded.keys, str(loaded.file))
    app = SentApp(
        workspace,
        theme=settings.theme,
        region=settings.region or "",
        rate=settings.rate,
        keymap=keymap,
        outbox=timedelta(seconds=settings.outbox_seconds),
        pause=PAUSE,
        quiet=read_quiet_hours(settings.quiet_hours),
        settings=SettingsService(loaded, os.environ),
        ascii_only=needs_ascii() and not in_browser() if settings.ascii is None else settings.ascii,
    )
    if in_browser():
        app.run(mouse=settings.mouse)
        return app.return_code or 0
    return run_app(app, mouse=settings.mouse)


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
    """Raise UsageError unless there is a terminal that the app can be shown on, or a browser at the other end."""
    if in_browser():
        return
    for stream, name in ((sys.__stdin__, "stdin"), (sys.__stderr__, "stderr")):
        if not _is_terminal(stream):
            raise UsageError("This needs a terminal", f"The app cannot be opened: {name} is not one.", SCRIPT_HINT)
    kind = os.environ.get("TERM", "")
    if kind in NO_TERMINALS:
        raise UsageError("This needs a terminal", f"The app cannot be shown on one of TERM={kind}.", SCRIPT_HINT)


def in_browser(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether a server shows the app in a browser."""
    return environ.get("TEXTUAL_DRIVER") == WEB_DRIVER and not _is_terminal(sys.__stdout__)


def hurry() -> None:
    """Look for no garbage until the list is shown, when the app looks again: before that, all that is made stays."""
    gc.disable()


def needs_ascii(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether the terminal or the locale has no signs but those of ASCII."""
    return environ.get("TERM", "").partition("-")[0] == "linux" or not _writes_utf8(sys.__stderr__)


def warn_of_encoding() -> None:
    """Say on stderr that letters will be missing, where the locale has no UTF-8."""
    stream = sys.__stderr__
    if stream is not None and not _writes_utf8(stream):
        stream.write(f"This locale writes {stream.encoding}: letters it lacks are shown as codes. Try LANG=C.UTF-8.\n")
        stream.flush()


def _writes_utf8(stream: TextIO | None) -> bool:
    return stream is None or codecs.lookup(stream.encoding).name == "utf-8"


def prepare_environment(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set how often Textual paints, and remove what would make it tell others of the screen, or misread a wish."""
    environ.setdefault("TEXTUAL_FPS", FRAMES)
    if environ.get("NO_COLOR") == "":  # no-color.org: empty does not count, but Textual counts it
        del environ["NO_COLOR"]
    if environ.get(DEBUG_VARIABLE) == "1":
        return  # these variables have the screen written to files and sockets, which is what a developer wants
    kept = HARMLESS | {"TEXTUAL_DRIVER"} if in_browser(environ) else HARMLESS
    for name in [name for name in environ if name.startswith("TEXTUAL") and name not in kept]:
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

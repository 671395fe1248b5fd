"""Signals and lost terminals: the app is asked to leave, and the terminal is put back whatever happens.

Textual by itself dies of SIGTERM, SIGHUP and SIGQUIT without closing anything, reads on for ever from a terminal
that is gone, and waits for ever for one that no longer takes output.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import select
import signal
import sys
import termios
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self

from sent_tui.tui.cell_driver import with_cells
from sent_tui.tui.title import with_title

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from textual.app import App
    from textual.driver import Driver

LEAVE: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
"""The signals that ask the app to leave."""
INSIST_AFTER: Final = 1.0
"""Seconds after which the app is stopped even where it waits for something, and output is thrown away."""
GIVE_UP_AFTER: Final = 3.0
"""Seconds after which the process ends, whatever the app is doing."""
HEAR_WITHIN: Final = 1.0
"""Seconds that an app continued in the background listens for what asks it to leave, before it stops again."""
KILL_AFTER: Final = 5
"""Seconds after which the kernel ends the process, should Python itself be stuck."""
RESET: Final = (
    b"\x1b\\"  # ends a sequence that was cut
    b"\x1b[<u"  # keyboard protocol, which belongs to the alternate screen
    b"\x1b[?2026l\x1b[?2048l\x1b[?2004l\x1b[?1004l"  # synchronised output, resize reports, paste, focus
    b"\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"  # mouse
    b"\x1b[0m\x1b[?7h\x1b[?1049l\x1b[?25h"  # colours, line wrap, alternate screen, cursor
    b"\x1b[23;2t"  # title
)
"""Undoes whatever Textual may have set in a terminal."""
RESET_PIXELS: Final = b"\x1b[?1016l"
"""Undoes what Textual itself leaves set."""
_TOUCHED: Final = (
    *LEAVE,
    *(signal.SIGALRM, signal.SIGCONT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGWINCH),
)
_NOTHING: Final = b"\0"


class SavedTerminal:
    """The terminal as it was found: keyboard on stdin, screen on stderr."""

    def __init__(self) -> None:
        self.keyboard = 0 if sys.__stdin__ is None else sys.__stdin__.fileno()
        self.screen = 2 if sys.__stderr__ is None else sys.__stderr__.fileno()
        self._attributes: list[Any] | None = None
        with contextlib.suppress(termios.error):
            self._attributes = termios.tcgetattr(self.keyboard)

    def is_ours(self) -> bool:
        """Whether we are in the foreground; in the background the terminal is somebody else's."""
        try:
            return os.tcgetpgrp(self.keyboard) == os.getpgrp()
        except OSError:
            return True  # no job control here

    def is_gone(self) -> bool:
        """Whether the other end was closed."""
        poll = select.poll()
        self.watch(poll)
        return bool(poll.poll(0))

    def watch(self, poll: select.poll) -> None:
        """Have a poll report the end of the terminal, and nothing else."""
        for descriptor in (self.keyboard, self.screen):
            poll.register(descriptor, 0)

    def write(self, data: bytes) -> None:
        """Write without ever waiting; what does not fit is lost."""
        with contextlib.suppress(OSError):
            # The flag is shared with whoever else has the terminal open, such as the shell.
            blocking = os.get_blocking(self.screen)
            os.set_blocking(self.screen, False)
            try:
                os.write(self.screen, data)
            finally:
                os.set_blocking(self.screen, blocking)

    def drop_output(self) -> None:
        """Throw away what was written and not yet read, so that there is room."""
        with contextlib.suppress(termios.error):
            termios.tcflush(self.screen, termios.TCOFLUSH)

    def restore(self, *, screen: bool) -> None:
        """Put the keyboard back, and the screen where nobody else did, without waiting for output."""
        if not self.is_ours():
            return
        with contextlib.suppress(termios.error):
            termios.tcflush(self.keyboard, termios.TCIFLUSH)
        if self._attributes is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.keyboard, termios.TCSANOW, self._attributes)
        if screen:
            self.write(RESET)

    def abandon(self) -> None:
        """Turn a terminal that is gone into /dev/null, so that nothing later fails by writing to it."""
        with open(os.devnull, "r+b") as nowhere:  # noqa: PTH123 - a descriptor is wanted
            for descriptor in (self.keyboard, self.screen):
                os.dup2(nowhere.fileno(), descriptor)


def leaving_when_asked(kind: type[Driver], is_asked_to_leave: Callable[[], bool]) -> type[Driver]:
    """Return a kind of driver that comes back from being suspended unless it is asked to leave."""

    class LeavingDriver(kind):  # type: ignore[valid-type, misc]
        _listens = False

        def resume_application_mode(self) -> None:
            if self._listens:
                return  # continued once more meanwhile; who listens will see
            self._listens = True
            leaves = is_asked_to_leave()
            self._listens = False
            if not leaves:
                super().resume_application_mode()

    return LeavingDriver


class TerminalGuard:
    """Runs an app so that signals and a lost terminal end it in order; a context manager of the main thread."""

    def __init__(self, app: App[Any]) -> None:
        self.signal = 0
        """What asked the app to leave; SIGHUP for a terminal that is gone, 0 for nothing."""
        self._app = app
        self._terminal = SavedTerminal()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._ended = threading.Event()
        self._output_lost = False
        self._watcher = threading.Thread(target=self._watch, name="terminal-guard", daemon=True)

    def __enter__(self) -> Self:
        self._handlers = {number: signal.getsignal(number) for number in _TOUCHED}
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        # The C part of a handler tells the watcher at once, the Python part when the main thread gets to it.
        self._wakeup = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in LEAVE:
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        self._watcher.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._ended.set()
        self._tell(_NOTHING)
        self._watcher.join()
        signal.alarm(0)
        if self._terminal.is_gone():
            self.signal = self.signal or signal.SIGHUP
            self._terminal.abandon()
        elif kind is not None or self._output_lost:
            self._terminal.restore(screen=True)
        elif self._terminal.is_ours():
            self._terminal.write(RESET_PIXELS)
        self._forget()

    @property
    def exit_code(self) -> int | None:
        """What a shell reports for a program that a signal ended, or None when none did."""
        return 128 + self.signal if self.signal else None

    def run(self, *, mouse: bool = True) -> None:
        """Run the app until it ends, or is made to."""
        kind = leaving_when_asked(self._app.driver_class, self._is_asked_to_leave)
        self._app.driver_class = with_title(with_cells(kind))
        try:
            asyncio.run(self._main(mouse))
        except asyncio.CancelledError:
            if not self.signal:
                raise

    async def _main(self, mouse: bool) -> None:
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        # A signal from before this line found no loop to tell; a later one does.
        if not self.signal:
            await self._app.run_async(mouse=mouse)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.signal = self.signal or number
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        self._tell(bytes([number]))

    def _is_asked_to_leave(self) -> bool:
        """Whether an app that was continued shall end instead of coming back to the screen.

        A shell's `kill` of a suspended job continues it as well, and another thread may take the signal that matters
        a moment later. Textual would be stopped again by coming back in the background, and never hear of it.
        """
        end = time.monotonic() + HEAR_WITHIN
        while not self.signal and not self._terminal.is_ours() and time.monotonic() < end:
            time.sleep(0.02)
        return self.signal != 0

    def _tell(self, message: bytes) -> None:
        with contextlib.suppress(BlockingIOError):  # a full pipe wakes the watcher just as well
            os.write(self._writer, message)

    def _forget(self) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._reader)
        os.close(self._writer)

    # In the watcher's thread

    def _watch(self) -> None:
        # Whoever sets the terminal from the background would be stopped; the mask is this thread's own.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        self._wait_for_reason()
        if self._ended.is_set():
            return
        signal.alarm(KILL_AFTER)
        self._in_loop(self._leave)
        if self._ended.wait(INSIST_AFTER):
            return
        self._in_loop(self._insist)
        end = time.monotonic() + GIVE_UP_AFTER - INSIST_AFTER
        while time.monotonic() < end:
            self._discard_output()
            if self._ended.wait(0.05):
                return
        self._terminal.restore(screen=self._output_lost)
        os._exit(128 + self.signal)

    def _wait_for_reason(self) -> None:
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        self._terminal.watch(poll)
        while not self._ended.is_set() and not self.signal:
            # The end of a terminal wakes a poll; the time limit is for systems where it does not.
            for descriptor, _ in poll.poll(1000):
                if descriptor != self._reader:
                    self.signal = self.signal or signal.SIGHUP
                elif asked := [number for number in os.read(self._reader, 4096) if number in LEAVE]:
                    self.signal = self.signal or asked[0]

    def _in_loop(self, callback: Callable[[], object]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                self._loop.call_soon_threadsafe(callback)

    def _discard_output(self) -> None:
        """Free whoever waits for a terminal that takes no output: the event loop, and Textual's writer thread."""
        writer = getattr(self._app._driver, "_writer_thread", None)  # noqa: SLF001 - Textual has no door for this
        if writer is None or not writer.is_alive():
            return
        self._output_lost = True
        waiting = writer._queue  # noqa: SLF001
        with contextlib.suppress(queue.Empty, queue.Full):
            while waiting.get_nowait() is not None:
                pass
            waiting.put_nowait(None)  # the word to end
        self._terminal.drop_output()
        # Room alone does not wake a write; a signal does.
        signal.pthread_kill(writer.ident, self.signal)

    # In the event loop

    def _leave(self) -> None:
        driver = self._app._driver  # noqa: SLF001 - Textual has no door for this
        if driver is not None and not self._terminal.is_ours():
            vars(driver)["attrs_before"] = None
        self._app.exit()

    def _insist(self) -> None:
        # Once the app is closing, cancelling would only interrupt that.
        if self._task is not None and self._app.is_running:
            self._task.cancel()

"""A small app for tests of how the app ends: `form.py FILE [DEED [MOMENT]]`.

What was typed goes to FILE when the app is unmounted. A deed is done at a moment of the app's life: `load`, `compose`,
`mount`, `key` for the key F2, `unmount`, or `guard`, which is before the app runs. The key F3 draws without end. New
sizes and frames are told on the descriptor BEATS, if that is set.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sent_tui.errors import SentTuiError
from sent_tui.tui.launch import prepare_environment, run_app

prepare_environment()

from textual._xterm_parser import XTermParser  # noqa: E402 - reads the environment
from textual.app import App  # noqa: E402
from textual.drivers import linux_driver  # noqa: E402
from textual.widgets import Input, Static  # noqa: E402

from sent_tui.tui.fatal import FatalErrorMixin  # noqa: E402
from sent_tui.tui.guard import TerminalGuard  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.events import Resize

NAME = "Ada Okafor"
BROKEN_CSS = "Screen { color: +1 415-555-0123; }"


class Form(FatalErrorMixin, App[None]):
    """One field, and a moment for a deed."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [("f2", "act", "Act"), ("f3", "flood", "Flood"), ("ctrl+z", "suspend_process", "Suspend")]

    def __init__(self, file: Path, deed: str = "", moment: str = "") -> None:
        super().__init__()
        self.file, self.deed, self.moment = file, deed, moment
        self.typed = ""
        self.frames = 0

    def at(self, moment: str) -> None:
        if moment == self.moment:
            DEEDS[self.deed](self)

    def on_load(self) -> None:
        self.at("load")

    def compose(self) -> ComposeResult:
        self.at("compose")
        yield Input(max_length=80)
        yield Static("ready", id="line")

    def on_mount(self) -> None:
        self.at("mount")

    def on_resize(self, event: Resize) -> None:
        tell(f"{event.size.width}x{event.size.height}\n")

    def on_input_changed(self, event: Input.Changed) -> None:
        self.typed = event.value
        self.query_one("#line", Static).update(f"{len(event.value)} typed")

    async def action_act(self) -> None:
        if self.deed == "wait":
            self.query_one("#line", Static).update("waiting")
            await asyncio.Event().wait()
        self.at("key")

    def action_flood(self) -> None:
        self.set_interval(0.01, self.draw)

    def draw(self) -> None:
        self.frames += 1
        text = "".join(chr(33 + (self.frames * 31 + cell * cell) % 90) for cell in range(4000))
        self.query_one("#line", Static).update(text.replace("[", "("))
        tell(".")

    def on_unmount(self) -> None:
        self.file.write_text(self.typed, encoding="utf-8")
        self.at("unmount")


def tell(news: str) -> None:
    if "BEATS" in os.environ:
        os.write(int(os.environ["BEATS"]), news.encode())


def fail(_app: Form) -> None:
    number = "+1 415-555-0123"
    key = "key-of-nobody-in-particular"
    raise ValueError(f"{NAME} at {number} with {key}, also {int('4155550177')}")


def fail_in_widget(app: Form) -> None:
    app.query_one(Input).call_later(fail, app)


def fail_twice(app: Form) -> None:
    fail_in_widget(app)
    fail_while_drawing(app)


def fail_while_drawing(app: Form) -> None:
    line = app.query_one("#line", Static)
    vars(line)["render"] = lambda: fail(app)
    line.refresh()


def fail_in_worker(app: Form) -> None:
    app.run_worker(lambda: fail(app), thread=True)


def fail_in_thread(app: Form) -> None:
    thread = threading.Thread(target=fail, args=(app,))
    thread.start()
    thread.join()
    app.exit()


def fail_in_task(app: Form) -> None:
    async def task() -> None:
        fail(app)

    task_of_nobody: Any = asyncio.get_running_loop().create_task(task())
    task_of_nobody.add_done_callback(lambda _: app.exit())


def fail_with_markup(app: Form) -> None:
    app.query_one("#line", Static).update(f"{NAME} [/]")


def fail_with_style(app: Form) -> None:
    app.stylesheet.add_source(BROKEN_CSS)
    app.stylesheet.parse()


def fail_in_reader(app: Form) -> None:
    def feed(_parser: XTermParser, _data: str) -> Any:
        fail(app)

    vars(linux_driver)["XTermParser"] = type("Parser", (XTermParser,), {"feed": feed})


def exit_system(_app: Form) -> None:
    sys.exit(3)


def work_on(app: Form) -> None:
    app.run_worker(lambda: time.sleep(60), thread=True)
    app.query_one("#line", Static).update("working")


DEEDS: dict[str, Callable[[Form], object]] = {
    "fail": fail,
    "widget": fail_in_widget,
    "twice": fail_twice,
    "drawing": fail_while_drawing,
    "worker": fail_in_worker,
    "thread": fail_in_thread,
    "task": fail_in_task,
    "markup": fail_with_markup,
    "style": fail_with_style,
    "reader": fail_in_reader,
    "work": work_on,
    "exit": exit_system,
    "term": lambda _app: os.kill(os.getpid(), signal.SIGTERM),
}


def main() -> int:
    app = Form(Path(sys.argv[1]), *sys.argv[2:])
    if app.moment == "guard":
        with TerminalGuard(app) as guard:
            app.at("guard")
            guard.run()
        return guard.exit_code or 0
    return run_app(app)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SentTuiError as error:
        (sys.stderr or sys.stdout).write(f"{error}\n")
        sys.exit(error.exit_code)

from __future__ import annotations

import inspect
import io
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread

from sent_tui.config import DEBUG_VARIABLE
from sent_tui.core.text import mask_number
from sent_tui.errors import ExitCode, UsageError
from sent_tui.tui import fatal, launch
from sent_tui.tui.fatal import FatalErrorMixin, report, write_report
from sent_tui.tui.guard import RESET

if TYPE_CHECKING:
    from collections.abc import Callable

    from sent_tui.config import Loaded
    from sent_tui.services.workspace import Workspace

NOBODY: dict[str, str] = {}
NOW = datetime(2026, 11, 23, 10, 15, 30, tzinfo=UTC)


class FailingApp(FatalErrorMixin, App[None]):
    def on_mount(self) -> None:
        raise ValueError("on purpose")


def caught(fail: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as info:  # noqa: PT011 - whichever it is
        fail()
    return info.value


def chained() -> None:
    try:
        _ = NOBODY["Ada Okafor"]
    except KeyError as error:
        raise OSError(13, "+1 415-555-0123") from error


def grouped() -> None:
    raise ExceptionGroup("Bo Lindqvist", [caught(chained), ValueError("+1 415-555-0177")])


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state" / "sent-tui"
    monkeypatch.setattr(fatal, "state_folder", lambda: folder)
    return folder


def test_textual_still_has_the_private_names_in_use() -> None:
    assert "_fatal_error" in vars(App)
    assert "panic" in vars(App)
    assert {"_driver", "_exception"} <= set(vars(FailingApp()))
    assert "getincrementaldecoder(" in inspect.getsource(linux_driver.LinuxDriver.run_input_thread)
    source = inspect.getsource(linux_driver.LinuxDriver)
    assert "self._writer_thread = WriterThread(" in source
    assert "self.attrs_before is not None" in source
    assert "_queue" in vars(WriterThread(io.StringIO()))


def test_everything_textual_sets_is_reset() -> None:
    source = inspect.getsource(linux_driver)
    modes = set(re.findall(r'^ +(?:self\.)?write\("\\x1b\[\?(\d+)h"', source, re.MULTILINE)) - {"7", "25"}
    assert "1049" in modes
    assert {mode for mode in modes if f"\x1b[?{mode}l".encode() not in RESET} == set()


async def test_failures_are_seen_by_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fatal, "write_report", None)
    with pytest.raises(ValueError, match="on purpose"):
        async with FailingApp().run_test():
            pass


def test_a_report_says_where_and_not_what() -> None:
    text = report(caught(chained), NOW)
    assert text.startswith("time: 2026-11-23T10:15:30+00:00\nsent-tui: ")
    assert text.index("\nKeyError\nwhich led to\n") < text.index("in chained\n    raise OSError")
    assert text.endswith("\nPermissionError 13\n")
    assert "Traceback" not in text


def test_a_report_has_every_error_of_a_group() -> None:
    text = report(caught(grouped), NOW)
    assert text.index("\nExceptionGroup\nwhich holds\n") < text.index("\nPermissionError 13\nwhich holds\nValueError\n")


def test_a_report_ends_where_errors_lead_to_themselves() -> None:
    first, second = ValueError(), TypeError()
    first.__context__, second.__context__ = second, first
    assert report(first, NOW).endswith("\nTypeError\nwhich led to\nValueError\n")


def test_a_report_without_an_error() -> None:
    assert report(None, NOW).endswith("\nNo error is known.\n")


def test_numbers_in_a_report_are_masked(tmp_path: Path) -> None:
    source = tmp_path / "+14155550123.py"
    source.write_text("raise ValueError")
    text = report(caught(lambda: exec(compile(source.read_text(), str(source), "exec"))), NOW)
    assert "5550123" not in text
    assert "***23.py" in text


def test_the_home_of_a_person_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for home, shown in ((str(Path(__file__).parent), "~/test_launch.py"), ("/", __file__)):
        monkeypatch.setenv("HOME", home)
        assert f'File "{mask_number(shown)}", line' in report(caught(chained), NOW)


def test_nothing_fails_while_a_failure_is_told(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fatal, "report", chained)
    assert fatal.fatal_message(ValueError()).endswith(" No report could be written: TypeError.")


def test_reports_are_for_their_owner_alone(state: Path) -> None:
    state.mkdir(parents=True, mode=0o755)
    before = os.umask(0)
    try:
        path = write_report(ValueError())
    finally:
        os.umask(before)
    assert path.parent == state
    assert state.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600


def test_old_reports_are_deleted(state: Path) -> None:
    paths = [write_report(ValueError()) for _ in range(fatal.KEPT_REPORTS + 2)]
    assert sorted(state.iterdir()) == paths[2:]


def test_switches_that_tell_what_is_on_the_screen_are_removed() -> None:
    kept = {"TEXTUAL_THEME": "nord", "TEXTUAL_FPS": "30", "TERM": "xterm", DEBUG_VARIABLE: "0"}
    leaks = dict.fromkeys(("TEXTUAL", "TEXTUAL_LOG", "TEXTUAL_DEVTOOLS_HOST", "TEXTUAL_PRESS", "TEXTUAL_NEW"), "1")
    environ = kept | leaks
    launch.prepare_environment(environ)
    assert environ == kept


def test_a_paint_follows_soon_after_another_one_unless_somebody_said_how_soon() -> None:
    environ: dict[str, str] = {}
    launch.prepare_environment(environ)
    assert environ == {"TEXTUAL_FPS": launch.FRAMES}


def test_developers_keep_the_switches() -> None:
    environ = {"TEXTUAL_LOG": "log", DEBUG_VARIABLE: "1"}
    launch.prepare_environment(environ)
    assert "TEXTUAL_LOG" in environ


@pytest.mark.parametrize(("value", "kept"), [("", False), ("1", True), ("0", True)])
def test_an_empty_no_color_does_not_count(value: str, kept: bool) -> None:
    environ = {"NO_COLOR": value}
    launch.prepare_environment(environ)
    assert ("NO_COLOR" in environ) == kept


@pytest.mark.parametrize("stream", [None, io.StringIO(), "closed"])
def test_the_app_is_refused_without_a_terminal(stream: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if stream == "closed":
        stream = io.StringIO()
        stream.close()
    monkeypatch.setattr(sys, "__stdin__", stream)
    with pytest.raises(UsageError) as caught_error:
        launch.run(cast("Workspace", None), cast("Loaded", None))
    assert caught_error.value.exit_code == ExitCode.USAGE
    assert "sent-tui contacts" in str(caught_error.value)
    assert "\n" not in str(caught_error.value)


def test_the_decoder_is_lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    names = vars(linux_driver)
    monkeypatch.setitem(names, "getincrementaldecoder", names["getincrementaldecoder"])
    launch.accept_any_bytes()
    decoder = names["getincrementaldecoder"]("utf-8")()
    assert decoder.decode(b"caf\xe9 \xe2\x82") == "caf\ufffd "
    assert decoder.decode(b"\xac\xff", final=True) == "€\ufffd"

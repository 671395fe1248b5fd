"""Each system call of one write: the writer is killed in it, or the call fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fault_campaign.client import Server
from fault_campaign.subjects import OURS, PLAIN
from fault_campaign.syscalls import Bench, NoTraceError, cases, failing, killing
from fault_campaign.table import Figures, control, ours


def gone_through(
    server: Server, folder: Path, subject: str, kind: str, meddle: Callable[[Bench, Figures], None]
) -> Figures:
    (case,) = cases(subject, 1, (kind,))
    figures = ours("a system call") if subject == OURS else control("a system call", subject)
    try:
        meddle(Bench(server, folder, case), figures)
    except NoTraceError as error:
        pytest.skip(str(error))
    assert figures.trials > 0
    return figures


def test_killed_in_each_call(server: Server, tmp_path: Path) -> None:
    figures = gone_through(server, tmp_path, OURS, "add", killing)
    assert figures.bad_trials == 0, figures.details


def test_a_file_written_in_place_is_found_broken(server: Server, tmp_path: Path) -> None:
    figures = gone_through(server, tmp_path, PLAIN, "delete", killing)
    assert figures.bad["unreadable"] > 0


def test_each_call_fails_once(server: Server, tmp_path: Path) -> None:
    figures = gone_through(server, tmp_path, OURS, "add", failing)
    assert figures.bad_trials == 0, figures.details
    assert figures.info["told"] > 0


def test_a_bare_failure_is_noticed(server: Server, tmp_path: Path) -> None:
    figures = gone_through(server, tmp_path, PLAIN, "add", failing)
    assert figures.bad["not in words"] > 0

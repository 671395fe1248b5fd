"""Garbage is looked for in pauses, and never while something is being painted."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from sent_tui.tui import garbage
from sent_tui.tui.garbage import PAUSES, IdleCollector


class Loop:
    """A clock and a timer that are moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def monotonic(self) -> float:
        return self.now

    def call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        self.due.append((self.now + seconds, callback))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        passed = [callback for at, callback in self.due if at <= self.now]
        self.due = [(at, callback) for at, callback in self.due if at > self.now]
        for callback in passed:
            callback()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    made = Loop()
    monkeypatch.setattr(garbage, "time", made)
    return made


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    generations: list[int] = []
    monkeypatch.setattr(gc, "collect", generations.append)
    return generations


def test_nothing_is_looked_for_until_the_screen_stands_still(loop: Loop, collected: list[int]) -> None:
    collector = IdleCollector(loop.call_later)
    for _ in range(5):
        collector.painted()
        loop.wait(PAUSES[1] / 2)
    assert collected == []
    assert len(loop.due) == len(PAUSES)
    loop.wait(PAUSES[1] / 2)
    assert collected == [1]


def test_a_long_pause_is_for_everything_and_used_once(loop: Loop, collected: list[int]) -> None:
    collector = IdleCollector(loop.call_later)
    collector.painted()
    for _ in range(100):
        loop.wait(1)
    assert collected == [1, 2]
    assert loop.due == []


def test_a_long_pause_begins_anew_with_each_paint(loop: Loop, collected: list[int]) -> None:
    collector = IdleCollector(loop.call_later)
    for _ in range(5):
        collector.painted()
        loop.wait(PAUSES[2] / 2)
    assert collected == [1] * 5
    loop.wait(PAUSES[2] / 2)
    assert collected == [1] * 5 + [2]


def test_what_was_made_before_is_not_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, tuple[int, ...]]] = []
    for name in ("freeze", "set_threshold", "enable"):
        monkeypatch.setattr(gc, name, lambda *values, name=name: calls.append((name, values)))
    IdleCollector(Loop().call_later).begin()
    assert calls == [("freeze", ()), ("set_threshold", garbage.THRESHOLDS), ("enable", ())]

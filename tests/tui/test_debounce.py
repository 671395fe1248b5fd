"""What follows the keys: at once after a rest, never while a key is held, and once it is let go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sent_tui.tui import debounce
from sent_tui.tui.debounce import Debounce

PAUSE, HELD = 0.15, 0.03


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
        end = self.now + seconds
        while passed := sorted((due for due in self.due if due[0] <= end), key=lambda due: due[0])[:1]:
            self.due.remove(passed[0])
            self.now = passed[0][0]
            passed[0][1]()
        self.now = end


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    made = Loop()
    monkeypatch.setattr(debounce, "time", made)
    return made


@pytest.fixture
def ran(loop: Loop) -> list[float]:
    """When the action ran."""
    return []


@pytest.fixture
def following(loop: Loop, ran: list[float]) -> Debounce:
    return Debounce(lambda: ran.append(loop.now), loop.call_later, PAUSE)


def test_a_key_after_a_rest_is_followed_at_once(loop: Loop, following: Debounce, ran: list[float]) -> None:
    for _ in range(3):
        following.request()
        assert ran[-1] == loop.now
        loop.wait(PAUSE)
    assert len(ran) == 3
    assert loop.due == []


def test_a_held_key_is_followed_when_it_is_let_go(loop: Loop, following: Debounce, ran: list[float]) -> None:
    for _ in range(20):
        following.request()
        loop.wait(HELD)
    assert ran == [100.0]
    assert len(loop.due) == 1
    loop.wait(1)
    assert ran == [100.0, pytest.approx(100 + 19 * HELD + PAUSE)]
    assert loop.due == []


def test_what_is_put_off_is_done_once(loop: Loop, following: Debounce, ran: list[float]) -> None:
    following.flush()
    assert ran == []
    following.request()
    following.request()
    loop.wait(HELD)
    following.flush()
    loop.wait(1)
    assert ran == [100.0, 100 + HELD]


def test_without_a_pause_nothing_is_put_off(loop: Loop, ran: list[float]) -> None:
    following = Debounce(lambda: ran.append(loop.now), loop.call_later, 0)
    for _ in range(3):
        following.request()
    assert len(ran) == 3
    assert loop.due == []

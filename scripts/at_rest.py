"""When an app under test has come to rest: its event loop has nothing to run, it draws no frame, and no thread works.

Textual's own pilot takes an app for idle whose process used little of the processor for some milliseconds. A process
that waits for its turn uses little too, so that a test would look too early on a busy machine. Here the event loop
itself is asked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

import textual.app
import textual.pilot
from textual.pilot import Pilot

FRAME: Final = 1 / 50
"""Seconds: what is due within so many is waited for. Textual draws and animates every sixtieth of one."""
PATIENCE: Final = 60.0
"""Seconds after which a test fails whose app does not come to rest."""
_ends: Final[WeakSet[asyncio.Future[None]]] = WeakSet()
"""One for each work that was given to a thread: done once the event loop has heard of its end."""
_turns: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]] = WeakKeyDictionary()


async def loop_at_rest(*_: float) -> None:
    """Wait until the event loop has nothing to run but this, and no timer is due within a frame."""
    loop = asyncio.get_running_loop()
    # Two that wait would each find the other one running.
    async with _turns.setdefault(loop, asyncio.Lock()):
        end = time.monotonic() + PATIENCE
        while (wait := _seconds_to_wait(loop)) is not None:
            if time.monotonic() > end:
                raise TimeoutError("the app does not come to rest")
            await asyncio.sleep(wait)


def _seconds_to_wait(loop: asyncio.AbstractEventLoop) -> float | None:
    """Return after how many seconds to look again; None when a loop is at rest."""
    parts = vars(loop)
    if parts["_ready"]:
        return 0
    now = loop.time()
    due = [timer.when() for timer in parts["_scheduled"] if not timer.cancelled() and timer.when() <= now + FRAME]
    return max(0.0, min(due) - now) if due else None


async def at_rest() -> None:
    """Wait until no thread works for the event loop either, not even one of a worker that was cancelled."""
    loop = asyncio.get_running_loop()
    end = time.monotonic() + PATIENCE
    await loop_at_rest()
    while at_work := [ended for ended in _ends if ended.get_loop() is loop and not ended.done()]:
        await asyncio.wait(at_work, timeout=max(0.0, end - time.monotonic()))
        if time.monotonic() > end:
            raise TimeoutError("a thread does not come to its end")
        await loop_at_rest()


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until every key has acted, no thread works for the app, and what changed is drawn."""
    end = time.monotonic() + PATIENCE
    await at_rest()
    while not getattr(pilot.app, "are_keys_done", True):
        if time.monotonic() > end:
            raise TimeoutError("a key does not get its turn")
        await asyncio.sleep(FRAME)
        await at_rest()
    await pilot.pause()
    await at_rest()


def _noted(
    loop: asyncio.BaseEventLoop, executor: Executor | None, work: Callable[..., Any], *arguments: object
) -> asyncio.Future[Any]:
    """Run work in a thread as `run_in_executor` does, and note it."""
    threads: Executor | None = executor or vars(loop)["_default_executor"]
    if threads is None:
        threads = default = ThreadPoolExecutor(thread_name_prefix="asyncio")
        loop.set_default_executor(default)
    begun = threads.submit(work, *arguments)
    future = asyncio.wrap_future(begun, loop=loop)
    ended: asyncio.Future[None] = loop.create_future()
    _ends.add(ended)

    def tell(_: object) -> None:
        with suppress(RuntimeError):  # the event loop is closed
            loop.call_soon_threadsafe(ended.set_result, None)

    # After the future's own: whoever waits for that goes on first.
    begun.add_done_callback(tell)
    return future


for module in (textual.app, textual.pilot):
    vars(module)["wait_for_idle"] = loop_at_rest
asyncio.BaseEventLoop.run_in_executor = _noted  # type: ignore[assignment,method-assign]

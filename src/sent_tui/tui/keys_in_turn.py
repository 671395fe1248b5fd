"""Keys that are typed ahead: each one waits until what the one before it asked for is there.

A terminal may send a whole sentence at once: the key that opens a screen, what is written there, and the key that sends
it. Textual alone hands each key to whatever has the focus, before the key before it has acted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable
from weakref import WeakKeyDictionary, WeakSet

from textual import events
from textual.worker import Worker, get_current_worker

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode
    from textual.screen import Screen

    _Base = App[Any]
else:
    _Base = object

Typed = events.Key | events.Paste

PATIENCE: Final = 2.0
"""Seconds after which keys wait no longer: a network may not answer."""
AWAITED: Final = frozenset({"default", "ask", "template", "undo", "bulk sends", "mark", "settings", "message"})
"""Groups of work that a key begins and the next one rests on; "default" is that of work that names no group."""
AWAITED_BUT_BY_ESCAPE: Final = frozenset({"at work"})
"""The same, of work that esc stops."""
AWAITED_BUT_BY_TEXT: Final = frozenset({"--textual-command-palette-gather-commands", "list", "look"})
"""The same, of work that every letter begins anew."""
AWAITED_WITHOUT_FOCUS: Final = frozenset({"templates"})
"""The same, of work after which a field gets the focus."""
AWAITED_WHILE_HOLDING: Final = frozenset({"search", "messages"})
"""The same, of work after which a screen runs the actions that it held."""


@runtime_checkable
class HoldsActions(Protocol):
    """A screen that keeps some actions until its search is shown."""

    @property
    def is_holding(self) -> bool:
        """Whether an action waits to be run."""
        ...


class KeysInTurn(_Base):
    """Before an app in the bases: keys and pastes act one after the other, however fast they come.

    One is handed on when every message to which the one before it led was handled: its action ran, and the screen that
    it opened is mounted and has given the focus away. One that comes when all is done is handed on at once, and so is
    one that goes on with the one before it: a letter after a letter in the same field, a move after the same move.
    """

    moving_keys: frozenset[str] = frozenset()
    """The keys that only move within what has the focus."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - whatever the app takes
        self._typed: deque[Typed] = deque()
        """What waits for its turn."""
        self._turns: asyncio.Task[None] | None = None
        """Looks after what was handed on last, and hands on what waits; None when all is done."""
        self._last: tuple[object, object, str] | None = None
        """What was handed on last, if something may go on with it: the screen, what had the focus, and the kind."""
        self._seen: tuple[object, object] = (None, None)
        """The screen on top and what had the focus when all was done last."""
        self._asking: dict[Worker[Any], object] = {}
        """For each work that asks a person, the screen that asks."""
        self._watched: WeakKeyDictionary[Worker[Any], asyncio.Task[None]] = WeakKeyDictionary()
        """What says when some work is over."""
        self._too_slow: WeakSet[Worker[Any]] = WeakSet()
        """Work for which no key waits any more."""
        self._went_on = asyncio.Event()
        """Set when some work ended, or began to ask."""
        super().__init__(*arguments, **options)

    @property
    def are_keys_done(self) -> bool:
        """Whether everything that was typed has acted."""
        return self._turns is None

    async def on_event(self, event: events.Event) -> None:
        """Take a key or a paste, and hand it on when it is its turn."""
        if not isinstance(event, Typed) or event.is_forwarded:
            await super().on_event(event)
            return
        # A screen that was opened without a key may not have given the focus away yet.
        is_known = self._turns is None and self.screen is self._seen[0]
        at_once = not self._typed and (self._goes_on(event) or (is_known and not self._awaited(event)))
        if not at_once:
            self._typed.append(event)
        if self._turns is None:
            self._turns = asyncio.create_task(self._take_turns(), name="keys in turn")
        if at_once:
            self._last = self._kind(event)
            await super().on_event(event)

    def _goes_on(self, event: Typed) -> bool:
        """Return whether something goes on with what was handed on last, and needs not wait for what that leads to."""
        kind = self._kind(event)
        return kind is not None and kind == self._last

    def _kind(self, event: Typed) -> tuple[object, object, str] | None:
        if isinstance(event, events.Key) and event.key in self.moving_keys and not self._is_text(event):
            return self.screen, self.focused, event.key
        return (self.screen, self.focused, "text") if self._is_text(event) else None

    async def push_screen_wait(self, screen: Screen[Any] | str, *, mode: str | None = None) -> Any:  # noqa: ANN401
        """Ask a person; while work waits for a key, no key waits for it."""
        worker = get_current_worker()
        self._asking[worker] = screen
        self._went_on.set()
        try:
            return await super().push_screen_wait(screen, mode=mode)
        finally:
            del self._asking[worker]

    async def _take_turns(self) -> None:
        try:
            while self.screen_stack:
                if not (self._typed and self._goes_on(self._typed[0])):
                    await self._all_handled()
                if not self._typed:
                    return
                if self._goes_on(self._typed[0]) or not await self._work_done(self._typed[0]):
                    handed_on = asyncio.Event()
                    self.call_later(self._hand_on, self._typed.popleft(), handed_on)
                    await _within_patience(handed_on)
        finally:
            self._turns = None

    async def _hand_on(self, event: Typed, handed_on: asyncio.Event) -> None:
        self._last = self._kind(event)
        try:
            await super().on_event(event)
        finally:
            handed_on.set()

    async def _all_handled(self) -> None:
        """Wait until no message is on its way any more, on the screen that is on top by then."""
        while self.screen_stack:
            present = self.screen, self.focused
            await _passed_up((self.focused or self.screen).ancestors_with_self)
            nodes = self.screen.walk_children(with_self=True)
            busy = nodes if present != self._seen else [node for node in nodes if node.message_queue_size]
            self._seen = present
            if not busy:
                return
            await _handled(busy)

    async def _work_done(self, event: Typed) -> bool:
        """Wait until the work on which a key rests is done, or asks; return whether there was any."""
        awaited = self._awaited(event)
        if not awaited:
            return False
        self._went_on.clear()
        for worker in awaited:
            if worker not in self._watched:
                self._watched[worker] = asyncio.create_task(self._watch(worker))
        if not await _within_patience(self._went_on):
            self._too_slow.update(awaited)
        return True

    async def _watch(self, worker: Worker[Any]) -> None:
        """Say when some work is over; whoever began it tells what came of it."""
        with suppress(Exception):
            await worker.wait()
        self._went_on.set()

    def _awaited(self, event: Typed) -> list[Worker[Any]]:
        """Return the work on which a key rests."""
        groups = set(AWAITED)
        if not any(isinstance(key, events.Key) and key.key == "escape" for key in (event, *self._typed)):
            groups |= AWAITED_BUT_BY_ESCAPE
        if not self._is_text(event):
            groups |= AWAITED_BUT_BY_TEXT
        if self.focused is None:
            groups |= AWAITED_WITHOUT_FOCUS
        if isinstance(self.screen, HoldsActions) and self.screen.is_holding:
            groups |= AWAITED_WHILE_HOLDING
        return [worker for worker in self.workers if worker.group in groups and self._is_awaited(worker)]

    def _is_awaited(self, worker: Worker[Any]) -> bool:
        asks = self._asking.get(worker) in self.screen_stack
        return not (worker.is_finished or asks or worker in self._too_slow)

    def _is_text(self, event: Typed) -> bool:
        """Return whether something goes into the text of a field."""
        if self.focused is None or isinstance(event, events.Paste):
            return self.focused is not None
        return self.focused.check_consume_key(event.key, event.character)


async def _passed_up(nodes: Iterable[DOMNode]) -> None:
    """Wait until a key went all the way from what has the focus up to the app, and that has acted."""
    passed, way = asyncio.Event(), iter(nodes)

    def go_on() -> None:
        if not any(node.call_later(go_on) for node in way):  # those that are closed are passed over
            passed.set()

    go_on()
    await _within_patience(passed)


async def _handled(nodes: Collection[DOMNode]) -> None:
    """Wait until every message that was sent to some nodes before was handled."""
    all_handled = asyncio.Event()
    left = len(nodes)

    def count() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            all_handled.set()

    for node in nodes:
        if not node.call_later(count):
            count()  # it is closed
    await _within_patience(all_handled)


async def _within_patience(event: asyncio.Event) -> bool:
    """Wait for an event, and return whether it came."""
    try:
        async with asyncio.timeout(PATIENCE):
            await event.wait()
    except TimeoutError:
        return False
    return True

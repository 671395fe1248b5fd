"""Answers that are kept, so that a request with the same idempotency key gets the first one again.

Each day has a journal of its own, and those of days before yesterday are removed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from threading import RLock
from typing import Any, Final

from msgspec import Struct

from sent_tui.services.contacts import Clock
from sent_tui.store.keyed_journal import KeyedJournal

KEPT_FOR: Final = timedelta(hours=24)
"""By Sent's contract."""
UNDER_WAY_FOR: Final = timedelta(minutes=2)
"""After so long without an answer, whoever worked on a request has stopped."""
_TABLE: Final = "answers"
_WORD: Final = "api-answers-"


class InFlightError(Exception):
    """The first request with this key has no answer yet."""


class OtherRequestError(Exception):
    """The key was used for another request."""


class Begun(Struct, frozen=True):
    """A request that was taken on."""

    seed: str
    """What its ids are to be made of: the same when it is taken on again, and another one for another request."""


class Answered(Struct, frozen=True):
    """An answer as it was given first."""

    status: int
    body: str


class KeptAnswers:
    """The answers to requests with idempotency keys, on one database. Several programs may use it at once."""

    def __init__(self, database: Path, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._run = token_hex(8)
        """Tells what this run began from what an earlier one did."""
        self._days: dict[Path, KeyedJournal] = {}
        self._lock = RLock()
        self._in_flight: set[str] = set()

    def begin(self, key: str, request: str) -> Begun | Answered:
        """Take a request on, or return the answer that it was given before.

        `key` names the caller and the idempotency key, `request` is a digest of everything that is asked. Raises
        InFlightError and OtherRequestError. What was begun by a program that was killed is taken on again.
        """
        now = self._clock()
        with self._lock:
            today, seed = self._journal(now), token_hex(16)
            with today.batch():
                found = next((known for day in self._recent(now) if (known := day.get(_TABLE, key))), None)
                if found is not None and now - datetime.fromisoformat(found["at"]) < KEPT_FOR:
                    is_same, has_failed = found["request"] == request, found.get("failed", False)
                    if not (is_same or has_failed):
                        raise OtherRequestError
                    if found["status"] is not None:
                        return Answered(found["status"], found["body"])
                    if not has_failed and self._is_under_way(found, now):
                        raise InFlightError
                    seed = found["seed"] if is_same else seed
                today.put(_TABLE, self._document(key, request, now) | {"seed": seed})
            self._in_flight.add(key)
        return Begun(seed)

    def end(self, key: str, request: str, answer: Answered | None) -> None:
        """Keep the answer to a request that was begun; with None it failed, and it or another one can be made.

        The same request made again has the same seed: what it wrote before it failed is found again, and not doubled.
        """
        now = self._clock()
        with self._lock:
            self._in_flight.discard(key)
            if answer is None:
                found = next((known for day in self._recent(now) if (known := day.get(_TABLE, key))), None)
                if found is not None:
                    self._journal(now).put(_TABLE, {**found, "failed": True})
            else:
                self._journal(now).put(_TABLE, self._document(key, request, now, answer))

    def tidy(self) -> None:
        """Remove what is too old to be asked for."""
        wanted = {self._path(now) for now in self._moments(self._clock())}
        with self._lock:
            for path in self._database.parent.glob(f"{self._database.name}.{_WORD}*"):
                if not any(path.name.startswith(kept.name) for kept in wanted):
                    with suppress(OSError):
                        path.unlink()
            for path in [path for path in self._days if path not in wanted]:
                self._days.pop(path).close()

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            while self._days:
                self._days.popitem()[1].close()

    def _document(self, key: str, request: str, at: datetime, answer: Answered | None = None) -> dict[str, Any]:
        body = {"status": None, "body": ""} if answer is None else {"status": answer.status, "body": answer.body}
        return {"id": key, "request": request, "at": at.isoformat(), "pid": os.getpid(), "run": self._run, **body}

    def _is_under_way(self, found: Any, now: datetime) -> bool:  # noqa: ANN401 - a JSON document
        if found["run"] == self._run:
            return found["id"] in self._in_flight
        if now - datetime.fromisoformat(found["at"]) > UNDER_WAY_FOR or found["pid"] == os.getpid():
            return False
        return _is_alive(found["pid"])

    def _recent(self, now: datetime) -> Iterator[KeyedJournal]:
        for moment in self._moments(now):
            path = self._path(moment)
            if path in self._days or path.exists():
                found = self._journal(moment)
                found.refresh()
                yield found

    def _journal(self, moment: datetime) -> KeyedJournal:
        path = self._path(moment)
        if path not in self._days:
            self._days[path] = KeyedJournal(path, (_TABLE,))
        return self._days[path]

    def _path(self, moment: datetime) -> Path:
        return self._database.with_name(f"{self._database.name}.{_WORD}{moment:%Y%m%d}")

    @staticmethod
    def _moments(now: datetime) -> tuple[datetime, datetime]:
        return now, now - timedelta(days=1)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

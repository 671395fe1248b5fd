"""Connections that cannot be held open for nothing: each part of a request has its time."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

REQUEST_WITHIN: Final = 10.0
"""Seconds from the first byte of a request, or from the connection, to the end of its headers."""
READ_WITHIN: Final = 30.0
"""Seconds for which a client may leave its answer unread."""
MOST: Final = 256
"""Connections at the same time; for one more, the one that has asked for nothing the longest is closed."""


class PatientConnection(H11Protocol):
    """HTTP/1.1 over one connection, with an end to patience."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*args, **kwargs)
        self._waits: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self.idle_since = 0.0
        """When it was last waited for a request, by the loop's clock."""

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin to wait for a request, in the place of another connection where there are too many."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > MOST:
            idle = [each for each in self.connections if isinstance(each, PatientConnection) and each.is_idle]
            min(idle, key=lambda each: each.idle_since).transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request."""
        super().data_received(data)
        if not self.is_idle:
            self._stop_waiting()
        elif self._waits is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        self._forget_unread()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give a client that does not read some time."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(READ_WITHIN, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on with a client that reads again."""
        self._forget_unread()
        super().resume_writing()

    def _forget_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _wait(self) -> None:
        self.idle_since = self.loop.time()
        self._waits = self.loop.call_later(REQUEST_WITHIN, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None

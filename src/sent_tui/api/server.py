"""The server: it answers until it is told to stop, then ends what is under way, and meanwhile follows messages."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from uvicorn import Config, Server

from sent_tui.api.application import make_application
from sent_tui.api.connection import PatientConnection
from sent_tui.api.desk import Desk
from sent_tui.api.messenger import Messenger

ENDS_WITHIN: Final = 20
"""Seconds that requests under way have when the server is told to stop."""
_IDLE: Final = 15
"""Seconds for which a connection may stay open between two requests."""
_LARGEST_HEAD: Final = 32_768
"""Bytes of a request line with its headers, where they come in parts."""


class ApiServer(Server):
    """Uvicorn, with signals that end it as a success; `on_started` is told when they do."""

    def __init__(self, config: Config, on_started: Callable[[ApiServer], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._on_started(self)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop gracefully on SIGINT and SIGTERM, and at once on a second one."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        wanted = (signal.SIGINT, signal.SIGTERM)
        before = {each: signal.signal(each, self._told_to_stop) for each in wanted}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


def make_server(desk: Desk, on_started: Callable[[ApiServer], None]) -> ApiServer:
    """Return a server for a desk; it keeps no log of requests."""
    # What it says of itself goes to whoever runs it, by the command; what is wrong with a client is the client's.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    config = Config(
        make_application(desk),
        http=PatientConnection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=ENDS_WITHIN,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
    )
    return ApiServer(config, on_started)


def serve(
    desk: Desk, listening: socket.socket, *, on_started: Callable[[ApiServer], None] = lambda server: None
) -> None:
    """Answer requests until a signal comes or `should_exit` of the server is set, and follow messages meanwhile."""
    messenger = Messenger(desk.workspace, desk.access, desk.kept)
    desk.on_accepted = messenger.wake
    server = make_server(desk, on_started)
    messenger.start()
    try:
        server.run(sockets=[listening])
    finally:
        messenger.stop()
        listening.close()

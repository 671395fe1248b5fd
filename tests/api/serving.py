"""The API on a socket of this machine, on a database in a folder and the simulated network, for clients in tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sent_tui.api.desk import Desk
from sent_tui.api.server import ApiServer, serve
from sent_tui.gateways.gateway import Gateway
from sent_tui.gateways.simulator import Simulator
from sent_tui.listening import open_socket
from sent_tui.services.api_access import ApiAccess
from sent_tui.services.kept_answers import KeptAnswers
from sent_tui.services.workspace import Workspace, assemble, new_uuid, utc_now
from sent_tui.store.tinydb import TinyDBRepository

PATIENCE = 60.0
"""Seconds after which a test fails that waits for something: far more than any of it takes."""
_AREAS = (201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228)


def number(place: int) -> str:
    """Return one of 2,000 fictional numbers in E.164, all of them in areas that there are."""
    return f"+1{_AREAS[place // 100]}5550{100 + place % 100}"


@dataclass
class Served:
    """A server that runs."""

    url: str
    key: str
    desk: Desk

    @property
    def workspace(self) -> Workspace:
        return self.desk.workspace

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


def held_port() -> socket.socket:
    """Return a socket that keeps a port for a server of this process, and refuses clients while there is none."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder


@contextmanager
def served(
    database: Path,
    *,
    port: int = 0,
    key: str = "",
    read_only: bool = False,
    gateway: Callable[[], Gateway] = lambda: Simulator(utc_now, pace=0),
) -> Iterator[Served]:
    """Run a server until the block ends; what happens in the simulated network has happened at once."""
    workspace = assemble(TinyDBRepository(database, read_only=read_only), gateway(), user="tester")
    access = ApiAccess(database, utc_now, new_uuid)
    kept = KeptAnswers(database, utc_now)
    desk = Desk(workspace, access, kept)
    listening = open_socket("127.0.0.1", port)
    servers: list[ApiServer] = []
    thread = threading.Thread(target=serve, args=(desk, listening), kwargs={"on_started": servers.append})
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        made = key or access.make().reveal()
        thread.start()
        yield Served(url, made, desk)
    finally:
        while thread.is_alive():
            for server in servers:
                server.should_exit = True
            thread.join(0.02)
        kept.close()
        access.close()
        workspace.close()

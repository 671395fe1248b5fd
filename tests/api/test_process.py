"""The server as a process of its own: how it begins, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from sent_tui.services.api_access import ApiAccess
from sent_tui.services.workspace import new_uuid, utc_now
from sent_tui.store.tinydb import TinyDBRepository
from tests.api.serving import PATIENCE


class Running:
    """A server that was started with a key of its own."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, key: str) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.key = key

    def client(self) -> httpx.Client:
        """Return a client with the key."""
        return httpx.Client(base_url=self.url, headers={"x-api-key": self.key}, timeout=PATIENCE)

    def end(self, number: signal.Signals) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def running(database: Path, *options: str) -> Iterator[Running]:
    access = ApiAccess(database, utc_now, new_uuid)
    key = access.make().reveal()
    access.close()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SENT_", "COV"))}
    folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), str(database.parent))
    command = [sys.executable, "-m", "sent_tui", "--db", str(database), "api", "--port", "0", *options]
    with subprocess.Popen(command, env=kept | folders, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stderr is not None
        first = process.stderr.readline().decode()
        found = re.fullmatch(
            r"Listening on http://127\.0\.0\.1:(\d+) \(simulator, \d keys?\)\. Ctrl\+C stops it\.\n", first
        )
        assert found, first
        try:
            yield Running(process, int(found[1]), key)
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_that_is_under_way_gets_its_answer(tmp_path: Path, number: signal.Signals) -> None:
    database = tmp_path / "contacts.db"
    with running(database) as server, socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as slow:
        body = json.dumps({"phone_number": "+12015550150"}).encode()
        head = f"POST /v3/contacts HTTP/1.1\r\nHost: x\r\nx-api-key: {server.key}\r\n"
        length = f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
        slow.sendall(f"{head}{length}".encode())
        # It waits for the body, so that the request is under way.
        assert slow.recv(1_000).startswith(b"HTTP/1.1 100")
        server.process.send_signal(number)
        slow.sendall(body)
        assert slow.recv(65_536).startswith(b"HTTP/1.1 201")
        assert server.process.wait(PATIENCE) == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == b"Stopped.\n"
    repository = TinyDBRepository(database)
    assert repository.find("+12015550150") is not None
    repository.close()


def test_what_was_accepted_before_it_was_killed_goes_out_once(tmp_path: Path) -> None:
    database = tmp_path / "contacts.db"
    request: dict[str, Any] = {
        "json": {"to": [f"+141555501{place:02}" for place in range(8)], "text": "Hello"},
        "headers": {"Idempotency-Key": "killed"},
    }
    with running(database) as server, server.client() as client:
        first = client.post("/v3/messages", **request)
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
    with running(database) as server, server.client() as client:
        again = client.post("/v3/messages", **request)
        assert again.content == first.content
        assert again.headers["idempotent-replayed"] == "true"
        repository = TinyDBRepository(database)
        end = time.monotonic() + PATIENCE
        # What was being handed over when it was killed has its attempt already: after a minute, it is asked after.
        while not all(message.attempts for message in repository.messages()):
            assert time.monotonic() < end
            repository.refresh()
        assert server.end(signal.SIGTERM) == 0
    messages = repository.messages()
    keys = {attempt.idempotency_key for message in messages for attempt in message.attempts}
    assert len(messages) == 8
    assert len(keys) == sum(len(message.attempts) for message in messages)
    assert all(len({attempt.channel for attempt in each.attempts}) == len(each.attempts) for each in messages)
    repository.close()

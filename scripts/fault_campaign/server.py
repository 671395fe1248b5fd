"""A process that has everything imported and forks a child for each job: `python -m fault_campaign.server FD`."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

from fault_campaign import layout
from fault_campaign.jobs import AFTER, JOBS, Channel
from fault_campaign.sending_jobs import SENDING_JOBS
from fault_campaign.subjects import OURS, opened

_LARGEST = 200_000


def warm_up() -> None:
    """Do once what the jobs do, so that no fault hits the import of a module instead of the store."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / layout.DATABASE
        store = opened(OURS, path)
        store.apply(AFTER)
        layout.compact(path)
        store.close()
        layout.told_by_check(path)


def main() -> None:
    """Start a job for each message, or wait for the end of one, until nobody asks any more."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    warm_up()
    while True:
        message, handles, _, _ = socket.recv_fds(requests, _LARGEST, 1)
        if not message:
            return
        request = json.loads(message)
        if "wait" in request:
            _, status = os.waitpid(request["wait"], 0)
            requests.send(json.dumps(status).encode())
            continue
        child = os.fork()
        if child == 0:
            _run(requests, handles[0], request)
        os.close(handles[0])
        requests.send(json.dumps(child).encode())


def _run(requests: socket.socket, handle: int, request: dict[str, Any]) -> None:
    """Do a job in the child, and end it."""
    code = 1
    try:
        requests.close()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        (JOBS | SENDING_JOBS)[request["job"]](Channel(socket.socket(fileno=handle)), **request["arguments"])
        code = 0
    except (BrokenPipeError, ConnectionResetError):
        code = 2
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()

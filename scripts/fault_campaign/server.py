"""A process that has everything imported and forks a child for each job: `python -m fault_campaign.server FD`."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from typing import Any

from fault_campaign.jobs import JOBS, Channel

_LARGEST = 200_000


def main() -> None:
    """Start a job for each message, or wait for the end of one, until nobody asks any more."""
    requests = socket.socket(fileno=int(sys.argv[1]))
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
        JOBS[request["job"]](Channel(socket.socket(fileno=handle)), **request["arguments"])
        code = 0
    except (BrokenPipeError, ConnectionResetError):
        code = 2
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()

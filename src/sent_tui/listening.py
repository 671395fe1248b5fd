"""Where a server of ours listens."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Final

from sent_tui.errors import UsageError

_LAST_PORT: Final = 65_535


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes any that is free. Raises UsageError where that cannot be."""
    if port > _LAST_PORT:
        raise _not_opened(host, port, ValueError(f"ports end at {_LAST_PORT}"))
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _not_opened(host, port, error) from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise _not_opened(host, port, error) from None
    return listening


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine can reach a host."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _not_opened(host: str, port: int, error: Exception) -> UsageError:
    words = getattr(error, "strerror", None) or str(error)
    return UsageError("The server cannot listen", f"{host}, port {port}: {words}.", "Choose others: --host, --port.")

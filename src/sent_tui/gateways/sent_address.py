"""Where Sent is reached: its own host over https, or a server on this machine. The key goes nowhere else."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from sent_tui.errors import UsageError

HOST: Final = "api.sent.dm"
DEFAULT: Final = f"https://{HOST}"
VARIABLE: Final = "SENT_BASE_URL"
_HINT: Final = f"It has to be {DEFAULT}, or a server on this machine such as http://127.0.0.1:8000."


class Address(Struct, frozen=True):
    """A place that the key may go to."""

    url: str
    scheme: str
    host: str
    port: int
    is_local: bool
    """Whether it is on this machine."""

    def covers(self, scheme: str, host: str, port: int | None) -> bool:
        """Return whether a request goes to this place."""
        return (scheme, host.strip("[]"), port or _port(scheme)) == (self.scheme, self.host, self.port)


def read_address(text: str) -> Address:
    """Return the place that an address names; an empty one means Sent itself. Raises UsageError for any other."""
    wanted = text.strip() or DEFAULT
    try:
        parts = urlsplit(wanted)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _refused() from None
    if parts.scheme not in {"http", "https"} or parts.username or parts.password or parts.query or parts.fragment:
        raise _refused()
    is_local = _is_loopback(host)
    is_sent = host == HOST and parts.scheme == "https" and port in {None, 443} and parts.path in {"", "/"}
    if not (is_local or is_sent):
        raise _refused()
    return Address(wanted.rstrip("/"), parts.scheme, host, port or _port(parts.scheme), is_local)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _refused() -> UsageError:
    # The address itself is not told: it can hold a password.
    return UsageError("The key goes to no other address", f"What {VARIABLE} names is not Sent.", _HINT)

"""The key goes to Sent, or stays on this machine."""

from __future__ import annotations

import pytest

from sent_tui.errors import UsageError
from sent_tui.gateways.sent_address import read_address


@pytest.mark.parametrize("text", ["", "  ", "https://api.sent.dm", "https://api.sent.dm/", "https://API.sent.dm:443"])
def test_sent_itself(text: str) -> None:
    address = read_address(text)
    assert (address.scheme, address.host, address.port, address.is_local) == ("https", "api.sent.dm", 443, False)
    assert address.covers("https", "api.sent.dm", None)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1", 8000),
        ("https://127.3.2.1", "127.3.2.1", 443),
        ("http://localhost", "localhost", 80),
        ("http://[::1]:9000/base", "::1", 9000),
    ],
)
def test_this_machine(text: str, host: str, port: int) -> None:
    address = read_address(text)
    assert (address.host, address.port, address.is_local) == (host, port, True)


@pytest.mark.parametrize(
    "text",
    [
        *("http://api.sent.dm", "https://api.sent.dm:8443", "https://api.sent.dm/elsewhere", "https://sent.dm"),
        *("https://api.sent.dm.example.com", "https://example.com", "https://api.sent.dm@example.com"),
        *("https://example.com/api.sent.dm", "http://127.0.0.1@example.com", "http://127.0.0.1.example.com"),
        *("http://user:pass@127.0.0.1", "http://127.0.0.1/?x=1", "http://127.0.0.1/#x", "ftp://127.0.0.1"),
        *("http://10.0.0.1", "http://0.0.0.0", "http://169.254.1.1", "http://[::2]", "http://[", "//127.0.0.1"),
        *("http://2130706433", "http://127.0.0.1:port", "http://127.0.0.1:99999", "api.sent.dm", "javascript:x"),
        *("https://аpi.sent.dm", "https://api\u3002sent.dm", "https://api.sent.dm\\@example.com"),
    ],
)
def test_anywhere_else_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_address(text)
    assert caught.value.message == "What SENT_BASE_URL names is not Sent."


@pytest.mark.parametrize(
    ("scheme", "host", "port"),
    [
        ("http", "api.sent.dm", None),
        ("https", "example.com", None),
        ("https", "api.sent.dm", 8443),
        ("https", "127.0.0.1", None),
    ],
)
def test_a_request_elsewhere_is_not_covered(scheme: str, host: str, port: int | None) -> None:
    assert not read_address("").covers(scheme, host, port)

"""Clients that are slow, broken or many do not stop the server for the others."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
import sent_dm

from sent_tui.api import application, connection
from sent_tui.services.contacts import ContactService
from tests.api.serving import PATIENCE, Served


def connect(api: Served) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", api.port), timeout=PATIENCE)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def rest_of(connected: socket.socket) -> bytes:
    """Return everything that still comes, until the other side closes."""
    data = b""
    try:
        while part := connected.recv(65_536):
            data += part
    except ConnectionResetError:
        pass
    return data


def is_well(api: Served) -> bool:
    return httpx.get(f"{api.url}/v3/me", headers={"x-api-key": api.key}, timeout=PATIENCE).status_code == 200


@pytest.mark.parametrize("begun", [b"", b"GET", b"GET /v3/me HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_who_does_not_finish_a_request_is_let_go(api: Served, monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    with monkeypatch.context() as hurried:
        hurried.setattr(connection, "REQUEST_WITHIN", 0.05)
        with connect(api) as slow:
            slow.sendall(begun)
            assert rest_of(slow) == b""
    assert is_well(api)


def test_who_does_not_finish_a_second_request_is_let_go_too(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect(api) as slow:
        slow.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            answer += slow.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 404")
        monkeypatch.setattr(connection, "REQUEST_WITHIN", 0.05)
        slow.sendall(b"GET /no")
        assert rest_of(slow) == b""


def test_a_body_that_does_not_come_ends_in_an_envelope(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "BODY_WITHIN", 0.05)
    with connect(api) as slow:
        head = f"POST /v3/contacts HTTP/1.1\r\nHost: x\r\nx-api-key: {api.key}\r\nContent-Length: 100\r\n\r\n"
        slow.sendall(head.encode() + b'{"phone')
        answer = rest_of(slow)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"success":false' in answer


def test_who_goes_away_in_the_middle_changes_nothing(api: Served) -> None:
    body = b'{"phone_number": "+12015550199"}'
    head = f"POST /v3/contacts HTTP/1.1\r\nHost: x\r\nx-api-key: {api.key}\r\nContent-Length: {len(body)}\r\n\r\n"
    for part in (head.encode()[:30], head.encode(), head.encode() + body[:-1]):
        with connect(api) as leaving:
            leaving.sendall(part)
    assert is_well(api)
    assert api.workspace.repository.find("+12015550199") is None


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"nonsense\r\n\r\n",
        b"GET /v3/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Large: " + b"x" * 40_000 + b"\r\n\r\n",
        b"POST /v3/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["tls", "words", "a large header", "two lengths"],
)
def test_what_is_no_http_is_refused(api: Served, nonsense: bytes) -> None:
    with connect(api) as broken:
        broken.sendall(nonsense)
        answer = rest_of(broken)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431")) or not answer
    assert is_well(api)


def test_a_crowd_that_asks_for_nothing_keeps_nobody_out(api: Served) -> None:
    with ExitStack() as crowd:
        for _ in range(connection.MOST + 20):
            crowd.enter_context(connect(api))
        assert is_well(api)
    assert is_well(api)


def test_a_crowd_whose_bodies_do_not_come_keeps_nobody_out(api: Served) -> None:
    head = f"POST /v3/contacts HTTP/1.1\r\nHost: x\r\nx-api-key: {api.key}\r\nContent-Length: 100\r\n"
    with ExitStack() as crowd:
        for _ in range(application.MOST_WAITING + 5):
            slow = crowd.enter_context(connect(api))
            slow.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
            assert slow.recv(1_000).startswith(b"HTTP/1.1 100")
        assert is_well(api)


def test_an_answer_that_nobody_reads_is_given_up(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as hurried, socket.socket() as deaf:
        hurried.setattr(connection, "READ_WITHIN", 0.05)
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.settimeout(PATIENCE)
        deaf.connect(("127.0.0.1", api.port))
        requests = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 2_000_000
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            deaf.sendall(requests)
    assert is_well(api)


@pytest.fixture
def held(api: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Creating a contact begins, and ends when it is told to."""
    begun, let_go = threading.Event(), threading.Event()
    create = ContactService.create

    def slowly(self: ContactService, *args: object, **kwargs: object) -> object:
        begun.set()
        assert let_go.wait(PATIENCE)
        return create(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(ContactService, "create", slowly)
    yield begun, let_go
    let_go.set()


def test_the_same_key_while_the_first_request_is_under_way(
    api: Served, held: tuple[threading.Event, threading.Event]
) -> None:
    begun, let_go = held
    headers = {"x-api-key": api.key, "Idempotency-Key": "in-flight", "Content-Type": "application/json"}
    answers: list[httpx.Response] = []

    def ask() -> None:
        found = httpx.post(
            f"{api.url}/v3/contacts", json={"phone_number": "+12015550150"}, headers=headers, timeout=PATIENCE
        )
        answers.append(found)

    first = threading.Thread(target=ask)
    first.start()
    assert begun.wait(PATIENCE)
    ask()
    let_go.set()
    first.join()
    ask()
    assert [answer.status_code for answer in answers] == [409, 201, 201]
    assert answers[0].json()["error"]["code"] == "CONFLICT_001"
    assert answers[1].content == answers[2].content
    assert answers[2].headers["idempotent-replayed"] == "true"


def test_too_many_at_once_are_sent_away_for_a_moment(
    api: Served, held: tuple[threading.Event, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, let_go = held
    monkeypatch.setattr(application, "MOST_WAITING", 1)
    headers = {"x-api-key": api.key, "Content-Type": "application/json"}
    url = f"{api.url}/v3/contacts"
    first = threading.Thread(
        target=httpx.post,
        args=(url,),
        kwargs={"json": {"phone_number": "+12015550151"}, "headers": headers, "timeout": PATIENCE},
    )
    first.start()
    assert begun.wait(PATIENCE)
    with (
        sent_dm.Sent(api_key=api.key, base_url=api.url, max_retries=0) as client,
        pytest.raises(sent_dm.RateLimitError) as refused,
    ):
        client.contacts.list()
    let_go.set()
    first.join()
    assert refused.value.response.headers["retry-after"] == "1"
    assert refused.value.response.json()["error"]["code"] == "BUSINESS_002"


def test_no_log_tells_a_key_a_number_or_a_text(
    api: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)

    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("+12015550152 says a secret")

    monkeypatch.setattr(ContactService, "create", fails)
    body = {"to": ["+12015550152"], "text": "a secret", "scheduled_at": "never"}
    with httpx.Client(base_url=api.url, headers={"x-api-key": api.key}, timeout=PATIENCE) as client:
        client.post("/v3/messages", json=body)
        failed = client.post("/v3/contacts", json={"phone_number": "+12015550152"})
    assert (failed.status_code, failed.json()["error"]["code"]) == (500, "INTERNAL_001")
    assert "RuntimeError" in caplog.text
    for told in (caplog.text, failed.text):
        assert api.key not in told
        assert "5550152" not in told
        assert "secret" not in told
    assert "Traceback" not in failed.text + caplog.text

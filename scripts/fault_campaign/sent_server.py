"""A server that answers as Sent does, and fails as servers do. It listens on this machine alone."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid5

from sent_tui.gateways.sent_address import read_address

KEY = "sk_test_fictional_0123456789abcdef"
"""The key that the server accepts; it opens nothing."""
CUSTOMER = "1f0e2d3c-4b5a-4978-8695-a4b3c2d1e0f0"
IDS = UUID("0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d")
CONVERSATIONS = UUID("9f4e6a2c-0b1d-4c3e-8a5f-2d7e6c1b0a99")
NOWHERE = "http://127.0.0.1:9"
"""An address at which nobody listens: its port is of an old service, and no program is given it by chance."""
_CHANNELS = ("sms", "whatsapp")


class Fault(Enum):
    """How a request fails."""

    DROPPED_BEFORE = auto()
    """The connection ends before anything is taken."""
    DROPPED_AFTER = auto()
    """It is taken, and the connection ends."""
    FAULT_BEFORE = auto()
    """500, and nothing is taken."""
    FAULT_AFTER = auto()
    """500, although it was taken."""
    RATE_LIMITED = auto()
    SILENT_AFTER = auto()
    """It is taken, and no answer ever comes."""
    REDIRECTED = auto()
    HTML = auto()
    """A page with status 200, although it was taken."""
    CUT_AFTER = auto()
    """It is taken, and half of the answer comes."""
    UNSUCCESSFUL = auto()
    """200 with `success: false`; nothing is taken."""


TAKES = {Fault.DROPPED_AFTER, Fault.FAULT_AFTER, Fault.SILENT_AFTER, Fault.HTML, Fault.CUT_AFTER}
"""Faults with which a message is taken all the same."""
Course = Sequence[tuple[float, str, str | None]]
"""Seconds after it was taken, status, reason code."""
DELIVERED: Course = ((0, "QUEUED", None), (0.1, "ROUTED", None), (0.3, "SENT", None), (0.8, "DELIVERED", None))


Json = dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any

    @property
    def key(self) -> str:
        """The idempotency key; empty when there is none."""
        return self.headers.get("idempotency-key", "")


@dataclass
class Taken:
    """One message that was taken."""

    id: str
    to: str
    channel: str | None
    text: str | None
    template: str | None
    at: datetime
    key: str


@dataclass
class World:
    """What the server knows, and how it behaves. Tests change it as they like."""

    now: Callable[[], datetime]
    courses: dict[str, Course] = field(default_factory=dict)
    """By number; others are delivered."""
    channels: dict[str, str | None] = field(default_factory=dict)
    """`available_channels` by number; others have both."""
    refused: set[str] = field(default_factory=set)
    limited: set[str] = field(default_factory=set)
    """Numbers about which nothing is answered but 429."""
    loses: set[str] = field(default_factory=set)
    """Numbers for which the answer to the first hand-over is lost."""
    faults: Callable[[Heard], Fault | None] = lambda heard: None
    answers: dict[str, object] = field(default_factory=dict)
    """What is answered to a path in place of the truth: an envelope, or bytes."""
    statuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    """What is answered to a path in place of the truth: a status and the code of an error."""
    retry_after: str | None = "7"
    elsewhere: str = NOWHERE
    """Where redirects lead."""
    book: list[Json] = field(default_factory=list)
    """The contacts of the account, in the order of their pages."""
    letters: dict[str, list[Json]] = field(default_factory=dict)
    """Messages that were not handed over here, by the id of their conversation, newest first."""
    on_page: Callable[[int], None] = lambda page: None
    """Called before a page of contacts is answered."""
    tells_total: bool = True
    """Whether a page of contacts says how many there are on all pages."""
    sent_by: dict[str, str] = field(default_factory=dict)
    """By number, the channel that automatic routing took."""
    heard: list[Heard] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    sandboxed: int = 0
    replays: dict[str, tuple[int, object]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    closing: Event = field(default_factory=Event)

    @property
    def posts(self) -> list[Heard]:
        """The requests that hand something over."""
        return [heard for heard in self.heard if heard.method == "POST"]

    def fault(self, heard: Heard) -> Fault | None:
        """Return how a request fails; None when it does not."""
        found = self.faults(heard)
        number = _number(heard)
        if found is None and number in self.limited:
            return Fault.RATE_LIMITED
        if found is None and heard.method == "POST" and number in self.loses and heard.key not in self.replays:
            return Fault.DROPPED_AFTER
        return found


def _number(heard: Heard) -> str:
    if heard.method == "POST":
        return str((heard.body.get("to") or [""])[0])
    return parse_qs(urlsplit(heard.path).query).get("phone", [""])[0]


class SentServer:
    """The server, on a free port of this machine."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.world = World(now)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"world": self.world}))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.address = read_address(self.url)

    def close(self) -> None:
        """Stop, and let go of requests that are kept waiting."""
        self.world.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    # Headers and body go out apart, and the second would wait for the first to be acknowledged.
    disable_nagle_algorithm = True
    world: World

    def log_message(self, *args: object) -> None:
        """Write nothing."""

    def do_GET(self) -> None:
        """Answer a question."""
        self._serve("GET")

    def do_POST(self) -> None:
        """Take something."""
        self._serve("POST")

    def do_PATCH(self) -> None:
        """Change something."""
        self._serve("PATCH")

    def _serve(self, method: str) -> None:
        world = self.world
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        heard = Heard(method, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        with world.lock:
            world.heard.append(heard)
            fault = world.fault(heard)
            status, answer = _answered(world, heard) if fault is None or fault in TAKES else (0, None)
        if fault is None:
            self._write(status, answer)
        else:
            self._fail(fault, status, json.dumps(answer).encode())

    def _fail(self, fault: Fault, status: int, answer: bytes) -> None:
        world = self.world
        if fault in {Fault.DROPPED_BEFORE, Fault.DROPPED_AFTER}:
            self._hang_up()
        elif fault is Fault.SILENT_AFTER:
            world.closing.wait()
            self._hang_up()
        elif fault is Fault.CUT_AFTER:
            self._write(status, answer[: len(answer) // 2])
        else:
            self._write(*_failures(world, self.path)[fault])

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, status: int, answer: object, headers: Mapping[str, str] | None = None) -> None:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _failures(world: World, path: str) -> Mapping[Fault, tuple[int, object, Mapping[str, str]]]:
    # Who repeats a request by itself does so at once.
    broken = 500, _error(world, "INTERNAL_001", "Something went wrong"), {"Retry-After-Ms": "1"}
    wish = {"Retry-After": world.retry_after} if world.retry_after is not None else {}
    return {
        Fault.FAULT_BEFORE: broken,
        Fault.FAULT_AFTER: broken,
        Fault.RATE_LIMITED: (429, _error(world, "BUSINESS_002", "Too many requests"), wish),
        Fault.REDIRECTED: (307, b"", {"Location": f"{world.elsewhere}{path}"}),
        Fault.HTML: (200, b"<html><b>Welcome</b></html>", {"Content-Type": "text/html"}),
        Fault.UNSUCCESSFUL: (200, _error(world, "BUSINESS_003", "The balance is too low"), {}),
    }


def _answered(world: World, heard: Heard) -> tuple[int, object]:
    parts = urlsplit(heard.path)
    if heard.headers.get("x-api-key") != KEY:
        return 401, _error(world, "AUTH_002", "The API key is invalid")
    if parts.path in world.answers:
        return 200, world.answers[parts.path]
    if parts.path in world.statuses:
        status, code = world.statuses[parts.path]
        return status, _error(world, code, "Refused")
    if heard.method == "POST":
        return _posted(world, heard)
    if heard.method == "PATCH":
        return _patched(world, heard, parts.path.rpartition("/")[2])
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    for pattern, answer in _ROUTES:
        match = re.fullmatch(pattern, parts.path)
        if match:
            data = answer(world, query, *match.groups())
            return (200, envelope(world, data)) if data is not None else (404, _error(world, "RESOURCE_001", "No such"))
    return 404, _error(world, "RESOURCE_001", "No such path")


def _posted(world: World, heard: Heard) -> tuple[int, object]:
    if heard.key and heard.key in world.replays:
        return world.replays[heard.key]
    body = heard.body
    if body["to"][0] in world.refused:
        return 422, _error(world, "BUSINESS_007", "The channel is not available for the contact")
    names = body.get("channel") or ["sent"]
    rows = []
    for channel in names:
        message = _take(world, heard, None if channel == "sent" else channel)
        rows.append({"message_id": message.id, "to": message.to, "channel": message.channel, "body": message.text})
    template = body.get("template") or {}
    data = {"status": "QUEUED", "template_id": None, "template_name": template.get("name"), "recipients": rows}
    answer = 202, envelope(world, data)
    if heard.key:
        world.replays[heard.key] = answer
    return answer


def _patched(world: World, heard: Heard, contact: str) -> tuple[int, object]:
    found = _booked(world, {}, contact)
    if found is None:
        return 404, _error(world, "RESOURCE_001", "No such contact")
    if not heard.body.get("sandbox"):
        found |= heard.body | {"updated_at": _stamp(world.now())}
    return 200, envelope(world, found)


def _booked(world: World, _query: Mapping[str, str], contact: str) -> Json | None:
    return next((each for each in world.book if each["id"] == contact), None)


def _take(world: World, heard: Heard, channel: str | None) -> Taken:
    body = heard.body
    place = f"{heard.key or len(world.taken)}:{channel}"
    template = body.get("template") or {}
    message = Taken(
        str(uuid5(IDS, place)), body["to"][0], channel, body.get("text"), template.get("name"), world.now(), heard.key
    )
    if body.get("sandbox"):
        world.sandboxed += 1
    else:
        world.taken.append(message)
    return message


def _contact(world: World, number: str) -> dict[str, Any]:
    return {
        "id": contact_id(number),
        "customer_id": CUSTOMER,
        "phone_number": number,
        "format_e164": number,
        "available_channels": world.channels.get(number, ",".join(_CHANNELS)),
        "opt_out": False,
        "created_at": _stamp(world.now()),
    }


def contact_id(number: str) -> str:
    """Return the id of the contact with a number."""
    return str(uuid5(IDS, number))


def booked(number: str, at: datetime, **fields: Any) -> Json:  # noqa: ANN401 - any JSON value
    """Return a contact of an account, made at a time, as Sent writes it."""
    return {
        "id": contact_id(number),
        "customer_id": CUSTOMER,
        "phone_number": number,
        "format_e164": number,
        "available_channels": "sms,whatsapp",
        "default_channel": "whatsapp",
        "opt_out": False,
        "is_inherited": False,
        "created_at": _stamp(at),
        "updated_at": None,
        **fields,
    }


def _contacts(world: World, query: Mapping[str, str]) -> Json:
    if "phone" not in query:
        page, size = int(query.get("page", 1)), int(query.get("page_size", 20))
        world.on_page(page)
        shown = world.book[(page - 1) * size : page * size]
        has_more = page * size < len(world.book)
        return {
            "contacts": shown,
            "pagination": _pagination(page, has_more=has_more, total=len(world.book) if world.tells_total else None),
        }
    found = [_contact(world, query["phone"])] if query.get("phone", "").startswith("+1") else []
    return {"contacts": found, "pagination": _pagination(1, has_more=False)}


def _message(world: World, _query: Mapping[str, str], message_id: str) -> Json | None:
    found = next((message for message in world.taken if message.id == message_id), None)
    return _shown(world, found) if found else None


def _shown(world: World, message: Taken) -> Json:
    course = [
        (message.at + timedelta(seconds=after), status, code)
        for after, status, code in world.courses.get(message.to, DELIVERED)
    ]
    events = [
        {"status": status, "timestamp": _stamp(at), **({"reason_code": code, "reason": "why"} if code else {})}
        for at, status, code in course
        if at <= world.now()
    ]
    return {
        "id": message.id,
        "customer_id": CUSTOMER,
        "contact_id": contact_id(message.to),
        "phone": message.to,
        "channel": message.channel or world.sent_by.get(message.to),
        "direction": "OUTBOUND",
        "status": events[-1]["status"],
        "template_name": message.template,
        "message_body": {"content": message.text},
        "created_at": _stamp(message.at),
        "events": events,
    }


def _conversation(world: World, query: Mapping[str, str], conversation: str) -> Json | None:
    found = [
        _shown(world, message)
        for message in reversed(world.taken)
        if str(uuid5(CONVERSATIONS, f"{CUSTOMER}:{contact_id(message.to)}")) == conversation
    ]
    found = world.letters.get(conversation, []) + found
    page, size = int(query.get("page", 1)), int(query.get("page_size", 20))
    shown = found[(page - 1) * size : page * size]
    return {"messages": shown, "pagination": _pagination(page, has_more=page * size < len(found))} if found else None


def _me(_world: World, _query: Mapping[str, str]) -> Json:
    return {
        "id": CUSTOMER,
        "name": "Lantern Supply",
        "type": "organization",
        "channels": {
            "sms": {"configured": True, "phone_number": "+14155550190"},
            "whatsapp": {"configured": True, "phone_number": "+14155550191", "business_name": "Lantern"},
            "rcs": {"configured": False},
            "carrier_pigeon": {"configured": True},
        },
    }


def _templates(_world: World, query: Mapping[str, str]) -> Json:
    rows = [
        {"id": "t-1", "customer_id": CUSTOMER, "name": "welcome", "category": "MARKETING", "variables": ["name"]},
        {"id": "t-2", "customer_id": CUSTOMER, "name": "welcome", "language": "de", "variables": ["name"]},
        {"id": "t-3", "customer_id": CUSTOMER, "name": "hours", "category": "UTILITY", "variables": None},
        {"id": "t-4", "customer_id": CUSTOMER, "name": None},
    ]
    page = int(query.get("page", 1))
    return {"templates": rows[2 * page - 2 : 2 * page], "pagination": _pagination(page, has_more=page < 2)}


def _lookup(_world: World, _query: Mapping[str, str], number: str) -> Json:
    return {"phone_number": number, "is_valid": True, "line_type": "mobile", "carrier_name": "Harbour Mobile"}


_ROUTES: Sequence[tuple[str, Callable[..., Any]]] = (
    (r"/v3/contacts", _contacts),
    (r"/v3/contacts/([^/]+)", _booked),
    (r"/v3/messages/([^/]+)", _message),
    (r"/v3/conversations/([^/]+)", _conversation),
    (r"/v3/me", _me),
    (r"/v3/templates", _templates),
    (r"/v3/numbers/lookup/([^/]+)", _lookup),
)


def envelope(world: World, data: object) -> Json:
    """Return an answer that succeeded."""
    return {"success": True, "data": data, "error": None, "meta": _meta(world)}


def _error(world: World, code: str, message: str) -> Json:
    error = {"code": code, "message": message, "details": None, "doc_url": None}
    return {"success": False, "data": None, "error": error, "meta": _meta(world)}


def _meta(world: World) -> Json:
    return {"request_id": "req_1", "timestamp": _stamp(world.now()), "version": "v3"}


def _pagination(page: int, *, has_more: bool, total: int | None = 4) -> Json:
    return {"page": page, "page_size": 2, "total_count": total, "total_pages": 2, "has_more": has_more, "cursors": None}


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"

"""The application: each request is checked on the event loop, and answered in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Final, NamedTuple

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as Place
from starlette.types import ASGIApp, Receive, Scope, Send

from sent_tui.api.api_error import (
    INTERNAL,
    INVALID,
    KEY_INVALID,
    KEY_MISSING,
    LIMITED,
    NO_PATH,
    ApiError,
    api_error_of,
)
from sent_tui.api.body import MOST_BYTES, read_object
from sent_tui.api.desk import Call, Desk
from sent_tui.api.envelope import answer_text, error_text, new_request_id
from sent_tui.api.idempotency import HEADER, REPLAYED, once, original, read_key, scope_of
from sent_tui.api.openapi import description
from sent_tui.api.routes import Route, routes
from sent_tui.services.kept_answers import Answered

AT_ONCE: Final = 8
"""Requests that are answered at the same time; the others wait."""
MOST_WAITING: Final = 64
"""With so many requests under way, a further one is sent away for a moment."""
MOST_IN_HEADERS: Final = 16_384
"""Bytes of the headers of a request."""
BODY_WITHIN: Final = 10.0
"""Seconds in which the body of a request has to come."""
_BODY_METHODS: Final = {"POST", "PATCH", "DELETE"}


class _Worked(NamedTuple):
    """What a call came to."""

    answered: Answered
    headers: Mapping[str, str]


class Application:
    """Answers requests on one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._under_way = 0
        self._threads = CapacityLimiter(AT_ONCE)
        self._routes = routes(desk)
        self._description = description(self._routes)

    def asgi(self) -> ASGIApp:
        """Return it for a server."""
        by_path: dict[str, dict[str, Route]] = {}
        for route in self._routes:
            by_path.setdefault(route.path, {})[route.method] = route
        # A slash more or less is another path, as with Sent: redirects would carry the key on.
        places = [Place(path, _Endpoint(self, methods)) for path, methods in by_path.items()]
        places.append(Place("/openapi.json", self._describe, methods=["GET", "OPTIONS"]))
        app = Starlette(routes=places, exception_handlers={404: self._nowhere, 405: self._nowhere})
        app.router.redirect_slashes = False
        return app

    async def respond(self, request: Request, methods: Mapping[str, Route]) -> Response:
        """Answer one request; whatever goes wrong is told in an envelope."""
        request_id = new_request_id()
        try:
            return await self._answered(request, methods, request_id)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:  # noqa: BLE001 - every error is an envelope
            return self._told(api_error_of(error), request_id)

    async def _answered(self, request: Request, methods: Mapping[str, Route], request_id: str) -> Response:
        if sum(len(name) + len(value) for name, value in request.headers.raw) > MOST_IN_HEADERS:
            raise ApiError(431, INVALID, f"The headers are larger than {MOST_IN_HEADERS:,} bytes.")
        key_name = self._key_name(request)
        if request.method == "OPTIONS":
            return _options(methods, request_id)
        # HEAD is GET whose answer has no body, which the server leaves out.
        route = methods.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            raise _not_taken(_allowed(methods))
        data = await self._body(request) if request.method in _BODY_METHODS else b""
        key = read_key(request.headers.getlist(HEADER)) if route.is_kept else None
        scope = "" if key is None else scope_of(request.method, request.url.path, key)

        def work() -> _Worked:
            call = Call(request.path_params, dict(request.query_params), read_object(data), key_name, scope)
            return self._worked(route, call, data, request_id)

        worked = await self._in_a_thread(work)
        return _json(worked.answered.status, worked.answered.body, {"X-Request-Id": request_id, **worked.headers})

    def _worked(self, route: Route, call: Call, data: bytes, request_id: str) -> _Worked:
        """Answer a call, once where an idempotency key says so; nothing is kept of what is only checked."""
        # What the app or a command wrote a moment ago counts.
        self._desk.workspace.repository.refresh()
        headers = {"X-Sandbox": "true"} if call.is_sandbox else {}

        def made(call: Call) -> Answered:
            answer = route.handle(self._desk, call)
            return Answered(answer.status, answer_text(answer, request_id, self._desk.workspace.clock()))

        if not call.scope or call.is_sandbox:
            return _Worked(made(call), headers)
        answered, is_replay = once(self._desk.kept, call, data, made)
        return _Worked(answered, {REPLAYED: "true", **original(answered.body)} if is_replay else {})

    async def _in_a_thread(self, work: Callable[[], _Worked]) -> _Worked:
        """Work off the event loop; a request whose body is still to come does not count as one under way."""
        if self._under_way >= MOST_WAITING:
            raise ApiError(429, LIMITED, "Too many requests are under way.", headers={"Retry-After": "1"})
        self._under_way += 1
        try:
            return await to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._under_way -= 1

    def _key_name(self, request: Request) -> str:
        given = request.headers.getlist("x-api-key")
        if not given or not given[0]:
            raise ApiError(401, KEY_MISSING, "The header x-api-key is missing.")
        name = self._desk.access.name_of(given[0]) if len(given) == 1 else None
        if name is None:
            raise ApiError(401, KEY_INVALID, "The API key is not valid.")
        return name

    async def _body(self, request: Request) -> bytes:
        kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        declared = request.headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > MOST_BYTES:
            raise _too_large()
        data = bytearray()
        try:
            async with asyncio.timeout(BODY_WITHIN):
                async for part in request.stream():
                    data += part
                    if len(data) > MOST_BYTES:
                        raise _too_large()
        except TimeoutError:
            raise ApiError(408, INVALID, "The body did not come in time.", headers={"Connection": "close"}) from None
        if data and kind != "application/json":
            raise ApiError(415, INVALID, "The body has to be application/json.")
        return bytes(data)

    async def _describe(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return _options({"GET"}, new_request_id())
        return _json(200, self._description, {})

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        told = {404: ApiError(404, NO_PATH, "There is no such path."), 405: _not_taken(_allowed({"GET"}))}
        return self._told(told.get(status) or ApiError(500, INTERNAL, "Something went wrong."), new_request_id())

    def _told(self, error: ApiError, request_id: str) -> Response:
        text = error_text(error, request_id, self._desk.workspace.clock())
        return _json(error.status, text, {"X-Request-Id": request_id, **error.headers})


class _Endpoint:
    """The calls of one path, as an ASGI application, so that no method is refused without an envelope."""

    def __init__(self, application: Application, methods: Mapping[str, Route]) -> None:
        self._application = application
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._application.respond(Request(scope, receive), self._methods)
        await response(scope, receive, send)


def make_application(desk: Desk) -> ASGIApp:
    """Return the API on a desk, for a server."""
    return Application(desk).asgi()


def _allowed(methods: Collection[str]) -> str:
    """Return what a path takes."""
    return ", ".join(sorted({*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])}))


def _options(methods: Collection[str], request_id: str) -> Response:
    return Response(status_code=204, headers={"X-Request-Id": request_id, "Allow": _allowed(methods)})


def _not_taken(allowed: str) -> ApiError:
    return ApiError(405, INVALID, f"This path takes {allowed}.", headers={"Allow": allowed})


def _too_large() -> ApiError:
    words = f"The body is larger than {MOST_BYTES:,} bytes."
    return ApiError(413, INVALID, words, headers={"Connection": "close"})


def _json(status: int, text: str, headers: Mapping[str, str]) -> Response:
    if status == 204:
        return Response(status_code=204, headers=dict(headers))
    kind = "application/json; charset=utf-8"
    return Response(
        text.encode(), status_code=status, headers={"Cache-Control": "no-store", **headers}, media_type=kind
    )

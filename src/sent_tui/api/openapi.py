"""The description of the API for programs: OpenAPI 3.1."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from sent_tui import __version__
from sent_tui.api.idempotency import HEADER
from sent_tui.api.paging import LARGEST_SIZE, LONGEST_SEARCH, USUAL_SIZE
from sent_tui.api.routes import Route
from sent_tui.api.shapes import BODIES, CHANNEL, SHAPES, TEXT, an_object, named
from sent_tui.core.sent_json import Json


class _Words(NamedTuple):
    """What is said about a call beside its path."""

    summary: str
    status: int
    answer: str = ""
    """The shape of `data`."""
    body: str = ""
    query: tuple[str, ...] = ()


_PAGES: Final = ("page", "page_size")
_CALLS: Final = {
    ("GET", "/v3/contacts"): _Words("List contacts", 200, "ContactPage", query=("search", "channel", "phone", *_PAGES)),
    ("POST", "/v3/contacts"): _Words("Make a contact", 201, "Contact", "NewContact"),
    ("GET", "/v3/contacts/{id}"): _Words("Get a contact", 200, "Contact"),
    ("PATCH", "/v3/contacts/{id}"): _Words("Change a contact", 200, "Contact", "ContactChange"),
    ("DELETE", "/v3/contacts/{id}"): _Words("Delete a contact", 204, "", "Sandbox"),
    ("GET", "/v3/contacts/{id}/message-summary"): _Words("Sum up messages", 200, "MessageSummary"),
    ("POST", "/v3/messages"): _Words("Send messages", 202, "Accepted", "NewMessage"),
    ("GET", "/v3/messages/{id}"): _Words("Get a message", 200, "Message"),
    ("GET", "/v3/messages/{id}/activities"): _Words("List what became of it", 200, "Activities"),
    ("GET", "/v3/conversations"): _Words("List all messages", 200, "MessagePage", query=_PAGES),
    ("GET", "/v3/conversations/{id}"): _Words("List the messages with a contact", 200, "MessagePage", query=_PAGES),
    ("GET", "/v3/numbers/lookup/{number}"): _Words("Look a number up", 200, "Number"),
    ("GET", "/v3/templates"): _Words(
        "List templates", 200, "TemplatePage", query=("search", "category", "status", *_PAGES)
    ),
    ("GET", "/v3/templates/{id}"): _Words("Get a template", 200, "Template"),
    ("GET", "/v3/me"): _Words("Get the account", 200, "Account"),
}
_PARAMETERS: Final[dict[str, Json]] = {
    "page": {"type": "integer", "minimum": 1, "default": 1},
    "page_size": {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE, "default": USUAL_SIZE},
    "channel": CHANNEL,
    "search": TEXT | {"maxLength": LONGEST_SEARCH},
}
_IN_PATH: Final = re.compile(r"\{(\w+)\}")


def description(routes: Sequence[Route]) -> str:
    """Return the description of these calls as JSON."""
    paths: dict[str, Json] = {}
    for route in routes:
        words = _CALLS[route.method, route.path]
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, words)
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "sent-tui", "version": __version__, "summary": "Sent's v3 calls on your own contacts"},
        "paths": paths,
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
            "schemas": SHAPES | BODIES,
            "responses": {"Problem": {"description": "A problem", **_content(_envelope({"type": "null"}))}},
        },
    }
    return json.dumps(whole, separators=(",", ":"))


def _operation(route: Route, words: _Words) -> Json:
    in_path = [_parameter(name, "path", TEXT) for name in _IN_PATH.findall(route.path)]
    in_query = [_parameter(name, "query", _PARAMETERS.get(name, TEXT)) for name in words.query]
    in_header = [_parameter(HEADER, "header", TEXT)] if route.is_kept else []
    answer = _content(_envelope(named(words.answer))) if words.answer else {}
    operation: Json = {
        "summary": words.summary,
        "operationId": route.handle.__name__,
        "parameters": [*in_path, *in_query, *in_header],
        "responses": {
            str(words.status): {"description": "Done", **answer},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if words.body:
        operation["requestBody"] = {"required": words.status != 204, **_content(named(words.body))}
    return operation


def _parameter(name: str, place: str, shape: Json) -> Json:
    return {"name": name, "in": place, "required": place == "path", "schema": shape}


def _envelope(data: Json) -> Json:
    error = {"anyOf": [named("Error"), {"type": "null"}]}
    return an_object(("success",), success={"type": "boolean"}, data=data, error=error, meta=named("Meta"))


def _content(shape: Json) -> Json:
    return {"content": {"application/json": {"schema": shape}}}

"""Bodies and queries of any kind: there is always an envelope, and never a fault of the server."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.api.api_error import ApiError
from sent_tui.api.body import MOST_BYTES, Fields, read_object
from sent_tui.core.conversation import conversation_id
from sent_tui.core.sent_contact import SentCopy
from tests.api.serving import PATIENCE, Served, served
from tests.hostile.payloads import PAYLOADS

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = ("to", "text", "template", "channel", "scheduled_at", "sandbox", "phone_number", "opt_out", "default_channel")
BODIES = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6)
CALLS = (
    ("POST", "/v3/contacts"),
    ("PATCH", "/v3/contacts/7a1c3f52-1111-4a4a-9b9b-000000000001"),
    ("DELETE", "/v3/contacts/7a1c3f52-1111-4a4a-9b9b-000000000001"),
    ("POST", "/v3/messages"),
)
LISTS = ("/v3/contacts", "/v3/conversations", "/v3/templates")
KINDS = {"AUTH", "VALIDATION", "RESOURCE", "BUSINESS", "CONFLICT"}


@pytest.fixture(scope="module")
def client(api: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api.url, headers={"x-api-key": api.key}, timeout=PATIENCE) as made:
        yield made


def check(response: httpx.Response) -> dict[str, Any]:
    """Return the envelope of an answer that is none of the server's own faults."""
    assert response.status_code < 500
    if response.status_code == 204:
        assert response.content == b""
        return {}
    envelope: dict[str, Any] = response.json()
    assert set(envelope) == {"success", "data", "error", "meta"}
    assert envelope["success"] is (response.status_code < 400) is (envelope["error"] is None)
    if envelope["error"]:
        assert envelope["error"]["code"].partition("_")[0] in KINDS
        assert envelope["error"]["message"]
        assert envelope["data"] is None
    assert response.headers["x-request-id"] == envelope["meta"]["request_id"]
    return envelope


@SHARED
@given(call=st.sampled_from(CALLS), body=BODIES)
def test_any_fields(client: httpx.Client, call: tuple[str, str], body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    check(client.request(*call, content=content, headers={"Content-Type": "application/json"}))


@SHARED
@given(call=st.sampled_from(CALLS), body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes(client: httpx.Client, call: tuple[str, str], body: bytes) -> None:
    check(client.request(*call, content=body, headers={"Content-Type": "application/json"}))


@SHARED
@given(
    path=st.sampled_from(LISTS),
    query=st.dictionaries(
        st.sampled_from(("page", "page_size", "search", "channel", "phone", "category", "status")),
        st.text(max_size=30) | st.integers().map(str),
        max_size=5,
    ),
)
def test_any_query(client: httpx.Client, path: str, query: dict[str, str]) -> None:
    check(client.get(path, params={name: value.encode("utf-8", "ignore") for name, value in query.items()}))


@SHARED
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="/?#"), min_size=1, max_size=40))
def test_any_path(client: httpx.Client, text: str) -> None:
    from urllib.parse import quote

    for before in ("/v3/contacts/", "/v3/messages/", "/v3/conversations/", "/v3/templates/", "/v3/numbers/lookup/"):
        check(client.get(before + quote(text, safe="")))


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_hostile_text_is_kept_as_it_is_or_refused(client: httpx.Client, payload: str) -> None:
    body = {"to": ["+14155550100"], "text": payload, "sandbox": True}
    content = json.dumps(body).encode()
    check(client.post("/v3/messages", content=content, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize(
    "body",
    [
        b'{"phone_number": NaN}',
        b'{"phone_number": Infinity}',
        b'{"phone_number": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"phone_number": "+14155550132", "phone_number": "+14155550133"}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b"[" * 30 + b"]" * 30 + b"}",
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"phone_number": "+1415',
        b'\xef\xbb\xbf{"phone_number": "+14155550132"}',
        '{"phone_number": "+14155550132"}'.encode("utf-16"),
        b'["+14155550132"]',
        b'"+14155550132"',
        b"null",
        b"\x00",
    ],
    ids=range(15),
)
def test_what_is_no_sound_object_is_refused(client: httpx.Client, body: bytes) -> None:
    response = client.post("/v3/contacts", content=body, headers={"Content-Type": "application/json"})
    assert check(response)["error"]["code"] == "VALIDATION_001"
    assert response.status_code == 400


def test_the_content_has_to_be_json(client: httpx.Client) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        response = client.post("/v3/contacts", content=b"{}", headers={"Content-Type": kind})
        assert (response.status_code, check(response)["error"]["code"]) == (415, "VALIDATION_001")
    kind = "application/json; charset=utf-8"
    assert client.post("/v3/contacts", content=b"{}", headers={"Content-Type": kind}).status_code == 400


def test_a_body_has_its_limit(client: httpx.Client) -> None:
    def parts() -> Iterator[bytes]:
        yield from (b" " * 100_000 for _ in range(11))

    declared = client.post("/v3/messages", content=b" " * (MOST_BYTES + 1))
    for response in (declared, client.post("/v3/messages", content=parts())):
        assert (response.status_code, check(response)["error"]["code"]) == (413, "VALIDATION_001")
    content = b'{"phone_number": "12"}' + b" " * (MOST_BYTES - 22)
    response = client.post("/v3/contacts", content=content, headers={"Content-Type": "application/json"})
    assert check(response)["error"]["code"] == "VALIDATION_002"


def test_other_paths_and_methods_are_told_in_an_envelope(client: httpx.Client) -> None:
    for path in ("/", "/v3", "/v3/contacts/", "/v3/profiles", "/v3//contacts"):
        assert client.get(path).status_code == 404
        check(client.get(path))
    response = client.put("/v3/contacts")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    check(response)
    response = client.post("/openapi.json")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    check(response)
    assert client.request("BREW", "/v3/me").status_code == 405


def test_head_is_get_without_the_body_and_options_tells_what_a_path_takes(client: httpx.Client) -> None:
    for path, status in (("/v3/me", 200), ("/v3/contacts", 200), ("/v3/contacts/x", 400), ("/openapi.json", 200)):
        told, silent = client.get(path), client.head(path)
        assert (told.status_code, silent.status_code, silent.content) == (status, status, b"")
        assert silent.headers["content-type"] == told.headers["content-type"]
    asked = client.options("/v3/contacts/7a1c3f52-1111-4a4a-9b9b-000000000001")
    assert client.options("/openapi.json").headers["allow"] == "GET, HEAD, OPTIONS"
    assert (asked.status_code, asked.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH")
    assert client.head("/v3/messages").status_code == 405


def test_what_is_wrong_with_a_parameter_is_told_by_its_name(client: httpx.Client) -> None:
    error = check(client.get("/v3/contacts", params={"phone": "12"}))["error"]
    assert (error["code"], list(error["details"])) == ("VALIDATION_002", ["phone"])


def test_a_contact_is_named_by_its_id_here_or_at_sent(api: Served, client: httpx.Client) -> None:
    theirs = "AB0E8400-E29B-41D4-A716-446655440000"
    ours = check(client.post("/v3/contacts", json={"phone_number": "+14155550137"}))["data"]["id"]
    api.workspace.repository.update(ours, lambda known: replace(known, sent=SentCopy(theirs)))
    for wanted in (ours, ours.upper(), theirs):
        assert check(client.get(f"/v3/contacts/{wanted}"))["data"]["id"] == ours
    assert client.patch(f"/v3/contacts/{theirs}", json={"opt_out": True}).json()["data"]["opt_out"] is True
    assert client.get(f"/v3/contacts/{theirs}/message-summary").json()["data"]["contact_id"] == ours
    assert client.delete(f"/v3/contacts/{theirs}").status_code == 204
    assert client.get(f"/v3/contacts/{theirs}").status_code == 404


def test_a_search_has_its_limit(client: httpx.Client) -> None:
    assert client.get("/v3/contacts", params={"search": "-x " * 66}).status_code == 200
    for path in ("/v3/contacts", "/v3/templates"):
        error = check(client.get(path, params={"search": "-x " * 67}))["error"]
        assert (error["code"], list(error["details"])) == ("VALIDATION_005", ["search"])


def test_one_idempotency_key_is_enough(client: httpx.Client) -> None:
    headers = [("Idempotency-Key", "first"), ("Idempotency-Key", "second")]
    response = client.post("/v3/contacts", json={"phone_number": "+14155550139"}, headers=headers)
    assert (response.status_code, check(response)["error"]["code"]) == (400, "VALIDATION_007")


def test_a_message_tells_its_number_after_its_contact_was_deleted(api: Served, client: httpx.Client) -> None:
    made = check(client.post("/v3/messages", json={"to": ["+14155550138"], "text": "Hello"}))
    message_id = made["data"]["recipients"][0]["message_id"]
    before = check(client.get(f"/v3/messages/{message_id}"))["data"]
    api.workspace.repository.delete([before["contact_id"]])
    after = check(client.get(f"/v3/messages/{message_id}"))["data"]
    names = ("contact_id", "phone", "phone_international", "region_code")
    assert [after[name] for name in names] == [before[name] for name in names]


def test_the_conversation_with_a_contact_that_was_deleted_is_found_after_a_restart(tmp_path: Path) -> None:
    with served(tmp_path / "contacts.db") as before:
        headers = {"x-api-key": before.key}
        body = {"to": ["+14155550136"], "text": "Hello"}
        accepted = httpx.post(f"{before.url}/v3/messages", json=body, headers=headers, timeout=PATIENCE).json()
        sent = accepted["data"]["recipients"][0]
        known = before.workspace.repository.message(sent["message_id"]).contact_id
        conversation = conversation_id(before.desk.customer_id, known)
        url = f"/v3/conversations/{conversation}"
        assert len(httpx.get(before.url + url, headers=headers, timeout=PATIENCE).json()["data"]["messages"]) == 1
        before.workspace.repository.delete([known])
    with served(tmp_path / "contacts.db", key=before.key) as after:
        found = httpx.get(after.url + url, headers=headers, timeout=PATIENCE).json()["data"]["messages"]
        assert [each["id"] for each in found] == [sent["message_id"]]
        assert httpx.get(f"{after.url}/v3/conversations/{known}", headers=headers, timeout=PATIENCE).status_code == 404


def test_nothing_is_told_before_the_key_is_right(api: Served) -> None:
    with httpx.Client(base_url=api.url, timeout=PATIENCE) as anybody:
        for method, path in (*CALLS, ("GET", "/v3/contacts"), ("PUT", "/v3/contacts")):
            response = anybody.request(method, path, content=b"not json")
            assert (response.status_code, check(response)["error"]["code"]) == (401, "AUTH_001")
        twice = [("x-api-key", api.key), ("x-api-key", api.key)]
        assert anybody.get("/v3/me", headers=twice).status_code == 401


@given(data=st.binary(max_size=300) | st.text(string.printable).map(str.encode))
def test_reading_a_body_ends_in_an_object_or_an_error(data: bytes) -> None:
    found = outcome(lambda: read_object(data))
    assert isinstance(found, dict) or (found.status, found.code) == (400, "VALIDATION_001")


@given(value=JSON)
def test_a_field_is_of_its_kind_or_refused(value: object) -> None:
    fields = Fields({"a": value})
    ways: tuple[tuple[Callable[[str], object], type], ...] = (
        (fields.text, str),
        (fields.flag, bool),
        (fields.mapping, dict),
    )
    for read, kind in ways:
        found = outcome(lambda read=read: read("a"))  # type: ignore[misc]
        assert value is None or isinstance(found, kind) or found.code == "VALIDATION_001"


def outcome(work: Callable[[], Any]) -> Any:
    """Return what came of something, the error where it failed."""
    try:
        return work()
    except ApiError as error:
        return error

"""The description says what there is: every call, and of every answer the fields that Sent's SDK knows."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from sent_dm import types
from sent_dm.types import (
    conversation_messages_list,
    me_retrieve_response,
    message_retrieve_activities_response,
    message_send_response,
    number_lookup_response,
)

from tests.api.serving import PATIENCE, Served

MODELS: dict[str, Any] = {
    "Contact": types.ContactResponse,
    "MessageSummary": types.ContactMessageSummary,
    "Message": conversation_messages_list.Message,
    "Event": conversation_messages_list.MessageEvent,
    "Activities": message_retrieve_activities_response.Data,
    "Activity": message_retrieve_activities_response.DataActivity,
    "Accepted": message_send_response.Data,
    "Number": number_lookup_response.Data,
    "Template": types.Template,
    "Account": me_retrieve_response.Data,
    "Pagination": types.PaginationMeta,
    "Error": types.ErrorDetail,
    "Meta": types.APIMeta,
}
BEYOND = {"Message": {"scheduled_at"}, "Accepted": {"scheduled_at"}}
"""What the SDK takes without a type of its own."""
WITHOUT = {"Template": {"auto_reply_action"}}
"""What Sent leaves out as well where it does not apply."""


@pytest.fixture(scope="module")
def described(api: Served) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{api.url}/openapi.json", timeout=PATIENCE).json()
    return found


@pytest.mark.parametrize("name", MODELS)
def test_an_answer_has_the_fields_of_the_sdk(described: dict[str, Any], name: str) -> None:
    fields = {about.alias or field for field, about in MODELS[name].model_fields.items()}
    shape = described["components"]["schemas"][name]
    assert set(shape["properties"]) == (fields | BEYOND.get(name, set())) - WITHOUT.get(name, set())


def test_every_call_is_described_and_answers(api: Served, described: dict[str, Any]) -> None:
    for path, methods in described["paths"].items():
        for method in methods:
            url = api.url + re.sub(r"\{\w+\}", "7a1c3f52-1111-4a4a-9b9b-000000000001", path)
            response = httpx.request(method.upper(), url, headers={"x-api-key": api.key}, timeout=PATIENCE)
            assert response.status_code not in {401, 405, 500}
            assert response.json()["meta"]["version"] == "v3"


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def references(part: object) -> set[str]:
        if isinstance(part, list):
            return set().union(*map(references, part))
        if not isinstance(part, dict):
            return set()
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*map(references, part.values()))

    for reference in references(described):
        found: Any = described
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_answers_have_every_field_that_is_described(api: Served, described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    with httpx.Client(base_url=api.url, headers={"x-api-key": api.key}, timeout=60) as client:
        made = client.post("/v3/contacts", json={"phone_number": "+12015550160"}).json()["data"]
        assert set(made) == set(schemas["Contact"]["properties"])
        assert set(client.get("/v3/me").json()["data"]) == set(schemas["Account"]["properties"])
        assert set(client.get("/v3/numbers/lookup/+12015550160").json()["data"]) == set(schemas["Number"]["properties"])
        template = client.get("/v3/templates").json()["data"]["templates"][0]
        assert set(template) == set(schemas["Template"]["properties"])
        summary = client.get(f"/v3/contacts/{made['id']}/message-summary").json()["data"]
        assert set(summary) == set(schemas["MessageSummary"]["properties"])

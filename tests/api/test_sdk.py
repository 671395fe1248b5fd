"""Sent's own SDK, as it is published, as the client of the API."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sent_dm
from msgspec.structs import replace
from pydantic import BaseModel
from sent_dm.types.message_send_params import Template

from sent_tui.api.api_error import ApiError
from sent_tui.api.contacts import create_contact
from sent_tui.api.desk import Call
from sent_tui.core.conversation import conversation_id
from tests.api.serving import Served, number

DELIVERED, FAILED, NEVER_WROTE = "+14155550100", "+14155550104", "+14155550122"
"""Numbers of the simulator to which every message takes the same course."""
_places = itertools.count(1_500)


@pytest.fixture
def client(api: Served) -> Iterator[sent_dm.Sent]:
    with sent_dm.Sent(api_key=api.key, base_url=api.url, max_retries=0) as made:
        yield made


@pytest.fixture
async def aclient(api: Served) -> AsyncIterator[sent_dm.AsyncSent]:
    async with sent_dm.AsyncSent(api_key=api.key, base_url=api.url, max_retries=0) as made:
        yield made


def fresh() -> str:
    """Return a number that no test had."""
    return number(next(_places))


def error_of(refusal: sent_dm.APIStatusError) -> dict[str, Any]:
    """Return what the body of a refusal says of the error."""
    assert isinstance(refusal.body, dict)
    error: dict[str, Any] = refusal.body["error"]
    return error


def strictly(answer: BaseModel) -> Any:
    """Return an answer of which every part is what the SDK's types say: it builds models without looking."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dumped = answer.model_dump(mode="json", by_alias=True)
    return type(answer).model_validate(dumped, strict=False)


def data_of(answer: Any) -> Any:
    """Return the data of an envelope that says that all went well."""
    checked = strictly(answer)
    assert checked.success is True
    assert checked.error is None
    assert checked.meta.version == "v3"
    assert isinstance(checked.meta.timestamp, datetime)
    assert checked.meta.request_id
    return checked.data


def until(ask: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
    """Ask until the answer is as it has to become."""
    for _ in range(2_000):
        answer = ask()
        if holds(answer):
            return answer
    raise AssertionError(answer)


class TestContacts:
    def test_one_is_made_found_changed_and_deleted(self, client: sent_dm.Sent, api: Served) -> None:
        given = fresh()
        made = data_of(client.contacts.create(phone_number=given))
        assert str(UUID(made.id)) == made.id
        assert made.customer_id == api.desk.customer_id
        assert (made.format_e164, made.country_code, made.region_code) == (given, "1", "US")
        assert made.format_rfc.startswith("tel:+1-")
        assert (made.opt_out, made.is_inherited) == (False, False)
        assert isinstance(made.created_at, datetime)
        assert made.available_channels in {"sms", "whatsapp", "sms,whatsapp", ""}
        assert data_of(client.contacts.retrieve(made.id)).format_e164 == given
        changed = data_of(client.contacts.update(made.id, default_channel="sms", opt_out=True))
        assert (changed.default_channel, changed.opt_out) == ("sms", True)
        assert changed.updated_at > made.created_at
        assert data_of(client.contacts.update(made.id, opt_out=False)).opt_out is False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            assert client.contacts.delete(made.id) is None
        with pytest.raises(sent_dm.NotFoundError) as gone:
            client.contacts.retrieve(made.id)
        assert error_of(gone.value)["code"] == "RESOURCE_001"

    def test_a_number_may_be_written_as_people_do(self, client: sent_dm.Sent) -> None:
        made = data_of(client.contacts.create(phone_number="+44 20 7946 0123"))
        assert made.format_e164 == "+442079460123"
        assert made.phone_number == "+44 20 7946 0123"

    def test_the_same_number_is_a_conflict_that_names_the_contact(self, client: sent_dm.Sent) -> None:
        given = fresh()
        made = data_of(client.contacts.create(phone_number=given))
        with pytest.raises(sent_dm.ConflictError) as known:
            client.contacts.create(phone_number=given)
        assert error_of(known.value)["code"] == "RESOURCE_007"
        assert made.id in str(known.value)

    def test_they_are_found_by_text_channel_and_number(self, client: sent_dm.Sent, api: Served) -> None:
        given = fresh()
        made = data_of(client.contacts.create(phone_number=given))
        assert [each.id for each in client.contacts.list(phone=given)] == [made.id]
        assert [each.id for each in client.contacts.list(search=given[-7:])] == [made.id]
        assert made.id in {each.id for each in client.contacts.list(channel="sms", page_size=100)} or (
            "sms" not in made.available_channels
        )
        assert list(client.contacts.list(phone=fresh())) == []
        page = strictly(client.contacts.list(search="nobody has this", page_size=5))
        assert (page.data.contacts, page.data.pagination.has_more) == ([], False)

    def test_the_summary_counts_messages(self, client: sent_dm.Sent) -> None:
        to = DELIVERED
        sent = [data_of(client.messages.send(to=[to], text="Hello", channel=["sms"])) for _ in range(2)]
        for one in sent:
            wait(client, one.recipients[0].message_id)
        found = next(iter(client.contacts.list(phone=to)))
        summary = data_of(client.contacts.retrieve_message_summary(found.id or ""))
        assert summary.contact_id == found.id
        assert summary.message_count >= 2
        assert summary.first_message_at <= summary.last_message_at
        assert "sms" in summary.channels_used
        assert {score.channel for score in summary.channel_scores} == set(summary.channels_used)
        assert all(0 <= score.success_score + score.fail_score <= 100 for score in summary.channel_scores)

    def test_a_channel_that_does_not_reach_is_refused(self, client: sent_dm.Sent, api: Served) -> None:
        made = data_of(client.contacts.create(phone_number="+442079460124"))
        with pytest.raises(sent_dm.UnprocessableEntityError) as refused:
            client.contacts.update(made.id, default_channel="sms")
        assert error_of(refused.value)["code"] == "BUSINESS_007"

    def test_the_sandbox_stores_nothing(self, client: sent_dm.Sent, api: Served) -> None:
        given = fresh()
        sample = data_of(client.contacts.create(phone_number=given, sandbox=True))
        assert sample.format_e164 == given
        assert api.workspace.repository.find(given) is None
        made = data_of(client.contacts.create(phone_number=given))
        assert data_of(client.contacts.update(made.id, opt_out=True, sandbox=True)).opt_out is True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            client.contacts.delete(made.id, sandbox=True)
        assert data_of(client.contacts.retrieve(made.id)).opt_out is False


class TestMessages:
    def test_a_message_arrives(self, client: sent_dm.Sent, api: Served) -> None:
        to = DELIVERED
        accepted = data_of(client.messages.send(to=[to], text="Hello", idempotency_key="one-message"))
        assert (accepted.status, accepted.template_id, accepted.template_name) == ("QUEUED", None, None)
        (row,) = accepted.recipients
        assert (row.to, row.channel, row.body) == (to, None, None)
        message = wait(client, row.message_id)
        assert message.status in {"DELIVERED", "READ"}
        assert (message.direction, message.phone, message.message_body.content) == ("outbound", to, "Hello")
        assert message.customer_id == api.desk.customer_id
        assert [event.status for event in message.events][:1] == ["QUEUED"]
        assert [event.timestamp for event in message.events] == sorted(event.timestamp for event in message.events)
        told = data_of(client.messages.retrieve_activities(row.message_id))
        assert told.message_id == row.message_id
        assert [each.status for each in told.activities] == [event.status for event in reversed(message.events)]
        assert told.pagination.total_count == len(told.activities)

    def test_a_failure_has_its_reason(self, client: sent_dm.Sent) -> None:
        accepted = data_of(client.messages.send(to=[FAILED], text="Hello", channel=["sms"]))
        message = wait(client, accepted.recipients[0].message_id)
        assert message.status == "FAILED"
        assert message.reason_code
        assert message.reason
        newest = data_of(client.messages.retrieve_activities(message.id)).activities[0]
        assert (newest.status, newest.reason_code) == ("FAILED", message.reason_code)

    def test_channels_are_a_broadcast(self, client: sent_dm.Sent, api: Served) -> None:
        some = [fresh(), fresh()]
        accepted = data_of(client.messages.send(to=[*some, some[0]], text="Hello", channel=["whatsapp", "sms"]))
        rows = {(row.to, row.channel) for row in accepted.recipients}
        assert rows == {(to, channel) for to in some for channel in ("whatsapp", "sms")}
        assert {row.body for row in accepted.recipients} == {"Hello"}
        assert len({row.message_id for row in accepted.recipients}) == 4
        assert all(api.workspace.repository.find(to) for to in some)

    def test_templates_are_sent_by_name_and_by_id(self, client: sent_dm.Sent) -> None:
        template = next(each for each in client.templates.list() if each.name == "welcome")
        filled: Template = {"parameters": {"name": "Ada", "other": "ignored"}}
        ways: tuple[Template, ...] = ({"name": "welcome"}, {"id": template.id})
        for wanted in ways:
            accepted = data_of(client.messages.send(to=[DELIVERED], template={**wanted, **filled}))
            assert (accepted.template_id, accepted.template_name) == (template.id, "welcome")
            message = wait(client, accepted.recipients[0].message_id)
            assert message.message_body.content.startswith("Hello Ada,")
            assert (message.template_id, message.template_category) == (template.id, "MARKETING")

    def test_who_opted_out_gets_nothing(self, client: sent_dm.Sent) -> None:
        made = data_of(client.contacts.create(phone_number=fresh()))
        client.contacts.update(made.id, opt_out=True)
        accepted = data_of(client.messages.send(to=[made.format_e164], text="Hello"))
        message = data_of(client.messages.retrieve_status(accepted.recipients[0].message_id))
        assert (message.status, message.reason_code) == ("FILTERED", "CONSENT_001")

    def test_free_text_without_a_conversation_is_blocked(self, client: sent_dm.Sent) -> None:
        accepted = data_of(client.messages.send(to=[NEVER_WROTE], text="Hello", channel=["whatsapp"]))
        message = wait(client, accepted.recipients[0].message_id)
        assert (message.status, message.reason_code) == ("BLOCKED", "BUSINESS_008")
        assert [event.status for event in message.events] == ["QUEUED", "BLOCKED"]

    def test_a_scheduled_one_waits(self, client: sent_dm.Sent) -> None:
        at = datetime.now(UTC) + timedelta(hours=2)
        accepted = data_of(client.messages.send(to=[fresh()], text="Later", scheduled_at=at))
        assert accepted.status == "QUEUED"
        message = data_of(client.messages.retrieve_status(accepted.recipients[0].message_id))
        assert message.status == "SCHEDULED"
        assert datetime.fromisoformat(message.scheduled_at) == at
        assert [event.status for event in message.events] == ["QUEUED", "SCHEDULED"]

    @pytest.mark.parametrize("ahead", [timedelta(seconds=30), timedelta(days=31), timedelta(days=-1)])
    def test_it_cannot_be_scheduled_for_any_time(self, client: sent_dm.Sent, ahead: timedelta) -> None:
        with pytest.raises(sent_dm.BadRequestError) as refused:
            client.messages.send(to=[fresh()], text="Later", scheduled_at=datetime.now(UTC) + ahead)
        assert error_of(refused.value)["code"] == "VALIDATION_005"
        with pytest.raises(sent_dm.BadRequestError):
            client.messages.send(to=[fresh()], text="Later", scheduled_at="2030-01-01T10:00:00")

    def test_the_sandbox_sends_nothing(self, client: sent_dm.Sent, api: Served) -> None:
        to, before = fresh(), len(api.workspace.repository.select())
        raw = client.messages.with_raw_response.send(to=[to], text="Hello", sandbox=True)
        assert raw.headers["x-sandbox"] == "true"
        accepted = data_of(raw.parse())
        assert accepted.recipients[0].to == to
        with pytest.raises(sent_dm.NotFoundError):
            client.messages.retrieve_status(accepted.recipients[0].message_id)
        assert len(api.workspace.repository.select()) == before
        assert api.workspace.repository.find(to) is None

    def test_a_thousand_recipients_and_no_more(self, client: sent_dm.Sent, api: Served) -> None:
        many = [number(place) for place in range(1_001)]
        with pytest.raises(sent_dm.BadRequestError, match="1,000"):
            client.messages.send(to=many, text="Hello", sandbox=True)
        accepted = data_of(client.messages.send(to=many[:1_000], text="Hello", sandbox=True))
        assert len(accepted.recipients) == 1_000


class TestIdempotency:
    def test_a_repetition_gets_the_first_answer(self, client: sent_dm.Sent, api: Served) -> None:
        def ask() -> Any:
            return client.messages.with_raw_response.send(to=[to], text="Once", idempotency_key="again-1")

        to = fresh()
        first, second = ask(), ask()
        assert "idempotent-replayed" not in first.headers
        assert second.headers["idempotent-replayed"] == "true"
        assert second.headers["x-original-request-id"] == first.headers["x-request-id"]
        assert first.text() == second.text()
        found = api.workspace.repository.find(to)
        assert found is not None
        assert len(api.workspace.repository.messages(contact_id=found.id)) == 1

    def test_another_request_under_the_same_key_is_refused(self, client: sent_dm.Sent) -> None:
        client.contacts.create(phone_number=fresh(), idempotency_key="again-2")
        with pytest.raises(sent_dm.BadRequestError) as refused:
            client.contacts.create(phone_number=fresh(), idempotency_key="again-2")
        assert error_of(refused.value)["code"] == "VALIDATION_007"

    def test_a_failed_request_can_be_made_again(self, client: sent_dm.Sent) -> None:
        given = fresh()
        for _ in range(2):
            with pytest.raises(sent_dm.BadRequestError):
                client.contacts.create(phone_number=given[:6], idempotency_key="again-3")
        assert data_of(client.contacts.create(phone_number=given, idempotency_key="again-3"))

    def test_what_a_killed_server_had_made_is_the_answer(self, api: Served) -> None:
        call = Call(body={"phone_number": fresh()}, seed="a request")
        first, second = create_contact(api.desk, call), create_contact(api.desk, call)
        assert first.status == second.status == 201
        assert first.data is not None
        assert second.data is not None
        assert first.data["id"] == second.data["id"]
        with pytest.raises(ApiError):
            create_contact(api.desk, replace(call, seed="another request"))

    def test_a_key_has_a_form(self, client: sent_dm.Sent) -> None:
        for key in ("with space", "a" * 256):
            with pytest.raises(sent_dm.BadRequestError):
                client.contacts.create(phone_number=fresh(), extra_headers={"Idempotency-Key": key})


class TestConversations:
    def test_messages_are_listed_newest_first(self, client: sent_dm.Sent, api: Served) -> None:
        to = fresh()
        sent = [data_of(client.messages.send(to=[to], text=f"Number {place}")) for place in range(5)]
        ids = [each.recipients[0].message_id for each in reversed(sent)]
        assert [each.id for each in itertools.islice(client.conversations.list(page_size=2), 5)] == ids
        found = next(iter(client.contacts.list(phone=to)))
        conversation = conversation_id(found.customer_id or "", found.id or "")
        listed = list(client.conversations.list_messages(conversation, page_size=2))
        assert [strictly(each).id for each in listed] == ids
        assert client.conversations.list_messages(conversation.upper()).data is not None

    def test_one_that_there_is_not(self, client: sent_dm.Sent) -> None:
        with pytest.raises(sent_dm.NotFoundError):
            client.conversations.list_messages(str(UUID(int=5)))


class TestReference:
    def test_a_number_is_looked_up(self, client: sent_dm.Sent) -> None:
        found = data_of(client.numbers.lookup("+14155550132"))
        assert (found.phone_number, found.is_valid, found.line_type) == ("+14155550132", True, "mobile")
        assert data_of(client.numbers.lookup("+442079460123")).line_type == "landline"
        assert data_of(client.numbers.lookup("+1415555")).is_valid is False
        with pytest.raises(sent_dm.BadRequestError):
            client.numbers.lookup("nothing")

    def test_templates(self, client: sent_dm.Sent) -> None:
        listed = [strictly(each) for each in client.templates.list(page_size=2)]
        assert len(listed) == 5
        assert data_of(client.templates.retrieve(listed[0].id)).name == listed[0].name
        assert [each.name for each in client.templates.list(search="CODE", category="AUTHENTICATION")] == [
            "one_time_code"
        ]
        assert list(client.templates.list(status="PENDING")) == []
        with pytest.raises(sent_dm.NotFoundError):
            client.templates.retrieve(str(UUID(int=3)))

    def test_the_account(self, client: sent_dm.Sent, api: Served) -> None:
        me = data_of(client.me.retrieve())
        assert (me.id, me.type) == (api.desk.customer_id, "user")
        assert me.channels.sms.configured is me.channels.whatsapp.configured is True
        assert me.channels.rcs.configured is False


class TestErrors:
    def test_without_a_key_and_with_a_wrong_one(self, api: Served) -> None:
        wrong = f"{api.key[:-1]}{'A' if api.key[-1] != 'A' else 'B'}"
        for key, code in (("", "AUTH_001"), (wrong, "AUTH_002"), ("nonsense", "AUTH_002")):
            with (
                sent_dm.Sent(api_key=key, base_url=api.url, max_retries=0) as client,
                pytest.raises(sent_dm.AuthenticationError) as refused,
            ):
                client.me.retrieve()
            assert error_of(refused.value)["code"] == code

    def test_a_revoked_key_opens_nothing(self, api: Served) -> None:
        key = api.desk.access.make().reveal()
        with sent_dm.Sent(api_key=key, base_url=api.url, max_retries=0) as client:
            client.me.retrieve()
            api.desk.access.revoke(key.split("_")[2])
            with pytest.raises(sent_dm.AuthenticationError):
                client.me.retrieve()

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"page": 0}, "VALIDATION_005"),
            ({"page_size": 101}, "VALIDATION_005"),
            ({"page_size": "many"}, "VALIDATION_001"),
            ({"channel": "fax"}, "VALIDATION_006"),
            ({"phone": "nothing"}, "VALIDATION_002"),
        ],
    )
    def test_queries_have_bounds(self, client: sent_dm.Sent, query: dict[str, Any], code: str) -> None:
        with pytest.raises(sent_dm.BadRequestError) as refused:
            client.contacts.list(extra_query=query)
        assert error_of(refused.value)["code"] == code
        assert error_of(refused.value)["details"]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "VALIDATION_004"),
            ({"text": "Hello"}, "VALIDATION_004"),
            ({"to": []}, "VALIDATION_004"),
            ({"to": ["+14155550132"]}, "VALIDATION_004"),
            ({"to": "+14155550132", "text": "Hello"}, "VALIDATION_001"),
            ({"to": ["4155550132"], "text": "Hello"}, "VALIDATION_002"),
            ({"to": ["+1415555"], "text": "Hello"}, "VALIDATION_002"),
            ({"to": ["+14155550132"], "text": "  "}, "VALIDATION_001"),
            ({"to": ["+14155550132"], "text": "x" * 1601}, "VALIDATION_001"),
            ({"to": ["+14155550132"], "text": "a", "template": {"name": "welcome"}}, "VALIDATION_001"),
            ({"to": ["+14155550132"], "template": {"name": "welcome"}}, "VALIDATION_004"),
            ({"to": ["+14155550132"], "template": {}}, "VALIDATION_004"),
            ({"to": ["+14155550132"], "text": "a", "channel": ["fax"]}, "VALIDATION_006"),
            ({"to": ["+14155550132"], "text": "a", "sandbox": "yes"}, "VALIDATION_001"),
        ],
    )
    def test_messages_have_a_form(self, client: sent_dm.Sent, body: dict[str, Any], code: str) -> None:
        with pytest.raises(sent_dm.BadRequestError) as refused:
            client.messages.send(extra_body=body)
        assert error_of(refused.value)["code"] == code

    def test_an_unknown_template_and_an_id_that_is_none(self, client: sent_dm.Sent) -> None:
        with pytest.raises(sent_dm.NotFoundError) as missing:
            client.messages.send(to=[fresh()], template={"name": "nothing"})
        assert error_of(missing.value)["code"] == "RESOURCE_002"
        with pytest.raises(sent_dm.BadRequestError) as no_id:
            client.contacts.retrieve("nonsense")
        assert error_of(no_id.value)["code"] == "VALIDATION_003"


class TestAsync:
    async def test_every_call(self, aclient: sent_dm.AsyncSent) -> None:
        given = fresh()
        made = data_of(await aclient.contacts.create(phone_number=given))
        assert data_of(await aclient.contacts.retrieve(made.id)).id == made.id
        assert data_of(await aclient.contacts.update(made.id, default_channel=made.default_channel)).id == made.id
        assert [each.id async for each in aclient.contacts.list(phone=given)] == [made.id]
        accepted = data_of(await aclient.messages.send(to=[given], text="Hello", idempotency_key="async"))
        message_id = accepted.recipients[0].message_id
        assert data_of(await aclient.messages.retrieve_status(message_id)).id == message_id
        assert data_of(await aclient.messages.retrieve_activities(message_id)).message_id == message_id
        assert data_of(await aclient.contacts.retrieve_message_summary(made.id)).message_count == 1
        conversation = conversation_id(made.customer_id, made.id)
        assert [each.id async for each in aclient.conversations.list_messages(conversation)] == [message_id]
        assert (await aclient.conversations.list(page_size=1)).data is not None
        assert data_of(await aclient.numbers.lookup(given)).is_valid
        templates = [each async for each in aclient.templates.list(page_size=3)]
        assert data_of(await aclient.templates.retrieve(templates[0].id or "")).name == templates[0].name
        assert data_of(await aclient.me.retrieve()).channels.sms.configured
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            await aclient.contacts.delete(made.id)
        with pytest.raises(sent_dm.NotFoundError):
            await aclient.contacts.retrieve(made.id)


def wait(client: sent_dm.Sent, message_id: str) -> Any:
    """Return a message once it has come to its end."""
    final = {"DELIVERED", "READ", "FAILED", "FILTERED", "BLOCKED"}
    return until(lambda: data_of(client.messages.retrieve_status(message_id)), lambda each: each.status in final)

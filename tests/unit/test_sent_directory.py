"""The contacts of an account, read from whatever comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fault_campaign.sent_server import booked, contact_id
from sent_tui.core.channel import Channel
from sent_tui.core.sent_contact import SentContact, SentCopy
from sent_tui.gateways.gateway import NothingThereError, PermanentGatewayError, TransientGatewayError
from sent_tui.gateways.sent_directory import read_contact, read_message
from tests.unit.test_sent_gateway import BEGAN, TO, Network

PATH = f"/v3/contacts/{contact_id(TO)}"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    (
        *("id", "phone_number", "format_e164", "available_channels", "default_channel", "opt_out", "created_at"),
        *("updated_at", "direction", "status", "message_body", "channel", "events", "template_name", "region_code"),
    )
)


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    network.world.book = [booked(TO, BEGAN)]
    yield network
    network.close()


def answered(data: object) -> dict[str, Any]:
    return {"success": True, "data": data, "error": None, "meta": {}}


def test_a_page_tells_how_many_there_are(network: Network) -> None:
    page = network.gateway.directory.contacts_page(1)
    assert (len(page.contacts), page.total, page.has_more) == (1, 1, False)
    assert page.contacts[0].copy == SentCopy(contact_id(TO), "sms,whatsapp", "whatsapp", False, BEGAN)


@pytest.mark.parametrize("total", [None, True, -1, "7", 2.5])
def test_a_count_that_is_none_is_not_believed(network: Network, total: object) -> None:
    pagination = {"total_count": total, "has_more": None}
    network.world.answers["/v3/contacts"] = answered({"contacts": [], "pagination": pagination})
    page = network.gateway.directory.contacts_page(1)
    assert (page.total, page.has_more) == (None, False)


@pytest.mark.parametrize("data", [{}, {"contacts": "x"}, {"contacts": {"id": 1}}, [], "x"])
def test_what_is_no_page_is_no_empty_page(network: Network, data: object) -> None:
    network.world.answers["/v3/contacts"] = answered(data)
    with pytest.raises(TransientGatewayError):
        network.gateway.directory.contacts_page(1)


def test_a_contact_is_found_by_its_id_and_by_its_number(network: Network) -> None:
    directory = network.gateway.directory
    found = directory.contact(contact_id(TO))
    assert found is not None
    assert found.format_e164 == TO
    assert directory.contact("nobody") is None
    by_number = directory.find(TO)
    assert by_number is not None
    assert by_number.id == contact_id(TO)
    assert directory.find("+493023125001") is None


@pytest.mark.parametrize("data", [{"id": contact_id(TO)}, {"format_e164": TO}, [], {"id": 5, "format_e164": 5}])
def test_a_contact_without_id_or_number_is_none(network: Network, data: object) -> None:
    network.world.answers[PATH] = answered(data)
    with pytest.raises(TransientGatewayError):
        network.gateway.directory.contact(contact_id(TO))


def test_what_is_changed_is_said_and_nothing_else(network: Network) -> None:
    directory = network.gateway.directory
    directory.update_contact(contact_id(TO), opt_out=True)
    directory.update_contact(contact_id(TO), default_channel=Channel.SMS)
    changed = directory.update_contact(contact_id(TO), opt_out=False, default_channel=Channel.WHATSAPP)
    assert (changed.opt_out, changed.default_channel) == (False, "whatsapp")
    bodies = [heard.body for heard in network.world.heard if heard.method == "PATCH"]
    assert bodies == [{"opt_out": True}, {"default_channel": "sms"}, {"opt_out": False, "default_channel": "whatsapp"}]


def test_nothing_is_changed_before_it_is_armed(network: Network) -> None:
    network.gateway.disarm()
    with pytest.raises(PermanentGatewayError, match="Nothing is changed at Sent"):
        network.gateway.directory.update_contact(contact_id(TO), opt_out=True)
    assert network.world.heard == []


def test_a_conversation_that_is_not_there_is_empty_and_a_refusal_is_told(network: Network) -> None:
    directory = network.gateway.directory
    assert list(directory.conversation("lantern", "nobody")) == []
    network.world.statuses[PATH] = 404, "RESOURCE_001"
    with pytest.raises(NothingThereError):
        directory.update_contact(contact_id(TO), opt_out=True)


@given(st.dictionaries(NAMES, ANYTHING) | ANYTHING)
def test_nothing_that_comes_is_stumbled_on(row: object) -> None:
    found = read_contact(row)
    assert isinstance(found, SentContact)
    assert all(isinstance(name, str) for name in found.available_channels)
    assert found.stamp is None or found.stamp.tzinfo is not None
    message = read_message(row, datetime(2026, 3, 2, tzinfo=UTC))
    assert message is None or (message.id and message.at.tzinfo is not None)

"""The API on other networks than the simulator, and while something fails."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sent_dm

from fault_campaign.sent_server import KEY, Fault, Heard, SentServer
from sent_tui.api.messenger import Messenger
from sent_tui.core.secret import Secret
from sent_tui.errors import DatabaseError
from sent_tui.gateways.sent import SentGateway
from sent_tui.services.following import Follower
from sent_tui.services.workspace import utc_now
from tests.api.serving import PATIENCE, Served, served


class Live:
    """The API, with a Sent of the tests for its network."""

    def __init__(self, api: Served, sent: SentServer, gateway: SentGateway) -> None:
        self.api, self.sent, self.gateway = api, sent, gateway
        self.client = sent_dm.Sent(api_key=api.key, base_url=api.url, max_retries=0)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    sent = SentServer(utc_now)
    gateway = SentGateway(utc_now, lambda: Secret(KEY), lambda: sent.address)
    with served(tmp_path / "contacts.db", gateway=lambda: gateway) as api:
        found = Live(api, sent, gateway)
        yield found
        found.client.close()
    sent.close()


def test_nothing_goes_out_before_it_is_armed(live: Live) -> None:
    with pytest.raises(sent_dm.PermissionDeniedError) as refused:
        live.client.messages.send(to=["+14155550100"], text="Hello")
    assert refused.value.response.json()["error"]["code"] == "AUTH_004"
    assert live.client.messages.send(to=["+14155550100"], text="Hello", sandbox=True).success
    assert live.sent.world.taken == []
    handed_over = threading.Event()

    def note(heard: Heard) -> None:
        if heard.method == "POST":
            handed_over.set()

    live.sent.world.faults = note
    live.gateway.arm()
    live.client.messages.send(to=["+14155550100"], text="Hello", idempotency_key="live")
    assert handed_over.wait(PATIENCE)
    with live.sent.world.lock:  # until what was handed over is taken
        assert [taken.to for taken in live.sent.world.taken] == ["+14155550100"]


def test_the_account_is_that_of_the_network(live: Live) -> None:
    me = live.client.me.retrieve().data
    assert me is not None
    assert me.name == "Lantern Supply"
    assert me.channels is not None
    assert me.channels.sms is not None
    assert me.channels.sms.configured


def test_a_network_that_fails_is_a_fault_of_the_server(live: Live) -> None:
    live.sent.world.faults = lambda heard: Fault.FAULT_BEFORE
    with pytest.raises(sent_dm.InternalServerError) as failed:
        live.client.me.retrieve()
    assert failed.value.response.json()["error"]["code"] == "INTERNAL_003"


def test_a_database_that_is_only_read_changes_nothing(tmp_path: Path) -> None:
    with served(tmp_path / "contacts.db") as api, sent_dm.Sent(api_key=api.key, base_url=api.url) as client:
        made = client.contacts.create(phone_number="+12015550100").data
    assert made is not None
    with (
        served(tmp_path / "contacts.db", read_only=True) as api,
        sent_dm.Sent(api_key=api.key, base_url=api.url) as client,
    ):
        for change in (
            lambda: client.contacts.create(phone_number="+12015550101"),
            lambda: client.contacts.update(made.id or "", opt_out=True),
            lambda: client.messages.send(to=["+12015550100"], text="Hello", idempotency_key="read-only"),
        ):
            with pytest.raises(sent_dm.PermissionDeniedError):
                change()
        assert [each.opt_out for each in client.contacts.list()] == [False]
        assert list(client.conversations.list()) == []


def test_a_failure_beside_the_requests_is_logged_once(
    api: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.ERROR)
    looks, failures = threading.Event(), [DatabaseError("The disk is full", "a secret"), KeyError("a secret")]

    def fails(self: Follower) -> object:
        if not failures:
            looks.set()
            raise KeyError
        raise failures.pop(0)

    monkeypatch.setattr(Follower, "tick", fails)
    monkeypatch.setattr(Follower, "is_due", property(lambda self: True))
    messenger = Messenger(api.workspace, api.desk.access, api.desk.kept)
    messenger.start()
    messenger.wake()
    assert looks.wait(PATIENCE)
    messenger.stop()
    told = [record.getMessage() for record in caplog.records if record.name == "sent_tui.api.messenger"]
    assert "Messages cannot be followed: The disk is full" in told
    assert told.count("Messages cannot be followed: KeyError") <= 2
    assert "secret" not in caplog.text

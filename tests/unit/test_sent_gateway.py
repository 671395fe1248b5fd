"""The live gateway when things go wrong, and what it says to Sent."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from fault_campaign.sent_server import KEY, NOWHERE, TAKES, Fault, SentServer, envelope
from sent_tui.core.channel import Availability, Channel
from sent_tui.core.message import Content
from sent_tui.core.secret import Secret
from sent_tui.errors import NotFoundError, UsageError
from sent_tui.gateways.gateway import (
    PausedGatewayError,
    PermanentGatewayError,
    Receipt,
    SendRequest,
    SetupError,
    TransientGatewayError,
    UnknownOutcomeError,
)
from sent_tui.gateways.sent import KEPT, MOST_PAGES, SentGateway
from sent_tui.gateways.sent_address import read_address
from sent_tui.gateways.sent_client import Failure
from sent_tui.gateways.sent_client import Fault as Unanswered

TO = "+14155550100"
BEGAN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Network:
    """A gateway on a server of this machine, and the time of both."""

    def __init__(self) -> None:
        self.now = BEGAN
        self.server = SentServer(lambda: self.now)
        self.world = self.server.world
        self.opened: list[SentGateway] = []
        self.gateway = self.made()
        self.gateway.arm()

    def made(self, *, key: str = KEY, url: str = "", answer_within: float = 2.0) -> SentGateway:
        address = read_address(url or self.server.url)
        made = SentGateway(
            lambda: self.now, lambda: Secret(key), lambda: address, chance=lambda: 1.0, answer_within=answer_within
        )
        self.opened.append(made)
        return made

    def fail(self, fault: Fault, times: int = 1) -> None:
        left = [fault] * times
        self.world.faults = lambda heard: left.pop() if left else None

    def close(self) -> None:
        for gateway in self.opened:
            gateway.close()
        self.server.close()


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


def request(key: str = "key-1", **changes: Any) -> SendRequest:
    return replace(SendRequest(key, TO, Channel.SMS, Content("Hello there")), **changes)


# What it says


def test_a_pinned_message_names_its_channel_and_an_automatic_one_none(network: Network) -> None:
    network.gateway.send(request("one"))
    network.gateway.send(request("two", automatic=True))
    pinned, automatic = network.world.posts
    assert pinned.body == {"to": [TO], "text": "Hello there", "channel": ["sms"]}
    assert automatic.body == {"to": [TO], "text": "Hello there"}
    assert [heard.key for heard in network.world.posts] == ["one", "two"]


def test_a_template_goes_by_its_name_or_by_its_id(network: Network) -> None:
    network.gateway.send(request("one", content=Content("…", "welcome", {"name": "Ada"})))
    network.gateway.send(request("two", content=Content("…", "welcome#t-2", {"name": "Ada"})))
    by_name, by_id = (heard.body["template"] for heard in network.world.posts)
    assert by_name == {"name": "welcome", "parameters": {"name": "Ada"}}
    assert by_id == {"id": "t-2", "parameters": {"name": "Ada"}}


def test_a_request_tells_nothing_of_this_machine(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENT_CUSTOM_HEADERS", "x-spy: yes\nx-api-key: other")
    network.gateway.send(request())
    (heard,) = network.world.heard
    assert heard.headers["x-api-key"] == KEY
    assert [name for name in heard.headers if name.startswith(("x-s", "cookie", "authorization"))] == []


def test_a_proxy_of_the_environment_does_not_see_what_stays_here(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, NOWHERE)
    assert network.gateway.send(request()).to == TO


def test_templates_of_every_page_and_none_with_the_name_of_another(network: Network) -> None:
    templates = network.gateway.templates()
    assert [(each.name, each.language) for each in templates] == [
        ("welcome", "en"),
        ("welcome#t-2", "de"),
        ("hours", "en"),
    ]


def test_the_account_and_the_label(network: Network) -> None:
    assert network.gateway.label == "Sent LIVE"
    account = network.gateway.account()
    assert account.usable == ("SMS", "WhatsApp", "CARRIER_PIGEON")
    assert network.gateway.label == "Sent LIVE · Lantern Supply · SMS WhatsApp CARRIER_PIGEON"
    network.gateway.disarm()
    assert network.gateway.label.startswith("Sent sandbox · ")


def test_only_an_explicit_lookup_costs_money(network: Network) -> None:
    network.gateway.detect(TO)
    assert not any("lookup" in heard.path for heard in network.world.heard)
    (found,) = network.gateway.look_up(TO)
    assert (found.channel, found.availability) == (Channel.SMS, Availability.AVAILABLE)
    with pytest.raises(PermanentGatewayError):
        network.gateway.look_up("14155550100")


def test_a_number_that_sent_does_not_know(network: Network) -> None:
    found = network.gateway.detect("+493023125001")
    assert {each.availability for each in found} == {Availability.UNKNOWN}


# The sandbox


def test_nothing_goes_out_until_it_is_armed(network: Network) -> None:
    network.gateway.disarm()
    receipt = network.gateway.send(request())
    (heard,) = network.world.posts
    assert heard.body["sandbox"] is True
    assert (network.world.sandboxed, network.world.taken) == (1, [])
    (report,) = network.gateway.status(receipt)
    assert report.status == "BLOCKED"
    assert "sent nothing" in report.detail
    assert network.gateway.recall(request()) is None


def test_what_was_checked_is_not_taken_for_what_was_sent(network: Network) -> None:
    network.gateway.disarm()
    network.gateway.send(request())
    network.gateway.arm()
    network.gateway.send(request())
    assert len({heard.key for heard in network.world.posts}) == 2
    assert len(network.world.taken) == 1


@pytest.mark.parametrize("fault", list(Fault))
def test_in_the_sandbox_no_outcome_is_unknown(network: Network, fault: Fault) -> None:
    network.gateway.disarm()
    network.fail(fault)
    with pytest.raises((TransientGatewayError, PermanentGatewayError)) as caught:
        network.gateway.send(request())
    assert "Nothing was sent" in str(caught.value)


def test_a_lost_message_is_not_repeated_in_the_sandbox(network: Network) -> None:
    network.gateway.disarm()
    with pytest.raises(UnknownOutcomeError):
        network.gateway.send(request(is_repeat=True))
    assert network.world.heard == []


# Faults


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.DROPPED_BEFORE, UnknownOutcomeError),
        (Fault.DROPPED_AFTER, UnknownOutcomeError),
        (Fault.FAULT_BEFORE, UnknownOutcomeError),
        (Fault.FAULT_AFTER, UnknownOutcomeError),
        (Fault.SILENT_AFTER, UnknownOutcomeError),
        (Fault.HTML, UnknownOutcomeError),
        (Fault.CUT_AFTER, UnknownOutcomeError),
        (Fault.RATE_LIMITED, PausedGatewayError),
        (Fault.REDIRECTED, TransientGatewayError),
        (Fault.UNSUCCESSFUL, PermanentGatewayError),
    ],
)
def test_each_fault_says_whether_something_may_have_been_sent(
    network: Network, fault: Fault, error: type[Exception]
) -> None:
    network.fail(fault)
    with pytest.raises(error):
        network.gateway.send(request())
    assert len(network.world.posts) == 1, "nothing is asked twice by itself"
    network.now += timedelta(minutes=1)
    receipt = network.gateway.recall(request())
    assert (receipt is not None) is (fault in TAKES)
    if receipt is not None:
        assert network.gateway.send(request()).gateway_id == receipt.gateway_id
        assert len(network.world.taken) == 1


@pytest.mark.parametrize("fault", list(Fault))
def test_a_question_that_fails_sent_nothing(network: Network, fault: Fault) -> None:
    asks: list[Callable[[], object]] = [network.gateway.account, lambda: network.gateway.detect(TO)]
    for ask in (*asks, network.gateway.templates):
        network.now += timedelta(hours=1)
        network.fail(fault)
        with pytest.raises((TransientGatewayError, PermanentGatewayError)):
            ask()


def test_a_port_at_which_nobody_listens_has_heard_nothing(network: Network) -> None:
    gateway = network.made(url=NOWHERE)
    gateway.arm()
    with pytest.raises(TransientGatewayError, match="could not be reached"):
        gateway.send(request())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"success": False, "error": {"code": "VALIDATION_002", "message": "No phone"}}, PermanentGatewayError),
        ({"success": False, "error": {"code": "AUTH_002"}}, SetupError),
        ({"success": False, "error": {"code": "BUSINESS_002"}}, PausedGatewayError),
        ({"success": False, "error": {"code": "INTERNAL_001"}}, UnknownOutcomeError),
        ({"success": False, "error": None}, UnknownOutcomeError),
        ({"success": True, "data": None}, UnknownOutcomeError),
        ({"success": True, "data": {"recipients": []}}, UnknownOutcomeError),
        ({"success": True, "data": [1, 2]}, UnknownOutcomeError),
        ([], UnknownOutcomeError),
        ("text", UnknownOutcomeError),
        (None, UnknownOutcomeError),
        (b"\xff\xfe", UnknownOutcomeError),
        (b"", UnknownOutcomeError),
    ],
)
def test_an_answer_that_names_no_message(network: Network, answer: object, error: type[Exception]) -> None:
    network.world.answers["/v3/messages"] = answer
    with pytest.raises(error):
        network.gateway.send(request())


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (301, "", UnknownOutcomeError),
        (308, "", TransientGatewayError),
        (401, "AUTH_002", SetupError),
        (403, "AUTH_004", SetupError),
        (400, "VALIDATION_002", PermanentGatewayError),
        (408, "", UnknownOutcomeError),
        (409, "CONFLICT_001", UnknownOutcomeError),
        (409, "RESOURCE_007", PermanentGatewayError),
        (422, "BUSINESS_007", PermanentGatewayError),
        (429, "LIMIT_001", PausedGatewayError),
        (503, "", UnknownOutcomeError),
    ],
)
def test_each_refusal(network: Network, status: int, code: str, error: type[Exception]) -> None:
    network.world.statuses["/v3/messages"] = (status, code)
    with pytest.raises(error):
        network.gateway.send(request())


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "AUTH_002", "does not accept the key"),
        (401, "", "does not accept the key"),
        (403, "AUTH_002", "does not accept the key"),
        (403, "AUTH_005", "does not allow this"),
        (403, "", "does not allow this"),
    ],
)
def test_a_key_that_may_not_do_something_is_not_called_unknown(
    network: Network, status: int, code: str, words: str
) -> None:
    network.world.statuses["/v3/me"] = (status, code)
    with pytest.raises(SetupError, match=words):
        network.gateway.account()


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ({"success": False, "error": {"code": "BUSINESS_002"}}, 1),
        ({"success": True, "data": None}, 1),
        (b"<html>", 1),
        ({"success": False, "error": {"code": "RESOURCE_001"}}, 2),
    ],
)
def test_polling_leaves_alone_what_gives_no_answer(network: Network, answer: object, asked: int) -> None:
    receipt = network.gateway.send(request())
    network.world.answers[f"/v3/messages/{receipt.gateway_id}"] = answer
    for _ in range(2):
        with pytest.raises((TransientGatewayError, PermanentGatewayError)):
            network.gateway.status(receipt)
    assert len(network.world.heard) == 1 + asked


def test_a_list_that_never_ends_is_given_up(network: Network) -> None:
    row = {"name": "again", "id": "t-1"}
    data = {"templates": [row], "pagination": {"has_more": True}}
    network.world.answers["/v3/templates"] = envelope(network.world, data)
    assert {template.name for template in network.gateway.templates()} == {"again", "again#t-1"}
    assert len(network.world.heard) == MOST_PAGES


# Recall


def test_a_message_of_another_run_is_found_by_its_time(network: Network) -> None:
    network.fail(Fault.DROPPED_AFTER)
    with pytest.raises(UnknownOutcomeError):
        network.gateway.send(request())
    other = network.made()
    assert other.recall(request()) is None
    found = other.recall(request(started_at=BEGAN))
    assert found is not None
    assert found.gateway_id == network.world.taken[0].id
    assert other.recall(request(started_at=BEGAN)) == found


@pytest.mark.parametrize(
    "changes",
    [
        {"started_at": BEGAN + timedelta(minutes=5)},
        {"started_at": BEGAN - timedelta(minutes=30)},
        {"started_at": BEGAN, "content": Content("Something else")},
        {"started_at": BEGAN, "channel": Channel.WHATSAPP},
    ],
)
def test_another_message_is_not_taken_for_it(network: Network, changes: dict[str, Any]) -> None:
    network.gateway.send(request("another"))
    assert network.made().recall(request(**changes)) is None


def test_of_two_that_fit_neither_is_taken(network: Network) -> None:
    sent = network.gateway.send(request("one"))
    network.gateway.send(request("two"))
    assert network.made().recall(request("lost", started_at=BEGAN)) is None
    other = network.made().recall(request("lost", started_at=BEGAN, known_ids=frozenset({sent.gateway_id})))
    assert other is not None
    assert other.gateway_id == network.world.taken[1].id


def test_what_this_run_handed_over_is_not_taken_for_another(network: Network) -> None:
    network.gateway.send(request("one"))
    assert network.gateway.recall(request("lost", started_at=BEGAN)) is None


def test_a_number_that_sent_does_not_know_has_no_message(network: Network) -> None:
    assert network.gateway.recall(request(to="+493023125001", started_at=BEGAN)) is None


def test_a_long_conversation_is_looked_through(network: Network) -> None:
    network.fail(Fault.DROPPED_AFTER)
    with pytest.raises(UnknownOutcomeError):
        network.gateway.send(request("lost"))
    for place in range(150):
        network.gateway.send(request(f"key-{place}", content=Content(f"Text {place}")))
    network.now += timedelta(seconds=30)
    found = network.gateway.recall(request("lost"))
    assert found is not None
    assert found.gateway_id == network.world.taken[0].id


def test_a_lost_answer_is_not_asked_after_all_the_time(network: Network) -> None:
    asked = request("lost", started_at=BEGAN)
    for _ in range(20):
        network.gateway.recall(asked)
        network.now += timedelta(milliseconds=400)
    assert len(network.world.heard) <= 2 * 5
    network.now += timedelta(hours=2)
    before = len(network.world.heard)
    for _ in range(20):
        network.gateway.recall(asked)
        network.now += timedelta(seconds=5)
    assert len(network.world.heard) - before == 2


# Pauses


def test_reports_are_asked_for_at_a_pace(network: Network) -> None:
    receipt = network.gateway.send(request())
    for _ in range(20):
        network.gateway.status(receipt)
        network.now += timedelta(milliseconds=400)
    asked = [heard for heard in network.world.heard if heard.method == "GET"]
    assert len(asked) == 4


def test_a_wish_for_a_pause_is_kept_to_by_everything(network: Network) -> None:
    network.fail(Fault.RATE_LIMITED)
    with pytest.raises(PausedGatewayError) as caught:
        network.gateway.send(request())
    assert caught.value.pause == timedelta(seconds=7)
    asks: list[Callable[[], object]] = [network.gateway.account, lambda: network.gateway.send(request("two"))]
    for ask in asks:
        with pytest.raises(PausedGatewayError, match="For 7 s"):
            ask()
    assert len(network.world.heard) == 1
    network.now += timedelta(seconds=7)
    assert network.gateway.send(request("two")).to == TO


def test_a_limit_without_a_wish_has_a_pause_of_its_own(network: Network) -> None:
    network.world.retry_after = None
    network.fail(Fault.RATE_LIMITED)
    with pytest.raises(PausedGatewayError) as caught:
        network.gateway.account()
    assert caught.value.pause == timedelta(seconds=10)


def test_polling_backs_off_while_sent_fails_and_a_person_may_send(network: Network) -> None:
    receipt = network.gateway.send(request())
    network.world.faults = lambda heard: Fault.FAULT_BEFORE if heard.method == "GET" else None
    tries = []
    for second in range(64):
        before = len(network.world.heard)
        with pytest.raises(TransientGatewayError):
            network.gateway.status(receipt)
        if len(network.world.heard) > before:
            tries.append(second)
        network.now += timedelta(seconds=1)
    assert tries == [0, 1, 3, 7, 15, 31, 63]
    assert network.gateway.send(request("two")).to == TO


def test_a_key_that_is_refused_is_not_tried_all_the_time(network: Network) -> None:
    gateway = network.made(key="sk_test_fictional_wrong_key")
    receipt = Receipt("m-1", TO, Channel.SMS, BEGAN)
    with pytest.raises(SetupError, match="AUTH_002"):
        gateway.status(receipt)
    with pytest.raises(TransientGatewayError):
        gateway.status(receipt)
    assert len(network.world.heard) == 1


def test_what_is_remembered_is_bounded(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sent_tui.gateways.sent.KEPT", 2)
    assert KEPT > 1_000
    for place in range(4):
        network.gateway.send(request(f"key-{place}"))
    assert len(network.gateway._receipts) == len(network.gateway._handed_over) == 2


# The key


def test_the_key_goes_nowhere_else(network: Network) -> None:
    other = SentServer(lambda: network.now)
    network.world.elsewhere = other.url
    network.fail(Fault.REDIRECTED, times=100)
    asks: list[Callable[[], object]] = [
        network.gateway.account,
        network.gateway.templates,
        lambda: network.gateway.detect(TO),
        lambda: network.gateway.send(request()),
    ]
    for ask in asks:
        network.now += timedelta(hours=1)
        with pytest.raises(TransientGatewayError, match="redirect"):
            ask()
    assert other.world.heard == []
    other.close()


def test_a_request_to_another_place_does_not_leave(network: Network) -> None:
    other = SentServer(lambda: network.now)
    failure = network.gateway._client.ask(lambda sent: sent.get(f"{other.url}/v3/me", cast_to=object))
    assert isinstance(failure, Failure)
    assert failure.fault is Unanswered.NOT_REACHED
    assert other.world.heard == []
    other.close()


def test_the_key_is_in_no_error_and_no_log(network: Network, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    message = f"No such key {KEY} for {TO}"
    network.world.answers["/v3/me"] = {"success": False, "error": {"code": KEY, "message": message}}
    with pytest.raises(TransientGatewayError) as caught:
        network.gateway.account()
    told = "".join(traceback.format_exception(caught.value))
    seen = caught.value
    assert seen.__cause__ is None
    assert seen.__context__ is None
    assert KEY not in told + caplog.text + repr(vars(seen))
    assert TO not in caplog.text
    assert "No such key ••••" in str(seen)


@pytest.mark.parametrize("fault", list(Fault))
def test_no_error_holds_the_request(network: Network, fault: Fault) -> None:
    network.fail(fault)
    with pytest.raises(Exception, match=r".") as caught:
        network.gateway.send(request())
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_key_that_cannot_be_found_sends_nothing(network: Network) -> None:
    def missing() -> Secret:
        raise NotFoundError("There is no key for Sent", "", "Set one.")

    gateway = SentGateway(lambda: network.now, missing, lambda: network.server.address)
    with pytest.raises(SetupError, match="no key"):
        gateway.send(request())
    with pytest.raises(SetupError):
        gateway.prepare()


def test_an_address_that_is_not_sent_is_refused_before_the_key_is_read(network: Network) -> None:
    def key() -> Secret:
        raise AssertionError("the key was read")

    gateway = SentGateway(lambda: network.now, key, lambda: read_address("https://example.com"))
    with pytest.raises(SetupError, match="no other address"):
        gateway.account()
    with pytest.raises(UsageError):
        read_address("https://example.com")


def test_without_the_sdk_it_says_how_to_install_it(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sent_dm", None)
    with pytest.raises(SetupError) as caught:
        network.made().prepare()
    assert caught.value.hint == "pip install 'sent-tui[sent]'"


def test_the_sdk_is_imported_when_it_is_needed() -> None:
    script = (
        "import sys; from sent_tui.services.workspace import make_gateway, utc_now\n"
        "gateway = make_gateway('sent', clock=utc_now); gateway.label, gateway.reroutes, gateway.close()\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('sent_dm', 'httpx', 'pydantic')])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == "[]\n"

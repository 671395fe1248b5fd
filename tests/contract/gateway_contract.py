"""What every gateway must do, whatever network it stands on.

A gateway's tests subclass `GatewayContract` and give it a `Stage`: the gateway, its clock, and numbers that play the
scenes. A scene that a network cannot stage is None, and its tests are skipped.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from enum import Enum, auto

import pytest

from sent_tui.core.channel import Channel
from sent_tui.core.message import ATTEMPT_ENDED, Content, MessageStatus, fill
from sent_tui.core.reasons import outcome_of, reason_of
from sent_tui.errors import NetworkError
from sent_tui.gateways.gateway import (
    Gateway,
    HearingGateway,
    PermanentGatewayError,
    Receipt,
    Report,
    SendRequest,
    TransientGatewayError,
    UnknownOutcomeError,
)

HELLO = Content("Hello, your parcel is on its way.")
LONG_ENOUGH = 3600.0
"""Seconds after which every report of a scene has come."""
NO_E164 = ("", "14155550100", "+", "+0155550100", "+1415555010a", "+1 415 555 0100", "+14155550100\n", "+1" + "5" * 15)
BAD_KEYS = ("", "a b", "a/b", "é", "x" * 256, "key\n")


class Scene(Enum):
    """What a number plays."""

    WHATSAPP_DELIVERS = auto()
    WHATSAPP_READ = auto()
    WHATSAPP_NOT_REGISTERED = auto()
    SMS_DELIVERS = auto()
    FILTERED = auto()
    BLOCKED = auto()
    UNREACHABLE = auto()
    """Nothing can be handed over: the network is down."""
    REFUSED = auto()
    ANSWER_LOST = auto()
    """The message is taken; `send` raises UnknownOutcomeError."""
    ANSWERS = auto()
    """The message is delivered, and the person answers it."""


class Stage(ABC):
    """A gateway under test, and the hands that move its world."""

    @property
    @abstractmethod
    def gateway(self) -> Gateway:
        """The gateway under test."""

    @abstractmethod
    def another(self) -> Gateway:
        """Return a second gateway on the same network, as another process has it."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the present time of the network."""

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Let time pass."""

    @abstractmethod
    def number(self, scene: Scene) -> str | None:
        """Return the number that plays a scene; None when the network cannot stage it."""


def request(to: str, channel: Channel = Channel.WHATSAPP, key: str = "key-1", content: Content = HELLO) -> SendRequest:
    return SendRequest(key, to, channel, content)


def outcome(stage: Stage, receipt: Receipt) -> Report:
    """Return the last report of a message, when all have come."""
    stage.advance(LONG_ENOUGH)
    return stage.gateway.status(receipt)[-1]


def assert_explained(error: NetworkError) -> None:
    assert error.title
    assert not error.title.endswith(".")
    assert error.message or error.hint


class GatewayContract(ABC):
    """The tests. A subclass is named `Test…` and provides the `stage` fixture."""

    @pytest.fixture
    @abstractmethod
    def stage(self) -> Stage:
        """Return a fresh network."""

    def cast(self, stage: Stage, scene: Scene) -> str:
        number = stage.number(scene)
        if number is None:
            pytest.skip(f"{stage.gateway.name} cannot stage {scene.name}")
        return number

    # What it is

    def test_it_says_what_it_is(self, stage: Stage) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9-]*", stage.gateway.name)
        assert stage.gateway.label.strip()

    def test_templates_can_be_filled_in(self, stage: Stage) -> None:
        templates = stage.gateway.templates()
        assert len({template.name for template in templates}) == len(templates)
        for template in templates:
            content = fill(template, dict.fromkeys(template.variables, "x"))
            assert content.text.strip()
            assert "{{" not in content.text
            assert not content.is_free_text

    # detect

    def test_a_lookup_says_one_thing_of_each_channel(self, stage: Stage) -> None:
        findings = stage.gateway.detect(self.cast(stage, Scene.WHATSAPP_DELIVERS))
        channels = [finding.channel for finding in findings]
        assert channels
        assert len(set(channels)) == len(channels)
        assert all(finding.evidence.strip() for finding in findings)

    def test_a_lookup_knows_no_future(self, stage: Stage) -> None:
        for finding in stage.gateway.detect(self.cast(stage, Scene.WHATSAPP_DELIVERS)):
            if finding.last_inbound_at is not None:
                assert finding.last_inbound_at.utcoffset() is not None
                assert finding.last_inbound_at <= stage.now()

    def test_a_lookup_can_be_repeated(self, stage: Stage) -> None:
        number = self.cast(stage, Scene.WHATSAPP_DELIVERS)
        assert stage.gateway.detect(number) == stage.gateway.detect(number) == stage.another().detect(number)

    @pytest.mark.parametrize("number", NO_E164)
    def test_a_lookup_refuses_what_is_not_e164(self, stage: Stage, number: str) -> None:
        with pytest.raises(PermanentGatewayError) as caught:
            stage.gateway.detect(number)
        assert_explained(caught.value)

    # send

    def test_a_receipt_repeats_the_request(self, stage: Stage) -> None:
        number = self.cast(stage, Scene.SMS_DELIVERS)
        receipt = stage.gateway.send(request(number, Channel.SMS))
        assert (receipt.to, receipt.channel) == (number, Channel.SMS)
        assert receipt.gateway_id.strip()
        assert receipt.accepted_at.utcoffset() is not None
        assert receipt.accepted_at <= stage.now()

    def test_one_key_is_one_message(self, stage: Stage) -> None:
        wanted = request(self.cast(stage, Scene.WHATSAPP_DELIVERS))
        first = stage.gateway.send(wanted)
        stage.advance(30)
        assert stage.gateway.send(wanted) == first
        assert stage.another().send(wanted).gateway_id == first.gateway_id

    def test_another_key_is_another_message(self, stage: Stage) -> None:
        number = self.cast(stage, Scene.WHATSAPP_DELIVERS)
        first = stage.gateway.send(request(number, key="key-1"))
        assert stage.gateway.send(request(number, key="key-2")).gateway_id != first.gateway_id

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_a_bad_key_is_refused(self, stage: Stage, key: str) -> None:
        with pytest.raises(PermanentGatewayError) as caught:
            stage.gateway.send(request(self.cast(stage, Scene.WHATSAPP_DELIVERS), key=key))
        assert_explained(caught.value)

    @pytest.mark.parametrize("key", ["k", "A_b-9", "x" * 255])
    def test_a_good_key_is_taken(self, stage: Stage, key: str) -> None:
        assert stage.gateway.send(request(self.cast(stage, Scene.WHATSAPP_DELIVERS), key=key)).gateway_id

    @pytest.mark.parametrize("number", NO_E164)
    def test_sending_refuses_what_is_not_e164(self, stage: Stage, number: str) -> None:
        with pytest.raises(PermanentGatewayError) as caught:
            stage.gateway.send(request(number))
        assert_explained(caught.value)

    @pytest.mark.parametrize("text", ["", " \n"])
    def test_an_empty_message_is_refused(self, stage: Stage, text: str) -> None:
        with pytest.raises(PermanentGatewayError) as caught:
            stage.gateway.send(request(self.cast(stage, Scene.WHATSAPP_DELIVERS), content=Content(text)))
        assert_explained(caught.value)

    def test_a_refused_message_fails_for_good(self, stage: Stage) -> None:
        wanted = request(self.cast(stage, Scene.REFUSED))
        for _ in range(2):
            with pytest.raises(PermanentGatewayError) as caught:
                stage.gateway.send(wanted)
            assert_explained(caught.value)
        assert stage.gateway.recall(wanted) is None

    def test_a_network_that_is_down_takes_nothing(self, stage: Stage) -> None:
        wanted = request(self.cast(stage, Scene.UNREACHABLE))
        with pytest.raises(TransientGatewayError) as caught:
            stage.gateway.send(wanted)
        assert_explained(caught.value)
        assert stage.gateway.recall(wanted) is None

    def test_a_network_that_is_down_answers_no_lookup(self, stage: Stage) -> None:
        with pytest.raises(TransientGatewayError) as caught:
            stage.gateway.detect(self.cast(stage, Scene.UNREACHABLE))
        assert_explained(caught.value)

    # recall

    def test_a_lost_answer_can_be_asked_after(self, stage: Stage) -> None:
        wanted = request(self.cast(stage, Scene.ANSWER_LOST))
        with pytest.raises(UnknownOutcomeError) as caught:
            stage.gateway.send(wanted)
        assert_explained(caught.value)
        stage.advance(60)
        receipt = stage.gateway.recall(wanted)
        assert receipt is not None
        assert (receipt.to, receipt.channel) == (wanted.to, wanted.channel)
        assert outcome(stage, receipt).status in ATTEMPT_ENDED

    def test_a_message_is_one_and_the_same_however_its_answer_was_lost(self, stage: Stage) -> None:
        wanted = request(self.cast(stage, Scene.ANSWER_LOST))
        with pytest.raises(UnknownOutcomeError):
            stage.gateway.send(wanted)
        stage.advance(60)
        recalled = stage.gateway.recall(wanted)
        assert recalled is not None
        assert stage.gateway.send(wanted) == recalled
        elsewhere = stage.another().recall(wanted)
        assert elsewhere is None or elsewhere.gateway_id == recalled.gateway_id

    def test_asking_after_what_was_never_sent_sends_nothing(self, stage: Stage) -> None:
        wanted = request(self.cast(stage, Scene.WHATSAPP_DELIVERS), key="never-sent")
        assert stage.gateway.recall(wanted) is None
        stage.advance(60)
        assert stage.gateway.recall(wanted) is None

    def test_a_receipt_can_be_recalled(self, stage: Stage) -> None:
        wanted = request(self.cast(stage, Scene.WHATSAPP_DELIVERS))
        assert stage.gateway.recall(wanted) in {stage.gateway.send(wanted), None}

    # status

    @pytest.mark.parametrize("scene", [Scene.WHATSAPP_READ, Scene.WHATSAPP_NOT_REGISTERED, Scene.FILTERED])
    def test_reports_come_in_order_and_stay(self, stage: Stage, scene: Scene) -> None:
        receipt = stage.gateway.send(request(self.cast(stage, scene)))
        before: tuple[Report, ...] = ()
        for seconds in (0.0, 0.1, 0.3, 1.0, 10.0, LONG_ENOUGH):
            stage.advance(seconds)
            reports = stage.gateway.status(receipt)
            assert reports[: len(before)] == before
            assert [report.at for report in reports] == sorted(report.at for report in reports)
            assert all(report.at <= stage.now() for report in reports)
            before = reports
        assert before

    def test_no_report_is_older_than_its_receipt(self, stage: Stage) -> None:
        receipt = stage.gateway.send(request(self.cast(stage, Scene.WHATSAPP_READ)))
        outcome(stage, receipt)
        earliest = receipt.accepted_at - timedelta(seconds=1)
        assert all(report.at >= earliest for report in stage.gateway.status(receipt))

    def test_another_process_hears_the_same(self, stage: Stage) -> None:
        receipt = stage.gateway.send(request(self.cast(stage, Scene.WHATSAPP_READ)))
        outcome(stage, receipt)
        assert stage.another().status(receipt) == stage.gateway.status(receipt)

    @pytest.mark.parametrize(
        ("scene", "channel", "status"),
        [
            (Scene.WHATSAPP_DELIVERS, Channel.WHATSAPP, MessageStatus.DELIVERED),
            (Scene.WHATSAPP_READ, Channel.WHATSAPP, MessageStatus.READ),
            (Scene.SMS_DELIVERS, Channel.SMS, MessageStatus.DELIVERED),
            (Scene.WHATSAPP_NOT_REGISTERED, Channel.WHATSAPP, MessageStatus.FAILED),
            (Scene.FILTERED, Channel.WHATSAPP, MessageStatus.FILTERED),
            (Scene.BLOCKED, Channel.WHATSAPP, MessageStatus.BLOCKED),
        ],
    )
    def test_each_scene_ends_as_it_should(
        self, stage: Stage, scene: Scene, channel: Channel, status: MessageStatus
    ) -> None:
        last = outcome(stage, stage.gateway.send(request(self.cast(stage, scene), channel)))
        assert last.status == status

    @pytest.mark.parametrize("scene", [Scene.WHATSAPP_NOT_REGISTERED, Scene.FILTERED, Scene.BLOCKED])
    def test_what_did_not_arrive_says_why(self, stage: Stage, scene: Scene) -> None:
        last = outcome(stage, stage.gateway.send(request(self.cast(stage, scene))))
        assert reason_of(last.reason_code)

    @pytest.mark.parametrize("scene", [Scene.FILTERED, Scene.BLOCKED])
    def test_policy_and_account_say_nothing_about_the_person(self, stage: Stage, scene: Scene) -> None:
        last = outcome(stage, stage.gateway.send(request(self.cast(stage, scene))))
        assert outcome_of(last.status, last.reason_code) is None

    # What people write

    def hearing(self, stage: Stage) -> HearingGateway:
        if not isinstance(stage.gateway, HearingGateway):
            pytest.skip(f"{stage.gateway.name} cannot be asked what people wrote")
        return stage.gateway

    def test_an_answer_comes_after_its_message_and_stays(self, stage: Stage) -> None:
        gateway = self.hearing(stage)
        number = self.cast(stage, Scene.ANSWERS)
        receipt = gateway.send(request(number))
        assert gateway.letters(receipt) == ()
        stage.advance(LONG_ENOUGH)
        letters = gateway.letters(receipt)
        assert [letter.number for letter in letters] == [number]
        assert all(receipt.accepted_at < letter.at <= stage.now() for letter in letters)
        assert all(letter.id and letter.text and letter.at.utcoffset() is not None for letter in letters)
        stage.advance(LONG_ENOUGH)
        assert gateway.letters(receipt) == letters

    def test_another_process_hears_the_same_answer(self, stage: Stage) -> None:
        gateway = self.hearing(stage)
        receipt = gateway.send(request(self.cast(stage, Scene.ANSWERS)))
        stage.advance(LONG_ENOUGH)
        another = stage.another()
        assert isinstance(another, HearingGateway)
        assert another.letters(receipt) == gateway.letters(receipt)

    def test_two_messages_have_two_answers(self, stage: Stage) -> None:
        gateway = self.hearing(stage)
        number = self.cast(stage, Scene.ANSWERS)
        receipts = [gateway.send(request(number, key=key)) for key in ("key-1", "key-2")]
        stage.advance(LONG_ENOUGH)
        one, two = ({letter.id for letter in gateway.letters(receipt)} for receipt in receipts)
        assert one
        assert not one & two

    def test_nobody_answers_what_did_not_arrive(self, stage: Stage) -> None:
        gateway = self.hearing(stage)
        receipt = gateway.send(request(self.cast(stage, Scene.WHATSAPP_NOT_REGISTERED)))
        stage.advance(LONG_ENOUGH)
        assert gateway.letters(receipt) == ()

    def test_sms_is_never_read(self, stage: Stage) -> None:
        receipt = stage.gateway.send(request(self.cast(stage, Scene.SMS_DELIVERS), Channel.SMS))
        stage.advance(LONG_ENOUGH)
        assert MessageStatus.READ not in {report.status for report in stage.gateway.status(receipt)}

"""What is said of calibration and replay, and what of it is never claimed."""

from __future__ import annotations

import json

import pytest

from sent_tui.core.calibration import Calibration, Report
from sent_tui.core.evaluation_json import comparison_json, report_json, review_json
from sent_tui.core.evaluation_words import (
    EMPTY,
    calibration_words,
    number_type_words,
    region_words,
    replay_words,
    shown_words,
)
from sent_tui.core.message import Message, MessageStatus
from sent_tui.core.policies import POLICIES
from sent_tui.core.replay import Comparison, Replay
from sent_tui.core.review import review
from sent_tui.core.routing import decide
from tests.logs import ARRIVED, LOST, SMS, UNREACHED, WHATSAPP, log, record, sent, situation


def judged(*messages: Message) -> Report:
    calibration = Calibration()
    for message in messages:
        calibration.add(message)
    return calibration.report()


def compared(policy: str, *messages: Message) -> Comparison:
    replay = Replay(POLICIES[policy])
    for message in messages:
        replay.add(message)
    [found] = replay.comparisons()
    return found


FALLBACK = sent(900, situation(0.9, 0.6), (WHATSAPP, LOST, UNREACHED), (SMS, ARRIVED, None))


class TestCalibration:
    def test_nothing_to_compare(self) -> None:
        assert list(calibration_words(judged())) == [EMPTY]
        assert report_json(judged())["first_attempts"] == {"count": 0}

    @pytest.mark.parametrize(
        ("count", "said"), [(19, "These are far too few messages to tell."), (99, "These are few messages."), (100, "")]
    )
    def test_few_messages_are_said_to_be_few(self, count: int, said: str) -> None:
        words = " ".join(calibration_words(judged(*log([(0.9, True)] * count))))
        assert ("few" in words) is bool(said)
        assert said in words

    def test_what_it_rests_on_and_what_is_left_out(self) -> None:
        words = list(calibration_words(judged(FALLBACK, sent(1, None, (SMS, ARRIVED, None)))))
        assert words[0] == "Of 1 first attempt, 0 arrived: 0% (0–79%); 90% was shown on average."
        assert words[-2].startswith("Of 1 fallback, 1 arrived: 100% (21–100%); 60% was shown on average.")
        assert words[-1] == "Not counted: 1 no decision was kept with the message."

    def test_as_json(self) -> None:
        found = json.loads(json.dumps(report_json(judged(*log([(0.9, True)] * 40), FALLBACK))))
        assert found["first_attempts"]["count"] == 41
        assert found["first_attempts"]["bins"][0]["verdict"] == "in_range"
        assert found["fallbacks"]["arrived"] == 1
        assert found["regions"]["US"]["count"] == found["channels"]["whatsapp"]["count"] == 41
        assert found["not_counted"] == {}

    def test_names_of_bins_and_groups(self) -> None:
        bins = judged(*log([(0.9, True)] * 40), *log([(0.5 + place / 100, True) for place in range(20)])).first.bins
        assert [shown_words(found) for found in bins] == ["50–69%", "90%"]
        assert [region_words(region) for region in ("US", "001", "")] == [
            "United States",
            region_words("001"),
            "unknown",
        ]
        assert [number_type_words(kind) for kind in ("voip", "odd", "")] == ["internet phone", "odd", "unknown"]


class TestReplay:
    def test_nothing_to_compare(self) -> None:
        assert next(replay_words(compared("sms-first"))).startswith("No message could be compared")

    def test_where_it_always_agrees_nothing_is_estimated(self) -> None:
        words = " ".join(replay_words(compared("whatsapp-first", *log([(0.9, True)] * 4))))
        assert "With it, the same." in words
        assert "model" not in words

    def test_nothing_is_said_of_what_there_is_not(self) -> None:
        by_fallback = " ".join(replay_words(compared("sms-first", FALLBACK)))
        assert "if a first attempt had gone as the fallback did" in by_fallback
        assert "if the model was right" not in by_fallback
        not_tried = " ".join(replay_words(compared("sms-first", sent(1, situation(), (WHATSAPP, ARRIVED, None)))))
        assert "if the model was right" in not_tried
        assert "fallback did" not in not_tried
        assert "whose result is known" not in not_tried

    def test_what_is_known_and_what_is_not(self) -> None:
        never_tried = sent(1, situation(0.9, 0.7), (WHATSAPP, ARRIVED, None))
        pinned = sent(2, situation(pinned=SMS), (SMS, ARRIVED, None))
        pending = sent(3, situation(), (WHATSAPP, MessageStatus.SENT.value, None))
        only_sms = sent(4, situation(is_free_text=True), (SMS, ARRIVED, None))
        words = list(replay_words(compared("sms-first", FALLBACK, never_tried, pinned, pending, only_sms)))
        assert words == [
            "Of 2 messages that could go by two channels, it tries the same one first for 0.",
            "For 2, it tries SMS first instead of WhatsApp.",
            "As it went, 50% of the first attempts arrived.",
            "With it, 0–100% would have: nobody knows what was not tried.",
            "50–100%, if a first attempt had gone as the fallback did: of these 1, 1 arrived.",
            "About 85%, if the model was right about the 1 that were not tried: it expected 1 of them to arrive.",
            "Of the 1 whose result is known, it expected 1, and 1 arrived.",
            (
                "Expected cost of 1,000 messages by the prices of then, fallback included: "
                "$15.00 as it went, $21.50 with it."
            ),
            "Not compared: 1 that could go by one channel only, 1 whose channel a person chose, 1 no final report yet.",
        ]

    def test_as_json(self) -> None:
        found = json.loads(json.dumps(comparison_json(compared("sms-first", FALLBACK))))
        assert found["bounds"] == [0, 1]
        assert found["bounds_with_fallbacks"] == [1, 1]
        assert found["instead"] == [{"tried": "whatsapp", "chosen": "sms", "count": 1}]
        assert found["limits"]


def test_a_review_as_json() -> None:
    known = situation()
    found = json.loads(json.dumps(review_json(review(record(known), decide(known).explain()), decide(known))))
    assert found["route"] == ["whatsapp", "sms"]
    assert found["by_the_rules_of_today"]["same"] is True
    assert found["now"]["steps"]
    assert review_json(review(record(known)), None)["now"] is None

"""A decision looked at again: whether today's rules decide the same, and what differs."""

from __future__ import annotations

from sent_tui.core.decision import Decision, Rules, decision_json
from sent_tui.core.delivery import VERSION
from sent_tui.core.review import review
from sent_tui.core.routing import RULES, decide
from tests.logs import SMS, WHATSAPP, record, situation


def test_the_same_rules_decide_the_same() -> None:
    known = situation()
    looked_at = review(record(known), decide(known).explain())
    assert looked_at.is_same
    assert looked_at.is_same_order
    assert looked_at.only_then == looked_at.only_today == ()
    assert looked_at.again == looked_at.today == decide(known)
    assert looked_at.decision.rules == RULES


def test_other_rules_are_told_by_what_they_change() -> None:
    known = situation(0.80, 0.86, default_channel=WHATSAPP)
    rules = Rules(margin=0.2, cost_weight=0.0)
    then = decide(known, rules)
    looked_at = review(decision_json(Decision(VERSION, rules, known)), then.explain())
    assert looked_at.again == then
    assert (looked_at.again.channels, looked_at.today.channels) == ((WHATSAPP, SMS), (SMS, WHATSAPP))
    assert not looked_at.is_same_order
    assert not looked_at.is_same
    assert "WhatsApp first: it is the default, and SMS is not better by enough to change." in looked_at.only_then
    assert "SMS first: 86% likely to arrive, WhatsApp 80%." in looked_at.only_today


def test_other_words_for_the_same_order_are_told() -> None:
    known = situation()
    looked_at = review(record(known), ("Said otherwise.", *decide(known).explain()[1:]))
    assert looked_at.is_same_order
    assert not looked_at.is_same
    assert looked_at.only_then == ("Said otherwise.",)


def test_without_the_words_of_then_they_are_made_again() -> None:
    assert review(record(situation())).is_same

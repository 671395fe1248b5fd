"""What is said of a route: every number in it is one of the plan or of an explanation."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.contact import Contact
from sent_tui.core.delivery_belief import SHRINKAGE
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import Attempt, MessageStatus
from sent_tui.core.outcome import Outcome
from sent_tui.core.rationale import (
    SHOWN,
    Rationale,
    estimate_words,
    group_words,
    lesser,
    lesson_words,
    own_words,
    people_words,
    plan_words,
    reasons_of,
    strongest,
    worth_words,
)
from sent_tui.core.route_plan import ExclusionKind
from sent_tui.core.routing import plan_route
from sent_tui.core.sent_json import explanation_json, plan_json
from sent_tui.core.text import FEW_PEOPLE, like_words, percent
from tests.factories import NOW, contact, message

DELIVERED, SOFT, HARD = Outcome.DELIVERED, Outcome.FAILED_SOFT, Outcome.FAILED_HARD


def told(knowledge: Knowledge, known: Contact, channel: Channel, *outcomes: Outcome) -> Contact:
    """Return a contact after one message a day on a channel; the last one was today."""
    for number, outcome in enumerate(outcomes):
        at = NOW - timedelta(days=len(outcomes) - 1 - number)
        name = f"{channel}-{number}"
        known = knowledge.learned(known, channel, outcome, at, message_id=name, first_choice=True)
    return known


def rationale(*outcomes: Outcome, sms: tuple[Outcome, ...] = (), others: int = 0, **changes: Any) -> Rationale:
    knowledge = Knowledge()
    for place in range(others):
        told(knowledge, contact(place + 1), Channel.WHATSAPP, DELIVERED)
    known = told(knowledge, told(knowledge, contact(), Channel.WHATSAPP, *outcomes), Channel.SMS, *sms)
    plan = plan_route(replace(known, **changes), None, NOW, knowledge=knowledge)
    channels = {channel: knowledge.explanation(known, channel, NOW) for channel in Channel}
    return Rationale(known, plan, channels)


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?%?", text)


def test_every_number_is_one_of_the_data() -> None:
    known = rationale(*[DELIVERED] * 7, SOFT, others=12)
    explanation, plan = known.channels[Channel.WHATSAPP], known.plan
    estimate, data = explanation.estimate, explanation_json(explanation)
    assert own_words(estimate) == f"{data['delivered']} of {data['delivered'] + data['failed']} delivered"
    like = data["people_like_this"]
    assert people_words(estimate) == f"{like['number']} people like this: {percent(like['estimate'])}"
    assert group_words(explanation).endswith(f"that counts {percent(like['counts'])}")
    assert numbers(worth_words(explanation)) == [f"{round(data['observations'])}"]
    unsure = explanation._replace(observations=0.4)
    assert worth_words(unsure) == f"{explanation.words}; as certain as before any message"
    shown = [percent(data["estimate"]), percent(data["low"]).rstrip("%"), percent(data["high"])]
    assert numbers(estimate_words(estimate)) == shown
    planned = plan_json(plan)
    assert numbers(plan_words(plan)) == [percent(planned["delivery_chance"]), f"{planned['expected_cost']:.4f}"]
    listed = {result.points for result in known.results(Channel.WHATSAPP)}
    assert listed == {f"{100 * line.moved:+.1f}" for line in explanation.evidence}
    moved = [line.moved for line in explanation.evidence]
    assert [line["moved"] for line in data["evidence"]] == pytest.approx(moved, abs=1e-4)
    last = data["evidence"][-1]
    assert lesson_words(explanation.evidence[-1]) == (f"estimate {percent(last['before'])} → {percent(last['after'])}")


def test_little_is_claimed_where_little_is_known() -> None:
    known = rationale().channels[Channel.SMS]
    assert own_words(known.estimate) == "no messages yet"
    assert people_words(known.estimate).startswith("nobody like this was written to yet: ")
    assert group_words(known).startswith("that counts ")
    assert lesser(known) == ""


def test_a_few_people_alone_are_not_said_to_show_it() -> None:
    assert FEW_PEOPLE == SHRINKAGE
    assert like_words(FEW_PEOPLE, 0.6) == "6 people like this: 60%"
    assert like_words(1, 0.6) == "1 person like this: 60%, partly assumed"
    few = rationale(others=2)
    reached = few.channels[Channel.WHATSAPP].estimate
    assert people_words(reached) == f"2 people like this: {percent(reached.group_mean)}, partly assumed"
    assert any(people_words(reached) in line for line in few.plan.explain())


def test_the_results_that_count_most_are_listed_newest_first() -> None:
    known = rationale(*[DELIVERED] * 9, HARD)
    explanation = known.channels[Channel.WHATSAPP]
    chosen = strongest(explanation)
    assert len(chosen) == SHOWN
    assert chosen[0].outcome is HARD
    assert [line.at for line in chosen] == sorted((line.at for line in chosen), reverse=True)
    least = min(abs(line.moved) for line in chosen)
    assert all(abs(line.moved) <= least for line in explanation.evidence if line not in chosen)
    assert lesser(explanation) == "and 2 that count less"
    assert lesser(rationale(*[DELIVERED] * 9).channels[Channel.WHATSAPP]) == "and 1 that counts less"


def test_a_result_has_the_reason_that_its_attempt_ended_with() -> None:
    attempts = (
        Attempt(Channel.WHATSAPP, "k1", NOW, MessageStatus.FAILED, reason_code="DELIVERY_007"),
        Attempt(Channel.SMS, "k2", NOW, MessageStatus.DELIVERED),
    )
    reasons = reasons_of([replace(message(), id="whatsapp-1", attempts=attempts)])
    assert reasons == {("whatsapp-1", Channel.WHATSAPP): "not registered on this channel"}
    known = replace(rationale(SOFT, HARD, DELIVERED), reasons=reasons)
    why = [result.why for result in known.results(Channel.WHATSAPP)]
    assert why == ["delivered", "not registered on this channel", "not reached"]


def test_a_lesson_is_that_of_one_message_on_one_channel() -> None:
    known = rationale(DELIVERED, HARD)
    lesson = known.lesson("whatsapp-1", Channel.WHATSAPP)
    assert lesson is not None
    assert lesson.outcome is HARD
    assert lesson.before > lesson.after
    assert known.lesson("whatsapp-1", Channel.SMS) is None


@pytest.mark.parametrize("is_shut", [True, False])
def test_what_keeps_a_channel_out(is_shut: bool) -> None:
    known = contact()
    if is_shut:
        status = known.status(Channel.SMS).found(Availability.UNAVAILABLE, Source.DELIVERY, NOW, "landline")
        known = known.with_status(status)
    out = Rationale(known, plan_route(known, None, NOW), {}).exclusion(Channel.SMS)
    assert (out is not None and out.kind is ExclusionKind.UNAVAILABLE and out.since == NOW) is is_shut


def test_no_step_promises_nothing() -> None:
    assert plan_words(rationale(opt_out=True).plan) == ""


def test_the_contact_is_none_of_the_people_like_it() -> None:
    alone = rationale(SOFT).channels[Channel.WHATSAPP].estimate
    assert (alone.group_size, alone.others) == (1, 0)
    assert people_words(alone).startswith("nobody else like this was written to yet: ")
    among = rationale(SOFT, others=12).channels[Channel.WHATSAPP].estimate
    assert (among.group_size, among.others) == (13, 12)
    assert people_words(among).startswith("12 people like this: ")

"""The delivery model: what its estimates must do, whatever was reported and in whatever order."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sent_tui.core.channel import Channel
from sent_tui.core.delivery import VERSION, DeliveryModel, Outcome, Segment

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PEOPLE = Segment("BR", "mobile", {"whatsapp": "available", "sms": "unknown"})
UNCHECKED = Segment("BR", "mobile")
DELIVERED, SOFT, HARD = Outcome.DELIVERED, Outcome.FAILED_SOFT, Outcome.FAILED_HARD


class Report(NamedTuple):
    contact: str
    channel: str
    outcome: Outcome
    at: datetime
    message: str | None
    first: bool = True


def tell(model: DeliveryModel, *reports: Report, segment: Segment = UNCHECKED) -> DeliveryModel:
    for told in reports:
        model.observe(
            told.contact, segment, told.channel, told.outcome, told.at, message_id=told.message, first_choice=told.first
        )
    return model


def history(*outcomes: Outcome, channel: str = "whatsapp", contact: str = "ada", days: float = 1) -> list[Report]:
    """Return one attempt for each outcome, so many days apart; the last is now."""
    count = len(outcomes)
    return [
        Report(contact, channel, outcome, NOW - timedelta(days=days * (count - 1 - index)), f"{channel}{index}")
        for index, outcome in enumerate(outcomes)
    ]


def mean(model: DeliveryModel, channel: str = "whatsapp", contact: str = "ada", days: float = 0) -> float:
    return model.estimate(contact, UNCHECKED, channel, NOW + timedelta(days=days)).mean


def learned(*outcomes: Outcome) -> float:
    return mean(tell(DeliveryModel(), *history(*outcomes)))


reports = st.builds(
    Report,
    st.sampled_from(["ada", "bo", "chi"]),
    st.sampled_from(["whatsapp", "sms"]),
    st.sampled_from(list(Outcome)),
    # Few times, so that many are equal.
    st.integers(0, 6).map(lambda days: NOW - timedelta(days=days * 9)),
    st.integers(0, 5).map(str),
    st.booleans(),
)
logs = st.lists(reports, max_size=24)


def plans(model: DeliveryModel) -> object:
    """Return all that a person is shown."""
    return [
        (
            model.rank(contact, UNCHECKED, NOW),
            [model.explain(contact, UNCHECKED, channel, NOW) for channel in model.channels],
            model.failures_to_flip(contact, UNCHECKED, NOW),
        )
        for contact in ("ada", "bo", "chi")
    ]


@given(logs, st.randoms(use_true_random=False), st.booleans())
@settings(deadline=None, max_examples=50)
def test_order_and_repetition_do_not_matter(log: list[Report], random: Random, fitted: bool) -> None:
    again = [*log, *log]
    random.shuffle(again)
    first, second = tell(DeliveryModel(), *log), DeliveryModel()
    for told in again:
        tell(second, told)
        second.rank(told.contact, UNCHECKED, NOW)
    if fitted:
        first.refit(NOW)
        second.refit(NOW)
    assert first.to_state() == second.to_state()
    assert plans(first) == plans(second)


@given(
    st.lists(st.tuples(reports, st.sampled_from([UNCHECKED, PEOPLE, Segment("NG", "mobile")])), max_size=12),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=50)
def test_what_is_known_of_people_at_a_time_may_be_heard_in_any_order(
    log: list[tuple[Report, Segment]], random: Random
) -> None:
    again = [*log, *log]
    random.shuffle(again)
    first, second = DeliveryModel(), DeliveryModel()
    for model, heard in ((first, log), (second, again)):
        for told, segment in heard:
            tell(model, told, segment=segment)
    assert first.to_state() == second.to_state()
    assert plans(first) == plans(second)


@given(logs, logs)
@settings(deadline=None, max_examples=50)
def test_fitting_between_reports_leaves_no_trace(before: list[Report], after: list[Report]) -> None:
    model = tell(DeliveryModel(), *before)
    model.refit(NOW)
    tell(model, *after).refit(NOW)
    fresh = tell(DeliveryModel(), *before, *after)
    fresh.refit(NOW)
    assert model.to_state() == fresh.to_state()


@given(logs, logs, st.booleans())
@settings(deadline=None, max_examples=50)
def test_a_state_goes_through_json_and_learns_on(before: list[Report], after: list[Report], fitted: bool) -> None:
    model = tell(DeliveryModel(), *before)
    if fitted:
        model.refit(NOW)
    again = DeliveryModel.from_state(json.loads(json.dumps(model.to_state())))
    assert again.to_state() == model.to_state()
    assert tell(again, *after).to_state() == tell(model, *after).to_state()
    assert plans(again) == plans(model)


@given(logs, st.booleans())
@settings(deadline=None, max_examples=50)
def test_each_result_needs_only_its_contact_and_its_groups(log: list[Report], refits: bool) -> None:
    whole = tell(DeliveryModel(), *log)
    contacts: dict[str, dict[str, object]] = {}
    lessons: dict[str, dict[str, object]] = {}
    for told in log:
        model = DeliveryModel(recall=lessons.get)
        if told.contact in contacts:
            model.load_contact(told.contact, contacts[told.contact])
        tell(model, told)
        contacts[told.contact] = json.loads(json.dumps(model.contact_state(told.contact)))
        lessons |= json.loads(json.dumps(model.lessons()))
    if refits:
        whole.refit(NOW)
        lessons |= json.loads(json.dumps(whole.lessons()))
    again = DeliveryModel(recall=lessons.get)
    for contact, piece in contacts.items():
        again.load_contact(contact, piece)
    assert plans(again) == plans(whole)
    assert all(whole.contact_state(contact) == piece for contact, piece in contacts.items())
    assert again.lessons() == {}


@given(logs)
@settings(deadline=None, max_examples=50)
def test_estimates_are_bounded(log: list[Report]) -> None:
    model = tell(DeliveryModel(), *log)
    for days in (0, 400):
        for told in model.rank("ada", UNCHECKED, NOW + timedelta(days=days)):
            assert 0 <= told.low <= told.mean <= told.high <= 1
            assert 0 <= told.group_mean <= 1
            assert 0 <= told.reachable <= 1


channels = st.sampled_from(["whatsapp", "sms"])


@given(logs, channels, st.booleans(), st.integers(0, 400), st.booleans(), st.sampled_from(["0", "1", "2", "more"]))
@settings(deadline=None, max_examples=200)
def test_one_more_delivery_never_lowers_the_estimate(
    log: list[Report], channel: str, first: bool, days: int, fitted: bool, message: str
) -> None:
    """Also where it is the fallback of a message that failed on the other channel."""
    log = [told for told in log if (told.contact, told.channel, told.message) != ("ada", channel, message)]
    model = tell(DeliveryModel(), *log)
    if fitted:
        model.refit(NOW)
    before = mean(model, channel, days=days)
    tell(model, Report("ada", channel, DELIVERED, NOW, message, first))
    assert mean(model, channel, days=days) >= before - 1e-9


@given(logs, channels, st.integers(0, 400))
@settings(deadline=None, max_examples=50)
def test_one_more_fact_against_a_channel_never_raises_it(log: list[Report], channel: str, days: int) -> None:
    model = tell(DeliveryModel(), *log)
    before = mean(model, channel, days=days)
    assert mean(tell(model, Report("ada", channel, HARD, NOW, "more")), channel, days=days) <= before + 1e-9


@given(logs, channels, st.booleans())
@settings(deadline=None, max_examples=50)
def test_an_explanation_tells_what_was_reported(log: list[Report], channel: str, fitted: bool) -> None:
    model = tell(DeliveryModel(), *log)
    if fitted:
        model.refit(NOW)
    happened: dict[str | None, tuple[int, float, Outcome]] = {}
    for told in log:
        if (told.contact, told.channel) == ("ada", channel):
            rank = [DELIVERED, HARD, SOFT].index(told.outcome)
            line = (rank, told.at.timestamp(), told.outcome)
            happened[told.message] = min(happened.get(told.message, line), line)
    told_of = model.explain("ada", UNCHECKED, channel, NOW)
    lines = {line.message_id: (line.at.timestamp(), line.outcome) for line in told_of.evidence}
    assert lines == {message: (at, outcome) for message, (_, at, outcome) in happened.items()}
    assert len(told_of.evidence) == len(lines)
    assert [line.at for line in told_of.evidence] == sorted(line.at for line in told_of.evidence)
    assert {line.channel for line in told_of.evidence} <= {channel}
    outcomes = [outcome for _, _, outcome in happened.values()]
    estimate = told_of.estimate
    assert estimate == model.estimate("ada", UNCHECKED, channel, NOW)
    assert (estimate.delivered, estimate.failed) == (
        outcomes.count(DELIVERED),
        len(outcomes) - outcomes.count(DELIVERED),
    )
    assert all(-1 <= line.moved <= 1 for line in told_of.evidence)
    if channel == "sms":
        assert estimate.group_size == len({told.contact for told in log if told.channel == channel})


@given(st.lists(st.sampled_from(list(Outcome)), max_size=40))
@settings(deadline=None, max_examples=50)
def test_counts_are_those_of_the_reports(outcomes: list[Outcome]) -> None:
    told = tell(DeliveryModel(), *history(*outcomes)).estimate("ada", UNCHECKED, "whatsapp", NOW)
    assert (told.delivered, told.failed) == (
        outcomes.count(DELIVERED),
        len(outcomes) - outcomes.count(DELIVERED),
    )


def test_the_same_contact_in_parts_is_the_whole() -> None:
    one, other = history(DELIVERED, HARD, SOFT), history(SOFT, DELIVERED, channel="sms", contact="bo")
    joined = tell(DeliveryModel(), *one, *(told._replace(contact="ada") for told in other))
    model = tell(DeliveryModel(), *one, *other)
    model.merge("bo", into="ada")
    assert model.to_state() == joined.to_state()
    model.merge("nobody", into="ada")
    assert model.to_state() == joined.to_state()


def test_a_contact_that_is_gone_leaves_no_trace() -> None:
    model = tell(DeliveryModel(), *history(DELIVERED, contact="bo"))
    before = model.to_state()
    tell(model, *history(HARD, SOFT))
    model.forget("ada")
    model.forget("nobody")
    assert model.to_state() == before


def test_nobody_teaches_nothing() -> None:
    model = DeliveryModel()
    before = model.rank("ada", PEOPLE, NOW)
    model.refit(NOW)
    assert model.rank("ada", PEOPLE, NOW) == before
    assert [told.group_size for told in before] == [0, 0]
    assert model.to_state()["contacts"] == {}


def test_a_fact_weighs_more_than_a_failure_and_nothing_weighs_nothing() -> None:
    assert learned(DELIVERED, HARD) < learned(DELIVERED, SOFT) < learned(DELIVERED)
    assert learned(HARD) < mean(DeliveryModel()) < learned(DELIVERED)
    assert learned(SOFT, SOFT) < learned(SOFT) < learned(DELIVERED)


def test_a_check_counts_before_the_first_message() -> None:
    model = DeliveryModel()
    found = {
        check: model.estimate("ada", Segment("BR", "mobile", {"whatsapp": check}), "whatsapp", NOW).mean
        for check in ("available", "unknown", "never heard of", "unavailable")
    }
    assert found["available"] > found["unknown"] == found["never heard of"] > found["unavailable"]


def test_a_written_off_channel_comes_back_slowly() -> None:
    model = tell(DeliveryModel(), *history(DELIVERED, HARD, HARD))
    after = [mean(model, days=days) for days in (0, 30, 180, 720, 5000)]
    assert after == sorted(after)
    assert after[1] - after[0] < 0.1
    assert after[-1] == pytest.approx(model.estimate("ada", UNCHECKED, "whatsapp", NOW).group_mean, abs=0.01)
    tell(model, *(Report("ada", "sms", SOFT, NOW, f"next{number}") for number in range(10)))
    assert mean(model) > after[0], "messages on the other channel let it relax as well"


def test_people_learn_from_others() -> None:
    good, bad = DeliveryModel(), DeliveryModel()
    for index in range(40):
        tell(good, *history(DELIVERED, contact=f"c{index}"))
        tell(bad, *history(HARD, contact=f"c{index}"))
    shipped = mean(DeliveryModel(), contact="new")
    assert mean(bad, contact="new") < 0.3 < shipped < mean(good, contact="new")
    assert good.estimate("new", UNCHECKED, "whatsapp", NOW).group_size == 40
    elsewhere = Segment("NG", "mobile")
    assert bad.estimate("new", elsewhere, "whatsapp", NOW).mean < shipped, "a new country starts from the others"
    before = mean(bad, contact="new")
    bad.refit(NOW)
    assert mean(bad, contact="new") <= before


@pytest.mark.parametrize(("people", "messages"), [(300, 1), (100, 3)])
@pytest.mark.parametrize("arrived", [0.5, 0.6, 0.7, 0.8, 0.9])
def test_a_few_messages_to_each_of_many_show_what_to_expect_of_another_one(
    arrived: float, people: int, messages: int
) -> None:
    model = DeliveryModel()
    for number in range(people * messages):
        outcome = DELIVERED if int(arrived * (number + 1)) > int(arrived * number) else SOFT
        person, message = divmod(number, messages)
        tell(model, Report(f"p{person}", "sms", outcome, NOW - timedelta(days=9 - message), f"m{message}"))
    assert mean(model, "sms", "somebody new") == pytest.approx(arrived, abs=0.06)


def test_where_no_facts_are_reported_a_failure_says_more() -> None:
    def fitted(*bad: Outcome) -> float:
        model = DeliveryModel()
        for index in range(60):
            tell(model, *history(*bad, contact=f"c{index}"), *history(DELIVERED, DELIVERED, contact=f"d{index}"))
        model.refit(NOW)
        again = DeliveryModel.from_state(json.loads(json.dumps(model.to_state())))
        return mean(tell(again, *history(SOFT)))

    assert fitted(SOFT, SOFT) < fitted(HARD, HARD) - 0.2


def test_someone_tried_only_as_a_fallback_teaches_less() -> None:
    first, fallback = DeliveryModel(), DeliveryModel()
    tell(first, *history(HARD))
    tell(fallback, *(told._replace(first=False) for told in history(HARD)))
    assert mean(first, contact="new") < mean(fallback, contact="new") < mean(DeliveryModel(), contact="new")


def test_a_hard_sms_failure_puts_a_person_among_those_without_a_mobile() -> None:
    model = DeliveryModel()
    for index in range(30):
        tell(model, *history(HARD, channel="sms", contact=f"c{index}"), *history(HARD, contact=f"c{index}"))
        tell(model, *history(DELIVERED, contact=f"d{index}"))
    before = mean(model)
    tell(model, *history(HARD, channel="sms"))
    assert mean(model) < before - 0.3
    tell(model, *(Report("ada", "sms", DELIVERED, NOW + timedelta(1), "later"),))
    assert mean(model) > before - 0.1, "an SMS that arrives takes it back"


def test_a_late_delivery_corrects_a_failure() -> None:
    soft = Report("ada", "whatsapp", SOFT, NOW - timedelta(days=2), "1")
    late = soft._replace(outcome=DELIVERED, at=NOW)
    corrected = tell(DeliveryModel(), soft, late)
    assert corrected.to_state() == tell(DeliveryModel(), late, soft).to_state()
    assert corrected.to_state() == tell(DeliveryModel(), late).to_state()
    attempts = corrected.contact_state("ada")["attempts"]
    tell(corrected, soft._replace(at=NOW + timedelta(days=1)))
    assert corrected.contact_state("ada")["attempts"] == attempts, "what arrived has arrived"


def test_of_two_failures_the_fact_counts_and_of_two_deliveries_the_first() -> None:
    soft, hard = Report("ada", "sms", SOFT, NOW, "1"), Report("ada", "sms", HARD, NOW - timedelta(1), "1", first=False)
    model = tell(DeliveryModel(), soft, hard)
    assert model.contact_state("ada")["attempts"] == [[hard.at.timestamp(), "1", "sms", 1, True]]
    read = Report("ada", "sms", DELIVERED, NOW, "2")
    tell(model, read, read._replace(at=NOW - timedelta(hours=1)))
    attempts = model.contact_state("ada")["attempts"]
    assert isinstance(attempts, list)
    assert attempts[-1][0] == NOW.timestamp() - 3600


def test_without_a_message_id_each_report_is_an_attempt() -> None:
    report = Report("ada", "whatsapp", DELIVERED, NOW, None)
    model = tell(DeliveryModel(), report, report, report)
    told = model.explain("ada", UNCHECKED, "whatsapp", NOW)
    assert told.estimate.delivered == 3
    assert [line.message_id for line in told.evidence] == [None] * 3


def test_a_phone_that_was_off_says_little_about_a_channel() -> None:
    soft = Report("ada", "whatsapp", SOFT, NOW, "1")
    alone = mean(tell(DeliveryModel(), soft))
    together = mean(tell(DeliveryModel(), soft, soft._replace(channel="sms")))
    on = mean(tell(DeliveryModel(), soft, soft._replace(channel="sms", outcome=DELIVERED)))
    assert on < alone < together
    hard = mean(tell(DeliveryModel(), soft, soft._replace(channel="sms", outcome=HARD)))
    assert hard == alone


def test_a_late_report_is_placed_where_it_belongs() -> None:
    log = history(DELIVERED, SOFT, DELIVERED, HARD, DELIVERED)
    streamed = DeliveryModel()
    for told in (*log[:2], *log[3:], log[2]):
        tell(streamed, told)
        mean(streamed)
    assert streamed.to_state() == tell(DeliveryModel(), *log).to_state()
    assert mean(streamed) == mean(tell(DeliveryModel(), *log))


def test_the_latest_profile_holds() -> None:
    model = DeliveryModel()
    model.observe("ada", PEOPLE, "whatsapp", DELIVERED, NOW, message_id="2")
    model.observe("ada", UNCHECKED, "sms", DELIVERED, NOW - timedelta(1), message_id="1")
    assert model.contact_state("ada")["profile"] == [NOW.timestamp(), "BR", "mobile", ["available", "unknown"]]
    model.observe("ada", UNCHECKED, "sms", DELIVERED, NOW + timedelta(1), message_id="3")
    once = DeliveryModel()
    for days, message in ((-1, "1"), (0, "2"), (1, "3")):
        channel = "whatsapp" if message == "2" else "sms"
        once.observe("ada", UNCHECKED, channel, DELIVERED, NOW + timedelta(days), message_id=message)
    assert model.to_state() == once.to_state()
    checked = model.estimate("ada", Segment("BR", "mobile", {"whatsapp": "unavailable"}), "whatsapp", NOW)
    assert checked.mean < mean(model), "a newer check counts at once"


def test_lines_of_evidence_sum_up_a_contact() -> None:
    model = tell(DeliveryModel(), *history(DELIVERED, DELIVERED, HARD), *history(DELIVERED, channel="sms"))
    told = model.explain("ada", UNCHECKED, "whatsapp", NOW)
    assert [line.outcome for line in told.evidence] == [DELIVERED, DELIVERED, HARD]
    assert [line.message_id for line in told.evidence] == ["whatsapp0", "whatsapp1", "whatsapp2"]
    assert [line.channel for line in told.evidence] == ["whatsapp"] * 3
    assert [line.at for line in told.evidence] == [NOW - timedelta(2), NOW - timedelta(1), NOW]
    assert told.evidence[1].moved > 0 > told.evidence[2].moved
    assert told.estimate == model.estimate("ada", UNCHECKED, "whatsapp", NOW)
    assert told.group_level == "region"
    assert 0 < told.group_weight <= 1
    assert told.observations > 0


def test_a_line_of_evidence_is_the_estimate_less_that_without_it() -> None:
    """Against the model itself: a channel's only outcome moved it from the group's prior, which barely learned."""
    model = DeliveryModel()
    for index in range(400):
        tell(model, *history(DELIVERED, contact=f"d{index}"), *history(HARD, contact=f"h{index}"))
    group = mean(model)
    tell(model, *history(HARD))
    told = model.explain("ada", UNCHECKED, "whatsapp", NOW)
    assert told.evidence[0].moved == pytest.approx(told.estimate.mean - group, abs=0.01)


@given(st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=12), st.integers(0, 40))
@settings(deadline=None, max_examples=50)
def test_the_estimate_as_it_moved_ends_where_it_is(outcomes: list[Outcome], days: int) -> None:
    model = tell(DeliveryModel(), *history(DELIVERED, contact="bo"), *history(*outcomes, days=days))
    lines = model.explain("ada", UNCHECKED, "whatsapp", NOW).evidence
    assert lines[-1].after == pytest.approx(mean(model), abs=1e-12)
    assert lines[0].before == pytest.approx(mean(model, contact="chi"), abs=1e-12), "as for anybody like this"
    gone_back = 0.01
    """How far a message alone lets an estimate go back to that of people like this."""
    for line in lines:
        assert line.outcome is not DELIVERED or line.after > line.before - gone_back
        assert line.outcome is not HARD or line.after < line.before + gone_back


def test_nothing_known_is_explained_by_the_group() -> None:
    told = DeliveryModel().explain("ada", PEOPLE, "whatsapp", NOW)
    assert (told.evidence, told.group_weight, told.group_level) == ((), 1.0, "shipped")


def test_the_state_of_a_channel_in_words() -> None:
    def words(*outcomes: Outcome) -> str:
        return tell(DeliveryModel(), *history(*outcomes)).explain("ada", UNCHECKED, "whatsapp", NOW).words

    assert words() == "little evidence"
    assert words(*[DELIVERED] * 8) == "reachable"
    assert words(HARD) == "not reachable"
    assert words(*[DELIVERED, SOFT, SOFT] * 5) == "unreliable"
    assert words(DELIVERED, *[SOFT] * 13) == "not reachable"
    assert words(*[DELIVERED] * 4, HARD) == "probably not reachable"


@given(logs, st.integers(0, 3))
@settings(deadline=None, max_examples=50)
def test_the_distance_to_a_flip_is_what_it_takes(log: list[Report], pull: int) -> None:
    model = tell(DeliveryModel(), *log)
    handicaps = {"sms": pull / 100}

    def first() -> str:
        ranked = model.rank("ada", UNCHECKED, NOW)
        return min(
            ranked, key=lambda told: (handicaps.get(told.channel, 0) - told.mean, told.channel != "whatsapp")
        ).channel

    before = first()
    flip = model.failures_to_flip(
        "ada", UNCHECKED, NOW, score=lambda channel, means: means[channel] - handicaps.get(channel, 0), limit=6
    )
    leaders = []
    for number in range(6):
        tell(model, Report("ada", before, SOFT, NOW, f"new{number}"))
        leaders.append(first())
    if flip is None:
        assert leaders == [before] * 6
    else:
        assert (flip.first, leaders[flip.failures - 1]) == (before, flip.then)
        assert leaders[: flip.failures - 1] == [before] * (flip.failures - 1)


@given(logs)
@settings(deadline=None, max_examples=60)
def test_failures_to_come_count_for_people_like_the_contact_is_now(log: list[Report]) -> None:
    elsewhere = Segment("NG", "mobile")
    model = tell(DeliveryModel(), *log)
    tell(model, *history(DELIVERED, SOFT, DELIVERED, contact="there"), segment=elsewhere)
    expected: list[Mapping[str, float]] = []

    def score(channel: str, means: Mapping[str, float]) -> float:
        if not expected or expected[-1] is not means:
            expected.append(means)
        return channel == "whatsapp"

    assert model.failures_to_flip("ada", elsewhere, NOW, score=score, limit=3) is None
    for number, means in enumerate(expected[1:]):
        tell(model, Report("ada", "whatsapp", SOFT, NOW, f"failed {number}"), segment=elsewhere)
        assert model.estimate("ada", elsewhere, "whatsapp", NOW).mean == pytest.approx(means["whatsapp"], abs=1e-9)


def test_one_channel_never_flips() -> None:
    assert DeliveryModel(["sms"]).failures_to_flip("ada", UNCHECKED, NOW) is None


def test_channels_may_be_of_any_kind_and_number() -> None:
    model = DeliveryModel([Channel.WHATSAPP, Channel.SMS, "rcs"])
    model.observe("ada", UNCHECKED, Channel.SMS, DELIVERED, NOW, message_id="1")
    model.observe("ada", UNCHECKED, "rcs", HARD, NOW, message_id="1")
    assert [told.channel for told in model.rank("ada", UNCHECKED, NOW)] == ["sms", "whatsapp", "rcs"]
    assert json.loads(json.dumps(model.to_state())) == model.to_state()
    with pytest.raises(ValueError, match="no channel 'fax', only whatsapp, sms, rcs"):
        model.estimate("ada", UNCHECKED, "fax", NOW)


def test_equal_estimates_keep_the_order_of_the_channels() -> None:
    for channels in (["one", "two"], ["two", "one"]):
        assert [told.channel for told in DeliveryModel(channels).rank("ada", UNCHECKED, NOW)] == channels


def test_a_time_is_a_moment() -> None:
    models = [DeliveryModel() for _ in range(3)]
    moments = (NOW, NOW.replace(tzinfo=None), NOW.astimezone(timezone(timedelta(hours=-7))))
    for model, moment in zip(models, moments, strict=True):
        tell(model, Report("ada", "sms", DELIVERED, moment, None))
    assert models[0].to_state() == models[1].to_state() == models[2].to_state()


def test_a_ranking_is_remembered_until_something_changes() -> None:
    model = tell(DeliveryModel(), *history(DELIVERED))
    first = model.rank("ada", UNCHECKED, NOW)
    assert model.rank("ada", UNCHECKED, NOW)[0] is first[0]
    assert model.rank("ada", UNCHECKED, NOW + timedelta(days=9)) != first
    assert model.rank("ada", PEOPLE, NOW) != first
    tell(model, *history(HARD, contact="bo"))
    assert model.rank("ada", UNCHECKED, NOW) != first


def test_what_a_segment_says_is_looked_at_each_time() -> None:
    checks = {"whatsapp": "available"}
    segment = Segment("BR", "mobile", checks)
    model = DeliveryModel()
    model.observe("ada", segment, "whatsapp", DELIVERED, NOW, message_id="1")
    before = model.rank("ada", segment, NOW)
    checks["whatsapp"] = "unavailable"
    assert model.rank("ada", segment, NOW) != before


odd_segments = st.builds(
    Segment,
    st.sampled_from(["", "BR"]),
    st.sampled_from(["", "mobile"]),
    st.dictionaries(st.sampled_from(["whatsapp", "sms", "telegram", "fax"]), st.sampled_from(["", "available", "?"])),
)


@given(st.lists(st.tuples(reports, odd_segments, st.booleans()), max_size=12))
@settings(deadline=None, max_examples=50)
def test_gaps_in_what_is_known_of_a_contact_are_no_trouble(told: list[tuple[Report, Segment, bool]]) -> None:
    model = DeliveryModel(["whatsapp", "sms", "telegram"])
    for report, segment, refits in told:
        tell(model, report._replace(message=None), report._replace(channel="telegram"), segment=segment)
        if refits:
            model.refit(NOW)
    again = DeliveryModel.from_state(json.loads(json.dumps(model.to_state())))
    for _, segment, _ in told:
        ranked = model.rank("ada", segment, NOW)
        assert again.rank("ada", segment, NOW) == ranked
        assert all(0 <= known.low <= known.mean <= known.high <= 1 for known in ranked)
        assert sorted(known.channel for known in ranked) == ["sms", "telegram", "whatsapp"]


SHORT = {"people": 1, "sums": [], "fitted": None}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"version": VERSION + 1}, ValueError),
        ({"channels": "sms"}, TypeError),
        ({"segments": {"version": VERSION, "groups": {}}}, TypeError),
        ({"segments": {"version": 0, "groups": []}}, ValueError),
        ({"segments": {"version": VERSION, "groups": [["sms", {"people": 1}]]}}, TypeError),
        ({"segments": {"version": VERSION, "groups": [[["sms", "unknown"], {"people": 1}]]}}, KeyError),
        ({"segments": {"version": VERSION, "groups": [[["sms", "unknown"], SHORT]]}}, TypeError),
        ({"contacts": {"ada": {"profile": None, "attempts": {}}}}, TypeError),
        ({"contacts": {"ada": {"profile": ["BR"], "attempts": []}}}, ValueError),
        ({"contacts": {"ada": {"profile": None, "attempts": [["soon", "1", "sms", 1, True]]}}}, ValueError),
    ],
)
def test_what_is_no_state_is_refused(change: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        DeliveryModel.from_state(DeliveryModel().to_state() | change)


def test_a_contact_without_a_profile_is_nobody_yet() -> None:
    model = DeliveryModel()
    model.load_contact("ada", {"profile": None, "attempts": []})
    assert model.rank("ada", UNCHECKED, NOW) == DeliveryModel().rank("ada", UNCHECKED, NOW)
    assert model.contact_state("ada") == {"profile": None, "attempts": []}


def test_importing_the_model_loads_nothing_but_the_standard_library() -> None:
    script = (
        "import sys\nbefore = set(sys.modules)\nimport sent_tui.core.delivery\n"
        "loaded = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(name for name in loaded - sys.stdlib_module_names))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == "['sent_tui']\n"


def test_segments_are_alike_by_what_they_say() -> None:
    assert hash(PEOPLE) == hash(Segment("BR", "mobile", {}))
    assert Segment("BR", "mobile", {"sms": "available"}) != Segment("BR", "mobile")

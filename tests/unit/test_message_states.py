"""The states of a message: the table, what it forbids, and that any story keeps to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.message import REACHED, Content, DeliveryEvent, Message, MessageStatus, PlannedStep
from sent_tui.core.message_states import FINAL, MOVES, IllegalMoveError, State, moved, state_of
from sent_tui.core.progress import (
    accepted,
    attempted,
    given_up,
    outcome_lost,
    overdue,
    overdue_since,
    refused,
    reported,
    scheduled,
    stopped,
    without_next,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"
CHANNELS = (Channel.WHATSAPP, Channel.SMS)


def planned(until: MessageStatus = MessageStatus.DELIVERED, steps: int = 2) -> Message:
    plan = tuple(PlannedStep(channel, timedelta(minutes=15), until) for channel in CHANNELS[:steps])
    return Message("m1", "c1", "+14155550123", Content("Hello"), "PLANNED", NOW, NOW, "simulator", plan)


def on_its_way(until: MessageStatus = MessageStatus.DELIVERED, steps: int = 2) -> Message:
    message = attempted(planned(until, steps), Channel.WHATSAPP, "key-0", NOW, 0.01)
    return accepted(message, 0, "g0", NOW)


def event(status: str, index: int = 0, minutes: float = 1) -> DeliveryEvent:
    at = NOW + timedelta(minutes=minutes)
    return DeliveryEvent(f"{index}/{status}/{minutes}", "m1", "c1", index, CHANNELS[index], status, at)


class TestTable:
    def test_is_the_one_of_the_documentation(self) -> None:
        rows = re.findall(r"^\| \*([^*|]+)\* \| ([^|]+) \|", ARCHITECTURE.read_text(encoding="utf-8"), re.MULTILINE)
        documented = {left: set(re.findall(r"\*([^*]+)\*", words)) for left, words in rows}
        assert documented == {state.value: {move.value for move in moves} for state, moves in MOVES.items()}

    def test_every_state_has_a_row_and_can_be_reached(self) -> None:
        assert set(MOVES) == set(State)
        assert set().union(*MOVES.values()) == set(State) - {State.DRAFT}

    def test_an_end_is_left_for_an_arrival_alone(self) -> None:
        for state in FINAL:
            assert MOVES[state] <= FINAL | {State.REPORTED}
        assert not MOVES[State.ARRIVED]

    def test_a_move_that_it_lacks_is_refused(self) -> None:
        arrived = reported(on_its_way(), event("DELIVERED"))
        with pytest.raises(IllegalMoveError, match="from arrived to stopped"):
            stopped(arrived, MessageStatus.CANCELLED, NOW)
        with pytest.raises(IllegalMoveError, match="from draft to arrived"):
            moved(None, arrived)


class TestStates:
    def test_of_a_message_on_its_way(self) -> None:
        wrote = replace(planned(), status="RECEIVED")
        assert state_of(None) is State.DRAFT
        assert state_of(scheduled(replace(planned(), send_at=NOW))) is State.SCHEDULED
        assert state_of(attempted(planned(), Channel.SMS, "k", NOW, 0)) is State.PLANNED
        assert state_of(on_its_way()) is State.HANDED_OVER
        assert state_of(reported(on_its_way(), event("PARKED"))) is State.REPORTED
        assert state_of(reported(on_its_way(), event("FAILED"))) is State.FAILED
        assert state_of(reported(on_its_way(steps=1), event("FAILED"))) is State.STOPPED
        assert state_of(given_up(on_its_way(), NOW)) is State.GIVEN_UP
        assert state_of(reported(given_up(on_its_way(), NOW), event("FAILED"))) is State.STOPPED
        assert state_of(wrote) is State.ARRIVED

    def test_delivered_is_no_end_where_it_has_to_be_read_in_time(self) -> None:
        delivered = reported(on_its_way(MessageStatus.READ), event("DELIVERED"))
        assert (state_of(delivered), delivered.is_final, delivered.is_done) == (State.REPORTED, False, False)
        assert state_of(reported(delivered, event("READ", minutes=2))) is State.ARRIVED
        late = overdue(delivered, NOW)
        assert state_of(late) is State.ARRIVED
        assert reported(on_its_way(MessageStatus.READ, steps=1), event("DELIVERED")).is_final

    def test_a_held_message_is_no_scheduled_one(self) -> None:
        assert state_of(reported(on_its_way(), event("SCHEDULED"))) is State.REPORTED

    @pytest.mark.parametrize("status", ["PLANNED", "UNKNOWN", "RECEIVED"])
    def test_what_is_ours_to_say_no_network_reports(self, status: str) -> None:
        assert reported(on_its_way(), event(status)) == on_its_way()


class TestTimers:
    def test_a_step_is_overdue_once(self) -> None:
        message, later = on_its_way(), NOW + timedelta(minutes=15)
        assert overdue_since(message, later - timedelta(seconds=1)) is None
        assert overdue_since(message, later + timedelta(hours=9)) == later
        assert overdue_since(overdue(message, later), later) is None

    @pytest.mark.parametrize(
        ("until", "status", "is_overdue"),
        [
            (MessageStatus.SENT, "QUEUED", True),
            (MessageStatus.SENT, "SENT", False),
            (MessageStatus.DELIVERED, "SENT", True),
            (MessageStatus.DELIVERED, "PARKED", True),
            (MessageStatus.DELIVERED, "DELIVERED", False),
            (MessageStatus.DELIVERED, "FAILED", False),
            (MessageStatus.READ, "DELIVERED", True),
            (MessageStatus.READ, "READ", False),
            (MessageStatus.READ, "FILTERED", False),
        ],
    )
    def test_how_far_a_step_has_to_come(self, until: MessageStatus, status: str, is_overdue: bool) -> None:
        message = reported(on_its_way(until), event(status))
        assert (overdue_since(message, NOW + timedelta(hours=1)) is not None) is is_overdue

    def test_no_timer_runs_without_an_answer_or_without_a_time(self) -> None:
        later = NOW + timedelta(days=1)
        assert overdue_since(planned(), later) is None
        assert overdue_since(attempted(planned(), Channel.WHATSAPP, "k", NOW, 0), later) is None
        lost = outcome_lost(attempted(planned(), Channel.WHATSAPP, "k", NOW, 0), 0, NOW, "")
        assert overdue_since(lost, later) is None
        old = replace(on_its_way(), steps=(PlannedStep(Channel.WHATSAPP), PlannedStep(Channel.SMS)))
        assert overdue_since(old, later) is None


class TestSecondStep:
    def two_out(self) -> Message:
        message = attempted(overdue(on_its_way(), NOW), Channel.SMS, "key-1", NOW, 0.01)
        return accepted(message, 1, "g1", NOW)

    def test_what_is_heard_of_either_counts(self) -> None:
        message = self.two_out()
        assert (message.status, message.possible_duplicate) == ("QUEUED", None)
        one = reported(message, event("DELIVERED", 1))
        assert (one.status, one.is_final, one.is_done, one.possible_duplicate) == ("DELIVERED", False, True, "possible")
        both = reported(one, event("DELIVERED", 0, 9))
        assert (both.status, both.is_final, both.possible_duplicate) == ("DELIVERED", True, "confirmed")
        only = reported(one, event("FAILED", 0, 9))
        assert (only.status, only.is_final, only.possible_duplicate) == ("DELIVERED", True, None)

    def test_a_failed_step_does_not_hide_one_that_may_still_arrive(self) -> None:
        message = reported(self.two_out(), event("FAILED", 1))
        assert (message.status, message.is_final) == ("QUEUED", False)
        assert reported(message, event("FAILED", 0, 2)).is_final
        assert reported(message, event("READ", 0, 2)).status == "READ"

    def test_a_refusal_of_the_second_leaves_the_first_under_way(self) -> None:
        planned_next = attempted(overdue(on_its_way(), NOW), Channel.SMS, "key-1", NOW, 0.01)
        message = refused(planned_next, 1, NOW, "down", go_on=False)
        assert (message.status, message.is_final) == ("QUEUED", False)


class TestStaleAnswers:
    """Two programs may look at one attempt; what the slower one says changes nothing."""

    def test_an_answer_that_was_found_meanwhile_stays(self) -> None:
        message = on_its_way()
        assert accepted(message, 0, "other", NOW + timedelta(minutes=1)) == message
        assert outcome_lost(message, 0, NOW, "no answer") == message
        assert refused(message, 0, NOW, "down", go_on=True) == message

    def test_a_report_before_the_answer_stays(self) -> None:
        early = reported(attempted(planned(), Channel.WHATSAPP, "k", NOW, 0), event("SENT"))
        assert accepted(early, 0, "g0", NOW).status == "SENT"


STATUSES = ["QUEUED", "SENT", "PARKED", "DELIVERED", "READ", "FAILED", "FILTERED", "BLOCKED", "CANCELLED", "UNKNOWN"]
STORIES = st.lists(
    st.one_of(
        st.tuples(st.just("report"), st.sampled_from([0, 1]), st.sampled_from(STATUSES)),
        st.tuples(st.sampled_from(["accept", "lose", "refuse", "refuse for good"]), st.sampled_from([0, 1])),
        st.tuples(st.sampled_from(["time", "next", "cancel", "give up", "no more"])),
    ),
    max_size=14,
)


def told(message: Message, step: tuple[object, ...], number: int) -> Message:
    """Return the message after one event of a story; one that makes no sense there changes nothing."""
    at = NOW + timedelta(minutes=5 * number)
    match step:
        case ("report", int() as index, str() as status) if index < len(message.attempts):
            return reported(message, event(status, index, 5 * number))
        case ("accept", int() as index) if index < len(message.attempts):
            return accepted(message, index, f"g{index}", at)
        case ("lose", int() as index) if index < len(message.attempts):
            return outcome_lost(message, index, at, "lost")
        case (("refuse" | "refuse for good") as how, int() as index) if index < len(message.attempts):
            return refused(message, index, at, "down", go_on=how == "refuse")
        case ("time",) if (since := overdue_since(message, at)) is not None:
            late = overdue(message, since)
            channel = late.next_channel
            return late if channel is None else attempted(late, channel, f"key-{number}", at, 0.01)
        case ("next",) if state_of(message) is State.FAILED and message.next_channel is not None:
            return attempted(message, message.next_channel, f"key-{number}", at, 0.01)
        case ("cancel",) if state_of(message) is State.FAILED:
            return stopped(message, MessageStatus.CANCELLED, at)
        case ("give up",) if not message.is_final and not any(a.status == "PLANNED" for a in message.attempts):
            return given_up(message, at) if state_of(message) is not State.FAILED else message
        case ("no more",) if not message.is_final:
            return without_next(message, at)
    return message


@settings(max_examples=400, deadline=None)
@given(STORIES, st.sampled_from([MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ]))
def test_any_story_keeps_to_the_rules(story: list[tuple[object, ...]], until: MessageStatus) -> None:
    message = attempted(planned(until), Channel.WHATSAPP, "key-0", NOW, 0.01)
    for number, step in enumerate(story, 1):
        before, message = message, told(message, step, number)
        assert len(message.attempts) in {len(before.attempts), len(before.attempts) + 1}, "attempts only grow"
        channels = [attempt.channel for attempt in message.attempts]
        keys = [attempt.idempotency_key for attempt in message.attempts]
        assert len(set(channels)) == len(channels), "no channel twice"
        assert len(set(keys)) == len(keys), "a key for each attempt"
        assert keys[: len(before.attempts)] == [attempt.idempotency_key for attempt in before.attempts]
        if state_of(before) in FINAL and state_of(message) not in {state_of(before), State.STOPPED}:
            assert message.status in REACHED, "an end is left for an arrival alone"
        for known, now in zip(before.attempts, message.attempts, strict=False):
            if known.is_final and now.status != known.status:
                assert now.status in REACHED
        assert message.is_done or not message.is_final


@settings(max_examples=200, deadline=None)
@given(STORIES)
def test_hearing_a_story_twice_changes_nothing(story: list[tuple[object, ...]]) -> None:
    message = attempted(planned(), Channel.WHATSAPP, "key-0", NOW, 0.01)
    for number, step in enumerate(story, 1):
        message = told(message, step, number)
        if step[0] == "report":
            assert told(message, step, number) == message

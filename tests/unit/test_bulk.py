"""Bulk sends: written down first, sent at a rate by whoever goes on, paused, cancelled, and never twice."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.bulk import BulkSend, BulkStatus
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Message, Template, Wishes
from sent_tui.core.segments import count_segments
from sent_tui.core.standing import standing
from sent_tui.errors import RefusedError, UsageError
from sent_tui.gateways.gateway import Receipt, SendRequest, TransientGatewayError
from sent_tui.services.bulk import Progress, group_of
from sent_tui.services.claiming import Order
from sent_tui.services.following import Follower
from sent_tui.services.personal import content_for_all, longest, longest_names, personal_content, unknown_places
from tests.factories import NOW, attempt, contact, message
from tests.network import HELLO, ScriptedDesk


@pytest.fixture
def desk() -> ScriptedDesk:
    return ScriptedDesk()


def begun(desk: ScriptedDesk, count: int = 10, rate: float = 2.0, order: Order | None = None) -> BulkSend:
    ids = [desk.contact(place).id for place in range(count)]
    return desk.bulk.begin(ids, lambda _: HELLO, text="Hello", rate=rate, order=order)


def run(desk: ScriptedDesk, bulk: BulkSend) -> tuple[BulkSend, list[Message], list[Progress]]:
    sent: list[Message] = []
    shown: list[Progress] = []
    ended = desk.bulk.run(
        bulk.id, pause=lambda seconds: desk.later(seconds=seconds), on_sent=sent.append, on_progress=shown.append
    )
    return ended, sent, shown


class TestRate:
    @given(st.floats(0.1, 500), st.lists(st.floats(0, 20), max_size=30))
    def test_holds_over_any_stretch(self, rate: float, waits: list[float]) -> None:
        bulk = BulkSend("b", NOW, "", 1, rate, BulkStatus.RUNNING, NOW, NOW)
        now, went = NOW, 0
        for wait in waits:
            now += timedelta(seconds=wait)
            count = bulk.allowed(now, 5)
            bulk = bulk.paced(now, count) if count else bulk
            went += count
            assert went <= rate * ((now - NOW).total_seconds() + 1) + 1.01

    def test_nothing_goes_before_its_time_or_unless_it_runs(self) -> None:
        bulk = BulkSend("b", NOW, "", 1, 5, BulkStatus.RUNNING, NOW, NOW)
        assert bulk.allowed(NOW, 5) == 1
        assert bulk.allowed(NOW - timedelta(seconds=1), 5) == 0
        assert bulk.allowed(NOW + timedelta(hours=1), 5) == 5
        for status in set(BulkStatus) - {BulkStatus.RUNNING}:
            assert replace(bulk, status=status).allowed(NOW, 5) == 0

    @pytest.mark.parametrize("rate", [0, -1, 1_001, float("nan")])
    def test_a_rate_that_makes_no_sense(self, desk: ScriptedDesk, rate: float) -> None:
        with pytest.raises(UsageError):
            begun(desk, 1, rate)
        assert not desk.repository.bulk_sends()


class TestRunning:
    def test_everybody_gets_it_once_at_the_rate(self, desk: ScriptedDesk) -> None:
        began = desk.now
        ended, sent, shown = run(desk, begun(desk, 10, 2.0))
        assert ended.status is BulkStatus.DONE
        assert len(sent) == len(desk.network.taken) == 10
        assert 4 <= (desk.now - began).total_seconds() <= 6
        assert [progress.waiting for progress in shown][-1] == 0
        assert {progress.total for progress in shown} == {10}
        assert shown[2].left is not None
        assert shown[2].rate > 0

    def test_it_is_done_as_soon_as_nothing_waits(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 1, 0.1)
        desk.bulk.step(bulk.id)
        assert desk.bulk.step(bulk.id) == []
        assert desk.repository.bulk_send(bulk.id).status is BulkStatus.DONE

    def test_it_is_written_down_before_anything_goes(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 3)
        assert (bulk.status, bulk.total, desk.repository.waiting(bulk.id)) == (BulkStatus.RUNNING, 3, 3)
        assert not desk.network.taken
        message = desk.repository.scheduled(bulk.id)[0]
        assert standing(message) == ("It waits for its turn in a bulk send.",)
        desk.later(seconds=1)
        assert desk.advanced(message) == message, "it has its turn in the bulk send alone"
        assert desk.sending.why_no_retry(message)

    def test_refused_contacts_are_among_the_results(self, desk: ScriptedDesk) -> None:
        out, gone, nameless, fine = (desk.contact(place).id for place in range(4))
        desk.repository.update(out, lambda known: replace(known, opt_out=True))
        desk.repository.delete([gone])

        def content_of(known: Contact) -> Content | str:
            return "No name." if known.id == nameless else HELLO

        bulk = desk.bulk.begin([out, gone, nameless, fine, fine], content_of, text="Hello", rate=9)
        assert bulk.total == 3
        run(desk, bulk)
        found = {message.contact_id: message for message in desk.repository.of_bulk_send(bulk.id)}
        assert (found[out].status, found[out].reason_code) == ("FILTERED", "CONSENT_001")
        assert (found[nameless].status, found[nameless].reasons) == ("FAILED", ("No name.",))
        assert found[fine].status == "QUEUED"
        assert desk.bulk.progress(bulk.id).counts == {"filtered": 1, "failed": 1, "on the way": 1}

    def test_a_text_that_cannot_be_sent_is_a_reason(self, desk: ScriptedDesk) -> None:
        bulk = desk.bulk.begin([desk.contact().id], lambda _: Content(" "), text="", rate=1)
        (message,) = desk.repository.of_bulk_send(bulk.id)
        assert "nothing to send" in message.reasons[0]

    def test_consent_is_looked_at_again_when_a_message_goes(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 2, 9)
        first = desk.repository.scheduled(bulk.id)[0]
        desk.repository.update(first.contact_id, lambda known: replace(known, opt_out=True))
        run(desk, bulk)
        assert desk.repository.message(first.id).status == "FILTERED"
        assert len(desk.network.taken) == 1

    def test_wishes_are_kept(self, desk: ScriptedDesk) -> None:
        wishes = Wishes(timedelta(seconds=30), fallback=False)
        run(desk, begun(desk, 1, order=Order(wishes=wishes)))
        (message,) = desk.repository.messages()
        assert (message.wishes, len(message.steps)) == (wishes, 1)

    def test_large_ones_are_written_in_several_writes(
        self, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sent_tui.services.bulk.WRITTEN_AT_ONCE", 4)
        written: list[int] = []
        ids = [desk.contact(place).id for place in range(10)]
        desk.bulk.begin(ids, lambda _: HELLO, text="", rate=1, on_written=written.append)
        assert written == [4, 8, 10]

    def test_a_failure_while_writing_sends_nothing(self, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sent_tui.services.bulk.WRITTEN_AT_ONCE", 2)
        ids = [desk.contact(place).id for place in range(5)]
        calls = [HELLO, HELLO, HELLO]
        with pytest.raises(IndexError):
            desk.bulk.begin(ids, lambda _: calls.pop(), text="", rate=1)
        (bulk,) = desk.repository.bulk_sends()
        assert (bulk.status, desk.repository.waiting(bulk.id)) == (BulkStatus.CANCELLED, 0)
        assert {message.status for message in desk.repository.messages()} == {"CANCELLED"}

    def test_cancelling_while_it_is_written_ends_it(self, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sent_tui.services.bulk.WRITTEN_AT_ONCE", 2)
        ids = [desk.contact(place).id for place in range(6)]

        def cancel_elsewhere(written: int) -> None:
            if written == 4:
                [bulk] = desk.repository.bulk_sends()
                assert desk.bulk.cancel(bulk.id) == 4

        bulk = desk.bulk.begin(ids, lambda _: HELLO, text="", rate=1, on_written=cancel_elsewhere)
        assert (bulk.status, bulk.total) == (BulkStatus.CANCELLED, 4)
        desk.later(seconds=10)
        assert not desk.bulk.go_on()
        assert not desk.network.taken
        assert desk.bulk.progress(bulk.id) == Progress(4, {"cancelled": 4})

    def test_one_whose_writing_was_interrupted_has_what_was_written(
        self, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sent_tui.services.bulk.WRITTEN_AT_ONCE", 2)
        ids = [desk.contact(place).id for place in range(5)]
        calls = [HELLO, HELLO, HELLO]
        with pytest.raises(IndexError):
            desk.bulk.begin(ids, lambda _: calls.pop(), text="", rate=1)
        (bulk,) = desk.repository.bulk_sends()
        assert desk.bulk.progress(bulk.id) == Progress(2, {"cancelled": 2})

    def test_one_that_was_never_written_whole_does_not_run(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 2)
        with desk.repository.transaction() as tx:
            tx.put_bulk_send(replace(bulk, status=BulkStatus.WRITING))
        assert not desk.bulk.go_on()
        with pytest.raises(RefusedError, match="never written down as a whole"):
            desk.bulk.resume(bulk.id)
        assert desk.bulk.cancel(bulk.id) == 2


class TestCounts:
    """Every message is counted once, as it stands."""

    def test_who_is_tried_by_another_channel_is_on_the_way(self) -> None:
        failed = message(status="FAILED", attempts=(attempt(status="FAILED"),), batch="b")
        assert group_of(failed) == "on the way"
        assert group_of(replace(failed, steps=failed.steps[:1])) == "failed"

    def test_what_was_given_up_is_unknown(self) -> None:
        assert group_of(message(status="SENT", batch="b")) == "on the way"
        assert group_of(message(status="SENT", batch="b", given_up_at=NOW)) == "unknown"

    @pytest.mark.parametrize(
        ("status", "group"), [("FILTERED", "filtered"), ("BLOCKED", "failed"), ("CANCELLED", "cancelled")]
    )
    def test_what_was_stopped_is_told_apart(self, status: str, group: str) -> None:
        assert group_of(message(status=status, batch="b", attempts=())) == group

    def test_they_add_up_while_another_program_sends_as_well(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 12, 2.0)
        shown: list[Progress] = []

        def pause(seconds: float) -> None:
            desk.later(seconds=seconds)
            desk.bulk.go_on()

        desk.bulk.run(bulk.id, pause=pause, on_progress=shown.append)
        assert {sum(progress.counts.values()) for progress in shown} == {12}
        assert desk.bulk.progress(bulk.id).counts == {"on the way": 12}


class TestSeveralPrograms:
    def test_they_share_the_rate_and_send_nothing_twice(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 20, 4.0)
        _, other = desk.another()
        began = desk.now
        while desk.repository.waiting(bulk.id):
            for service in (desk.bulk, other):
                service.go_on()
            desk.later(seconds=0.1)
        assert set(desk.network.keys.values()) == {1}
        assert len(desk.network.taken) == 20
        assert (desk.now - began).total_seconds() >= 4.0

    def test_the_follower_goes_on(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 3, 5.0, Order(send_at=desk.now + timedelta(hours=1)))
        follower = Follower(desk.sending, lambda: desk.now, desk.bulk)
        follower.tick()
        assert (follower.is_due, desk.bulk.is_running) == (False, False)
        desk.later(hours=1)
        for _ in range(4):
            assert desk.bulk.is_running or not desk.repository.waiting(bulk.id)
            follower.tick()
            desk.later(seconds=1)
        assert len(desk.network.taken) == 3
        assert desk.repository.bulk_send(bulk.id).status is BulkStatus.DONE

    def test_the_follower_looks_for_none_while_there_is_none(self, desk: ScriptedDesk) -> None:
        follower = Follower(desk.sending, lambda: desk.now, desk.bulk)
        follower.tick()
        desk.later(hours=1)
        assert not follower.is_due
        bulk = begun(desk, 2, 5.0)
        assert follower.is_due
        for _ in range(3):
            follower.tick()
            desk.later(seconds=1)
        assert desk.repository.bulk_send(bulk.id).status is BulkStatus.DONE
        assert len(desk.network.taken) == 2

    def test_the_follower_goes_on_with_one_that_was_paused(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 3, 1.0)
        follower = Follower(desk.sending, lambda: desk.now, desk.bulk)
        follower.tick()
        desk.bulk.pause(bulk.id)
        while follower.is_due:
            follower.tick()
            desk.later(days=4)
        assert len(desk.network.taken) == 1
        desk.bulk.resume(bulk.id)
        for _ in range(4):
            assert follower.is_due
            follower.tick()
            desk.later(seconds=1)
        assert desk.repository.bulk_send(bulk.id).status is BulkStatus.DONE
        assert len(desk.network.taken) == 3

    def test_one_that_was_left_alone_for_long_is_for_a_person(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 3)
        desk.bulk.step(bulk.id)
        desk.later(days=1, seconds=2)
        assert (desk.bulk.go_on(), desk.bulk.is_running) == ([], False)
        desk.bulk.resume(bulk.id)
        assert len(desk.bulk.go_on()) == 1


class TestStopping:
    def test_a_pause_holds_until_it_is_resumed(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 5, 1.0)
        desk.bulk.step(bulk.id)
        assert desk.bulk.pause(bulk.id, "lunch").why == "lunch"
        ended, sent, _ = run(desk, bulk)
        assert (ended.status, sent) == (BulkStatus.PAUSED, [])
        ended, sent, _ = run(desk, desk.bulk.resume(bulk.id))
        assert (ended.status, ended.why, len(sent)) == (BulkStatus.DONE, "", 4)

    def test_whoever_runs_it_can_be_told_to_stop(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 5, 1.0)
        answers = iter([False, False, True])
        ended = desk.bulk.run(
            bulk.id, pause=lambda seconds: desk.later(seconds=seconds), is_stopped=lambda: next(answers)
        )
        assert ended.status is BulkStatus.RUNNING
        assert len(desk.network.taken) == 1

    def test_cancelling_leaves_what_was_handed_over(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 5, 1.0)
        desk.bulk.step(bulk.id)
        assert desk.bulk.cancel(bulk.id) == 4
        assert Counter(message.status for message in desk.repository.messages()) == {"QUEUED": 1, "CANCELLED": 4}
        assert desk.bulk.cancel(bulk.id) == 0
        with pytest.raises(RefusedError, match="resumed"):
            desk.bulk.resume(bulk.id)

    def test_one_message_can_be_called_off(self, desk: ScriptedDesk) -> None:
        bulk = begun(desk, 2, 9)
        desk.sending.cancel(desk.repository.scheduled(bulk.id)[0].id)
        run(desk, bulk)
        assert len(desk.network.taken) == 1

    def test_a_network_that_is_down_pauses_it(self, desk: ScriptedDesk) -> None:
        desk.network.error = TransientGatewayError("The network is down")
        ended, sent, _ = run(desk, begun(desk, 9, 100))
        assert (ended.status, "down" in ended.why) == (BulkStatus.PAUSED, True)
        assert Counter(map(group_of, sent))["failed"] >= 3
        assert desk.repository.waiting(ended.id) > 0

    def test_one_that_is_cancelled_while_the_network_is_down_ends_in_order(
        self, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bulk = begun(desk, 9, 100)

        def down(request: SendRequest) -> Receipt:
            desk.bulk.cancel(bulk.id)
            raise TransientGatewayError("The network is down")

        monkeypatch.setattr(desk.network, "send", down)
        desk.later(seconds=1)
        sent = desk.bulk.step(bulk.id)
        assert [message.status for message in sent] == ["FAILED"] * 5, "each that was claimed was handed over"
        assert desk.repository.bulk_send(bulk.id).status is BulkStatus.CANCELLED

    def test_one_that_is_done_cannot_be_stopped(self, desk: ScriptedDesk) -> None:
        ended, _, _ = run(desk, begun(desk, 1))
        for stop in (desk.bulk.pause, desk.bulk.resume, desk.bulk.cancel):
            with pytest.raises(RefusedError, match="Every message"):
                stop(ended.id)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["step", "other", "pause", "resume", "time", "cancel"]), max_size=25))
def test_whatever_happens_nothing_is_sent_twice_or_lost(story: list[str]) -> None:
    desk = ScriptedDesk()
    bulk = begun(desk, 6, 2.0)
    _, other = desk.another()
    for what in story:
        try:
            match what:
                case "step":
                    desk.bulk.step(bulk.id)
                case "other":
                    other.go_on()
                case "time":
                    desk.later(seconds=1)
                case _:
                    getattr(desk.bulk, what)(bulk.id)
        except RefusedError:
            continue
    messages = list(desk.repository.of_bulk_send(bulk.id))
    assert len(messages) == 6
    assert set(desk.network.keys.values()) <= {1}
    handed_over = [message for message in messages if message.attempts]
    assert len(handed_over) == len(desk.network.taken)
    assert {message.status for message in messages if not message.attempts} <= {"SCHEDULED", "CANCELLED"}


class TestPersonal:
    template = Template("welcome", "Hello {{name}}, {{what}}", ("name", "what"))

    def test_names_are_filled_in(self) -> None:
        ada = contact(name=" Ada Okafor ")
        found = personal_content(self.template, {"name": "{first_name}", "what": "{name}!"}, ada)
        assert isinstance(found, Content)
        assert found.text == "Hello Ada, Ada Okafor!"

    def test_who_has_no_name_is_told(self) -> None:
        assert personal_content(self.template, {"name": "{name}", "what": ""}, contact()) == (
            "The contact has no name to fill in."
        )

    def test_other_braces_stay(self) -> None:
        found = personal_content(self.template, {"name": "{you}", "what": "{{name}}"}, contact(name="Bo"))
        assert isinstance(found, Content)
        assert found.text == "Hello {you}, {Bo}"

    def test_a_text_has_the_name_of_each(self) -> None:
        content_of = content_for_all("Hi {first_name}, {you} {{name}}{", None)
        assert content_of(contact(name=" Ada  Okafor")) == Content("Hi Ada, {you} {Ada  Okafor}{")
        assert content_of(contact()) == "The contact has no name to fill in."
        assert content_for_all("Hi {you}")(contact()) == Content("Hi {you}")

    def test_a_text_that_a_name_makes_too_long_is_not_sent(self) -> None:
        content_of = content_for_all("{name}" + "x" * 1598)
        assert isinstance(content_of(contact(name="Bo")), Content)
        assert content_of(contact(name="Ada")) == "With the name of the contact, the text is too long."

    def test_what_nobody_fills_in_is_told(self) -> None:
        assert unknown_places("{name} {nmae} {first name} {nmae} {} {\n}") == ["{nmae}", "{first name}"]

    @pytest.mark.parametrize(
        ("text", "segments", "whose"),
        [
            ("{name}" + "x" * 150, 3, "Łucja"),
            ("{first_name}" + "x" * 66, 2, "Łucja"),
            ("€" * 75 + "{first_name}", 2, "Bartholomew Montgomery-Smith"),
            ("ł" * 66 + "{name}", 2, "Bartholomew Montgomery-Smith"),
        ],
        ids=["a letter that GSM-7 lacks", "the same in a first name", "GSM-7", "UCS-2"],
    )
    def test_the_longest_message_is_that_of_a_name_among_the_longest(
        self, text: str, segments: int, whose: str
    ) -> None:
        names = ("", "Bo", "Bartholomew Montgomery-Smith", "Maximilian Oz", "Łucja", "Łu")
        people = [contact(place, name=name) for place, name in enumerate(names)]
        found = longest(content_for_all(text), longest_names(people))
        counts = [
            count_segments(content.text).segments
            for content in map(content_for_all(text), people)
            if not isinstance(content, str)
        ]
        assert found is not None
        assert found[0].segments == segments == max(counts)
        assert found[1].name == whose

    def test_nobody_has_a_longest_name(self) -> None:
        assert longest(content_for_all("{name}"), longest_names([contact(0), contact(1)])) is None

"""Merging contacts while a bulk send goes to both: nobody gets it twice, and who is parted again gets their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.bulk import BulkSend, BulkStatus
from sent_tui.core.contact import Contact
from sent_tui.core.held_back import MERGED, is_held_back, is_one_too_many
from sent_tui.core.message import Message
from sent_tui.errors import RefusedError
from sent_tui.gateways.gateway import TransientGatewayError
from sent_tui.services.bulk import group_of
from sent_tui.services.duplicates import DuplicateService, proposed
from sent_tui.store.tinydb import TinyDBRepository
from tests.factories import attempt, number, steps, waiting
from tests.factories import message as made
from tests.network import HELLO, ScriptedDesk

KEPT, OTHER = number(0), number(1)


@pytest.fixture
def desk() -> ScriptedDesk:
    return ScriptedDesk()


def begun(desk: ScriptedDesk, *places: int, rate: float = 1.0) -> tuple[BulkSend, list[Contact]]:
    contacts = [desk.contact(place) for place in range(max(places) + 1)]
    ids = [contacts[place].id for place in places]
    return desk.bulk.begin(ids, lambda _: HELLO, text="Hello", rate=rate), contacts


def merge(desk: ScriptedDesk, kept: Contact, other: Contact) -> None:
    service = DuplicateService(desk.repository, lambda: desk.now)
    service.merge(kept.id, other.id, proposed(kept, other), by="ada")


def gone(desk: ScriptedDesk) -> list[str]:
    return [request.to for request in desk.network.taken]


def one_goes(desk: ScriptedDesk, bulk: BulkSend) -> Message:
    [message] = desk.bulk.step(bulk.id)
    desk.later(seconds=1)
    return message


def to_the_end(desk: ScriptedDesk, bulk: BulkSend) -> BulkSend:
    return desk.bulk.run(bulk.id, pause=lambda seconds: desk.later(seconds=seconds))


class TestMerged:
    @pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["own first", "own last"])
    def test_before_either_was_sent(self, desk: ScriptedDesk, order: tuple[int, int]) -> None:
        bulk, (kept, other) = begun(desk, *order)
        merge(desk, kept, other)
        assert to_the_end(desk, bulk).status is BulkStatus.DONE
        assert gone(desk) == [KEPT]
        messages = {message.to: message for message in desk.repository.of_bulk_send(bulk.id)}
        assert {to: group_of(message) for to, message in messages.items()} == {KEPT: "on the way", OTHER: "cancelled"}
        assert messages[OTHER].reasons == (MERGED,)
        assert desk.repository.get(kept.id).last_status == "QUEUED", "what never went is nobody's last message"

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["to the one that stays", "to the one that goes"])
    def test_after_one_was_sent(self, desk: ScriptedDesk, order: tuple[int, int]) -> None:
        bulk, (kept, other) = begun(desk, *order)
        one_goes(desk, bulk)
        merge(desk, kept, other)
        to_the_end(desk, bulk)
        assert gone(desk) == [number(order[0])]

    def test_while_it_is_paused_and_the_database_reopened(self, tmp_path: Path) -> None:
        desk = ScriptedDesk(TinyDBRepository(tmp_path / "contacts.db"))
        bulk, (kept, other) = begun(desk, 0, 1)
        desk.bulk.pause(bulk.id)
        merge(desk, kept, other)
        desk.repository.close()
        desk.repository = TinyDBRepository(tmp_path / "contacts.db")
        desk.sending, desk.bulk = desk.another()
        desk.bulk.resume(bulk.id)
        to_the_end(desk, bulk)
        desk.repository.close()
        assert gone(desk) == [KEPT]

    def test_by_hand_before_its_turn(self, desk: ScriptedDesk) -> None:
        bulk, (kept, other) = begun(desk, 0, 1)
        first, second = desk.repository.scheduled(bulk.id)
        merge(desk, kept, other)
        assert is_held_back(desk.sending.dispatch(second.id))
        assert desk.sending.dispatch(first.id).attempts
        assert gone(desk) == [KEPT]

    def test_one_that_failed_stands_for_none(self, desk: ScriptedDesk) -> None:
        bulk, (kept, other) = begun(desk, 1, 0)
        sent = one_goes(desk, bulk)
        merge(desk, kept, other)
        desk.report(sent, 0, "FAILED")
        assert desk.advanced(sent).is_final, "the one to the number that stays has its turn still"
        to_the_end(desk, bulk)
        assert gone(desk) == [OTHER, KEPT]

    def test_who_got_it_is_not_tried_by_another_channel(self, desk: ScriptedDesk) -> None:
        bulk, (kept, other) = begun(desk, 0, 1)
        first, second = one_goes(desk, bulk), one_goes(desk, bulk)
        merge(desk, kept, other)
        desk.report(second, 0, "DELIVERED")
        desk.advanced(second)
        desk.report(first, 0, "FAILED")
        first = desk.advanced(first)
        assert (first.is_final, first.status, first.reasons[-1]) == (True, "FAILED", MERGED)
        assert gone(desk) == [KEPT, OTHER], "both had gone before"

    def test_of_two_that_failed_one_goes_on(self, desk: ScriptedDesk) -> None:
        bulk, (kept, other) = begun(desk, 1, 0)
        sent = [one_goes(desk, bulk), one_goes(desk, bulk)]
        merge(desk, kept, other)
        desk.network.is_mute = True
        with desk.repository.transaction() as tx:
            for message in sent:
                failed = replace(message.attempts[0], status="FAILED")
                tx.put_message(replace(tx.message(message.id), status="FAILED", attempts=(failed,)))
        for message in sent:
            desk.advanced(message)
        assert gone(desk) == [OTHER, KEPT, KEPT]

    def test_only_the_other_one_was_meant(self, desk: ScriptedDesk) -> None:
        bulk, (kept, other) = begun(desk, 1)
        merge(desk, kept, other)
        to_the_end(desk, bulk)
        assert gone(desk) == [KEPT]

    def test_neither_was_written_for_the_number_that_stays(self, desk: ScriptedDesk) -> None:
        bulk, (kept, other, third) = begun(desk, 1, 2)
        merge(desk, kept, other)
        merge(desk, desk.repository.get(kept.id), third)
        to_the_end(desk, bulk)
        assert gone(desk) == [KEPT]

    def test_what_was_held_back_is_not_sent_again_by_hand(self, desk: ScriptedDesk) -> None:
        bulk, (kept, other) = begun(desk, 0, 1)
        merge(desk, kept, other)
        to_the_end(desk, bulk)
        [held] = filter(is_held_back, desk.repository.of_bulk_send(bulk.id))
        with pytest.raises(RefusedError, match="gets another message of this bulk send"):
            desk.sending.retry(held.id)

    def test_one_that_failed_is_not_sent_again_by_hand_while_another_waits(self, desk: ScriptedDesk) -> None:
        bulk, (kept, other) = begun(desk, 0, 1)
        desk.network.error = TransientGatewayError("The network is down")
        failed = one_goes(desk, bulk)
        desk.network.error = None
        assert desk.sending.why_no_retry(failed) == ""
        merge(desk, kept, other)
        assert "gets another message" in desk.sending.why_no_retry(failed)

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["to the one that stays", "to the one that goes"])
    def test_what_was_sent_again_by_hand_counts(self, desk: ScriptedDesk, order: tuple[int, int]) -> None:
        bulk, (kept, other) = begun(desk, *order)
        desk.network.error = TransientGatewayError("The network is down")
        failed = one_goes(desk, bulk)
        desk.network.error = None
        desk.sending.retry(failed.id)
        merge(desk, kept, other)
        to_the_end(desk, bulk)
        assert gone(desk) == [number(order[0])]

    def test_what_was_written_by_hand_with_the_same_words_does_not(self, desk: ScriptedDesk) -> None:
        bulk, (kept, _) = begun(desk, 0, 1)
        desk.sending.send(kept.id, HELLO)
        to_the_end(desk, bulk)
        assert gone(desk) == [KEPT, KEPT, OTHER]

    def test_two_bulk_sends_have_nothing_to_do_with_each_other(self, desk: ScriptedDesk) -> None:
        first, (kept, other) = begun(desk, 0, 1)
        second = desk.bulk.begin([other.id], lambda _: HELLO, text="Hello", rate=1.0)
        merge(desk, kept, other)
        to_the_end(desk, first)
        to_the_end(desk, second)
        assert gone(desk) == [KEPT, KEPT]


class TestUndone:
    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_before_either_was_sent(self, desk: ScriptedDesk, order: tuple[int, int]) -> None:
        bulk, (kept, other) = begun(desk, *order)
        merge(desk, kept, other)
        desk.repository.undo()
        to_the_end(desk, bulk)
        assert gone(desk) == [number(place) for place in order]

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    @pytest.mark.parametrize("steps_between", [1, 2])
    def test_after_some_had_their_turn(self, desk: ScriptedDesk, order: tuple[int, int], steps_between: int) -> None:
        bulk, (kept, other) = begun(desk, *order)
        merge(desk, kept, other)
        for _ in range(steps_between):
            one_goes(desk, bulk)
        desk.repository.undo()
        to_the_end(desk, bulk)
        assert sorted(gone(desk)) == [KEPT, OTHER]
        assert {message.to: message.contact_id for message in desk.repository.of_bulk_send(bulk.id)} == {
            KEPT: kept.id,
            OTHER: other.id,
        }

    def test_the_one_that_stays_was_held_back(self, desk: ScriptedDesk) -> None:
        bulk, (kept, other) = begun(desk, 1, 0)
        one_goes(desk, bulk)
        merge(desk, kept, other)
        assert is_held_back(one_goes(desk, bulk))
        desk.repository.undo()
        to_the_end(desk, bulk)
        assert gone(desk) == [OTHER, KEPT]

    def test_what_went_to_the_number_that_stays_is_its_own(self, desk: ScriptedDesk) -> None:
        bulk, (kept, other, third) = begun(desk, 1, 2)
        merge(desk, kept, other)
        sent = one_goes(desk, bulk)
        desk.repository.undo()
        assert desk.repository.message(sent.id).contact_id == kept.id
        merge(desk, third, desk.repository.get(kept.id))
        to_the_end(desk, bulk)
        assert gone(desk) == [KEPT], "who has that number got it, and is the third one now"

    def test_after_the_bulk_send_was_over_a_person_may_send_it(self, desk: ScriptedDesk) -> None:
        bulk, (kept, other) = begun(desk, 0, 1)
        merge(desk, kept, other)
        to_the_end(desk, bulk)
        desk.repository.undo()
        [held] = filter(is_held_back, desk.repository.of_bulk_send(bulk.id))
        assert held.contact_id == other.id
        desk.sending.retry(held.id)
        assert gone(desk) == [KEPT, OTHER]


@settings(max_examples=150, deadline=None)
@given(
    st.permutations(range(3)),
    st.sampled_from((1.0, 2.0)),
    st.lists(
        st.one_of(st.just("step"), st.just("undo"), st.permutations(range(3)).map(lambda drawn: tuple(drawn[:2]))),
        max_size=12,
    ),
)
def test_nobody_gets_it_twice(order: list[int], rate: float, doings: list[str | tuple[int, int]]) -> None:
    """Whoever has several numbers now got it under none of them before."""
    desk = ScriptedDesk()
    bulk, contacts = begun(desk, *order, rate=rate)
    numbers = {contact.id: {contact.format_e164} for contact in contacts}
    before: list[dict[str, set[str]]] = []
    got: set[str] = set()

    def step() -> None:
        taken = len(desk.network.taken)
        desk.bulk.step(bulk.id)
        desk.later(seconds=1)
        for request in desk.network.taken[taken:]:
            [holder] = [mine for mine in numbers.values() if request.to in mine]
            assert not holder & got
            got.add(request.to)

    for doing in doings:
        if doing == "step":
            step()
        elif doing == "undo":
            if desk.repository.undo() is not None:
                numbers = before.pop()
        else:
            kept, other = (contacts[int(place)].id for place in doing)
            if {kept, other} <= numbers.keys():
                merge(desk, desk.repository.get(kept), desk.repository.get(other))
                before.append(numbers)
                united = {kept: numbers[kept] | numbers[other]}
                numbers = {one: mine for one, mine in numbers.items() if one not in {kept, other}} | united
    while desk.repository.bulk_send(bulk.id).status is BulkStatus.RUNNING:
        step()
    assert got


class TestOneTooMany:
    """Which of the others stands for a message."""

    own = waiting(0, batch="b")

    @pytest.mark.parametrize(
        ("other", "is_too_many"),
        [
            (lambda: made(1, status="SENT", batch="b"), True),
            (lambda: made(1, status="DELIVERED", batch="b", attempts=(attempt(status="DELIVERED"),)), True),
            (lambda: made(1, status="FAILED", batch="b", attempts=(attempt(status="FAILED"),)), True),
            (
                lambda: made(1, status="FAILED", batch="b", attempts=(attempt(status="FAILED"),), steps=steps()[:1]),
                False,
            ),
            (lambda: made(1, status="SENT", batch="b", given_up_at=waiting().created_at), True),
            (lambda: made(1, status="FILTERED", batch="b", attempts=(), steps=()), False),
            (lambda: made(1, status="SENT", batch="c"), False),
            (lambda: made(1, status="SENT"), False),
            (lambda: waiting(1, batch="b"), False),
        ],
        ids=[
            "sent",
            "arrived",
            "another step follows",
            "failed",
            "given up",
            "filtered",
            "elsewhere",
            "alone",
            "both own",
        ],
    )
    def test_by_what_became_of_it(self, other: Callable[[], Message], is_too_many: bool) -> None:
        assert is_one_too_many(self.own, [self.own, other()], KEPT) is is_too_many

    def test_what_came_by_a_merge_waits_for_the_own_one(self) -> None:
        moved = replace(waiting(1, batch="b"), to=OTHER)
        assert is_one_too_many(moved, [self.own, moved], KEPT)
        assert not is_one_too_many(self.own, [self.own, moved], KEPT)
        assert not is_one_too_many(moved, [moved, replace(moved, id="m", to=number(2))], KEPT)

"""Contacts that may be one person: found with evidence, merged by hand, kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.consent import ConsentKind
from sent_tui.core.contact import Contact
from sent_tui.core.duplicates import SHARED_BY, Evidence, KeptApart, Pair, account_of, pairs
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import Content, Draft, Message
from sent_tui.core.outcome import Outcome
from sent_tui.core.search import fold
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.contacts import NewContact
from sent_tui.services.duplicates import DuplicateService, Merged, proposed
from sent_tui.services.workspace import Workspace, assemble
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.tinydb import TinyDBRepository
from tests.factories import NOW, contact, draft, event, message, number
from tests.tui.harness import Clock

ADA, OTHER = number(0), number(1)
NAMES = st.sampled_from(("ada okafor", "bo lindqvist", "zoe bronte", "cher", ""))
NUMBERS = st.one_of(
    st.integers(0, 30).map(number),
    st.sampled_from(("+5511961234567", "+551161234567", "+5491123456789", "+541123456789", "+525512345678")),
)
PEOPLE = st.dictionaries(NUMBERS, NAMES, max_size=25).map(lambda drawn: [(name, e164) for e164, name in drawn.items()])


@pytest.mark.parametrize(
    ("longer", "shorter"),
    [
        ("+5511961234567", "+551161234567"),
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
    ],
)
def test_two_forms_are_one_account(longer: str, shorter: str) -> None:
    assert account_of(longer) == account_of(shorter) == shorter
    [pair] = pairs([("ada", longer), ("", shorter)])
    first, second = sorted((longer, shorter))
    assert pair == Pair(first, second, (Evidence.ONE_ACCOUNT,))
    assert pair.words == "one WhatsApp account, written in two ways"


@pytest.mark.parametrize(
    "e164", ["+551132345678", "+5511932345678", "+14155550123", "+5491123", "+52551234567", "+55119612345678"]
)
def test_other_numbers_have_one_form(e164: str) -> None:
    assert account_of(e164) == e164


def test_a_name_counts_in_two_words_and_when_few_have_it() -> None:
    assert list(pairs([("cher", ADA), ("cher", OTHER)])) == []
    assert list(pairs([("ada okafor", ADA), ("ada okafor", OTHER)])) == [Pair(ADA, OTHER, (Evidence.SAME_NAME,))]
    few = [("ada okafor", number(place)) for place in range(SHARED_BY)]
    assert len(list(pairs(few))) == SHARED_BY - 1
    assert list(pairs([*few, ("ada okafor", number(SHARED_BY))])) == []


def test_the_most_evidence_comes_first() -> None:
    people = [
        ("bo lindqvist", ADA),
        ("bo lindqvist", OTHER),
        ("", "+5491123456789"),
        ("", "+541123456789"),
        ("ana lima", "+5511961234567"),
        ("ana lima", "+551161234567"),
    ]
    assert [pair.words for pair in pairs(people)] == [
        "one WhatsApp account, written in two ways and the same name",
        "one WhatsApp account, written in two ways",
        "the same name",
    ]


@given(PEOPLE, st.randoms(use_true_random=False))
def test_pairs_hold_whatever_the_order(people: list[tuple[str, str]], random: object) -> None:
    found = list(pairs(people))
    shuffled = list(people)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert list(pairs(shuffled)) == found
    names = {e164: name for name, e164 in people}
    assert len({(pair.first, pair.second) for pair in found}) == len(found)
    for pair in found:
        assert pair.first < pair.second
        assert pair.evidence
        for evidence in pair.evidence:
            if evidence is Evidence.SAME_NAME:
                assert names[pair.first] == names[pair.second]
                assert " " in names[pair.first]
            else:
                assert account_of(pair.first) == account_of(pair.second)


@given(NUMBERS)
def test_the_form_of_an_account_is_its_own_form(e164: str) -> None:
    assert account_of(account_of(e164)) == account_of(e164)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Workspace:
    return opened(tmp_path, clock)


def opened(folder: Path, clock: Clock) -> Workspace:
    return assemble(TinyDBRepository(folder / "contacts.db"), Simulator(clock, pace=0), user="ada", clock=clock)


def two(desk: Workspace) -> tuple[Contact, Contact]:
    first = contact(0, name="Ada Okafor", tags=("VIP",), notes="calls back")
    second = contact(1, name="ADA OKAFOR", tags=("vip", "late"), notes="by letter")
    desk.repository.add([first, second, contact(2, name="Bo Lindqvist")])
    return first, second


def test_pairs_are_listed_until_a_person_keeps_them_apart(desk: Workspace, tmp_path: Path, clock: Clock) -> None:
    first, second = two(desk)
    service = DuplicateService(desk.repository, clock)
    [pair] = service.pairs()
    assert (pair.first, pair.second) == (ADA, OTHER)
    assert service.contacts(pair) == (first, second)
    service.keep_apart(pair, by="ada")
    assert service.pairs() == []
    desk.repository.close()
    assert DuplicateService(opened(tmp_path, clock).repository, clock).pairs() == []


def test_what_stands_among_the_lessons_is_moved_to_its_own_table(desk: Workspace, tmp_path: Path, clock: Clock) -> None:
    two(desk)
    key = f"apart {ADA} {OTHER}"
    with desk.repository.transaction() as tx:
        tx.put_lesson(key, {"by": "bo", "at": "2026-02-01T09:00:00+00:00"})
    desk.repository.close()
    read_only = TinyDBRepository(tmp_path / "contacts.db", read_only=True)
    assert DuplicateService(read_only, clock).pairs() == []
    assert (read_only.kept_apart(ADA, OTHER), read_only.lesson(key) is None) == (None, False)
    repository = opened(tmp_path, clock).repository
    assert DuplicateService(repository, clock).pairs() == []
    moved = KeptApart(ADA, OTHER, "bo", datetime(2026, 2, 1, 9, tzinfo=UTC))
    assert (repository.kept_apart(OTHER, ADA), repository.lesson(key)) == (moved, None)
    assert DuplicateService(repository, clock).pairs() == []


def test_a_pair_of_which_one_is_gone(desk: Workspace, clock: Clock) -> None:
    two(desk)
    service = DuplicateService(desk.repository, clock)
    [pair] = service.pairs()
    desk.repository.delete([contact(1).id])
    assert service.contacts(pair) is None
    assert service.pairs() == []


def test_what_is_proposed_keeps_everything() -> None:
    kept = contact(0, name="", tags=("VIP",), notes="calls back")
    other = contact(1, name="Ada", tags=("vip", "late"), notes="by letter")
    merged = proposed(kept, other)
    assert merged == Merged("Ada", ("VIP", "late"), f"calls back\nby letter\nAlso {other.format_international}")


def test_fields_are_proposed_one_by_one() -> None:
    kept = contact(0, fields=(("Plan", "gold"), *((f"f{place}", "x") for place in range(18))))
    other = contact(1, fields=(("plan", "red"), ("seat", "4"), ("desk", "9")))
    merged = proposed(kept, other)
    assert merged.fields == (*kept.fields, ("seat", "4"))
    assert merged.notes == f"desk: 9\nAlso {other.format_international}"


def test_messages_and_what_they_taught_come_to_the_one_that_stays(desk: Workspace) -> None:
    first, second = two(desk)
    with desk.repository.transaction() as tx:
        for place, owner in enumerate((0, 1, 1)):
            tx.put_message(message(place, owner))
            tx.add_event(event(place, place, status="DELIVERED"))
    merged = desk.duplicates.merge(first.id, second.id, Merged("Ada O.", ("x",), "n"), by="ada")
    assert (merged.name, merged.tags, merged.notes) == ("Ada O.", ("x",), "n")
    assert desk.repository.find(OTHER) is None
    assert len(desk.repository.messages(contact_id=first.id)) == 3
    sent = desk.repository.messages(contact_id=first.id)
    events = [one for known in sent for one in desk.repository.events(known.id)]
    assert len(events) == 3
    fresh = Knowledge(desk.repository.lesson).relearned(merged, sent, events)
    assert merged.learned == fresh.learned != {}


def test_a_merge_is_taken_back_as_a_whole_after_a_restart(desk: Workspace, tmp_path: Path, clock: Clock) -> None:
    first, second = two(desk)
    with desk.repository.transaction() as tx:
        tx.put_message(message(0, 1))
    before = [desk.repository.get(known.id) for known in (first, second)]
    desk.duplicates.merge(first.id, second.id, proposed(first, second), by="ada")
    desk.repository.close()
    again = opened(tmp_path, clock).repository
    assert again.undo() == "merge of Ada Okafor"
    assert [again.get(known.id) for known in (first, second)] == before
    assert [one.id for one in again.messages(contact_id=second.id)] == [message(0, 1).id]
    assert again.messages(contact_id=first.id) == ()


def test_whoever_opted_out_stays_out(desk: Workspace) -> None:
    first, second = two(desk)
    desk.contacts.opt_out(second.id, by="ada")
    merged = desk.duplicates.merge(first.id, second.id, Merged("", (), ""), by="bo")
    assert merged.opt_out
    [decided] = desk.repository.consent_history(ADA)
    assert (decided.kind, decided.by) == (ConsentKind.OPT_OUT, "bo")
    assert OTHER in decided.how


def test_counts_and_the_last_message_are_those_of_both(desk: Workspace) -> None:
    first, second = two(desk)
    status = replace(first.status(Channel.SMS), attempts=2, delivered=1, failed=1)
    desk.repository.update(first.id, lambda known: known.with_status(status))
    desk.repository.update(
        second.id,
        lambda known: replace(known.with_status(status), last_message_at=NOW, last_status="READ"),
    )
    merged = desk.duplicates.merge(first.id, second.id, Merged("", (), ""), by="ada")
    both = merged.status(Channel.SMS)
    assert (both.attempts, both.delivered, both.failed) == (4, 2, 2)
    assert (merged.last_message_at, merged.last_status) == (NOW, "READ")


def test_the_last_results_are_those_of_both(desk: Workspace) -> None:
    first, second = two(desk)
    earlier, later = NOW, NOW + timedelta(hours=1)
    status = first.status(Channel.SMS)
    for known, arrived, failed in ((first, earlier, later), (second, later, earlier)):
        counted = replace(status, attempts=2, delivered=1, failed=1, last_delivered_at=arrived, last_failed_at=failed)
        with desk.repository.transaction() as tx:
            tx.put_contact(tx.contact(known.id).with_status(counted))
    both = desk.duplicates.merge(first.id, second.id, Merged("", (), ""), by="ada").status(Channel.SMS)
    assert (both.last_delivered_at, both.last_failed_at) == (later, later)


def test_a_message_that_another_program_wrote_meanwhile_comes_along(desk: Workspace, tmp_path: Path) -> None:
    first, second = two(desk)
    with closing(TinyDBRepository(tmp_path / "contacts.db")) as elsewhere, elsewhere.transaction() as tx:
        tx.put_message(message(0, 1))
    desk.duplicates.merge(first.id, second.id, proposed(first, second), by="ada")
    assert [one.id for one in desk.repository.messages(contact_id=first.id)] == [message(0).id]
    assert desk.repository.messages(contact_id=second.id) == ()


def test_a_draft_comes_along_where_there_is_none_and_goes_back(desk: Workspace) -> None:
    first, second = two(desk)
    desk.repository.save_draft(draft(1))
    desk.duplicates.merge(first.id, second.id, proposed(first, second), by="ada")
    assert desk.repository.drafts() == (replace(draft(1), contact_id=first.id),)
    desk.repository.undo()
    assert desk.repository.drafts() == (draft(1),)


def test_of_two_drafts_the_own_one_stays_and_both_are_back(desk: Workspace) -> None:
    first, second = two(desk)
    desk.repository.save_draft(draft(0))
    desk.repository.save_draft(draft(1, text="another"))
    desk.duplicates.merge(first.id, second.id, proposed(first, second), by="ada")
    assert desk.repository.drafts() == (draft(0),)
    desk.repository.undo()
    assert set(map(text_of, desk.repository.drafts())) == {draft(0).text, "another"}


def test_a_draft_that_was_written_on_since_stays(desk: Workspace) -> None:
    first, second = two(desk)
    desk.repository.save_draft(draft(1))
    desk.duplicates.merge(first.id, second.id, proposed(first, second), by="ada")
    longer = draft(0, text="written on")
    desk.repository.save_draft(longer)
    desk.repository.undo()
    assert set(map(text_of, desk.repository.drafts())) == {"written on", draft(1).text}


def text_of(one: Draft) -> str:
    return one.text


class TestTakingBackWhatWasTaught:
    """After a merge is undone, each of the two has what its own messages taught, then and since."""

    @pytest.fixture
    def desk(self, clock: Clock) -> Workspace:
        return assemble(MemoryRepository(), Simulator(clock), user="ada", clock=clock)

    @pytest.fixture
    def pair(self, desk: Workspace) -> tuple[Contact, Contact]:
        made = [desk.contacts.create(NewContact(f"+1415555{last:04d}")).contact for last in (100, 104)]
        return made[0], made[1]

    def send(self, desk: Workspace, contact_id: str) -> Message:
        return desk.sending.send(contact_id, Content("Hello"), channel=Channel.SMS)

    def finished(self, desk: Workspace, clock: Clock, contact_id: str) -> Message:
        return desk.sending.follow(self.send(desk, contact_id).id, pause=clock.wait)

    def assert_learned_from_own_alone(self, desk: Workspace, pair: Sequence[Contact]) -> None:
        """Everything is as if every message had always been that of its contact."""
        knowledge = Knowledge()
        for one in pair:
            now = desk.repository.get(one.id)
            messages = desk.repository.messages(contact_id=one.id)
            events = [event for known in messages for event in desk.repository.events(known.id)]
            assert now.learned == knowledge.replayed(replace(now, learned={}), messages, events).learned
            status = now.status(Channel.SMS)
            arrived = [known.attempts[0].learned for known in messages].count(Outcome.DELIVERED)
            assert (status.attempts, status.delivered) == (len(messages), arrived)
            assert now.last_message_at == max((known.began_at for known in messages), default=None)
        for name, lesson in knowledge.lessons().items():
            assert flat(desk.repository.lesson(name)) == pytest.approx(flat(lesson), abs=1e-9), name

    def test_nothing_happened_since(self, desk: Workspace, clock: Clock, pair: tuple[Contact, Contact]) -> None:
        first, second = pair
        for one in (first, second, second):
            assert self.finished(desk, clock, one.id).is_done
        before = [desk.repository.get(one.id) for one in pair]
        clock.wait(60)
        desk.duplicates.merge(first.id, second.id, proposed(first, second), by="ada")
        desk.repository.undo()
        assert [desk.repository.get(one.id) for one in pair] == before
        self.assert_learned_from_own_alone(desk, pair)

    def test_results_since_go_with_their_messages(
        self, desk: Workspace, clock: Clock, pair: tuple[Contact, Contact]
    ) -> None:
        first, second = pair
        self.finished(desk, clock, first.id)
        under_way = self.send(desk, second.id)
        clock.wait(1)
        desk.duplicates.merge(first.id, second.id, proposed(first, second), by="ada")
        assert desk.sending.follow(under_way.id, pause=clock.wait).is_done
        assert self.finished(desk, clock, first.id).is_done
        assert desk.repository.get(first.id).status(Channel.SMS).attempts == 3
        desk.repository.undo()
        self.assert_learned_from_own_alone(desk, pair)

    def test_messages_stay_where_nobody_comes_back(
        self, desk: Workspace, clock: Clock, pair: tuple[Contact, Contact]
    ) -> None:
        first, second = pair
        message = self.finished(desk, clock, second.id)
        desk.contacts.edit(first.id, name="Ada")
        desk.duplicates.merge(first.id, second.id, Merged("Bo", (), ""), by="ada")
        desk.contacts.create_many([NewContact(second.format_e164)])
        assert desk.repository.undo() == "merge of Ada"
        assert desk.repository.get(first.id).name == "Ada"
        assert [one.id for one in desk.repository.messages(contact_id=first.id)] == [message.id]
        self.assert_learned_from_own_alone(desk, (first,))


def flat(state: object) -> dict[str, float]:
    """Return the numbers of a JSON value, by their places."""
    if isinstance(state, Mapping):
        items: Iterable[tuple[object, object]] = state.items()
    elif isinstance(state, (list, tuple)):
        items = enumerate(state)
    else:
        return {"": float(state)} if isinstance(state, (int, float)) else {}
    return {f"{key}/{place}": value for key, inner in items for place, value in flat(inner).items()}


def test_folded_names_are_those_of_the_search(desk: Workspace) -> None:
    two(desk)
    assert list(desk.repository.people()) == [
        (fold("Ada Okafor"), ADA),
        (fold("ADA OKAFOR"), OTHER),
        (fold("Bo Lindqvist"), number(2)),
    ]

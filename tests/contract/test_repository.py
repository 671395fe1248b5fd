"""Every repository keeps the contract, and all of them agree."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.consent import ConsentKind
from sent_tui.core.default_move import MovedBy
from sent_tui.core.search import EVERYONE, ChannelFilter, ContactQuery, Sort, SortKey, containing, with_channels
from sent_tui.errors import NotFoundError, SentTuiError
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.repository import Change, ChangeKind, Repository
from sent_tui.store.tinydb import TinyDBRepository
from tests.contract import repository_contract as contract
from tests.contract.repository_contract import Reopen
from tests.factories import NOW, contact, contact_id, decision, draft, event, message, number


class _Stage:
    """A repository, and the way to open it again."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._kind = kind
        self._path = folder / "sent.db"
        self.repository: Repository = MemoryRepository() if kind == "memory" else TinyDBRepository(self._path)

    def reopen(self) -> Repository:
        return self.repository if self._kind == "memory" else TinyDBRepository(self._path)


@pytest.fixture(params=["memory", "tinydb"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> _Stage:
    return _Stage(request.param, tmp_path)


@pytest.fixture
def repository(stage: _Stage) -> Repository:
    return stage.repository


@pytest.fixture
def reopen(stage: _Stage) -> Reopen:
    return stage.reopen


class TestFreshOnes(contract.FreshOnes):
    pass


class TestContacts(contract.Contacts):
    pass


class TestLists(contract.Lists):
    pass


class TestSearching(contract.Searching):
    pass


class TestTransactions(contract.Transactions):
    pass


class TestUndo(contract.Undo):
    pass


class TestMessages(contract.Messages):
    pass


class TestSelections(contract.Selections):
    pass


class TestDefaultMoves(contract.DefaultMoves):
    pass


class TestLessons(contract.Lessons):
    pass


class TestPulls(contract.Pulls):
    pass


class TestDrafts(contract.Drafts):
    pass


class TestListeners(contract.Listeners):
    pass


class TestWords(contract.Words):
    pass


def test_a_memory_repository_begins_with_contacts() -> None:
    repository: Repository = MemoryRepository([contact(0), contact(1)])
    assert repository.page().total == 2


PLACES = st.integers(0, 5)
NAMES = st.sampled_from(["", "Ada", "Bo", "Zoë", "\ud800"])
QUERIES = (EVERYONE, containing("a"), with_channels(ChannelFilter.SMS), containing("555 0101"))


class Agreement(RuleBasedStateMachine):
    """The repository in memory and the one on disk, driven by the same hands, never differ."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "sent.db"
        self.memory = MemoryRepository()
        self.disk = TinyDBRepository(self.path)
        self.heard: list[Change] = []
        self.memory.subscribe(self.heard.append)
        self.told: list[Change] = []
        self.disk.subscribe(self.told.append)
        self.steps = 0

    def teardown(self) -> None:
        self.folder.cleanup()

    def both(self, act: Callable[[Repository], Any]) -> None:
        """Do the same to both; the outcome is the same, even where it is an error."""
        outcomes: list[object] = []
        for repository in (self.memory, self.disk):
            try:
                outcomes.append(act(repository))
            except SentTuiError as error:
                outcomes.append((type(error), str(error)))
        assert outcomes[0] == outcomes[1]

    @rule(places=st.lists(PLACES, max_size=3), undo=st.sampled_from(["", "add"]))
    def add(self, places: list[int], undo: str) -> None:
        self.both(lambda repository: repository.add(map(contact, places), undo=undo))

    @rule(place=PLACES, name=NAMES, undo=st.sampled_from(["", "rename"]))
    def rename(self, place: int, name: str, undo: str) -> None:
        self.both(lambda repository: repository.update(contact_id(place), contract.changed(name=name), undo=undo))

    @rule(place=PLACES, other=PLACES, undo=st.sampled_from(["", "move"]))
    def move(self, place: int, other: int, undo: str) -> None:
        self.both(
            lambda repository: repository.update(
                contact_id(place), contract.changed(format_e164=number(other)), undo=undo
            )
        )

    @rule(place=PLACES, channel=st.sampled_from(Channel), reach=st.sampled_from(Availability))
    def learn(self, place: int, channel: Channel, reach: Availability) -> None:
        self.both(
            lambda repository: repository.update(
                contact_id(place),
                lambda known: known.with_status(known.status(channel).found(reach, Source.LOOKUP, NOW, "found")),
            )
        )

    @rule(
        place=PLACES,
        channel=st.none() | st.sampled_from(Channel),
        by=st.sampled_from(MovedBy),
        undo=st.sampled_from(["", "move"]),
    )
    def move_default(self, place: int, channel: Channel | None, by: MovedBy, undo: str) -> None:
        self.steps += 1
        at, reason = NOW + timedelta(minutes=self.steps), f"step {self.steps}"
        self.both(
            lambda repository: repository.update(
                contact_id(place),
                lambda known: known.with_default(channel, pinned=False, reason=reason, at=at, by=by),
                undo=undo,
            )
        )

    @rule(places=st.lists(PLACES, max_size=3), undo=st.sampled_from(["", "delete"]))
    def delete(self, places: list[int], undo: str) -> None:
        self.both(lambda repository: repository.delete(map(contact_id, places), undo=undo))

    @rule()
    def undo(self) -> None:
        self.both(lambda repository: repository.undo())

    @rule(place=PLACES, of=PLACES, status=st.sampled_from(["SENT", "READ", "FAILED"]))
    def put_message(self, place: int, of: int, status: str) -> None:
        def act(repository: Repository) -> bool:
            with repository.transaction() as tx:
                tx.put_message(message(place, of, status=status))
                return tx.add_event(event(place + 6 * of, place))

        self.both(act)

    @rule(place=PLACES, kind=st.sampled_from(ConsentKind), undo=st.sampled_from(["", "decide"]))
    def decide(self, place: int, kind: ConsentKind, undo: str) -> None:
        self.steps += 1

        def act(repository: Repository) -> None:
            with repository.transaction(undo=undo) as tx:
                known = tx.contact(contact_id(place))
                tx.put_contact(replace(known, opt_out=kind is ConsentKind.OPT_OUT))
                tx.add_consent(decision(self.steps, kind, number=known.format_e164))

        self.both(act)

    @rule(place=PLACES, text=NAMES)
    def write(self, place: int, text: str) -> None:
        self.both(lambda repository: repository.save_draft(draft(place, text=text, template=None)))

    @rule(place=PLACES)
    def throw_away(self, place: int) -> None:
        self.both(lambda repository: repository.discard_draft(contact_id(place)))

    @rule(place=st.integers(0, 2), people=st.integers(0, 2))
    def teach(self, place: int, people: int) -> None:
        def act(repository: Repository) -> None:
            with repository.transaction() as tx:
                tx.put_lesson(f"group {place}", {"people": people})

        self.both(act)

    @rule(place=PLACES)
    def fail(self, place: int) -> None:
        for repository in (self.memory, self.disk):
            with contract.failing_write(repository, undo="never") as tx:
                tx.put_contact(contact(place, id="never", format_e164=number(50)))
                tx.put_message(message(place, status="NEVER"))

    @rule()
    def restart(self) -> None:
        self.disk.close()
        self.disk = TinyDBRepository(self.path)
        self.told = []
        self.disk.subscribe(self.told.append)
        self.heard.clear()

    @precondition(lambda self: self.steps % 3 == 0)
    @rule(place=PLACES, name=NAMES)
    def rename_elsewhere(self, place: int, name: str) -> None:
        """Let another process write: the repository on disk learns of it by looking."""
        elsewhere = TinyDBRepository(self.path)
        for repository in (self.memory, elsewhere):
            with repository.transaction(undo="elsewhere") as tx:
                known = tx.find(number(place))
                tx.put_contact(replace(known, name=name) if known else contact(place, id=f"elsewhere-{place}"))
        self.disk.refresh()

    @invariant()
    def they_tell_the_same(self) -> None:
        def told(changes: list[Change]) -> set[tuple[ChangeKind, str]]:
            return {(change.kind, name) for change in changes for name in change.ids}

        assert told(self.heard) == told(self.told)
        self.heard.clear()
        self.told.clear()

    @invariant()
    def no_move_of_a_default_is_missing(self) -> None:
        for place in range(6):
            moves = self.disk.default_moves(contact_id(place))
            assert all(first.after is second.before for first, second in pairwise(moves))
            try:
                default = self.disk.get(contact_id(place)).default_channel
            except NotFoundError:
                continue
            assert default is (moves[-1].after if moves else None)

    @invariant()
    def they_hold_the_same(self) -> None:
        assert self._held(self.memory) == self._held(self.disk)

    def _held(self, repository: Repository) -> object:
        history = [one for place in range(6) for one in repository.consent_history(number(place))]
        return (
            [self._list(repository, query) for query in QUERIES],
            [repository.find(number(place)) for place in range(6)],
            repository.messages(),
            repository.messages(only_open=True),
            [repository.messages(contact_id=contact_id(place)) for place in range(6)],
            [repository.events(f"message-{place}") for place in range(6)],
            [(one.number, one.kind, one.by, one.how) for one in history],
            [
                [
                    (move.before, move.after, move.reason, move.by)
                    for move in repository.default_moves(contact_id(place))
                ]
                for place in range(6)
            ],
            repository.drafts(),
            [repository.lesson(f"group {place}") for place in range(3)],
        )

    def _list(self, repository: Repository, query: ContactQuery) -> object:
        counts = repository.count(query)
        rows = [list(repository.page(query, sort=Sort(key, descending=True)).rows) for key in SortKey]
        return rows, [counts[wanted] for wanted in ChannelFilter]


Agreement.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAgreement = Agreement.TestCase

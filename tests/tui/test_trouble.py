"""What the disk keeps back, and work in the background that fails: told in words, and nothing ends for it."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Draft, Message
from sent_tui.core.search import EVERYONE, ContactQuery
from sent_tui.core.search_index import Counts, Results
from sent_tui.errors import DatabaseError
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.repository import Change, ChangeKind
from sent_tui.tui.app import SentApp
from sent_tui.tui.messages import RepositoryChanged, WorkFailed
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.create import CreateScreen
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.widgets.contact_view import ContactView
from tests.tui.harness import NARROW, NORMAL, make_app, make_contact, screen_text, settle

ADA, BO = make_contact("+14155550123", "Ada Okafor"), make_contact("+14155550124", "Bo Lindqvist")
PANEL = (160, 40)
KEPT_BACK = DatabaseError("The database cannot be read", "contacts.json: Input/output error.", "Check the disk.")


class KeptBack(MemoryRepository):
    """The disk keeps back everything about some contacts."""

    def __init__(self) -> None:
        super().__init__()
        self.kept_back: set[str] = set()

    def get(self, contact_id: str) -> Contact:
        self._read(contact_id)
        return super().get(contact_id)

    def find(self, number: str) -> Contact | None:
        found = super().find(number)
        if found is not None:
            self._read(found.id)
        return found

    def draft(self, contact_id: str) -> Draft | None:
        self._read(contact_id)
        return super().draft(contact_id)

    def message(self, message_id: str) -> Message:
        message = super().message(message_id)
        self._read(message.contact_id)
        return message

    def messages(
        self, *, contact_id: str | None = None, only_open: bool = False, offset: int = 0, limit: int | None = None
    ) -> tuple[Message, ...]:
        self._read(contact_id or "")
        return super().messages(contact_id=contact_id, only_open=only_open, offset=offset, limit=limit)

    def _read(self, contact_id: str) -> None:
        if contact_id in self.kept_back:
            raise KEPT_BACK


def notices(app: SentApp) -> list[str]:
    return [f"{notice.title}: {notice.message}" for notice in app._notifications]


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


@pytest.fixture
def repository() -> KeptBack:
    return KeptBack()


@pytest.fixture
def app(repository: KeptBack) -> SentApp:
    return make_app([ADA, BO], repository=repository)


@pytest.mark.parametrize("size", [NARROW, NORMAL, PANEL])
async def test_a_contact_that_is_kept_back_ends_nothing(
    app: SentApp, repository: KeptBack, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        repository.kept_back = {BO.id}
        await press(pilot, "j", "enter")
        assert isinstance(app.screen, ContactsScreen)
        assert notices(app)
        assert all("Input/output error" in notice for notice in notices(app))
        await press(pilot, "s", "e", "d", "o", "k", "enter")
        assert isinstance(app.screen, ContactScreen)
        assert "Ada Okafor" in screen_text(app)


@pytest.mark.parametrize("size", [NORMAL, PANEL])
async def test_an_open_contact_that_is_kept_back_gives_way_to_the_list(
    app: SentApp, repository: KeptBack, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        repository.kept_back = {BO.id}
        await press(pilot, "J")
        assert isinstance(app.screen, ContactsScreen)
        assert any("Input/output error" in notice for notice in notices(app))


@pytest.mark.parametrize("size", [NORMAL, PANEL])
async def test_what_is_written_stays_when_its_contact_is_kept_back(
    app: SentApp, repository: KeptBack, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        sent = app.workspace.sending.send(ADA.id, Content("The first one"))
        await press(pilot, "s", *"Hel")
        repository.kept_back = {ADA.id}
        await press(pilot, *"lo")
        app.post_message(RepositoryChanged(Change(ChangeKind.MESSAGES, frozenset({sent.id}))))
        await press(pilot, "ctrl+s")
        assert "Hello" in screen_text(app)
        assert "cannot be read" in screen_text(app)
        repository.kept_back = set()
        await press(pilot, "exclamation_mark", "ctrl+s", "enter")
        assert repository.messages()[0].content.text == "Hello!"


async def test_a_number_whose_contact_is_kept_back_can_be_typed(app: SentApp, repository: KeptBack) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        repository.kept_back = {ADA.id}
        await press(pilot, "n", *ADA.format_e164)
        assert isinstance(app.screen, CreateScreen)
        assert "Input/output error" in screen_text(app)
        await press(pilot, "backspace")
        assert "Input/output error" not in screen_text(app)


class Failing(MemoryRepository):
    """Searching and counting fail, by what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.glances = False
        """Whether the first rows are found all the same."""

    def glance(self, query: ContactQuery = EVERYONE, **options: Any) -> Results | None:
        if self.error is not None and not self.glances:
            raise self.error
        return super().glance(query, **options)

    def answer(self, query: ContactQuery = EVERYONE, **options: Any) -> Results:
        if self.error is not None:
            raise self.error
        return super().answer(query, **options)

    def count(self, query: ContactQuery = EVERYONE) -> Counts:
        if self.error is not None:
            raise self.error
        return super().count(query)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KEPT_BACK, "The database cannot be read: contacts.json: Input/output error. Check the disk."),
        (IndexError("secret"), "Something went wrong: sent-tui could not search contacts, by an error of its own."),
    ],
)
async def test_a_search_that_fails_is_told_and_the_next_one_works(error: Exception, words: str) -> None:
    repository = Failing()
    app = make_app([ADA, BO], repository=repository)
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        repository.error = error
        await press(pilot, "slash", "b")
        assert notices(app) == [words]
        assert "Ada Okafor" in screen_text(app)
        repository.error = None
        await press(pilot, "o")
        assert "Ada Okafor" not in screen_text(app)
        assert "Bo Lindqvist" in screen_text(app)


async def test_the_first_rows_stay_when_the_others_cannot_be_found() -> None:
    repository = Failing()
    app = make_app([ADA, BO], repository=repository)
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        repository.error, repository.glances = KEPT_BACK, True
        await press(pilot, "slash", "b")
        assert len(notices(app)) == 1
        assert "Ada Okafor" not in screen_text(app)
        assert "Bo Lindqvist" in screen_text(app)


async def test_the_first_search_may_fail() -> None:
    repository = Failing()
    app = make_app([ADA, BO], repository=repository)
    repository.error = KEPT_BACK
    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        assert len(notices(app)) == 1
        assert app.status == "simulator"
        repository.error = None
        await press(pilot, "slash", "o")
        assert app.screen.query_one("#preview", ContactView).profile is not None
        assert app.status.endswith("2 contacts")


async def test_what_fails_again_and_again_is_shown_once(app: SentApp) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        for text in ("The disk is full.", "The disk is full.", "The disk is gone."):
            app.post_message(WorkFailed("Not kept", text))
        await settle(pilot)
        assert notices(app) == ["Not kept: The disk is full.", "Not kept: The disk is gone."]


async def test_deleting_an_open_contact_is_told_on_the_list(app: SentApp) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "enter", "d", "y")
        assert isinstance(app.screen, ContactsScreen)
        assert "Deleted · u undoes" in screen_text(app)


async def test_deleting_an_open_contact_in_vain_is_told(app: SentApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise KEPT_BACK

    async with app.run_test(size=NORMAL) as pilot:
        await settle(pilot)
        await press(pilot, "enter", "d")
        monkeypatch.setattr(MemoryRepository, "delete", refuse)
        await press(pilot, "y")
        assert isinstance(app.screen, ContactScreen)
        assert any("Input/output error" in notice for notice in notices(app))

"""Commands on the marked contacts: asked first, done with progress, taken back as one."""

from __future__ import annotations

import pytest

from sent_tui.core.bulk import BulkStatus
from sent_tui.core.channel import Availability, Channel
from sent_tui.core.marks import Marks
from sent_tui.core.search import EVERYONE, opted_out, tagged
from sent_tui.services import bulk_edit
from sent_tui.store.memory import MemoryRepository
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.asking import AskLine
from sent_tui.tui.screens.at_work import AtWork
from sent_tui.tui.screens.bulk_run import BulkRun
from sent_tui.tui.screens.check_many import CheckMany
from sent_tui.tui.screens.dialogs import Confirm
from sent_tui.tui.screens.send_many import SendMany
from tests.factories import contact
from tests.hostile.payloads import PAYLOADS
from tests.hostile.rendering import assert_harmless
from tests.tui.harness import WIDE, make_app, make_contact, press, screen_text, until
from tests.tui.test_contacts import home, names, people


def total(app: SentApp, query: object = EVERYONE) -> int:
    assert isinstance(query, type(EVERYONE))
    return len(app.workspace.repository.answer(query))


def crowd() -> SentApp:
    return make_app([contact(place, name=f"Person {place:03}") for place in range(60)])


async def test_deleting_names_count_and_first_names_and_is_taken_back_as_one() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "+", "slash", *"555", "enter", "d")
        assert isinstance(app.screen, Confirm)
        shown = screen_text(app)
        assert "Delete 6 contacts?" in shown
        assert "Ada Okafor, Bo Lindqvist, Carl Rask and 3 more." in shown
        assert "2 of them are not in the list as it is filtered now." in shown
        await press(pilot, "enter")
        assert total(app) == 6
        await press(pilot, "d", "y")
        assert total(app) == 0
        assert "6 deleted · u undoes" in screen_text(app)
        assert not home(app).marks
        await press(pilot, "u", "escape")
        assert len(names(app)) == 6


async def test_opting_out_many() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "plus", "o", "y")
        assert total(app, opted_out()) == 6
        assert "5 opted out, 1 were so already · u undoes" in screen_text(app)
        assert len(home(app).marks) == 6
        await press(pilot, "u")
        assert total(app, opted_out()) == 1


async def test_tagging_adds_and_removes() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "space", "space", "number_sign")
        assert isinstance(app.screen, AskLine)
        assert "Ada Okafor, Bo Lindqvist." in screen_text(app)
        await press(pilot, *"sweden, -VIP", "enter")
        assert "2 tagged · u undoes" in screen_text(app)
        assert (total(app, tagged("sweden")), total(app, tagged("vip"))) == (2, 0)
        await press(pilot, "u")
        assert (total(app, tagged("sweden")), total(app, tagged("vip"))) == (0, 1)


async def test_without_marks_the_contact_under_the_cursor_is_meant() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "j", "number_sign", *"late", "enter")
        assert total(app, tagged("late")) == 1
        found = app.workspace.repository.find("+14155550177")
        assert found is not None
        assert found.tags == ("late",)
        assert app.workspace.contacts.undo() == "tags of Bo Lindqvist"


async def test_an_empty_answer_is_no_answer() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "number_sign", "enter")
        assert "Type something" in screen_text(app)
        await press(pilot, "escape")
        assert not isinstance(app.screen, AskLine)
        assert app.workspace.contacts.undo() is None


async def test_for_more_than_fifty_their_number_has_to_be_typed() -> None:
    app = crowd()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "plus", "d")
        assert isinstance(app.screen, AskLine)
        assert "Delete 60 contacts?" in screen_text(app)
        assert "Type 60 to delete." in screen_text(app)
        await press(pilot, "6", "enter")
        assert isinstance(app.screen, AskLine)
        assert total(app) == 60
        await press(pilot, "0", "enter")
        assert total(app) == 0
        await press(pilot, "u")
        assert total(app) == 60
        await press(pilot, "plus", "number_sign", *"x", "enter")
        assert "60 contacts: are you sure?" in screen_text(app)
        await press(pilot, "escape")
        assert total(app, tagged("x")) == 0


async def test_work_is_stopped_by_escape_and_what_was_done_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_edit, "AT_ONCE", 10)
    app = crowd()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "plus", "number_sign", *"x", "enter")
        told: list[int] = []
        real = AtWork.on_at_work_progressed

        def progressed(self: AtWork, message: AtWork.Progressed) -> None:
            real(self, message)
            told.append(message.progress.done)
            self.action_stop()

        monkeypatch.setattr(AtWork, "on_at_work_progressed", progressed)
        await press(pilot, *"60", "enter")
        await until(pilot, lambda: not isinstance(app.screen, AtWork))
        assert told
        done = total(app, tagged("x"))
        assert done in range(10, 61, 10)
        assert f"{done} tagged" in screen_text(app)


async def test_checking_the_marked() -> None:
    app = make_app([make_contact("+14155550123", "Ada"), make_contact("+14155550177", "Bo")])
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "space", "c")
        assert "Check the channels of 1 contact again?" in screen_text(app)
        await press(pilot, "y")
        assert isinstance(app.screen, CheckMany)
        assert "Checked 1 contact." in screen_text(app)
        known = [app.workspace.repository.find(e164) for e164 in ("+14155550123", "+14155550177")]
        states = [one.availability(Channel.SMS) for one in known if one is not None]
        assert states[0] is not Availability.UNKNOWN
        assert states[1] is Availability.UNKNOWN


async def test_sending_to_the_marked_writes_one_message_for_each() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "space", "space", "s", *"Hello all", "ctrl+s")
        assert "Send this to 2 contacts?" in screen_text(app)
        assert "Hello all" in screen_text(app)
        await press(pilot, "y")
        assert isinstance(app.screen, BulkRun)
        await press(pilot, "escape")
        assert "2 messages on the way, 5 a second" in screen_text(app)
        [bulk] = app.workspace.repository.bulk_sends()
        assert (bulk.total, bulk.status, bulk.text) == (2, BulkStatus.RUNNING, "Hello all")


class ReadOnly(MemoryRepository):
    @property
    def read_only(self) -> str:
        return "it was opened read-only"


async def test_nothing_is_asked_where_nothing_can_be_written() -> None:
    app = make_app(people(), repository=ReadOnly())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "space")
        for key in ("number_sign", "d", "o", "c", "s"):
            await press(pilot, key)
            assert home(app).is_current
            assert "The database is read-only." in screen_text(app)


async def test_an_empty_list_has_nobody_to_act_on() -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "number_sign")
        assert "No contact is marked or selected." in screen_text(app)


async def test_foreign_names_in_questions_are_harmless() -> None:
    app = make_app([make_contact(f"+1415555{100 + at:04}", name) for at, name in enumerate(PAYLOADS.values())])
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot)
        for at in range(0, len(PAYLOADS), 3):
            home(app).marks = Marks(home(app).results.part(at, 3).numbers())
            for key in ("d", "number_sign", "s"):
                await press(pilot, key)
                assert isinstance(app.screen, Confirm | AskLine | SendMany)
                assert_harmless(app)
                await press(pilot, "escape")

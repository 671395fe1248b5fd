from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Button, OptionList

from at_rest import PATIENCE
from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact, StepKind, StepResult
from sent_tui.errors import DatabaseError
from sent_tui.gateways.gateway import Finding, Gateway
from sent_tui.gateways.simulator import Simulator
from sent_tui.store.changes import Changes
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.repository import Change, Repository
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.batch import BatchScreen
from sent_tui.tui.screens.countries import ChooseCountry, matching
from sent_tui.tui.screens.create import CreateScreen
from sent_tui.tui.screens.dialogs import Confirm
from sent_tui.tui.widgets.contact_form import FormState
from sent_tui.tui.widgets.fields import TextField
from sent_tui.tui.widgets.outcome import Phase
from tests.hostile.payloads import ONE_OF_EACH_KIND
from tests.hostile.rendering import assert_harmless
from tests.tui.harness import (
    NARROW,
    NORMAL,
    NOW,
    WIDE,
    make_app,
    make_contact,
    paste,
    press_at_once,
    screen_text,
    settle,
    until,
)

ADA = make_contact("+14155550123", "Ada Okafor")
READ, NETWORK_DOWN = "+14155550101", "+14155550113"
"""Numbers of the simulator that deliver, and whose lookup fails."""


class StoppedGateway(Simulator):
    """A network whose lookups wait until they are let go on, or fail by an error of ours."""

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__(lambda: NOW, pace=0)
        self.go_on = threading.Event()
        self.broken = broken

    def detect(self, number: str) -> tuple[Finding, ...]:
        assert self.go_on.wait(PATIENCE)
        if self.broken:
            raise ZeroDivisionError
        return super().detect(number)


class FullRepository(MemoryRepository):
    """A store that can take nothing for now."""

    def __init__(self) -> None:
        self.is_full = False
        super().__init__()

    def _save(self, changes: Changes) -> Iterable[Change]:
        if self.is_full:
            raise DatabaseError("The database cannot be written", "The disk [/] is full.", "Make room and try again.")
        return super()._save(changes)


@dataclass
class Form:
    """An open form, and what came of it."""

    pilot: Pilot[None]
    app: SentApp
    state: FormState
    screen: CreateScreen
    answers: list[str | None] = field(default_factory=list)
    seen: list[Message] = field(default_factory=list)

    @property
    def text(self) -> str:
        return screen_text(self.app)

    @property
    def contacts(self) -> list[Contact]:
        repository = self.app.workspace.repository
        return [repository.get(row.id) for row in repository.page().rows]

    @property
    def is_open(self) -> bool:
        return self.screen in self.app.screen_stack

    def shows(self, kind: type[Screen[Any]]) -> bool:
        return isinstance(self.app.screen, kind)

    def is_in(self, phase: Phase) -> bool:
        return self.screen.phase is phase

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await settle(self.pilot)

    async def fill(self, **fields: str) -> None:
        """Paste texts into fields."""
        for name, text in fields.items():
            self.screen.query_one(f"#{name}").focus()
            await paste(self.pilot, text)

    async def create(self, **fields: str) -> None:
        await self.fill(**fields)
        await self.press("ctrl+s")


@asynccontextmanager
async def form(
    contacts: Iterable[Contact] = (),
    *,
    state: FormState | None = None,
    size: tuple[int, int] = NORMAL,
    gateway: Gateway | None = None,
    repository: Repository | None = None,
) -> AsyncIterator[Form]:
    app = make_app(contacts, gateway=gateway, repository=repository)
    state = FormState() if state is None else state
    seen: list[Message] = []
    async with app.run_test(size=size, message_hook=seen.append) as pilot:
        await settle(pilot)
        opened = Form(pilot, app, state, CreateScreen(app.session, state), seen=seen)
        await app.push_screen(opened.screen, opened.answers.append)
        await settle(pilot)
        yield opened


# The verdict


async def test_an_empty_form_says_how_to_begin() -> None:
    async with form() as opened:
        assert opened.app.focused is opened.screen.form.number
        assert "Type or paste a phone number" in opened.text
        assert "ctrl+s create" in opened.text


async def test_a_valid_number_is_shown_in_every_format() -> None:
    async with form() as opened:
        await opened.press(*"+46701740605")
        shown = opened.text
        for words in (
            "✓ Valid  mobile number in Sweden",
            "+46701740605",
            "+46 70 174 06 05",
            "070-174 06 05",
            "tel:+46-70-174-06-05",
            "SE  Sweden",
        ):
            assert words in shown
        assert opened.state.number == "+46 70 174 06 05"


async def test_a_number_that_is_not_complete_is_not_called_wrong() -> None:
    async with form() as opened:
        await opened.fill(number="+1 415 555 01")
        assert "… Not complete yet" in opened.text
        assert "Too short" in opened.text


async def test_a_number_that_is_not_valid_is_explained() -> None:
    async with form() as opened:
        await opened.create(number="+1 555 555 0123")
        assert "✗ Not a valid number" in opened.text
        assert "✗ Not created. No such numbers exist" in " ".join(opened.text.split())
        assert opened.contacts == []
        assert opened.state.number == "+1 555 555 0123"


@pytest.mark.parametrize("how", ["key", "button"])
async def test_a_suggestion_can_be_taken(how: str) -> None:
    async with form() as opened:
        await opened.fill(number="+55 11 6123 4567")
        assert "Did you mean +55 11" in opened.text
        assert "Use +55 11 96123-4567 (ctrl+y)" in opened.text
        if how == "key":
            await opened.press("ctrl+y")
        else:
            opened.screen.query_one("#use", Button).press()
            await settle(opened.pilot)
        assert opened.state.number == "+55 11 96123-4567"
        assert "✓ Valid" in opened.text
        assert not opened.screen.query_one("#use").display
        assert opened.app.focused is opened.screen.form.number


async def test_the_suggestion_key_does_nothing_without_a_suggestion() -> None:
    async with form() as opened:
        await opened.fill(number=READ)
        await opened.press("ctrl+y")
        assert opened.state.number == "+1 415-555-0101"


async def test_a_pasted_text_that_is_too_long_is_refused() -> None:
    async with form() as opened:
        await opened.fill(number="Please call me back at +1 415 555 0123 or else at any of our other numbers")
        assert "Nothing was pasted" in opened.text
        assert opened.state.number == ""


# Countries


async def test_a_country_makes_national_numbers_valid() -> None:
    async with form() as opened:
        await opened.fill(number="4155550147")
        assert "The country is missing" in opened.text
        await opened.press("enter")
        assert opened.shows(ChooseCountry)
        await opened.press("u", "s", "enter")
        assert opened.state.region == "US"
        assert opened.screen.form.number.value == "(415) 555-0147"
        assert "✓ Valid" in opened.text
        assert "US  United States  +1" in opened.text
        await opened.press("ctrl+s")
        assert [contact.format_e164 for contact in opened.contacts] == ["+14155550147"]


async def test_the_country_is_chosen_by_typing_in_its_field_and_cleared_by_backspace() -> None:
    async with form() as opened:
        await opened.press("tab", "s", "w", "e")
        assert opened.shows(ChooseCountry)
        assert "SE  Sweden  +46" in opened.text
        await opened.press("enter")
        assert opened.state.region == "SE"
        await opened.press("backspace")
        assert opened.state.region is None


@pytest.mark.parametrize("keys", [("ctrl+l", "s", "w", "e"), ("tab", "s", "w", "e")])
async def test_letters_typed_while_the_choice_opens_are_not_lost(keys: tuple[str, ...]) -> None:
    async with form() as opened:
        if keys[0] == "tab":
            await opened.press("tab")
        await press_at_once(opened.pilot, *(key for key in keys if key != "tab"))
        assert opened.app.screen.query_one(TextField).value == "swe"
        assert opened.screen.form.number.value == ""


async def test_the_choice_of_a_country_moves_by_arrows_and_begins_on_the_present_one() -> None:
    async with form(state=FormState(region="SE")) as opened:
        await opened.press("ctrl+l")
        lines = opened.app.screen.query_one(OptionList)
        at = lines.highlighted
        await opened.press("enter")
        assert opened.state.region == "SE"
        await opened.press("ctrl+l", "down", "pagedown", "pageup", "up", "up")
        assert opened.app.screen.query_one(OptionList).highlighted == (at or 0) - 1
        await opened.press("escape")
        assert opened.state.region == "SE"
        await opened.press("ctrl+l", "home", "pageup", *["pageup"] * 40, "enter")
        assert opened.state.region is None


async def test_a_country_that_does_not_exist_cannot_be_chosen() -> None:
    async with form() as opened:
        await opened.press("ctrl+l", "x", "x", "x")
        assert "No country fits." in opened.text
        await opened.press("enter")
        assert opened.shows(ChooseCountry)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("se", "SE"),
        ("swe", "SE"),
        ("+46", "SE"),
        ("1", "US"),
        ("44", "GB"),
        ("uk", "GB"),
        ("usa", "US"),
        ("uae", "AE"),
        ("cote", "CI"),
        ("aland", "AX"),
        ("ÅLA", "AX"),
        ("holland", "NL"),
        ("korea", "KP"),
        ("south kor", "KR"),
    ],
)
def test_how_a_country_is_found(typed: str, code: str) -> None:
    assert matching(typed)[0].code == code


def test_every_country_is_offered_before_anything_is_typed() -> None:
    assert len(matching("")) > 240
    assert matching("xxx") == ()


# Doubts


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("+1800FLOWERS", "Letters were read as the digits"),
        ("call +1 415 555 0147", "Text around or inside the number"),
        ("=+14155550147", "A sign that a spreadsheet puts"),
    ],
)
async def test_a_doubtful_number_is_asked_about(text: str, doubt: str) -> None:
    async with form() as opened:
        await opened.fill(number=text)
        assert "? Is this the number you mean" in opened.text
        assert doubt in " ".join(opened.text.split()).replace("│ ", "")
        assert text in opened.text
        await opened.press("ctrl+s")
        assert opened.shows(Confirm)
        assert opened.app.focused is opened.app.screen.query_one("#no")
        await opened.press("enter")
        assert opened.contacts == []
        assert opened.state.number == text
        await opened.press("ctrl+s", "y")
        assert len(opened.contacts) == 1
        assert opened.contacts[0].phone_number == text


async def test_a_decimal_number_of_a_spreadsheet_is_asked_about() -> None:
    async with form(state=FormState(region="US")) as opened:
        await opened.fill(number="14155550147.0")
        assert "spreadsheet" in opened.text
        await opened.press("ctrl+s")
        assert opened.contacts == []


# A contact that exists


@pytest.mark.parametrize("key", ["ctrl+s", "enter"])
async def test_a_known_number_opens_its_contact(key: str) -> None:
    async with form([ADA]) as opened:
        await opened.fill(number="(415) 555-0123")
        await opened.fill(number="+1")
        opened.screen.form.set_number("+1 415 555 0123")
        await settle(opened.pilot)
        assert "● This contact exists already" in opened.text
        assert "Ada Okafor" in opened.text
        assert "Open it" in opened.text
        await opened.press(key)
        assert opened.answers == [ADA.id]
        assert opened.state.number == ""


async def test_what_else_was_typed_is_kept_when_a_known_contact_is_opened() -> None:
    async with form([ADA]) as opened:
        await opened.create(number="+14155550123", notes="Called twice")
        assert opened.answers == [ADA.id]
        assert opened.state.notes == "Called twice"


async def test_a_contact_that_another_program_makes_is_noticed() -> None:
    async with form() as opened:
        await opened.fill(number="+14155550123")
        assert "✓ Valid" in opened.text
        opened.app.workspace.repository.add([ADA])
        await settle(opened.pilot)
        assert "● This contact exists already" in opened.text
        assert "1 contact" in opened.text


# The lifecycle


async def test_the_lifecycle_is_shown_step_by_step() -> None:
    async with form() as opened:
        await opened.create(number=READ, name="Bo", tags="vip, berlin", notes="First line\nSecond line")
        steps = [message for message in opened.seen if isinstance(message, CreateScreen.Stepped)]
        assert [message.kind for message in steps if message.step] == list(StepKind)
        begun = [message.kind for message in steps if message.step is None]
        assert begun == [StepKind.VALIDATE, StepKind.DETECT_WHATSAPP]
        assert "✓ Created" in opened.text
        assert "✓ Detect WhatsApp: registered" in opened.text
        contact = opened.contacts[0]
        assert (contact.name, contact.tags, contact.notes) == ("Bo", ("vip", "berlin"), "First line\nSecond line")
        assert contact.default_channel is Channel.WHATSAPP
        assert opened.state == FormState()


async def test_a_running_step_is_marked_and_nothing_runs_twice() -> None:
    gateway = StoppedGateway()
    async with form(gateway=gateway) as opened:
        await opened.fill(number=READ)
        await opened.pilot.press("ctrl+s")
        await until(opened.pilot, lambda: "… Detect WhatsApp" in opened.text)
        assert "✓ Validate the number" in opened.text
        assert "· Assess SMS" in opened.text
        assert opened.is_in(Phase.RUNNING)
        await opened.pilot.press("ctrl+s", "enter", "ctrl+l", "ctrl+n")
        assert opened.app.screen is opened.screen
        gateway.go_on.set()
        await settle(opened.pilot)
        assert "✓ Detect WhatsApp" in opened.text
        assert opened.is_in(Phase.DONE)
        assert len(opened.contacts) == 1


async def test_a_network_that_is_down_leaves_a_question_mark() -> None:
    async with form() as opened:
        await opened.create(number=NETWORK_DOWN)
        assert "? Detect WhatsApp: not found out" in opened.text
        assert "✓ Created" in opened.text
        step = next(step for step in opened.contacts[0].lifecycle if step.kind is StepKind.DETECT_WHATSAPP)
        assert step.result is StepResult.UNKNOWN


async def test_a_step_that_says_no_is_marked() -> None:
    async with form() as opened:
        await opened.create(number="+14155550106")
        assert "✗ Detect WhatsApp: not registered" in opened.text


@pytest.mark.parametrize("key", ["enter", "ctrl+s"])
async def test_the_new_contact_is_opened(key: str) -> None:
    async with form() as opened:
        await opened.create(number=READ)
        assert "enter opens it" in opened.text
        await opened.press(key)
        assert opened.answers == ["id-1"]


async def test_another_contact_can_follow_at_once() -> None:
    async with form(state=FormState(region="US")) as opened:
        await opened.create(number="415 555 0101", name="Bo")
        await opened.press("ctrl+n")
        assert opened.app.focused is opened.screen.form.number
        assert [field.value for field in opened.screen.query(TextField)] == ["", "", "", ""]
        assert "Type or paste a phone number" in opened.text
        assert opened.state.region == "US"
        await opened.create(number="415 555 0102", name="Cleo")
        assert sorted(contact.name for contact in opened.contacts) == ["Bo", "Cleo"]


async def test_enter_leads_through_the_fields_to_the_end() -> None:
    async with form() as opened:
        await opened.fill(number=READ)
        await opened.press("enter", "B", "o", "enter", "v", "i", "p", "enter", "h", "i", "enter")
        contact = opened.contacts[0]
        assert (contact.name, contact.tags, contact.notes) == ("Bo", ("vip",), "hi")


async def test_the_button_creates_too() -> None:
    async with form() as opened:
        await opened.fill(number=READ)
        opened.screen.query_one("#create", Button).press()
        await settle(opened.pilot)
        assert len(opened.contacts) == 1


async def test_keys_that_come_at_once_are_not_overtaken() -> None:
    async with form() as opened:
        await press_at_once(opened.pilot, *"+14155550101", "ctrl+s")
        assert [contact.format_e164 for contact in opened.contacts] == ["+14155550101"]


@pytest.mark.parametrize("before", ["", "+1 415"])
async def test_what_is_typed_while_the_form_opens_is_not_lost(before: str) -> None:
    app, state = make_app(), FormState(number=before)
    async with app.run_test() as pilot:
        await settle(pilot)
        app.push_screen(CreateScreen(app.session, state))
        await press_at_once(pilot, *("+14155550101" if not before else "5550101"), "ctrl+s")
        assert "✓ Created" in screen_text(app)


async def test_a_key_pressed_twice_asks_and_leaves_once() -> None:
    async with form() as opened:
        await press_at_once(opened.pilot, "ctrl+l", "ctrl+l")
        assert [type(screen) for screen in opened.app.screen_stack[-2:]] == [CreateScreen, ChooseCountry]
        await press_at_once(opened.pilot, "escape", "escape")
        assert not opened.shows(ChooseCountry)
    async with form() as opened:
        await opened.fill(number="+1800FLOWERS")
        await press_at_once(opened.pilot, "ctrl+s", "ctrl+s")
        assert [type(screen) for screen in opened.app.screen_stack[-2:]] == [CreateScreen, Confirm]
        await opened.press("escape")
        await press_at_once(opened.pilot, "escape", "escape")
        assert opened.answers == [None]


async def test_the_form_can_be_sent_before_the_numbering_plans_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    loading = threading.Event()
    monkeypatch.setattr("sent_tui.tui.numbering_plans.format_as_you_type", lambda text: loading.wait(PATIENCE))
    app = make_app()
    async with app.run_test() as pilot:
        await settle(pilot)
        screen = CreateScreen(app.session)
        await app.push_screen(screen)
        await pilot.press(*"+1415")
        screen.form.set_number(READ)
        await pilot.press("ctrl+s")
        assert "… Loading the numbering plans" in screen_text(app)
        loading.set()
        await settle(pilot)
        assert "✓ Created" in screen_text(app)


# Leaving, and trouble


async def test_what_was_typed_is_there_the_next_time() -> None:
    state = FormState()
    async with form(state=state) as opened:
        await opened.fill(number="+1 415 555 01", name="Bo", tags="vip", notes="a\nb")
        await opened.press("escape")
        assert opened.answers == [None]
        assert state == FormState("+1 415 555 01", None, "Bo", "vip", "a⏎b")
        again = CreateScreen(opened.app.session, state)
        await opened.app.push_screen(again)
        await settle(opened.pilot)
        assert [field.value for field in again.query(TextField)] == ["+1 415 555 01", "Bo", "vip", "a⏎b"]
        assert "… Not complete yet" in opened.text
        await opened.press("2", "3")
        assert again.form.number.value == "+1 415 555 0123"


async def test_a_number_is_asked_for() -> None:
    async with form() as opened:
        await opened.create(name="Bo")
        assert "✗ A contact needs a phone number." in opened.text
        assert opened.app.focused is opened.screen.form.number
        await opened.fill(number="+")
        assert "A contact needs" not in opened.text


async def test_an_error_keeps_what_was_typed() -> None:
    repository = FullRepository()
    async with form(repository=repository) as opened:
        repository.is_full = True
        await opened.create(number=READ, name="Bo", tags="vip", notes="hi")
        assert "✗ The database cannot be written. The disk [/] is full. Make room" in " ".join(
            line.split("│")[0].strip() for line in opened.text.splitlines()
        )
        assert opened.is_in(Phase.TYPING)
        assert opened.state == FormState("+1 415-555-0101", None, "Bo", "vip", "hi")
        repository.is_full = False
        await opened.press("ctrl+s")
        assert [contact.name for contact in opened.contacts] == ["Bo"]


async def test_an_error_of_ours_lets_the_form_be_used_again() -> None:
    gateway = StoppedGateway(broken=True)
    gateway.go_on.set()
    async with form(gateway=gateway) as opened:
        await opened.create(number=READ, name="Bo")
        assert "Something went wrong" in opened.text
        assert opened.state.name == "Bo"
        assert "● This contact exists already" in opened.text


async def test_fields_of_ones_own_are_lines() -> None:
    async with form() as opened:
        await opened.create(number=READ, name="Bo", fields="customer no.: 4711\nPlan : gold\nseat:")
        [made] = opened.contacts
        assert made.fields == (("customer no.", "4711"), ("Plan", "gold"))
        assert opened.state.fields == ""


async def test_a_line_that_is_no_field_is_told_and_gone_to() -> None:
    async with form() as opened:
        await opened.create(number=READ, fields="plan: gold\nnonsense")
        assert opened.contacts == []
        assert opened.is_in(Phase.TYPING)
        said = " ".join(line.split("│")[0].strip() for line in opened.text.splitlines())
        assert "✗ Not created. Line 2: there is no colon" in said
        assert opened.app.focused is opened.screen.form.field_lines
        await opened.press(*": x", "ctrl+s")
        assert [contact.fields for contact in opened.contacts] == [(("plan", "gold"), ("nonsense", "x"))]


async def test_fields_that_were_typed_are_there_again() -> None:
    state = FormState()
    async with form(state=state) as opened:
        await opened.fill(fields="plan: gold")
        await opened.press("escape")
        assert state.fields == "plan: gold"
        assert not state.is_only_number
        again = CreateScreen(opened.app.session, state)
        await opened.app.push_screen(again)
        await settle(opened.pilot)
        assert again.form.field_lines.text == "plan: gold"


async def test_a_form_that_is_left_while_it_works_does_no_harm() -> None:
    gateway = StoppedGateway()
    async with form(gateway=gateway) as opened:
        await opened.fill(number=READ, name="Bo")
        await opened.pilot.press("ctrl+s")
        await until(opened.pilot, lambda: "… Detect WhatsApp" in opened.text)
        await opened.pilot.press("escape")
        await until(opened.pilot, lambda: not opened.is_open)
        gateway.go_on.set()
        await settle(opened.pilot)
        assert [contact.name for contact in opened.contacts] == ["Bo"]
        assert opened.answers == [None]


async def test_a_failure_after_the_form_was_left_is_told() -> None:
    gateway, repository = StoppedGateway(), FullRepository()
    async with form(gateway=gateway, repository=repository) as opened:
        await opened.fill(number=READ)
        await opened.pilot.press("ctrl+s")
        await until(opened.pilot, lambda: "… Detect WhatsApp" in opened.text)
        await opened.pilot.press("escape")
        await until(opened.pilot, lambda: not opened.is_open)
        repository.is_full = True
        gateway.go_on.set()
        await settle(opened.pilot)
        assert [notice.title for notice in opened.app._notifications] == ["The database cannot be written"]


async def test_a_pasted_list_opens_the_batch_and_comes_back() -> None:
    async with form(state=FormState(region="US", tags="fair")) as opened:
        await opened.fill(number="415 555 0101\n415 555 0102")
        assert opened.shows(BatchScreen)
        assert "2 lines: 2 new" in opened.text
        assert "fair" in opened.text
        await opened.press("escape")
        assert opened.shows(CreateScreen)
        await opened.fill(number="415 555 0101\n415 555 0102")
        await opened.press("ctrl+s", "enter")
        assert opened.answers == ["id-1"]
        assert {contact.tags for contact in opened.contacts} == {("fair",)}


# Looks


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE], ids=lambda size: "x".join(map(str, size)))
async def test_everything_needed_is_in_sight(size: tuple[int, int]) -> None:
    async with form([ADA], size=size) as opened:
        await opened.fill(number="+55 11 6123 4567")
        for words in ("Number", "Country", "Name", "Tags", "Notes", "Create", "✗ Not a valid number", "Use +55 11"):
            assert words in opened.text
        opened.screen.form.set_number("+14155550123")
        await settle(opened.pilot)
        for words in ("● This contact exists already", "Ada Okafor", "Open it", "ctrl+s opens it"):
            assert words in opened.text
        opened.screen.form.set_number(READ)
        await opened.press("ctrl+s")
        for words in ("✓ Created", "✓ Validate", "✓ Set the default channel", "Open", "New one"):
            assert words in opened.text


async def test_a_terminal_may_change_its_size_at_any_time() -> None:
    async with form() as opened:
        await opened.fill(number=READ)
        for size in ((1, 1), NARROW, WIDE, (30, 8), NORMAL):
            await opened.pilot.resize_terminal(*size)
            await settle(opened.pilot)
        assert "✓ Valid" in opened.text


async def test_help_lists_the_keys_of_the_form() -> None:
    async with form() as opened:
        await opened.pilot.resize_terminal(100, 60)
        await opened.press("f1")
        assert "Keys: new contact" in opened.text
        assert "ctrl+l" in opened.text


async def test_hostile_text_does_no_harm() -> None:
    async with form() as opened:
        app = opened.app
        for text in ONE_OF_EACH_KIND:
            for place in ("number", "name", "tags", "notes"):
                await opened.fill(**{place: text})
                assert_harmless(app)
                if opened.shows(BatchScreen):
                    await opened.press("escape")
            opened.screen.form.set_number(READ)
            await opened.press("ctrl+s")
            assert_harmless(app)
            assert len(opened.contacts) == 1
            app.workspace.repository.delete([opened.contacts[0].id])
            while len(app.screen_stack) > 1:
                await app.pop_screen()
            opened.screen = CreateScreen(app.session, FormState())
            await app.push_screen(opened.screen, opened.answers.append)
            await settle(opened.pilot)

"""The send screen: a route is seen before it is taken, a question is asked, one message goes, and nothing is lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot
from textual.widgets import Button, Input, TextArea

from at_rest import PATIENCE
from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Draft, Message, MessageStatus, Template
from sent_tui.core.rationale import plan_words
from sent_tui.core.text import display, percent
from sent_tui.errors import DatabaseError, SentTuiError
from sent_tui.gateways.gateway import Receipt, SendRequest, TransientGatewayError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.explaining import rationale_of
from sent_tui.services.sending import MAX_TEXT
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.repository import Repository
from sent_tui.tui.app import SentApp
from sent_tui.tui.drafts import DraftKeeper
from sent_tui.tui.screens.dialogs import Choose, Confirm
from sent_tui.tui.screens.send import SendScreen
from sent_tui.tui.widgets.composer import MessageText
from sent_tui.tui.widgets.composition import TEXT_LIMIT, VARIABLE_LIMIT, Stage, clean
from sent_tui.tui.widgets.route_view import route_content
from sent_tui.tui.widgets.send_panel import SendPanel
from tests.hostile.payloads import CLICK, ONE_OF_EACH_KIND
from tests.hostile.rendering import assert_harmless
from tests.tui.harness import NARROW, NORMAL, NOW, WIDE, Clock, make_app, make_contact, screen_text, settle, until

READ, FALLS_BACK, DEAD = "+14155550101", "+14155550102", "+14155550105"
BALANCE, DOWN, LOST, ARRIVES = "+14155550110", "+14155550113", "+14155550114", "+14155550117"
NOWHERE, SHUT = "+14155550121", "+14155550122"
TEXT = "Your parcel is at the door."


class Network(Simulator):
    """The simulator, which counts what it is given, and can be held up."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.requests: list[SendRequest] = []
        self.open = threading.Event()
        self.open.set()
        self.down = True

    def send(self, request: SendRequest) -> Receipt:
        self.requests.append(request)
        assert self.open.wait(PATIENCE)
        return super().send(request)


class NoTemplates(Network):
    """A network whose templates cannot be read for a while."""

    def templates(self) -> tuple[Template, ...]:
        if self.down:
            raise TransientGatewayError("The network is down", "Nothing could be read.", "Try again later.")
        return super().templates()


class Desk:
    """An app with one contact, and its send screen."""

    def __init__(self, app: SentApp, pilot: Pilot[None], contact: Contact, clock: Clock, network: Network) -> None:
        self.app, self.pilot, self.contact, self.clock, self.network = app, pilot, contact, clock, network
        self.repository = app.workspace.repository

    async def open(self) -> SendScreen:
        """Open the send screen."""
        screen = SendScreen(self.app.session, self.contact.id)
        self.app.push_screen(screen)
        await settle(self.pilot)
        return screen

    @property
    def screen(self) -> SendScreen:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, SendScreen))

    @property
    def text(self) -> str:
        return screen_text(self.app)

    @property
    def words(self) -> str:
        """What the screen shows as one line, one column after the other: for sentences that are wrapped."""
        halves = [line.partition("│") for line in self.text.split("\n")]
        return " ".join(" ".join([left for left, _, _ in halves] + [right for _, _, right in halves]).split())

    @property
    def notice(self) -> str:
        return self.screen.panel.composer.notice

    @property
    def messages(self) -> Sequence[Message]:
        return self.repository.messages(contact_id=self.contact.id)

    async def write(self, text: str) -> None:
        """Paste a text where the cursor is."""
        self.app.post_message(events.Paste(text))
        await settle(self.pilot)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await settle(self.pilot)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what a thread that is held up, or a dialog, leads to."""
        await until(self.pilot, condition)

    async def send_held_up(self) -> None:
        """Write, ask and agree, and come back while it is being handed over."""
        await self.write(TEXT)
        await self.press("ctrl+s")
        await self.pilot.press("enter")
        await self.until(lambda: self.app.screen is self.screen and self.screen.panel.stage is Stage.SENDING)

    async def send(self, text: str = TEXT) -> None:
        """Write, ask and agree."""
        await self.write(text)
        await self.press("ctrl+s")
        await self.press("enter")

    async def follow(self, seconds: float) -> None:
        """Let time pass, and do what the app does in the background then."""
        self.clock.now += timedelta(seconds=seconds)
        await asyncio.to_thread(self.app._follower.tick)
        await settle(self.pilot)

    async def choose_template(self, name: str) -> None:
        await self.press("ctrl+o")
        assert isinstance(self.app.screen, Choose)
        place = [template.name for template in self.network.templates()].index(name) + 1
        await self.press(*["down"] * place, "enter")


@asynccontextmanager
async def desk(
    number: str = ARRIVES,
    name: str = "Ada Okafor",
    *,
    size: tuple[int, int] = WIDE,
    network: Callable[[Clock], Network] = Network,
    repository: Repository | None = None,
    checked: bool = True,
    opened: bool = True,
    **fields: Any,
) -> AsyncIterator[Desk]:
    """Give an app on one contact, its channels looked up, with the send screen open."""
    clock = Clock()
    carrier = network(clock)
    app = make_app(clock=clock, gateway=carrier, repository=repository)
    contact = make_contact(number, name, **fields)
    if app.workspace.repository.find(number) is None:
        app.workspace.repository.add([contact])
        if checked:
            app.workspace.contacts.check(contact.id)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        given = Desk(app, pilot, contact, clock, carrier)
        if opened:
            await given.open()
        yield given


class ReadOnly(MemoryRepository):
    """A store that is told to keep nothing more."""

    closed = ""

    @property
    def read_only(self) -> str:
        return self.closed

    def save_draft(self, draft: Draft) -> None:
        assert not self.closed
        super().save_draft(draft)


# Before sending


async def test_the_route_is_shown_before_anything_is_sent() -> None:
    async with desk() as at:
        await at.write(TEXT)
        panel = at.screen.panel
        plan = at.app.workspace.sending.plan(at.contact.id, Content(TEXT))
        assert panel.plan == plan
        assert plan.channels == (Channel.WHATSAPP, Channel.SMS)
        for line in route_content(plan).plain.split("\n"):
            assert " ".join(line.split()) in at.words
        assert "Ada Okafor  +1 415-555-0117  ·  US" in at.text
        assert "GSM-7 · 27 of 160 · 1 segment · $0.0085" in at.text
        assert at.network.requests == []


async def test_free_text_outside_the_window_goes_by_sms() -> None:
    async with desk(SHUT) as at:
        await at.write(TEXT)
        assert "Free text goes by SMS: the WhatsApp window is shut. ctrl+o chooses a template." in at.words
        await at.press("ctrl+s")
        await at.press("enter")
        assert [request.channel for request in at.network.requests] == [Channel.SMS]
        await at.follow(2)
        assert at.messages[0].status == MessageStatus.DELIVERED


async def test_a_template_is_filled_in_and_goes_by_whatsapp_at_any_time() -> None:
    async with desk(SHUT) as at:
        await at.choose_template("order_update")
        assert "window" not in at.text
        assert at.screen.panel.plan == at.app.workspace.sending.plan(at.contact.id)
        assert "{{name}}" in at.text
        await at.write("Ada")
        await at.press("tab")
        await at.write("A-17")
        assert "Hello Ada, your order A-17 is {{state}}." in at.words
        await at.press("ctrl+s")
        assert at.notice == "Not filled in: state."
        assert at.app.screen is at.screen
        await at.press("enter")
        await at.write("on its way")
        assert "Hello Ada, your order A-17 is on its way." in at.words
        await at.press("ctrl+s")
        await at.press("enter")
        (request,) = at.network.requests
        assert request.channel is Channel.WHATSAPP
        assert request.content == at.app.workspace.sending.template_content(
            "order_update", {"name": "Ada", "order": "A-17", "state": "on its way"}
        )


async def test_free_text_waits_while_a_template_is_chosen() -> None:
    async with desk() as at:
        await at.write(TEXT)
        await at.choose_template("welcome")
        assert TEXT not in at.text
        assert isinstance(at.app.screen.focused, Input)
        await at.press("ctrl+o")
        await at.press("up", "enter")
        assert at.screen.panel.content == Content(TEXT)
        assert isinstance(at.app.screen.focused, TextArea)


async def test_leaving_the_choice_of_templates_changes_nothing() -> None:
    async with desk() as at:
        await at.press("ctrl+o", "ctrl+o")
        await at.press("escape")
        assert at.app.screen is at.screen
        assert at.screen.panel.composer.composition.template is None
        await at.press("ctrl+o")
        await at.press("enter")
        assert at.screen.panel.composer.composition.template is None


async def test_templates_that_cannot_be_read_are_no_end() -> None:
    async with desk(network=NoTemplates) as at:
        assert "The templates could not be read: The network is down." in at.notice
        await at.send()
        assert len(at.messages) == 1
        await at.press("n")
        at.network.down = False
        await at.press("ctrl+o")
        assert at.notice == "Reading the templates …"
        await at.press("ctrl+o")
        assert isinstance(at.app.screen, Choose)


async def test_a_template_of_a_draft_that_is_gone_is_named() -> None:
    async with desk(opened=False) as at:
        at.repository.save_draft(Draft(at.contact.id, template="no_longer"))
        await at.open()
        await at.press("ctrl+s")
        assert at.notice == "The template is not there. ctrl+o chooses another one, or free text."


async def test_the_channel_can_be_pinned() -> None:
    async with desk() as at:
        await at.write(TEXT)
        for channel in (Channel.WHATSAPP, Channel.SMS):
            await at.press("ctrl+r")
            plan = at.app.workspace.sending.plan(at.contact.id, Content(TEXT), channel=channel)
            assert at.screen.panel.plan == plan
            assert plan.channels == (channel,)
        await at.press("ctrl+s")
        assert "SMS, and no other" in at.text
        await at.press("enter")
        assert at.messages[0].route == (Channel.SMS,)


async def test_a_pinned_channel_that_does_not_reach_the_number_says_so() -> None:
    async with desk("+14155550106") as at:
        await at.write(TEXT)
        await at.press("ctrl+r")
        await at.press("ctrl+s")
        assert at.notice == "The chosen channel does not reach this number. ctrl+r chooses another one."
        await at.press("ctrl+r", "ctrl+r")
        assert at.screen.panel.plan == at.app.workspace.sending.plan(at.contact.id, Content(TEXT))


async def test_the_character_that_makes_a_text_dear_is_pointed_out() -> None:
    async with desk() as at:
        await at.write("Hello Ada, it’s here")
        assert "UCS-2 · 20 of 70 · 1 segment · $0.0085" in at.text
        assert "“’” at 14 (right single quotation mark) forces UCS-2; ctrl+g writes it as GSM-7" in at.words
        await at.press("ctrl+g")
        assert at.screen.panel.content == Content("Hello Ada, it's here")
        assert "GSM-7 · 20 of 160" in at.text
        await at.press("ctrl+z")
        assert at.screen.panel.content == Content("Hello Ada, it’s here")


async def test_a_character_without_a_counterpart_stays() -> None:
    async with desk() as at:
        await at.write("Привіт")
        assert "“П” at 1 (cyrillic capital letter pe) forces UCS-2" in at.words
        assert "ctrl+g writes" not in at.text
        await at.press("ctrl+g")
        assert at.notice == "Some characters have no counterpart in GSM-7."
        assert at.screen.panel.content == Content("Привіт")


async def test_variables_are_written_plainly_too() -> None:
    async with desk() as at:
        await at.choose_template("welcome")
        await at.write("O’Hara")
        assert "ctrl+g writes it as GSM-7" in at.words
        await at.press("ctrl+g")
        assert at.screen.panel.content.variables == {"name": "O'Hara"}
        assert "GSM-7" in at.text


async def test_an_extension_is_said_to_be_ignored() -> None:
    async with desk(extension="12") as at:
        assert "The extension 12 is ignored: messages reach the number alone." in at.words


async def test_a_text_that_is_too_long_can_be_shortened_here() -> None:
    async with desk() as at:
        await at.write("x" * (MAX_TEXT + 7))
        assert "Too long by 7: 1,600 characters can be sent." in at.words
        await at.press("ctrl+s")
        assert at.notice == "Too long by 7: 1,600 characters can be sent."
        await at.press(*["backspace"] * 7)
        assert "Too long" not in at.text
        assert at.screen.panel.why_not() == ""


async def test_no_more_than_the_limit_is_taken() -> None:
    async with desk() as at:
        await at.write("x" * 500_000)
        assert at.screen.panel.content == Content("x" * TEXT_LIMIT)
        assert at.notice == "Not all of it fitted in: no more than 3,200 characters do."
        at.screen.query_one(MessageText).select_all()
        await at.write("y" * 500_000)
        assert at.screen.panel.content == Content("y" * TEXT_LIMIT)


async def test_a_variable_is_one_line_and_limited() -> None:
    async with desk() as at:
        await at.choose_template("welcome")
        await at.write("Ada\nOkafor\x1b " + "x" * 500_000)
        value = at.screen.panel.content.variables["name"]
        assert value.startswith("Ada Okafor␛ x")
        assert len(value) == VARIABLE_LIMIT


async def test_an_empty_message_is_not_sent() -> None:
    async with desk() as at:
        await at.write(" \n ")
        await at.press("ctrl+s")
        assert at.notice == "There is nothing to send: the message is empty."
        await at.write("x")
        assert at.notice == ""


async def test_an_opted_out_contact_cannot_be_sent_to_and_says_why() -> None:
    async with desk(opened=False) as at:
        at.app.workspace.contacts.opt_out(at.contact.id, by="m.castillo", how="asked on the phone")
        await at.open()
        await at.write(TEXT)
        why = "Opted out just now by m.castillo: asked on the phone."
        assert why in at.words
        await at.press("ctrl+s")
        assert at.notice == f"{why} Nothing may be sent; only the person can opt in again."
        assert at.app.screen is at.screen
        assert at.messages == ()


async def test_a_number_that_no_channel_reaches_says_so() -> None:
    async with desk(NOWHERE) as at:
        await at.write(TEXT)
        await at.press("ctrl+s")
        assert at.notice.startswith("No channel reaches this number, as far as is known.")
        assert at.messages == ()


async def test_free_text_without_any_way_leads_to_a_template() -> None:
    async with desk(SHUT) as at:
        at.repository.update(
            at.contact.id,
            lambda known: known.with_status(
                known.status(Channel.SMS).found(Availability.UNAVAILABLE, Source.DELIVERY, NOW, "a landline")
            ),
        )
        await settle(at.pilot)
        await at.write(TEXT)
        await at.press("ctrl+s")
        assert at.notice.startswith("Free text has no way: the WhatsApp window is shut. ctrl+o chooses a template")


async def test_a_database_that_may_only_be_read_is_told_and_left_alone() -> None:
    store = ReadOnly()
    async with desk(repository=store, opened=False) as at:
        store.closed = "it was written by a newer version."
        await at.open()
        await at.write(TEXT)
        assert "Nothing can be sent or kept: it was written by a newer version." in at.words
        await at.press("ctrl+s")
        assert at.notice == "Nothing can be sent or kept: it was written by a newer version."
        await at.press("escape")
        assert at.messages == ()


# The question


async def test_the_question_names_everything_that_is_about_to_happen() -> None:
    async with desk() as at:
        await at.write(TEXT)
        await at.press("ctrl+s")
        assert isinstance(at.app.screen, Confirm)
        for fact in (
            "Send to Ada Okafor?",
            "+1 415-555-0117  US",
            "WhatsApp, then SMS if that fails",
            "1 segment, GSM-7",
            "about $0.00",
            "simulator",
            TEXT,
        ):
            assert fact in at.text
        assert at.app.screen.focused is at.app.screen.query_one("#yes")
        assert at.network.requests == []


@pytest.mark.parametrize("size", [NARROW, NORMAL])
async def test_the_answers_are_seen_under_a_long_text(size: tuple[int, int]) -> None:
    async with desk(name="Ada " * 60, size=size) as at:
        await at.write("word " * 300)
        await at.press("ctrl+s")
        for button in at.app.screen.query(Button):
            assert at.app.screen.region.contains_region(button.region)
            assert button.region.height == 1
        assert "Cancel" in at.text


@pytest.mark.parametrize("key", ["escape", "n", "left"])
async def test_no_means_that_nothing_is_sent(key: str) -> None:
    async with desk() as at:
        await at.write(TEXT)
        await at.press("ctrl+s")
        await at.press(key)
        if key == "left":
            await at.press("enter")
        assert at.notice == "Nothing was sent."
        assert at.messages == ()
        assert at.network.requests == []
        assert at.screen.panel.content == Content(TEXT)
        await at.write("!")
        assert at.screen.panel.content == Content(f"{TEXT}!")


async def test_sending_keys_pressed_twice_send_once() -> None:
    async with desk() as at:
        at.network.open.clear()
        await at.write(TEXT)
        await at.pilot.press("ctrl+s", "ctrl+s", "ctrl+j")
        await at.until(lambda: isinstance(at.app.screen, Confirm))
        await at.pilot.press("enter", "enter", "ctrl+s")
        await at.until(lambda: at.notice == "Already sending.")
        assert at.screen.panel.stage is Stage.SENDING
        at.network.open.set()
        await settle(at.pilot)
        await at.press("ctrl+s", "enter")
        assert len(at.messages) == len(at.network.requests) == 1
        assert at.notice == "This message is on its way. n begins another one."


async def test_two_requests_at_once_ask_once() -> None:
    async with desk() as at:
        await at.write(TEXT)
        at.screen.panel.action_send_now()
        at.screen.panel.action_send_now()
        await settle(at.pilot)
        assert len(at.app.screen_stack) == 3
        await at.press("enter")
        assert len(at.messages) == 1


async def test_enter_begins_a_line_and_ctrl_j_sends() -> None:
    async with desk() as at:
        await at.press("a", "enter", "b")
        assert at.screen.panel.content == Content("a\nb")
        await at.press("ctrl+j")
        await at.press("y")
        assert at.messages[0].content.text == "a\nb"


async def test_the_mouse_can_send() -> None:
    async with desk() as at:
        await at.write(TEXT)
        await at.pilot.click(at.screen.panel.query_one(Button))
        await settle(at.pilot)
        assert isinstance(at.app.screen, Confirm)
        await at.pilot.click("#yes")
        await settle(at.pilot)
        assert len(at.messages) == 1
        await at.pilot.click(at.screen.panel.query_one(Button))
        await settle(at.pilot)
        assert at.screen.panel.stage is Stage.WRITING


async def test_the_mouse_can_choose() -> None:
    async with desk() as at:
        await at.pilot.click(".send-panel--choices", offset=(1, 0))
        await settle(at.pilot)
        assert at.screen.panel.channel is Channel.WHATSAPP
        await at.pilot.click(".send-panel--choices", offset=(1, 1))
        await settle(at.pilot)
        assert isinstance(at.app.screen, Choose)


async def test_a_route_that_changed_is_asked_about_again() -> None:
    async with desk() as at:
        await at.write(TEXT)
        await at.press("ctrl+s")
        assert "WhatsApp, then SMS" in at.text
        await asyncio.to_thread(
            at.repository.update,
            at.contact.id,
            lambda known: known.with_status(
                known.status(Channel.WHATSAPP).found(Availability.UNAVAILABLE, Source.DELIVERY, NOW, "not registered")
            ),
        )
        await at.press("enter")
        assert isinstance(at.app.screen, Confirm)
        assert "SMS, and no other" in at.text
        assert at.network.requests == []
        await at.press("enter")
        assert [request.channel for request in at.network.requests] == [Channel.SMS]


async def test_a_contact_that_opts_out_while_one_is_asked_gets_nothing() -> None:
    async with desk() as at:
        await at.write(TEXT)
        await at.press("ctrl+s")
        await asyncio.to_thread(at.app.workspace.contacts.opt_out, at.contact.id, by="the person")
        await at.press("enter")
        assert at.app.screen is at.screen
        assert at.notice == "The route changed while you were asked. Nothing was sent."
        assert "Opted out" in at.text
        assert at.messages == ()


async def test_a_contact_that_is_deleted_while_one_is_asked_gets_nothing() -> None:
    async with desk() as at:
        await at.write(TEXT)
        await at.press("ctrl+s")
        await asyncio.to_thread(at.app.workspace.contacts.delete, [at.contact.id])
        await at.press("enter")
        assert at.app.screen is at.screen
        assert "The contact was deleted. u brings it back." in at.words
        assert at.network.requests == []


# After sending


async def test_a_fallback_is_seen_as_it_happens() -> None:
    async with desk(FALLS_BACK) as at:
        await at.send()
        assert "Reports appear here as they come." in at.text
        await at.follow(0.5)
        assert "… sent" in at.text
        await at.follow(1)
        assert "WhatsApp ✗ failed: not registered on this channel (DELIVERY_007)" in at.words
        await at.follow(1.5)
        assert "✓ delivered" in at.text
        assert "SMS ✓ delivered" in at.words
        assert [request.channel for request in at.network.requests] == [Channel.WHATSAPP, Channel.SMS]
        assert at.repository.draft(at.contact.id) is None
        assert "Route as planned, and as it went" in at.text


async def test_what_happened_stands_beside_what_was_planned() -> None:
    async with desk(FALLS_BACK) as at:
        await at.write(TEXT)
        planned = at.screen.panel.plan
        assert planned is not None
        await at.press("ctrl+s", "enter")
        whatsapp, sms = (percent(step.estimate.mean) for step in planned.steps)
        assert f"WhatsApp planned {whatsapp}; … queued; to be delivered within 15m" in at.words
        assert f"SMS planned {sms}; if that fails" in at.words
        await at.follow(3)
        assert f"WhatsApp planned {whatsapp}; ✗ failed after" in at.words
        await at.follow(3)
        assert f"SMS planned {sms}; ✓ delivered in" in at.words
        rationale = rationale_of(at.repository, at.app.workspace.sending, at.contact.id)
        for channel in planned.channels:
            told = rationale.lesson(at.messages[0].id, channel)
            assert told is not None
            assert f"learned: estimate {percent(told.before)} → {percent(told.after)}" in at.words


async def test_the_route_says_what_the_whole_of_it_promises_and_how_long_each_step_may_take() -> None:
    async with desk() as at:
        await at.write(TEXT)
        plan = at.screen.panel.plan
        assert plan is not None
        assert f"Route {plan_words(plan)}" in at.words
        assert "after 15m without a report of delivery: SMS" in at.words


async def test_another_message_can_be_begun() -> None:
    async with desk() as at:
        await at.send()
        await at.follow(2)
        await at.press("n")
        panel = at.screen.panel
        assert (panel.stage, panel.content, panel.story) == (Stage.WRITING, Content(""), None)
        assert isinstance(at.app.screen.focused, TextArea)
        assert panel.plan == at.app.workspace.sending.plan(at.contact.id, Content(""))
        await at.write(TEXT)
        assert "The same text went out just now: delivered." in at.words
        await at.press("ctrl+s")
        assert "The same text went out just now: delivered." in at.words
        await at.press("enter")
        assert len(at.messages) == 2


async def test_the_letters_that_act_after_sending_are_letters_before() -> None:
    async with desk() as at:
        await at.press("n", "R")
        assert at.screen.panel.content == Content("nR")
        await at.press("tab", "tab", "n")
        assert at.notice == "This message is not sent yet."
        await at.press("R")
        assert at.notice == "No message was sent yet that could be sent again."
        assert at.messages == ()


def keys_named(at: Desk) -> str:
    """Return the line of keys."""
    return at.text.splitlines()[-1].strip()


async def test_the_key_line_names_what_acts_then() -> None:
    async with desk() as at:
        assert keys_named(at).startswith("ctrl+s send  ctrl+r channel")
        await at.send()
        assert keys_named(at) == "esc back  n new message  ? help"
        await at.press("n")
        assert keys_named(at).startswith("ctrl+s send  ctrl+r channel")
    async with desk("+14155550104") as at:
        await at.send()
        for _ in range(4):
            await at.follow(1.5)
        assert "R send again" in keys_named(at)


@pytest.mark.parametrize("width", [60, 80, 99, 100, 117, 120])
async def test_what_a_text_takes_stands_on_one_line_with_its_price(width: int) -> None:
    async with desk(size=(width, 30)) as at:
        await at.write(TEXT)
        line = next(line for line in at.text.splitlines() if "GSM-7 ·" in line)
        assert "segment · $" in line


async def test_a_message_that_failed_everywhere_can_be_sent_again() -> None:
    async with desk("+14155550104") as at:
        await at.send()
        for _ in range(4):
            await at.follow(1.5)
        assert at.messages[0].is_final
        assert "R send it again" in at.words
        await at.press("R")
        assert "Send to Ada Okafor?" in at.text
        await at.press("escape")
        assert at.screen.panel.stage is Stage.SENT
        assert len(at.messages) == 1
        await at.press("R")
        await at.press("enter")
        assert len(at.messages) == 2
        story = at.screen.panel.story
        assert story is not None
        assert story.message.id == at.messages[0].id


async def test_a_message_that_arrived_is_not_sent_again() -> None:
    async with desk() as at:
        await at.send()
        await at.press("R")
        assert at.notice == "Not sent again. It is still under way."
        await at.follow(2)
        await at.press("R")
        assert at.notice == "Not sent again. It arrived already."
        assert len(at.network.requests) == 1


async def test_an_outcome_that_is_unknown_is_shown_and_not_repeated() -> None:
    async with desk(LOST) as at:
        await at.send()
        assert "? outcome unknown" in at.text
        assert "It is asked after, and never repeated by itself." in at.words
        await at.press("ctrl+s", "enter")
        await at.follow(1)
        assert len(at.messages) == len(at.network.requests) == 1
        await at.follow(10)
        await at.follow(2)
        assert "✓ delivered" in at.text
        assert len(at.network.requests) == 1


async def test_a_person_may_repeat_an_unknown_one_under_its_own_key() -> None:
    async with desk(LOST) as at:
        await at.send()
        await at.press("R")
        assert "WhatsApp, and no other" in at.text
        await at.press("enter")
        first, second = at.network.requests
        assert first.idempotency_key == second.idempotency_key
        assert len(at.messages) == 1


async def test_a_network_that_is_down_keeps_what_was_written() -> None:
    async with desk(DOWN) as at:
        await at.send()
        assert at.screen.panel.stage is Stage.WRITING
        assert at.notice.endswith("Try again later. What you wrote is kept; ctrl+s sends it when that is mended.")
        assert "nothing was sent" in at.notice
        assert at.screen.panel.content == Content(TEXT)
        assert isinstance(at.app.screen.focused, TextArea)
        kept = at.repository.draft(at.contact.id)
        assert kept is not None
        assert kept.text == TEXT
        await at.press("ctrl+s")
        assert isinstance(at.app.screen, Confirm)


async def test_what_was_stopped_half_way_is_shown_and_not_offered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as at:
        sending = at.app.workspace.sending
        send = sending.send

        def interrupted(*args: Any, **kwargs: Any) -> Message:
            send(*args, **kwargs)
            raise DatabaseError("The disk is full", "The last state was not written.", "Make room.")

        monkeypatch.setattr(sending, "send", interrupted)
        await at.send()
        assert at.screen.panel.stage is Stage.SENT
        assert at.notice == "The disk is full. The last state was not written. Make room."
        await at.press("ctrl+s")
        assert len(at.messages) == 1


async def test_a_refusal_keeps_what_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as at:

        def refused(*args: Any, **kwargs: Any) -> Message:
            raise DatabaseError("The database is busy", "Somebody is writing.", "Try again in a moment.")

        monkeypatch.setattr(at.app.workspace.sending, "send", refused)
        await at.send()
        assert at.notice.startswith("The database is busy. Somebody is writing. Try again in a moment. What you wrote")
        assert at.screen.panel.content == Content(TEXT)
        kept = at.repository.draft(at.contact.id)
        assert kept is not None
        assert kept.text == TEXT


async def test_an_error_in_the_program_lets_the_panel_go(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as at:

        def broken(*args: Any, **kwargs: Any) -> Message:
            raise RuntimeError("boom")

        monkeypatch.setattr(at.app.workspace.sending, "send", broken)
        await at.send()
        assert at.notice.startswith("Something went wrong in sent-tui. Look at the messages of this contact")
        assert at.screen.panel.content == Content(TEXT)


async def test_leaving_while_it_goes_changes_nothing() -> None:
    async with desk() as at:
        at.network.open.clear()
        await at.send_held_up()
        await at.pilot.press("escape")
        await at.until(lambda: not isinstance(at.app.screen, SendScreen))
        at.network.open.set()
        await settle(at.pilot)
        assert len(at.messages) == 1
        assert at.repository.draft(at.contact.id) is None


async def test_leaving_before_a_failure_is_known_tells_it_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as at:
        go_on = threading.Event()

        def refused(*args: Any, **kwargs: Any) -> Message:
            assert go_on.wait(PATIENCE)
            raise DatabaseError("The database is busy", "Somebody is writing.", "Try again in a moment.")

        monkeypatch.setattr(at.app.workspace.sending, "send", refused)
        await at.send_held_up()
        await at.pilot.press("escape")
        await at.until(lambda: not isinstance(at.app.screen, SendScreen))
        go_on.set()
        await settle(at.pilot)
        (notice,) = at.app._notifications
        assert notice.title == "Nothing was sent"
        kept = at.repository.draft(at.contact.id)
        assert kept is not None
        assert kept.text == TEXT


async def test_the_panel_can_go_on_to_another_contact_while_it_sends() -> None:
    async with desk() as at:
        other = make_contact(READ, "Bo Lindqvist")
        at.repository.add([other])
        at.network.open.clear()
        await at.send_held_up()
        at.screen.host.show(other.id, focus=True)
        await at.until(lambda: at.screen.focused is at.screen.panel.composer.text)
        await at.pilot.press("H", "i", "ctrl+s")
        await at.until(lambda: at.notice == "Already sending.")
        at.network.open.set()
        await settle(at.pilot)
        assert "Sent to Ada Okafor." in at.text
        assert (at.screen.panel.stage, at.screen.panel.content) == (Stage.WRITING, Content("Hi"))
        await at.press("ctrl+s")
        assert "Send to Bo Lindqvist?" in at.text


async def test_a_failure_is_told_after_the_panel_went_on() -> None:
    async with desk(DOWN) as at:
        other = make_contact(READ, "Bo Lindqvist")
        at.repository.add([other])
        at.network.open.clear()
        await at.send_held_up()
        at.screen.host.show(other.id, focus=True)
        at.network.open.set()
        await settle(at.pilot)
        (notice,) = at.app._notifications
        assert notice.title == "Nothing was sent to Ada Okafor"
        at.screen.host.show(at.contact.id)
        await settle(at.pilot)
        assert at.screen.panel.content == Content(TEXT)


# Drafts


async def test_a_draft_survives_leaving_and_a_new_app() -> None:
    store = MemoryRepository()
    async with desk(repository=store) as at:
        await at.write(TEXT)
        await at.press("ctrl+r")
        await at.press("escape")
        assert not isinstance(at.app.screen, SendScreen)
        await at.open()
        assert at.screen.panel.content == Content(TEXT)
    async with desk(repository=store) as at:
        assert at.screen.panel.composer.composition == replace(
            at.screen.panel.composer.composition, text=TEXT, channel=Channel.WHATSAPP
        )
        await at.write(" Soon!")
        assert at.screen.panel.content == Content(f"{TEXT} Soon!")


async def test_a_filled_in_template_survives_too() -> None:
    store = MemoryRepository()
    async with desk(repository=store) as at:
        await at.choose_template("order_update")
        await at.write("Ada")
    async with desk(repository=store) as at:
        assert "Hello Ada, your order {{order}} is {{state}}." in at.words
        await at.write("A-17")
        assert at.screen.panel.content.variables == {"name": "Ada", "order": "A-17"}


async def test_the_last_letter_is_kept_when_the_app_ends() -> None:
    store = MemoryRepository()
    async with desk(repository=store) as at:
        await at.write(TEXT)
        at.app.post_message(events.Key("exclamation_mark", "!"))
        at.app.exit()
    kept = store.draft(at.contact.id)
    assert kept is not None
    assert kept.text == f"{TEXT}!"


async def test_a_draft_that_was_emptied_is_gone() -> None:
    async with desk() as at:
        await at.write(TEXT)
        assert at.repository.draft(at.contact.id) is not None
        await at.press("ctrl+u")
        assert at.repository.draft(at.contact.id) is None


async def test_a_draft_that_was_only_looked_at_is_not_written_again() -> None:
    async with desk(opened=False) as at:
        draft = Draft(at.contact.id, TEXT, updated_at=NOW - timedelta(days=1))
        at.repository.save_draft(draft)
        await at.open()
        await at.press("escape")
        assert at.repository.draft(at.contact.id) == draft


async def test_a_draft_that_cannot_be_kept_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as at:

        def full(draft: Draft) -> None:
            raise DatabaseError("The disk is full", "Nothing was written.", "Make room.")

        monkeypatch.setattr(at.screen.host._drafts, "_save", full)
        await at.write(TEXT)
        assert at.notice == "The draft is not kept. The disk is full. Nothing was written. Make room."
        monkeypatch.setattr(at.screen.host._drafts, "_save", at.repository.save_draft)
        await at.write("!")
        kept = at.repository.draft(at.contact.id)
        assert kept is not None
        assert kept.text == f"{TEXT}!"


async def test_each_contact_has_its_own_draft() -> None:
    async with desk() as at:
        other = make_contact(READ, "Bo Lindqvist")
        at.repository.add([other])
        await at.write(TEXT)
        await at.pilot.press("!")
        at.screen.host.show(other.id, focus=True)
        await settle(at.pilot)
        assert at.screen.panel.content == Content("")
        await at.write("Hi")
        at.screen.host.show(at.contact.id, focus=True)
        await settle(at.pilot)
        assert at.screen.panel.content == Content(f"{TEXT}!")
        assert {draft.contact_id: draft.text for draft in at.repository.drafts()} == {
            at.contact.id: f"{TEXT}!",
            other.id: "Hi",
        }


async def test_a_contact_that_was_deleted_meanwhile_is_told() -> None:
    async with desk() as at:
        await at.write(TEXT)
        await asyncio.to_thread(at.app.workspace.contacts.delete, [at.contact.id])
        await settle(at.pilot)
        await at.write("!")
        await at.press("ctrl+s")
        assert at.notice == "The contact was deleted. u brings it back."
        assert at.repository.drafts() == ()
        await asyncio.to_thread(at.app.workspace.contacts.undo)
        await settle(at.pilot)
        await at.write("?")
        await at.press("ctrl+s")
        assert isinstance(at.app.screen, Confirm)


async def test_a_contact_that_is_not_there_is_told() -> None:
    async with desk(opened=False) as at:
        at.repository.delete([at.contact.id])
        await at.open()
        await at.press("ctrl+s")
        assert at.notice == "There is no contact to send to."
        await at.press("escape")
        assert not isinstance(at.app.screen, SendScreen)


async def test_the_panel_beside_the_list_keeps_up_with_the_send_screen() -> None:
    async with desk(size=(160, 40), opened=False) as at:
        panel = at.app.screen_stack[0].query_one(SendPanel)
        assert panel.contact is not None
        await at.open()
        await at.write(TEXT)
        await at.press("escape")
        assert panel.content == Content(TEXT)
        await at.open()
        await at.press("ctrl+s")
        await at.press("enter")
        await at.press("escape")
        assert panel.content == Content("")
        assert panel.stage is Stage.WRITING
        assert len(at.messages) == 1


async def test_what_another_program_keeps_takes_no_text_away() -> None:
    async with desk() as at:
        await at.write(TEXT)
        await asyncio.to_thread(at.repository.save_draft, Draft(at.contact.id, "theirs", updated_at=NOW))
        await settle(at.pilot)
        await at.press("ctrl+s")
        await at.press("escape")
        assert at.screen.panel.content == Content(TEXT)
        await at.write("!")
        kept = at.repository.draft(at.contact.id)
        assert kept is not None
        assert kept.text == f"{TEXT}!"


class Paper:
    """Where drafts are written, one letter at a time."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.at_once = 0
        self.most = 0
        self.go_on = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)

    def save(self, draft: Draft) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.begun.release()
        assert self.go_on.acquire(timeout=PATIENCE)
        self.at_once -= 1
        self.written.append(draft.text)


async def test_drafts_are_written_one_at_a_time_and_the_newest_wins() -> None:
    paper = Paper()
    keeper = DraftKeeper(paper.save)
    assert keeper.put(Draft("a", "1"))
    first = asyncio.create_task(asyncio.to_thread(keeper.drain))
    assert await asyncio.to_thread(paper.begun.acquire, True, PATIENCE)
    assert not keeper.put(Draft("a", "2"))
    assert not keeper.put(Draft("a", "3"))
    assert not keeper.put(Draft("b", "other"))
    second = asyncio.create_task(asyncio.to_thread(keeper.drain))
    waiting = keeper.waiting("a")
    assert waiting is not None
    assert waiting.text == "3"
    paper.go_on.release(9)
    await asyncio.gather(first, second)
    assert (paper.written, paper.most) == (["1", "3", "other"], 1)
    assert keeper.waiting("a") is None
    assert keeper.put(Draft("a", "4"))


def test_a_draft_that_failed_is_written_with_the_next_one() -> None:
    failing = True
    written: list[str] = []

    def save(draft: Draft) -> None:
        if failing:
            raise DatabaseError("The disk is full")
        written.append(draft.text)

    keeper = DraftKeeper(save)
    assert keeper.put(Draft("a", "1"))
    with pytest.raises(SentTuiError):
        keeper.drain()
    failing = False
    assert keeper.put(Draft("b", "2"))
    keeper.drain()
    assert written == ["1", "2"]


async def test_a_draft_that_failed_is_not_written_after_its_message_went(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as at:

        def busy(draft: Draft) -> None:
            raise DatabaseError("The database is busy")

        monkeypatch.setattr(at.screen.host._drafts, "_save", busy)
        await at.send()
        monkeypatch.setattr(at.screen.host._drafts, "_save", at.repository.save_draft)
        await at.press("escape")
        assert len(at.messages) == 1
        assert at.repository.draft(at.contact.id) is None


# How it looks


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE, (100, 30), (46, 40)])
async def test_everything_has_its_place_at_every_size(size: tuple[int, int]) -> None:
    async with desk(size=size, extension="12") as at:
        await at.write("it’s here, with a rather long text so that more than one line is taken by it")
        panel = at.screen.panel
        for part, rows in ((panel.composer.text, 3), (panel.composer._segments, 1), (panel.outlook, 3)):
            assert panel.region.contains_region(part.region)
            assert part.region.height >= rows
        assert panel.has_class("-columns") == (size[0] >= 100)
        beside = panel.outlook.region.x > panel.composer.text.region.x + 9
        assert beside == (size[0] >= 100)
        assert "Ada Okafor" in at.text
        assert "ctrl+s send" in at.text
        await at.press("ctrl+s")
        await at.press("enter")
        await at.follow(2)
        assert "✓ delivered" in at.text
        assert "n new message" in at.text


async def test_what_went_wrong_is_seen_in_the_least_room() -> None:
    async with desk(DOWN, size=NARROW) as at:
        await at.send()
        assert "What you wrote is kept; ctrl+s sends it when that is mended." in at.words


async def test_room_that_grows_is_used() -> None:
    async with desk(size=NARROW) as at:
        await at.pilot.resize_terminal(*WIDE)
        await settle(at.pilot)
        assert at.screen.panel.has_class("-columns")
        await at.pilot.resize_terminal(1, 1)
        await settle(at.pilot)
        await at.pilot.resize_terminal(*NORMAL)
        await settle(at.pilot)
        assert "To       Ada Okafor" in at.text


async def test_foreign_text_does_no_harm() -> None:
    async with desk(opened=False) as at:
        contacts = at.app.workspace.contacts
        for payload in ONE_OF_EACH_KIND:
            contacts.edit(at.contact.id, name=payload[:5_000] or "x")
            await at.open()
            await write_and_send(at, payload)
            while len(at.app.screen_stack) > 1:
                await at.app.pop_screen()
            await settle(at.pilot)
            at.repository.discard_draft(at.contact.id)


async def write_and_send(at: Desk, payload: str) -> None:
    await at.write(payload)
    panel = at.screen.panel
    assert panel.content.text == clean(payload, TEXT_LIMIT, lines=True)
    assert_harmless(at.app)
    panel.use_template("welcome")
    await settle(at.pilot)
    await at.write(payload)
    assert_harmless(at.app)
    panel.action_send_now()
    await settle(at.pilot)
    assert_harmless(at.app)
    if isinstance(at.app.screen, Confirm):
        await at.press("y")
        await at.follow(2)
        assert_harmless(at.app)


async def test_a_hostile_draft_and_error_are_shown_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk(opened=False) as at:
        at.repository.save_draft(Draft(at.contact.id, f"{CLICK} [/]", template=None))
        await at.open()
        assert f"{CLICK} [/]" in at.text

        def refused(*args: Any, **kwargs: Any) -> Message:
            raise DatabaseError(f"{CLICK}", "x[/foo]y\x1b[2J")

        monkeypatch.setattr(at.app.workspace.sending, "send", refused)
        await at.press("ctrl+s")
        await at.press("enter")
        assert display(f"{CLICK}. x[/foo]y\x1b[2J") in at.words
        assert_harmless(at.app)

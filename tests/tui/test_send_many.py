"""One message to the marked contacts: written as to one, looked at for the first of them, at once or at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from sent_tui.core.bulk import BulkSend
from sent_tui.core.channel import Channel
from sent_tui.core.message import MessageStatus
from sent_tui.store.memory import MemoryRepository
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.asking import AskLine
from sent_tui.tui.screens.bulk_run import BulkRun
from sent_tui.tui.screens.dialogs import Confirm
from sent_tui.tui.screens.send_many import SendMany
from tests.factories import contact
from tests.hostile.payloads import PAYLOADS, unsafe_characters
from tests.hostile.rendering import click_actions, rendered
from tests.tui.harness import NARROW, NORMAL, NOW, WIDE, make_app, make_contact, press, screen_text
from tests.tui.test_contacts import home, people

WRITE = ("space", "space", "s")
"""Marks two contacts and writes to them."""


def one_line(app: SentApp) -> str:
    return " ".join(screen_text(app).replace("│", " ").split())


def writing(app: SentApp) -> SendMany:
    assert isinstance(app.screen, SendMany)
    return app.screen


def bulk_send(app: SentApp) -> BulkSend:
    [bulk] = app.workspace.repository.bulk_sends()
    return bulk


def template(name: str, app: SentApp) -> Sequence[str]:
    """Return the keys that choose a template."""
    names = [known.name for known in app.workspace.sending.templates()]
    return ("ctrl+o", *["down"] * (names.index(name) + 1), "enter")


@pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE])
async def test_who_gets_it_what_they_read_and_what_is_expected_is_seen(size: tuple[int, int]) -> None:
    app = make_app(people())
    async with app.run_test(size=size) as pilot:
        await press(pilot, *WRITE, *"Hello all")
        shown = one_line(app)
        assert "To 2 contacts: Ada Okafor, Bo Lindqvist" in shown
        assert "GSM-7 · 9 of 160 · 1 segment" in shown
        assert "For Ada Okafor" in shown
        forecast = writing(app).panel.forecast
        assert forecast is not None
        assert (forecast.contacts, forecast.is_whole) == (2, True)


async def test_a_template_has_the_name_of_each_contact() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, *template("order_update", app))
        assert writing(app).panel.variables == {"name": "{name}"}
        assert "Hello Ada Okafor, your order {{order}} is {{state}}." in one_line(app)
        await press(pilot, "ctrl+s")
        assert "Not filled in: order, state." in one_line(app)
        assert isinstance(app.screen, SendMany)
        await press(pilot, *"7001", "enter", *"ready", "ctrl+s", "y")
        assert isinstance(app.screen, BulkRun)
        texts = {message.content.text for message in app.workspace.repository.of_bulk_send(bulk_send(app).id)}
        assert len(texts) == 2
        assert "Hello Ada Okafor, your order 7001 is ready. We will write again when that changes." in texts


async def test_who_has_no_name_to_fill_in_is_counted() -> None:
    app = make_app([make_contact("+14155550100", "Ada"), make_contact("+14155550106")])
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, *template("welcome", app))
        assert "Nothing goes to 1: 1 have no name to fill in" in one_line(app)


async def test_a_text_has_the_name_of_each_contact() -> None:
    app = make_app([make_contact("+14155550100", "Ada"), make_contact("+14155550106", "Łucja Nowak")])
    async with app.run_test(size=(90, 40)) as pilot:
        await press(pilot, *WRITE)
        writing(app).panel.composer.text.load_text("Hi {first_name}, bring {it}. " + "x" * 120)
        await press(pilot)
        assert "Hi Ada, bring {it}." in one_line(app)
        assert "{it} is sent as written." in one_line(app)
        assert "The longest SMS takes 3 segments UCS-2, for Łucja Nowak" in one_line(app)
        await press(pilot, "ctrl+s", "y")
        found = {message.content.text[:9] for message in app.workspace.repository.of_bulk_send(bulk_send(app).id)}
        assert found == {"Hi Ada, b", "Hi Łucja,"}


async def test_it_can_be_scheduled() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, *"Later", "ctrl+l")
        assert "Send to 2 contacts later" in one_line(app)
        await press(pilot, *"in 2 h", "enter")
        assert isinstance(app.screen, Confirm)
        assert "When" in one_line(app)
        await press(pilot, "y")
        assert isinstance(app.screen, BulkRun)
        assert "2 messages · begins " in one_line(app)
        assert bulk_send(app).send_at == NOW + timedelta(hours=2)
        assert "2 messages from" in screen_text(app)


async def test_no_time_sends_nothing() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, *"Later", "ctrl+l", "escape")
        assert "Nothing was sent." in one_line(app)
        assert writing(app).panel.composer.text.text == "Later"
        assert not app.workspace.repository.bulk_sends()


async def test_a_channel_is_chosen_for_all() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, *"By SMS", "ctrl+r", "ctrl+r", "ctrl+s")
        assert "Channel SMS, and no other" in one_line(app)
        await press(pilot, "y")
        found = list(app.workspace.repository.of_bulk_send(bulk_send(app).id))
        assert {message.pinned for message in found} == {Channel.SMS}


async def test_what_is_written_stays_until_it_is_sent() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, *"Hello", "escape")
        assert home(app).is_current
        await press(pilot, "s", *" all", "ctrl+s", "n")
        assert "Nothing was sent." in one_line(app)
        assert writing(app).panel.composer.text.text == "Hello all"
        await press(pilot, "ctrl+s", "y", "escape")
        assert home(app).is_current
        await press(pilot, "s")
        assert writing(app).panel.composer.text.text == ""


async def test_what_is_written_outlives_the_app() -> None:
    repository = MemoryRepository()
    app = make_app(people(), repository=repository)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, *"Hello", "ctrl+r", "ctrl+l", *"in 2 h", "enter", "n")
        assert isinstance(app.screen, SendMany)
    app = make_app(repository=repository)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE)
        panel = writing(app).panel
        assert (panel.composer.text.text, panel.channel) == ("Hello", Channel.WHATSAPP)
        await press(pilot, "ctrl+l")
        at = NOW + timedelta(hours=2)
        assert f"{at.astimezone():%Y-%m-%d %H:%M}" in one_line(app)
        await press(pilot, "enter", "y")
        assert bulk_send(app).send_at == at
        assert not repository.drafts()


async def test_a_template_with_its_variables_outlives_the_app() -> None:
    repository = MemoryRepository()
    app = make_app(people(), repository=repository)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, *template("order_update", app), *"7001", "escape")
    app = make_app(repository=repository)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE)
        assert writing(app).panel.variables == {"name": "{name}", "order": "7001"}


async def test_a_draft_is_found_among_the_bulk_sends_and_sent() -> None:
    repository = MemoryRepository()
    app = make_app(people(), repository=repository)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, *"Hello")
    app = make_app(repository=repository)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "B")
        assert "to 2 contacts draft written just now" in one_line(app)
        assert "“Hello”" in one_line(app)
        await press(pilot, "enter", *" all", "ctrl+s", "y")
        assert isinstance(app.screen, BulkRun)
        assert (bulk_send(app).text, bulk_send(app).total) == ("Hello all", 2)
        assert not repository.drafts()


async def test_what_is_written_goes_on_to_other_contacts() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, *"Hello", "escape", "space", "s")
        assert writing(app).panel.composer.text.text == "Hello"
        await press(pilot, *" all", "escape")
        [found] = app.workspace.drafts_to_many.all()
        assert (found.draft.text, len(found.recipients)) == ("Hello all", 3)


async def test_nothing_is_kept_of_what_was_emptied() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, *"Hi", "backspace", "backspace", "escape")
        assert not app.workspace.repository.drafts()


async def test_nothing_and_too_much_are_not_sent() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, *WRITE, "ctrl+s")
        assert "There is nothing to send: the message is empty." in one_line(app)
        writing(app).panel.composer.text.load_text("x" * 1601)
        await press(pilot, "ctrl+s")
        assert "Too long by 1" in one_line(app)


async def test_for_more_than_fifty_their_number_has_to_be_typed() -> None:
    app = make_app([contact(place, name=f"Person {place:03}") for place in range(60)])
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "plus", "s", *"Hello", "ctrl+s")
        assert isinstance(app.screen, AskLine)
        assert "Type 60 to send." in screen_text(app)
        await press(pilot, *"60", "enter")
        assert bulk_send(app).total == 60


async def test_who_opted_out_gets_nothing_and_is_counted() -> None:
    app = make_app(people())
    async with app.run_test(size=WIDE) as pilot:
        app.workspace.contacts.opt_out(people()[1].id, by="tester")
        await press(pilot, *WRITE, *"Hello")
        assert "Nothing goes to 1: 1 opted out" in one_line(app)
        await press(pilot, "ctrl+s", "y")
        found = [message.status for message in app.workspace.repository.of_bulk_send(bulk_send(app).id)]
        assert found.count(MessageStatus.FILTERED) == 1


async def test_foreign_text_stays_text() -> None:
    app = make_app([make_contact(f"+1415555{100 + at:04}", name) for at, name in enumerate(PAYLOADS.values())])
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "plus", "s")
        for payload in list(PAYLOADS.values())[::4]:
            writing(app).panel.composer.text.load_text(payload)
            await press(pilot)
            assert not click_actions(app)
            assert not unsafe_characters(rendered(app))

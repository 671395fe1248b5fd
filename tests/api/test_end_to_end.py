"""The command line and the app with the API as their network: nothing is lost or doubled, whoever starts anew."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sent_dm
from click.testing import CliRunner

from sent_tui.api.message_data import wire_status
from sent_tui.cli.root import root
from sent_tui.core.message import REACHED, Message
from sent_tui.core.secret import Secret
from sent_tui.gateways.sent import SentGateway
from sent_tui.gateways.sent_address import read_address
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.contacts import NewContact
from sent_tui.services.workspace import assemble, utc_now
from sent_tui.store.tinydb import TinyDBRepository
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.send import SendScreen
from tests.api.serving import Served, held_port, served
from tests.tui.harness import NORMAL, paste, press, screen_text, settle, until

ADA, BO, CLEO = "+14155550100", "+14155550101", "+14155550117"
"""Numbers of the simulator at which messages arrive."""


class Line:
    """A command line on a database of its own, which has the server for its network."""

    def __call__(self, *args: str) -> tuple[int, list[Any], str]:
        """Run a command; return its exit code, the JSON objects that it printed, and what it said."""
        ran = CliRunner().invoke(root, ["--gateway", "sent", *args, "--json"], prog_name="sent-tui")
        if ran.exception is not None and not isinstance(ran.exception, SystemExit):
            raise ran.exception
        return ran.exit_code, [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr

    def done(self, *args: str) -> Any:
        """Run a command that has to succeed, and return the first object."""
        code, printed, said = self(*args)
        assert code == 0, said
        return printed[0]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    for name in ("SENT_CUSTOM_HEADERS", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setenv("SENT_TUI_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").touch()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SENT_TUI_DB", str(tmp_path / "client.db"))
    return Line()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Return what runs a server: each time at the same place, with the same key."""
    with held_port() as held:
        port = held.getsockname()[1]

        def run(key: str = "") -> Any:
            return served(tmp_path / "server.db", port=port, key=key)

        with run() as first:
            monkeypatch.setenv("SENT_BASE_URL", first.url)
            monkeypatch.setenv("SENT_DM_API_KEY", first.key)
        yield partial(run, first.key)


def at_the_server(api: Served, number: str) -> list[Message]:
    found = api.workspace.repository.find(number)
    return [] if found is None else list(api.workspace.repository.messages(contact_id=found.id))


def check_once(api: Served, count: int) -> None:
    """Check that the server has so many messages, and handed each step of each over once."""
    messages = [message for message in api.workspace.repository.messages() if not message.is_inbound]
    keys = [attempt.idempotency_key for message in messages for attempt in message.attempts]
    assert len(messages) == count
    assert len(set(keys)) == len(keys)
    assert all(message.attempts for message in messages)


def test_the_command_line(line: Line, server: Callable[..., Any]) -> None:
    with server() as api:
        assert line.done("account", "test")["name"] == "sent-tui on the simulator"
        with sent_dm.Sent(api_key=api.key, base_url=api.url) as sdk:
            for number in (ADA, BO):
                sdk.contacts.create(phone_number=number)
        assert line.done("sync", "--pull-only")["new"] == 2
        listed = line.done("contacts", "list")
        assert {listed["format_e164"]} <= {ADA, BO}
        sent = line.done("send", ADA, "--text", "First", "--live", "--wait")
        assert sent["status"] in {"DELIVERED", "READ"}
        line.done("contacts", "opt-out", BO)
        line.done("sync", "--push-only", "--live")
        there = api.workspace.repository.find(BO)
        assert there is not None
        assert there.opt_out
        code, printed, _ = line("send", ADA, "--text", "Second", "--live")
        assert (code, printed[0]["status"]) == (0, "QUEUED")
    code, printed, _ = line("send", ADA, "--text", "Nobody listens", "--live")
    assert (code, printed[0]["error"]["code"]) == (5, "unreachable")
    with server() as api:
        followed = line.done("messages", "follow", "--live")
        assert followed["status"] in {"DELIVERED", "READ"}
        assert line.done("send", ADA, "--text", "Third", "--live", "--wait")["status"] in {"DELIVERED", "READ"}
        assert line.done("sync", "--history", ADA)
        assert [message.content.text for message in reversed(at_the_server(api, ADA))] == ["First", "Second", "Third"]
        assert len(line("messages", "list")[1]) == 3
        check_once(api, 3)


async def test_the_app(tmp_path: Path, server: Callable[..., Any]) -> None:
    def opened(api: Served) -> tuple[SentApp, SentGateway]:
        gateway = SentGateway(utc_now, lambda: Secret(api.key), lambda: read_address(api.url))
        workspace = assemble(TinyDBRepository(tmp_path / "client.db"), gateway, user="ada")
        return SentApp(workspace), gateway

    with server() as api:
        app, gateway = opened(api)
        async with app.run_test(size=NORMAL) as pilot:
            await until(pilot, lambda: "sent-tui on the simulator" in app.status)
            contact = app.workspace.contacts.create(NewContact(CLEO)).contact
            await press(pilot, "L", "y")
            assert gateway.is_armed
            app.push_screen(SendScreen(app.session, contact.id))
            await settle(pilot)
            await paste(pilot, "From the app")
            await press(pilot, "ctrl+s", "enter")
            await until(pilot, lambda: at_the_server(api, CLEO))
        gateway.close()
    with server() as api:
        app, gateway = opened(api)
        async with app.run_test(size=NORMAL) as pilot:
            repository = app.workspace.repository
            await until(pilot, lambda: [each.status for each in repository.messages()] in (["DELIVERED"], ["READ"]))
            await until(pilot, lambda: "555-0117" in screen_text(app))
        gateway.close()
        (there,) = at_the_server(api, CLEO)
        assert wire_status(there) in {"DELIVERED", "READ"}
        check_once(api, 1)


async def test_an_app_that_is_open_on_the_same_database(tmp_path: Path) -> None:
    with served(tmp_path / "contacts.db") as api:
        workspace = assemble(TinyDBRepository(tmp_path / "contacts.db"), Simulator(utc_now, pace=0), user="ada")
        app = SentApp(workspace)
        async with (
            app.run_test(size=NORMAL) as pilot,
            sent_dm.AsyncSent(api_key=api.key, base_url=api.url) as sdk,
        ):
            await sdk.contacts.create(phone_number=ADA)
            await until(pilot, lambda: "555-0100" in screen_text(app))
            made = workspace.contacts.create(NewContact(BO)).contact
            assert [each.id async for each in sdk.contacts.list(phone=BO)] == [made.id]
            await sdk.contacts.update(made.id, opt_out=True)
            await until(pilot, lambda: workspace.repository.get(made.id).opt_out)
            await sdk.messages.send(to=[ADA], text="Hello")
            await until(pilot, lambda: {each.status for each in workspace.repository.messages()} & REACHED)
        workspace.close()
        check_once(api, 1)

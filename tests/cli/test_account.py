"""The key of an account, and sending with it from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from fault_campaign.sent_server import KEY, Fault, SentServer
from sent_tui import paths
from sent_tui.cli import account
from sent_tui.cli.root import root
from tests.cli.conftest import Cli, Ran

SEND = ("send", "+14155550100", "--template", "hours", "--gateway", "sent")


def run(*args: str, stdin: str | bytes | None = None) -> Ran:
    result = CliRunner().invoke(root, args, input=stdin, prog_name="sent-tui")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert KEY not in result.output
    return Ran(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SentServer]:
    server = SentServer(lambda: datetime.now(UTC))
    monkeypatch.setenv("SENT_BASE_URL", server.url)
    monkeypatch.setenv("SENT_DM_API_KEY", KEY)
    yield server
    server.close()


def test_a_key_is_set_from_standard_input_shown_and_cleared() -> None:
    told = run("account", "set", "--json", stdin=f"{KEY}\n")
    assert (told.code, told.json) == (0, {"key": "••••cdef", "kept_in": str(paths.key_file())})
    assert paths.key_file().read_text() == f"{KEY}\n"
    shown = run("account", "show", "--json")
    assert shown.json == {"key": "••••cdef", "source": f"file {paths.key_file()}", "stored": True}
    assert "••••cdef" in run("account", "show").out
    assert run("account", "clear", "--json").json == {"removed_from": [str(paths.key_file())]}
    assert not paths.key_file().exists()
    assert "No key was stored." in run("account", "clear").err
    assert run("account", "show").code == 3


def test_a_key_is_asked_for_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    def prompt(text: str, **options: object) -> str:
        asked.update(options)
        return KEY

    monkeypatch.setattr(account, "_is_terminal", lambda: True)
    monkeypatch.setattr(click, "prompt", prompt)
    assert run("account", "set", "--file").code == 0
    assert asked == {"hide_input": True, "err": True}
    assert paths.key_file().read_text() == f"{KEY}\n"


@pytest.mark.parametrize("stdin", ["", "two words\n", b"\xff" * 30, "x" * 5000])
def test_what_is_no_key_is_neither_kept_nor_repeated(stdin: str | bytes) -> None:
    ran = run("account", "set", stdin=stdin)
    assert ran.code == 2
    assert "two words" not in ran.err
    assert not paths.key_file().exists()


def test_a_closed_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def closed() -> Iterator[None]:
        monkeypatch.setattr(sys, "stdin", None)
        yield

    with closed(), pytest.raises(Exception, match="no standard input"):
        account._from_stdin()


def test_the_key_is_no_argument() -> None:
    assert run("account", "set", "sk_test_fictional_other").code == 2


def test_a_key_of_the_environment_goes_before_and_stays(server: SentServer) -> None:
    told = run("account", "set", stdin="sk_test_fictional_another_one\n")
    assert "not in force: the environment variable SENT_DM_API_KEY" in told.err
    assert "Still in force: the environment variable SENT_DM_API_KEY." in run("account", "clear").err
    assert run("account", "show", "--json").json["stored"] is False


def test_the_account_is_asked_for(server: SentServer) -> None:
    told = run("account", "test", "--json").json
    assert (told["name"], told["type"]) == ("Lantern Supply", "organization")
    assert {"channel": "sms", "configured": True, "sender": "+14155550190"} in told["channels"]
    assert {"channel": "rcs", "configured": False, "sender": ""} in told["channels"]
    lines = run("account", "test").out.splitlines()
    assert lines[0].split() == ["Account", "Lantern", "Supply"]
    assert any(line.split() == ["carrier_pigeon", "set", "up"] for line in lines)


@pytest.mark.parametrize(
    ("key", "url", "code", "words"),
    [
        ("", "", 2, "There is no key for Sent"),
        ("sk_test_fictional_wrong", "", 2, "does not accept the key"),
        (KEY, "https://example.com", 2, "goes to no other address"),
    ],
)
def test_an_account_that_cannot_be_asked(
    server: SentServer, monkeypatch: pytest.MonkeyPatch, key: str, url: str, code: int, words: str
) -> None:
    monkeypatch.setenv("SENT_DM_API_KEY", key)
    monkeypatch.setenv("SENT_BASE_URL", url or server.url)
    ran = run("account", "test")
    assert (ran.code, words in ran.err) == (code, True)


def test_without_live_nothing_is_sent_and_it_says_so(server: SentServer) -> None:
    ran = run(*SEND, "--json")
    assert ran.code == 1
    assert ran.json["status"] == "BLOCKED"
    assert account.SANDBOX in ran.err
    assert "sent nothing" in ran.err
    assert (server.world.taken, server.world.sandboxed) == ([], 1)


def test_with_live_it_is_sent_and_the_account_is_named(server: SentServer) -> None:
    ran = run(*SEND, "--live", "--json")
    assert (ran.code, ran.json["status"]) == (0, "QUEUED")
    assert "Live: this goes out from Lantern Supply." in ran.err
    assert [message.template for message in server.world.taken] == ["hours"]


def test_what_was_checked_is_sent_for_real_by_retrying(server: SentServer) -> None:
    checked = run(*SEND, "--json").json
    again = run("messages", "retry", checked["id"], "--live", "--gateway", "sent", "--json")
    assert (again.code, len(server.world.taken)) == (0, 1)


def test_messages_are_followed_to_their_end(server: SentServer) -> None:
    run(*SEND, "--live", "--json")
    told = run("messages", "follow", "--live", "--gateway", "sent", "--json")
    assert "Live: this goes out from Lantern Supply." in told.err
    assert (told.code, [line["status"] for line in told.lines]) == (0, ["DELIVERED"])


def test_an_account_that_cannot_be_told_sends_nothing(server: SentServer) -> None:
    server.world.faults = lambda heard: Fault.FAULT_BEFORE if heard.path == "/v3/me" else None
    assert run(*SEND, "--live").code == 5
    assert server.world.posts == []


def test_the_simulator_sends_nothing_live(cli: Cli) -> None:
    ran = cli("send", "+14155550100", "--text", "Hello", "--live")
    assert (ran.code, "--gateway sent" in ran.err) == (2, True)
    assert list(cli.repository.messages()) == []


def test_a_paid_lookup_is_made_for_named_contacts_alone(server: SentServer) -> None:
    sent = ("--gateway", "sent")
    run("contacts", "add", "+14155550100", *sent)
    assert run("contacts", "check", "--all", "--paid-lookup", *sent).code == 2
    assert not any("lookup" in heard.path for heard in server.world.heard)
    told = run("contacts", "check", "+14155550100", "--paid-lookup", "--json", *sent).json
    (sms,) = [each for each in told["channels"] if each["channel"] == "sms"]
    assert sms["evidence"] == "mobile of Harbour Mobile (paid lookup)"


def test_the_simulator_has_no_paid_lookup(cli: Cli) -> None:
    cli.done("contacts", "add", "+14155550100")
    assert cli("contacts", "check", "+14155550100", "--paid-lookup").code == 2


def test_templates_come_from_sent(server: SentServer) -> None:
    lines = run("templates", "--gateway", "sent", "--json").lines
    assert [line["name"] for line in lines] == ["welcome", "welcome#t-2", "hours"]


def test_doctor_says_where_the_key_is_from(server: SentServer, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run("doctor", "--gateway", "sent", "--json").json
    assert found["account"] == {
        "key": "••••cdef",
        "source": "environment variable SENT_DM_API_KEY",
        "address": server.url,
    }
    assert found["versions"]["sentdm"] == "0.46.0"
    monkeypatch.delenv("SENT_DM_API_KEY")
    assert run("doctor", "--gateway", "sent").code == 3
    assert run("doctor", "--json").json["account"] == {}


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.SILENT_AFTER])
@pytest.mark.parametrize("debug", ["", "1"])
def test_the_key_and_the_number_are_in_nothing_that_fails(
    server: SentServer, monkeypatch: pytest.MonkeyPatch, fault: Fault, debug: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("SENT_TUI_DEBUG", debug)
    server.world.faults = lambda heard: None if heard.path.startswith("/v3/templates") else fault
    run(*SEND)
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert KEY.encode() not in kept


def test_hostile_names_reach_the_terminal_tamed(server: SentServer) -> None:
    server.world.answers["/v3/me"] = {
        "success": True,
        "data": {"name": "\x1b]0;owned\x07 [/red] \u202e", "channels": 7},
    }
    for args in (("account", "test"), (*SEND, "--live")):
        ran = run(*args)
        assert "\x1b" not in ran.out + ran.err
        assert "\u202e" not in ran.out + ran.err
    told = run("account", "test", "--json")
    assert json.loads(told.out)["channels"] == []


def test_a_scheduled_message_says_what_it_waits_for(server: SentServer) -> None:
    ran = run(*SEND, "--in", "2h", "--json")
    assert (ran.code, account.LATER in ran.err) == (0, True)
    assert server.world.posts == []

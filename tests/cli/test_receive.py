"""`sent-tui messages receive`."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli, Make

STOP = ("--channel", "whatsapp", "--text", "Stop.", "--id", "wamid.HBgL")


def test_a_keyword_opts_out_once(cli: Cli, add: Make) -> None:
    number = add("+14155550100", "--name", "Ada")
    ran = cli.done("messages", "receive", number, *STOP)
    assert ran.out == "Received: wamid.HBgL\n"
    assert ran.err.startswith("It asks for messages to stop. ")
    assert cli.done("contacts", "show", number, "--json").json["opt_out"] is True
    assert cli("send", number, "--text", "Hello").code == 4
    assert cli.done("messages", "receive", number, *STOP).out == "Known already: wamid.HBgL\n"
    shown = cli.done("messages", "show", "wamid.HBgL").out
    assert "From     +14155550100" in shown
    assert "Status   received" in shown
    assert "Channel  WhatsApp" in shown
    assert "Status   received" in cli.done("messages", "show", "WAMID.hb").out
    assert "received  WhatsApp" in cli.done("messages", "list").out
    assert cli.done("messages", "follow", "wamid.HBgL").out == "wamid.HBgL  received on WhatsApp\n"


def test_a_number_that_was_merged_away_is_heard_as_that_of_the_contact_that_took_it_over(cli: Cli, add: Make) -> None:
    kept, other = add("+14155550100"), add("+14155550104")
    cli.done("contacts", "merge", kept, other)
    assert cli.done("messages", "receive", other, *STOP).err.startswith("It asks for messages to stop. ")
    assert cli.done("contacts", "show", kept, "--json").json["opt_out"] is True
    assert f"From     {other}" in cli.done("messages", "show", "wamid.HBgL").out
    assert [event.kind for event in cli.repository.consent_history(other)] == ["opt_out"]
    assert cli("messages", "receive", "+14155550163", *STOP).code == 3


def test_a_message_as_json(cli: Cli, add: Make) -> None:
    ran = cli(
        "messages",
        "receive",
        add(),
        *("--channel", "sms", "--text", "-", "--at", "2026-03-02T13:30:00+02:00", "--json"),
        stdin="Where is\nmy parcel?\n",
    )
    found = ran.json
    assert (found["status"], found["channel"], found["text"]) == ("RECEIVED", "sms", "Where is\nmy parcel?")
    assert (found["keyword"], found["opt_out"], found["created"]) == (None, False, True)
    contact = cli.done("contacts", "show", "+14155550100", "--json").json
    assert {status["channel"]: status["last_inbound_at"] for status in contact["channels"]}["sms"].startswith("2026")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--text", "Hello"), 2),
        (("--channel", "sms"), 2),
        (("--channel", "email", "--text", "Hello"), 2),
        (("--channel", "sms", "--text", "Hello", "--id", " "), 2),
        (("--channel", "sms", "--text", "Hello", "--at", "yesterday"), 2),
        (("--channel", "sms", "--text", "Hello", "--at", "2026-03-02T12:00:00"), 2),
    ],
)
def test_what_makes_no_sense_is_refused(cli: Cli, add: Make, options: tuple[str, ...], code: int) -> None:
    ran = cli("messages", "receive", add(), *options)
    assert (ran.code, ran.out) == (code, "")
    assert not cli.repository.messages()


def test_only_contacts_are_known(cli: Cli) -> None:
    assert cli("messages", "receive", "+14155550100", *STOP).code == 3


def test_hostile_text_is_shown_and_not_obeyed(cli: Cli, add: Make) -> None:
    number = add()
    cli.done("messages", "receive", number, "--channel", "sms", "--text", "\x1b[31mSTOP\u202e", "--id", "in\x1b[1-1")
    shown = cli.done("messages", "list").out + cli.done("contacts", "show", number).out
    assert "\x1b" not in shown
    assert "\u202e" not in shown

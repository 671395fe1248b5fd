"""`sent-tui send` and `templates`."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.cli.conftest import Cli, Make


def send(cli: Cli, number: str, *options: str) -> tuple[int, str, str]:
    ran = cli("send", number, "--text", "Hello", *options)
    return ran.code, ran.out, ran.err


def test_a_message_is_handed_over(cli: Cli, add: Make) -> None:
    code, out, err = send(cli, add("+14155550100"))
    assert code == 0
    message_id, status = out.split(maxsplit=1)
    assert status == "queued on WhatsApp\n"
    assert err == f"It is under way; follow it with `sent-tui messages follow {message_id}`.\n"


def test_a_number_becomes_a_contact_first(cli: Cli) -> None:
    code, _, err = send(cli, "(415) 555-0100", "--region", "US")
    assert code == 0
    assert err.startswith("Added: +1 415-555-0100  WhatsApp available")
    assert cli.done("contacts", "list", "--count").out == "1\n"


def test_waiting_tells_each_change_and_falls_back(cli: Cli, add: Make) -> None:
    code, out, err = send(cli, add("+14155550102"), "--wait")
    assert code == 0
    assert out.endswith("  delivered on SMS\n")
    told = err.splitlines()
    assert "WhatsApp failed: not registered on this channel; SMS goes next" in told
    assert told[-1] == "SMS delivered"
    assert len(told) == len(set(told))


@pytest.mark.parametrize(
    ("number", "code", "status"),
    [
        ("+14155550100", 0, "delivered"),
        ("+14155550101", 0, "delivered"),
        ("+14155550104", 1, "failed"),
        ("+14155550105", 1, "failed"),
        ("+14155550108", 4, "filtered"),
        ("+14155550110", 1, "blocked"),
        ("+14155550113", 5, "failed"),
        ("+14155550114", 0, "delivered"),
        ("+14155550115", 5, "failed"),
        ("+14155550118", 1, "sent"),
        ("+14155550119", 0, "delivered"),
    ],
)
def test_how_a_message_ended_is_the_exit_code(cli: Cli, add: Make, number: str, code: int, status: str) -> None:
    ended, out, _ = send(cli, add(number), "--wait")
    assert ended == code
    found = out.split()[1]
    assert found == status or {found, status} == {"read", "delivered"}


def test_a_status_that_no_client_knows_is_told_as_it_came(cli: Cli, add: Make) -> None:
    assert "PARKED" in send(cli, add("+14155550119"), "--wait")[2]


def test_an_unknown_outcome_is_not_sent_again(cli: Cli, add: Make) -> None:
    code, out, err = send(cli, add("+14155550114"))
    assert code == 1
    assert "outcome unknown on WhatsApp" in out
    assert "under way" in err
    assert "asked after, and not sent again" in send(cli, "+14155550114", "--wait")[2]


def test_without_waiting_a_refused_step_leads_to_the_next(cli: Cli, add: Make) -> None:
    code, out, err = send(cli, add("+14155550115"))
    assert (code, out.split()[1:]) == (5, ["failed", "on", "SMS"])
    assert err == ""


def test_nobody_is_sent_what_they_refused(cli: Cli, add: Make) -> None:
    cli.done("contacts", "opt-out", add("+14155550100"))
    code, out, err = send(cli, "+14155550100")
    assert (code, out) == (4, "")
    assert "opted out" in err
    [held] = cli.repository.messages()
    assert "filtered" in cli.done("messages", "list").out
    assert "the person has opted out (CONSENT_001)" in cli.done("messages", "show", held.id).out
    assert cli.done("messages", "show", held.id, "--json").json["reason_code"] == "CONSENT_001"
    assert "    the person has opted out\n" in cli.done("contacts", "show", "+14155550100").out


def test_a_dry_run_to_somebody_who_opted_out_keeps_nothing(cli: Cli, add: Make) -> None:
    cli.done("contacts", "opt-out", add("+14155550100"))
    assert cli.done("send", "+14155550100", "--text", "Hello", "--dry-run", "--json").json["steps"] == []
    assert not cli.repository.messages()


def test_a_message_as_json(cli: Cli, add: Make) -> None:
    code, out, _ = send(cli, add("+14155550102"), "--wait", "--json")
    ran = cli.done("messages", "list", "--json").json
    assert code == 0
    assert f'"id": "{ran["id"]}"' in out
    found = cli.done("messages", "show", ran["id"], "--json").json
    assert found["status"] == "DELIVERED"
    assert [attempt["channel"] for attempt in found["attempts"]] == ["whatsapp", "sms"]
    assert found["events"][-1]["status"] == "DELIVERED"


def test_a_pinned_channel(cli: Cli, add: Make) -> None:
    found = cli.done("send", add("+14155550100"), "--text", "Hello", "--channel", "sms", "--json").json
    assert found["route"] == ["sms"]


def test_a_template(cli: Cli, add: Make) -> None:
    found = cli.done("send", add(), "--template", "welcome", "--set", "name=Ada=Bea", "--json").json
    assert found["template"] == "welcome"
    assert "Hello Ada=Bea, welcome" in found["text"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 2),
        (["--text", "a", "--template", "welcome"], 2),
        (["--text", "a", "--set", "name=Ada"], 2),
        (["--text", " "], 2),
        (["--text", "a" * 1601], 2),
        (["--text", "a", "--wait", "--dry-run"], 2),
        (["--text", "a", "--channel", "email"], 2),
        (["--template", "welcome"], 2),
        (["--template", "welcome", "--set", "name"], 2),
        (["--template", "welcome", "--set", "=x"], 2),
        (["--template", "welcome", "--set", "name=a", "--set", "name=b"], 2),
        (["--template", "nothing", "--set", "name=a"], 3),
    ],
)
def test_what_to_send_has_to_be_clear(cli: Cli, add: Make, options: list[str], code: int) -> None:
    ran = cli("send", add(), *options)
    assert (ran.code, ran.out) == (code, "")
    assert not cli.repository.messages()


def test_a_text_from_standard_input(cli: Cli, add: Make) -> None:
    number = add()
    ran = cli("send", number, "--text", "-", "--json", stdin=b"two\r\nlines \xff\r\n")
    assert ran.json["text"] == "two\r\nlines \ufffd"
    assert cli("send", number, "--text", "-", stdin="").code == 2


def test_standard_input_that_is_closed(cli: Cli, add: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    number = add()
    monkeypatch.setattr("sent_tui.cli.given.sys", SimpleNamespace(stdin=None))
    assert cli("send", number, "--text", "-").code == 2


def test_bytes_of_the_command_line_that_are_no_text(cli: Cli, add: Make) -> None:
    assert cli.done("send", add(), "--text", "a\udcff", "--json").json["text"] == "a\ufffd"


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        ("bob", 3),
        ("00000000-0000-4000-8000-000000000000", 3),
        ("+1415555012", 4),
        ("12", 4),
        ("call +14155550100", 4),
    ],
)
def test_an_unknown_recipient(cli: Cli, recipient: str, code: int) -> None:
    ran = cli("send", recipient, "--text", "Hello", "--json")
    assert ran.code == code
    assert ran.json["error"]["title"]
    assert not cli.repository.messages()
    assert cli.done("contacts", "list", "--count").out == "0\n"


def test_a_dry_run_prints_the_route(cli: Cli, add: Make) -> None:
    add("+14155550100", "--name", "Ada")
    ran = cli.done("send", "+14155550100", "--text", "Hello", "--dry-run")
    assert ran.out.startswith("To Ada (+1 415-555-0100); nothing is sent.\n")
    assert "1. WhatsApp: " in ran.out
    assert "98% likely to arrive, for about $" in ran.out
    assert not cli.repository.messages()


def test_a_dry_run_as_json(cli: Cli, add: Make) -> None:
    plan = cli.done("send", add(), "--text", "Hello", "--dry-run", "--json").json
    assert [step["channel"] for step in plan["steps"]] == ["whatsapp", "sms"]
    assert plan["excluded"] == []
    assert plan["hints"] == []
    pinned = cli.done("send", "+14155550100", "--text", "a", "--dry-run", "--channel", "sms", "--json").json
    assert [out["kind"] for out in pinned["excluded"]] == ["pinned_elsewhere"]


def test_a_dry_run_says_what_may_stand_in_the_way(cli: Cli, add: Make) -> None:
    plan = cli.done("send", add("+14155550120"), "--text", "Hello", "--dry-run", "--json").json
    [hint] = plan["hints"]
    assert (hint["channel"], hint["kind"]) == ("sms", "free_text_unannounced")
    assert hint["text"] in plan["reasons"]
    assert hint["text"] in cli.done("send", "+14155550120", "--text", "Hello", "--dry-run").out


def test_a_dry_run_to_a_new_number_stores_nothing(cli: Cli) -> None:
    plan = cli.done("send", "+14155550121", "--text", "Hello", "--dry-run", "--json").json
    assert plan["steps"] == []
    assert [out["kind"] for out in plan["excluded"]] == ["unavailable", "unavailable"]
    assert "Not SMS" in cli.done("send", "+14155550121", "--text", "Hello", "--dry-run").out
    assert cli.done("contacts", "list", "--count").out == "0\n"


def test_a_dry_run_knows_who_opted_out_before(cli: Cli, add: Make) -> None:
    number = add()
    cli.done("contacts", "opt-out", number)
    cli.done("contacts", "delete", number, "--yes")
    plan = cli.done("send", number, "--text", "Hello", "--dry-run", "--json").json
    assert {out["kind"] for out in plan["excluded"]} == {"opted_out"}


def test_templates(cli: Cli) -> None:
    assert "welcome" in cli.done("templates").out
    first = cli.done("templates", "--json").lines[0]
    assert first["variables"] == ["name"]
    assert first["body"].startswith("Hello {{name}}")

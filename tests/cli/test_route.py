"""`sent-tui route`."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from sent_tui.core.policies import POLICIES
from sent_tui.services.learning import LearningService
from tests.cli.conftest import Cli, Make


def test_a_contact_that_was_never_written_to(cli: Cli, add: Make) -> None:
    shown = cli.done("route", "explain", add("+14155550100", "--name", "Ada")).out
    assert "Ada" in shown
    assert "WhatsApp first: it is the default, and SMS is not better by enough to change." in shown
    assert "WhatsApp: likely to arrive 86% (" in shown
    assert "nobody like this was written to yet: 86% is assumed; that counts" in shown


def test_results_are_evidence(cli: Cli, add: Make) -> None:
    cli("send", add("+14155550102"), "--text", "Hello", "--wait")
    shown = cli.done("route", "explain", "+14155550102").out
    assert "Not WhatsApp: not available since" in shown
    assert "not registered on this channel, 2" in shown
    assert "\n  ✗  ▁  " in shown
    assert "\n  ●  ▇  " in shown
    found = cli.done("route", "explain", "+14155550102", "--text", "Hello", "--json").json
    assert [step["channel"] for step in found["steps"]] == ["sms"]
    whatsapp, sms = found["channels"]
    assert (whatsapp["delivered"], whatsapp["failed"], sms["delivered"], sms["failed"]) == (0, 1, 1, 0)
    [failed], [delivered] = whatsapp["evidence"], sms["evidence"]
    assert (failed["outcome"], delivered["outcome"]) == ("failed_hard", "delivered")
    assert failed["moved"] < -0.3 < 0 < delivered["moved"]
    assert failed["message_id"] == delivered["message_id"]
    assert sms["people_like_this"]["number"] == 0


def test_people_like_this_count(cli: Cli, add: Make) -> None:
    for number in ("+14155550103", "+14155550104"):
        cli("send", add(number), "--text", "Hello", "--wait")
    shown = cli.done("route", "explain", add("+14155550100")).out
    assert "\n  2 people like this: " in shown
    assert "; the same country, number type and check; that counts " in shown


def test_only_the_strongest_results_are_listed(cli: Cli, add: Make) -> None:
    number = add("+14155550100")
    for _ in range(9):
        cli("send", number, "--text", "Hello", "--wait")
    shown = cli.done("route", "explain", number).out
    assert shown.count(" points  delivered") == 8
    assert "and 1 that counts less" in shown


def test_the_same_data_is_in_every_command(cli: Cli, add: Make) -> None:
    number = add("+14155550102")
    cli("send", number, "--text", "Hello", "--wait")
    explained = cli.done("route", "explain", number, "--json").json
    assert cli.done("contacts", "show", number, "--json").json["plan"] == explained
    explained = cli.done("route", "explain", number, "--text", "Hi", "--json").json
    assert cli.done("send", number, "--text", "Hi", "--dry-run", "--json").json == explained
    [failed] = explained["channels"][0]["evidence"]
    assert failed["before"] > failed["after"] > 0
    [excluded] = explained["excluded"]
    assert excluded["since"] is not None


def test_a_contact_shows_its_results_as_a_chart(cli: Cli, add: Make) -> None:
    number = add("+14155550102")
    cli("send", number, "--text", "Hello", "--wait")
    lines = cli.done("contacts", "show", number).out.splitlines()
    assert any(line.startswith("      ✗  ▁  ") for line in lines)
    assert any(line.startswith("      ●  ▇  ") for line in lines)


def test_nobody(cli: Cli) -> None:
    assert cli("route", "explain", "+14155550199").code == 3


def test_what_reports_taught_is_learned_anew(cli: Cli, add: Make) -> None:
    for number in ("+14155550102", "+14155550103"):
        cli("send", add(number), "--text", "Hello", "--wait")
    add("+14155550104")
    before = cli.done("route", "explain", "+14155550102", "--json").json["channels"]
    ran = cli.done("route", "relearn")
    assert (ran.out, ran.err) == ("Learned anew from 3 results of 2 contacts.\n", "")
    assert cli.done("route", "relearn", "--json").json == {"contacts": 2, "results": 3}
    assert cli.done("route", "explain", "+14155550102", "--json").json["channels"] == before


def test_how_far_it_is_stands_in_one_line(
    cli: Cli, add: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add("+14155550102")
    monkeypatch.setattr("sent_tui.cli.output.is_watched", lambda: True)
    ran = cli.done("route", "relearn")
    assert "\r0 of 1 contact, 0%" in ran.err
    assert "\r1 of 1 contact, 100%" in ran.err
    assert ran.err.endswith("\r")
    assert ran.out == "Learned anew from 0 results of 0 contacts.\n"


def test_stopped_it_says_how_to_go_on(cli: Cli, add: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    add("+14155550102")
    monkeypatch.setattr("sent_tui.cli.output.is_watched", lambda: True)

    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(LearningService, "_learn", interrupt)
    ran = cli("route", "relearn")
    assert ran.code == 130
    assert "Stopped. What was done so far is kept; run it again to go on." in ran.err


class TestDecision:
    def test_what_was_decided_and_from_what(self, cli: Cli, add: Make) -> None:
        sent = cli("send", add("+14155550102"), "--text", "Hello", "--wait", "--json").json
        shown = cli.done("route", "decision", sent["id"][:8]).out
        for line in sent["reasons"]:
            assert f"  {line}\n" in shown
        assert re.search(r"Content +free text, 1 segment\n", shown)
        assert "another channel must be 3 points better; a dollar is worth 100 points" in shown
        assert "given 15m to be delivered" in shown
        assert "Before attempt 2, just now\n  SMS only: it was chosen for this message." in shown
        assert "Today's rules, from the same facts\n  The same plan, word for word." in shown
        assert "From what is known today\n  SMS: the only channel that is open." in shown

    def test_as_json(self, cli: Cli, add: Make) -> None:
        sent = cli("send", add("+14155550102"), "--text", "Hello", "--wait", "--json").json
        found = cli.done("route", "decision", sent["id"], "--json").json
        assert found["message_id"] == sent["id"]
        assert found["said"] == sent["reasons"]
        assert found["by_the_rules_of_today"]["same"] is True
        assert [again["attempt"] for again in found["fallbacks"]] == [1]
        assert [step["channel"] for step in found["now"]["steps"]] == ["sms"]

    def test_what_was_asked_of_the_route_is_told(self, cli: Cli, add: Make) -> None:
        sent = cli("send", add(), "--text", "Hello", "--no-fallback", "--json").json
        shown = cli.done("route", "decision", sent["id"]).out
        assert re.search(r"Fallback +none: that was asked for\n", shown)
        assert "No other channel follows: that was asked for." in shown

    def test_other_rules_are_told_by_what_differs(self, cli: Cli, add: Make) -> None:
        sent = cli("send", add(), "--text", "Hello", "--json").json
        message = cli.repository.message(sent["id"])
        reasons = ("Said otherwise.", *message.reasons[1:])
        with cli.repository.transaction() as tx:
            tx.put_message(replace(message, reasons=reasons))
        shown = cli.done("route", "decision", sent["id"]).out
        assert "The same channels in the same order, in other words." in shown
        assert "Then:  Said otherwise." in shown
        assert f"Today: {message.reasons[0]}" in shown
        decided = dict(message.decision)
        decided["margin"] = -1.0
        with cli.repository.transaction() as tx:
            tx.put_message(replace(message, decision=decided))
        assert "Another order: WhatsApp then SMS." in cli.done("route", "decision", sent["id"]).out

    def test_the_contact_may_be_gone_and_a_fallback_unreadable(self, cli: Cli, add: Make) -> None:
        sent = cli("send", add("+14155550102"), "--text", "Hello", "--wait", "--json").json
        message = cli.repository.message(sent["id"])
        broken = tuple(replace(attempt, decision={"version": 0}) for attempt in message.attempts)
        with cli.repository.transaction() as tx:
            tx.put_message(replace(message, attempts=broken))
        cli.done("contacts", "delete", "+14155550102", "--yes")
        shown = cli.done("route", "decision", sent["id"]).out
        assert "From what is known today\n  The contact is gone." in shown
        assert "Before attempt" not in shown

    def test_none_was_kept(self, cli: Cli, add: Make) -> None:
        cli.done("messages", "receive", add(), "--text", "Hello", "--channel", "sms")
        [message] = cli.repository.messages()
        ran = cli("route", "decision", message.id)
        assert ran.code == 3
        assert "No decision was kept" in ran.err


class TestLookingBack:
    def test_nothing_was_sent(self, cli: Cli) -> None:
        assert cli.done("route", "calibration").out.startswith("There is no result yet")
        assert cli.done("route", "replay").out.startswith("No message could be compared")
        assert cli.done("route", "calibration", "--json").json["first_attempts"] == {"count": 0}
        assert [found["policy"] for found in cli.done("route", "replay", "--json").lines] == list(POLICIES)

    def test_calibration(self, cli: Cli, add: Make) -> None:
        add()
        for _ in range(3):
            cli("send", "+14155550100", "--text", "Hello", "--wait")
        shown = cli.done("route", "calibration").out
        assert shown.startswith("Of 3 first attempts, 3 arrived: 100% (44–100%)")
        assert "These are far too few messages to tell." in shown
        assert "United States  3" in shown
        assert "2026-03  3" in shown
        assert "Brier score 0.0" in shown
        assert cli.done("route", "calibration", "--since", "2026-03-03").out.startswith("There is no result yet")

    def test_replay(self, cli: Cli, add: Make) -> None:
        cli("send", add(), "--text", "Hello", "--wait")
        shown = cli.done("route", "replay", "--policy", "sms-first").out
        assert shown.startswith("sms-first: SMS wherever it may be used, else WhatsApp\nOf 1 message")
        assert "For 1, it tries SMS first instead of WhatsApp." in shown
        assert "so the model judges itself" in shown
        table = cli.done("route", "replay").out
        assert all(f"\n{name} " in table for name in POLICIES)
        found = cli.done("route", "replay", "--policy", "cheapest", "--since", "2026-03-01", "--json").json
        assert (found["policy"], found["compared"]) == ("cheapest", 1)

    def test_what_is_no_day_and_no_policy(self, cli: Cli) -> None:
        assert cli("route", "replay", "--since", "yesterday").code == 2
        assert cli("route", "replay", "--policy", "coin").code == 2

"""`sent-tui route`."""

from __future__ import annotations

from tests.cli.conftest import Cli, Make


def test_a_contact_that_was_never_written_to(cli: Cli, add: Make) -> None:
    shown = cli.done("route", "explain", add("+14155550100", "--name", "Ada")).out
    assert "Ada" in shown
    assert "WhatsApp first: it is the default, and SMS is not better by enough to change." in shown
    assert "WhatsApp: reachable, 87% likely to arrive" in shown
    assert "Nobody like this was written to yet: 87% is assumed" in shown


def test_results_are_evidence(cli: Cli, add: Make) -> None:
    cli("send", add("+14155550102"), "--text", "Hello", "--wait")
    shown = cli.done("route", "explain", "+14155550102").out
    assert "Not WhatsApp: not available since" in shown
    assert "cannot be reached, just now" in shown
    found = cli.done("route", "explain", "+14155550102", "--text", "Hello", "--json").json
    assert [step["channel"] for step in found["steps"]] == ["sms"]
    whatsapp, sms = found["channels"]
    assert (whatsapp["delivered"], whatsapp["failed"], sms["delivered"], sms["failed"]) == (0, 1, 1, 0)
    [failed], [delivered] = whatsapp["evidence"], sms["evidence"]
    assert (failed["outcome"], delivered["outcome"]) == ("failed_hard", "delivered")
    assert failed["moved"] < -0.3 < 0 < delivered["moved"]
    assert failed["message_id"] == delivered["message_id"]
    assert sms["people_like_this"]["number"] == 1


def test_people_like_this_count(cli: Cli, add: Make) -> None:
    for number in ("+14155550103", "+14155550104"):
        cli("send", add(number), "--text", "Hello", "--wait")
    shown = cli.done("route", "explain", add("+14155550100")).out
    assert "\n  2 people like this (the same country, number type and check)" in shown


def test_only_the_strongest_results_are_listed(cli: Cli, add: Make) -> None:
    number = add("+14155550100")
    for _ in range(9):
        cli("send", number, "--text", "Hello", "--wait")
    shown = cli.done("route", "explain", number).out
    assert shown.count(" points  delivered") == 8
    assert "and 1 that count less" in shown


def test_nobody(cli: Cli) -> None:
    assert cli("route", "explain", "+14155550199").code == 3

"""`sent-tui contacts check` and `stale`, and what `show` says of checks and of the moves of the default channel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import pytest

from sent_tui.cli import contact_checks, output
from sent_tui.cli.contact_checks import moment
from sent_tui.services.check_run import CheckProgress
from tests.cli.conftest import Cli, Clock, Make

YEAR = 365 * 86_400.0
BOTH, OTHER, DOWN = "+14155550100", "+14155550106", "+14155550113"


@pytest.fixture
def people(cli: Cli, add: Make, clock: Clock) -> Cli:
    """Three contacts that were checked a year ago: one with both channels, one with SMS, one never answered for."""
    add(BOTH, "--name", "Ada Okafor", "--tag", "vip")
    add(OTHER, "--name", "Bo")
    add(DOWN, "--name", "Cy")
    clock.wait(YEAR)
    return cli


def test_contacts_whose_check_would_pay(people: Cli) -> None:
    ran = people.done("contacts", "stale")
    head, row = ran.out.splitlines()
    assert head.split() == ["GAIN", "NUMBER", "NAME", "WHY"]
    assert row.split(maxsplit=4)[0] == "7.4"
    assert row.endswith("WhatsApp was last checked 12 months ago; if it is gone, SMS would go first")
    assert ran.err == ""


def test_the_same_as_json(people: Cli) -> None:
    found = people.done("contacts", "stale", "--json").json
    shown = people.done("contacts", "show", BOTH, "--json").json
    assert (found["format_e164"], found["name"]) == (BOTH, "Ada Okafor")
    assert (found["channel"], found["answer"], found["first"], found["then"]) == (
        "whatsapp",
        "unavailable",
        "whatsapp",
        "sms",
    )
    assert shown["recheck"] == {key: found[key] for key in shown["recheck"]}


def test_a_list_of_proposals_has_an_end(people: Cli, add: Make, clock: Clock) -> None:
    for number in range(130, 136):
        add(f"+1415555{number:04}")
    clock.wait(YEAR)
    everyone = people.done("contacts", "stale", "--json").lines
    ran = people.done("contacts", "stale", "--limit", "2")
    assert len(ran.out.splitlines()) == 3
    assert ran.err == f"Showing 2 of {len(everyone)} contacts; more with --limit.\n"
    assert (
        people.done("contacts", "stale", "--search", "nobody").err
        == "No check would change which channel goes first.\n"
    )


def test_stale_contacts_are_checked(people: Cli) -> None:
    ran = people.done("contacts", "check", "--stale")
    assert ran.out == "Checked: +1 415-555-0100  Ada Okafor  WhatsApp available, SMS available, default WhatsApp\n"
    assert people.done("contacts", "stale").out == ""
    assert people.done("contacts", "check", "--stale").err == "No contacts.\n"


def test_stale_contacts_of_a_filter(people: Cli) -> None:
    assert people.done("contacts", "check", "--stale", "--tag", "nobody").err == "No contacts.\n"
    assert len(people.done("contacts", "check", "--stale", "--tag", "vip", "--json").lines) == 1


def test_many_are_counted_and_who_is_not_answered_for_is_named(people: Cli) -> None:
    ran = people("contacts", "check", "--all")
    assert ran.code == 5
    assert ran.out.count("Checked: ") == 2
    named, counted = ran.err.splitlines()
    assert named.startswith("sent-tui: +1 415-555-0113: The simulated network is down.")
    assert counted == "Checked 2 contacts, 1 without an answer."


def test_many_as_json(people: Cli) -> None:
    lines = people("contacts", "check", "--all", "--json").lines
    assert [line["format_e164"] for line in lines] == [BOTH, OTHER, DOWN]
    assert [line.get("error", {}).get("code") for line in lines] == [None, None, "unreachable"]
    assert lines[0]["channels"][0]["estimate"] > 0


def test_a_stopped_check_goes_on(people: Cli, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    began = clock.now

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(contact_checks, "pause", interrupt)
    stopped = people("contacts", "check", BOTH, OTHER, "--rate", "1")
    assert stopped.code == 130
    assert stopped.out.count("Checked: ") == 1
    assert "Stopped. What was checked is kept; the same command with --not-since 2027-03-02T12" in stopped.err
    monkeypatch.setattr(contact_checks, "pause", clock.wait)
    ran = people.done("contacts", "check", BOTH, OTHER, "--not-since", began.isoformat())
    assert ran.out.startswith("Checked: +1 415-555-0106")
    assert ran.err == "Checked 1 contact, 1 checked already.\n"


def test_a_network_that_answers_nobody(people: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sent_tui.services.check_run.GIVE_UP_AFTER", 1)
    ran = people("contacts", "check", DOWN)
    assert ran.code == 5
    assert "Checked 0 contacts, 1 without an answer. The network gave no answer 1 times in a row." in ran.err


@pytest.mark.parametrize(
    "options", [["--rate", "0"], ["--not-since", "yesterday"], [BOTH, "--stale"], ["--all", "--stale"]]
)
def test_what_is_not_understood(people: Cli, options: list[str]) -> None:
    assert people("contacts", "check", *options).code == 2


def test_a_time_without_a_zone_is_utc() -> None:
    assert moment("2026-03-02T12:00") == moment("2026-03-02T12:00:00Z") == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert moment(datetime(2026, 3, 2, tzinfo=UTC)) == datetime(2026, 3, 2, tzinfo=UTC)
    with pytest.raises(click.BadParameter):
        moment("noon")


class TestWatched:
    """What a person sees on a terminal, in one line that is wiped at the end."""

    @pytest.fixture(autouse=True)
    def shown(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        lines: list[str] = []
        monkeypatch.setattr(output, "is_watched", lambda: True)
        monkeypatch.setattr(output, "overwrite", lines.append)
        return lines

    def test_progress(self, people: Cli, shown: list[str]) -> None:
        people.done("contacts", "check", "--stale")
        assert shown[:2] == ["Looking for checks that would pay: 0%", ""]
        assert shown[2].startswith("1 of 1 checked, ")
        assert shown[2].endswith(" a second, 0s left")
        assert shown[-1] == ""

    @pytest.mark.parametrize(
        ("done", "seconds", "words"),
        [
            (0, 0, "0 of 600 checked, 0 a second"),
            (100, 10, "100 of 600 checked, 10 a second, 50s left"),
            (100, 100, "100 of 600 checked, 1 a second, 8m 20s left"),
        ],
    )
    def test_words(self, shown: list[str], done: int, seconds: float, words: str) -> None:
        with contact_checks._shown_progress(datetime(2026, 3, 2, tzinfo=UTC)) as show:
            show(CheckProgress(done, 600, timedelta(seconds=seconds)))
        assert shown == [words, ""]

    def test_stopping(self, people: Cli, shown: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(seconds: float) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(contact_checks, "pause", interrupt)
        assert "Stopped." in people("contacts", "check", BOTH, OTHER, "--rate", "1").err
        assert shown[-1] == ""


def test_show_says_how_sure_a_check_still_is(people: Cli) -> None:
    shown = people.done("contacts", "show", BOTH).out
    assert "  WhatsApp available, gateway lookup: registered on WhatsApp (simulated lookup)\n" in shown
    assert "      checked 12 months ago; about 90% likely still true\n" in shown
    assert (
        "  Worth a check: WhatsApp was last checked 12 months ago; if it is gone, SMS would go first; worth 7 points"
        in shown
    )
    whatsapp, sms = people.done("contacts", "show", BOTH, "--json").json["checks"]
    assert (whatsapp["age"], whatsapp["holds"], whatsapp["held_at_first"]) == ("ageing", 0.899, 0.9857)
    assert whatsapp["seen_at"].startswith("2026-03-02T12")
    assert sms["closed_by_fact"] is False
    unknown, _ = people.done("contacts", "show", DOWN, "--json").json["checks"]
    assert (unknown["age"], unknown["holds"], unknown["seen_at"]) == (None, None, None)
    assert "without an answer" in people.done("contacts", "show", DOWN).out


def test_show_offers_to_look_again_for_a_channel_that_a_fact_closed(cli: Cli, add: Make) -> None:
    add("+14155550102")
    cli("send", "+14155550102", "--text", "Hello", "--wait")
    shown = cli.done("contacts", "show", "+14155550102").out
    assert "      closed by a delivery result just now; about 99% likely still true\n" in shown
    assert "left out since 2 Mar 2026, until a check finds it again or the person writes on it" in shown


def test_show_lists_the_latest_moves_of_the_default_channel(cli: Cli, add: Make, clock: Clock) -> None:
    add(BOTH)
    assert "      none → WhatsApp  just now, when the contact was made: " in cli.done("contacts", "show", BOTH).out
    for channel in ("sms", "auto", "sms"):
        clock.wait(86_400)
        cli.done("contacts", "default", BOTH, channel)
    lines = cli.done("contacts", "show", BOTH).out.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("  Default SMS"))
    assert lines[start + 1] == "      WhatsApp → SMS  just now, by a person: chosen by a person"
    assert lines[start + 2].startswith("      SMS → WhatsApp  1 d ago, by a person: ")
    assert lines[start + 4] == "      and 1 earlier; --json has them all"
    moves = cli.done("contacts", "show", BOTH, "--json").json["default_moves"]
    assert [(move["from"], move["to"], move["by"]) for move in moves] == [
        (None, "whatsapp", "lifecycle"),
        ("whatsapp", "sms", "person"),
        ("sms", "whatsapp", "person"),
        ("whatsapp", "sms", "person"),
    ]
    assert moves[1]["reason"] == "chosen by a person"

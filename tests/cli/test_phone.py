"""`sent-tui phone`."""

from __future__ import annotations

import pytest

from sent_tui.services import workspace as workspaces
from tests.cli.conftest import Cli


@pytest.fixture(autouse=True)
def no_database(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("`phone` opened the database")

    monkeypatch.setattr(workspaces, "open_workspace", refuse)
    monkeypatch.setattr("sent_tui.config.load", refuse)


def test_a_number_in_every_format(cli: Cli) -> None:
    ran = cli("phone", "+14155550123")
    assert ran.code == 0
    assert ran.err == ""
    assert dict(line.split("  ", 1) for line in ran.out.splitlines()).keys() == {
        *("Number", "E.164", "International", "National", "RFC 3966", "WhatsApp id", "Country", "Type")
    }
    for shown in ("+1 415-555-0123", "(415) 555-0123", "tel:+1-415-555-0123", "14155550123", "United States (US)"):
        assert shown in ran.out


def test_a_number_as_json(cli: Cli) -> None:
    found = cli.done("phone", "(415) 555-0123", "--region", "us", "--json").json
    assert found["valid"] is True
    assert found["format_e164"] == "+14155550123"
    assert (found["country_code"], found["region_code"]) == ("1", "US")
    assert found["doubts"] == []
    assert "place" not in found


def test_a_number_in_several_words(cli: Cli) -> None:
    assert "+14155550123" in cli.done("phone", "+1", "415", "555", "0123").out


def test_the_region_comes_from_the_nearest_place(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENT_TUI_REGION", "us")
    assert "+14155550123" in cli.done("phone", "4155550123").out
    assert "+493023125001" in cli.done("--region", "DE", "phone", "03023125001").out
    assert "+493023125001" in cli.done("--region", "FR", "phone", "03023125001", "--region", "DE").out


def test_facts_are_added_on_demand(cli: Cli) -> None:
    found = cli.done("phone", "+493023125001", "--facts", "--json").json
    assert found["place"] == "Berlin"
    assert found["time_zones"] == ["Europe/Berlin"]
    assert "Place" in cli.done("phone", "+493023125001", "--facts").out


def test_a_doubt_is_said_and_stays_valid(cli: Cli) -> None:
    ran = cli.done("phone", "call +14155550123", "--json")
    assert ran.json["doubts"] == ["surrounding_text"]
    assert ran.err.startswith("Note: ")


def test_an_invalid_number_says_why(cli: Cli) -> None:
    ran = cli("phone", "+1415555012")
    assert ran.code == 4
    assert ran.out == ""
    assert ran.err.startswith("sent-tui: Not a valid number. Too short")
    assert "understood as +1 415555012" in ran.err


def test_an_invalid_number_as_json(cli: Cli) -> None:
    ran = cli("phone", "+1415555012", "--json")
    assert ran.code == 4
    assert ran.json["valid"] is False
    assert ran.json["reason"] == "too_short"
    assert ran.json["understood"]["format_e164"] == "+1415555012"
    assert ran.json["understood"]["valid"] is False
    assert ran.json["message"] in ran.err


def test_what_may_have_been_meant(cli: Cli) -> None:
    ran = cli("phone", "+1 415 555 O123", "--json")
    assert ran.code == 4
    assert ran.json["suggestion"] == "+14155550123"
    assert "Did you mean +1 415-555-0123?" in ran.err
    assert ran.json["doubts"] == ["lookalike"]
    assert "Note: Letters that look like digits" in ran.err


def test_nothing_understood(cli: Cli) -> None:
    found = cli("phone", "hello", "--json").json
    assert (found["reason"], found["understood"], found["suggestion"]) == ("not_a_number", None, None)


def test_an_unknown_region(cli: Cli) -> None:
    ran = cli("phone", "4155550123", "--region", "XQ")
    assert ran.code == 2
    assert "--region is 'XQ'" in ran.err

"""`sent-tui contacts list` and `show`."""

from __future__ import annotations

import pytest

from sent_tui.core.contact import Contact
from sent_tui.errors import NotFoundError
from tests.cli.conftest import Cli, Make


@pytest.fixture
def people(cli: Cli, add: Make) -> Cli:
    add("+14155550100", "--name", "Ada Okafor", "--tag", "vip", "--notes", "prefers mornings")
    add("+14155550106", "--name", "Bo Lindqvist", "--tag", "VIP, sweden")
    add("+14155550121", "--name", "Cy")
    add("+493023125001", "--name", "Dörte")
    cli.done("contacts", "opt-out", "+14155550121")
    return cli


def names(cli: Cli, *options: str) -> list[str]:
    return [row["local"]["name"] for row in cli.done("contacts", "list", "--json", *options).lines]


def test_a_list_for_people(people: Cli) -> None:
    ran = people.done("contacts", "list")
    head, *rows = ran.out.splitlines()
    assert head.split() == ["NUMBER", "REGION", "CHANNELS", "DEFAULT", "DELIVERED", "LAST", "NAME"]
    assert [row[head.index("NAME") :] for row in rows] == ["Ada Okafor", "Bo Lindqvist", "Cy", "Dörte"]
    assert rows[0].split()[:6] == ["+1", "415-555-0100", "US", "WA", "SMS", "WA"]
    assert "- SMS" in rows[1]
    assert "opted out" in rows[2]
    assert ran.err == ""


def test_delivery_and_choice_are_shown(people: Cli) -> None:
    people.done("send", "+14155550100", "--text", "Hello", "--wait")
    people.done("contacts", "default", "+14155550100", "sms")
    assert "SMS pinned  100% of 1  just now  Ada Okafor" in people.done("contacts", "list").out


def test_a_list_as_json_lines(people: Cli) -> None:
    first, *rest = people.done("contacts", "list", "--json").lines
    assert len(rest) == 3
    assert first["format_e164"] == "+14155550100"
    assert first["local"] == {
        "name": "Ada Okafor",
        "tags": ["vip"],
        "notes": "prefers mornings",
        "fields": {},
    }
    assert [known["channel"] for known in first["channels"]] == ["whatsapp", "sms"]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (["--search", "ada"], ["Ada Okafor"]),
        (["--search", "(415) 555"], ["Ada Okafor", "Bo Lindqvist", "Cy"]),
        (["--search", "dorte"], ["Dörte"]),
        (["--channel", "whatsapp"], ["Ada Okafor", "Dörte"]),
        (["--channel", "sms"], ["Ada Okafor", "Bo Lindqvist"]),
        (["--channel", "both"], ["Ada Okafor"]),
        (["--channel", "none"], ["Cy"]),
        (["--opted-out"], ["Cy"]),
        (["--tag", "vip"], ["Ada Okafor", "Bo Lindqvist"]),
        (["--tag", "vip", "--tag", "Sweden"], ["Bo Lindqvist"]),
        (["--region-code", "de"], ["Dörte"]),
        (["--never-messaged", "--search", "mornings"], ["Ada Okafor"]),
        (["--failing"], []),
        (["--sort", "number"], ["Ada Okafor", "Bo Lindqvist", "Cy", "Dörte"]),
        (["--sort", "name", "--reverse"], ["Dörte", "Cy", "Bo Lindqvist", "Ada Okafor"]),
        (["--limit", "1", "--offset", "2"], ["Cy"]),
        (["--limit", "0"], []),
    ],
)
def test_options_agree(people: Cli, options: list[str], wanted: list[str]) -> None:
    assert names(people, *options) == wanted


def test_failing_contacts(people: Cli) -> None:
    people("send", "+14155550104", "--text", "Hello", "--wait")
    found = people.done("contacts", "list", "--failing", "--json").lines
    assert [row["format_e164"] for row in found] == ["+14155550104"]


def test_a_count_is_a_bare_number(people: Cli) -> None:
    assert people.done("contacts", "list", "--count").out == "4\n"
    assert people.done("contacts", "list", "--count", "--tag", "vip").out == "2\n"
    assert people.done("contacts", "list", "--count", "--limit", "1", "--json").json == {"count": 4}


def test_a_short_list_says_what_it_leaves_out(people: Cli) -> None:
    ran = people.done("contacts", "list", "--limit", "2")
    assert len(ran.out.splitlines()) == 3
    assert ran.err == "Showing 2 of 4 contacts; more with --limit and --offset.\n"


def test_people_get_fifty_rows_and_scripts_all(cli: Cli) -> None:
    numbers = [f"+1415555{number:04}" for number in range(100, 160)]
    cli("contacts", "add", *numbers)
    assert len(cli.done("contacts", "list").out.splitlines()) == 51
    assert len(cli.done("contacts", "list", "--json").lines) == 60


def test_nobody_to_list(cli: Cli) -> None:
    ran = cli.done("contacts", "list")
    assert (ran.out, ran.err) == ("", "No contacts.\n")
    assert cli.done("contacts", "list", "--json").out == ""


def test_who_was_deleted_meanwhile_is_left_out(people: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    get = people.repository.get

    def sometimes(contact_id: str) -> Contact:
        contact = get(contact_id)
        if contact.name == "Cy":
            raise NotFoundError("No such contact")
        return contact

    monkeypatch.setattr(people.repository, "get", sometimes)
    assert names(people) == ["Ada Okafor", "Bo Lindqvist", "Dörte"]


def test_one_contact_for_people(people: Cli) -> None:
    people.done("send", "+14155550102", "--text", "Hello\nthere", "--wait")
    people.done("contacts", "edit", "+14155550102", "--name", "Eve", "--notes", "one\ntwo", "--tag", "x")
    shown = people.done("contacts", "show", "(415) 555-0102", "--region", "US").out
    for words in (
        "Eve\nInternational  +1 415-555-0102\n",
        "Notes          one\n               two\n",
        "WhatsApp unavailable, delivery result: not registered on this channel\n",
        ", 1 of 1 delivered",
        "Consent\n  May be written to.",
        "Route of a template\n  SMS: the only channel that is open.",
        "just now  delivered  Hello⏎there\n      WhatsApp failed: not registered on this channel\n",
    ):
        assert words in shown


def test_one_contact_as_json(people: Cli) -> None:
    people.done("send", "+14155550100", "--text", "Hello", "--wait")
    people.done("contacts", "opt-out", "+14155550100", "--how", "said STOP")
    found = people.done("contacts", "show", "+1 415 555 0100", "--json").json
    assert found["opt_out"] is True
    assert [out["kind"] for out in found["plan"]["excluded"]] == ["opted_out", "opted_out"]
    assert [(event["kind"], event["how"]) for event in found["consent"]] == [("opt_out", "said STOP")]
    assert [message["status"] for message in found["messages"]] == ["DELIVERED"]


def test_the_history_of_consent(people: Cli) -> None:
    people.done("contacts", "opt-in", "+14155550121", "--how", "wrote START", "--json")
    shown = people.done("contacts", "show", "+14155550121").out
    assert "May be written to.\n  just now  opted out, by " in shown
    assert "opted in, by " in shown
    assert "wrote START" in shown


def test_a_contact_by_its_id(people: Cli) -> None:
    contact_id = people.done("contacts", "show", "+14155550100", "--json").json["id"]
    assert people.done("contacts", "show", contact_id, "--json").json["local"]["name"] == "Ada Okafor"


def test_no_such_contact(people: Cli) -> None:
    ran = people("contacts", "show", "+14155550199", "--json")
    assert ran.code == 3
    assert ran.json["error"]["code"] == "not_found"
    assert ran.err.startswith("sent-tui: No such contact.")


def test_a_doubtful_number_names_nobody(people: Cli) -> None:
    ran = people("contacts", "show", "call +14155550100", "--json")
    assert ran.code == 4
    assert ran.json["error"]["suggestion"] == "+14155550100"
    assert ran.json["error"]["understood"]["format_e164"] == "+14155550100"

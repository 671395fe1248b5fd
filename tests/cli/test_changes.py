"""`sent-tui contacts add`, `edit`, `opt-out`, `opt-in`, `check`, `default`, `delete` and `undo`."""

from __future__ import annotations

from pathlib import Path

import pytest

from sent_tui.cli.options import State
from sent_tui.cli.people import contact_named
from sent_tui.core.contact import Contact
from sent_tui.services.workspace import Workspace
from tests.cli.conftest import Cli, Make


class Terminal:
    """A standard input that claims to be a terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: True, raising=False)


def test_a_number_becomes_a_contact(cli: Cli) -> None:
    ran = cli.done("contacts", "add", "+14155550100", "--name", "Ada", "--tag", "a,b", "--tag", "c", "--notes", "n")
    assert ran.out == "Added: +1 415-555-0100  Ada  WhatsApp available, SMS available, default WhatsApp\n"
    found = cli.done("contacts", "show", "+14155550100", "--json").json
    assert found["local"] == {"name": "Ada", "tags": ["a", "b", "c"], "notes": "n", "fields": {}}


def test_a_number_that_is_there_stays_as_it_is(cli: Cli, add: Make) -> None:
    add("+14155550100", "--name", "Ada")
    ran = cli.done("contacts", "add", "+1 415 555 0100", "--name", "Bo")
    assert ran.out.startswith("Exists already: +1 415-555-0100  Ada")
    assert "contacts edit" in ran.err
    again = cli.done("contacts", "add", "+14155550100", "--json")
    assert again.json["created"] is False
    assert again.err == ""


def test_several_numbers_a_line_each(cli: Cli) -> None:
    ran = cli("contacts", "add", "4155550100", "12", "4155550106", "--region", "us", "--json")
    assert ran.code == 4
    first, second, third = ran.lines
    assert (first["created"], third["created"]) == (True, True)
    assert second["phone_number"] == "12"
    assert second["error"]["code"] == "refused"
    assert second["error"]["reason"] == "too_short"
    assert ran.err.startswith("sent-tui: 12: Not a valid number.")
    assert cli.done("contacts", "list", "--count").out == "2\n"


def test_one_name_for_several_numbers_is_refused(cli: Cli) -> None:
    ran = cli("contacts", "add", "+14155550100", "+14155550101", "--name", "Ada")
    assert ran.code == 2
    assert cli.done("contacts", "list", "--count").out == "0\n"


def test_a_doubtful_number_has_to_be_accepted(cli: Cli) -> None:
    ran = cli("contacts", "add", "call +14155550100", "--json")
    assert ran.code == 4
    assert ran.json["error"]["suggestion"] == "+14155550100"
    assert "+1 415-555-0100" in ran.err
    assert cli.done("contacts", "add", "call +14155550100", "--accept", "--json").json["created"] is True


def test_local_fields_are_edited(cli: Cli, add: Make) -> None:
    add("+14155550100", "--name", "Ada", "--tag", "a, b", "--notes", "old")
    edited = cli.done("contacts", "edit", "+14155550100", "--tag", "c", "--untag", "A", "--notes", "", "--json").json
    assert edited["local"] == {"name": "Ada", "tags": ["b", "c"], "notes": "", "fields": {}}
    assert "Bea" in cli.done("contacts", "edit", "+14155550100", "--name", "Bea").out


def test_fields_of_ones_own(cli: Cli) -> None:
    made = cli.done(
        "contacts", "add", "+14155550100", "--field", "customer no.=47=11", "--field", "Plan=gold", "--json"
    )
    assert made.json["local"]["fields"] == {"customer no.": "47=11", "Plan": "gold"}
    options = ("--field", "PLAN = silver", "--field", "customer no.=", "--field", "seat=4")
    cli.done("contacts", "edit", "+14155550100", *options)
    shown = cli.done("contacts", "show", "+14155550100").out
    assert "\nFields\n  Plan: silver\n  seat: 4\n" in shown
    assert "4711" not in shown
    assert cli.done("contacts", "list", "--search", "plan:silver", "--count").out == "1\n"
    assert cli.done("contacts", "list", "--search", "plan:gold", "--count").out == "0\n"
    cli.done("contacts", "undo")
    again = cli.done("contacts", "show", "+14155550100", "--json").json
    assert again["local"]["fields"] == {"customer no.": "47=11", "Plan": "gold"}


@pytest.mark.parametrize("text", ["plan", "=gold", "a:b=c", f"{'n' * 41}=x", f"n={'v' * 501}", "n=one\ntwo"])
def test_a_field_that_cannot_be_kept_changes_nothing(cli: Cli, add: Make, text: str) -> None:
    one = add()
    assert cli("contacts", "edit", one, "--field", text, "--name", "New").code == 2
    assert cli("contacts", "add", "+14155550106", "--field", text).code == 2
    assert cli.done("contacts", "list", "--count").out == "1\n"
    assert "New" not in cli.done("contacts", "show", one).out


def test_a_tag_that_somebody_else_gives_meanwhile_stays(cli: Cli, add: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def named(workspace: Workspace, state: State, text: str) -> Contact:
        known = contact_named(workspace, state, text)
        workspace.contacts.edit(known.id, tags=("theirs",))
        return known

    monkeypatch.setattr("sent_tui.cli.contact_changes.contact_named", named)
    edited = cli.done("contacts", "edit", add("+14155550100"), "--tag", "ours", "--json").json
    assert edited["local"]["tags"] == ["theirs", "ours"]


def test_an_edit_has_to_change_something(cli: Cli, add: Make) -> None:
    assert cli("contacts", "edit", add()).code == 2


def test_consent_is_recorded_with_who_and_how(cli: Cli, add: Make) -> None:
    one, other = add("+14155550100"), add("+14155550106")
    ran = cli.done("--region", "US", "contacts", "opt-out", one, other, one, "--how", "by phone")
    assert ran.out.count("Opted out: ") == 2
    history = cli.repository.consent_history(one)
    assert [(event.how, event.by) for event in history] == [("by phone", history[0].by)]
    assert cli.done("contacts", "opt-in", one, "--json").json["opt_out"] is False


def test_consent_of_all_or_of_none(cli: Cli, add: Make) -> None:
    one = add("+14155550100")
    assert cli("contacts", "opt-out", one, "+14155550199").code == 3
    assert cli.done("contacts", "show", one, "--json").json["opt_out"] is False


def test_the_user_of_the_settings_records(cli: Cli, add: Make, settings: Path) -> None:
    settings.write_text('user = "m.castillo"')
    cli.done("contacts", "opt-out", add())
    assert cli.repository.consent_history("+14155550100")[0].by == "m.castillo"


def test_channels_are_checked_again(cli: Cli, add: Make) -> None:
    one = add("+14155550100")
    add("+14155550106")
    assert cli.done("contacts", "check", one, one).out.count("Checked: ") == 1
    assert len(cli.done("contacts", "check", "--all", "--json").lines) == 2
    assert len(cli.done("contacts", "check", "--channel", "whatsapp", "--json").lines) == 1
    assert cli.done("contacts", "check", "--search", "nobody").err == "No contacts.\n"


@pytest.mark.parametrize("options", [[], ["+14155550100", "--all"], ["--all", "--search", "x"]])
def test_whom_to_check_has_to_be_clear(cli: Cli, add: Make, options: list[str]) -> None:
    add()
    assert cli("contacts", "check", *options).code == 2


def test_a_default_channel_is_chosen_and_given_back(cli: Cli, add: Make) -> None:
    one = add("+14155550100")
    chosen = cli.done("contacts", "default", one, "sms", "--json").json
    assert (chosen["default_channel"], chosen["default_pinned"]) == ("sms", True)
    assert "chosen by a person" in cli.done("contacts", "show", one).out
    assert "chosen by a person" not in cli.done("contacts", "default", one, "auto").out


def test_a_default_channel_has_to_reach_the_number(cli: Cli, add: Make) -> None:
    assert cli("contacts", "default", add("+14155550121"), "sms").code == 4
    assert cli("contacts", "default", "+14155550121", "pigeon").code == 2


def test_deleting_without_a_terminal_needs_yes(cli: Cli, add: Make) -> None:
    ran = cli("contacts", "delete", add())
    assert ran.code == 2
    assert "--yes" in ran.err
    assert cli.done("contacts", "list", "--count").out == "1\n"


def test_deleting_can_be_undone(cli: Cli, add: Make) -> None:
    add("+14155550100", "--name", "Ada")
    ran = cli.done("contacts", "delete", "+14155550100", "--yes")
    assert ran.out == "Deleted: Ada (+1 415-555-0100)\n"
    assert "undo" in ran.err
    assert cli.done("contacts", "undo").out == "Undone: deletion of Ada\n"
    assert cli.done("contacts", "list", "--count").out == "1\n"


def test_deleting_and_undoing_as_json(cli: Cli, add: Make) -> None:
    ran = cli.done("contacts", "delete", add(), "--yes", "--json")
    assert len(ran.json["deleted"]) == 1
    assert cli.done("contacts", "undo", "--json").json == {"undone": ran.json["undo"]}
    assert cli.done("contacts", "undo", "--json").json == {"undone": "creation of +1 415-555-0100"}
    assert cli.done("contacts", "undo", "--json").json == {"undone": None}
    assert cli.done("contacts", "undo").err == "There is nothing to undo.\n"


def test_a_change_of_which_all_stays_is_not_undone(cli: Cli) -> None:
    cli.done("contacts", "add", "+14155550100", "--name", "Ada")
    cli("send", "+14155550100", "--text", "Hello")
    ran = cli("contacts", "undo")
    assert (ran.code, ran.out, ran.err) == (1, "Not undone: creation of Ada\n", "Changed since, and stays: Ada\n")
    cli.done("contacts", "add", "+14155550101", "--name", "Bo")
    cli("send", "+14155550101", "--text", "Hello")
    assert cli("contacts", "undo", "--json").json == {"undone": None, "kept": ["Bo"]}


@pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, "0\n"), ("n\n", 1, "1\n"), ("", 1, "1\n")])
def test_a_person_is_asked(
    cli: Cli, add: Make, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, left: str
) -> None:
    add("+14155550100", "--name", "Ada")
    Terminal(monkeypatch)
    ran = cli("contacts", "delete", "+14155550100", stdin=answer)
    assert ran.code == code
    assert "This deletes Ada (+1 415-555-0100)." in ran.err
    assert "contacts opt-out" in ran.err
    assert "Delete?" not in ran.out
    assert cli.done("contacts", "list", "--count").out == left


@pytest.mark.parametrize(("answer", "code"), [("51\n", 0), ("y\n", 1), ("\n", 1)])
def test_the_number_of_many_has_to_be_typed(cli: Cli, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    numbers = [f"+1415555{number:04}" for number in range(130, 181)]
    cli("contacts", "add", *numbers)
    Terminal(monkeypatch)
    ran = cli("contacts", "delete", *numbers, stdin=answer)
    assert ran.code == code
    assert "and 48 more" in ran.err

"""Contacts that options choose: who is meant, what is asked before they are changed, and the way back."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_changes import Terminal
from tests.cli.test_contacts import names, people

__all__ = ["people"]

CHANGES = (("tag", "--add", "x"), ("opt-out",), ("delete",))


@pytest.mark.parametrize("change", CHANGES)
def test_without_a_terminal_yes_is_needed(people: Cli, change: tuple[str, ...]) -> None:
    ran = people("contacts", *change, "--region-code", "US")
    assert ran.code == 2
    assert "--yes" in ran.err
    assert people("contacts", "undo").out == "Undone: opt-out of Cy\n"


@pytest.mark.parametrize("change", CHANGES)
def test_count_and_first_names_are_told_before(
    people: Cli, monkeypatch: pytest.MonkeyPatch, change: tuple[str, ...]
) -> None:
    Terminal(monkeypatch)
    ran = people("contacts", *change, "--region-code", "US", stdin="n\n")
    assert ran.code == 1
    assert "3 contacts: Ada Okafor, Bo Lindqvist, Cy." in ran.err
    assert people.done("contacts", "list", "--count").out == "4\n"
    assert people.done("contacts", "list", "--opted-out", "--count").out == "1\n"
    assert people.done("contacts", "list", "--tag", "x", "--count").out == "0\n"


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("options", [(), ("--search", " "), ("+14155550100", "--region-code", "US")])
def test_nobody_and_two_ways_at_once_are_refused(
    people: Cli, change: tuple[str, ...], options: tuple[str, ...]
) -> None:
    ran = people("contacts", *change, *options, "--yes")
    assert ran.code == 2
    assert "Which contacts are meant is not clear" in ran.err


@pytest.mark.parametrize("change", CHANGES)
def test_where_nobody_fits_nobody_is_asked_and_nothing_is_done(people: Cli, change: tuple[str, ...]) -> None:
    ran = people.done("contacts", *change, "--search", "nobody at all")
    assert ran.out.endswith((": 0 contacts\n", ": no contacts\n"))
    assert people("contacts", "undo").out == "Undone: opt-out of Cy\n"


def test_chosen_contacts_opt_out_and_all_of_it_is_taken_back(people: Cli) -> None:
    people.done("contacts", "opt-out", "+14155550100")
    ran = people.done("contacts", "opt-out", "--region-code", "US", "--how", "a call", "--yes")
    assert ran.out == "Opted out: 1 contact\n"
    assert "2 had opted out already." in ran.err
    assert len(people.repository.consent_history("+14155550100")) == 1
    [told] = people.repository.consent_history("+14155550106")
    assert told.how == "a call"
    assert people.done("contacts", "undo").out == "Undone: opt-out of 3 contacts\n"
    assert names(people, "--opted-out") == ["Ada Okafor", "Cy"]


def test_those_who_opted_out_are_told_as_json(people: Cli) -> None:
    told = people.done("contacts", "opt-out", "--tag", "vip", "--yes", "--json").lines
    assert [one["opt_out"] for one in told] == [True, True]


def test_chosen_contacts_are_deleted_and_come_back_together(people: Cli) -> None:
    before = names(people)
    ran = people.done("contacts", "delete", "--tag", "vip", "--yes", "--json")
    assert len(ran.json["deleted"]) == 2
    assert ran.json["undo"] == "deletion of 2 contacts"
    assert len(names(people)) == len(before) - 2
    people.done("contacts", "undo")
    assert names(people) == before


def test_a_view_chooses_for_every_command_and_options_narrow_it(people: Cli) -> None:
    people.done("contacts", "list", "--tag", "vip", "--save-view", "Mine")
    people.done("contacts", "tag", "--view", "mine", "--search", "ada", "--add", "first", "--yes")
    assert names(people, "--tag", "first") == ["Ada Okafor"]
    exported = people.done("contacts", "export", "-", "--view", "mine").out
    assert exported.count("\n") == 3
    assert len(people.done("contacts", "check", "--view", "mine", "--json").lines) == 2
    sent = people.done("send", "--view", "mine", "--text", "Hello", "--yes", "--json").lines
    assert len(sent) == 2
    people.done("contacts", "delete", "--view", "mine", "--yes")
    assert names(people, "--view", "mine") == []


@pytest.mark.parametrize(
    "command", [("contacts", "export", "-"), ("contacts", "check"), ("contacts", "delete"), ("send", "--text", "x")]
)
def test_a_view_that_is_not_there_is_named(people: Cli, command: tuple[str, ...]) -> None:
    ran = people(*command, "--view", "nothing")
    assert ran.code == 3
    assert "None is named nothing." in ran.err

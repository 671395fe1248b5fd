"""`sent-tui contacts tag`."""

from __future__ import annotations

from tests.cli.conftest import Cli
from tests.cli.test_contacts import names, people

__all__ = ["people"]


def test_chosen_contacts_are_tagged_and_all_of_it_is_taken_back(people: Cli) -> None:
    ran = people.done("contacts", "tag", "--region-code", "US", "--add", "us, new", "--remove", "vip", "--yes")
    assert ran.out == "Tagged: 3 contacts\n"
    assert names(people, "--tag", "new") == ["Ada Okafor", "Bo Lindqvist", "Cy"]
    assert names(people, "--tag", "vip") == []
    assert people.done("contacts", "undo").out == "Undone: tags of 3 contacts\n"
    assert names(people, "--tag", "vip") == ["Ada Okafor", "Bo Lindqvist"]
    assert names(people, "--tag", "new") == []


def test_named_contacts_are_tagged(people: Cli) -> None:
    told = people.done("contacts", "tag", "+14155550100", "+14155550121", "--add", "VIP", "--json").json
    assert told == {"changed": 1, "unchanged": 1}
    again = people.done("contacts", "tag", "+14155550100", "--add", "vip")
    assert "1 had them already." in again.err


def test_what_is_not_clear_is_asked_for(people: Cli) -> None:
    assert people("contacts", "tag", "+14155550100").code == 2
    assert people("contacts", "tag", "--add", "x").code == 2
    assert people("contacts", "tag", "+14155550100", "--failing", "--add", "x").code == 2
    assert people("contacts", "tag", "--search", "  ", "--add", "x", "--yes").code == 2

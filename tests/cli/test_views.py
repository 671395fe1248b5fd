"""Saved views on the command line."""

from __future__ import annotations

from tests.cli.conftest import Cli
from tests.cli.test_contacts import names, people

__all__ = ["people"]


def test_a_view_is_kept_listed_opened_and_thrown_away(people: Cli) -> None:
    people.done("contacts", "list", "--tag", "VIP", "--sort", "number", "--reverse", "--save-view", "My VIPs")
    [view] = people.done("contacts", "views", "--json").lines
    assert (view["name"], view["filters"], view["sort"], view["descending"]) == ("My VIPs", ["tag:VIP"], "number", True)
    assert "#VIP, by number, falling" in people.done("contacts", "views").out
    assert names(people, "--view", "my vips") == ["Bo Lindqvist", "Ada Okafor"]
    assert names(people, "--view", "my vips", "--reverse") == ["Ada Okafor", "Bo Lindqvist"]
    assert names(people, "--view", "my vips", "--sort", "name", "--search", "ada") == ["Ada Okafor"]
    people.done("contacts", "views", "--delete", "my vips")
    assert people.done("contacts", "views").err == "No views are saved.\n"


def test_a_view_is_made_of_another_one(people: Cli) -> None:
    people.done("contacts", "list", "--search", "a", "--channel", "sms", "--save-view", "one")
    people.done("contacts", "list", "--view", "one", "--search", "b", "--region-code", "US", "--save-view", "two")
    two = people.done("contacts", "views", "--json").lines[1]
    assert (two["search"], two["channel"], two["filters"]) == ("a b", "sms", ["region:US"])


def test_a_view_that_is_not_there_is_told(people: Cli) -> None:
    ran = people("contacts", "list", "--view", "nothing")
    assert ran.code == 3
    assert "None is named nothing." in ran.err
    assert people("contacts", "views", "--delete", "nothing").code == 3

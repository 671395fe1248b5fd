"""`sent-tui contacts duplicates` and `merge`."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli, Make


@pytest.fixture
def twice(cli: Cli, add: Make) -> Cli:
    add("+14155550100", "--name", "Ada Okafor", "--tag", "vip", "--field", "Plan=gold")
    add("+14155550106", "--name", "ADA OKAFOR", "--tag", "late", "--field", "plan=red", "--field", "seat=4")
    add("+14155550121", "--name", "Cy")
    return cli


def test_pairs_are_listed_with_the_evidence(twice: Cli) -> None:
    [pair] = twice.done("contacts", "duplicates", "--json").lines
    assert pair == {"first": "+14155550100", "second": "+14155550106", "evidence": ["same_name"]}
    ran = twice.done("contacts", "duplicates")
    assert "the same name" in ran.out
    assert "ADA OKAFOR" in ran.out


def test_a_pair_that_is_kept_apart_is_not_listed_again(twice: Cli) -> None:
    twice.done("contacts", "duplicates", "--apart", "+14155550106", "415 555 0100", "--region", "US")
    ran = twice.done("contacts", "duplicates")
    assert ran.err == "No two contacts look like one person.\n"


def test_two_are_merged_and_that_is_taken_back(twice: Cli) -> None:
    merged = twice.done("contacts", "merge", "+14155550100", "+14155550106", "--json").json
    assert merged["local"]["tags"] == ["vip", "late"]
    assert merged["local"]["fields"] == {"Plan": "gold", "seat": "4"}
    assert "Also +1 415-555-0106" in merged["local"]["notes"]
    assert twice("contacts", "show", "+14155550106").code == 3
    assert twice.done("contacts", "undo").out == "Undone: merge of Ada Okafor\n"
    twice.done("contacts", "show", "+14155550106")


def test_name_and_notes_can_be_given(twice: Cli) -> None:
    ran = twice.done("contacts", "merge", "+14155550100", "+14155550106", "--name", "Ada O.", "--notes", "")
    assert "Merged: +1 415-555-0100  Ada O." in ran.out
    assert twice.done("contacts", "show", "+14155550100", "--json").json["local"]["notes"] == ""


def test_a_contact_is_not_merged_with_itself(twice: Cli) -> None:
    ran = twice("contacts", "merge", "+14155550100", "4155550100", "--region", "US")
    assert ran.code == 2
    assert "one contact already" in ran.err

"""Global options, help, and where commands live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from sent_tui.cli.options import GlobalOption, Group, State, plain_text
from sent_tui.cli.root import root
from tests.cli.conftest import Cli


def commands(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Return every command below a group, by its full name."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{context.command_path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, command.make_context(name, [], parent=context, resilient_parsing=True))


EVERY = dict(commands(root, root.make_context("sent-tui", [], resilient_parsing=True)))


def test_every_command_takes_the_global_options() -> None:
    wanted = {"--db", "--gateway", "--region", "--read-only", "--no-mouse", "--theme"}
    for name, command in {**EVERY, "sent-tui": root}.items():
        found = {option for param in command.params if isinstance(param, GlobalOption) for option in param.opts}
        assert found == wanted, name


def test_every_command_but_those_that_open_the_app_prints_json() -> None:
    without = {
        name
        for name, command in EVERY.items()
        if not isinstance(command, click.Group) and not any("--json" in param.opts for param in command.params)
    }
    assert without == {"sent-tui demo", "sent-tui serve"}


def test_every_option_is_explained() -> None:
    for name, command in EVERY.items():
        assert command.help, name
        for param in command.params:
            if isinstance(param, click.Option):
                assert (param.help or "").endswith("."), f"{name} {param.opts}"


def test_global_options_stand_before_and_after(cli: Cli, tmp_path: Path) -> None:
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    for words in (
        ["--db", one, "paths"],
        ["paths", "--db", one],
        ["--db", other, "paths", "--db", one],
        ["--db", other, "--db", one, "paths"],
    ):
        assert cli.done(*words, "--json").json["database"] == one
    assert "4155550123" in cli.done("--region", "DE", "contacts", "--region", "US", "add", "4155550123", "--json").out


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_path_is_not_the_default_database(cli: Cli, value: str) -> None:
    ran = cli("contacts", "list", "--db", value)
    assert ran.code == 2
    assert f"--db is {value!r}. It takes a path." in ran.err


def test_switches_become_settings(cli: Cli) -> None:
    settings = cli.done("--read-only", "doctor", "--no-mouse", "--theme", "", "--gateway", "simulator", "--json").json
    about = settings["settings"]
    assert about["read_only"] == {"value": True, "source": "--read-only"}
    assert about["mouse"] == {"value": False, "source": "--no-mouse"}
    assert about["theme"] == {"value": "", "source": "--theme"}
    assert about["gateway"] == {"value": "simulator", "source": "--gateway"}


def test_help_keeps_the_global_options_apart(cli: Cli) -> None:
    shown = cli.done("contacts", "list", "-h").out
    own, common = shown.split("Options for every command:")
    assert "--search" in own
    assert "--db" not in own
    assert "--db PATH" in common


def test_the_version(cli: Cli) -> None:
    assert cli.done("--version").out.startswith("sent-tui ")


def test_a_place_without_a_command() -> None:
    group = Group("group", places={"state": "options:State"})
    context = click.Context(group)
    assert group.get_command(context, "state") is None
    assert group.get_command(context, "other") is None
    assert Group("empty").list_commands(context) == []


def test_settings_are_read_once(settings: Path) -> None:
    state = State()
    before = state.settings
    settings.write_text('theme = "later"')
    assert state.settings is before


def test_text_that_may_be_stored() -> None:
    assert plain_text("Zoë 漢") == "Zoë 漢"
    assert plain_text("a\udcff\ud800b") == "a\ufffd\ufffdb"

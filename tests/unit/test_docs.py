"""The documented commands, settings and exit codes are those that there are.

`python -m tests.unit.test_docs` writes the help of every command into docs/commands.md anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click

from sent_tui.cli.root import root
from sent_tui.config import DEBUG_VARIABLE, FILE_VARIABLE, Settings, variable
from sent_tui.errors import ExitCode

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS = DOCS / "commands.md"
CONFIGURATION = DOCS / "configuration.md"
WIDTH = 100
HELP = re.compile(r"^(#+ `(?P<name>[^`]+)`\n\n```text\n)(?P<help>.*?)(?=```$)", re.MULTILINE | re.DOTALL)


def helps() -> dict[str, str]:
    """Return what every command says of itself, by its full name."""
    return dict(_helps(root, "sent-tui", None))


def _helps(command: click.Command, name: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True, terminal_width=WIDTH)
    text = f"{command.get_help(context)}\n"
    if parent is not None:
        # The same for all; documented once, with `sent-tui` itself.
        text = re.sub(r"\nOptions for every command:\n(  .*\n)+", "", text)
    yield context.command_path, "\n".join(line.rstrip() for line in text.splitlines())
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from _helps(found, below, context)


def rewritten(text: str) -> str:
    """Return the documentation with the help of every command that has a heading."""
    known = helps()
    return HELP.sub(lambda match: f"{match[1]}{known[match['name']]}\n", text)


def test_every_command_is_documented_as_its_help_says() -> None:
    text = COMMANDS.read_text(encoding="utf-8")
    documented = [match["name"] for match in HELP.finditer(text)]
    assert sorted(documented) == sorted(helps())
    assert rewritten(text) == text, "run `python -m tests.unit.test_docs`"


def test_every_setting_is_documented() -> None:
    text = CONFIGURATION.read_text(encoding="utf-8")
    for known in fields(Settings):
        about = known.metadata
        flag = f"`{about['flag']}`" if about["flag"] else "–"
        cells = (f"`{known.name}`", f"`{variable(known.name)}`", flag, about["by_default"], about["doc"])
        assert f"| {' | '.join(cells)} |\n" in text
    assert all(f"`{name}" in text for name in (FILE_VARIABLE, DEBUG_VARIABLE))
    assert set(re.findall(r"SENT_TUI_[A-Z_]+", text)) == {
        *(variable(known.name) for known in fields(Settings)),
        FILE_VARIABLE,
        DEBUG_VARIABLE,
    }


def test_every_exit_code_is_documented() -> None:
    text = COMMANDS.read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| {code.value} | `{code.name.lower()}` | " in text


def test_numbers_are_fictional() -> None:
    for path in (COMMANDS, CONFIGURATION, DOCS / "consent.md"):
        numbers = re.findall(r"\+[\d ]{7,}|\b\d{10}\b", path.read_text(encoding="utf-8"))
        odd = [
            number for number in numbers if not re.fullmatch(r"(\+1)?41555501\d\d?|\+493023125\d{3}", number.strip())
        ]
        assert odd == [], path


if __name__ == "__main__":
    COMMANDS.write_text(rewritten(COMMANDS.read_text(encoding="utf-8")), encoding="utf-8")

"""Write docs/keys.md from the registry of commands: `python scripts/keys.py`."""

from __future__ import annotations

from pathlib import Path

from sent_tui.tui.commands import SCREENS, Command
from sent_tui.tui.keymap import OWN_KEYS
from sent_tui.tui.screens.help import SIGNS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "keys.md"
HEAD = """# Keys

Generated from the registry of commands by `scripts/keys.py`. In the app, `?` shows the keys of the present screen and
`:` opens the palette with all of them by name. Keys that are letters do not act while a text is being typed.

The last column is the name by which [the settings file](configuration.md#keys) gives a command other keys.
"""


def table(commands: tuple[Command, ...]) -> list[str]:
    """Return the rows of one table."""
    rows = [f"| {keys(command)} | {command.title} | `{command.id}` |" for command in commands]
    return ["| key | what it does | name |", "|---|---|---|", *rows]


def keys(command: Command) -> str:
    """Return a command's keys, each as code."""
    return " ".join(f"`{key}`" for key in OWN_KEYS.labels(command).split("  "))


def page() -> str:
    """Return the whole page."""
    lines = [HEAD]
    for title, groups in SCREENS.items():
        lines += [f"## {title}", "", *table(tuple(command for group in groups for command in group)), ""]
    lines += ["## Signs", "", "| sign | meaning |", "|---|---|", *(f"| `{sign}` | {words} |" for sign, words in SIGNS)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

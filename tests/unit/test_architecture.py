"""The page on how it is built names every group of modules, and none that there is not."""

from __future__ import annotations

import re
from itertools import accumulate
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "sent_tui"
PAGE = ROOT / "docs" / "architecture.md"
FOLDERS = ("", "core", "store", "gateways", "services", "tui")
"""Folders of which each module has a name on the page; of the others, the folder has."""
NAMED = re.compile(r"[A-Za-z_]+")


def groups(stem: str) -> set[str]:
    """Return the names under which a module may be told of: its own, that of a class, or those it begins with."""
    begun = accumulate(stem.split("_"), lambda before, part: f"{before}_{part}")
    return {*begun, "".join(part.title() for part in stem.split("_"))}


def unnamed(words: set[str]) -> list[str]:
    """Return the modules that a page with these words leaves out."""
    modules = (file for folder in FOLDERS for file in (SOURCE / folder).glob("[a-z]*.py"))
    return sorted(file.relative_to(SOURCE).as_posix() for file in modules if not groups(file.stem) & words)


def test_every_group_of_modules_is_named() -> None:
    assert unnamed(set(NAMED.findall(PAGE.read_text(encoding="utf-8")))) == []


def test_a_module_that_is_left_out_is_found() -> None:
    assert {"core/phone.py", "core/phone_plans.py", "tui/commands.py"} <= set(unnamed({"journal", "the"}))
    assert "core/phone_plans.py" not in unnamed({"phone"})


def test_every_folder_is_named() -> None:
    text = PAGE.read_text(encoding="utf-8")
    folders = [file.parent.relative_to(SOURCE).as_posix() for file in SOURCE.rglob("__init__.py")]
    assert [
        folder for folder in folders if folder != "." and f"{folder}/" not in text and f"`{folder}" not in text
    ] == []


def test_every_module_that_is_named_exists() -> None:
    named = re.findall(r"`((?:core|store|gateways|services|tui|cli|api)/[a-z_/]+)`", PAGE.read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not any(SOURCE.glob(f"{name.rstrip('/')}*"))] == []

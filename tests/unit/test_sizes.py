"""Classes and functions stay small enough to be read at once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sent_tui

LONGEST_CLASS = 350
LONGEST_FUNCTION = 40
LONGEST_APP = 250
SOURCE = Path(sent_tui.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))


def too_long(source: str) -> list[str]:
    """Return what is too long, by name, with its lines; decorators do not count."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            limit = LONGEST_CLASS
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            limit = LONGEST_FUNCTION
        else:
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > limit:
            found.append(f"{node.name}: {lines} lines")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_is_too_long(path: Path) -> None:
    assert too_long(path.read_text(encoding="utf-8")) == []


def test_the_app_holds_its_parts_together_and_no_more() -> None:
    assert len((SOURCE / "tui" / "app.py").read_text(encoding="utf-8").splitlines()) < LONGEST_APP


def test_what_is_too_long_is_found() -> None:
    body = "    pass\n"
    assert too_long(f"def f():\n{body * 39}") == []
    assert too_long(f"async def f():\n{body * 40}") == ["f: 41 lines"]
    assert too_long(f"class C:\n{body * 349}") == []
    assert too_long(f"class C:\n{body * 350}") == ["C: 351 lines"]

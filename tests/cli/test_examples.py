"""Every example of the documentation works as it stands there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

DOCS = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_examples_of_the_commands(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text("Name,Cell no.\nAda,+14155550100\nBo,12\n")
    lines = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("$ sent-tui ")]
    assert len(lines) > 20
    for line in lines:
        ran = cli(*shlex.split(line)[2:])
        assert ran.code == 0, f"{line}\n{ran}"

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of a person who set nothing."""
    return {
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Where the form writes what was typed."""
    return tmp_path / "saved"

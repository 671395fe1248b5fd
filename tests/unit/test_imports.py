"""What the command line imports and makes: fast commands stay light, and importing does nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("phonenumbers.geocoder", "phonenumbers.carrier", "phonenumbers.timezone")
SCREENS = ("textual", "rich")
STORAGE = ("tinydb", "platformdirs", "sqlite3", "asyncio", "sent_tui.services", "sent_tui.store", "tomllib")
SCRIPT = """
import sys
try:
    from sent_tui.cli import main
    sys.argv = ["sent-tui", *sys.argv[1:]]
    sys.argv[1:] and main()
finally:
    sys.stderr.write("\\n".join(["", "MODULES", *sys.modules]))
"""


def modules(folder: Path, *args: str) -> set[str]:
    """Run a command line in an empty home and return the modules that it imported."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SENT_", "COV", "XDG_"))}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, *args],
        env=kept | {"HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(ran.stderr.partition("MODULES\n")[2].splitlines())


@pytest.mark.parametrize(
    ("args", "absent"),
    [
        ((), (*HEAVY, *SCREENS, *STORAGE, "click", "phonenumbers")),
        (("phone", "+14155550123", "--json"), (*HEAVY, *SCREENS, *STORAGE)),
        (("contacts", "list"), (*HEAVY, *SCREENS)),
        (("send", "+14155550100", "--text", "Hello"), (*HEAVY, *SCREENS)),
        (("api", "key"), (*HEAVY, *SCREENS, "starlette", "uvicorn", "anyio", "phonenumbers")),
    ],
    ids=["import", "phone", "contacts list", "send", "api key"],
)
def test_what_is_not_imported(tmp_path: Path, args: tuple[str, ...], absent: tuple[str, ...]) -> None:
    found = modules(tmp_path, *args)
    assert "sent_tui.cli" in found
    assert [name for name in absent if name in found] == []
    if args[:1] in {(), ("phone",)}:
        assert list(tmp_path.iterdir()) == []


def test_the_first_frame_of_the_app_waits_for_little() -> None:
    script = "import sys, sent_tui.services.workspace, sent_tui.tui.app; print(*sys.modules, sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    found = set(ran.stdout.splitlines())
    assert "sent_tui.tui.screens.contacts" in found
    later = (
        "services.contacts",
        "services.sending",
        "gateways",
        "tui.profile",
        "tui.screens.dialogs",
        "tui.screens.send",
    )
    absent = (*HEAVY, "phonenumbers", "tomllib", "vobject", *(f"sent_tui.{name}" for name in later))
    assert [name for name in absent if name in found] == []

"""Foreign text in files and their names: through the list of files, the preview, an import and its refused rows."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

from textual.pilot import Pilot

from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.import_file import ImportScreen
from sent_tui.tui.screens.import_run import ImportRun
from tests.hostile.payloads import PAYLOADS
from tests.hostile.rendering import assert_harmless
from tests.tui.harness import make_app, press

SIZE = (120, 60)


def write_named(folder: Path, at: int, payload: str) -> None:
    """Write a file whose name begins with a number and holds a payload, and a byte that is no text."""
    name = payload[:60].replace("/", "").replace("\0", "").encode("utf-8", "replace")
    path = folder / os.fsdecode(b"%02d" % at + name + b"\xff.csv")
    path.write_text("phone\n+12025550120\nx\n", encoding="utf-8")


async def walk(pilot: Pilot[None], app: SentApp) -> None:
    """Go from the list of files through the import to every refused row."""
    await press(pilot, "I")
    assert_harmless(app)
    await press(pilot, "enter")
    assert isinstance(app.screen, ImportScreen)
    assert_harmless(app)
    if app.screen.preview is not None and app.screen.preview.is_mapped:
        await press(pilot, "enter")
        assert_harmless(app)
        await press(pilot, "escape")
    assert not app.screen.trouble
    await press(pilot, "ctrl+s")
    assert isinstance(app.screen, ImportRun)
    # One payload of many lines may be many rows.
    step = max(8, len(app.screen.lines) // 10)
    for _ in range(0, len(app.screen.lines), step):
        assert_harmless(app)
        await press(pilot, "enter")
        assert_harmless(app)
        await press(pilot, "escape")
        app.screen.rows.cursor += step


async def test_cells_and_headers(tmp_path: Path) -> None:
    app = make_app()
    app.session.places.folder = tmp_path
    payloads = [payload.replace("\0", "").replace("\r", "") for payload in PAYLOADS.values()]
    with (tmp_path / "people.csv").open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["phone", "name", *(" ".join(payload[:200].splitlines()) for payload in payloads)])
        writer.writerows([payload, payload, *payloads[:3]] for payload in payloads)
    async with app.run_test(size=SIZE) as pilot:
        await walk(pilot, app)


async def test_values_and_keys_of_json(tmp_path: Path) -> None:
    app = make_app()
    app.session.places.folder = tmp_path
    lines = [json.dumps({"phone": payload, "name": payload, payload: payload}) for payload in PAYLOADS.values()]
    (tmp_path / "people.jsonl").write_text("\n".join(lines), encoding="utf-8")
    async with app.run_test(size=SIZE) as pilot:
        await walk(pilot, app)


async def test_names_of_files(tmp_path: Path) -> None:
    app = make_app()
    app.session.places.folder = tmp_path
    for at, payload in enumerate(PAYLOADS.values()):
        write_named(tmp_path, at, payload)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "I")
        for at in range(0, len(PAYLOADS), 8):
            await press(pilot, *f"{at:02}")
            assert_harmless(app)
            await press(pilot, "tab")
            assert_harmless(app)
            await press(pilot, "enter")
            assert isinstance(app.screen, ImportScreen)
            assert_harmless(app)
            await press(pilot, "ctrl+s")
            assert_harmless(app)
            await press(pilot, "escape", "I")

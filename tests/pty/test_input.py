from __future__ import annotations

import os
import random
import select
from typing import TYPE_CHECKING

import pytest
from tests.pty.terminal import CTRL_Q, Terminal, app

if TYPE_CHECKING:
    from pathlib import Path

NOISE = bytes(set(range(256)) - {0x11, 0x1A})
"""Every byte but those of ctrl+q and ctrl+z, which do something to the app."""


@pytest.mark.parametrize(
    ("typed", "shown"),
    [(b"caf\xe9!", "caf\ufffd!"), (b"\xff!", "\ufffd!"), (b"\xe2\x82!", "\ufffd!"), ("é€😀!".encode(), "é€😀!")],
    ids=["Latin-1", "never in UTF-8", "half a character", "UTF-8"],
)
def test_keys_that_are_not_utf8_are_replaced(typed: bytes, shown: str, env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved), env) as terminal:
        terminal.wait_for("ready")
        terminal.send(typed)
        terminal.wait_for(f"{len(shown)} typed")
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0
        assert saved.read_text() == shown


def test_noise_does_not_end_the_app(env: dict[str, str], saved: Path) -> None:
    with Terminal(app("form.py", saved), env) as terminal:
        terminal.wait_for("ready")
        for seed in range(5):
            terminal.send(bytes(random.Random(seed).choices(NOISE, k=8_000)))
        terminal.send("\x1b\\\x1b[201~")  # ends what the noise may have begun
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0
        assert saved.exists()


def test_sizes(env: dict[str, str], saved: Path) -> None:
    beats, beat = os.pipe()
    with Terminal(app("form.py", saved), env | {"BEATS": str(beat)}, pass_fds=[beat]) as terminal:
        os.close(beat)
        terminal.wait_for("ready")
        sizes = b""
        for columns, rows in ((1, 1), (5, 20), (200, 1), (1, 200), (300, 100), (2, 2), (80, 24)):
            terminal.resize(columns, rows)
            while f"{columns}x{rows}\n".encode() not in sizes:
                terminal.wait_until(lambda: select.select([beats], [], [], 0)[0], "the new size", beats)
                sizes += os.read(beats, 65536)
        terminal.send(CTRL_Q)
        assert terminal.wait_for_exit() == 0
    os.close(beats)

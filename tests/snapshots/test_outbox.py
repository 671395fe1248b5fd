"""How a message looks while it waits in the outbox, and after it was called back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.snapshots.test_screens import SIZES, demo, picture, svg

__all__ = ["svg"]

SENT = ("j", "j", "s", *"Hello", "ctrl+s", "enter")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("theme", "keys"), [("sent-dark", SENT), ("sent-light", SENT), ("sent-dark", (*SENT, "x"))])
async def test_outbox(size: str, theme: str, keys: tuple[str, ...], svg: Any) -> None:
    app = demo(theme)
    app.session = replace(app.session, outbox=timedelta(minutes=1))
    assert await picture(app, SIZES[size], keys) == svg

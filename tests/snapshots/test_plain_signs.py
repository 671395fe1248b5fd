"""Every scene in ASCII: what is not ASCII then is what people wrote, in letters."""

from __future__ import annotations

import unicodedata

import pytest

from tests.snapshots.test_screens import SCENES, SIZES, demo
from tests.tui.harness import press, screen_text

WRITTEN = {"L", "M"}
"""Letters, and what is put on them."""


@pytest.mark.parametrize("scene", SCENES)
async def test_every_sign_is_ascii(scene: str) -> None:
    app = demo("sent-dark", ascii_only=True)
    async with app.run_test(size=SIZES["120x36"]) as pilot:
        await press(pilot, *SCENES[scene])
        signs = {sign for sign in screen_text(app) if not sign.isascii()}
        assert {sign for sign in signs if unicodedata.category(sign)[0] not in WRITTEN} == set()

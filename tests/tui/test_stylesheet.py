"""The style sheets of the app: each is parsed once, and anew when the theme changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from textual.css import stylesheet
from textual.css.model import RuleSet
from textual.css.parse import parse

from tests.tui.harness import make_app, make_contact, press, settle


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[object, ...]]:
    """How often each style sheet was parsed, by where it was read and how much it weighs."""
    counts: Counter[tuple[object, ...]] = Counter()

    def counted(scope: str, css: str, read_from: Any, **others: Any) -> Iterator[RuleSet]:
        counts[(scope, *read_from, others["tie_breaker"])] += 1
        return iter(parse(scope, css, read_from, **others))

    monkeypatch.setattr(stylesheet, "parse", counted)
    return counts


async def test_a_screen_that_opens_leaves_what_is_parsed_as_it_is(parsed: Counter[tuple[object, ...]]) -> None:
    app = make_app([make_contact("+14155550100", "Ada Okafor")])
    async with app.run_test() as pilot:
        await settle(pilot)
        before = parsed.total()
        await press(pilot, "n", "escape", "a")
        assert parsed.total() > before
        assert max(parsed.values()) == 1


async def test_another_theme_has_its_own_colours_everywhere(parsed: Counter[tuple[object, ...]]) -> None:
    app = make_app([make_contact("+14155550100", "Ada Okafor")])
    async with app.run_test() as pilot:
        await press(pilot, "enter")
        dark = app.screen.styles.background
        app.theme = "sent-light"
        await settle(pilot)
        assert app.screen.styles.background != dark
        assert max(parsed.values()) == 2

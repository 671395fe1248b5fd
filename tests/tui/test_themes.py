"""Themes: words can be read on every ground, kinds come in pairs, and the terminal's own colours are left alone."""

from __future__ import annotations

from itertools import product

import pytest
from rich.color import ColorType
from textual.color import Color
from textual.theme import Theme

from sent_tui.tui.app import SentApp
from sent_tui.tui.themes import CONTRAST, CONTRAST_LIGHT, DARK, LIGHT, THEMES, counterpart
from tests.tui.harness import NORMAL, make_app, make_contact, press, screen_text

ADA = make_contact("+14155550123", "Ada Okafor")
LEAST = {DARK.name: 4.5, LIGHT.name: 4.5, CONTRAST.name: 7.0, CONTRAST_LIGHT.name: 7.0}
"""Ratios of contrast between words and ground: WCAG 2.2 has 4.5 for text (AA), 7 for AAA."""


def ratio(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(name: str) -> float:
    """Return the relative luminance of a colour, as WCAG defines it."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in Color.parse(name).normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def pairs(theme: Theme) -> list[tuple[str, str]]:
    marked = (theme.primary, theme.accent, theme.success, theme.warning, theme.error)
    words = (theme.foreground, theme.variables["text-muted"], *marked)
    cursor = (theme.variables["block-cursor-background"], theme.variables["block-cursor-blurred-background"])
    grounds = (theme.background, theme.surface, theme.panel, *cursor)
    pairs = [(word or "", ground or "") for word, ground in product(words, grounds)]
    return [*pairs, (theme.variables["block-cursor-foreground"], cursor[0])]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_words_can_be_read_on_every_ground(theme: Theme) -> None:
    faint = {pair: round(ratio(*pair), 2) for pair in pairs(theme) if ratio(*pair) < LEAST[theme.name]}
    assert faint == {}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        (DARK.name, LIGHT.name),
        (CONTRAST_LIGHT.name, CONTRAST.name),
        ("ansi-dark", "ansi-light"),
        ("ansi-light", "ansi-dark"),
    ],
)
def test_one_key_leads_to_the_other_theme_of_a_kind(name: str, other: str) -> None:
    assert counterpart(name, dark="light" not in name) == other


def test_a_theme_of_another_house_leads_to_one_of_ours() -> None:
    assert counterpart("nord", dark=True) == LIGHT.name
    assert counterpart("textual-light", dark=False) == DARK.name


def colours(app: SentApp) -> set[ColorType]:
    strips = app.screen._compositor.render_strips()
    styles = [segment.style for strip in strips for segment in strip if segment.style]
    return {colour.type for style in styles for colour in (style.color, style.bgcolor) if colour is not None}


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_the_terminals_own_colours_stay_its_own(theme: str) -> None:
    app = make_app([ADA], theme=theme)
    async with app.run_test(size=NORMAL) as pilot:
        for keys in ((), ("enter",), ("question_mark",)):
            await press(pilot, *keys)
            assert ColorType.TRUECOLOR not in colours(app)
            assert ColorType.EIGHT_BIT not in colours(app)


@pytest.mark.parametrize("theme", ["", "light", "contrast", "ansi-dark"])
async def test_without_colour_everything_can_still_be_told_apart(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app([ADA], theme=theme)
    async with app.run_test(size=NORMAL) as pilot:
        await press(pilot)
        strips = app.screen._compositor.render_strips()
        told = [(segment.style.color, segment.style.bgcolor) for strip in strips for segment in strip if segment.style]
        drawn = [(word, ground) for word, ground in told if word is not None and not word.is_default]
        hidden = [(word, ground) for word, ground in drawn if word == ground]
        assert hidden == []
        assert "Ada Okafor" in screen_text(app)

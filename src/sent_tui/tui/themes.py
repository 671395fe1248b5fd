"""The app's own themes: dark and light, each also of high contrast."""

from __future__ import annotations

from textual.theme import Theme


def _variables(
    background: str,
    *,
    muted: str,
    border: str,
    border_blurred: str,
    cursor: str,
    selection: str,
    scrollbar: str,
    row: tuple[str, str],
    row_blurred: str,
) -> dict[str, str]:
    """Return the colours of parts, by Textual's names.

    `cursor` is the colour of the cursor in a text and of a scrollbar in use, `row` the ground and the text of the row
    under the cursor, `row_blurred` its ground in a list without the focus.
    """
    return {
        "text-muted": muted,
        "border": border,
        "border-blurred": border_blurred,
        "input-cursor-foreground": background,
        "input-cursor-background": cursor,
        "input-selection-background": selection,
        "scrollbar": scrollbar,
        "scrollbar-background": background,
        "scrollbar-hover": cursor,
        "scrollbar-active": cursor,
        "block-cursor-background": row[0],
        "block-cursor-foreground": row[1],
        "block-cursor-blurred-background": row_blurred,
    }


DARK = Theme(
    name="sent-dark",
    primary="#4fd1b5",
    secondary="#7aa7ff",
    accent="#f2b866",
    foreground="#dfe6ee",
    background="#10151c",
    surface="#161d26",
    panel="#1f2935",
    success="#62d58b",
    warning="#f0b35a",
    error="#f27d85",
    dark=True,
    variables=_variables(
        "#10151c",
        muted="#93a1b0",
        border="#2c3947",
        border_blurred="#2c3947",
        cursor="#4fd1b5",
        selection="#7aa7ff 35%",
        scrollbar="#33414f",
        row=("#1c3849", "#ffffff"),
        row_blurred="#222c38",
    ),
)
LIGHT = Theme(
    name="sent-light",
    primary="#0a6f5d",
    secondary="#2457c5",
    accent="#8c5000",
    foreground="#1c2530",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e7e4dc",
    success="#1a6f39",
    warning="#8c5000",
    error="#b3262f",
    dark=False,
    variables=_variables(
        "#fbfaf7",
        muted="#596370",
        border="#d3cec3",
        border_blurred="#d3cec3",
        cursor="#0a6f5d",
        selection="#2457c5 25%",
        scrollbar="#c9c4b8",
        row=("#cfe6e0", "#10151c"),
        row_blurred="#e7e4dc",
    ),
)
CONTRAST = Theme(
    name="sent-contrast",
    primary="#7fffe1",
    secondary="#a9c8ff",
    accent="#ffd84d",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    success="#7dff9b",
    warning="#ffd84d",
    error="#ffb0b0",
    dark=True,
    variables=_variables(
        "#000000",
        muted="#d0d0d0",
        border="#ffffff",
        border_blurred="#d0d0d0",
        cursor="#ffffff",
        selection="#a9c8ff 45%",
        scrollbar="#d0d0d0",
        row=("#00325f", "#ffffff"),
        row_blurred="#333333",
    ),
)
CONTRAST_LIGHT = Theme(
    name="sent-contrast-light",
    primary="#004b3e",
    secondary="#00308f",
    accent="#5c2e00",
    foreground="#000000",
    background="#ffffff",
    surface="#ffffff",
    panel="#ececec",
    success="#00471b",
    warning="#5c2e00",
    error="#7d0010",
    dark=False,
    variables=_variables(
        "#ffffff",
        muted="#333333",
        border="#000000",
        border_blurred="#333333",
        cursor="#000000",
        selection="#00308f 25%",
        scrollbar="#333333",
        row=("#ffe680", "#000000"),
        row_blurred="#dcdcdc",
    ),
)
THEMES = (DARK, LIGHT, CONTRAST, CONTRAST_LIGHT)
SHORT_NAMES = {
    "": DARK.name,
    "dark": DARK.name,
    "light": LIGHT.name,
    "contrast": CONTRAST.name,
    "contrast-light": CONTRAST_LIGHT.name,
}
"""What a person may call the app's own themes; no name means the dark one."""
_PAIRS = ((DARK.name, LIGHT.name), (CONTRAST.name, CONTRAST_LIGHT.name), ("ansi-dark", "ansi-light"))
"""Themes of a kind: one dark, one light."""


def counterpart(name: str, *, dark: bool) -> str:
    """Return the theme of the same kind that is light where this one is dark, and the other way round."""
    for pair in _PAIRS:
        if name in pair:
            return pair[1 - pair.index(name)]
    return LIGHT.name if dark else DARK.name


def keeps_ansi(name: str) -> bool | None:
    """Return what Textual has to be told of colours: True where a theme has the terminal's own, None for any other.

    With NO_COLOR, Textual decides before it knows the theme; told nothing, it would write black on black.
    """
    return True if name in _PAIRS[-1] else None

"""The app's own themes: one dark, one light, of the same colours."""

from __future__ import annotations

from textual.theme import Theme

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
    variables={
        "text-muted": "#8b99a8",
        "border": "#2c3947",
        "border-blurred": "#2c3947",
        "input-cursor-foreground": "#10151c",
        "input-cursor-background": "#4fd1b5",
        "input-selection-background": "#7aa7ff 35%",
        "scrollbar": "#33414f",
        "scrollbar-background": "#10151c",
        "scrollbar-hover": "#4fd1b5",
        "scrollbar-active": "#4fd1b5",
        "block-cursor-background": "#24465a",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#222c38",
    },
)
LIGHT = Theme(
    name="sent-light",
    primary="#0b7a66",
    secondary="#2457c5",
    accent="#945500",
    foreground="#1c2530",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e7e4dc",
    success="#1d7a3f",
    warning="#945500",
    error="#b3262f",
    dark=False,
    variables={
        "text-muted": "#5f6874",
        "border": "#d3cec3",
        "border-blurred": "#d3cec3",
        "input-cursor-foreground": "#fbfaf7",
        "input-cursor-background": "#0b7a66",
        "input-selection-background": "#2457c5 25%",
        "scrollbar": "#c9c4b8",
        "scrollbar-background": "#fbfaf7",
        "scrollbar-hover": "#0b7a66",
        "scrollbar-active": "#0b7a66",
        "block-cursor-background": "#cfe6e0",
        "block-cursor-foreground": "#10151c",
        "block-cursor-blurred-background": "#e7e4dc",
    },
)
THEMES = (DARK, LIGHT)
SHORT_NAMES = {"": DARK.name, "dark": DARK.name, "light": LIGHT.name}
"""What a person may call the app's own themes; no name means the dark one."""

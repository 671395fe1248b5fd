"""The only door from foreign text into a widget, a notice or the clipboard.

Textual reads a `str` as markup, with actions in it, and passes control characters on to the terminal. What
comes out of here has neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.content import Content

from sent_tui.core.text import display

if TYPE_CHECKING:
    from textual.app import App
    from textual.notifications import SeverityLevel
    from textual.widget import Widget

BODY_LIMIT: Final = 5_000
"""Characters of a text with lines that are shown: laying out far longer ones takes Textual seconds."""
NOTICE_LIMIT: Final = 500
"""Characters of a notice: what happened and what to do, without covering the screen."""
BREAK: Final = Content("\n")
"""A line break between parts that are joined."""
CLIPBOARD_LIMIT: Final = 50_000
"""Characters that are copied: more than any message has, and what terminals take in one OSC 52 sequence."""


def safe(text: str, style: str = "", limit: int = 200) -> Content:
    """Return foreign text as one line of content; the style is ours."""
    return Content.styled(display(text, limit), style)


def safe_lines(text: str, limit: int = BODY_LIMIT) -> Content:
    """Return foreign text as content that keeps its line breaks."""
    return Content(display(text, limit, lines=True))


def join(*parts: Content | tuple[str, str] | str) -> Content:
    """Return one content of several: content as it is; text, or text and its style, made safe and on one line."""
    return Content.assemble(*map(_part, parts))


def notify(
    owner: App[Any] | Widget,
    text: str,
    *,
    title: str = "",
    severity: SeverityLevel = "information",
    timeout: float | None = None,
) -> None:
    """Show a notice, whose text and title may be foreign, for some seconds: Textual's own time when None."""
    owner.notify(display(text, NOTICE_LIMIT), title=display(title), severity=severity, timeout=timeout, markup=False)


def copy(app: App[Any], text: str) -> None:
    """Put text, its lines kept, on the clipboard of the person's own terminal (OSC 52)."""
    app.copy_to_clipboard(display(text, CLIPBOARD_LIMIT, lines=True))


def _part(part: Content | tuple[str, str] | str) -> Content:
    if isinstance(part, Content):
        return part
    text, style = (part, "") if isinstance(part, str) else part
    return Content.styled(display(text, BODY_LIMIT), style)

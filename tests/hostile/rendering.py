"""What an app under test draws: the text that its driver would write, and the actions that a click would find."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from textual._compositor import LayoutUpdate

from tests.hostile.payloads import unsafe_characters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.segment import Segment
    from textual.app import App

_OWN_SEQUENCES = re.compile(r"\x1b\[[0-9;]*[mH]")


def rendered(app: App[Any]) -> str:
    """Return the text of the whole screen, without the colours and cursor moves that Textual writes around it.

    Text that looks like such a sequence is kept. When the driver would write anything else, it follows.
    """
    return _written(app, _update(app))


def click_actions(app: App[Any]) -> list[object]:
    """Return the actions that are attached to drawn text."""
    return _actions(_update(app))


def assert_harmless(app: App[Any]) -> None:
    """Check that a terminal is given nothing unsafe, and that no click finds an action; the screen is drawn once."""
    update = _update(app)
    assert not unsafe_characters(_written(app, update))
    assert not _actions(update)


def _written(app: App[Any], update: LayoutUpdate) -> str:
    text = "\n".join("".join(segment.text for segment in line) for line in _lines(update))
    written = _OWN_SEQUENCES.sub("", update.render_segments(app.console))
    return text if text == written else f"{text}\n{written}"


def _actions(update: LayoutUpdate) -> list[object]:
    segments = (segment for line in _lines(update) for segment in line)
    return [segment.style.meta["@click"] for segment in segments if segment.style and "@click" in segment.style.meta]


def _update(app: App[Any]) -> LayoutUpdate:
    screen = app.screen
    update = screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    return update


def _lines(update: LayoutUpdate) -> Iterator[list[Segment]]:
    for strips in update.strips:
        yield [segment for strip in strips for segment in strip]

"""The question before something is done to several contacts; for many, their number has to be typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content

from sent_tui.core.confirming import has_to_be_typed, is_that_number, what_to_type
from sent_tui.tui.safe import BREAK, join
from sent_tui.tui.screens.asking import AskLine
from sent_tui.tui.screens.dialogs import Confirm

if TYPE_CHECKING:
    from textual.app import App

    from sent_tui.tui.chosen import Chosen


async def agreed(
    app: App[Any], chosen: Chosen, title: str, body: Content, *, yes: str, verb: str, dangerous: bool = False
) -> bool:
    """Ask whether something shall be done, and return the answer."""
    if has_to_be_typed(chosen.count):
        return await is_counted(app, chosen, verb, join(title), body)
    return await app.push_screen_wait(Confirm(join(title), body, yes=yes, dangerous=dangerous))


async def is_counted(
    app: App[Any], chosen: Chosen, verb: str, title: Content | None = None, body: Content | None = None
) -> bool:
    """Have the number of contacts typed where there are many; return whether it was."""
    if not has_to_be_typed(chosen.count):
        return True
    how = f"{what_to_type(chosen.count, verb)}."

    def why_not(typed: str) -> str:
        return "" if is_that_number(typed, chosen.count) else how

    question = Content.assemble(chosen.named() if body is None else body, BREAK, BREAK, join((how, "bold")))
    heading = title or join(f"{chosen.words}: are you sure?")
    asked = AskLine(heading, question, yes="Go on", placeholder="How many", why_not=why_not)
    return await app.push_screen_wait(asked) is not None

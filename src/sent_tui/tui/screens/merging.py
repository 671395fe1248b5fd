"""Contacts of a list that may be one person: shown in pairs, merged or kept apart by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from sent_tui.errors import SentTuiError
from sent_tui.tui.messages import WorkFailed
from sent_tui.tui.screens.marking import Marking

if TYPE_CHECKING:
    from sent_tui.core.contact import Contact
    from sent_tui.tui.screens.duplicates import Decision, Found

AT_ONCE = 1_000
"""So many pairs are read at once; the others come when some of these are decided."""


class Merging(Marking):
    """A list whose duplicates can be merged; a mark goes to the contact that stays."""

    @work(exit_on_error=False, description="look for duplicates")
    async def action_duplicates(self) -> None:
        """Show pairs of contacts that may be one person, until a person leaves them."""
        # Imported when it is opened: the list is painted before that.
        from sent_tui.tui.screens.duplicates import ChoosePair, MergePair

        self.say("Looking for duplicates …")
        try:
            found = await asyncio.to_thread(self._found)
            self.say("")
            while True:
                chosen = await self.app.push_screen_wait(ChoosePair(found))
                if chosen is None:
                    return
                pair = found[int(chosen)]
                decision = await self.app.push_screen_wait(MergePair(pair))
                if decision is not None:
                    self.say(await asyncio.to_thread(self._decided, pair, decision))
                    if decision.merged is not None:
                        kept, other = _in_order(pair, decision)
                        self.marks = self.marks.handed_on(other.format_e164, kept.format_e164)
                    found = await asyncio.to_thread(self._found)
        except SentTuiError as error:
            self.app.post_message(WorkFailed.of(error))

    def _found(self) -> list[Found]:
        """Return the first pairs with their contacts: for a thread that may take its time."""
        service = self.workspace.duplicates
        both = ((pair, service.contacts(pair)) for pair in service.pairs()[:AT_ONCE])
        return [(pair, *two) for pair, two in both if two is not None]

    def _decided(self, found: Found, decision: Decision) -> str:
        """Do what was decided, and return in words what was done."""
        pair, *_ = found
        service, by = self.workspace.duplicates, self.workspace.user
        if decision.merged is None:
            service.keep_apart(pair, by=by)
            return "Kept apart: they are not shown again"
        kept, other = _in_order(found, decision)
        merged = service.merge(kept.id, other.id, decision.merged, by=by)
        return self.undoable(f"Merged into {merged.title}")


def _in_order(found: Found, decision: Decision) -> tuple[Contact, Contact]:
    """Return the contact that stays, and the one that goes."""
    _, first, second = found
    return (second, first) if decision.kept else (first, second)

"""Saved views of a list: named, opened, replaced and thrown away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from sent_tui.errors import SentTuiError
from sent_tui.tui.messages import WorkFailed
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.filtering import Filtering
from sent_tui.tui.screens.ordering import Ordering

if TYPE_CHECKING:
    from sent_tui.core.saved_view import SavedView


class Viewing(Filtering, Ordering):
    """A list whose search, filters and order can be kept under a name."""

    @work(exit_on_error=False, description="open a saved view")
    async def action_views(self) -> None:
        """Open a saved view, keep the present list as one, or throw one away."""
        # Imported when it is opened: the list is painted before that.
        from sent_tui.core.saved_view import SavedView
        from sent_tui.tui.screens.views import DELETE, SAVE, ChooseView

        present = SavedView("", self.query_text, self.channel_filter, self.filters, self.sort)
        service = self.workspace.views
        try:
            views = await asyncio.to_thread(service.all)
            chosen = await self.app.push_screen_wait(ChooseView(views, present))
            if chosen is None:
                return
            what, name = chosen[0], chosen[1:]
            if what == SAVE:
                await asyncio.to_thread(service.save, present.named(name))
                self.say(f"Saved as {name.strip()}")
            elif what == DELETE:
                if await self._agrees(name):
                    await asyncio.to_thread(service.delete, name)
                    self.say(f"View deleted: {name}")
            else:
                self._open(await asyncio.to_thread(service.named, name))
        except SentTuiError as error:
            self.app.post_message(WorkFailed.of(error))

    async def _agrees(self, name: str) -> bool:
        title = join("Delete the view ", safe(name, "bold", 60), "?")
        body = join("Only the view goes; its contacts stay. This cannot be undone.")
        return await self.ask(title, body, yes="Delete", dangerous=True)

    def _open(self, view: SavedView) -> None:
        self.search.value = view.search
        self.channel_filter, self.filters, self.sort = view.channel, view.filters, view.sort
        self.say(f"View: {view.name}")

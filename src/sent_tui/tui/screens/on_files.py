"""Contacts brought in from a file, and taken out to one, from a screen with a list of contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from sent_tui.core.marks import Marks
from sent_tui.core.search import EVERYONE, ContactQuery
from sent_tui.core.text import plural
from sent_tui.tui.safe import join
from sent_tui.tui.screens.marking import Marking

if TYPE_CHECKING:
    from sent_tui.services.exchange import IsCancelled, OnProgress


class OnFiles(Marking):
    """A list from which contacts are exported, and into which they are imported."""

    @work(exit_on_error=False, description="import contacts")
    async def action_import_contacts(self) -> None:
        """Choose a file, and import it; from the file one can go back to the files."""
        # Imported when it is opened: the list is painted before that.
        from sent_tui.tui.screens.choose_file import ChooseFile
        from sent_tui.tui.screens.import_file import ImportScreen

        if not self.is_active:
            return
        question = "A file with contacts: CSV, vCard or JSON Lines, told by its content"
        is_done: bool | None = False
        while not is_done:
            path = await self.app.push_screen_wait(ChooseFile(self.session, "Import", question))
            if path is None:
                return
            is_done = await self.app.push_screen_wait(ImportScreen(self.session, path))

    @work(exit_on_error=False, description="export contacts")
    async def action_export_contacts(self) -> None:
        """Ask which contacts and to which file, and write them."""
        # Imported when it is opened, for the same reason.
        from sent_tui.services.exchange import SUFFIXES
        from sent_tui.tui.screens.export import ExportRun, file_to_write

        if not self.is_active:
            return
        which = await self._which()
        if which is None:
            return
        query, marks = which
        question = "The name says the format: .csv, .vcf (vCard) or .jsonl (JSON Lines)"
        target = await file_to_write(self, "Export", question, "contacts.csv", SUFFIXES)
        if target is None:
            return
        path, is_there = target
        exchange = self.workspace.exchange

        def write(on_progress: OnProgress, is_cancelled: IsCancelled) -> int:
            return exchange.export_file(
                path,
                query=query,
                marks=marks,
                overwrite=is_there,
                on_progress=on_progress,
                is_cancelled=is_cancelled,
            )

        self.app.push_screen(ExportRun(path, write, of_what="contact"))

    async def _which(self) -> tuple[ContactQuery, Marks | None] | None:
        """Ask which contacts are meant, where there is a choice: all, those of the list, or the marked ones."""
        marked, listed = self.marks, self.wanted
        offered = []
        if marked:
            offered.append(("marked", join((f"The {plural(len(marked), 'marked contact')}", "bold"))))
        if not listed.is_everyone:
            words = join((f"The {plural(len(self.results), 'listed contact')}", "bold"), "   this search and filter")
            offered.append(("listed", words))
        offered.append(("all", join(("All contacts", "bold"))))
        answer = offered[0][0]
        if len(offered) > 1:
            chosen = await self.choose(join("Export which contacts?"), offered)
            if chosen is None:
                return None
            answer = chosen
        return (listed if answer == "listed" else EVERYONE), (marked if answer == "marked" else None)

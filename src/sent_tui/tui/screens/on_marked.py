"""What can be done with the marked contacts at once; without marks, with the one under the cursor.

Each command says first how many contacts it means and names the first of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

from textual import work
from textual.content import Content
from textual.worker import Worker

from sent_tui.core.confirming import NAMED
from sent_tui.core.contact import parse_tags
from sent_tui.core.marks import NO_MARKS, Marks
from sent_tui.core.search import ContactQuery
from sent_tui.tui.chosen import Chosen
from sent_tui.tui.safe import join
from sent_tui.tui.screens.marking import Marking

if TYPE_CHECKING:
    from sent_tui.core.search_match import IsCancelled
    from sent_tui.services.bulk_edit import EditReport
    from sent_tui.services.check_run import OnProgress
    from sent_tui.tui.screens.at_work import Job

_LOOKED_AT = 5_000
"""So many rows of the list are looked at for the first ones that are marked."""


class OnMarked(Marking):
    """A list on whose marked contacts the commands act."""

    def action_tag(self) -> None:
        """Add tags to the marked contacts and remove others."""
        self._tag_marked()

    def action_delete(self) -> Worker[None]:
        """Delete the marked contacts, after a question that says what is lost."""
        return self._delete_marked() if self.marks else super().action_delete()

    def action_toggle_consent(self) -> Worker[None]:
        """Opt the marked contacts out, after a question."""
        return self._opt_out_marked() if self.marks else super().action_toggle_consent()

    def action_check(self) -> None:
        """Look up the channels of the marked contacts again, after a question."""
        if self.marks:
            self._check_marked()
        else:
            super().action_check()

    def action_send(self) -> None:
        """Write one message to the marked contacts."""
        if self.marks:
            self._send_to_marked()
        else:
            super().action_send()

    @work(exit_on_error=False, description="tag contacts")
    async def _tag_marked(self) -> None:
        from sent_tui.tui.screens.asking_many import is_counted

        chosen = await self._whom()
        if chosen is None:
            return
        body = chosen.named("Separated by commas; one with a minus before it is removed.")
        typed = await self._line(join(f"Tags of {chosen.words}"), body, yes="Tag", placeholder="vip, -late payer")
        tags = parse_tags(typed) if typed else ()
        if not tags or not await is_counted(self.app, chosen, "tag"):
            return
        removed = tuple(tag.removeprefix("-").strip() for tag in tags if tag.startswith("-"))
        added = tuple(tag for tag in tags if not tag.startswith("-"))
        await self._edit(
            f"Tagging {chosen.words}",
            lambda tell, is_over: self.workspace.bulk_edit.tag(
                chosen.numbers, add=added, remove=removed, on_progress=tell, is_cancelled=is_over
            ),
            "tagged",
        )

    @work(exit_on_error=False, description="opt contacts out")
    async def _opt_out_marked(self) -> None:
        from sent_tui.tui.screens.asking_many import agreed

        chosen = await self._whom()
        if chosen is None:
            return
        body = chosen.named("No message will go to them on any channel until they opt in again.")
        if await agreed(self.app, chosen, f"Opt {chosen.words} out?", body, yes="Opt out", verb="opt them out"):
            await self._edit(
                f"Opting {chosen.words} out",
                lambda tell, is_over: self.workspace.bulk_edit.opt_out(
                    chosen.numbers, by=self.workspace.user, on_progress=tell, is_cancelled=is_over
                ),
                "opted out",
            )

    @work(exit_on_error=False, description="delete contacts")
    async def _delete_marked(self) -> None:
        from sent_tui.tui.screens.asking_many import agreed

        chosen = await self._whom()
        if chosen is None:
            return
        body = chosen.named(
            "Their names, tags, notes and what deliveries taught are lost.",
            "Messages and the record of opt-outs stay.",
        )
        if await agreed(self.app, chosen, f"Delete {chosen.words}?", body, yes="Delete", verb="delete", dangerous=True):
            done = await self._edit(
                f"Deleting {chosen.words}",
                lambda tell, is_over: self.workspace.bulk_edit.delete(
                    chosen.numbers, on_progress=tell, is_cancelled=is_over
                ),
                "deleted",
            )
            if done:
                self.marks = NO_MARKS

    @work(exit_on_error=False, description="check contacts")
    async def _check_marked(self) -> None:
        from sent_tui.tui.screens.asking_many import agreed
        from sent_tui.tui.screens.check_many import CheckMany

        chosen = await self._whom()
        if chosen is None:
            return
        title = f"Check the channels of {chosen.words} again?"
        if await agreed(self.app, chosen, title, chosen.named(), yes="Check", verb="check"):
            self.app.push_screen(CheckMany(self.session, numbers=chosen.numbers))

    @work(exit_on_error=False, description="send to contacts")
    async def _send_to_marked(self) -> None:
        from sent_tui.tui.screens.bulk_run import BulkRun
        from sent_tui.tui.screens.send_many import SendMany

        chosen = await self._whom()
        begun = None if chosen is None else await self.app.push_screen_wait(SendMany(self.session, chosen))
        if begun is not None:
            self.say(begun.words)
            self.app.push_screen(BulkRun(self.session, begun.batch))

    async def _whom(self) -> Chosen | None:
        """Return whom a command means, or say why it cannot be done."""
        row = self.contact_list.current
        if self.workspace.repository.read_only:
            self.say("The database is read-only.")
            return None
        if not self.marks and row is None:
            self.say("No contact is marked or selected.")
            return None
        if self.marks or row is None:
            return await asyncio.to_thread(self._looked_up, self.marks, self.wanted)
        return Chosen([row.e164], [row.name or row.international], 0)

    def _looked_up(self, marks: Marks, query: ContactQuery) -> Chosen:
        """Return the marked contacts: for a thread that may take its time."""
        listed = self.workspace.repository.answer(query)
        numbers = list(marks)
        first = list(islice((row.e164 for row in islice(listed, _LOOKED_AT) if row.e164 in marks), NAMED))
        names = self.workspace.bulk_edit.first_names(first or numbers, NAMED)
        return Chosen(numbers, names, len(marks.without(listed.numbers())))

    async def _line(self, title: Content, body: Content, *, yes: str, **more: Any) -> str | None:  # noqa: ANN401
        from sent_tui.tui.screens.asking import AskLine

        return await self.app.push_screen_wait(AskLine(title, body, yes=yes, **more))

    async def _edit(self, heading: str, edit: Callable[[OnProgress, IsCancelled], EditReport], done: str) -> bool:
        """Change contacts with progress, say what came of it, and return whether all are done."""
        reports: list[EditReport] = []

        def job(tell: OnProgress, is_over: IsCancelled) -> str:
            reports.append(edit(tell, is_over))
            words = _in_words(reports[0], done)
            return self.undoable(words) if reports[0].changed else words

        await self._run(heading, job)
        return bool(reports) and not reports[0].is_cancelled

    async def _run(self, heading: str, job: Job, *, stops: str = "esc stops; what is done by then is kept") -> None:
        # Imported with the first work, as everything here: the list is painted before that.
        from sent_tui.tui.screens.at_work import AtWork

        outcome = await self.app.push_screen_wait(AtWork(join(heading), job, stops=stops))
        if outcome is not None:
            self.say(outcome)


def _in_words(report: EditReport, done: str) -> str:
    counts = [(report.changed, done), (report.unchanged, "were so already"), (report.gone, "are gone")]
    told = ", ".join(f"{count:,} {words}" for count, words in counts if count) or "Nothing to do"
    stopped = "Stopped: " if report.is_cancelled else ""
    return f"{stopped}{told}"

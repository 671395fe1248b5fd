"""One message to many contacts: written as to one, with what each of them gets, at once or at a time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.worker import get_current_worker

from sent_tui.core.contact import Contact
from sent_tui.core.message import Draft
from sent_tui.core.moments import read_moment
from sent_tui.core.text import plural
from sent_tui.errors import SentTuiError
from sent_tui.services.claiming import Order
from sent_tui.services.drafts_to_many import draft_key
from sent_tui.services.forecast import Forecast, forecasts
from sent_tui.services.personal import ContentOf, longest_names
from sent_tui.tui.chosen import Chosen
from sent_tui.tui.commands import EVERYWHERE, WRITE, bindings
from sent_tui.tui.drafts import DraftKeeper
from sent_tui.tui.messages import WorkFailed
from sent_tui.tui.safe import BREAK, join, safe
from sent_tui.tui.screens.ask_time import AskTime, time_words
from sent_tui.tui.screens.asking_many import agreed
from sent_tui.tui.screens.at_work import AtWork
from sent_tui.tui.screens.once import Page
from sent_tui.tui.screens.send_job import ToMany, send_job
from sent_tui.tui.screens.templates import OffersTemplates
from sent_tui.tui.screens.writing import Writes
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.composition import Stage
from sent_tui.tui.widgets.many_panel import ManyPanel
from sent_tui.tui.widgets.status_line import KeyLine, TopLine

RECKONED = 1_000
"""Contacts for which it is reckoned what they would get, while the message is written."""


class Begun(Struct, frozen=True):
    """A bulk send that was begun."""

    batch: str
    words: str
    """What was begun, for a person."""


class SendMany(OffersTemplates, Writes, Page[Begun | None]):
    """Gives back what was begun, or None; what is written is kept in the repository until it is sent."""

    TITLE = "Send to many"
    BINDINGS: ClassVar[list[BindingType]] = bindings(WRITE)
    AUTO_FOCUS = ""

    @dataclass(eq=False, repr=False)
    class FirstRead(Message):
        """The first of the contacts was read, and those with the longest names."""

        contact: Contact
        wordiest: tuple[Contact, ...]

    @dataclass(eq=False, repr=False)
    class Reckoned(Message):
        """It is known what is expected of some contacts."""

        forecast: Forecast

    def __init__(self, session: Session, chosen: Chosen) -> None:
        super().__init__()
        self.session = session
        self.workspace = session.workspace
        self._panel = ManyPanel(chosen.who, chosen.count, session.rate)
        self._chosen = chosen
        self._reckoned: object = None
        """For what it was reckoned last."""
        self._key = draft_key(chosen.numbers)
        self._drafts = DraftKeeper(self._keep)
        self._kept = Draft(self._key)
        """The draft that is on disk or on its way there."""
        self._instead_of = ""
        """The key of the draft to others that is continued here."""
        self._send_at: datetime | None = None
        """When it shall go out, as it was said last."""
        self._is_begun = False

    @property
    def panel(self) -> ManyPanel:
        """What is written, and what is expected of it."""
        return self._panel

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Send to many")
        yield self.panel
        yield KeyLine(WRITE, EVERYWHERE, typing=True)

    def on_mount(self) -> None:
        """Begin with what was written before, and find out what the templates are and who comes first."""
        self.panel.begin(self._written_before())
        self.want_templates()
        self._read_first(self._chosen.numbers)
        self._reckon_soon()

    def _written_before(self) -> Draft | None:
        """Return what was written to the same contacts, or else what was written last, to others."""
        last = self.session.unsent.to_many
        try:
            stored = self.workspace.drafts_to_many.of(self._key)
        except SentTuiError as error:
            self.app.post_message(WorkFailed.of(error))
            stored = None
        if last is not None and (stored is None or last.contact_id == self._key):
            self._instead_of, stored = last.contact_id, replace(last, contact_id=self._key)
        if stored is not None:
            self._send_at = stored.send_at
            self._kept = replace(stored, updated_at=None)
        return stored

    async def on_unmount(self) -> None:
        """Keep what was written to the last letter."""
        self._note(self.panel.draft)
        with suppress(SentTuiError):
            await asyncio.to_thread(self._drafts.drain)

    def _note(self, draft: Draft) -> None:
        """Keep a draft that changed."""
        draft = replace(draft, contact_id=self._key, send_at=self._send_at)
        if draft != self._kept and not self._is_begun and not self.workspace.repository.read_only:
            self._kept = self.session.unsent.to_many = draft
            if self._drafts.put(draft):
                self._save_drafts()

    @work(thread=True, exit_on_error=False, group="drafts", description="keep a draft")
    def _save_drafts(self) -> None:
        self._drafts.drain()

    def _keep(self, draft: Draft) -> None:
        self.workspace.drafts_to_many.save(draft, self._chosen.numbers, instead_of=self._instead_of)

    def _discard(self) -> None:
        """Throw away what is sent now; a letter that is being kept is waited for."""
        with suppress(SentTuiError):
            self._drafts.drain()
            self.workspace.drafts_to_many.discard(self._key, self._instead_of)

    @work(thread=True, exit_on_error=False, group="first", description="read a contact")
    def _read_first(self, numbers: list[str]) -> None:
        """Find the first contact that gets anything, and has a name where that is possible; and the longest names."""
        found = [contact for contact in map(self.workspace.repository.find, numbers[:RECKONED]) if contact is not None]
        if found:
            first = next((contact for contact in found if contact.name and not contact.opt_out), found[0])
            self.post_message(self.FirstRead(first, longest_names(found)))

    def on_send_many_first_read(self, message: FirstRead) -> None:
        """Show what the first contact reads."""
        self.panel.contact, self.panel.wordiest = message.contact, message.wordiest
        self._reckon_soon()

    def on_many_panel_changed(self, event: ManyPanel.Changed) -> None:
        """Keep what is written, and reckon anew where that changes what is expected."""
        event.stop()
        self._note(event.draft)
        self._reckon_soon()

    def _reckon_soon(self) -> None:
        essence = self.panel.essence
        if essence != self._reckoned:
            self._reckoned = essence
            self._reckon(self.panel.content_of, Order(channel=self.panel.channel))

    @work(thread=True, exclusive=True, exit_on_error=False, group="reckon", description="reckon what is expected")
    def _reckon(self, content_of: ContentOf, order: Order) -> None:
        worker, workspace = get_current_worker(), self.workspace
        ids = list(islice(workspace.bulk_edit.ids(self._chosen.numbers), RECKONED))
        for found in forecasts(
            workspace.repository,
            workspace.sending,
            ids,
            content_of,
            order,
            quiet=self.session.quiet,
            now=workspace.clock(),
        ):
            if worker.is_cancelled:
                return
            self.post_message(self.Reckoned(replace(found, contacts=max(found.contacts, self._chosen.count))))

    def on_send_many_reckoned(self, message: Reckoned) -> None:
        """Show what is expected."""
        self.panel.forecast = message.forecast

    def on_writing_panel_left(self) -> None:
        """Go back to where one came from."""
        self.dismiss(None)

    def on_many_panel_send_wanted(self, event: ManyPanel.SendWanted) -> None:
        """Ask whether it shall go, once."""
        event.stop()
        if self.panel.stage is Stage.WRITING:
            self.panel.stage = Stage.ASKING
            self._ask(later=event.later, held=event.held)

    @work(exit_on_error=False, group="ask", description="ask before sending")
    async def _ask(self, *, later: bool, held: bool) -> None:
        """Ask when it shall go out, where that is wanted, and whether; then write the messages down."""
        begun: list[str] = []
        words: str | None = "Nothing was sent."
        try:
            send_at = await self._when() if later else None
            if later and send_at is None:
                return
            quiet = self.session.quiet if held else None
            wanted = ToMany(self._written, self.panel.content_of, self.panel.channel, send_at, quiet)
            if await self._agreed(wanted):
                job = send_job(self.workspace, self._chosen.numbers, wanted, self.session.rate, begun.append)
                heading = join(f"Writing {plural(self._chosen.count, 'message')} down")
                words = await self.app.push_screen_wait(AtWork(heading, job, stops="esc stops, and sends nothing"))
        finally:
            self.panel.stage = Stage.WRITING
            if not begun:
                self.panel.tell(words or "", "$text-warning")
        if begun:
            self._is_begun, self.session.unsent.to_many = True, None
            await asyncio.to_thread(self._discard)
            self.dismiss(Begun(begun[0], words or ""))

    @property
    def _written(self) -> str:
        template = self.panel.composer.template
        return template.body if template is not None else self.panel.composer.composition.text

    async def _when(self) -> datetime | None:
        now = self.workspace.clock()
        text = await self.app.push_screen_wait(AskTime(self._chosen.words, now, present=self._send_at))
        if text:
            self._send_at = read_moment(text, now)
            self._note(self.panel.draft)
            return self._send_at
        return None

    async def _agreed(self, wanted: ToMany) -> bool:
        facts: list[Content] = []
        if wanted.send_at is not None:
            facts.append(join(("When     ", "$text-muted"), (time_words(wanted.send_at), "bold")))
        if wanted.quiet is not None:
            held = f"{wanted.quiet.begin:%H:%M}–{wanted.quiet.end:%H:%M}, by the clock of each"
            facts.append(join(("Held     ", "$text-muted"), (held, "bold")))
        elif self.panel.is_night():
            facts.append(join(("! ", "bold $text-warning"), f"It is night where {self.panel.asleep:,} of them are."))
        if wanted.channel is not None:
            facts.append(join(("Channel  ", "$text-muted"), (wanted.channel.label, "bold"), ", and no other"))
        facts.append(join(("Through  ", "$text-muted"), safe(self.workspace.gateway.label)))
        who = self._chosen.named("Who has opted out gets nothing.")
        body = BREAK.join([safe(f"“{wanted.text.strip()}”", "bold", 300), Content(""), *facts, Content(""), who])
        yes = "Schedule" if wanted.send_at is not None else "Send"
        title = f"Send this to {self._chosen.words}?"
        return await agreed(self.app, self._chosen, title, body, yes=yes, verb="send")

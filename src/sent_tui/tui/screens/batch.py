"""A pasted list of numbers, judged line by line, that becomes contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import Button, Input, Static
from textual.worker import Worker, WorkerState, get_current_worker

from sent_tui.core.contact import parse_tags
from sent_tui.core.text import plural
from sent_tui.errors import SentTuiError
from sent_tui.services.contacts import Created, NewContact, Refusal, Undoing
from sent_tui.tui.batch import MOST_LINES, BatchLine, Standing, count_words, judge_lines, with_outcome
from sent_tui.tui.commands import CREATE, EVERYWHERE, bindings
from sent_tui.tui.messages import WorkFailed
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.countries import NO_COUNTRY, choose_country
from sent_tui.tui.screens.once import Page
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.batch_list import BatchList
from sent_tui.tui.widgets.country_field import CountryField
from sent_tui.tui.widgets.fields import TextField
from sent_tui.tui.widgets.layout import Document, Line
from sent_tui.tui.widgets.status_line import KeyLine, TopLine

AT_ONCE = 20
"""Contacts of one write: few enough to show progress and to be stopped soon."""


class BatchScreen(Page[str | None]):
    """One row for each number; gives back the id of the first new contact, or None to go back to the form."""

    TITLE = "New contact"
    CSS_PATH = "batch.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(CREATE)
    AUTO_FOCUS = "BatchList"

    lines: var[tuple[BatchLine, ...]] = var(())
    is_creating: var[bool] = var(default=False)
    trouble: var[str] = var("")
    """Why it did not go on; empty while there is no trouble."""

    country_field = getters.query_one(CountryField)
    tags = getters.query_one("#tags", TextField)

    @dataclass(eq=False, repr=False)
    class Judged(Message):
        """The lines were looked at."""

        number: int
        """Which look it was; an older one than the latest is thrown away."""
        lines: tuple[BatchLine, ...]

    @dataclass(eq=False, repr=False)
    class Made(Message):
        """Some lines were made contacts, or refused."""

        outcomes: tuple[tuple[int, Created | Refusal], ...]
        """Each with the place of its line."""

    @dataclass(eq=False, repr=False)
    class Ended(Message):
        """Nothing more comes, and why in words when that is too early."""

        trouble: str = ""

    def __init__(
        self, session: Session, texts: Sequence[str], *, pasted: int = 0, region: str | None = None, tags: str = ""
    ) -> None:
        """Make a screen of some lines; `pasted` says how many there were when some are left out."""
        super().__init__()
        self.session = session
        self.workspace = session.workspace
        self._pasted = max(pasted, len(texts))
        self._texts = tuple(texts[:MOST_LINES])
        self._region = region
        self._tags = tags
        self._look_number = 0
        self._creator: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("New contacts")
        with Horizontal(id="fields"):
            with Horizontal(classes="row"):
                yield Static("Country", classes="label")
                yield CountryField()
            with Horizontal(classes="row"):
                yield Static("Tags", classes="label")
                yield TextField(self._tags, placeholder="of all, separated by commas", line_break=", ", field_id="tags")
        yield Document(id="summary")
        yield BatchList().data_bind(lines=BatchScreen.lines)
        yield Document(id="note")
        with Horizontal(id="actions"):
            yield Button(Content("Create"), id="create", variant="primary", compact=True)
            yield Static(id="hint")
        yield KeyLine(CREATE, EVERYWHERE, typing=True)

    def on_mount(self) -> None:
        """Look at the lines."""
        self._take_country(self._region)
        self._draw()

    def _take_country(self, region: str | None) -> None:
        self._region = region
        self.country_field.country = region
        self.lines = ()
        self._look_number += 1
        self._look(self._look_number, region)

    @work(thread=True, exclusive=True, group="look", exit_on_error=False, description="judge pasted numbers")
    def _look(self, number: int, region: str | None) -> None:
        self.post_message(self.Judged(number, judge_lines(self._texts, region, self.workspace.repository.find)))

    def on_batch_screen_judged(self, message: Judged) -> None:
        """Show what the lines are."""
        if message.number == self._look_number:
            self.lines = message.lines

    @on(BatchList.Highlighted)
    def _highlighted(self) -> None:
        line = self.query_one(BatchList).current_line
        if line is None:
            return
        text = join((line.text, "bold"), "  ", (line.note, "$text-muted"))
        self.query_one("#note", Document).lines = (Line(text, 2),)

    @on(CountryField.Wanted)
    def _country_wanted(self, event: CountryField.Wanted) -> None:
        choose_country(self, event.typed, self._region, self._country_chosen)

    @on(CountryField.Cleared)
    def _country_cleared(self) -> None:
        self._take_country(None)

    def _country_chosen(self, code: str | None) -> None:
        if code is not None:
            self._take_country(None if code == NO_COUNTRY else code)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.query_one(BatchList).focus()

    @on(Button.Pressed)
    def _pressed(self) -> None:
        self.action_save()

    def why_disabled(self, command: str) -> str:
        """Return why a command makes no sense now."""
        if command == "use_suggestion":
            return "A list of numbers has no suggestion."
        if self.is_creating and command in {"choose_country", "another", "save"}:
            return "The contacts are being created."
        if command == "choose_country" and self._ids(Standing.CREATED):
            return "The country was chosen with the numbers."
        return ""

    def action_choose_country(self) -> None:
        """Ask for the country of national numbers."""
        choose_country(self, "", self._region, self._country_chosen)

    def action_another(self) -> None:
        """Go back to the form."""
        self.dismiss(None)

    def action_back(self) -> None:
        """Stop, or go back to the form."""
        if self.is_creating and self._creator is not None:
            self._creator.cancel()
        else:
            self.dismiss(None)

    def _ids(self, standing: Standing) -> list[str]:
        return [line.contact_id for line in self.lines if line.standing is standing]

    def action_save(self) -> None:
        """Make contacts of the new numbers; afterwards, go to the first of them."""
        if self.is_creating or not self.lines or not self.is_active:
            return
        self.trouble = ""
        tags = parse_tags(self.tags.value)
        entries = [
            (at, NewContact(line.text, self._region, tags=tags))
            for at, line in enumerate(self.lines)
            if line.standing is Standing.NEW
        ]
        created = self._ids(Standing.CREATED)
        if entries:
            self.is_creating = True
            self._creator = self._create(entries)
        elif created:
            self.dismiss(created[0])
        else:
            self.trouble = "There is no new number here."

    @work(thread=True, group="create", exit_on_error=False, description="create contacts")
    def _create(self, entries: Sequence[tuple[int, NewContact]]) -> None:
        worker, app = get_current_worker(), self.app
        trouble, contacts = "", self.workspace.contacts
        undoing = Undoing.named(f"creation of {plural(len(entries), 'contact')}")
        for start in range(0, len(entries), AT_ONCE):
            if worker.is_cancelled:
                trouble = "Stopped. What was created stays."
                break
            part = entries[start : start + AT_ONCE]
            try:
                outcomes = contacts.create_many([entry for _, entry in part], undoing=undoing)
            except SentTuiError as error:
                trouble = str(error)
                break
            self.post_message(self.Made(tuple(zip((at for at, _ in part), outcomes, strict=True))))
        if not self.post_message(self.Ended(trouble)) and trouble:
            app.post_message(WorkFailed("Not all contacts were created", trouble))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Let the screen be used again when creating broke off by an error of ours."""
        if event.worker.group == "create" and event.state is WorkerState.ERROR:
            self.post_message(self.Ended("Something went wrong. It is not certain what was created."))

    def on_batch_screen_made(self, message: Made) -> None:
        """Show what came of some lines."""
        lines = list(self.lines)
        for at, outcome in message.outcomes:
            lines[at] = with_outcome(lines[at], outcome)
        self.lines = tuple(lines)

    def on_batch_screen_ended(self, message: Ended) -> None:
        """Offer to go on."""
        self.is_creating = False
        self.trouble = message.trouble
        if not self._ids(Standing.NEW):
            self.query_one("#create").focus()

    def watch_lines(self) -> None:
        """Count the lines anew."""
        self._draw()

    def watch_is_creating(self) -> None:
        """Show whether something is under way."""
        self._draw()

    def watch_trouble(self) -> None:
        """Say why it did not go on."""
        self._draw()

    def _draw(self) -> None:
        if not self.query(BatchList):
            return
        self.query_one("#summary", Document).lines = tuple(self._summary())
        new = len(self._ids(Standing.NEW))
        button = self.query_one("#create", Button)
        button.label = Content("Done") if self._ids(Standing.CREATED) and not new else safe(f"Create {new:,}")
        button.disabled = self.is_creating
        self.query_one("#fields").disabled = self.is_creating
        hint = "esc stops" if self.is_creating else "esc goes back to the form"
        self.query_one("#hint", Static).update(safe(hint, "$text-muted"))

    def _summary(self) -> list[Line]:
        if not self.lines:
            return [Line(join(("… Reading the numbers", "$text-muted")))]
        head = "… Creating: " if self.is_creating else f"{plural(len(self.lines), 'line')}: "
        lines = [Line(join((head, "bold"), count_words(self.lines)))]
        if self._pasted > len(self._texts):
            words = (
                f" Of {self._pasted:,} pasted lines, only the first {len(self._texts):,} are here. For a longer list: "
            )
            lines.append(Line(join(("!", "bold $text-warning"), words, ("sent-tui contacts import FILE", "bold")), 2))
        if self.trouble:
            lines.append(Line(join(("✗ ", "bold $text-error"), self.trouble), 2))
        return lines

"""A file before it is imported: how it is read, what its columns mean, and what would come of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from msgspec import Struct
from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import var
from textual.widgets import OptionList, Static
from textual.worker import get_current_worker

from sent_tui.core.text import plural
from sent_tui.errors import SentTuiError
from sent_tui.services.exchange import Column, Field, ImportReport, NamedField, Preview, Progress, field_for
from sent_tui.tui.batch import BatchLine
from sent_tui.tui.commands import EVERYWHERE, IMPORT, bindings
from sent_tui.tui.file_rows import preview_lines
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.countries import NO_COUNTRY, choose_country
from sent_tui.tui.screens.dialogs import Choice, Choose
from sent_tui.tui.screens.once import Page
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.batch_list import BatchList
from sent_tui.tui.widgets.column_list import ColumnList, meaning_content
from sent_tui.tui.widgets.country_field import CountryField
from sent_tui.tui.widgets.file_list import size_words
from sent_tui.tui.widgets.layout import Document, Line
from sent_tui.tui.widgets.status_line import KeyLine, TopLine

AS_RECOGNISED = ""
"""Chosen to have a column mean what its name says."""
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_ENCODINGS = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}


class Reading(Struct, frozen=True):
    """How a file is to be read."""

    path: Path
    region: str | None = None
    """The country of national numbers, ISO 3166-1 alpha-2."""
    mapping: tuple[tuple[str, str], ...] = ()
    """What columns mean, by their names, where a person said so."""


class ImportScreen(Page[bool]):
    """Columns above, the first rows below; gives back whether the file was imported, False to choose another one."""

    TITLE = "Import"
    CSS_PATH = "import_file.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(IMPORT)
    AUTO_FOCUS = "ColumnList"

    reading: var[Reading] = var(Reading(Path()))
    preview: var[Preview | None] = var(None)
    """What the file is; None while it is read."""
    columns: var[tuple[Column, ...]] = var(())
    rows: var[tuple[BatchLine, ...]] = var(())
    """What the first rows would become."""
    counted: var[Progress | ImportReport | None] = var(None)
    """What would come of all rows, as far as they were tried."""
    checks: var[bool] = var(default=True)
    """Whether the channels of new contacts are looked up while they are imported."""
    trouble: var[str] = var("")
    """Why the file cannot be read; empty when it can."""

    column_list = getters.query_one(ColumnList)

    @dataclass(eq=False, repr=False)
    class Looked(Message):
        """The beginning of the file was read."""

        reading: Reading
        preview: Preview | None
        rows: tuple[BatchLine, ...]
        trouble: str = ""

    @dataclass(eq=False, repr=False)
    class Counted(Message):
        """Some rows, or all, were tried."""

        reading: Reading
        counted: Progress | ImportReport

    def __init__(self, session: Session, path: Path) -> None:
        super().__init__()
        self.session = session
        self.workspace = session.workspace
        self.set_reactive(ImportScreen.reading, Reading(path, session.region or None))

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Import")
        yield Document(id="facts")
        with Horizontal(id="country"):
            yield Static("Country", classes="label")
            yield CountryField()
        with Vertical(id="columns"):
            yield Static("Columns", classes="section-title")
            yield ColumnList(compact=True).data_bind(columns=ImportScreen.columns)
        with Vertical(id="rows"):
            yield Static("First rows", classes="section-title")
            yield BatchList(can_focus=False).data_bind(lines=ImportScreen.rows)
        yield Document(id="counts")
        yield KeyLine(IMPORT, EVERYWHERE)

    def on_mount(self) -> None:
        """Begin to read."""
        self.query_one(CountryField).can_focus = False
        self._begin()

    def watch_reading(self) -> None:
        """Read the file anew, in another way."""
        if self.is_mounted:
            self._begin()

    def _begin(self) -> None:
        self.counted = None
        self.query_one(CountryField).country = self.reading.region
        self._look(self.reading)

    @work(thread=True, exclusive=True, group="look", exit_on_error=False, description="look at a file")
    def _look(self, reading: Reading) -> None:
        worker = get_current_worker()
        exchange, find = self.workspace.exchange, self.workspace.repository.find
        path, region, mapping = reading.path, reading.region, dict(reading.mapping) or None
        try:
            preview = exchange.look_at(path, region=region, mapping=mapping)
            self.post_message(self.Looked(reading, preview, preview_lines(preview.rows, find), preview.problem))
            if preview.problem:
                return
            report = exchange.import_file(
                path,
                region=region,
                mapping=mapping,
                dry_run=True,
                on_progress=lambda progress: self._tell(self.Counted(reading, progress)),
                is_cancelled=lambda: worker.is_cancelled,
            )
        except SentTuiError as error:
            self.post_message(self.Looked(reading, None, (), str(error)))
        else:
            if not report.cancelled:
                self.post_message(self.Counted(reading, report))

    def _tell(self, news: Message) -> None:
        self.post_message(news)

    def on_import_screen_looked(self, message: Looked) -> None:
        """Show what the file is."""
        if message.reading == self.reading:
            self.preview = message.preview
            self.columns = message.preview.columns if message.preview else ()
            self.rows = message.rows
            self.trouble = message.trouble
            self._draw()

    def on_import_screen_counted(self, message: Counted) -> None:
        """Show what would come of the rows."""
        if message.reading == self.reading:
            self.counted = message.counted
            self._draw()

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.action_choose_meaning()

    @on(CountryField.Wanted)
    def _country_wanted(self, event: CountryField.Wanted) -> None:
        choose_country(self, event.typed, self.reading.region, self._country_chosen)

    def action_choose_country(self) -> None:
        """Ask for the country of national numbers."""
        choose_country(self, "", self.reading.region, self._country_chosen)

    def _country_chosen(self, code: str | None) -> None:
        if code is not None:
            region = None if code == NO_COUNTRY else code
            self.reading = Reading(self.reading.path, region, self.reading.mapping)

    @work(exit_on_error=False, description="choose a meaning")
    async def action_choose_meaning(self) -> None:
        """Ask what the column under the cursor means."""
        column = self.column_list.current
        if column is None or self.preview is None:
            return
        if not self.preview.is_mapped:
            self.query_one(KeyLine).news = "What the properties of a vCard mean is fixed."
            return
        mapping = dict(self.reading.mapping)
        offered = [Choice(AS_RECOGNISED, join(("as its name says", "bold")))]
        named = field_for(column.name)
        others = [field for field in Field if field is not Field.IGNORED]
        meanings = [*others, *dict.fromkeys(filter(None, (named, _named(column)))), Field.IGNORED]
        offered += [Choice(meaning.value, meaning_content(meaning)) for meaning in meanings]
        values = [choice.value for choice in offered]
        samples = safe("For example: " + " · ".join(column.samples), limit=120) if column.samples else None
        title = join("What is in the column ", safe(column.name, "bold", 40), "?")
        at = values.index(mapping.get(column.name, column.field.value if column.field else Field.IGNORED.value))
        chosen = await self.app.push_screen_wait(Choose(title, offered, note=samples, at=at))
        if chosen is None:
            return
        mapping.pop(column.name, None)
        if chosen != AS_RECOGNISED:
            mapping[column.name] = chosen
        self.reading = Reading(self.reading.path, self.reading.region, tuple(mapping.items()))

    def action_move(self, rows: int) -> None:
        """Move through the columns."""
        self.column_list.action_cursor_down() if rows > 0 else self.column_list.action_cursor_up()

    def action_toggle_check(self) -> None:
        """Look up channels while importing, or not."""
        self.checks = not self.checks
        self._draw()

    def action_run_import(self) -> None:
        """Import all rows."""
        # Imported when it is opened: a file is looked at before that.
        from sent_tui.tui.screens.import_run import ImportRun

        if self.preview is None or self.trouble or not self.is_active:
            return
        self.workers.cancel_group(self, "look")
        self.app.push_screen(ImportRun(self.session, self.reading, checks=self.checks), self._imported)

    def _imported(self, _: None) -> None:
        self.dismiss(result=True)

    def action_back(self) -> None:
        """Go back to the files."""
        self.dismiss(result=False)

    def _draw(self) -> None:
        self.query_one("#facts", Document).lines = self._facts()
        self.query_one("#counts", Document).lines = self._counts()
        has_columns = bool(self.columns)
        self.query_one("#columns").display = has_columns
        self.query_one("#rows").display = bool(self.rows)

    def _facts(self) -> tuple[Line, ...]:
        name = safe(self.reading.path.name, "bold", 100)
        if self.preview is None:
            return (Line(name),)
        return (Line(join(name, (f"   {_how_written(self.preview)}", "$text-muted")), 2),)

    def _counts(self) -> tuple[Line, ...]:
        if self.trouble:
            hint = " Say with enter which column holds the numbers." if self.columns else ""
            return (Line(join(("✗ ", "bold $text-error"), self.trouble, hint), 2),)
        match self.counted:
            case ImportReport() as report:
                total = f"{plural(report.rows, 'row')}: "
                counts = Line(join(("✓ ", "bold $text-success"), total, count_words(report)), 2)
            case Progress() as progress:
                refused = f", {progress.refused:,} of them refused" if progress.refused else ""
                done = f"{plural(progress.rows, 'row')} ({int(progress.share * 100)} %){refused}"
                counts = Line(join(("… Trying the rows: ", "$text-muted"), done), 2)
            case _:
                counts = Line(join(("… Trying the rows", "$text-muted")))
        checks = "are looked up" if self.checks else "are not looked up"
        return counts, Line(join((f"Channels of new contacts {checks} while importing.", "$text-muted")))


def _named(column: Column) -> NamedField | None:
    return column.field if isinstance(column.field, NamedField) else None


def _how_written(preview: Preview) -> str:
    words = [preview.format.label]
    if preview.delimiter:
        words.append(f"separated by {_DELIMITERS.get(preview.delimiter, preview.delimiter)}")
    words.append(_ENCODINGS.get(preview.encoding, preview.encoding))
    words.append(size_words(preview.total_bytes))
    if not preview.has_header:
        words.append("no header")
    return " · ".join(words)


def count_words(report: ImportReport) -> str:
    """Return what came of rows: "963 new · 12 with more words · 37 refused"."""
    counts = (
        (report.added, "new"),
        (report.merged, "known, with something added"),
        (report.unchanged, "known, unchanged"),
        (report.refused_count, "refused"),
        (report.opted_out, "opted out"),
    )
    return " · ".join(f"{count:,} {words}" for count, words in counts if count) or "no rows"

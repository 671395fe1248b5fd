"""`sent-tui contacts import` and `export`."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.options import Command, State, global_options, json_option, need, plain_text
from sent_tui.cli.output import ReaderGoneError, note, percentage, progress_line, say, say_json, say_lines
from sent_tui.cli.people import contacts_of, query_of, query_options
from sent_tui.core.text import display, plural
from sent_tui.errors import ExitCode
from sent_tui.services.exchange import Format, ImportReport, Progress, check_problems_target, write_problems

if TYPE_CHECKING:
    from sent_tui.core.search import ContactQuery
    from sent_tui.services.workspace import Workspace

STDOUT = Path("-")
_KEPT = "Stopped. What was done so far is kept. `sent-tui contacts undo` takes it back."
RAW = 80
"""Characters of a refused row that are shown."""


@click.command("import", cls=Command)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--no-check", is_flag=True, help="Do not look up channels now; `contacts check` does it later.")
@click.option("--errors", type=click.Path(path_type=Path), metavar="FILE", help="Write the refused rows to this CSV.")
@click.option("--map", "columns", type=plain_text, multiple=True, metavar="COLUMN=MEANING", help="What a column means.")
@click.option("--dry-run", is_flag=True, help="Store nothing; report what would come of it.")
@click.option("--jobs", type=click.IntRange(1, 2), metavar="N", help="Processes: by itself 2 for a large file.")
@json_option()
@global_options
@click.pass_obj
def import_file(
    state: State,
    file: Path,
    no_check: bool,
    errors: Path | None,
    columns: Sequence[str],
    dry_run: bool,
    jobs: int | None,
) -> int:
    """Import contacts from a file.

    CSV, vCard or JSON Lines, told by the content. Numbers that are stored already get what they lack. Rows that cannot
    be used are reported, each with its line and the reason, and stop nothing. `sent-tui contacts undo` takes the whole
    import back.
    """
    if errors is not None:
        check_problems_target(errors)
    with state.workspace() as workspace, _shown_progress(_KEPT) as on_progress:
        report = workspace.exchange.import_file(
            file,
            region=state.settings.region,
            mapping=_mapping(columns),
            detect=not no_check,
            dry_run=dry_run,
            processes=jobs,
            on_progress=on_progress,
        )
    if errors is not None:
        write_problems(report.refused, errors)
    if state.json:
        say_json(report.to_json())
    else:
        _show(report, errors, dry_run=dry_run)
    return ExitCode.DONE


@click.command("export", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE")
@click.option("--format", "wanted", type=click.Choice([kind.value for kind in Format]), help="Not that of the name.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@query_options
@json_option()
@global_options
@click.pass_obj
def export_file(state: State, /, file: Path, wanted: str | None, overwrite: bool, **options: Any) -> int:  # noqa: ANN401
    """Export contacts to a file, or with - to standard output.

    CSV, vCard or JSON Lines, by the end of the name; on standard output CSV unless --format is given.
    """
    format_ = Format(wanted) if wanted else None
    if file == STDOUT:
        need(not state.json, "Standard output holds the contacts already", "", "Leave out --json, or name a file.")
        with state.workspace() as workspace:
            _to_stdout(workspace, query_of(workspace, options), format_ or Format.CSV)
        return ExitCode.DONE
    with state.workspace() as workspace, _shown_progress("Stopped. No file was written.") as on_progress:
        count = workspace.exchange.export_file(
            file,
            query=query_of(workspace, options),
            format=format_,
            overwrite=overwrite,
            on_progress=on_progress,
        )
    if state.json:
        say_json({"exported": count, "file": str(file)})
    else:
        say(f"Exported {plural(count, 'contact')} to {display(str(file))}")
    return ExitCode.DONE


def _mapping(columns: Sequence[str]) -> dict[str, str] | None:
    mapping: dict[str, str] = {}
    for column in columns:
        name, sign, meaning = column.rpartition("=")
        need(bool(name and sign), "A column is not understood", f"--map {column} has no =.", "Write COLUMN=MEANING.")
        mapping[name] = meaning
    return mapping or None


def _show(report: ImportReport, errors: Path | None, *, dry_run: bool) -> None:
    counts = (
        ("added", report.added),
        ("merged", report.merged),
        ("unchanged", report.unchanged),
        ("refused", report.refused_count),
        ("opted out", report.opted_out),
    )
    would = "Would be: " if dry_run else ""
    say(would + ", ".join(f"{count:,} {name}" for name, count in counts if count or name in {"added", "refused"}))
    if errors is not None:
        say(f"Refused rows are in {display(str(errors))}")
    else:
        for problem in report.refused:
            say(f"line {problem.line}: {display(problem.reason, 500)} ({display(problem.raw, RAW)})")
    unnamed = report.refused_count - len(report.refused)
    if unnamed:
        note(f"{unnamed:,} more were refused, and are not named: there are very many.")
    for problem in report.remarks:
        note(f"line {problem.line}: {display(problem.reason, 500)}")


@contextmanager
def _shown_progress(stopped: str) -> Iterator[Callable[[Progress], None] | None]:
    """Give what shows progress while a person watches, who is told `stopped` where it is."""
    with progress_line(stopped) as show:
        yield None if show is None else lambda progress: show(_in_words(progress))


def _in_words(progress: Progress) -> str:
    refused = f", {progress.refused:,} refused" if progress.refused else ""
    return f"{progress.rows:,} rows, {percentage(progress.share)}{refused}, {progress.rate:,.0f} a second"


class _Shown(io.TextIOBase):
    """A terminal, to which files go only as text that it may show."""

    def write(self, text: str) -> int:
        """Print some of a file."""
        say_lines(text.removesuffix("\n"))
        return len(text)


def _to_stdout(workspace: Workspace, query: ContactQuery, wanted: Format) -> None:
    from sent_tui.services.exchange.exporting import write_contacts

    named = workspace.exchange.field_names(query) if wanted is Format.CSV else ()
    contacts = contacts_of(workspace, workspace.repository.page(query).rows)
    estimates = workspace.contacts.estimator()
    if sys.stdout.isatty():
        write_contacts(_Shown(), contacts, wanted, estimates, named)  # type: ignore[arg-type]
        return
    # In UTF-8 whatever the terminal's encoding is: a file has to hold every name.
    file = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    try:
        write_contacts(file, contacts, wanted, estimates, named)
        file.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None
    finally:
        file.detach()

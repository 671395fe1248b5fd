"""`sent-tui db`: looking after the file of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from sent_tui.cli.options import Command, Group, State, global_options, json_option
from sent_tui.cli.output import note, say, say_facts, say_json
from sent_tui.core.text import display, plural
from sent_tui.errors import ExitCode
from sent_tui.store import upkeep
from sent_tui.store.trouble import not_writable
from sent_tui.store.upkeep import CheckReport, Replaced, Spot

COMMANDS = {name: f"db:{name}" for name in ("check", "compact", "backup", "restore", "repair")} | {
    "export": "db:export_plain",
    "import": "db:import_plain",
}
_FILE = click.Path(path_type=Path)
_NAMED = 20
"""Records that were put aside of which each is named."""
_force = click.option("--force", is_flag=True, help="Replace a file that is there already.")


@click.command("db", cls=Group, places=COMMANDS)
@global_options
def db() -> None:
    """Check, repair, compact and back up the database."""


@click.command("check", cls=Command)
@json_option()
@global_options
@click.pass_obj
def check(state: State) -> int:
    """Look at every byte of the database.

    Names each place that cannot be read, and changes nothing. The exit code is 6 when there is any.
    """
    report = upkeep.check(state.settings.database)
    if state.json:
        say_json(_report_json(report))
    else:
        _show(report)
    return ExitCode.DONE if report.is_sound else ExitCode.DATABASE


@click.command("compact", cls=Command)
@json_option()
@global_options
@click.pass_obj
def compact(state: State) -> int:
    """Write the database anew without what was replaced since.

    The file that was there before is kept as a backup. Others may read meanwhile, and write again afterwards.
    """
    return _say_replaced(state, upkeep.compact(_writable(state)))


@click.command("backup", cls=Command)
@click.argument("file", type=_FILE)
@_force
@json_option()
@global_options
@click.pass_obj
def backup(state: State, file: Path, force: bool) -> int:
    """Copy the database to FILE.

    Everything is looked at on the way, and others may write meanwhile.
    """
    size = upkeep.backup(state.settings.database, file, overwrite=force)
    if state.json:
        say_json({"file": str(file), "bytes": size})
    else:
        say(f"Copied {size:,} bytes to {display(str(file))}.")
    return ExitCode.DONE


@click.command("restore", cls=Command)
@click.argument("file", type=_FILE, required=False)
@json_option()
@global_options
@click.pass_obj
def restore(state: State, file: Path | None) -> int:
    """Put a backup in the place of the database.

    Without FILE, the one that the last compaction kept. The present file is kept beside it.
    """
    return _say_replaced(state, upkeep.restore(_writable(state), file))


@click.command("repair", cls=Command)
@json_option()
@global_options
@click.pass_obj
def repair(state: State) -> int:
    """Keep what of a damaged database can be read.

    A new file is written, and can be written again; the damaged one is kept beside it, as it is. Records that are
    whole and yet cannot be what they should be are put aside in a file of their own.
    """
    return _say_replaced(state, upkeep.repair(_writable(state)))


@click.command("export", cls=Command)
@click.argument("file", type=_FILE)
@_force
@json_option()
@global_options
@click.pass_obj
def export_plain(state: State, file: Path, force: bool) -> int:
    """Write all records to a plain TinyDB file.

    Any program that uses TinyDB can read it.
    """
    return _say_tables(state, upkeep.export_plain(state.settings.database, file, overwrite=force))


@click.command("import", cls=Command)
@click.argument("file", type=_FILE)
@json_option()
@global_options
@click.pass_obj
def import_plain(state: State, file: Path) -> int:
    """Make the database of a plain TinyDB file.

    There must be no database with records yet.
    """
    return _say_tables(state, upkeep.import_plain(_writable(state), file))


def _writable(state: State) -> Path:
    """Return the database where it may be changed; raises ReadOnlyError."""
    if state.settings.read_only:
        raise not_writable(state.settings.database, "It was opened for reading only.")
    return state.settings.database


def _report_json(report: CheckReport) -> dict[str, Any]:
    def spot(found: Spot) -> dict[str, Any]:
        return {"offset": found.offset, "length": found.length, "reason": found.reason}

    return {
        "ok": report.is_sound and report.unfinished is None,
        "path": str(report.path),
        "bytes": report.size,
        "tables": dict(report.tables),
        "damages": [spot(found) for found in report.damages],
        "unfinished": spot(report.unfinished) if report.unfinished else None,
        "problems": list(report.problems),
        "index": report.index,
    }


def _show(report: CheckReport) -> None:
    records = ", ".join(f"{count:,} {name}" for name, count in report.tables.items()) or "none"
    facts = [("file", f"{display(str(report.path))} ({report.size:,} bytes)"), ("records", records)]
    say_facts([*facts, ("index", report.index or "not looked at")])
    for found in report.damages:
        say(f"Damaged: {_where(found)}: {found.reason}.")
    if report.unfinished is not None:
        say(f"Not finished: {_where(report.unfinished)} are the rest of a write that was cut short; they do not count.")
    _say_problems(report.problems)
    if report.is_sound:
        say("Everything can be read.")
    else:
        note("`sent-tui db repair` keeps what can be read, and the damaged file beside it.")


def _where(found: Spot) -> str:
    return f"{plural(found.length, 'byte')} from byte {found.offset} on"


def _say_replaced(state: State, done: Replaced) -> int:
    if state.json:
        say_json(
            {
                "bytes_before": done.before,
                "bytes_after": done.after,
                "kept": str(done.kept) if done.kept is not None else None,
                "tables": dict(done.tables),
                "doubtful": done.doubtful,
                "problems": list(done.problems),
                "set_aside": str(done.set_aside) if done.set_aside is not None else None,
            }
        )
        return ExitCode.DONE
    say(f"{done.before:,} bytes became {done.after:,}: {_tables(done.tables)}.")
    if done.kept is not None:
        say(f"The file that was there before is {display(str(done.kept))}.")
    if done.doubtful:
        note(f"{plural(done.doubtful, 'record')} stood in damaged places and may not be the newest.")
    if done.set_aside is not None:
        say(f"Put aside: {plural(len(done.problems), 'record')}, in {display(str(done.set_aside))}.")
        for problem in done.problems[:_NAMED]:
            note(f"Put aside: {display(problem, 300)}.")
        if len(done.problems) > _NAMED:
            note(f"and {len(done.problems) - _NAMED:,} more; the file names all.")
    return ExitCode.DONE


def _say_problems(problems: Sequence[str]) -> None:
    for problem in problems:
        say(f"Unreadable: {display(problem, 300)}.")


def _say_tables(state: State, tables: Mapping[str, int]) -> int:
    if state.json:
        say_json({"tables": dict(tables)})
    else:
        say(f"{_tables(tables)}.")
    return ExitCode.DONE


def _tables(tables: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {display(name, 40)}" for name, count in tables.items()) or "no records"

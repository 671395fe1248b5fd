"""`sent-tui doctor` and `paths`: how things stand here, and what could be better."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from sent_tui import __version__, config, paths
from sent_tui.cli.options import Command, State, global_options, json_option
from sent_tui.cli.output import say, say_facts, say_json
from sent_tui.core.span import span_words
from sent_tui.core.text import display, plural
from sent_tui.errors import DatabaseError, ExitCode, SentTuiError
from sent_tui.setting_values import Value

if TYPE_CHECKING:
    from sent_tui.core.message import Message

PACKAGES = ("textual", "rich", "tinydb", "phonenumbers", "click", "msgspec", "sentdm")
LOOKED_AT = 5_000
"""So many of the newest messages are looked through for reason codes that are not known."""
CODE = 60
"""Characters of such a code that are told."""
Section = dict[str, Any]


@click.command(cls=Command)
@json_option()
@global_options
@click.pass_obj
def doctor(state: State) -> int:
    """Look at terminal, settings and database.

    Says what is wrong and what could be better, and changes nothing. Among it are the reason codes of the newest
    5,000 messages that are not known, and what they were taken for, and whether what these messages taught is there.
    """
    problems: list[SentTuiError] = []
    settings, about_settings = _settings(state, problems)
    database, inside = _database(settings.database, problems)
    sections = {
        "versions": _versions(),
        "terminal": _terminal(os.environ),
        "settings": about_settings,
        "prices": _prices(state, problems) if about_settings else {},
        "account": _account(settings.gateway, problems),
        "database": database,
        **inside,
    }
    advice = list(_advice(os.environ, sections))
    if state.json:
        told = [{"title": found.title, "message": found.message, "hint": found.hint} for found in problems]
        say_json({**sections, "problems": told, "suggestions": advice})
    else:
        _show(sections, [str(found) for found in problems], advice)
    return max((found.exit_code for found in problems), default=ExitCode.DONE)


@click.command("paths", cls=Command)
@json_option()
@global_options
@click.pass_obj
def show_paths(state: State) -> int:
    """Print where settings, prices, saved views, key, database and logs are.

    They need not exist yet.
    """
    places = {
        "config": str(state.loaded.file),
        "prices": str(state.settings.prices),
        "views": str(state.view_file),
        "key": str(paths.key_file()),
        "database": str(state.settings.database),
        "state": str(paths.state_folder()),
    }
    if state.json:
        say_json(places)
    else:
        say_facts(places.items())
    return ExitCode.DONE


def _versions() -> Section:
    from importlib.metadata import PackageNotFoundError, version

    found: Section = {"sent-tui": __version__, "python": ".".join(map(str, sys.version_info[:3]))}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def _terminal(environ: Mapping[str, str]) -> Section:
    from shutil import get_terminal_size

    size = get_terminal_size()
    return {
        "term": environ.get("TERM"),
        "colours": _colours(environ),
        "encoding": getattr(sys.stdout, "encoding", None),
        "size": f"{size.columns}x{size.lines}",
        "input_is_terminal": _is_terminal(sys.__stdin__),
        "output_is_terminal": _is_terminal(sys.__stdout__),
        "errors_are_terminal": _is_terminal(sys.__stderr__),
        "tmux": "TMUX" in environ,
        "ssh": "SSH_CONNECTION" in environ,
    }


def _is_terminal(stream: Any) -> bool:  # noqa: ANN401
    return stream is not None and bool(stream.isatty())


def _colours(environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return "none, by NO_COLOR"
    if environ.get("COLORTERM") in {"truecolor", "24bit"}:
        return "16 million"
    return "256" if "256color" in environ.get("TERM", "") else "16"


def _shown(value: Value | None) -> str | bool | float | None:
    """Return the value of a setting as JSON."""
    if isinstance(value, timedelta):
        return span_words(value)
    return str(value) if isinstance(value, Path) else value


def _settings(state: State, problems: list[SentTuiError]) -> tuple[config.Settings, Section]:
    try:
        loaded = state.loaded
    except SentTuiError as error:
        problems.append(error)
        return config.Settings(), {}
    values = {
        name: {"value": _shown(value), "source": loaded.sources[name]}
        for name, value in asdict(loaded.settings).items()
    }
    return loaded.settings, {"file": str(loaded.file), "file_exists": loaded.file.exists(), **values}


def _prices(state: State, problems: list[SentTuiError]) -> Section:
    file = state.settings.prices
    try:
        prices = state.prices()
    except SentTuiError as error:
        problems.append(error)
        return {"file": str(file)}
    countries = {region for region, _ in prices.entries} - {"default"}
    return {"file": str(file), "file_exists": file.exists(), "countries": len(countries)}


def _account(gateway: str, problems: list[SentTuiError]) -> Section:
    """Return where the key of the account comes from; the account itself is not asked."""
    if gateway != "sent":
        return {}
    from sent_tui.api_key import find_key
    from sent_tui.gateways.sent_address import VARIABLE, read_address

    found: Section = {}
    try:
        key = find_key(os.environ)
        found |= {"key": key.secret.tail, "source": key.source}
        found["address"] = read_address(os.environ.get(VARIABLE, "")).url
    except SentTuiError as error:
        problems.append(error)
    return found


def _database(path: Path, problems: list[SentTuiError]) -> tuple[Section, Section]:
    """Return what is to be said of the file, and the sections on what is in it."""
    found: Section = {"path": str(path)}
    nothing = {"looked_at": 0, "missing": 0, "unfinished": False}
    sections: Section = {"learning": nothing, "reason_codes": {"looked_at": 0, "unknown": []}}
    try:
        found["exists"] = path.exists()
        if found["exists"]:
            facts = path.stat()
            found |= {"bytes": facts.st_size, "mode": f"{facts.st_mode & 0o777:04o}"}
            found["folder_mode"] = f"{path.absolute().parent.stat().st_mode & 0o777:04o}"
            about, sections = _inside(path)
            found |= about
    except OSError as error:
        problems.append(DatabaseError("The database cannot be looked at", f"{path}: {error.strerror}."))
    except SentTuiError as error:
        problems.append(error)
    return found, sections


def _inside(path: Path) -> tuple[Section, Section]:
    from sent_tui.services.learning import LearningService
    from sent_tui.store.tinydb import TinyDBRepository

    repository = TinyDBRepository(path, read_only=True)
    try:
        about = {"contacts": repository.page(limit=0).total, "writable": os.access(path, os.W_OK)}
        messages = repository.messages(limit=LOOKED_AT)
        standing = LearningService(repository).standing(messages)
        return about, {"learning": structs.asdict(standing), "reason_codes": _reason_codes(messages)}
    finally:
        repository.close()


def _reason_codes(messages: Sequence[Message]) -> Section:
    from sent_tui.core.reasons import heard

    unknown = [
        {"code": display(found.code, CODE), "count": found.count, "taken_for": found.taken_for}
        for found in heard(messages)
    ]
    return {"looked_at": len(messages), "unknown": unknown}


def _advice(environ: Mapping[str, str], sections: Mapping[str, Section]) -> Iterator[str]:
    terminal, database = sections["terminal"], sections["database"]
    if not all(terminal[name] for name in ("input_is_terminal", "errors_are_terminal")) or terminal["term"] == "dumb":
        yield "The app cannot be opened here: it needs a terminal for its input and its error output."
    if str(terminal["encoding"]).casefold().replace("-", "") != "utf8":
        yield "The output is not UTF-8, so some characters cannot be shown. Set LANG=C.UTF-8."
    if terminal["tmux"]:
        yield "In tmux, copying needs `set -s set-clipboard on`, and Esc answers at once with `set -s escape-time 10`."
    if terminal["ssh"] and "ESCDELAY" not in environ:
        yield "On a slow line, ESCDELAY=200 keeps arrow keys from being taken for Esc."
    for which in ("mode", "folder_mode"):
        if int(database.get(which, "0"), 8) & 0o077:
            place = database["path"] if which == "mode" else Path(database["path"]).absolute().parent
            mode = "600" if which == "mode" else "700"
            yield f"Others on this machine can get at {place}: `chmod {mode}` it."
    yield from _about_learning(sections["learning"])
    for code in sections["reason_codes"]["unknown"]:
        times = plural(code["count"], "time")
        yield f"The reason code {code['code']} is not known. It came {times}: {code['taken_for']}."
    for name, nearest in config.strange_variables(environ).items():
        meant = f" Did you mean {nearest}?" if nearest else ""
        yield f"{name} is no setting.{meant}"


def _about_learning(learning: Section) -> Iterator[str]:
    if learning["missing"]:
        those = f"{learning['missing']:,} of {plural(learning['looked_at'], 'contact')}"
        yield f"What deliveries taught is missing for {those}: `sent-tui route relearn` learns it from the reports."
    elif learning["unfinished"]:
        yield "Learning anew from the reports was not finished: `sent-tui route relearn` goes on with it."


def _show(sections: Mapping[str, Section], problems: list[str], advice: list[str]) -> None:
    for name, section in sections.items():
        say(name.replace("_", " ").capitalize())
        say_facts((f"  {key.replace('_', ' ')}", _in_words(value)) for key, value in section.items())
        say()
    say(plural(len(problems), "problem") if problems else "No problems.")
    for line in (*problems, *advice):
        say(f"- {line}")


def _in_words(value: object) -> str:
    if isinstance(value, dict):
        return f"{_in_words(value['value'])}  ({value['source']})"
    if isinstance(value, list):
        return ", ".join(f"{code['code']} ({code['count']})" for code in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None or value == "" else str(value)

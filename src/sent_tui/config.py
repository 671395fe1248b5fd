"""Settings: the defaults, then a TOML file, the environment and the command line, each going before the last.

Every setting is a field of `Settings` and documents itself; `docs/configuration.md` is tested against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from sent_tui import paths
from sent_tui.core.patience import USUAL_PATIENCE, Patience
from sent_tui.errors import UsageError
from sent_tui.setting_values import Kind, Value, from_text, path_from, region_from, wrong

KEYS = "keys"
"""The table of the settings file that gives commands other keys."""
FILE_VARIABLE = "SENT_TUI_CONFIG"
"""Names another settings file; such a file has to exist."""
DEBUG_VARIABLE = "SENT_TUI_DEBUG"
"""Set to 1, it lets unexpected errors through with their traceback."""
PREFIX = "SENT_TUI_"


def login_name() -> str:
    """Return the name of the user who runs the program."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container may run under a user id without a name.
        return "unknown"


def _about(kind: Kind, *, by_default: str, flag: str, doc: str) -> dict[str, Any]:
    return {"kind": kind, "by_default": by_default, "flag": flag, "doc": doc}


@dataclass(frozen=True, slots=True)
class Settings:
    """How sent-tui runs."""

    database: Path = field(
        default_factory=paths.database_file,
        metadata=_about(
            Kind.PATH,
            by_default="`contacts.db` in the data folder",
            flag="--db PATH",
            doc="The database file. It is made when it is missing.",
        ),
    )
    gateway: str = field(
        default="simulator",
        metadata=_about(
            Kind.TEXT,
            by_default="`simulator`",
            flag="--gateway NAME",
            doc="The network that carries the messages.",
        ),
    )
    simulator_world: str = field(
        default="lively",
        metadata=_about(
            Kind.WORLD,
            by_default="`lively`",
            flag="",
            doc="How much changes and goes wrong in the simulated network: `calm`, `lively` or `rough`.",
        ),
    )
    region: str | None = field(
        default=None,
        metadata=_about(
            Kind.REGION,
            by_default="none",
            flag="--region XX",
            doc="The country of numbers that are written without a calling code.",
        ),
    )
    prices: Path = field(
        default_factory=paths.price_file,
        metadata=_about(
            Kind.PATH,
            by_default="`prices.toml` beside the settings",
            flag="",
            doc="Your own price list. Unless it is set, the file need not exist.",
        ),
    )
    theme: str = field(
        default="",
        metadata=_about(
            Kind.TEXT,
            by_default="the app's dark theme",
            flag="--theme NAME",
            doc="The colours of the app.",
        ),
    )
    mouse: bool = field(
        default=True,
        metadata=_about(
            Kind.SWITCH,
            by_default="`true`",
            flag="--no-mouse",
            doc="Whether the app takes the mouse. Without it, the terminal selects text as usual.",
        ),
    )
    ascii: bool | None = field(
        default=None,
        metadata=_about(
            Kind.SWITCH,
            by_default="as the terminal needs it",
            flag="",
            doc="Whether the app draws with signs of ASCII alone. By default on the Linux console and without UTF-8.",
        ),
    )
    fallback_whatsapp: timedelta = field(
        default=USUAL_PATIENCE.whatsapp,
        metadata=_about(
            Kind.SPAN,
            by_default="`15m`",
            flag="",
            doc="After so long without a report of delivery by WhatsApp, the next channel is tried.",
        ),
    )
    fallback_sms: timedelta = field(
        default=USUAL_PATIENCE.sms,
        metadata=_about(
            Kind.SPAN,
            by_default="`30m`",
            flag="",
            doc="The same for SMS.",
        ),
    )
    fallback_codes: timedelta = field(
        default=USUAL_PATIENCE.codes,
        metadata=_about(
            Kind.SPAN,
            by_default="`1m`",
            flag="",
            doc="The same for one-time codes, on any channel.",
        ),
    )
    rate: float = field(
        default=5.0,
        metadata=_about(
            Kind.RATE,
            by_default="`5`",
            flag="",
            doc="How many messages of a bulk send go out in a second at most.",
        ),
    )
    outbox_seconds: int = field(
        default=5,
        metadata=_about(
            Kind.SECONDS,
            by_default="`5`",
            flag="",
            doc="So long a message sent in the app waits, in which it can be called back; `0` sends at once.",
        ),
    )
    quiet_hours: str = field(
        default="21:00-08:00",
        metadata=_about(
            Kind.HOURS,
            by_default="`21:00-08:00`",
            flag="",
            doc="When the app says that it is night where a message goes, by the clock there; `off` says nothing.",
        ),
    )
    read_only: bool = field(
        default=False,
        metadata=_about(
            Kind.SWITCH,
            by_default="`false`",
            flag="--read-only",
            doc="Whether the database is only read, and nothing is sent.",
        ),
    )
    user: str = field(
        default_factory=login_name,
        metadata=_about(
            Kind.TEXT,
            by_default="your login name",
            flag="",
            doc="Who you are: kept with each opt-out and opt-in that you record.",
        ),
    )

    @property
    def patience(self) -> Patience:
        """How long the steps of a plan may take."""
        return Patience(self.fallback_whatsapp, self.fallback_sms, self.fallback_codes)


SETTINGS: Mapping[str, Field[Any]] = {known.name: known for known in fields(Settings)}
"""Each setting and what there is to know of it: `kind`, `by_default`, `flag` and `doc`."""


class Loaded(msgspec.Struct, frozen=True):
    """The settings, and where each of them came from."""

    settings: Settings
    sources: Mapping[str, str]
    """For each setting the flag, the variable, the file, or `default`."""
    file: Path
    """The settings file, whether it exists or not."""
    flags: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What stood on the command line, under the names of the settings."""
    keys: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The keys that the file gives to commands of the app, each as it stands there: `"x,ctrl+x"`."""


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return {"database": "SENT_TUI_DB"}.get(name, f"{PREFIX}{name.upper()}")


def load(flags: Mapping[str, Any], environ: Mapping[str, str]) -> Loaded:
    """Return the settings in force; raises UsageError for one that cannot be understood.

    `flags` holds what stood on the command line, under the names of the settings.
    """
    named = environ.get(FILE_VARIABLE, "")
    file = path_from(named, FILE_VARIABLE) if named else paths.config_file()
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    table = _read(file, required=bool(named))
    keys = _keys(table.pop(KEYS, {}), file)
    for source, found in (
        (str(file), _from_table(table, file)),
        ("", _from_environment(environ)),
    ):
        values |= found
        sources |= {name: source or variable(name) for name in found}
    values |= flags
    sources |= {name: SETTINGS[name].metadata["flag"].split()[0] for name in flags}
    origins = {name: sources.get(name, "default") for name in SETTINGS}
    return Loaded(Settings(**values), origins, file, flags, keys)


def region_without_file(flags: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """Return the region that the command line or the environment names; reads no file."""
    text = environ.get(variable("region"), "")
    region: str | None = flags.get("region") or (text and region_from(text, variable("region"))) or None
    return region


def strange_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return variables that look like ours and are none, each with the nearest one that is."""
    known = {name.removeprefix(PREFIX): name for name in (*map(variable, SETTINGS), FILE_VARIABLE, DEBUG_VARIABLE)}
    ours = (name.removeprefix(PREFIX) for name in sorted(environ) if name.startswith(PREFIX))
    return {f"{PREFIX}{name}": known.get(_nearest(name, known), "") for name in ours if name not in known}


def read_text(name: str, text: str, where: str) -> Value:
    """Return the value of a setting from a text; `where` is named when the text makes no sense."""
    return from_text(text, SETTINGS[name].metadata["kind"], where)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in SETTINGS:
        text = environ.get(variable(name), "")
        if text:
            found[name] = read_text(name, text, variable(name))
    return found


def _keys(table: object, file: Path) -> dict[str, str]:
    """Return the table of keys; which commands and keys there are is known to the app alone."""
    if isinstance(table, dict) and all(isinstance(keys, str) for keys in table.values()):
        return table
    raise UsageError(
        "A setting has a wrong value",
        f"[{KEYS}] in {file} is no table of texts.",
        'It gives a command its keys: undo = "U,ctrl+z".',
    )


def _from_table(table: Mapping[str, Any], file: Path) -> dict[str, Any]:
    known = SETTINGS
    found = {}
    for key, value in table.items():
        if key not in known:
            nearest = _nearest(key, known)
            hint = f"Did you mean {nearest}?" if nearest else f"The settings are: {', '.join(known)}."
            raise UsageError("No such setting", f"{file} sets {key}.", hint)
        found[key] = _checked(value, known[key].metadata["kind"], f"{key} in {file}", file)
    return found


def _read(file: Path, *, required: bool) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if required:
            raise UsageError(
                "There is no such settings file", f"{FILE_VARIABLE} names {file}.", "Write it, or unset the variable."
            ) from None
        return {}
    except (OSError, UnicodeError) as error:
        raise _unreadable(file, error) from None
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: Exception) -> UsageError:
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return UsageError("The settings file cannot be read", f"{file}: {why}.", "It has to be TOML in UTF-8.")


def _checked(value: object, kind: Kind, where: str, file: Path) -> Value:
    """Return a value of the file as its setting takes it; a path in it counts from the file's own folder."""
    if kind is Kind.SWITCH and isinstance(value, bool):
        return value
    if kind in {Kind.RATE, Kind.SECONDS} and isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if kind is Kind.SWITCH or not isinstance(value, str):
        raise wrong(where, kind, value)
    found = from_text(value, kind, where)
    return file.parent / found if isinstance(found, Path) else found


def _nearest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.5)), "")

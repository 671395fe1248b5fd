"""What commands have in common: the global options, `--json`, and the way to the services."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec import Struct, field

from sent_tui import config, paths
from sent_tui.errors import DatabaseError, UsageError
from sent_tui.setting_values import Value

if TYPE_CHECKING:
    from pathlib import Path

    from sent_tui.core.prices import Prices
    from sent_tui.services.workspace import Workspace

_HALVES = re.compile("[\ud800-\udfff]")
F = TypeVar("F", bound=Callable[..., Any])


class State(Struct):
    """What one run of the command line was told so far."""

    flags: dict[str, Value] = field(default_factory=dict)
    """The settings named on the command line."""
    json: bool | None = None
    """Whether JSON was asked for; None until the command's own options are read."""
    _loaded: config.Loaded | None = None

    @property
    def loaded(self) -> config.Loaded:
        """The settings in force, read on first use."""
        if self._loaded is None:
            self._loaded = config.load(self.flags, os.environ)
        return self._loaded

    @property
    def settings(self) -> config.Settings:
        """The settings in force."""
        return self.loaded.settings

    @property
    def view_file(self) -> Path:
        """The file of saved views, beside that of the settings."""
        return self.loaded.file.with_name("views.toml")

    def prices(self) -> Prices:
        """Return the price list in force; raises UsageError for one that cannot be understood."""
        from sent_tui.services.pricing import load_prices

        return load_prices(self.settings.prices, required=self.loaded.sources["prices"] != "default")

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        """Open the database and the gateway, and close them at the end."""
        from sent_tui.cli.output import indexing_shown
        from sent_tui.services.workspace import open_workspace

        settings = self.settings
        if not settings.read_only:
            _make_folder(settings)
        with indexing_shown() as on_progress:
            opened = open_workspace(
                settings.database,
                gateway=settings.gateway,
                simulator_world=settings.simulator_world,
                read_only=settings.read_only,
                user=settings.user,
                prices=self.prices,
                patience=settings.patience,
                views=self.view_file,
                on_progress=on_progress,
            )
        try:
            yield opened
        finally:
            opened.close()


class GlobalOption(click.Option):
    """An option that may stand before or after the command."""


class Command(click.Command):
    """A command whose help keeps its own options apart from the global ones."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both groups of options."""
        _write_options(self, ctx, formatter)


class Group(click.Group):
    """A group of commands, each imported when it is asked for."""

    def __init__(self, *args: Any, places: dict[str, str] | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._places = places or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order of the help."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name not in self._places:
            return None
        from importlib import import_module

        module, _, attribute = self._places[cmd_name].partition(":")
        command = getattr(import_module(f"sent_tui.cli.{module}"), attribute)
        return command if isinstance(command, click.Command) else None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both groups of options, then the commands."""
        _write_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


def global_options(function: F) -> F:
    """Add the global options to a command; what stands nearer to the end of the line wins."""
    for option in reversed(_GLOBAL):
        function = option(function)
    return function


def json_option(words: str = "Print one JSON object.") -> Callable[[F], F]:
    """Add `--json` to a command, which finds it in `State.json`."""
    return click.option(
        "--json", "as_json", is_flag=True, is_eager=True, expose_value=False, callback=_keep_json, help=words
    )


def plain_text(value: str) -> str:
    """Return text that may be stored and sent: bytes of the command line that are no UTF-8 become replacement signs."""
    return _HALVES.sub("\ufffd", value)


def whole_number(lowest: int) -> Callable[[str | int], int]:
    """Return the type of an option that takes whole numbers from the lowest one on."""

    def number(value: str | int) -> int:
        try:
            found = int(value)
        except ValueError:
            found = lowest - 1
        if found < lowest:
            raise click.BadParameter(f"{value} is no whole number from {lowest} on.")
        return found

    return number


def _keep_json(context: click.Context, _param: click.Parameter, value: bool) -> None:
    context.ensure_object(State).json = value


def _keep(name: str, context: click.Context, param: click.Parameter, value: str | bool | None) -> None:
    state = context.ensure_object(State)
    if value is None or value is False:
        return
    text = value if isinstance(value, str) else {"read_only": "true", "mouse": "false"}[name]
    state.flags[name] = config.read_text(name, text, where=param.opts[0])


def _global(name: str, *declarations: str, **attributes: Any) -> Callable[[F], F]:  # noqa: ANN401
    return click.option(
        *declarations, cls=GlobalOption, expose_value=False, callback=partial(_keep, name), **attributes
    )


_GLOBAL = (
    _global("database", "--db", metavar="PATH", help="The database file."),
    _global("gateway", "--gateway", metavar="NAME", help="The network that carries the messages: simulator, sent."),
    _global("region", "--region", metavar="XX", help="The country of numbers without a calling code, such as US."),
    _global("read_only", "--read-only", is_flag=True, help="Change nothing and send nothing."),
    _global("mouse", "--no-mouse", is_flag=True, help="Leave the mouse to the terminal."),
    _global("theme", "--theme", metavar="NAME", help="The colours of the app."),
)


def _write_options(command: click.Command, context: click.Context, formatter: click.HelpFormatter) -> None:
    own: list[tuple[str, str]] = []
    common: list[tuple[str, str]] = []
    for param in command.get_params(context):
        record = param.get_help_record(context) if isinstance(param, click.Option) else None
        if record is not None:
            (common if isinstance(param, GlobalOption) else own).append(record)
    for title, records in (("Options", own), ("Options for every command", common)):
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


def _make_folder(settings: config.Settings) -> None:
    folder = settings.database.absolute().parent
    try:
        paths.make_private(folder)
    except OSError as error:
        raise DatabaseError(
            "The folder of the database cannot be made",
            f"{folder}: {error.strerror}.",
            "Name another file with --db or SENT_TUI_DB.",
        ) from None


def need(fact: bool, title: str, message: str = "", hint: str = "") -> None:
    """Raise UsageError unless something holds."""
    if not fact:
        raise UsageError(title, message, hint)

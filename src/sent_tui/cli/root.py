"""`sent-tui` itself: the global options, the commands, and the app when no command is named."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from sent_tui import __version__
from sent_tui.cli.failures import guarded
from sent_tui.cli.options import Group, State, global_options

COMMANDS = {
    "demo": "app:demo",
    "phone": "phone:phone",
    "contacts": "contacts:contacts",
    "send": "send:send",
    "messages": "messages:messages",
    "templates": "send:templates",
    "route": "route:route",
    "insights": "insights:insights",
    "sync": "sync:sync",
    "account": "account:account",
    "api": "api:api",
    "serve": "serve:serve",
    "db": "db:db",
    "doctor": "doctor:doctor",
    "paths": "doctor:show_paths",
}


class Root(Group):
    """The command line as a whole, which ends the process with an exit code of its own."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]  # noqa: ANN401
        """Run a command line."""
        words = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        state = extra.setdefault("obj", State())
        parent = super().main
        sys.exit(guarded(lambda: int(parent(words, prog_name, **extra) or 0), state, words))


@click.command(
    cls=Root,
    places=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@global_options
@click.version_option(__version__, prog_name="sent-tui", message="%(prog)s %(version)s")
@click.pass_context
def root(context: click.Context) -> int:
    """Contacts and the channels that reach them.

    Without a command, the app is opened.
    """
    if context.invoked_subcommand is not None:
        return 0
    from sent_tui.cli.app import open_app

    state = context.ensure_object(State)
    return open_app(state)

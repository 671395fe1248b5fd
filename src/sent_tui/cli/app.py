"""Opening the app: the one branch of the command line from which Textual is imported, when it runs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sent_tui.cli.options import Command, State, global_options, whole_number
from sent_tui.errors import UsageError
from sent_tui.tui.launch import check_terminal, hurry, run

if TYPE_CHECKING:
    from sent_tui.services.workspace import Workspace


def open_app(state: State) -> int:
    """Open the app on the database that the settings name, and return its exit code."""
    # Before the database is made or opened.
    check_terminal()
    hurry()
    _check_prices(state)
    with state.workspace() as workspace:
        return _run(state, workspace)


@click.command(cls=Command)
@click.option("--count", type=whole_number(1), metavar="N", help="How many contacts; 200.")
@global_options
@click.pass_obj
def demo(state: State, count: int | None) -> int:
    """Open the app on fictional contacts.

    Their database is temporary and removed at the end. The network is the simulator.
    """
    check_terminal()
    hurry()
    _check_prices(state)
    from sent_tui.services.demo import DEFAULT_COUNT, fill_demo
    from sent_tui.services.workspace import assemble, make_gateway, utc_now
    from sent_tui.store.tinydb import TinyDBRepository

    with tempfile.TemporaryDirectory(prefix="sent-tui-demo-") as folder:
        repository = TinyDBRepository(Path(folder) / "contacts.db")
        workspace = assemble(
            repository,
            make_gateway("simulator", clock=utc_now),
            user=state.settings.user,
            prices=state.prices,
        )
        try:
            try:
                fill_demo(repository, utc_now(), count or DEFAULT_COUNT)
            except ValueError as error:
                raise UsageError("There is no such demo", f"{error}.".replace("..", "."), "") from None
            return _run(state, workspace)
        finally:
            workspace.close()


def _check_prices(state: State) -> None:
    """Raise UsageError for a price list of the user's that makes no sense, before the app is opened."""
    if state.loaded.sources["prices"] != "default" or state.settings.prices.exists():
        state.prices()


def _run(state: State, workspace: Workspace) -> int:
    settings = state.settings
    return run(workspace, theme=settings.theme, mouse=settings.mouse, region=settings.region or "")

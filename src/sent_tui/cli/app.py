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
    pass


def open_app(state: State) -> int:
    """Open the app on the database that the settings name, and return its exit code."""
    # Before the database is made or opened.
    check_terminal()
    hurry()
    _check_prices(state)
    with state.workspace() as workspace:
        return run(workspace, state.loaded)


@click.command(cls=Command)
@click.option("--days", type=whole_number(1), metavar="N", help="Play N days of a busy desk; else two quiet months.")
@click.option("--contacts", "--count", "count", type=whole_number(1), metavar="N", help="How many contacts; 200.")
@click.option("--seed", type=whole_number(0), metavar="N", help="Another seed is another story.")
@global_options
@click.pass_obj
def demo(state: State, days: int | None, count: int | None, seed: int | None) -> int:
    """Open the app on fictional contacts.

    Their messages of the last two months, or of as many days as you say, are played on the simulator: routes are
    planned, reports come in, channels fail and are learned of as in use. Three months of a busy desk take some seconds.

    The database is temporary and removed at the end. The network is the simulator, in its lively world.
    """
    check_terminal()
    hurry()
    _check_prices(state)
    from sent_tui.services.demo import DEFAULT_COUNT, DEFAULT_SEED, WORLD, fill_demo
    from sent_tui.services.workspace import assemble, make_gateway, utc_now
    from sent_tui.store.tinydb import TinyDBRepository

    with tempfile.TemporaryDirectory(prefix="sent-tui-demo-") as folder:
        repository = TinyDBRepository(Path(folder) / "contacts.db")
        workspace = assemble(
            repository,
            make_gateway("simulator", clock=utc_now, simulator_world=WORLD.name),
            user=state.settings.user,
            prices=state.prices,
        )
        story = DEFAULT_SEED if seed is None else seed
        if days is not None:
            click.echo(f"Playing {days:,} days of a busy desk …", err=True)
        try:
            try:
                fill_demo(repository, utc_now(), count or DEFAULT_COUNT, story, days=days)
            except ValueError as error:
                raise UsageError("There is no such demo", f"{error}.".replace("..", "."), "") from None
            return run(workspace, state.loaded)
        finally:
            workspace.close()


def _check_prices(state: State) -> None:
    """Raise UsageError for a price list of the user's that makes no sense, before the app is opened."""
    if state.loaded.sources["prices"] != "default" or state.settings.prices.exists():
        state.prices()

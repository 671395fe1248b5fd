"""Learning anew from the command line: what all reports of deliveries taught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sent_tui.cli.options import Command, State, global_options, json_option
from sent_tui.cli.output import percentage, progress_line, say, say_json
from sent_tui.core.text import plural
from sent_tui.errors import ExitCode

if TYPE_CHECKING:
    from sent_tui.services.learning import Progress


@click.command(cls=Command)
@json_option()
@global_options
@click.pass_obj
def relearn(state: State) -> int:
    """Learn anew what all reports of deliveries taught.

    For when that is missing, or was learned by another version; `sent-tui doctor` says so. Others may write meanwhile.
    Stopped, it is in order all the same, and goes on when it is run again.
    """
    with state.workspace() as workspace, _shown_progress() as on_progress:
        done = workspace.learning.relearn(on_progress=on_progress)
    if state.json:
        say_json({"contacts": done.learned, "results": done.results})
    else:
        say(f"Learned anew from {plural(done.results, 'result')} of {plural(done.learned, 'contact')}.")
    return ExitCode.DONE


@contextmanager
def _shown_progress() -> Iterator[Callable[[Progress], None]]:
    """Give what shows progress while a person watches."""
    with progress_line("Stopped. What was done so far is kept; run it again to go on.") as show:

        def tell(progress: Progress) -> None:
            if show is not None:
                share = percentage(progress.contacts / max(1, progress.total))
                show(f"{progress.contacts:,} of {plural(progress.total, 'contact')}, {share}")

        yield tell

"""`sent-tui insights`: what came of the messages of a period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from sent_tui.cli.options import Command, State, global_options, json_option, whole_number
from sent_tui.cli.output import say, say_json, say_table
from sent_tui.core.insights import Dimension, Tally
from sent_tui.core.insights_json import insights_json
from sent_tui.core.insights_words import (
    TITLES,
    arrived_words,
    dollars,
    fallback_words,
    moved_words,
    name_words,
    time_words,
    whole_words,
)
from sent_tui.core.period import EVER, LOCAL, last_days
from sent_tui.errors import ExitCode, NotFoundError
from sent_tui.services.insights import InsightsService, Scope

if TYPE_CHECKING:
    from sent_tui.core.default_move import DefaultMove
    from sent_tui.services.insights import Found
    from sent_tui.services.workspace import Workspace

HEADS = ("DELIVERED", "MESSAGES", "COST", "HALF IN", "9 IN 10")
USUAL_DAYS = 30


@click.command(cls=Command)
@click.option(
    "--days", type=whole_number(0), default=USUAL_DAYS, metavar="N", help="The last N days; 30. With 0, all messages."
)
@json_option()
@global_options
@click.pass_obj
def insights(state: State, days: int) -> int:
    """Say what came of the messages: delivery, fallbacks, cost and time.

    By channel, country, type of number and day; and which default channels moved by delivery results. Of a channel,
    attempts are counted. Costs are those of the price list.
    """
    with state.workspace() as workspace:
        now = workspace.clock().astimezone(LOCAL)
        period = last_days(days, now) if days else EVER
        service = InsightsService(workspace.repository, workspace.prices, now.tzinfo)
        found = service.look(Scope(period))
        if state.json:
            say_json(insights_json(period, found.report, found.moves))
        else:
            _show(workspace, found)
    return ExitCode.DONE


def _show(workspace: Workspace, found: Found) -> None:
    report = found.report
    say(whole_words(report))
    for sentence in fallback_words(report):
        say(sentence)
    for dimension in Dimension if report.whole.count else ():
        say()
        say_table((TITLES[dimension].upper(), *HEADS), list(_rows(dimension, report.groups[dimension])))
    if found.moves:
        say()
        say(moved_words(found.moves))
        say_table(("WHEN", "CONTACT", "MOVED", "WHY"), [_move(workspace, move) for move in found.moves])


def _rows(dimension: Dimension, tallies: Mapping[str, Tally]) -> Iterator[tuple[str, ...]]:
    for name, tally in tallies.items():
        times = time_words(tally.median), time_words(tally.slowest_tenth)
        yield name_words(dimension, name), arrived_words(tally), f"{tally.count:,}", dollars(tally.cost), *times


def _move(workspace: Workspace, move: DefaultMove) -> tuple[str, ...]:
    try:
        name = workspace.repository.get(move.contact_id).title
    except NotFoundError:
        name = move.contact_id
    return f"{move.at.astimezone(LOCAL):%Y-%m-%d}", name, move.words, move.reason

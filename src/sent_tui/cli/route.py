"""`sent-tui route`: which way a message takes, and what that rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from sent_tui.cli.options import Command, Group, State, global_options, json_option, plain_text
from sent_tui.cli.output import say, say_json
from sent_tui.cli.people import contact_named, in_one_line
from sent_tui.core.channel import Channel
from sent_tui.core.delivery import Explanation, Outcome
from sent_tui.core.message import Content
from sent_tui.core.sent_json import explanation_json, plan_json
from sent_tui.core.text import ago, people_like_this, percent
from sent_tui.errors import ExitCode

if TYPE_CHECKING:
    from datetime import datetime

SHOWN = 8
"""So many results of a channel are listed: those that count most."""
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.DELIVERED: "delivered",
    Outcome.FAILED_SOFT: "not reached",
    Outcome.FAILED_HARD: "cannot be reached",
}
LEVELS: Mapping[str, str] = {
    "region": "the same country, number type and check",
    "number type": "the same number type and check",
    "check": "the same result of the check",
}
"""What the people of a group have in common."""


@click.command(cls=Group, places={"explain": "route:explain"})
@global_options
def route() -> None:
    """Say which way a message takes, and why."""


@click.command(cls=Command)
@click.argument("contact", type=plain_text, metavar="ID-OR-NUMBER")
@click.option("--text", type=plain_text, metavar="TEXT", help="The route of this free text; else that of a template.")
@json_option()
@global_options
@click.pass_obj
def explain(state: State, contact: str, text: str | None) -> int:
    """Say which way a message to a contact takes now, and what that rests on.

    For each channel: the estimate with its range, the results that it rests on and what each of them moved, what
    holds for people like this, and how many more failures would change the order.
    """
    with state.workspace() as workspace:
        known = contact_named(workspace, state, contact)
        sending = workspace.sending
        plan = sending.plan(known.id, Content(text) if text else None)
        channels = sending.explanations(known.id)
        if state.json:
            say_json(plan_json(plan) | {"channels": [explanation_json(known) for known in channels.values()]})
            return ExitCode.DONE
        say(f"{in_one_line(known)}")
        for line in plan.explain():
            say(line)
        now = workspace.clock()
        for channel, explanation in channels.items():
            for line in _lines(channel, explanation, now):
                say(line)
    return ExitCode.DONE


def _lines(channel: Channel, explanation: Explanation, now: datetime) -> Iterator[str]:
    known = explanation.estimate
    yield ""
    yield (
        f"{channel.label}: {explanation.words}, {percent(known.mean)} likely to arrive "
        f"({percent(known.low)}–{percent(known.high)}); worth {explanation.observations:.0f} observations"
    )
    if known.group_size:
        alike = LEVELS.get(explanation.group_level, explanation.group_level)
        yield (
            f"  {people_like_this(known.group_size)} ({alike}): {percent(known.group_mean)}; "
            f"that counts {percent(explanation.group_weight)}"
        )
    else:
        yield f"  Nobody like this was written to yet: {percent(known.group_mean)} is assumed"
    strongest = sorted(explanation.evidence, key=lambda told: -abs(told.moved))[:SHOWN]
    for told in sorted(strongest, key=lambda told: told.at, reverse=True):
        yield f"  {100 * told.moved:+5.1f} points  {OUTCOMES[told.outcome]}, {ago(told.at, now)}"
    if len(explanation.evidence) > SHOWN:
        yield f"  and {len(explanation.evidence) - SHOWN} that count less"

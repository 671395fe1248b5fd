"""`sent-tui route`: which way a message takes, and what that rests on."""

from __future__ import annotations

import click

from sent_tui.cli.options import Command, Group, State, global_options, json_option, plain_text
from sent_tui.cli.output import say, say_json
from sent_tui.cli.people import contact_named, in_one_line
from sent_tui.cli.rationale_view import channel_lines
from sent_tui.core.delivery_chart import MEANING
from sent_tui.core.message import Content
from sent_tui.core.sent_json import rationale_json
from sent_tui.errors import ExitCode
from sent_tui.services.explaining import rationale_of


@click.command(
    cls=Group,
    places={
        "explain": "route:explain",
        "decision": "decision:decision",
        "calibration": "evaluation:calibration",
        "replay": "evaluation:replay",
        "relearn": "relearn:relearn",
    },
)
@global_options
def route() -> None:
    """Say which way a message takes, and why; and whether that was right."""


@click.command(cls=Command)
@click.argument("contact", type=plain_text, metavar="ID-OR-NUMBER")
@click.option("--text", type=plain_text, metavar="TEXT", help="The route of this free text; else that of a template.")
@json_option()
@global_options
@click.pass_obj
def explain(state: State, contact: str, text: str | None) -> int:
    """Say which way a message to a contact takes now, and what that rests on.

    For each channel: the estimate with its range, its results as a chart, what each of them moved, what holds
    for people like this, and how many more failures would change the order.
    """
    with state.workspace() as workspace:
        known = contact_named(workspace, state, contact)
        content = Content(text) if text else None
        rationale = rationale_of(workspace.repository, workspace.sending, known.id, content)
        if state.json:
            say_json(rationale_json(rationale))
            return ExitCode.DONE
        say(in_one_line(known))
        for line in rationale.plan.explain():
            say(line)
        for channel in rationale.channels:
            say()
            for line in channel_lines(rationale, channel):
                say(line)
        say()
        say(MEANING)
    return ExitCode.DONE

"""`sent-tui messages receive`: what a person wrote, as another program heard it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from sent_tui.cli.given import given_text
from sent_tui.cli.options import Command, State, global_options, json_option, need, plain_text
from sent_tui.cli.output import note, say, say_json
from sent_tui.cli.people import contact_named, in_one_line
from sent_tui.core.channel import Channel
from sent_tui.core.consent import Keyword
from sent_tui.core.sent_json import message_json
from sent_tui.errors import ExitCode, NotFoundError, UsageError

if TYPE_CHECKING:
    from sent_tui.core.contact import Contact
    from sent_tui.services.workspace import Workspace

_ASKED = {
    Keyword.STOP: "It asks for messages to stop.",
    Keyword.START: "It asks for messages to begin again.",
    Keyword.HELP: "It asks for help.",
}


@click.command(cls=Command)
@click.argument("contact", type=plain_text, metavar="ID-OR-NUMBER")
@click.option("--text", type=plain_text, metavar="TEXT", required=True, help="The message; - reads standard input.")
@click.option(
    "--channel",
    type=click.Choice([channel.value for channel in Channel]),
    required=True,
    help="The channel that it came by.",
)
@click.option("--id", "message_id", type=plain_text, metavar="ID", help="Its id in the network; each is taken in once.")
@click.option("--at", metavar="TIME", help="When it was written: ISO 8601 with an offset; now.")
@json_option()
@global_options
@click.pass_obj
def receive(state: State, contact: str, text: str, channel: str, message_id: str | None, at: str | None) -> int:
    """Take in a message that a person wrote.

    For programs that hear of such messages, by a webhook perhaps. It opens the conversation for free text, and the
    keywords STOP and START opt the contact out and in.
    """
    from sent_tui.services.inbound import Inbound
    from sent_tui.services.workspace import new_uuid

    need(message_id is None or bool(message_id.strip()), "The id is empty", "", "Leave out --id, or give one.")
    written = None if at is None else _time(at)
    with state.workspace() as workspace:
        known, number = _writer(workspace, state, contact)
        at_last = written or workspace.clock()
        inbound = Inbound(message_id or new_uuid(), Channel(channel), given_text(text), at_last, number)
        received = workspace.inbound.receive(known.id, inbound)
    asked = received.keyword
    if state.json:
        told = {"keyword": asked.value if asked else None, "opt_out": received.contact.opt_out}
        say_json(message_json(received.message) | told | {"created": received.is_new})
        return ExitCode.DONE
    say(f"{'Received' if received.is_new else 'Known already'}: {received.message.id}")
    if asked is not None:
        note(f"{_ASKED[asked]} {in_one_line(received.contact)}")
    return ExitCode.DONE


def _writer(workspace: Workspace, state: State, text: str) -> tuple[Contact, str]:
    """Return the contact that wrote, and the number (E.164) that it wrote from where that was taken over by a merge."""
    from sent_tui.core.phone import PhoneNumber, parse

    try:
        return contact_named(workspace, state, text), ""
    except NotFoundError:
        number = parse(text, state.settings.region)
        keeper = workspace.repository.merged_into(number.e164) if isinstance(number, PhoneNumber) else None
        if keeper is None or not isinstance(number, PhoneNumber):
            raise
        return keeper, number.e164


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        at = None
    if at is None or at.utcoffset() is None:
        raise UsageError("A time is not understood", f"--at is {text}.", "Write it as 2026-03-02T12:00:00Z.")
    return at

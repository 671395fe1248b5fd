"""`sent-tui send` and `templates`."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.delivery import hand_over
from sent_tui.cli.options import Command, State, global_options, json_option, need, plain_text
from sent_tui.cli.output import note, say, say_json, say_json_lines, say_table
from sent_tui.cli.people import channel_of, contact_named, in_one_line, named
from sent_tui.core.message import Content
from sent_tui.core.phone import InvalidNumber, parse
from sent_tui.core.sent_json import plan_json
from sent_tui.core.text import percent
from sent_tui.errors import ExitCode, NotFoundError, UsageError
from sent_tui.services.contacts import InvalidNumberError, NewContact, understand

if TYPE_CHECKING:
    from sent_tui.core.channel import Channel
    from sent_tui.core.contact import Contact
    from sent_tui.core.routing import RoutePlan
    from sent_tui.services.workspace import Workspace

STDIN_LIMIT = 1_000_000
"""Bytes of a message that are read; far more than one can have."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@click.command(cls=Command)
@click.argument("recipient", type=plain_text, metavar="ID-OR-NUMBER")
@click.option("--text", type=plain_text, metavar="TEXT", help="The message; - reads it from standard input.")
@click.option("--template", type=plain_text, metavar="NAME", help="An approved template in place of a text.")
@click.option(
    "--set", "settings", type=plain_text, multiple=True, metavar="NAME=VALUE", help="A variable of the template."
)
@click.option("--channel", type=click.Choice(["auto", "whatsapp", "sms"]), default="auto", help="Pin the channel.")
@click.option("--wait", is_flag=True, help="Stay until the message came to its end, fallback included.")
@click.option("--dry-run", is_flag=True, help="Print the route, and neither send nor store anything.")
@json_option()
@global_options
@click.pass_obj
def send(state: State, /, recipient: str, wait: bool, dry_run: bool, **options: Any) -> int:  # noqa: ANN401
    """Send a message to a contact or a number.

    A number that is not stored yet becomes a contact first.
    """
    need(not (wait and dry_run), "A dry run sends nothing to wait for", "", "Leave out --wait or --dry-run.")
    channel = channel_of(options["channel"])
    with state.workspace() as workspace:
        content = _content(workspace, options["text"], options["template"], options["settings"])
        if dry_run:
            return _show_plan(state, *_planned(workspace, state, recipient, content, channel))
        contact = _known_or_new(workspace, state, recipient)
        message = workspace.sending.send(contact.id, content, channel=channel)
        return hand_over(workspace, state, message, wait=wait)


@click.command(cls=Command)
@json_option("Print JSON Lines: one template a line.")
@global_options
@click.pass_obj
def templates(state: State) -> int:
    """List the approved templates and their variables."""
    from sent_tui.services.workspace import make_gateway, utc_now

    known = make_gateway(state.settings.gateway, clock=utc_now).templates()
    if state.json:
        say_json_lines(
            {
                "name": template.name,
                "category": template.category,
                "language": template.language,
                "variables": list(template.variables),
                "body": template.body,
            }
            for template in known
        )
    else:
        rows = ((item.name, item.category, item.language, ", ".join(item.variables), item.body) for item in known)
        say_table(("NAME", "CATEGORY", "LANGUAGE", "VARIABLES", "TEXT"), rows)
    return ExitCode.DONE


def given_text(text: str) -> str:
    """Return a text of the command line; `-` stands for what is on standard input."""
    return _from_stdin() if text == "-" else text


def _content(workspace: Workspace, text: str | None, template: str | None, settings: Sequence[str]) -> Content:
    need((text is None) is not (template is None), "What to send is not clear", "", "Give --text or --template.")
    if template is not None:
        return workspace.sending.template_content(template, _variables(settings))
    need(not settings, "A text has no variables", "", "Give --set only with --template.")
    return Content(given_text(str(text)))


def _variables(settings: Sequence[str]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        need(bool(name and sign), "A variable is not understood", f"--set {setting} has no =.", "Write NAME=VALUE.")
        need(name not in variables, "A variable is set twice", f"--set {name} stands there twice.")
        variables[name] = value
    return variables


def _from_stdin() -> str:
    if sys.stdin is None:
        raise UsageError("There is no standard input", "It was closed.", "Give the text itself.")
    return sys.stdin.buffer.read(STDIN_LIMIT).decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


def _known(workspace: Workspace, state: State, recipient: str) -> Contact | None:
    """Return the contact that is meant, None for a valid number without one; raises for anything else."""
    try:
        return contact_named(workspace, state, recipient)
    except NotFoundError:
        number = parse(recipient, state.settings.region)
        if not isinstance(number, InvalidNumber):
            return None
        if _ID.fullmatch(recipient.strip()) or not any(char.isdigit() for char in recipient):
            raise
        raise InvalidNumberError(number) from None


def _known_or_new(workspace: Workspace, state: State, recipient: str) -> Contact:
    known = _known(workspace, state, recipient)
    if known is not None:
        return known
    made = workspace.contacts.create(NewContact(recipient, state.settings.region))
    note(f"Added: {in_one_line(made.contact)}")
    return made.contact


def _planned(
    workspace: Workspace, state: State, recipient: str, content: Content, channel: Channel | None
) -> tuple[Contact, RoutePlan]:
    contact = _known(workspace, state, recipient)
    if contact is None:
        workspace = _imagined(workspace, recipient, state.settings.region)
        contact = workspace.contacts.create(NewContact(recipient, state.settings.region)).contact
    return contact, workspace.sending.plan(contact.id, content, channel=channel)


def _imagined(workspace: Workspace, recipient: str, region: str | None) -> Workspace:
    """Return services that store nothing, and know as much about the consent of a number as the database does."""
    from sent_tui.services.workspace import assemble
    from sent_tui.store.memory import MemoryRepository

    memory = MemoryRepository()
    with memory.transaction() as transaction:
        for event in workspace.repository.consent_history(understand(recipient, region).e164):
            transaction.add_consent(event)
    return assemble(
        memory, workspace.gateway, user=workspace.user, clock=workspace.clock, prices=lambda: workspace.prices
    )


def _show_plan(state: State, contact: Contact, plan: RoutePlan) -> int:
    if state.json:
        say_json(plan_json(plan))
        return ExitCode.DONE
    say(f"To {named(contact)}; nothing is sent.")
    for line in plan.explain():
        say(line)
    if plan.steps:
        say(f"Chance to arrive {percent(plan.delivery_chance)}, expected cost ${plan.expected_cost:.4f}.")
    return ExitCode.DONE

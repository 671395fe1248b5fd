"""`sent-tui send` and `templates`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import click

from sent_tui.cli.account import begin_sending
from sent_tui.cli.delivery import hand_over
from sent_tui.cli.given import written_of
from sent_tui.cli.many import send_to_many
from sent_tui.cli.options import Command, State, global_options, json_option, need, plain_text
from sent_tui.cli.output import say, say_json, say_json_lines, say_table
from sent_tui.cli.people import channel_of, named, query_of, recipient_options
from sent_tui.cli.recipients import known, known_or_new
from sent_tui.cli.route_options import route_options, time_of, wishes_of
from sent_tui.core.message import Content
from sent_tui.core.rationale import plan_words
from sent_tui.core.sent_json import rationale_json
from sent_tui.core.span import span_words
from sent_tui.core.standing import fallback_words
from sent_tui.errors import ExitCode
from sent_tui.services.claiming import Order
from sent_tui.services.contacts import NewContact
from sent_tui.services.explaining import rationale_of
from sent_tui.services.understanding import understand

if TYPE_CHECKING:
    from sent_tui.core.message import Message
    from sent_tui.core.rationale import Rationale
    from sent_tui.services.workspace import Workspace


@click.command(cls=Command)
@click.argument("recipients", type=plain_text, nargs=-1, metavar="[ID-OR-NUMBER...]")
@recipient_options
@click.option("--text", type=plain_text, metavar="TEXT", help="The message; - reads it from standard input.")
@click.option("--template", type=plain_text, metavar="NAME", help="An approved template in place of a text.")
@click.option(
    "--set", "settings", type=plain_text, multiple=True, metavar="NAME=VALUE", help="A variable of the template."
)
@route_options
@click.option("--rate", type=float, metavar="N", help="To several: at most so many messages a second.")
@click.option("--yes", is_flag=True, help="To several: do not ask.")
@click.option("--wait", is_flag=True, help="Stay until the message came to its end, fallback included.")
@click.option("--live", is_flag=True, help="With Sent: really send. Else Sent only checks the message.")
@click.option("--dry-run", is_flag=True, help="Print the route, and neither send nor store anything.")
@json_option("Print one JSON object; to several JSON Lines: one message a line.")
@global_options
@click.pass_obj
def send(state: State, /, recipients: Sequence[str], wait: bool, live: bool, dry_run: bool, **options: Any) -> int:  # noqa: ANN401
    """Send a message to a contact or a number, or to many contacts.

    A number that is not stored yet becomes a contact first. Several are named one by one, or chosen by the options of
    `contacts list`; then the text or a variable may have {name} or {first_name}, which each contact fills in.
    """
    need(not (wait and dry_run), "A dry run sends nothing to wait for", "", "Leave out --wait or --dry-run.")
    with state.workspace() as workspace:
        order = Order(channel_of(options["channel"]), wishes_of(options), time_of(options, workspace.clock()))
        need(not (wait and order.send_at), "It is not sent now", "", "Leave out --wait, --at or --in.")
        if not dry_run:
            begin_sending(workspace, live=live, later=order.send_at is not None)
        if len(recipients) != 1 or not query_of(workspace, options).is_everyone:
            return send_to_many(workspace, state, recipients, order, options, wait=wait, dry_run=dry_run)
        content = _content(workspace, options["text"], options["template"], options["settings"])
        if dry_run:
            return _show_plan(state, _planned(workspace, state, recipients[0], content, order))
        contact = known_or_new(workspace, state, recipients[0])
        message = _sent(workspace, contact.id, content, order)
        return hand_over(workspace, state, message, wait=wait)


def _sent(workspace: Workspace, contact_id: str, content: Content, order: Order) -> Message:
    sending, channel, wishes = workspace.sending, order.channel, order.wishes
    if order.send_at is None:
        return sending.send(contact_id, content, channel=channel, wishes=wishes)
    return sending.schedule(contact_id, content, order.send_at, channel=channel, wishes=wishes)


@click.command(cls=Command)
@json_option("Print JSON Lines: one template a line.")
@global_options
@click.pass_obj
def templates(state: State) -> int:
    """List the approved templates and their variables."""
    from sent_tui.services.workspace import close_gateway, make_gateway, utc_now

    gateway = make_gateway(state.settings.gateway, clock=utc_now)
    try:
        known = gateway.templates()
    finally:
        close_gateway(gateway)
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


def _content(workspace: Workspace, text: str | None, template: str | None, settings: Sequence[str]) -> Content:
    written = written_of(text, template, settings)
    if isinstance(written, str):
        return Content(written)
    return workspace.sending.template_content(*written)


def _planned(workspace: Workspace, state: State, recipient: str, content: Content, order: Order) -> Rationale:
    contact = known(workspace, state, recipient)
    if contact is None:
        workspace = _imagined(workspace, recipient, state.settings.region)
        contact = workspace.contacts.create(NewContact(recipient, state.settings.region)).contact
    return rationale_of(workspace.repository, workspace.sending, contact.id, content, order)


def _imagined(workspace: Workspace, recipient: str, region: str | None) -> Workspace:
    """Return services that store nothing, and know as much about the consent of a number as the database does."""
    from sent_tui.services.workspace import assemble
    from sent_tui.store.memory import MemoryRepository

    memory = MemoryRepository()
    with memory.transaction() as transaction:
        for event in workspace.repository.consent_history(understand(recipient, region).e164):
            transaction.add_consent(event)
    return assemble(
        memory,
        workspace.gateway,
        user=workspace.user,
        clock=workspace.clock,
        prices=lambda: workspace.prices,
        patience=workspace.patience,
    )


def _show_plan(state: State, rationale: Rationale) -> int:
    plan = rationale.plan
    if state.json:
        say_json(rationale_json(rationale))
        return ExitCode.DONE
    say(f"To {named(rationale.contact)}; nothing is sent.")
    for line in plan.explain():
        say(line)
    for step, then in zip_longest(plan.steps, plan.channels[1:]):
        after = span_words(step.fallback_after)
        say(f"{step.channel.label}, about ${step.cost:.4f}: {fallback_words(after, step.until, then)}.")
    if plan.steps:
        say(f"{plan_words(plan)}.")
    return ExitCode.DONE

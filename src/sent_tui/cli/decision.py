"""`sent-tui route decision`: what was decided about a message, from which facts, and whether it would be today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from sent_tui.cli.contact_view import status_words
from sent_tui.cli.messages import message_named
from sent_tui.cli.options import Command, State, global_options, json_option, plain_text
from sent_tui.cli.output import say, say_facts, say_json
from sent_tui.core.evaluation_json import review_json
from sent_tui.core.review import review
from sent_tui.core.span import span_words
from sent_tui.core.text import ago, like_words, percent, plural
from sent_tui.errors import ExitCode, NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from sent_tui.core.decision import ChannelFacts, Situation
    from sent_tui.core.message import Message
    from sent_tui.core.review import Review
    from sent_tui.core.route_plan import RoutePlan
    from sent_tui.services.workspace import Workspace


@click.command(cls=Command)
@click.argument("message", type=plain_text, metavar="ID")
@json_option()
@global_options
@click.pass_obj
def decision(state: State, message: str) -> int:
    """Say how the route of a message was decided, and from what.

    Shows what was said then, the facts that it rested on, whether today's rules make the same plan of them, and the
    plan that what is known today would give. The first characters of an id are enough, from the sixth on.
    """
    with state.workspace() as workspace:
        known = message_named(workspace, message)
        looked_at = workspace.evaluation.review(known.id)
        now = _plan_now(workspace, known)
        if state.json:
            fallbacks = [{"attempt": index, **review_json(again, None)} for index, again in _looked_at_anew(known)]
            say_json({"message_id": known.id, **review_json(looked_at, now), "fallbacks": fallbacks})
        else:
            _show(known, looked_at, now, workspace.clock())
    return ExitCode.DONE


def _plan_now(workspace: Workspace, message: Message) -> RoutePlan | None:
    """Return the plan that what is known today gives; None when the contact is gone."""
    try:
        return workspace.sending.plan(message.contact_id, message.content, channel=message.pinned)
    except NotFoundError:
        return None


def _looked_at_anew(message: Message) -> Iterator[tuple[int, Review]]:
    """Give the decisions before the fallbacks of a message, with their places among the attempts."""
    for index, attempt in enumerate(message.attempts):
        try:
            if attempt.decision:
                yield index, review(attempt.decision)
        except ValueError:
            continue


def _show(message: Message, looked_at: Review, now: RoutePlan | None, at: datetime) -> None:
    situation = looked_at.decision.situation
    say(f"To {message.to}, {status_words(message.status)}; decided {ago(situation.at, at)}")
    _lines("What was said", looked_at.said or looked_at.again.explain())
    say()
    say("What it rested on")
    say_facts((f"  {name}", words) for name, words in _facts(looked_at))
    for known in situation.channels:
        _lines(known.channel.label, _channel(known, at))
    for index, again in _looked_at_anew(message):
        attempt = message.attempts[index]
        _lines(f"Before attempt {index + 1}, {ago(attempt.started_at, at)}", again.again.explain())
    say()
    say("Today's rules, from the same facts")
    for line in _today(looked_at):
        say(f"  {line}")
    words = ["The contact is gone."] if now is None else now.explain()
    _lines("From what is known today", words)


def _lines(title: str, lines: Iterable[str]) -> None:
    say()
    say(title)
    for line in lines:
        say(f"  {line}")


def _facts(looked_at: Review) -> Iterator[tuple[str, str]]:
    situation, rules = looked_at.decision.situation, looked_at.decision.rules
    yield "Decided at", f"{situation.at:%Y-%m-%d %H:%M:%S %Z}"
    yield "Country and type", f"{situation.region}, {situation.number_type}"
    yield "Opted out", "yes" if situation.opt_out else ""
    yield "Default channel", _default(situation)
    yield "Chosen for this message", situation.pinned.label if situation.pinned else ""
    yield "Fallback", "" if situation.falls_back else "none: that was asked for"
    content = "free text" if situation.is_free_text else f"template, {situation.category}"
    yield "Content", f"{content}, {plural(situation.segments, 'segment')}"
    yield "Last template", f"{situation.last_template_at:%Y-%m-%d %H:%M %Z}" if situation.last_template_at else ""
    yield "Prices", f"WhatsApp ${situation.tariff.whatsapp:g} when it arrives, SMS ${situation.tariff.sms:g} a segment"
    points, worth = 100 * rules.margin, 100 * rules.cost_weight
    yield "Rules", f"another channel must be {points:g} points better; a dollar is worth {worth:g} points"
    yield "Model", f"version {looked_at.decision.model}"


def _default(situation: Situation) -> str:
    if situation.default_channel is None:
        return "none"
    who = "a person" if situation.default_pinned else "the router"
    return f"{situation.default_channel.label}, chosen by {who}"


def _channel(known: ChannelFacts, at: datetime) -> Iterator[str]:
    since = f" since {known.since:%Y-%m-%d}" if known.since else ""
    evidence = f": {known.evidence}" if known.evidence else ""
    yield f"{known.availability.value}{since}, {known.source.label}{evidence}"
    estimate = known.estimate
    tried = estimate.delivered + estimate.failed
    own = f"{estimate.delivered} of {tried} delivered" if tried else "no messages yet"
    yield f"{percent(estimate.mean)} likely to arrive ({percent(estimate.low)}–{percent(estimate.high)}); {own}"
    if estimate.others:
        yield like_words(estimate.others, estimate.group_mean)
    yield f"given {span_words(known.fallback_after)} to be {status_words(known.until)}"
    if known.last_inbound_at:
        yield f"the person last wrote {ago(known.last_inbound_at, at)}"


def _today(looked_at: Review) -> Iterator[str]:
    if looked_at.is_same:
        yield "The same plan, word for word."
        return
    if looked_at.is_same_order:
        yield "The same channels in the same order, in other words."
    else:
        names = " then ".join(channel.label for channel in looked_at.today.channels) or "none"
        yield f"Another order: {names}."
    yield from (f"Then:  {line}" for line in looked_at.only_then)
    yield from (f"Today: {line}" for line in looked_at.only_today)

"""Contacts as people read them: a table of many, and everything about one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sent_tui.cli.output import percentage, say, say_facts, say_table
from sent_tui.cli.people import default_in_words
from sent_tui.cli.rationale_view import chart_lines
from sent_tui.core.ageing import check_words, closed_words, is_closed_by_fact
from sent_tui.core.channel import Availability, Channel, ChannelStatus
from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import DefaultMove
from sent_tui.core.message import STATUS_WORDS, Attempt, Message, MessageStatus
from sent_tui.core.numbering import region_name
from sent_tui.core.rationale import Rationale, estimate_words, own_words, people_words, plan_words
from sent_tui.core.reasons import reason_words
from sent_tui.core.recheck import Proposal
from sent_tui.core.search import ContactRow
from sent_tui.core.standing import overdue_words, standing
from sent_tui.core.text import ago, display, relative_time

HEADS = ("NUMBER", "REGION", "CHANNELS", "DEFAULT", "DELIVERED", "LAST", "NAME")
TEXT = 60
"""Characters of a message in a list."""
LATEST_MOVES = 3
"""So many moves of the default channel are shown."""
_SIGNS = {Availability.AVAILABLE: "{}", Availability.UNKNOWN: "{}?", Availability.UNAVAILABLE: "-"}


def show_rows(rows: Iterable[ContactRow], now: datetime) -> None:
    """Print contacts as a table."""
    say_table(HEADS, [_cells(row, now) for row in rows])


def show_contact(
    rationale: Rationale,
    consent: Sequence[ConsentEvent],
    messages: Sequence[Message],
    moves: Sequence[DefaultMove],
    proposal: Proposal | None,
    now: datetime,
) -> None:
    """Print everything about a contact."""
    contact = rationale.contact
    say(contact.title)
    say_facts(_identity(contact, now))
    if contact.fields:
        _head("Fields")
        _indent(f"{name}: {value}" for name, value in contact.fields)
    _head("Channels")
    for status in contact.channels:
        _indent(_channel(status, rationale, now))
    reason = f": {contact.default_reason}" if contact.default_reason else ""
    _indent([f"Default {default_in_words(contact)}{reason}"])
    _indent(_moves(moves, now))
    if proposal is not None:
        _indent([f"Worth a check: {proposal.words}"])
    _head("Consent")
    _indent(["Has opted out of all messages." if contact.opt_out else "May be written to."])
    _indent([_consent(event, now) for event in consent])
    _head("Route of a template")
    _indent(rationale.plan.explain())
    _indent([f"{plan_words(rationale.plan)}."] if rationale.plan.steps else [])
    if messages:
        _head("Last messages")
    for message in messages:
        _indent(message_lines(message, now))


def message_lines(message: Message, now: datetime) -> Iterator[str]:
    """Return a message in lines: what it says, then each attempt."""
    yield f"{ago(message.created_at, now)}  {status_words(message.status)}  {display(message.content.text, TEXT)}"
    for line in attempt_lines(message):
        yield f"    {line}"
    for sentence in standing(message):
        yield f"    {sentence}"
    if message.reason_code:
        yield f"    {reason_words(message.reason_code)}"


def attempt_lines(message: Message) -> list[str]:
    """Return how each attempt of a message stands, and which of them took too long."""
    lines = []
    for index, attempt in enumerate(message.attempts):
        late = overdue_words(message, index)
        lines.append(f"{attempt_words(attempt)}{', ' if late else ''}{late}")
    return lines


def attempt_words(attempt: Attempt) -> str:
    """Return how an attempt stands, such as `WhatsApp failed: not registered on this channel`."""
    why = reason_words(attempt.reason_code)
    never_left = attempt.gateway_id is None or attempt.status == MessageStatus.BLOCKED
    if not why and never_left and attempt.is_final:
        why = attempt.detail.rstrip(".")
    return f"{attempt.channel.label} {status_words(attempt.status)}{': ' if why else ''}{why}"


def status_words(status: str) -> str:
    """Return a status as people say it; an unknown one as it came."""
    return STATUS_WORDS.get(status, status)


def _cells(row: ContactRow, now: datetime) -> tuple[str, ...]:
    channels = ((Channel.WHATSAPP, row.whatsapp), (Channel.SMS, row.sms))
    signs = [_SIGNS[availability].format(channel.badge) for channel, availability in channels]
    pinned = " pinned" if row.pinned else ""
    default = f"{row.default.badge}{pinned}" if row.default else "-"
    return (
        row.international,
        row.region,
        " ".join(signs),
        "opted out" if row.opted_out else default,
        "-" if row.rate is None else f"{percentage(row.rate)} of {row.attempts}",
        relative_time(row.last_at, now) if row.last_at else "-",
        row.name,
    )


def _identity(contact: Contact, now: datetime) -> Iterator[tuple[str, str]]:
    place = region_name(contact.region_code)
    yield "International", contact.format_international
    yield "E.164", contact.format_e164
    yield "National", contact.format_national
    yield "RFC 3966", contact.format_rfc
    yield "Country", f"{place} ({contact.region_code})" if place else contact.region_code
    yield "Type", contact.number_type.label
    yield "Extension", contact.extension
    yield "Tags", ", ".join(contact.tags)
    yield "Notes", contact.notes
    yield "Id", contact.id
    if contact.sent is not None:
        yield "At Sent", f"{contact.sent.id}, {contact.sent.words}"
    yield "Created", ago(contact.created_at, now)


def _channel(status: ChannelStatus, rationale: Rationale, now: datetime) -> Iterator[str]:
    evidence = f": {display(status.evidence)}" if status.evidence else ""
    yield f"{status.channel.label} {status.availability.value}, {status.source.label}{evidence}"
    yield f"    {check_words(status, now)}"
    if is_closed_by_fact(status):
        yield f"    {closed_words(status)}; `sent-tui contacts check` looks again"
    known = rationale.channels[status.channel].estimate
    yield f"    estimate {estimate_words(known)}, {own_words(known)}; {people_words(known)}"
    for line in chart_lines(rationale, status.channel):
        yield f"  {line}"


def _moves(moves: Sequence[DefaultMove], now: datetime) -> Iterator[str]:
    """Return the latest moves of the default channel, the last one first."""
    for move in reversed(moves[-LATEST_MOVES:]):
        reason = f": {display(move.reason)}" if move.reason else ""
        yield f"    {move.words}  {ago(move.at, now)}, {move.by.label}{reason}"
    if len(moves) > LATEST_MOVES:
        yield f"    and {len(moves) - LATEST_MOVES} earlier; --json has them all"


def _consent(event: ConsentEvent, now: datetime) -> str:
    words = "opted out" if event.kind is ConsentKind.OPT_OUT else "opted in"
    return f"{ago(event.at, now)}  {words}, by {display(event.by)}: {display(event.how)}"


def _head(text: str) -> None:
    say()
    say(text)


def _indent(lines: Iterable[str]) -> None:
    for line in lines:
        say(f"  {line}")

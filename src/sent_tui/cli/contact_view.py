"""Contacts as people read them: a table of many, and everything about one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sent_tui.cli.output import percentage, say, say_facts, say_table
from sent_tui.cli.people import default_in_words
from sent_tui.core.channel import Availability, Channel, ChannelStatus
from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact
from sent_tui.core.estimate import Estimate
from sent_tui.core.message import STATUS_WORDS, Attempt, Message
from sent_tui.core.numbering import region_name
from sent_tui.core.reasons import reason_words
from sent_tui.core.routing import RoutePlan
from sent_tui.core.search import ContactRow
from sent_tui.core.text import ago, display, percent, relative_time

HEADS = ("NUMBER", "REGION", "CHANNELS", "DEFAULT", "DELIVERED", "LAST", "NAME")
TEXT = 60
"""Characters of a message in a list."""
_SIGNS = {Availability.AVAILABLE: "{}", Availability.UNKNOWN: "{}?", Availability.UNAVAILABLE: "-"}


def show_rows(rows: Iterable[ContactRow], now: datetime) -> None:
    """Print contacts as a table."""
    say_table(HEADS, [_cells(row, now) for row in rows])


def show_contact(
    contact: Contact,
    plan: RoutePlan,
    consent: Sequence[ConsentEvent],
    messages: Sequence[Message],
    now: datetime,
) -> None:
    """Print everything about a contact."""
    say(contact.title)
    say_facts(_identity(contact, now))
    _head("Channels")
    for status in contact.channels:
        _indent(_channel(status, plan.estimates[status.channel], now))
    reason = f": {contact.default_reason}" if contact.default_reason else ""
    _indent([f"Default {default_in_words(contact)}{reason}"])
    _head("Consent")
    _indent(["Has opted out of all messages." if contact.opt_out else "May be written to."])
    _indent([_consent(event, now) for event in consent])
    _head("Route of a template")
    _indent(plan.explain())
    if messages:
        _head("Last messages")
    for message in messages:
        _indent(message_lines(message, now))


def message_lines(message: Message, now: datetime) -> Iterator[str]:
    """Return a message in lines: what it says, then each attempt."""
    yield f"{ago(message.created_at, now)}  {status_words(message.status)}  {display(message.content.text, TEXT)}"
    for attempt in message.attempts:
        yield f"    {attempt_words(attempt)}"
    if message.reason_code:
        yield f"    {reason_words(message.reason_code)}"


def attempt_words(attempt: Attempt) -> str:
    """Return how an attempt stands, such as `WhatsApp failed: not registered on this channel`."""
    why = reason_words(attempt.reason_code)
    if not why and attempt.gateway_id is None and attempt.is_final:
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
    yield "Created", ago(contact.created_at, now)


def _channel(status: ChannelStatus, known: Estimate, now: datetime) -> Iterator[str]:
    checked = f"checked {ago(status.checked_at, now)}" if status.checked_at else "never checked"
    evidence = f": {display(status.evidence)}" if status.evidence else ""
    yield f"{status.channel.label} {status.availability.value}, {status.source.label}, {checked}{evidence}"
    tried = f"{status.delivered} of {status.attempts} delivered" if status.attempts else "no messages yet"
    yield f"    estimate {percent(known.mean)} ({percent(known.low)}–{percent(known.high)}), {tried}"


def _consent(event: ConsentEvent, now: datetime) -> str:
    words = "opted out" if event.kind is ConsentKind.OPT_OUT else "opted in"
    return f"{ago(event.at, now)}  {words}, by {display(event.by)}: {display(event.how)}"


def _head(text: str) -> None:
    say()
    say(text)


def _indent(lines: Iterable[str]) -> None:
    for line in lines:
        say(f"  {line}")

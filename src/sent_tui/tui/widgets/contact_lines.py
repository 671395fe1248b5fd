"""What is known of a contact, in lines: section by section, and what each pane shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from textual.content import Content

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.consent import ConsentEvent, ConsentKind, window_closes, window_is_open
from sent_tui.core.contact import Contact, StepResult
from sent_tui.core.default_move import DefaultMove
from sent_tui.core.delivery import Explanation
from sent_tui.core.rationale import own_words, people_words
from sent_tui.core.recheck import Proposal
from sent_tui.core.route_plan import RoutePlan
from sent_tui.core.text import day_words
from sent_tui.tui.safe import join, safe, safe_lines
from sent_tui.tui.widgets.channel_badge import availability, estimate_line
from sent_tui.tui.widgets.chart_view import chart_lines, room_for_chart
from sent_tui.tui.widgets.check_lines import checked_contents, latest_move_line, move_rows, proposal_lines
from sent_tui.tui.widgets.layout import BLANK, Line
from sent_tui.tui.widgets.route_view import why_content
from sent_tui.tui.widgets.timeline import Story, message_lines

_LABEL = 14
_BAR, _SHORT_BAR = 12, 8
"""Cells of an estimate where there is room, and where there is little."""
MOVES_SHOWN = 10
"""So many moves of the default channel are listed."""
_SIGNS = {
    StepResult.YES: ("✓", "$text-success"),
    StepResult.NO: ("✗", "$text-muted"),
    StepResult.UNKNOWN: ("?", "$text-warning"),
}


class Profile(Struct, frozen=True):
    """A contact with everything that is shown beside it."""

    contact: Contact
    plan: RoutePlan
    """The route of a template sent now."""
    stories: tuple[Story, ...]
    """Its messages, newest first."""
    consent: tuple[ConsentEvent, ...]
    now: datetime
    moves: tuple[DefaultMove, ...] = ()
    """Of its default channel, oldest first."""
    proposal: Proposal | None = None
    """Why its channels should be checked again, if that would pay."""
    facts: tuple[tuple[str, str], ...] = ()
    """Place, carrier and time zones, once they were looked up."""


Lines = list[Line]
Explained = Mapping[Channel, Explanation]
"""What the estimate of each channel rests on."""


def heading(contact: Contact) -> Lines:
    """Return the name, the number, the tags and what one must know first."""
    facts = [contact.region_code, contact.number_type.label]
    if contact.name:
        facts.insert(0, contact.format_international)
    lines = [Line(safe(contact.title, "bold", 120)), Line(safe("  ·  ".join(facts)))]
    if contact.opt_out:
        lines.append(Line(join(("✗ Opted out", "bold $text-error"), ": no message may be sent")))
    if contact.tags:
        lines.append(Line(safe(" ".join(f"#{tag}" for tag in contact.tags), "$accent")))
    return lines


def preview_heading(contact: Contact) -> Lines:
    """Return the same in as many rows for every contact: what stands under it keeps its place as the cursor moves."""
    number = f"{contact.format_international}  ·  {contact.region_code}"
    first = [safe(contact.title, "bold", 40), safe(number if contact.name else contact.region_code)]
    kind = safe(contact.number_type.label)
    if contact.opt_out:
        kind = join(("✗ Opted out", "bold $text-error"), ": no message may be sent")
    tags = safe("".join(f"  #{tag}" for tag in contact.tags), "$accent", 60)
    return [*map(Line, first), Line(Content.assemble(kind, tags))]


def channels_block(profile: Profile, known: Explained | None = None, width: int = 0) -> Lines:
    """Return each channel's state and estimate, with the evidence under it.

    With a width, the results of a channel are drawn as a chart, or room is kept for it until they are known.
    """
    lines = [_title("Channels")]
    for status in profile.contact.channels:
        lines += _channel(status, profile, known, width)
    if profile.contact.default_channel is None:
        lines.append(Line(join(("No default channel: ", "$text-warning"), profile.contact.default_reason)))
    return [*lines, *latest_move_line(profile.moves, profile.now), *proposal_lines(profile.proposal)]


def _channel(status: ChannelStatus, profile: Profile, explained: Explained | None, width: int) -> Lines:
    contact, now = profile.contact, profile.now
    known = profile.plan.estimates[status.channel]
    shut = status.availability is Availability.UNAVAILABLE
    first = Content.assemble(
        join((f"{status.channel.label:<10}", "bold")),
        estimate_line(known, _BAR if width else _SHORT_BAR) if not shut else "",
        "  " if status.availability is Availability.UNKNOWN else "",
        availability(status) if status.availability is not Availability.AVAILABLE else "",
        safe(f" since {day_words(status.since, now)}", "$text-muted") if shut and status.since else "",
    )
    others = people_words(known) if known.others and not shut else ""
    facts = [f"{own_words(known)}; {others}"] if width and others else [own_words(known), others]
    lines = [Line(first, 10), *(_note(safe(fact)) for fact in facts if fact)]
    if width and status.attempts:
        lines += chart_lines(explained[status.channel], width, now) if explained else room_for_chart()
    if basis := _basis(status):
        lines.append(_note(safe(basis, "$text-muted")))
    lines += map(_note, checked_contents(status, now))
    if status.channel is Channel.WHATSAPP and not shut:
        lines.append(_note(_window(status, now)))
    if contact.default_channel is status.channel:
        who = "◆ default, chosen by a person" if contact.default_pinned else "● default, chosen by the router"
        lines.append(_note(safe(who, "$primary")))
    return lines


def _basis(status: ChannelStatus) -> str:
    """Return what the availability rests on; a delivery speaks for itself."""
    delivered = status.source is Source.DELIVERY and status.is_available
    return "" if delivered else status.evidence or status.source.label


def _window(status: ChannelStatus, now: datetime) -> Content:
    closes = window_closes(status.last_inbound_at)
    if closes is not None and window_is_open(status.last_inbound_at, now):
        return safe(f"free text until {closes:%H:%M} UTC ({closes:%a})", "$text-muted")
    return safe("free text is shut, a template may go", "$text-muted")


def why_block(plan: RoutePlan) -> Lines:
    """Return why the route is as it is."""
    title = join(("Why", "bold $primary"), ("   w", "bold $primary"), (" shows more", "$text-muted"))
    return [Line(title), *(Line(content) for content in why_content(plan))]


def formats_block(contact: Contact) -> Lines:
    """Return the number in every format."""
    lines = [
        _title("Number"),
        _row("E.164", safe(contact.format_e164, "bold")),
        _row("International", safe(contact.format_international)),
        _row("National", safe(contact.format_national)),
        _row("RFC 3966", safe(contact.format_rfc)),
    ]
    if contact.phone_number not in {contact.format_e164, contact.format_international}:
        lines.append(_row("As given", safe(contact.phone_number, "", 60)))
    if contact.extension:
        lines.append(_row("Extension", join(contact.extension, ("  never sent to", "$text-muted"))))
    return lines


def notes_block(contact: Contact) -> Lines:
    """Return the notes, if there are any."""
    return [_title("Notes"), Line(safe_lines(contact.notes))] if contact.notes.strip() else []


def fields_block(contact: Contact) -> Lines:
    """Return the fields that a person named, if there are any."""
    rows = [Line(join((f"{name}: ", "$text-muted"), value), 2) for name, value in contact.fields]
    return [_title("Fields"), *rows] if rows else []


def facts_block(profile: Profile) -> Lines:
    """Return place, carrier and time zones, and when the contact was made."""
    contact = profile.contact
    return [
        _title("About"),
        *(_row(label, safe(value)) for label, value in profile.facts),
        _row("Calling code", join(f"+{contact.country_code}  {contact.region_code}")),
        _row("Created", join(f"{contact.created_at:%Y-%m-%d %H:%M} UTC")),
        *([_row("At Sent", safe(contact.sent.words))] if contact.sent is not None else []),
    ]


def consent_block(profile: Profile) -> Lines:
    """Return the state of consent and every decision about it."""
    out = profile.contact.opt_out
    state = join(("✗ opted out", "bold $text-error")) if out else join(("✓ may be messaged", "$text-success"))
    lines = [_title("Consent"), Line(state)]
    for event in reversed(profile.consent):
        words = "opted out" if event.kind is ConsentKind.OPT_OUT else "opted in"
        lines.append(_row(f"{event.at:%Y-%m-%d}", join(f"{words} by {event.by}: {event.how}")))
    return lines


def moves_block(profile: Profile) -> Lines:
    """Return how the default channel moved, the latest move first."""
    rows = move_rows(profile.moves, profile.now, MOVES_SHOWN)
    return [_title("Default channel"), *rows] if rows else []


def lifecycle_block(contact: Contact) -> Lines:
    """Return the steps by which the number became a contact."""
    lines = [_title("Lifecycle")]
    for step in contact.lifecycle:
        sign, style = _SIGNS[step.result]
        words = join((f"{sign} ", style), f"{step.kind.label}: ", (step.evidence, "$text-muted"))
        lines.append(Line(words, 2))
    return lines


def messages_block(profile: Profile, limit: int) -> Lines:
    """Return the newest messages."""
    lines = [_title("Messages")]
    if not profile.stories:
        return [*lines, Line(safe("No messages yet. Press s to send the first one.", "$text-muted"))]
    for story in profile.stories[:limit]:
        lines += [*message_lines(story, profile.now), BLANK]
    more = len(profile.stories) - limit
    return [*lines, Line(safe(f"… and {more} older", "$text-muted"))] if more > 0 else lines[:-1]


def _title(text: str) -> Line:
    return Line(safe(text, "bold $primary"))


def _row(label: str, value: Content) -> Line:
    return Line(Content.assemble(safe(f"{label:<{_LABEL}}", "$text-muted"), value), _LABEL)


def _note(content: Content) -> Line:
    return Line(content, 4, 2)


def _stack(*blocks: Sequence[Line]) -> Iterable[Line]:
    for number, block in enumerate(block for block in blocks if block):
        if number:
            yield BLANK
        yield from block


def preview_lines(profile: Profile) -> Iterable[Line]:
    """Return what is shown of a contact beside the list."""
    contact = profile.contact
    return _stack(
        preview_heading(contact),
        channels_block(profile),
        why_block(profile.plan),
        messages_block(profile, 3),
        notes_block(contact),
        fields_block(contact),
        formats_block(contact),
    )


def identity_lines(profile: Profile, explained: Explained | None, width: int) -> Iterable[Line]:
    """Return everything but the messages, for a width in cells."""
    contact = profile.contact
    return _stack(
        heading(contact),
        channels_block(profile, explained, width),
        why_block(profile.plan),
        formats_block(contact),
        notes_block(contact),
        fields_block(contact),
        facts_block(profile),
        consent_block(profile),
        moves_block(profile),
        lifecycle_block(contact),
    )


def history_lines(profile: Profile) -> Iterable[Line]:
    """Return the messages, newest first."""
    return messages_block(profile, 50)

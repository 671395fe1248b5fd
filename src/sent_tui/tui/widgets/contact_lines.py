"""What is known of a contact, in lines: section by section, and what each pane shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.consent import ConsentEvent, ConsentKind, window_closes, window_is_open
from sent_tui.core.contact import Contact, StepResult
from sent_tui.core.lifecycle import is_stale
from sent_tui.core.routing import RoutePlan
from sent_tui.core.text import ago, people_like_this, percent
from sent_tui.tui.safe import join, safe, safe_lines
from sent_tui.tui.widgets.channel_badge import availability, estimate_line
from sent_tui.tui.widgets.layout import BLANK, Line
from sent_tui.tui.widgets.route_view import why_content
from sent_tui.tui.widgets.timeline import Story, message_lines

_LABEL = 14
_SIGNS = {
    StepResult.YES: ("✓", "$text-success"),
    StepResult.NO: ("✗", "$text-muted"),
    StepResult.UNKNOWN: ("?", "$text-warning"),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A contact with everything that is shown beside it."""

    contact: Contact
    plan: RoutePlan
    """The route of a template sent now."""
    stories: tuple[Story, ...]
    """Its messages, newest first."""
    consent: tuple[ConsentEvent, ...]
    now: datetime
    facts: tuple[tuple[str, str], ...] = ()
    """Place, carrier and time zones, once they were looked up."""


Lines = list[Line]


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


def channels_block(profile: Profile) -> Lines:
    """Return each channel's state and estimate, with the evidence under it."""
    lines = [_title("Channels")]
    for status in profile.contact.channels:
        lines += _channel(status, profile)
    if profile.contact.default_channel is None:
        lines.append(Line(join(("No default channel: ", "$text-warning"), profile.contact.default_reason)))
    return lines


def _channel(status: ChannelStatus, profile: Profile) -> Lines:
    contact, now = profile.contact, profile.now
    known = profile.plan.estimates[status.channel]
    first = Content.assemble(
        join((f"{status.channel.label:<10}", "bold")),
        estimate_line(known) if status.availability is not Availability.UNAVAILABLE else "",
        "  " if status.availability is Availability.UNKNOWN else "",
        availability(status) if status.availability is not Availability.AVAILABLE else "",
    )
    counts = f"{status.delivered} of {status.attempts} delivered" if status.attempts else "no messages yet"
    lines = [Line(first, 10), _note(safe(f"{counts}{_basis(status)}"))]
    if known.group_size and status.availability is not Availability.UNAVAILABLE:
        others = f"{people_like_this(known.group_size)}: {percent(known.group_mean)}"
        lines.append(_note(safe(others, "$text-muted")))
    checked = f"checked {ago(status.checked_at, now)}" if status.checked_at else "never checked"
    old = "; worth a check (c)" if is_stale(status, now) else ""
    lines.append(_note(safe(f"{checked}{old}", "$text-muted")))
    if status.channel is Channel.WHATSAPP and status.availability is not Availability.UNAVAILABLE:
        lines.append(_note(_window(status, now)))
    if contact.default_channel is status.channel:
        who = "◆ default, chosen by a person" if contact.default_pinned else "● default, chosen by the router"
        lines.append(_note(safe(who, "$primary")))
    return lines


def _basis(status: ChannelStatus) -> str:
    """Return what the availability rests on; a delivery speaks for itself."""
    delivered = status.source is Source.DELIVERY and status.is_available
    return "" if delivered else f"; {status.evidence or status.source.label}"


def _window(status: ChannelStatus, now: datetime) -> Content:
    closes = window_closes(status.last_inbound_at)
    if closes is not None and window_is_open(status.last_inbound_at, now):
        return safe(f"free text until {closes:%H:%M} UTC ({closes:%a})", "$text-muted")
    return safe("free text is shut, a template may go", "$text-muted")


def why_block(plan: RoutePlan) -> Lines:
    """Return why the route is as it is."""
    return [_title("Why"), *(Line(content) for content in why_content(plan))]


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


def facts_block(profile: Profile) -> Lines:
    """Return place, carrier and time zones, and when the contact was made."""
    contact = profile.contact
    return [
        _title("About"),
        *(_row(label, safe(value)) for label, value in profile.facts),
        _row("Calling code", join(f"+{contact.country_code}  {contact.region_code}")),
        _row("Created", join(f"{contact.created_at:%Y-%m-%d %H:%M} UTC")),
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
        heading(contact),
        channels_block(profile),
        why_block(profile.plan),
        messages_block(profile, 3),
        notes_block(contact),
        formats_block(contact),
    )


def identity_lines(profile: Profile) -> Iterable[Line]:
    """Return everything but the messages."""
    contact = profile.contact
    return _stack(
        heading(contact),
        channels_block(profile),
        why_block(profile.plan),
        formats_block(contact),
        notes_block(contact),
        facts_block(profile),
        consent_block(profile),
        lifecycle_block(contact),
    )


def history_lines(profile: Profile) -> Iterable[Line]:
    """Return the messages, newest first."""
    return messages_block(profile, 50)

"""What is known of a contact, in sections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from sent_tui.core.channel import Availability, Channel, ChannelStatus
from sent_tui.core.consent import ConsentEvent, ConsentKind, window_closes, window_is_open
from sent_tui.core.contact import Contact, StepResult
from sent_tui.core.delivery import estimate
from sent_tui.core.lifecycle import is_stale
from sent_tui.core.routing import RoutePlan
from sent_tui.core.text import relative_time
from sent_tui.tui.safe import join, safe, safe_lines
from sent_tui.tui.widgets.channel_badge import availability, estimate_line
from sent_tui.tui.widgets.route_view import route_content
from sent_tui.tui.widgets.timeline import Story, message_content


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


def _row(label: str, value: Content) -> Content:
    return Content.assemble(join((f"{label:<14}", "$text-muted")), value)


def _block(title: str, lines: list[Content]) -> Content:
    return Content("\n").join([join((title, "bold $primary")), *lines])


def heading(contact: Contact) -> Content:
    """Return the name, the number, the tags and what one must know first."""
    lines = [safe(contact.title, "bold", 120)]
    facts = f"{contact.format_international}  ·  {contact.region_code}  ·  {contact.number_type.label}"
    lines.append(join((facts if contact.name else facts.split("·", 1)[1].strip(), "")))
    if contact.opt_out:
        lines.append(join(("OPTED OUT  no message may be sent", "bold $text-error")))
    if contact.tags:
        lines.append(join((" ".join(f"#{tag}" for tag in contact.tags), "$accent")))
    return Content("\n").join(lines)


def channels_block(profile: Profile) -> Content:
    """Return each channel's state, its estimate and the evidence, then the default channel."""
    contact = profile.contact
    lines = [line for status in contact.channels for line in _channel_lines(status, profile.now)]
    if contact.default_channel is None:
        default = join(("none", "$text-warning"), f"  {contact.default_reason}")
    else:
        who = "chosen by a person" if contact.default_pinned else f"by the router: {contact.default_reason}"
        sign = "◆" if contact.default_pinned else "●"
        default = join((f"{contact.default_channel.label} {sign}", "bold"), (f"  {who}", "$text-muted"))
    return _block("Channels", [*lines, _row("Default", default)])


def _channel_lines(status: ChannelStatus, now: datetime) -> list[Content]:
    name = join((f"{status.channel.label:<14}", "bold"))
    state = availability(status)
    if status.availability is not Availability.UNAVAILABLE:
        state = Content.assemble(estimate_line(estimate(status)), "  ", state)
    checked = f"checked {relative_time(status.checked_at, now)} ago" if status.checked_at else "never checked"
    old = "; worth checking again (c)" if is_stale(status, now) else ""
    counts = f"{status.delivered} of {status.attempts} delivered" if status.attempts else "no messages yet"
    lines = [
        Content.assemble(name, state),
        _row("", join((f"{counts}  ·  {status.evidence or status.source.label}", ""))),
        _row("", join((f"{checked}, {status.source.label}{old}", "$text-muted"))),
    ]
    if status.channel is Channel.WHATSAPP:
        lines.append(_row("", _window(status, now)))
    return lines


def _window(status: ChannelStatus, now: datetime) -> Content:
    closes = window_closes(status.last_inbound_at)
    if closes is not None and window_is_open(status.last_inbound_at, now):
        return join(("free text until ", "$text-muted"), f"{closes:%H:%M} UTC, {relative_time(closes, now)}")
    return join(("free text: shut, a template may go", "$text-muted"))


def formats_block(contact: Contact) -> Content:
    """Return the number in every format."""
    lines = [
        _row("E.164", safe(contact.format_e164, "bold")),
        _row("International", safe(contact.format_international)),
        _row("National", safe(contact.format_national)),
        _row("RFC 3966", safe(contact.format_rfc)),
    ]
    if contact.phone_number not in {contact.format_e164, contact.format_international}:
        lines.append(_row("As given", safe(contact.phone_number, "$text-muted", 60)))
    if contact.extension:
        lines.append(_row("Extension", join(contact.extension, ("  never sent to", "$text-muted"))))
    return _block("Number", lines)


def facts_block(profile: Profile) -> Content:
    """Return place, carrier and time zones, and the notes."""
    lines = [_row(label, safe(value)) for label, value in profile.facts]
    lines.append(_row("Country code", join(f"+{profile.contact.country_code}  {profile.contact.region_code}")))
    lines.append(_row("Created", join(f"{profile.contact.created_at:%Y-%m-%d %H:%M} UTC")))
    return _block("About", lines)


def notes_block(contact: Contact) -> Content | None:
    """Return the notes, if there are any."""
    return _block("Notes (local)", [safe_lines(contact.notes)]) if contact.notes.strip() else None


def consent_block(profile: Profile) -> Content:
    """Return the state of consent and every decision about it."""
    state = join(("opted out", "bold $text-error")) if profile.contact.opt_out else join(("may be messaged", ""))
    lines = [_row("Now", state)]
    for event in reversed(profile.consent):
        words = "opted out" if event.kind is ConsentKind.OPT_OUT else "opted in"
        lines.append(_row(f"{event.at:%Y-%m-%d}", join(f"{words} by {event.by}: {event.how}")))
    return _block("Consent", lines)


def lifecycle_block(contact: Contact) -> Content:
    """Return the steps by which the number became a contact."""
    signs = {
        StepResult.YES: ("✓", "$text-success"),
        StepResult.NO: ("✗", "$text-muted"),
        StepResult.UNKNOWN: ("?", "$text-warning"),
    }
    lines = [
        join(
            (f"{signs[step.result][0]} ", signs[step.result][1]),
            f"{step.kind.label:<25}",
            (step.evidence, "$text-muted"),
        )
        for step in contact.lifecycle
    ]
    return _block("Lifecycle", lines)


def messages_block(profile: Profile, limit: int) -> Content:
    """Return the newest messages."""
    if not profile.stories:
        lines = [join(("No messages yet. Press s to send the first one.", "$text-muted"))]
        return _block("Messages", lines)
    shown = [message_content(story, profile.now) for story in profile.stories[:limit]]
    more = len(profile.stories) - len(shown)
    if more > 0:
        shown.append(join((f"… and {more} older", "$text-muted")))
    return Content.assemble(join(("Messages\n", "bold $primary")), Content("\n\n").join(shown))


def preview(profile: Profile) -> Content:
    """Return what the pane beside the list shows."""
    why = _block("Why", [route_content(profile.plan)])
    blocks = [
        heading(profile.contact),
        channels_block(profile),
        why,
        messages_block(profile, 3),
        formats_block(profile.contact),
    ]
    return Content("\n\n").join(blocks)


class ContactView(VerticalScroll):
    """One scrolling pane about a contact."""

    profile: reactive[Profile | None] = reactive(None)
    empty: reactive[str] = reactive("Nothing is selected.")
    """What to say when there is no contact."""

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        yield Static(classes="contact-view--page")

    def watch_profile(self, old: Profile | None, new: Profile | None) -> None:
        """Draw the contact; another one begins at the top."""
        self._draw()
        if old is None or new is None or old.contact.id != new.contact.id:
            self.scroll_home(animate=False)

    def watch_empty(self) -> None:
        """Draw what is said instead."""
        self._draw()

    def content(self, profile: Profile) -> Content:
        """Return what the pane shows of a contact."""
        return preview(profile)

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        page = self.query_one(".contact-view--page", Static)
        page.update(self.content(self.profile) if self.profile else safe(self.empty, "$text-muted"))

    def on_mount(self) -> None:
        """Draw what is there already."""
        self._draw()


class IdentityView(ContactView):
    """The left half of an open contact: who, how, and why."""

    def content(self, profile: Profile) -> Content:
        """Return everything but the messages."""
        contact = profile.contact
        blocks = [
            heading(contact),
            channels_block(profile),
            _block("Why", [route_content(profile.plan)]),
            formats_block(contact),
            notes_block(contact),
            facts_block(profile),
            consent_block(profile),
            lifecycle_block(contact),
        ]
        return Content("\n\n").join([block for block in blocks if block is not None])


class HistoryView(ContactView):
    """The right half of an open contact: its messages."""

    def content(self, profile: Profile) -> Content:
        """Return the messages, newest first."""
        return messages_block(profile, 50)

"""What is being written: its content, its segments, and what one must know before it goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct, field

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content as Words
from sent_tui.core.message import Draft, MessageStatus, Template, fill
from sent_tui.core.route_plan import ExclusionKind, RoutePlan
from sent_tui.core.segments import SegmentCount
from sent_tui.core.text import ago, display, plural
from sent_tui.services.sending import MAX_TEXT
from sent_tui.tui.keymap import Label
from sent_tui.tui.safe import join
from sent_tui.tui.widgets.layout import Line
from sent_tui.tui.widgets.timeline import Story, status_words

TEXT_LIMIT = 2 * MAX_TEXT
"""Characters that the box takes: more than can be sent, so that what was pasted can be shortened here."""
VARIABLE_LIMIT = 300
"""Characters of one variable of a template."""
SAME_TEXT_WITHIN = timedelta(days=1)
"""How long ago the same text must have gone out for it to be worth a word."""
_NEVER_OUT = {MessageStatus.FAILED, MessageStatus.FILTERED, MessageStatus.RECEIVED}
"""Statuses of messages that nobody got from here."""
LABEL = 9
"""Cells of the labels at the left of the panel."""


class Stage(Enum):
    """How far a message has come."""

    WRITING = "writing"
    ASKING = "asking"
    """A person is asked whether it shall go."""
    SENDING = "sending"
    """It is being handed over."""
    SENT = "sent"
    """It was handed over; reports come in."""


class Composition(Struct, frozen=True):
    """A message as far as it is written."""

    text: str = ""
    """Free text; kept while a template is chosen."""
    template: str | None = None
    """The name of the chosen template."""
    variables: Mapping[str, str] = field(default_factory=dict)
    channel: Channel | None = None
    """The only channel to use; None leaves the choice to the router."""

    def words(self, template: Template | None) -> Words:
        """Return what would be sent; the places that are not filled in stay visible."""
        if template is None:
            return Words(self.text)
        return fill(template, {name: self.variables[name] for name in template.variables if self._has(name)})

    def missing(self, template: Template | None) -> list[str]:
        """Return the variables that are not filled in."""
        return [name for name in template.variables if not self._has(name)] if template else []

    def draft(self, contact_id: str) -> Draft:
        """Return what is to be kept."""
        return Draft(contact_id, self.text, self.template, dict(self.variables), self.channel)

    def _has(self, name: str) -> bool:
        return bool(self.variables.get(name, "").strip())


def clean(text: str, limit: int, *, lines: bool = False) -> str:
    """Return typed or pasted text as it is shown, sent and kept: nothing in it that a terminal obeys."""
    return display(text, limit + 1, lines=lines)[:limit]


def segment_lines(count: SegmentCount, plan: RoutePlan | None, key: Label) -> list[Line]:
    """Return what a text takes as an SMS, and which character makes it dear; muted where no SMS may go."""
    used = plan is None or Channel.SMS in plan.channels
    parts = [count.encoding.value, f"{count.units:,} of {count.capacity:,}"]
    if count.segments:
        parts.append(plural(count.segments, "segment"))
    if count.segments and plan is not None and plan.tariff is not None:
        parts.append(f"${plan.tariff.expected(Channel.SMS, 1.0, count.segments):.4f}")
    line = join((f"{'SMS':<{LABEL}}", "$text-muted"), (" · ".join(parts), "" if used else "$text-muted"))
    if count.forced_by is None or count.forced_at is None:
        return [Line(line, LABEL)]
    named = f" ({count.forced_name})" if count.forced_name else ""
    style = "$text-warning" if used else "$text-muted"
    cure = f"; {key('write-plainly')} writes it as GSM-7" if count.substitutes is not None else ""
    why = join(
        (f"“{count.forced_by}”", f"bold {style}"), (f" at {count.forced_at + 1}{named} forces UCS-2{cure}", style)
    )
    return [Line(line, LABEL), Line(why, LABEL, LABEL)]


def warnings(
    contact: Contact, plan: RoutePlan | None, key: Label, *, read_only: str = "", consent: str = ""
) -> list[str]:
    """Return what one must know about the contact and the route before sending."""
    found = []
    if read_only:
        found.append(f"Nothing can be sent or kept: {read_only}")
    if contact.opt_out:
        found.append(f"{consent or 'Opted out.'} Nothing may be sent; only the person can opt in again.")
    elif plan is not None:
        found += _route_warnings(plan, key)
    if contact.extension:
        found.append(f"The extension {contact.extension} is ignored: messages reach the number alone.")
    return found


def _route_warnings(plan: RoutePlan, key: Label) -> list[str]:
    template = key("next-template")
    shut = any(out.kind is ExclusionKind.WINDOW_CLOSED for out in plan.excluded)
    if plan.steps:
        by = plan.steps[0].channel.label
        return [f"Free text goes by {by}: the WhatsApp window is shut. {template} chooses a template."] if shut else []
    if shut:
        return [f"Free text has no way: the WhatsApp window is shut. {template} chooses a template, which may go."]
    if any(out.kind is ExclusionKind.PINNED_ELSEWHERE for out in plan.excluded):
        return [f"The chosen channel does not reach this number. {key('next-channel')} chooses another one."]
    if not plan.excluded:
        return list(plan.reasons)
    leave = key("leave-form")
    return [f"No channel reaches this number, as far as is known. Leave ({leave}) and check it again ({key('check')})."]


def same_text(recent: Story | None, content: Words, now: datetime | None) -> list[str]:
    """Return a warning when the same text went out lately."""
    text = content.text.strip()
    if recent is None or now is None or not text or recent.message.content.text.strip() != text:
        return []
    message = recent.message
    if message.status in _NEVER_OUT or now - message.created_at > SAME_TEXT_WITHIN:
        return []
    return [f"The same text went out {ago(message.created_at, now)}: {status_words(message.status)}."]


def too_long(text: str) -> str:
    """Return by how much a text is too long, in words."""
    return f"Too long by {len(text) - MAX_TEXT:,}: {MAX_TEXT:,} characters can be sent."

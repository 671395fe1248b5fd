"""What is asked before a message goes out, and the choice of a template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from textual.geometry import Size

from sent_tui.core.channel import Channel
from sent_tui.core.consent import ConsentKind
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content as Words
from sent_tui.core.message import Draft, Message, Template
from sent_tui.core.route_plan import RoutePlan
from sent_tui.core.segments import count_segments
from sent_tui.core.text import ago, plural
from sent_tui.store.repository import Repository
from sent_tui.tui.safe import BREAK, join, safe
from sent_tui.tui.screens.ask_time import time_words
from sent_tui.tui.screens.dialogs import Choice, Choose, Confirm
from sent_tui.tui.widgets.layout import BLANK, Line, lay_out

_LABEL = 9
_FRAME = 11
"""Rows of the question around its facts and its text."""


class Wanted(Struct, frozen=True):
    """What a person asked to be sent."""

    contact: Contact
    content: Words
    channel: Channel | None
    """The only channel to use; None leaves the choice to the router."""
    plan: RoutePlan
    """The route that the person saw."""
    deliver: Callable[[], Message]
    """Sends it."""
    draft: Draft | None = None
    """What to keep when nothing was sent; None for a message that was sent before."""
    send_at: datetime | None = None
    """When it goes out; None for at once."""


def question(wanted: Wanted, plan: RoutePlan, gateway: str, warned: Sequence[str], size: Size) -> Confirm:
    """Return the question that names everything that is about to happen, as large as the screen allows."""
    contact, text = wanted.contact, wanted.content.text
    first, *others = [step.channel.label for step in plan.steps]
    then = "".join(f", then {name} if that fails" for name in others) or ", and no other"
    rows = [
        ("Number", join((contact.format_international, "bold"), f"  {contact.region_code}")),
        ("Channel", join((first, "bold"), then)),
        ("Cost", join(f"about ${plan.expected_cost:.4f}")),
        ("Through", safe(gateway)),
    ]
    if wanted.send_at is not None:
        rows.insert(0, ("When", join((time_words(wanted.send_at), "bold"))))
    if Channel.SMS in plan.channels:
        count = count_segments(text)
        rows.insert(-2, ("SMS", join(f"{plural(count.segments, 'segment')}, {count.encoding.value}")))
    lines = [Line(join((f"{label:<{_LABEL}}", "$text-muted"), value), _LABEL) for label, value in rows]
    width = min(58, size.width * 96 // 100 - 6)
    room = size.height * 96 // 100 - len(rows) - 2 * len(warned) - _FRAME
    lines += [BLANK, Line(safe(f"“{text.strip()}”", limit=max(1, min(room, 6)) * width))]
    lines += [Line(join(("! ", "bold $text-warning"), words), 2) for words in warned]
    return Confirm(
        join("Send to ", safe(contact.title, "bold", 40), "?"),
        lay_out(lines, width),
        yes="Schedule" if wanted.send_at else "Send",
    )


def opted_out_words(repository: Repository, contact: Contact, now: datetime) -> str:
    """Return when and how a contact opted out; empty where it did not, or where that is not recorded."""
    history = repository.consent_history(contact.format_e164) if contact.opt_out else ()
    last = next((event for event in reversed(history) if event.kind is ConsentKind.OPT_OUT), None)
    return f"Opted out {ago(last.at, now)} by {last.by}: {last.how}." if last else ""


def template_question(templates: Iterable[Template], present: str) -> Choose:
    """Return the question that offers free text, by an empty name, and templates; it begins at the present choice."""
    choices = [Choice("", join(("Free text", "bold"), ("  written by hand", "$text-muted")))]
    for template in templates:
        name, body = safe(template.name, "bold", 40), safe(template.body, "$text-muted", 52)
        choices.append(Choice(template.name, join(name, (f"  {template.category}", "$text-muted"), BREAK, body)))
    at = next((place for place, choice in enumerate(choices) if choice.value == present), 0)
    note = join("WhatsApp takes a template at any time, free text only within a day of the person's last message.")
    return Choose(join("Template"), choices, note=note, at=at)

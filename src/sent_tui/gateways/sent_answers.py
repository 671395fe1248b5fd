"""Reading Sent's answers: every one is foreign, and may lack anything or hold anything.

The SDK gives models whose fields it does not check, and plain values where it has no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.message import REACHED, Content, MessageStatus, Template
from sent_tui.gateways.gateway import Account, AccountChannel, Finding, Receipt, Report

ROUTE_FAILED: Final = "ROUTE_FAILED"
"""Ours, not Sent's: a way failed, and with automatic routing Sent may take another one."""
SETTLED_AFTER: Final = timedelta(minutes=2)
"""A failure under automatic routing counts as the end when nothing followed it for so long."""
_OURS: Final = {MessageStatus.PLANNED, MessageStatus.UNKNOWN, MessageStatus.RECEIVED, ROUTE_FAILED}
"""Statuses that mean something else here than what Sent could mean by them in a report about what was sent."""
_LONGEST: Final = 200
_MOST: Final = 1_000
"""Elements of a list that are read."""
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")
_LINES: Final[Mapping[str, Availability]] = {
    "mobile": Availability.AVAILABLE,
    "wireless": Availability.AVAILABLE,
    "landline": Availability.UNAVAILABLE,
    "fixed_line": Availability.UNAVAILABLE,
    "fixedline": Availability.UNAVAILABLE,
}
"""What a kind of line says about SMS."""


def part(thing: object, name: str) -> object:
    """Return a field of a model or of an object; None when there is none."""
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def text(thing: object, name: str) -> str:
    """Return a field that is a text, on one line and not too long; empty for anything else."""
    value = part(thing, name)
    return " ".join(value[: 4 * _LONGEST].split())[:_LONGEST] if isinstance(value, str) else ""


def parts(thing: object, name: str) -> Sequence[object]:
    """Return a field that is a list; empty for anything else."""
    value = part(thing, name)
    return value[:_MOST] if isinstance(value, list) else ()


def moment(value: object) -> datetime | None:
    """Return a time, in UTC where it names no zone; None for what is none."""
    found = value
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(_FRACTION.sub(r"\1", value))
        except ValueError:
            return None
    if not isinstance(found, datetime):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def read_receipt(data: object, to: str, channel: Channel, at: datetime, *, automatic: bool) -> Receipt | None:
    """Return the receipt of a message that was handed over; None when the answer names no message."""
    rows = parts(data, "recipients")
    ours = [row for row in rows if text(row, "to") == to] or (rows if len(rows) == 1 else ())
    message_id = text(ours[0], "message_id") if ours else ""
    return Receipt(message_id, to, channel, at, automatic) if message_id else None


def read_findings(contact: object | None) -> tuple[Finding, ...]:
    """Return what a contact of Sent's says about its channels; names of others are told with the evidence."""
    if contact is None:
        return _unknown("Sent does not know this number yet")
    names = channel_names(contact)
    if not names:
        return _unknown("Sent has not looked yet")
    evidence = f"Sent lists {', '.join(names)}"
    return tuple(
        Finding(channel, Availability.AVAILABLE if channel.value in names else Availability.UNAVAILABLE, evidence)
        for channel in Channel
    )


def channel_names(contact: object) -> tuple[str, ...]:
    """Return the channels that Sent lists for a contact, those of others too; none while it has not looked."""
    names = re.split(r"[\s,;]+", text(contact, "available_channels").casefold())
    return tuple(dict.fromkeys(filter(None, names)))


def read_lookup(data: object) -> tuple[Finding, ...]:
    """Return what the register of numbers says: it knows the line and the carrier, and no channels."""
    kind, carrier = text(data, "line_type"), text(data, "carrier_name")
    if part(data, "is_valid") is False:
        return tuple(
            Finding(channel, Availability.UNAVAILABLE, "no number in use (paid lookup)") for channel in Channel
        )
    voip = " over the internet" if part(data, "is_voip") is True else ""
    ported = ", ported" if part(data, "is_ported") is True else ""
    line = f"{kind or 'line of unknown kind'}{voip}{f' of {carrier}' if carrier else ''}{ported} (paid lookup)"
    return (Finding(Channel.SMS, _LINES.get(kind.casefold().replace(" ", "_"), Availability.UNKNOWN), line),)


def read_account(data: object) -> Account:
    """Return whose account it is, with every channel that Sent names."""
    channels = part(data, "channels")
    named = channels if isinstance(channels, Mapping) else vars(channels) if hasattr(channels, "__dict__") else {}
    extra = getattr(channels, "model_extra", None) or {}
    found = [
        AccountChannel(
            str(name)[:_LONGEST],
            part(about, "configured") is True,
            text(about, "phone_number") or text(about, "business_name"),
        )
        for name, about in {**named, **extra}.items()
        if about is not None and not str(name).startswith("_")
    ]
    return Account(text(data, "name") or text(data, "id"), text(data, "type"), tuple(found), text(data, "id"))


def read_template(row: object) -> Template | None:
    """Return a template. Sent does not tell its text, so that its name and its variables stand for it."""
    name = text(row, "name")
    if not name:
        return None
    variables = tuple(dict.fromkeys(_names(parts(row, "variables"))))
    values = ", ".join(f"{variable}: {{{{{variable}}}}}" for variable in variables)
    body = f"Template {name}" + (f" with {values}" if values else "")
    category = text(row, "category").casefold() or "utility"
    return Template(name, body, variables, category, text(row, "language") or "en")


def read_reports(message: object, receipt: Receipt, now: datetime) -> tuple[Report, ...]:
    """Return the reports about a message, oldest first.

    With automatic routing each failure is told as `ROUTE_FAILED`, for Sent may try another way under the same id; the
    last one also as `FAILED`, when nothing has followed it for two minutes.
    """
    channel, is_elsewhere = _went_by(message) if receipt.automatic else (None, False)
    reports: list[Report] = []
    for report in read_events(message, receipt.accepted_at):
        if report.status in REACHED:
            report = Report(report.status, report.at, report.reason_code, report.detail, channel, is_elsewhere)
        elif report.status == MessageStatus.FAILED and receipt.automatic:
            report = Report(ROUTE_FAILED, report.at, report.reason_code, report.detail)
        reports.append(report)
    if reports and reports[-1].status == ROUTE_FAILED and now - reports[-1].at >= SETTLED_AFTER:
        last = reports[-1]
        reports.append(Report(MessageStatus.FAILED, last.at, last.reason_code, last.detail, channel, is_elsewhere))
    return tuple(reports)


def read_events(message: object, at: datetime) -> tuple[Report, ...]:
    """Return what became of a message, oldest first; of one without a history, its present status as of a time."""
    told = [report for event in parts(message, "events") if (report := _report(event))]
    if not told:
        status = {"status": part(message, "status"), "timestamp": at, "reason_code": part(message, "reason_code")}
        told = [report for report in (_report({**status, "reason": part(message, "reason")}),) if report]
    return tuple(sorted(told, key=lambda report: report.at))


def is_inbound(message: object) -> bool:
    """Return whether a message of a conversation came from the person."""
    is_received = text(message, "status").upper() == MessageStatus.RECEIVED
    return is_received or text(message, "direction").casefold() in {"inbound", "in", "received"}


def is_this(message: object, to: str, content: Content, channel: Channel | None) -> bool:
    """Return whether a message of a conversation is one that was to be sent, as far as it tells."""
    if is_inbound(message):
        return False
    if text(message, "phone") not in {"", to}:
        return False
    if channel is not None and text(message, "channel").casefold() not in {"", channel.value}:
        return False
    if content.template is not None:
        name, _, identity = content.template.partition("#")
        return text(message, "template_id") == identity if identity else text(message, "template_name") == name
    said = part(part(message, "message_body"), "content")
    return isinstance(said, str) and said.split() == content.text.split()


def _report(event: object) -> Report | None:
    status, at = text(event, "status"), moment(part(event, "timestamp"))
    if not status or at is None:
        return None
    known = status.upper() if status.upper() in set(MessageStatus) else status
    shown = f"{known} (Sent)" if known in _OURS else known
    detail = text(event, "reason") or text(event, "description")
    return Report(shown, at, text(event, "reason_code") or None, detail)


def _went_by(message: object) -> tuple[Channel | None, bool]:
    """Return the channel of a message as Sent has it now, and whether it is one that is not known here."""
    name = text(message, "channel").casefold()
    if name in {"", "sent"}:
        return None, False
    known = next((channel for channel in Channel if channel.value == name), None)
    return known, known is None


def _unknown(evidence: str) -> tuple[Finding, ...]:
    return tuple(Finding(channel, Availability.UNKNOWN, evidence) for channel in Channel)


def _names(values: Iterable[object]) -> Iterable[str]:
    # A template's places are read as words.
    return (value for value in values if isinstance(value, str) and re.fullmatch(r"\w{1,100}", value))

"""The calls about messages: sending, and what became of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from sent_tui.api.api_error import (
    CHOICE,
    MISSING,
    NO_TEMPLATE,
    NOT_ALLOWED,
    PHONE,
    RANGE,
    ApiError,
    invalid,
    missing,
)
from sent_tui.api.body import Fields
from sent_tui.api.desk import Call, Desk
from sent_tui.api.envelope import Answer
from sent_tui.api.message_data import activity_data, message_data, template_id
from sent_tui.api.paging import Paging
from sent_tui.core.channel import Channel
from sent_tui.core.message import Content, Message, MessageStatus, Template, fill
from sent_tui.core.phone import InvalidNumber, PhoneNumber, parse
from sent_tui.core.sent_json import Json, timestamp
from sent_tui.services.accepting import Mailing
from sent_tui.services.sending import check_text
from sent_tui.services.workspace import new_uuid
from sent_tui.store.refusals import ContactNotFoundError

MOST_RECIPIENTS: Final = 1_000
SOONEST, LATEST = timedelta(minutes=1), timedelta(days=30)
"""How far ahead a message can be scheduled."""
AUTOMATIC: Final = "sent"
"""The name of a channel that stands for whichever is best."""
_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")


def send_messages(desk: Desk, call: Call) -> Answer:
    """Accept a text or a template for up to a thousand numbers; with several channels, it goes out by each of them."""
    mailing = read_mailing(desk, call.fields)
    if call.is_sandbox:
        rows = [_row(new_uuid(), each.e164, way, mailing) for each in mailing.numbers for way in mailing.channels]
        return _accepted(mailing, rows)
    if not desk.workspace.sending.is_armed:
        raise ApiError(403, NOT_ALLOWED, "This server sends nothing live. It has to be started with --live.")
    messages = desk.workspace.accepting.accept(
        mailing, lambda number, channel: call.new_id(number, channel or AUTOMATIC)
    )
    desk.on_accepted()
    return _accepted(mailing, [_row(each.id, each.to, each.pinned, mailing) for each in messages])


def get_message(desk: Desk, call: Call) -> Answer:
    """Return a message with every status that it reached."""
    message = desk.workspace.repository.message(call.path["id"])
    return Answer(200, shown(desk, message))


def list_activities(desk: Desk, call: Call) -> Answer:
    """Return what became of a message, newest first."""
    repository = desk.workspace.repository
    message = repository.message(call.path["id"])
    found = activity_data(message, repository.events(message.id))
    pages = Paging(1, max(1, len(found))).json(len(found))
    return Answer(200, {"message_id": message.id, "activities": found, "pagination": pages})


def shown(desk: Desk, message: Message) -> Json:
    """Return a message as Sent shows it."""
    repository = desk.workspace.repository
    try:
        # Not by the number to which it went: after a merge, its contact has another one.
        contact = repository.get(message.contact_id)
    except ContactNotFoundError:
        contact = None
    return message_data(message, repository.events(message.id), contact, desk.customer_id)


def read_mailing(desk: Desk, fields: Fields) -> Mailing:
    """Return what is to be sent to whom; raises ApiError for what makes no sense."""
    to = fields.texts("to", MOST_RECIPIENTS)
    if not to:
        raise missing("to")
    numbers = {number.e164: number for number in map(_number, to)}
    channels = _channels(fields)
    send_at = _send_at(fields, desk.workspace.clock())
    content = _content(desk, fields)
    check_text(content)
    return Mailing(tuple(numbers.values()), content, channels, send_at)


def _number(text: str) -> PhoneNumber:
    number = parse(text) if _E164.fullmatch(text) else None
    if number is None:
        raise invalid("to", "Recipients have to be in E.164 form, such as +14155550132.", PHONE)
    if isinstance(number, InvalidNumber):
        raise invalid("to", number.message, PHONE)
    if number.doubts or number.e164 != text:
        raise invalid("to", f"A recipient is not certain; {number.e164} may be meant.", PHONE)
    return number


def _channels(fields: Fields) -> tuple[Channel | None, ...]:
    known: dict[str, Channel | None] = {AUTOMATIC: None} | {channel.value: channel for channel in Channel}
    names = [name.strip().casefold() for name in fields.texts("channel", len(known)) or [AUTOMATIC]]
    if not set(names) <= set(known):
        raise invalid("channel", f"channel has to name some of: {', '.join(sorted(known))}.", CHOICE)
    return tuple(dict.fromkeys(known[name] for name in names))


def _send_at(fields: Fields, now: datetime) -> datetime | None:
    text = fields.text("scheduled_at")
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        ahead = at - now if at.utcoffset() is not None else None
    except (ValueError, OverflowError):
        ahead = None
    if ahead is None:
        raise invalid("scheduled_at", "scheduled_at has to be a time in ISO 8601 with an offset from UTC.")
    if not SOONEST <= ahead <= LATEST:
        raise invalid("scheduled_at", "scheduled_at has to be from 1 minute to 30 days ahead.", RANGE)
    return now + ahead


def _content(desk: Desk, fields: Fields) -> Content:
    text, wanted = fields.text("text"), fields.part("template")
    if (text is None) is (wanted is None):
        code = MISSING if text is None else "VALIDATION_001"
        raise invalid("text", "Either text or template is required, and not both.", code)
    if wanted is None:
        return Content(text or "")
    template = _template(desk, wanted)
    values = {name: value for name, value in wanted.mapping("parameters").items() if name in template.variables}
    lacking = [name for name in template.variables if not values.get(name, "").strip()]
    if lacking:
        raise invalid("template.parameters", f"Values are missing for: {', '.join(lacking)}.", MISSING)
    return fill(template, values)


def _template(desk: Desk, wanted: Fields) -> Template:
    identity, name = wanted.text("id"), wanted.text("name")
    if (identity is None) is (name is None):
        raise invalid("template", "Either the id or the name of the template is required.", MISSING)
    for template in desk.workspace.sending.templates():
        if template.name == name or (identity is not None and template_id(template.name) == identity.lower()):
            return template
    raise ApiError(404, NO_TEMPLATE, "There is no such template.", field="template")


def _row(message_id: str, to: str, channel: Channel | None, mailing: Mailing) -> Json:
    body = None if channel is None else mailing.content.text
    return {"message_id": message_id, "to": to, "channel": channel.value if channel else None, "body": body}


def _accepted(mailing: Mailing, rows: list[Json]) -> Answer:
    name = mailing.content.template
    data = {
        "status": MessageStatus.QUEUED.value,
        "template_id": None if name is None else template_id(name),
        "template_name": name,
        "recipients": rows,
    }
    held = {} if mailing.send_at is None else {"scheduled_at": timestamp(mailing.send_at)}
    return Answer(202, data | held)

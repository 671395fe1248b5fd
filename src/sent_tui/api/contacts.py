"""The calls about contacts."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from sent_tui.api.api_error import CHOICE, EXISTS, NO_CHANNEL, PHONE, ApiError, invalid
from sent_tui.api.desk import Call, Desk
from sent_tui.api.envelope import Answer
from sent_tui.api.paging import read_paging, read_search
from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact, new_contact
from sent_tui.core.message import REACHED, Message, MessageStatus
from sent_tui.core.phone import PhoneNumber
from sent_tui.core.search import ChannelFilter, Sort, SortKey, containing, with_channels
from sent_tui.core.sent_json import Json, sent_fields, timestamp
from sent_tui.services.contacts import NewContact
from sent_tui.services.understanding import DoubtfulNumberError, InvalidNumberError, understand
from sent_tui.store.refusals import ContactNotFoundError

_SUCCEEDED = REACHED | {MessageStatus.SENT, MessageStatus.RECEIVED}
_OLDEST_FIRST = Sort(SortKey.CREATED)
"""What is made while somebody goes through the pages comes after them."""


def contact_data(desk: Desk, contact: Contact) -> Json:
    """Return a contact as Sent shows it; it belongs to whom the keys stand for."""
    return sent_fields(contact) | {"customer_id": desk.customer_id}


def list_contacts(desk: Desk, call: Call) -> Answer:
    """Return a page of contacts, oldest first: those that `search` finds, on a channel, or the one of a number."""
    paging, repository = read_paging(call.query), desk.workspace.repository
    wanted = call.query.get("channel")
    channel = _channel("channel", wanted) if wanted else None
    if call.query.get("phone"):
        found = repository.find(_number("phone", call.query["phone"], desk.region).e164)
        is_hit = found is not None and (channel is None or found.status(channel).is_available)
        contacts = [found] if found is not None and is_hit else []
        total, contacts = len(contacts), contacts[paging.offset : paging.offset + paging.size]
    else:
        query = containing(read_search(call.query))
        if channel is not None:
            query &= with_channels(ChannelFilter(channel.value))
        page = repository.page(query, sort=_OLDEST_FIRST, offset=paging.offset, limit=paging.size)
        total, contacts = page.total, [contact for row in page.rows if (contact := repository.find(row.e164))]
    rows = [contact_data(desk, contact) for contact in contacts]
    return Answer(200, {"contacts": rows, "pagination": paging.json(total)})


def create_contact(desk: Desk, call: Call) -> Answer:
    """Make a contact of a number and find out which channels reach it."""
    given = call.fields.required_text("phone_number")
    number = understand(given, desk.region)
    wanted = call.new_id(number.e164)
    contact = desk.workspace.repository.find(number.e164)
    if contact is None and call.is_sandbox:
        contact = new_contact(number, contact_id=wanted, at=desk.workspace.clock())
    elif contact is None:
        contact = desk.workspace.contacts.create(NewContact(given, desk.region), contact_id=wanted).contact
    # With an idempotency key, it may also have been made by this very request, before the server was killed.
    if contact.id != wanted:
        raise ApiError(409, EXISTS, f"This contact exists already: {contact.id}.", field="phone_number")
    return Answer(201, contact_data(desk, contact))


def get_contact(desk: Desk, call: Call) -> Answer:
    """Return one contact."""
    return Answer(200, contact_data(desk, _contact(desk, call)))


def update_contact(desk: Desk, call: Call) -> Answer:
    """Set the default channel, opt out or in; everything else of a contact follows from its number."""
    fields = call.fields
    wanted, opt_out = fields.text("default_channel"), fields.flag("opt_out")
    channel = None if wanted is None else _channel("default_channel", wanted)
    contact = _contact(desk, call)
    if channel is not None and contact.availability(channel) is Availability.UNAVAILABLE:
        raise ApiError(422, NO_CHANNEL, f"{channel.label} does not reach this contact.", field="default_channel")
    if call.is_sandbox:
        is_out = contact.opt_out if opt_out is None else opt_out
        sample = replace(contact, default_channel=channel or contact.default_channel, opt_out=is_out)
        return Answer(200, contact_data(desk, sample))
    service, by = desk.workspace.contacts, f"API key {call.key_name}"
    # First, so that it is kept also where the other change fails.
    if opt_out is not None and opt_out is not contact.opt_out:
        contact = (service.opt_out if opt_out else service.opt_in)(contact.id, by=by, how="said over the API")
    if channel is not None:
        contact = service.set_default(contact.id, channel)
    return Answer(200, contact_data(desk, contact))


def delete_contact(desk: Desk, call: Call) -> Answer:
    """Delete a contact; its messages stay, and so does an opt-out."""
    contact = _contact(desk, call)
    if not call.is_sandbox:
        desk.workspace.contacts.delete([contact.id])
    return Answer(204, None)


def summarise_messages(desk: Desk, call: Call) -> Answer:
    """Return how many messages there are with a contact, and how they ended on each channel, in percent."""
    repository = desk.workspace.repository
    contact = _contact(desk, call)
    messages = repository.messages(contact_id=contact.id)
    by_channel = {
        channel: [message for message in messages if message.channel is channel] for channel in sorted(Channel)
    }
    used = {channel: some for channel, some in by_channel.items() if some}
    data: dict[str, Any] = {
        "contact_id": contact.id,
        "message_count": len(messages),
        "first_message_at": timestamp(messages[-1].created_at) if messages else None,
        "last_message_at": timestamp(messages[0].created_at) if messages else None,
        "channels_used": [channel.value for channel in used],
        "channel_scores": [_score(channel, some) for channel, some in used.items()],
    }
    return Answer(200, data)


def _score(channel: Channel, messages: list[Message]) -> Json:
    def percent(count: int) -> int:
        return round(100 * count / len(messages))

    return {
        "channel": channel.value,
        "success_score": percent(sum(message.status in _SUCCEEDED for message in messages)),
        "fail_score": percent(sum(message.status == MessageStatus.FAILED for message in messages)),
    }


def _contact(desk: Desk, call: Call) -> Contact:
    """Return the contact that the path names by its own id, or by the one that it has at Sent."""
    repository = desk.workspace.repository
    for contact_id in dict.fromkeys((call.path["id"], call.id)):
        with suppress(ContactNotFoundError):
            return repository.get(contact_id)
        for contact in repository.linked(contact_id):
            return contact
    raise ContactNotFoundError(call.id)


def _number(field: str, text: str, region: str | None) -> PhoneNumber:
    try:
        return understand(text, region)
    except (InvalidNumberError, DoubtfulNumberError) as error:
        raise invalid(field, error.message, PHONE) from None


def _channel(field: str, text: str) -> Channel:
    try:
        return Channel(text.strip().casefold())
    except ValueError:
        names = ", ".join(sorted(Channel))
        raise invalid(field, f"{field} has to be one of: {names}.", CHOICE) from None

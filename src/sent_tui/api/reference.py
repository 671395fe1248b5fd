"""The calls that tell of numbers, templates and the account."""

from __future__ import annotations

from typing import Final

from sent_tui.api.api_error import NO_TEMPLATE, PHONE, ApiError, invalid
from sent_tui.api.desk import Call, Desk
from sent_tui.api.envelope import Answer
from sent_tui.api.message_data import template_id
from sent_tui.api.paging import read_paging, read_search
from sent_tui.api.shapes import NEVER_KNOWN
from sent_tui.core.channel import CHANNEL_ORDER, Channel
from sent_tui.core.message import Template
from sent_tui.core.number_type import NumberType
from sent_tui.core.numbering import carrier_of
from sent_tui.core.phone import InvalidNumber, parse
from sent_tui.core.search import fold
from sent_tui.core.sent_json import Json, timestamp
from sent_tui.gateways.gateway import Account

_LINES: Final = {NumberType.FIXED_LINE: "landline", NumberType.FIXED_LINE_OR_MOBILE: "mobile"}
"""As the networks call them, where that differs."""
_APPROVED: Final = "APPROVED"


def look_up_number(desk: Desk, call: Call) -> Answer:
    """Return what the numbering plan knows of a number: nobody is asked, and it costs nothing."""
    found = parse(call.path["number"], desk.region)
    number = found.understood if isinstance(found, InvalidNumber) else found
    if number is None:
        raise invalid("phone_number", "That is no phone number.", PHONE)
    is_valid = not isinstance(found, InvalidNumber)
    kind = number.number_type
    data = {
        "phone_number": number.e164,
        "country_code": number.country_code,
        "carrier_name": (carrier_of(number.e164) or None) if is_valid else None,
        "line_type": _LINES.get(kind, kind.value) if is_valid else None,
        "is_valid": is_valid,
        "is_voip": kind is NumberType.VOIP,
        # Whether it moved to another network, only a register knows.
        "is_ported": None,
        "mobile_country_code": None,
        "mobile_network_code": None,
    }
    return Answer(200, data)


def list_templates(desk: Desk, call: Call) -> Answer:
    """Return a page of the approved templates, by name, category or status."""
    paging = read_paging(call.query)
    words = fold(read_search(call.query)).split()
    category, status = (call.query.get(name, "").upper() for name in ("category", "status"))
    found = [
        template
        for template in desk.workspace.sending.templates()
        if all(word in fold(template.name) for word in words)
        and category in {"", template.category.upper()}
        and status in {"", _APPROVED}
    ]
    rows = [_template(desk, template) for template in found[paging.offset : paging.offset + paging.size]]
    return Answer(200, {"templates": rows, "pagination": paging.json(len(found))})


def get_template(desk: Desk, call: Call) -> Answer:
    """Return one template."""
    wanted = call.id
    for template in desk.workspace.sending.templates():
        if template_id(template.name) == wanted:
            return Answer(200, _template(desk, template))
    raise ApiError(404, NO_TEMPLATE, "There is no such template.")


def get_account(desk: Desk, _call: Call) -> Answer:
    """Return whom the key stands for, and which channels there are."""
    workspace = desk.workspace
    # A network that has an account tells its channels; on any other, all of ours are there.
    account = None if workspace.account is None else workspace.account.account()
    channels = _channels(account)
    sms = channels["sms"].get("phone_number")
    data: Json = dict.fromkeys(NEVER_KNOWN) | {
        "id": desk.customer_id,
        "name": account.name if account else f"sent-tui on the {workspace.gateway.label}",
        "type": "user",
        "created_at": timestamp(desk.access.account.created_at),
        "profiles": [],
        "channels": channels,
        "sending_phone_number": sms,
        "sending_phone_number_profile_id": desk.customer_id if sms else None,
        "enable_template_auto_creation_for_sp": False,
    }
    return Answer(200, data)


def _channels(account: Account | None) -> dict[str, Json]:
    senders = {channel.value: "" for channel in Channel}
    if account is not None:
        senders = {each.name.casefold(): each.sender for each in account.channels if each.is_set_up}
    channels: dict[str, Json] = {name: {"configured": name in senders} for name in ("sms", "whatsapp", "rcs")}
    for name, sender in senders.items():
        if sender and name in channels:
            channels[name]["phone_number" if sender.startswith("+") else "business_name"] = sender
    return channels


def _template(desk: Desk, template: Template) -> Json:
    return {
        "id": template_id(template.name),
        "customer_id": desk.customer_id,
        "name": template.name,
        "category": template.category.upper(),
        "language": template.language,
        "status": _APPROVED,
        "channels": sorted(channel.value for channel in CHANNEL_ORDER),
        "variables": list(template.variables),
        "created_at": timestamp(desk.access.account.created_at),
        "updated_at": None,
        "is_published": True,
    }

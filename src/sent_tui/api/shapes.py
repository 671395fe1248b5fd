"""The shapes of what is asked and answered, as JSON Schema (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Final

from sent_tui.core.sent_json import Json

TEXT: Final[Json] = {"type": "string"}
FLAG: Final[Json] = {"type": "boolean"}
COUNT: Final[Json] = {"type": "integer", "minimum": 0}
PERCENT: Final[Json] = {"type": "integer", "minimum": 0, "maximum": 100}
MONEY: Final[Json] = {"type": "number"}
UUID: Final[Json] = {"type": "string", "format": "uuid"}
TIME: Final[Json] = {"type": "string", "format": "date-time"}
E164: Final[Json] = {"type": "string", "pattern": r"^\+[1-9][0-9]{1,14}$"}
NOTHING: Final[Json] = {"type": "null"}
CHANNEL: Final[Json] = {"type": "string", "enum": ["sms", "whatsapp"]}


def or_null(shape: Json) -> Json:
    """Return a shape that may be null as well."""
    return {"anyOf": [shape, NOTHING]}


def many(shape: Json, **limits: int) -> Json:
    """Return the shape of a list."""
    return {"type": "array", "items": shape, **limits}


def an_object(required: tuple[str, ...] = (), /, **fields: Json) -> Json:
    """Return the shape of an object; fields that are not required may be left out."""
    return {"type": "object", "properties": fields} | ({"required": list(required)} if required else {})


def named(name: str) -> Json:
    """Return a reference to a shape with a name."""
    return {"$ref": f"#/components/schemas/{name}"}


_REASON: Final[Json] = {"reason_code": TEXT, "reason": TEXT}
NEVER_KNOWN: Final = ("email", "icon", "description", "organization_id", "short_name", "status", "settings")
"""Of an account; a database has none of that."""
_NEVER_KNOWN: Final[dict[str, Json]] = dict.fromkeys(NEVER_KNOWN, NOTHING)
_ADDRESS: Final[Json] = an_object(configured=FLAG, phone_number=TEXT, business_name=TEXT)

SHAPES: Final[dict[str, Json]] = {
    "Contact": an_object(
        ("id", "customer_id", "format_e164", "opt_out"),
        id=UUID,
        customer_id=UUID,
        phone_number=TEXT,
        format_e164=E164,
        format_international=TEXT,
        format_national=TEXT,
        format_rfc=TEXT,
        country_code=TEXT,
        region_code=TEXT,
        available_channels=or_null(TEXT),
        default_channel=or_null(CHANNEL),
        opt_out=FLAG,
        is_inherited=FLAG,
        created_at=TIME,
        updated_at=or_null(TIME),
    ),
    "MessageSummary": an_object(
        contact_id=UUID,
        message_count=COUNT,
        first_message_at=or_null(TIME),
        last_message_at=or_null(TIME),
        channels_used=many(CHANNEL),
        channel_scores=many(an_object(channel=CHANNEL, success_score=PERCENT, fail_score=PERCENT)),
    ),
    "Event": an_object(("status", "timestamp"), status=TEXT, timestamp=TIME, description=or_null(TEXT), **_REASON),
    "Activity": an_object(
        status=TEXT,
        timestamp=TIME,
        description=or_null(TEXT),
        price=TEXT,
        active_contact_price=TEXT,
        scheduled_at=TIME,
        **_REASON,
        **{"from": or_null(TEXT)},
    ),
    "Activities": an_object(message_id=TEXT, activities=many(named("Activity")), pagination=named("Pagination")),
    "Message": an_object(
        id=TEXT,
        customer_id=UUID,
        contact_id=TEXT,
        phone=E164,
        phone_international=or_null(TEXT),
        region_code=or_null(TEXT),
        template_id=or_null(UUID),
        template_name=or_null(TEXT),
        template_category=or_null(TEXT),
        channel=or_null(CHANNEL),
        direction={"type": "string", "enum": ["inbound", "outbound"]},
        message_body=an_object(content=TEXT, header=or_null(TEXT), footer=or_null(TEXT), buttons=NOTHING),
        status=TEXT,
        price=MONEY,
        active_contact_price=MONEY,
        created_at=TIME,
        scheduled_at=TIME,
        events=many(named("Event")),
        **_REASON,
    ),
    "Accepted": an_object(
        status=TEXT,
        template_id=or_null(UUID),
        template_name=or_null(TEXT),
        scheduled_at=TIME,
        recipients=many(an_object(message_id=TEXT, to=E164, channel=or_null(CHANNEL), body=or_null(TEXT))),
    ),
    "Number": an_object(
        phone_number=TEXT,
        country_code=TEXT,
        carrier_name=or_null(TEXT),
        line_type=or_null(TEXT),
        is_valid=FLAG,
        is_voip=FLAG,
        is_ported=NOTHING,
        mobile_country_code=NOTHING,
        mobile_network_code=NOTHING,
    ),
    "Template": an_object(
        ("customer_id",),
        id=UUID,
        customer_id=UUID,
        name=TEXT,
        category=TEXT,
        language=TEXT,
        status=TEXT,
        channels=many(CHANNEL),
        variables=many(TEXT),
        created_at=TIME,
        updated_at=or_null(TIME),
        is_published=FLAG,
    ),
    "Account": an_object(
        id=UUID,
        name=TEXT,
        type=TEXT,
        created_at=TIME,
        channels=an_object(sms=_ADDRESS, whatsapp=_ADDRESS, rcs=_ADDRESS),
        profiles=many(an_object()),
        sending_phone_number=or_null(TEXT),
        sending_phone_number_profile_id=or_null(TEXT),
        enable_template_auto_creation_for_sp=FLAG,
        **_NEVER_KNOWN,
    ),
    "ContactPage": an_object(contacts=many(named("Contact")), pagination=named("Pagination")),
    "MessagePage": an_object(messages=many(named("Message")), pagination=named("Pagination")),
    "TemplatePage": an_object(templates=many(named("Template")), pagination=named("Pagination")),
    "Pagination": an_object(
        page=COUNT, page_size=COUNT, total_count=COUNT, total_pages=COUNT, has_more=FLAG, cursors=NOTHING
    ),
    "Error": an_object(
        ("code", "message"), code=TEXT, message=TEXT, details=or_null({"type": "object"}), doc_url=NOTHING
    ),
    "Meta": an_object(request_id=TEXT, timestamp=TIME, version=TEXT),
}

BODIES: Final[dict[str, Json]] = {
    "NewContact": an_object(("phone_number",), phone_number=TEXT, sandbox=FLAG),
    "ContactChange": an_object(default_channel=or_null(CHANNEL), opt_out=or_null(FLAG), sandbox=FLAG),
    "Sandbox": an_object(sandbox=FLAG),
    "NewMessage": an_object(
        ("to",),
        to=many(E164, minItems=1, maxItems=1_000),
        text=or_null(TEXT),
        template=or_null(
            an_object(id=or_null(UUID), name=or_null(TEXT), parameters={"type": "object", "additionalProperties": TEXT})
        ),
        channel=or_null(many({"type": "string", "enum": ["sent", "sms", "whatsapp"]})),
        scheduled_at=or_null(TIME),
        sandbox=FLAG,
    ),
}

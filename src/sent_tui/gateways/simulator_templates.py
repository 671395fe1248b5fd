"""The templates of the simulated network, and how the id of a message says which of them it was."""

from __future__ import annotations

from sent_tui.core.message import Content, Template

TEMPLATES = (
    Template(
        "welcome",
        "Hello {{name}}, welcome to Lantern Supply. Reply to this message whenever you need us.",
        ("name",),
        category="marketing",
    ),
    Template(
        "order_update",
        "Hello {{name}}, your order {{order}} is {{state}}. We will write again when that changes.",
        ("name", "order", "state"),
    ),
    Template(
        "appointment_reminder",
        "Hello {{name}}, we expect you on {{date}} at {{time}}. Reply C to confirm or R for another time.",
        ("name", "date", "time"),
    ),
    Template(
        "one_time_code",
        "{{code}} is your Lantern Supply code. It is good for 10 minutes. Do not pass it on.",
        ("code",),
        category="authentication",
    ),
    Template(
        "payment_reminder",
        "Hello {{name}}, invoice {{invoice}} over {{amount}} was due on {{date}}. If you have paid already, thank you.",
        ("name", "invoice", "amount", "date"),
    ),
)
_BY_NAME = {template.name: template for template in TEMPLATES}
_SIGN = "/"


def named(gateway_id: str, content: Content) -> str:
    """Return the id of a message, with its template's name: a status is asked for by nothing but the receipt."""
    return f"{gateway_id}{_SIGN}{content.template}" if content.template in _BY_NAME else gateway_id


def template_of(gateway_id: str) -> Template | None:
    """Return the template of a message; None for free text."""
    return _BY_NAME.get(gateway_id.partition(_SIGN)[2])

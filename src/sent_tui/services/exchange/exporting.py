"""Contacts as text: the formats of an export."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, TextIO

from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.estimate import Estimate
from sent_tui.core.search import ContactRow, fold
from sent_tui.core.sent_json import contact_json, timestamp
from sent_tui.services.exchange.cells import writable
from sent_tui.services.exchange.columns import NamedField
from sent_tui.services.exchange.formats import Format
from sent_tui.services.exchange.vcard import card_of
from sent_tui.services.exchange.writing import write_rows

CSV_COLUMNS: Final = (
    "name",
    "phone_number",
    "region_code",
    "international",
    "available_channels",
    "default_channel",
    "opt_out",
    "tags",
    "notes",
    "created_at",
    "updated_at",
)
"""The columns of an exported table, in their order; after them come those of `field_names`."""


Estimator = Callable[[Contact], Mapping[Channel, Estimate]]
"""Gives the estimates of a contact's channels."""


def field_names(rows: Iterable[ContactRow]) -> list[str]:
    """Return the names of the fields that contacts have, each once in any case."""
    names: dict[str, str] = {}
    for row in rows:
        for name, _ in row.fields:
            names.setdefault(fold(name), name)
    return list(names.values())


def write_contacts(
    file: TextIO, contacts: Iterable[Contact], wanted: Format, estimates: Estimator, named: Sequence[str] = ()
) -> None:
    """Write contacts to an open file, one after the other; a table has a column for each of the `named` fields."""
    clean = map(_writable, contacts)
    if wanted is Format.CSV:
        headed = {fold(name): NamedField(name).value for name in map(writable, named)}
        header, folded = (*CSV_COLUMNS, *headed.values()), tuple(headed)
        write_rows(file, chain((header,), (_cells(contact, folded) for contact in clean)))
    elif wanted is Format.VCARD:
        file.writelines(map(card_of, clean))
    else:
        lines = (json.dumps(contact_json(contact, estimates(contact)), ensure_ascii=False) for contact in clean)
        file.writelines(f"{line}\n" for line in lines)


def _cells(contact: Contact, named: Sequence[str]) -> tuple[str, ...]:
    values = {fold(name): value for name, value in contact.fields} if named else {}
    return (
        contact.name,
        contact.format_e164,
        contact.region_code,
        contact.format_international,
        contact.available_channels or "",
        contact.default_channel.value if contact.default_channel else "",
        "true" if contact.opt_out else "false",
        ", ".join(contact.tags),
        contact.notes,
        timestamp(contact.created_at) or "",
        timestamp(contact.updated_at) or "",
        *(values.get(name, "") for name in named),
    )


def _writable(contact: Contact) -> Contact:
    """Return the contact with texts that every format can hold."""
    return replace(
        contact,
        phone_number=writable(contact.phone_number),
        name=writable(contact.name),
        tags=tuple(map(writable, contact.tags)),
        notes=writable(contact.notes),
        fields=tuple((writable(name), writable(value)) for name, value in contact.fields),
    )

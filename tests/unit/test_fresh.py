"""New contacts as texts are what the steps, one after another, make of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact, Fields, new_contact
from sent_tui.core.lifecycle import default_set, normalised, sms_assessed, whatsapp_detected
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.search_entry import entry_of
from sent_tui.gateways.gateway import Finding
from sent_tui.store.as_stored import as_stored
from sent_tui.store.documents import contact_document
from sent_tui.store.fresh import FreshContacts, outline
from sent_tui.store.journal_format import Written, json_bytes, put_line

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WRITTEN = (
    "+1 415-555-0123",
    "+44 20 7946 0123 ext. 7",
    "+4915112345678",
    "+800 1234 5678",
    "tel:+61-2-5550-1234",
    "+33 1 99 00 12 34",
    "+54 9 11 2345-6789",
)
NUMBERS = [number for number in map(parse, WRITTEN) if isinstance(number, PhoneNumber)]
TEXTS = st.text(st.characters() | st.sampled_from(['"', "\\", "\n", "\x1f", "\ud83d", "é"]), max_size=8)
FINDINGS = st.none() | st.builds(
    Finding,
    channel=st.just(Channel.WHATSAPP),
    availability=st.sampled_from(Availability),
    evidence=st.sampled_from(["", "registered", 'not "there"', "half \ud83d", "\ue000", "a \ue000\ue000 mark"]),
    last_inbound_at=st.sampled_from([None, NOW - timedelta(days=1), NOW - timedelta(days=400)]),
)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
WORDS = st.tuples(TEXTS, TEXTS, st.lists(TEXTS, max_size=3).map(tuple), TEXTS, PAIRS)


def step_by_step(number: PhoneNumber, whatsapp: Finding | None, sms: Finding | None) -> Contact:
    contact = normalised(new_contact(number, contact_id="c1", at=NOW), NOW)
    if whatsapp:
        found = whatsapp.availability, NOW, whatsapp.evidence
        contact = whatsapp_detected(contact, *found, last_inbound_at=whatsapp.last_inbound_at)
    contact = sms_assessed(contact, sms.availability if sms else None, NOW, sms.evidence if sms else "")
    return default_set(contact, NOW)


def test_all_numbers_are_valid() -> None:
    assert len(NUMBERS) == len(WRITTEN)


@given(st.lists(st.tuples(st.sampled_from(NUMBERS), FINDINGS, FINDINGS, WORDS), max_size=20))
def test_contacts_made_together_are_what_each_would_be_alone(
    taken: list[tuple[PhoneNumber, Finding | None, Finding | None, tuple[str, str, tuple[str, ...], str, Fields]]],
) -> None:
    made = FreshContacts(NOW)
    for each, whatsapp, sms, (raw, name, tags, notes, named) in taken:
        number = each._replace(raw=raw)
        model = step_by_step(number, whatsapp, sms)
        alone = as_stored(replace(model, name=name, tags=tags, notes=notes, fields=named))
        wanted = outline(number, name=name, tags=tags, notes=notes, named=named)
        fresh = made.make(wanted, "c1", whatsapp, sms)
        assert wanted.said == (alone.name, alone.tags, alone.notes, alone.fields)
        assert fresh.document == json_bytes(contact_document(alone))
        assert fresh.contact == alone
        assert fresh.entry == entry_of(alone)
        assert fresh.written.found_by.items() <= json.loads(fresh.document).items()


@pytest.mark.parametrize("table", ["contacts", 'odd "table"', "half \ud83d"])
def test_a_text_makes_the_line_of_its_document(table: str) -> None:
    document = {"name": "Zoë \ud83d", "tags": [1, None]}
    written = Written(json_bytes(document), {})
    line = put_line(table, 7, written)
    assert line == put_line(table, 7, document) == json_bytes({"t": table, "i": 7, "d": document}) + b"\n"

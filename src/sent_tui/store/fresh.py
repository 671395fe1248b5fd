"""New contacts as texts: what many of them share is written once, and the rest is put in between.

An import spends most of its time on this. The text of a document is that of `contact_document`, character by
character, without a record or a document for each contact: one is written for each kind of number and of findings,
with a hole wherever contacts of the kind differ.
"""

from __future__ import annotations

import json
from datetime import datetime
from json.encoder import encode_basestring
from typing import NamedTuple

from sent_tui.core.contact import Contact, Fields
from sent_tui.core.lifecycle import Lookup, first_lifecycle, with_inbound
from sent_tui.core.number_type import NumberType
from sent_tui.core.phone import PhoneNumber
from sent_tui.core.search_entry import SearchEntry, entry_of, folded_text, number_key, region_key
from sent_tui.store import fields
from sent_tui.store.as_stored import as_stored
from sent_tui.store.documents import NUMBER_FIELDS, contact_document, contact_from, mend
from sent_tui.store.journal_format import Written, json_bytes


class Outline(NamedTuple):
    """What a number and a person's words make of a new contact, in plain values: another process can send it."""

    e164: str
    region: str
    number_type: str
    numbers: bytes
    """The fields of the number from `phone_number` to `region_code`, as JSON without braces."""
    words: bytes
    """The fields `name`, `tags`, `notes`, `fields`, `extension` that are not empty, as JSON; a comma before each."""
    text: bytes
    """As in `SearchEntry`; so are the next two."""
    number_key: int
    region_key: int
    opt_out: bool = False
    """Whether the person is known to have opted out. `FreshContacts` leaves it to whoever keeps consent."""

    @property
    def said(self) -> Said:
        """What a person said of the contact."""
        words = json.loads(b"{%b}" % self.words[1:])
        named = tuple((each, value) for each, value in words.get("fields", ()))
        return Said(words.get("name", ""), tuple(words.get("tags", ())), words.get("notes", ""), named)


class Said(NamedTuple):
    """The fields that a person fills in."""

    name: str
    tags: tuple[str, ...]
    notes: str
    fields: Fields = ()


class FreshContact(NamedTuple):
    """A contact that is not stored yet, as it will be."""

    id: str
    e164: str
    document: bytes
    """Its document, as it stands in a journal."""
    entry: SearchEntry

    @property
    def contact(self) -> Contact:
        """The whole contact."""
        return contact_from(json.loads(self.document))

    @property
    def written(self) -> Written:
        """The document, for a journal."""
        return Written(self.document, {"id": self.id, "format_e164": self.e164})


def outline(
    number: PhoneNumber,
    *,
    name: str = "",
    tags: tuple[str, ...] = (),
    notes: str = "",
    opt_out: bool = False,
    named: Fields = (),
) -> Outline:
    """Return the outline of a contact for a valid number. Half a character is replaced, as in every document."""
    raw, e164, international, national, rfc, code, region, kind, extension, _, _ = number
    # Nothing of the formats has to be escaped: they are digits and what stands between them.
    numbers = (
        f'"phone_number":{encode_basestring(raw)},"format_e164":"{e164}","format_international":"{international}",'
        f'"format_national":"{national}","format_rfc":"{rfc}","country_code":"{code}","region_code":"{region}"'
    )
    try:
        written = numbers.encode(), _words(name, tags, notes, named, extension or "").encode()
    except UnicodeEncodeError:
        return outline(
            number._replace(raw=mend(raw)),
            name=mend(name),
            tags=tuple(map(mend, tags)),
            notes=mend(notes),
            opt_out=opt_out,
            named=tuple((mend(each), mend(value)) for each, value in named),
        )
    text = folded_text(name, tags, notes, e164, national, region, fields=named)
    return Outline(e164, region, kind._value_, *written, text, number_key(e164), region_key(region), opt_out)


def _words(name: str, tags: tuple[str, ...], notes: str, named: Fields, extension: str) -> str:
    words = f',"name":{encode_basestring(name)}' if name else ""
    if tags:
        words = f'{words},"tags":[{",".join(map(encode_basestring, tags))}]'
    if notes:
        words = f'{words},"notes":{encode_basestring(notes)}'
    if named:
        pairs = [f"[{encode_basestring(each)},{encode_basestring(value)}]" for each, value in named]
        words = f'{words},"fields":[{",".join(pairs)}]'
    return f'{words},"extension":{encode_basestring(extension)}' if extension else words


class FreshContacts:
    """Makes contacts of outlines, all at one moment."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._moulds: dict[tuple[object, ...], _Mould] = {}

    def make(
        self, outline: Outline, contact_id: str, whatsapp: Lookup | None = None, sms: Lookup | None = None
    ) -> FreshContact:
        """Return a contact after its first lifecycle; a channel without a lookup rests on the numbering plan."""
        inbound = None if whatsapp is None else whatsapp.last_inbound_at
        key = (
            outline.number_type,
            inbound is None,
            whatsapp and whatsapp.availability._value_,
            whatsapp and whatsapp.evidence,
            sms and sms.availability._value_,
            sms and sms.evidence,
        )
        mould = self._moulds.get(key)
        if mould is None:
            mould = self._moulds[key] = _Mould(NumberType(outline.number_type), self.at, whatsapp, sms)
        return mould.filled(outline, contact_id, inbound)


def _hole_beside(*evidence: str) -> str:
    """Return what stands in a text where contacts differ, and in none of these."""
    hole = "\ue000"
    while any(hole in text for text in evidence):
        hole += "\ue000"
    return hole


class _Mould:
    """The document of contacts of one kind, with holes."""

    def __init__(self, kind: NumberType, at: datetime, whatsapp: Lookup | None, sms: Lookup | None) -> None:
        hole = _hole_beside(*(found.evidence for found in (whatsapp, sms) if found is not None))
        number = PhoneNumber(hole, hole, hole, hole, hole, hole, hole, kind, None, is_valid=True)
        model = first_lifecycle(number, hole, at, whatsapp, sms)
        has_inbound = whatsapp is not None and whatsapp.last_inbound_at is not None
        if has_inbound:
            model = with_inbound(model, at)
        model = as_stored(model)
        document = contact_document(model)
        for name in NUMBER_FIELDS:
            del document[name]
        if has_inbound:
            document["channels"][0]["last_inbound_at"] = hole
        # The holes in their order: the id, the time when the person wrote, and in the steps the region and the number.
        start, *middle, to_number, end = json_bytes(document).split(hole.encode())
        self._start = start
        self._before = middle[0].removeprefix(b'"')
        self._after = middle[1] if has_inbound else b""
        self._to_number, self._end = to_number, end.removesuffix(b"}")
        _, self._flags, _, _, self._rate, self._last, self._created = entry_of(model)

    def filled(self, outline: Outline, contact_id: str, inbound: datetime | None) -> FreshContact:
        """Return a contact of this kind."""
        e164, region, _, numbers, words, text, number, region_key, _ = outline
        wrote = b"" if inbound is None else str(fields.written(inbound)).encode()
        parts = (
            self._start,
            contact_id.encode(),
            b'",',
            numbers,
            self._before,
            wrote,
            self._after,
            region.encode(),
            self._to_number,
            e164.encode(),
            self._end,
            words,
            b"}",
        )
        entry = SearchEntry(text, self._flags, number, region_key, self._rate, self._last, self._created)
        return FreshContact(contact_id, e164, b"".join(parts), entry)

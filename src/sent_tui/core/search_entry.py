"""What the search keeps of a contact: one folded text, one small number of flags, and what the list is sorted by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact, Fields
from sent_tui.core.search import FAILING, ChannelFilter, Condition, SortKey, fold
from sent_tui.core.search_terms import FIELD, MARK, NAMED, TAG, Term

_WHATSAPP, _SMS, _OPTED_OUT, _FAILING, _NEVER, _BY_WHATSAPP, _BY_SMS = 1, 2, 4, 8, 16, 32, 64
ALL_FLAGS = 128
"""Flags are smaller than this."""
_DEFAULTS = {None: 0, Channel.WHATSAPP: _BY_WHATSAPP, Channel.SMS: _BY_SMS}
_FILTERED = _WHATSAPP | _SMS | _OPTED_OUT


def _passing(wanted: ChannelFilter) -> frozenset[int]:
    let_through = {
        flags
        for flags in range(_FILTERED + 1)
        if wanted.admits(whatsapp=bool(flags & _WHATSAPP), sms=bool(flags & _SMS), opted_out=bool(flags & _OPTED_OUT))
    }
    return frozenset(flags for flags in range(ALL_FLAGS) if flags & _FILTERED in let_through)


PASSING: Mapping[ChannelFilter, frozenset[int]] = {wanted: _passing(wanted) for wanted in ChannelFilter}
"""Which flags each filter lets through."""
GROUPS: Mapping[SortKey, bytes] = {
    SortKey.CHANNELS: bytes((3, 1, 2, 0)[flags & (_WHATSAPP | _SMS)] for flags in range(256)),
    SortKey.DEFAULT: bytes((2, 0, 1, 0)[flags // _BY_WHATSAPP & 3] for flags in range(256)),
}
"""For each order of a few groups, to which of them flags belong."""

WORDS, NUMBERS, MARKS = TEXTS = ("words", "numbers", "marks")
"""A text in three, which are kept apart so that a part is looked for only where it can stand: name, tags, notes and
fields that a person named; the number; the region and the last status."""
NUMERIC_OUTSIDE, OTHER_INSIDE = 1, 2
"""Whether digits stand outside of numbers, and anything else in them."""
_NUMERIC = b"+0123456789"
_SPACED = _NUMERIC + b" "

_CONTROL = re.compile(r"[\x00-\x1f]+")
_SEPARATORS = re.compile(r"[^\d+]")
_USUAL = str.maketrans("", "", " ()-./")
"""Takes out what stands between the digits of nearly every number."""
"""Letters that stand in no mark."""
_FIELD = FIELD.encode()
_FIELDS = 5
"""So many fields has a text."""
_NUMBER_PLACES = 15
"""The most digits that an E.164 number has."""
_RATE_UNIT = 1_000_000


class Facts(Struct, frozen=True):
    """What the search wants to know of a contact, wherever it comes from."""

    name: str
    tags: tuple[str, ...]
    notes: str
    e164: str
    national: str
    region: str
    whatsapp: bool
    sms: bool
    default: Channel | None
    opted_out: bool
    attempts: int
    delivered: int
    last_at: datetime | None
    last_status: str
    created_at: datetime
    fields: Fields = ()


class SearchEntry(NamedTuple):
    """A contact as the search sees it."""

    text: bytes
    """Folded, in UTF-8: name, number, tags, notes and fields, region and last status. Texts of two differ."""
    flags: int
    """What filters ask, and the default channel, as bits."""
    number: int
    """The E.164 number so that numbers sort as their texts do."""
    region: int
    rate: int
    """Share of attempts that arrived in millionths, plus one; 0 without attempts."""
    last: int
    """When the last message was written, in microseconds since 1970; 0 for never."""
    created: int
    """When the contact was made, in microseconds since 1970."""


def entry_of(contact: Contact) -> SearchEntry:
    """Return what the search keeps of a contact."""
    reached = {status.channel for status in contact.channels if status.availability is Availability.AVAILABLE}
    return entry_from(
        Facts(
            name=contact.name,
            tags=contact.tags,
            notes=contact.notes,
            e164=contact.format_e164,
            national=contact.format_national,
            region=contact.region_code,
            whatsapp=Channel.WHATSAPP in reached,
            sms=Channel.SMS in reached,
            default=contact.default_channel,
            opted_out=contact.opt_out,
            attempts=sum([status.attempts for status in contact.channels]),
            delivered=sum([status.delivered for status in contact.channels]),
            last_at=contact.last_message_at,
            last_status=contact.last_status,
            created_at=contact.created_at,
            fields=contact.fields,
        )
    )


def entry_from(facts: Facts) -> SearchEntry:
    """Return what the search keeps of a contact."""
    return SearchEntry(
        text=folded_text(
            facts.name,
            facts.tags,
            facts.notes,
            facts.e164,
            facts.national,
            facts.region,
            facts.last_status,
            facts.fields,
        ),
        flags=facts.whatsapp * _WHATSAPP
        | facts.sms * _SMS
        | facts.opted_out * _OPTED_OUT
        | (facts.last_status in FAILING) * _FAILING
        | (facts.last_at is None) * _NEVER
        | _DEFAULTS[facts.default],
        number=number_key(facts.e164),
        region=region_key(facts.region),
        rate=1 + min(max(0, facts.delivered * _RATE_UNIT // facts.attempts), _RATE_UNIT) if facts.attempts > 0 else 0,
        last=_microseconds(facts.last_at),
        created=_microseconds(facts.created_at),
    )


def haystack(contact: Contact) -> str:
    """Return the folded text in which a contact is searched."""
    return entry_of(contact).text.decode()


def number_key(e164: str) -> int:
    """Return an E.164 number as a whole number below 2**64; such numbers are ordered as the texts are."""
    digits = e164.lstrip("+")[:_NUMBER_PLACES]
    if not (digits.isascii() and digits.isdigit()):
        return 0
    return int(digits.ljust(_NUMBER_PLACES, "0")) * 16 + len(digits)


def number_of_key(key: int) -> str:
    """Return the E.164 number of which `number_key` made a whole number."""
    digits, length = divmod(key, 16)
    return f"+{digits:0{_NUMBER_PLACES}}"[: length + 1]


@lru_cache(maxsize=1024)
def region_key(region: str) -> int:
    """Return a region as a whole number below 2**32; such numbers are ordered as the texts are."""
    return int.from_bytes(region.encode("ascii", "replace")[:4].ljust(4, b"\0"), "big")


def name_of(text: bytes) -> bytes:
    """Return the folded name in a text, or in its words."""
    return text[: text.find(_FIELD)]


def name_key(text: bytes) -> bytes:
    """Return what a text is sorted by: its name, then its number; those without a name come last."""
    return b"\xff" + text if text.startswith(_FIELD) else text


def passing(condition: Condition) -> frozenset[int] | None:
    """Return the flags of contacts for which a condition holds; None where flags do not tell."""
    if condition.field == "channel":
        return PASSING[ChannelFilter(condition.value)]
    bit = {"opted_out": _OPTED_OUT, "failing": _FAILING, "never_messaged": _NEVER}.get(condition.field)
    if bit is None:
        return None
    wanted = condition.value == "yes"
    return frozenset(flags for flags in range(ALL_FLAGS) if bool(flags & bit) is wanted)


def field_term(condition: Condition) -> Term:
    """Return the term of a condition on a tag, the region, the last status, or fields that a person named."""
    if condition.field == "tag":
        return Term(((f"{TAG}{_clean(condition.value)}{TAG}",),), is_shown=False)
    if condition.field == "has_fields":
        return Term(((NAMED,),), is_shown=False)
    return Term(((f"{MARK}{condition.value.upper()}{MARK}",),), is_shown=False)


def taken_apart(text: bytes) -> tuple[bytes, bytes, bytes]:
    """Return a text in three: words, numbers and marks."""
    name, numbers, tags, notes, marks = text.split(_FIELD)
    return _FIELD.join((name, tags, notes)), numbers, marks


def all_taken_apart(texts: Sequence[bytes]) -> tuple[Sequence[bytes], Sequence[bytes], Sequence[bytes]]:
    """Return the words, the numbers and the marks of many texts, each in the same order."""
    fields = _FIELD.join(texts).split(_FIELD) if texts else []
    names, numbers, tags, notes, marks = (fields[place::_FIELDS] for place in range(_FIELDS))
    return list(map(_FIELD.join, zip(names, tags, notes, strict=True))), numbers, marks


def put_together(words: bytes, numbers: bytes, marks: bytes) -> bytes:
    """Return the text that was taken apart."""
    name, _, rest = words.partition(_FIELD)
    return _FIELD.join((name, numbers, rest, marks))


def beginning(words: bytes, numbers: bytes) -> bytes:
    """Return how a text begins, up to its number: texts are in the order of their beginnings."""
    return words[: words.index(_FIELD) + 1] + numbers


def mixture(words: bytes, numbers: bytes, marks: bytes) -> int:
    """Return what stands where it is not expected in the texts of some rows, as bits."""
    is_outside = any(len(text.translate(None, _NUMERIC)) < len(text) for text in (words, marks))
    return is_outside * NUMERIC_OUTSIDE | bool(numbers.translate(None, _SPACED + b"\n")) * OTHER_INSIDE


@lru_cache(maxsize=64)
def texts_with(part: bytes, mixed: int) -> Sequence[str]:
    """Return in which of the three texts a part can stand; `mixed` is what stands where it is not expected."""
    if not part.strip(_SPACED):
        return TEXTS if mixed & NUMERIC_OUTSIDE else (NUMBERS,)
    if mixed & OTHER_INSIDE:
        return TEXTS
    if MARK.encode() in part:
        return (MARKS,)
    has_small = part != part.upper()
    return (WORDS,) if has_small else (WORDS, MARKS)


def folded_text(
    name: str,
    tags: tuple[str, ...],
    notes: str,
    e164: str,
    national: str,
    region: str,
    last_status: str = "",
    fields: Fields = (),
) -> bytes:
    """Return the text in which a contact is searched, in UTF-8."""
    shown_tags = _shown(tags) if tags else ""
    shown_notes = _clean(fold(notes)) if notes else ""
    if fields:
        shown_notes = f"{shown_notes}{_named(fields)}"
    numbers, digits = _clean(e164), national.translate(_USUAL)
    if not digits.isdecimal() or not digits.isascii():
        digits = _SEPARATORS.sub("", national)
    # As a rule, whatever stands in the national form stands in the other one.
    if not numbers.endswith(digits):
        numbers = f"{numbers} {digits}"
    marks = _marked(region, last_status)
    text = f"{_clean(fold(name))}{FIELD}{numbers}{FIELD}{shown_tags}{FIELD}{shown_notes}{FIELD}{marks}"
    return text.encode("utf-8", "replace")


@lru_cache(maxsize=1024)
def _shown(tags: tuple[str, ...]) -> str:
    return TAG.join(("", *[_clean(fold(tag)) for tag in tags], ""))


def _named(fields: Fields) -> str:
    return "".join([f"{NAMED}{_clean(fold(name))}:{' '.join(_clean(fold(value)).split())}" for name, value in fields])


@lru_cache(maxsize=1024)
def _marked(region: str, last_status: str) -> str:
    return f"{MARK}{_clean(region.upper())}{MARK}{_clean(last_status.upper())}{MARK}"


def _clean(text: str) -> str:
    return text if text.isprintable() else _CONTROL.sub(" ", text)


def _microseconds(at: datetime | None) -> int:
    return 0 if at is None else max(0, int(at.timestamp() * 1_000_000))

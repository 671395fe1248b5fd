"""vCards: read in versions 2.1, 3.0 and 4.0, written in 3.0.

They are read here and not through vobject, so that a broken card costs one card, each card knows its line, and a photo
of any size is passed over without being held.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator
from typing import Final, Self
from urllib.parse import unquote

from msgspec import Struct, field

from sent_tui.core.contact import Contact
from sent_tui.core.number_type import NumberType
from sent_tui.services.exchange.cells import writable
from sent_tui.services.exchange.columns import NAMED, Column, Field, Meaning, Value, named_field, sampled
from sent_tui.services.exchange.records import Record
from sent_tui.services.exchange.source import MAX_FIELD, Line, Source

OPT_OUT_PROPERTY: Final = "X-SENT-OPT-OUT"
"""Our own property: `TRUE` for a contact that wants no messages."""
FIELD_PROPERTY: Final = "X-SENT-FIELD"
"""Our own property, once for each field that a person named: its name, a colon and its value."""
COLUMNS: Final = {
    "FN": Field.NAME.value,
    "N": Field.NAME.value,
    "ORG": Field.OTHER_NAME.value,
    "TEL": Field.PHONE.value,
    "CATEGORIES": Field.TAGS.value,
    "NOTE": Field.NOTES.value,
    OPT_OUT_PROPERTY: Field.OPT_OUT.value,
    FIELD_PROPERTY: NAMED,
}
"""The properties that are read, and their meaning."""

_READ: Final = frozenset({*COLUMNS, "BEGIN", "END"})
_HEAD: Final = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:[^:;\"]|\"[^\"]*\")*)*):")
_PARAMETER: Final = re.compile(r"[\w-]+")
_CHARSET: Final = re.compile(r";CHARSET=\"?([\w-]+)", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_CHARACTER: Final = re.compile(r"\\.|.", re.DOTALL)
_MOBILE: Final = frozenset({"CELL", "MOBILE", "IPHONE"})
_UNREACHABLE: Final = frozenset({"FAX", "PAGER", "MODEM"})
_MOST_VALUES: Final = 1_000
_SHOWN: Final = 300
_LINES_LOOKED_AT: Final = 200
_NO_END: Final = "The card has no END:VCARD. It may have been cut off."
_OUTSIDE: Final = "This line is outside a card: there is no BEGIN:VCARD before it."
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_LINE_BREAK: Final = re.compile(r"\r\n?")


class _Property(Struct):
    """One property, which may go on over several lines."""

    line: int
    text: str
    """Its first line."""
    fault: str
    name: str = ""
    """In capitals; empty when the line begins no property."""
    parameters: frozenset[str] = frozenset()
    charset: str = "utf-8"
    parts: list[str] = field(default_factory=list)
    size: int = 0
    soft_break: bool = False
    """The line ends in a `=` that joins the next one to it."""

    @classmethod
    def begun_by(cls, line: Line) -> Self:
        """Return the property that begins on a line."""
        text = line.text.rstrip("\r\n")
        head = _HEAD.match(text)
        if head is None:
            return cls(line.number, text, line.fault)
        charset = _CHARSET.search(head[2])
        begun = cls(
            line.number,
            text,
            "",
            name=head[1].upper(),
            parameters=frozenset(word.upper() for word in _PARAMETER.findall(head[2])),
            charset=charset[1] if charset else "utf-8",
        )
        begun._take(text[head.end() :], line.fault)
        return begun

    def goes_on(self, line: Line) -> bool:
        """Take a line that goes on with this property, and return whether it does."""
        text = line.text.rstrip("\r\n")
        if self.soft_break:
            self._take(text, line.fault)
        elif self.name and text.startswith((" ", "\t")):
            self._take(text[1:], line.fault)
        else:
            return False
        return True

    def _take(self, text: str, fault: str) -> None:
        self.soft_break = "QUOTED-PRINTABLE" in self.parameters and text.endswith("=")
        if self.name not in _READ:
            return  # such as a photo: what is not read is not kept
        self.fault = self.fault or fault
        if self.size <= MAX_FIELD:  # what is too large is kept so far that it shows
            self.parts.append(text[:-1] if self.soft_break else text)
            self.size += len(text)

    @property
    def value(self) -> str:
        """The value as text, its backslashes still in it."""
        value = "".join(self.parts)
        if "QUOTED-PRINTABLE" not in self.parameters:
            return value
        data = quopri.decodestring(value.encode(errors="surrogateescape"))
        try:
            return data.decode(self.charset)
        except (UnicodeDecodeError, LookupError):
            return data.decode("cp1252", "replace")


class _Card(Struct):
    """A card that is being read."""

    line: int
    raw: list[str] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    fault: str = ""

    def add(self, item: _Property) -> None:
        """Take one property."""
        if item.fault:
            self.fault = self.fault or f"Line {item.line}: {item.fault}"
        if item.name not in COLUMNS:
            return
        if len(self.values) > _MOST_VALUES:
            self.fault = self.fault or f"The card has more than {_MOST_VALUES:,} names, numbers and notes."
            return
        self.raw.append(item.text[:_SHOWN])
        self.values += [(kind, text) for kind, text in _read(item) if text.strip()]

    def record(self, problem: str = "") -> Record:
        """Return what the card says."""
        return Record(self.line, "; ".join(self.raw), self.values, self.fault or problem)


class Cards:
    """The cards of a file, read once."""

    columns = COLUMNS

    def __init__(self, source: Source) -> None:
        self._source = source

    def __iter__(self) -> Iterator[Record]:
        """Go through the cards."""
        card: _Card | None = None
        for item in _properties(self._source):
            begins = item.name == "BEGIN" and item.value.strip().upper() == "VCARD"
            if begins:
                if card is not None:
                    yield card.record(_NO_END)
                card = _Card(item.line)
            elif card is None:
                yield Record(item.line, item.text, problem=item.fault or _OUTSIDE)
            elif item.name == "END":
                yield card.record()
                card = None
            else:
                card.add(item)
        if card is not None:
            yield card.record(_NO_END)

    def sample(self) -> tuple[Column, ...]:
        """Return the properties of the first cards with some of their values, before any card is read."""
        texts: dict[tuple[str, Meaning], list[str]] = {}
        for item in _properties(self._source.peek(_LINES_LOOKED_AT)):
            values = _read(item) if item.name in COLUMNS else []
            if values:
                meaning = values[0][0] if item.name == FIELD_PROPERTY else Field(COLUMNS[item.name])
                texts.setdefault((item.name, meaning), []).append(" ".join(text for _, text in values if text))
        return tuple(Column(name, meaning, sampled(found)) for (name, meaning), found in texts.items())


def _properties(lines: Iterable[Line]) -> Iterator[_Property]:
    present: _Property | None = None
    for line in lines:
        if present is not None and present.goes_on(line):
            continue
        if present is not None:
            yield present
        present = _Property.begun_by(line) if line.text.strip() else None
    if present is not None:
        yield present


def _read(item: _Property) -> list[Value]:
    """Return what a property says."""
    value = item.value
    match item.name:
        case "TEL":
            return [(_phone_field(item.parameters), _without_scheme(_plain(value)))]
        case "N":
            family, given, middle, *_ = [*map(_plain, _split(value, ";")), "", "", ""]
            return [(Field.GIVEN, given), (Field.MIDDLE, middle), (Field.FAMILY, family)]
        case "ORG":
            return [(Field.OTHER_NAME, " ".join(filter(None, map(_plain, _split(value, ";")))))]
        case "CATEGORIES":
            return [(Field.TAGS, _plain(part)) for part in _split(value, ",")]
        case "X-SENT-FIELD":
            name, _, text = _plain(value).partition(":")
            known = named_field(name)
            return [(known, text.strip())] if known else []
        case _:
            return [(Field(COLUMNS[item.name]), _plain(value))]


def _phone_field(parameters: frozenset[str]) -> Field:
    if parameters & _UNREACHABLE:
        return Field.IGNORED
    if parameters & _MOBILE:
        return Field.MOBILE
    return Field.MAIN_PHONE if "PREF" in parameters else Field.PHONE


def _without_scheme(number: str) -> str:
    """Return the number of a `tel:` URI (RFC 3966); one with a context is left whole, for it needs that."""
    is_uri = number[:4].casefold() == "tel:" and "phone-context" not in number
    return unquote(number[4:]) if is_uri else number


def _plain(value: str) -> str:
    plain = _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
    return _LINE_BREAK.sub("\n", plain)


def _split(value: str, separator: str) -> list[str]:
    """Split a value where no backslash stands before the separator."""
    parts = [""]
    for character in _CHARACTER.findall(value):
        if character == separator:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def card_of(contact: Contact) -> str:
    """Return a contact as a vCard."""
    # Imported on first use: it is large, and only the export of vCards needs it.
    import vobject

    card = vobject.vCard()
    card.add("uid").value = contact.id
    card.add("fn").value = _one_card_text(contact.title)
    card.add("n").value = vobject.vcard.Name(given=_one_card_text(contact.name))
    number = card.add("tel")
    number.value = contact.format_e164
    number.type_param = "VOICE" if contact.number_type is NumberType.FIXED_LINE else "CELL"
    if contact.tags:
        card.add("categories").value = [_one_card_text(tag) for tag in contact.tags]
    if contact.notes:
        card.add("note").value = _one_card_text(contact.notes)
    for name, value in contact.fields:
        card.add(FIELD_PROPERTY.lower()).value = _one_card_text(f"{name}: {value}")
    if contact.opt_out:
        card.add(OPT_OUT_PROPERTY.lower()).value = "TRUE"
    return str(card.serialize())


def _one_card_text(text: str) -> str:
    """Return text without what would end a line of the card in some program."""
    return _CONTROLS.sub(" ", _LINE_BREAK.sub("\n", writable(text)))

"""What a column or a property means, told by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from msgspec import Struct

from sent_tui.core.custom_fields import LONGEST_NAME, FieldError, field
from sent_tui.core.search import fold
from sent_tui.errors import UsageError


class Field(StrEnum):
    """What a column or a property says of a contact."""

    NAME = "name"
    GIVEN = "first name"
    MIDDLE = "middle name"
    FAMILY = "last name"
    OTHER_NAME = "other name"
    """Stands in where there is no name: a company, a nickname."""
    E164 = "number in E.164"
    MOBILE = "mobile"
    MAIN_PHONE = "main phone"
    PHONE = "phone"
    REGION = "region"
    TAGS = "tags"
    GROUPS = "groups"
    """Tags as Google writes them, with groups of its own among them."""
    NOTES = "notes"
    OPT_OUT = "opt-out"
    IGNORED = "ignore"

    # That of an enumeration is many times as slow, and each cell is filed under its field.
    __hash__ = str.__hash__


class NamedField(NamedTuple):
    """What a column or a property says of a contact, where that is a field that a person named."""

    name: str
    """As it is kept with the contact."""

    @property
    def value(self) -> str:
        """What it is called among the others, as it is written in a header and in a mapping."""
        return f"{NAMED}:{self.name}"


NAMED: Final = "field"
"""Stands before the name of such a field, with a colon."""
Meaning = Field | NamedField
"""What a column or a property says of a contact."""
PHONE_FIELDS: Final = (Field.E164, Field.MOBILE, Field.MAIN_PHONE, Field.PHONE)
"""The fields with numbers, the preferred one first."""
RECOGNISED: Final = (
    "Recognised are, among others: phone, phone number, mobile, cell; name, first name, last name; country, region;"
    " tags, labels, groups; notes; opt-out."
)
"""The names of columns, for a person whose file has none with numbers."""


Value = tuple[Meaning, str]
"""One thing that a record says of a contact: what it is, and its text."""

SAMPLES: Final = 3
"""Texts of a column that are shown beside its name."""


class Column(Struct, frozen=True):
    """A column, a key or a property of a file, with some of what stands in it."""

    name: str
    """Told apart from those of all other columns."""
    field: Meaning | None
    """What it means; None when that is not known, and then it is not read."""
    samples: tuple[str, ...]
    """The first different texts of it that are not empty."""


def sampled(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the first different texts that are not empty, as many as are shown."""
    return tuple(islice(dict.fromkeys(text for text in texts if text.strip()), SAMPLES))


_NAMES: Final = {
    Field.NAME: "name fullname displayname contact contactname formattedname fn person customer customername"
    " client clientname kontakt namn nomcomplet nombrecompleto nomecompleto vollstandigername",
    Field.GIVEN: "first firstname given givenname forename vorname prenom nombre nome primeironome fornamn",
    Field.MIDDLE: "middle middlename additionalname secondname",
    Field.FAMILY: "last lastname family familyname surname nachname nom apellido apellidos sobrenome cognome efternamn",
    Field.OTHER_NAME: "fileas nickname company companyname business businessname organization organisation"
    " organizationname organisationname organization1name org firma",
    Field.E164: "e164 formate164 phonee164 phonenumbere164",
    Field.MOBILE: "mobileno mobilno cellno mobilnummer handynummer telemovel",
    Field.PHONE: "phonenumber phonenumbers phoneno telephonenumber telephoneno telno contactnumber number numbers"
    " msisdn telefonnummer rufnummer nummer numero",
    Field.REGION: "region regioncode country countrycode countryregion countryiso isocountry iso phonecountry"
    " phonecountrycode phoneregion callingcode dialcode dialingcode diallingcode land pays pais paese",
    Field.TAGS: "tag tags group groups category categories keyword keywords gruppen kategorien etiquetas"
    " etiquettes schlagworte",
    Field.GROUPS: "groupmembership label labels",
    Field.NOTES: "note notes comment comments remark remarks memo notiz notizen bemerkung bemerkungen kommentar"
    " kommentare commentaire commentaires notas nota",
    Field.OPT_OUT: "optout optedout unsubscribed donotcontact donotmessage dnc",
}
_BY_NAME: Final = {name: field for field, names in _NAMES.items() for name in names.split()}
_BY_FIELD: Final = {field.value.replace("-", " ").casefold(): field for field in Field}
_MOBILE_WORDS: Final = {"mobile", "cell", "cellular", "cellphone", "mobil", "handy", "movil", "celular", "portable"}
_MAIN_WORDS: Final = {"primary", "preferred"}
_PHONE_WORDS: Final = {"phone", "phones", "telephone", "tel", "telefon", "telefono", "telefone", "fon"}
_NUMBER_WORDS: Final = {"number", "nr", "no", "whatsapp"} | _PHONE_WORDS
_UNREACHABLE: Final = {"fax", "telefax", "pager", "telex"}
_NO_PHONE_WORDS: Final = _UNREACHABLE | {
    "isdn",
    "tty",
    "tdd",
    "assistant",
    "emergency",
    "type",
    "label",
    "extension",
    "ext",
    "country",
    "region",
    "area",
    "code",
    "carrier",
    "operator",
    "provider",
    "network",
    "device",
    "model",
    "os",
    "email",
    "mail",
    "verified",
    "valid",
    "status",
    "channel",
    "id",
    "date",
    "time",
    "opt",
    "consent",
}
_HEADED: Final = re.compile(rf"\s*{NAMED}\s*:(.+)", re.IGNORECASE | re.DOTALL)
_MEANT: Final = re.compile(rf"\s*{NAMED}(?:\s*:|\s)(.+)", re.IGNORECASE | re.DOTALL)
_COLONS: Final = re.compile("[:\N{PRESENTATION FORM FOR VERTICAL COLON}\N{SMALL COLON}\N{FULLWIDTH COLON}]")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_APART: Final = re.compile(r"[\W_]+")


def words(name: str) -> str:
    """Return a name as names are compared: without case and accents, its words one space apart."""
    apart = _CAMEL.sub(" ", name.replace("WhatsApp", "Whatsapp"))
    return _APART.sub(" ", fold(apart)).strip()


@lru_cache(maxsize=4096)
def recognise(name: str) -> Meaning | None:
    """Return what a column of this name means, in any case and spacing; None when that is not known."""
    headed = _HEADED.fullmatch(name)
    if headed is not None:
        return named_field(headed[1])
    spoken = words(name)
    known = _BY_NAME.get(spoken.replace(" ", ""))
    return known or _phone(frozenset(spoken.split()))


def named_field(name: str) -> NamedField | None:
    """Return the field that a person gave this name; None where no field can have it."""
    try:
        return NamedField(field(name, "")[0])
    except FieldError:
        return None


def field_for(name: str) -> NamedField | None:
    """Return the field that a column of this name may become, with as much of the name as a field can have."""
    return named_field(" ".join(_COLONS.sub(" ", name).split())[:LONGEST_NAME])


def _phone(parts: frozenset[str]) -> Field | None:
    if parts & _NO_PHONE_WORDS:
        return None
    if parts & _MOBILE_WORDS and (len(parts) == 1 or parts & _NUMBER_WORDS):
        return Field.MOBILE
    if "whatsapp" in parts and parts & (_NUMBER_WORDS - {"whatsapp"}):
        return Field.MOBILE
    if parts & _PHONE_WORDS:
        return Field.MAIN_PHONE if parts & _MAIN_WORDS else Field.PHONE
    return None


def labelled(field: Meaning, label: str) -> Meaning:
    """Return what a number is, given the label beside it: a mobile phone, a fax machine."""
    parts = frozenset(words(label).split())
    if parts & _UNREACHABLE:
        return Field.IGNORED
    if parts & _MOBILE_WORDS:
        return Field.MOBILE
    return field


def chosen(mapping: Mapping[str, str] | None) -> dict[str, Meaning]:
    """Return what a person says that columns mean, by the columns' names as they are compared.

    Raises UsageError for a meaning that there is not.
    """
    fields: dict[str, Meaning] = {}
    for name, meaning in (mapping or {}).items():
        meant = _MEANT.fullmatch(meaning)
        known = NamedField(field(meant[1], "")[0]) if meant else _BY_FIELD.get(words(meaning)) or recognise(meaning)
        if known is None:
            raise UsageError(
                "No such field",
                f"The column {name} cannot be read as {meaning}.",
                f"A column can be: {', '.join(each.value for each in Field)}, {NAMED}:NAME.",
            )
        fields[words(name)] = known
    return fields

"""What each of many contacts is sent: a text or a template, with the name of each where it has a place for that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Template, fill
from sent_tui.core.segments import SegmentCount, count_segments
from sent_tui.services.sending import MAX_TEXT

ContentOf = Callable[[Contact], Content | str]
"""What a contact is sent; or why it cannot be sent anything, in words."""

OWN = ("{name}", "{first_name}")
"""What stands for the name of each contact in a text, or in a variable of a template."""
NO_NAME = "The contact has no name to fill in."
TOO_LONG = "With the name of the contact, the text is too long."
_OWN = re.compile(r"\{(name|first_name)\}")
_BRACES = re.compile(r"\{[^{}\n]{1,40}\}")


def content_for_all(
    text: str, template: Template | None = None, variables: Mapping[str, str] | None = None
) -> ContentOf:
    """Return what each contact is sent: the template where there is one, else the text."""
    if template is not None:
        return lambda contact: personal_content(template, variables or {}, contact)
    if is_personal(text):
        return lambda contact: personal_text(text, contact)
    content = Content(text)
    return lambda contact: content


def is_personal(text: str) -> bool:
    """Return whether a text has a place for the name of each contact."""
    return _OWN.search(text) is not None


def unknown_places(text: str) -> list[str]:
    """Return what stands in braces in a text and is filled in for nobody, each once."""
    return [place for place in dict.fromkeys(_BRACES.findall(text)) if place not in OWN]


def personal_text(text: str, contact: Contact) -> Content | str:
    """Return a text with the name of a contact where it stands for that; or why that cannot be, in words."""
    if not contact.name.strip():
        return NO_NAME
    filled = _with_name(text, contact)
    return Content(filled) if len(filled) <= MAX_TEXT else TOO_LONG


def personal_content(template: Template, variables: Mapping[str, str], contact: Contact) -> Content | str:
    """Return a template filled in for a contact; or why that cannot be, in words.

    `{name}` and `{first_name}` in a variable stand for those of the contact.
    """
    if any(map(is_personal, variables.values())) and not contact.name.strip():
        return NO_NAME
    return fill(template, {name: _with_name(value, contact) for name, value in variables.items()})


def _with_name(text: str, contact: Contact) -> str:
    own = {"name": contact.name.strip(), "first_name": _first_name(contact)}
    return _OWN.sub(lambda place: own[place[1]], text)


def _first_name(contact: Contact) -> str:
    return next(iter(contact.name.split()), "")


def longest_names(contacts: Iterable[Contact]) -> tuple[Contact, ...]:
    """Return the contacts with the names that take most in an SMS: as name and as first name, in GSM-7 and in UCS-2.

    Whatever the text, the longest message of all is one of theirs.
    """
    found: dict[tuple[int, str], tuple[int, Contact]] = {}
    for contact in contacts:
        for place, name in enumerate((contact.name.strip(), _first_name(contact))):
            counted = count_segments(name)
            # In a text in UCS-2, or beside a name in it, a name in GSM-7 takes UCS-2 units as well.
            for encoding, units in ((counted.encoding.value, counted.units), ("any", len(name.encode("utf-16-le")))):
                if units > found.get((place, encoding), (0, contact))[0]:
                    found[place, encoding] = units, contact
    return tuple({contact.id: contact for _, contact in found.values()}.values())


def longest(content_of: ContentOf, contacts: Iterable[Contact]) -> tuple[SegmentCount, Contact] | None:
    """Return what the longest message to some contacts takes as an SMS, and whose it is; None where there is none."""
    made = ((contact, content_of(contact)) for contact in contacts)
    counted = [(count_segments(content.text), contact) for contact, content in made if isinstance(content, Content)]
    return max(counted, key=lambda item: (item[0].segments, item[0].units), default=None)

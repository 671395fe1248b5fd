"""What each of many contacts is sent: a text for all, or a template with its name in the variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Template, fill

ContentOf = Callable[[Contact], Content | str]
"""What a contact is sent; or why it cannot be sent anything, in words."""

OWN = ("{name}", "{first_name}")
"""What stands for the name of each contact in a variable."""
NO_NAME = "The contact has no name to fill in."
_OWN = re.compile(r"\{(name|first_name)\}")


def content_for_all(
    text: str, template: Template | None = None, variables: Mapping[str, str] | None = None
) -> ContentOf:
    """Return what each contact is sent: the template where there is one, or the text as it is."""
    if template is not None:
        return lambda contact: personal_content(template, variables or {}, contact)
    content = Content(text)
    return lambda contact: content


def personal_content(template: Template, variables: Mapping[str, str], contact: Contact) -> Content | str:
    """Return a template filled in for a contact; or why that cannot be, in words.

    `{name}` and `{first_name}` in a variable stand for those of the contact.
    """
    if any(_OWN.search(value) for value in variables.values()) and not contact.name.strip():
        return NO_NAME
    own = {"name": contact.name.strip(), "first_name": contact.name.split()[0] if contact.name.split() else ""}
    filled = {name: _OWN.sub(lambda place: own[place[1]], value) for name, value in variables.items()}
    return fill(template, filled)

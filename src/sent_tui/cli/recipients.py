"""Who a message is for, as the command line names them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sent_tui.cli.options import State
from sent_tui.cli.output import note
from sent_tui.cli.people import contact_named, in_one_line
from sent_tui.core.phone import InvalidNumber, parse
from sent_tui.errors import NotFoundError
from sent_tui.services.contacts import NewContact
from sent_tui.services.understanding import InvalidNumberError

if TYPE_CHECKING:
    from sent_tui.core.contact import Contact
    from sent_tui.services.workspace import Workspace

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def known(workspace: Workspace, state: State, recipient: str) -> Contact | None:
    """Return the contact that is meant, None for a valid number without one; raises for anything else."""
    try:
        return contact_named(workspace, state, recipient)
    except NotFoundError:
        number = parse(recipient, state.settings.region)
        if not isinstance(number, InvalidNumber):
            return None
        if _ID.fullmatch(recipient.strip()) or not any(char.isdigit() for char in recipient):
            raise
        raise InvalidNumberError(number) from None


def known_or_new(workspace: Workspace, state: State, recipient: str) -> Contact:
    """Return the contact that is meant, made first for a valid number without one."""
    contact = known(workspace, state, recipient)
    if contact is not None:
        return contact
    made = workspace.contacts.create(NewContact(recipient, state.settings.region))
    note(f"Added: {in_one_line(made.contact)}")
    return made.contact

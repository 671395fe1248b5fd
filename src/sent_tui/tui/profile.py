"""Reading everything that is shown of one contact."""

from __future__ import annotations

from sent_tui.core.contact import Contact
from sent_tui.core.recheck import Proposal
from sent_tui.services.workspace import Workspace
from sent_tui.tui.widgets.contact_lines import Profile
from sent_tui.tui.widgets.timeline import Story

SHOWN_MESSAGES = 50


def read_profile(workspace: Workspace, contact_id: str, facts: tuple[tuple[str, str], ...] = ()) -> Profile:
    """Return a contact with everything that is shown beside it; raises ContactNotFoundError."""
    repository = workspace.repository
    contact = repository.get(contact_id)
    messages = repository.messages(contact_id=contact_id, limit=SHOWN_MESSAGES)
    return Profile(
        contact=contact,
        plan=workspace.sending.plan(contact_id),
        stories=tuple(Story(message, repository.events(message.id)) for message in messages),
        consent=repository.consent_history(contact.format_e164),
        now=workspace.clock(),
        moves=repository.default_moves(contact_id),
        proposal=workspace.checking.proposal(contact),
        facts=facts,
    )


class Proposed:
    """Whether a check of a contact would pay, reckoned anew when the contact changed: it is asked with every letter."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._contact: Contact | None = None
        self._proposal: Proposal | None = None

    def to(self, contact: Contact) -> Proposal | None:
        """Return the proposal for a contact; None when a check would change nothing."""
        if contact != self._contact:
            self._contact, self._proposal = contact, self._workspace.checking.proposal(contact)
        return self._proposal

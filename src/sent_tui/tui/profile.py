"""Reading everything that is shown of one contact."""

from __future__ import annotations

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
        facts=facts,
    )

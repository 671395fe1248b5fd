"""Plans for messages, from what is stored: the contact, what deliveries taught, and what went out before."""

from __future__ import annotations

from datetime import datetime

from sent_tui.core.channel import CHANNEL_ORDER, Channel
from sent_tui.core.consent import last_template_at
from sent_tui.core.contact import Contact
from sent_tui.core.delivery import Explanation
from sent_tui.core.knowledge import Knowledge, is_forgotten
from sent_tui.core.message import USUAL, Content, Wishes
from sent_tui.core.patience import USUAL_PATIENCE, Patience
from sent_tui.core.prices import FLAT, Prices
from sent_tui.core.route_plan import RoutePlan
from sent_tui.core.routing import plan_route
from sent_tui.store.repository import Repository

LATELY = 20
"""So many of the newest messages to a contact are looked through for a template."""


class Planner:
    """Plans messages. `patience` says how long a step may take, and `prices` what it costs."""

    def __init__(self, repository: Repository, prices: Prices = FLAT, patience: Patience = USUAL_PATIENCE) -> None:
        self._repository = repository
        self._prices = prices
        self._patience = patience

    def plan(
        self,
        contact: Contact,
        content: Content | None,
        at: datetime,
        channel: Channel | None = None,
        wishes: Wishes = USUAL,
    ) -> RoutePlan:
        """Return the route that a message to a contact would take at a time; with `channel`, only by that one."""
        template_at = None
        if content is not None and content.is_free_text and contact.last_inbound_at is None:
            template_at = last_template_at(self._repository.messages(contact_id=contact.id, limit=LATELY))
        knowledge = Knowledge(self._repository.lesson)
        return plan_route(
            self.remembered(contact, knowledge),
            content,
            at,
            pinned=channel,
            knowledge=knowledge,
            prices=self._prices,
            last_template_at=template_at,
            wishes=wishes,
            patience=self._patience,
        )

    def explanations(self, contact: Contact, at: datetime) -> dict[Channel, Explanation]:
        """Return what the estimate of each channel of a contact rests on."""
        knowledge = Knowledge(self._repository.lesson)
        contact = self.remembered(contact, knowledge)
        return {channel: knowledge.explanation(contact, channel, at) for channel in CHANNEL_ORDER}

    def remembered(self, contact: Contact, knowledge: Knowledge) -> Contact:
        """Return a contact with what its messages taught, should that have been lost."""
        if not is_forgotten(contact):
            return contact
        messages = self._repository.messages(contact_id=contact.id)
        events = (event for sent in messages for event in self._repository.events(sent.id))
        return knowledge.replayed(contact, messages, events)

"""What would become of one content to many contacts: reckoned contact by contact, and nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from sent_tui.core.channel import Channel
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content
from sent_tui.core.numbering import time_zones_of
from sent_tui.core.quiet_hours import QuietHours, may_wake
from sent_tui.errors import NotFoundError
from sent_tui.services.claiming import AT_ONCE, Order
from sent_tui.services.personal import NO_NAME, TOO_LONG, ContentOf
from sent_tui.services.sending import SendingService
from sent_tui.store.repository import Repository

TOLD_EVERY = 100
"""Contacts after which it is told what is known by then."""
OPTED_OUT, NAMELESS, UNREACHABLE = "opted out", "have no name to fill in", "cannot be reached"
LONG_WINDED = "have a name with which the text is too long"
"""Why contacts get nothing, as they are counted."""
_WORDS = {NO_NAME: NAMELESS, TOO_LONG: LONG_WINDED}


class Forecast(Struct, frozen=True):
    """What is expected of a bulk send, as far as its contacts were looked at."""

    contacts: int
    """How many are meant."""
    looked_at: int = 0
    first: Mapping[Channel, int] = field(default_factory=dict)
    """To how many it goes first by which channel."""
    nothing: Mapping[str, int] = field(default_factory=dict)
    """How many get nothing, by why, in words."""
    cost: float = 0.0
    """What it is expected to cost, in dollars."""
    deliveries: float = 0.0
    """How many are expected to arrive."""
    asleep: int = 0
    """How many would get it in their quiet hours."""

    @property
    def is_whole(self) -> bool:
        """Whether every contact was looked at."""
        return self.looked_at == self.contacts


def forecasts(
    repository: Repository,
    sending: SendingService,
    ids: Sequence[str],
    content_of: ContentOf,
    order: Order = AT_ONCE,
    *,
    quiet: QuietHours | None = None,
    now: datetime | None = None,
) -> Iterator[Forecast]:
    """Give what is known after each hundred contacts, and at the end of all; a contact that is gone gets nothing.

    Reads, and asks nobody. Whoever needs no more just stops listening. `quiet` hours count those in them `now`.
    """
    first: Counter[Channel] = Counter()
    nothing: Counter[str] = Counter()
    cost, deliveries, asleep = 0.0, 0.0, 0
    for looked_at, contact_id in enumerate(ids, 1):
        try:
            contact = repository.get(contact_id)
            content = content_of(contact)
            if contact.opt_out:
                nothing[OPTED_OUT] += 1
            elif not isinstance(content, Content):
                nothing[_WORDS.get(content, UNREACHABLE)] += 1
            else:
                plan = sending.plan(contact_id, content, channel=order.channel, wishes=order.wishes, at=order.send_at)
                if plan.steps:
                    first[plan.channels[0]] += 1
                    asleep += is_asleep(contact, content, quiet, now)
                else:
                    nothing[UNREACHABLE] += 1
                cost, deliveries = cost + plan.expected_cost, deliveries + plan.delivery_chance
        except NotFoundError:
            nothing[UNREACHABLE] += 1
        if looked_at % TOLD_EVERY == 0 or looked_at == len(ids):
            yield Forecast(len(ids), looked_at, dict(first), dict(nothing), cost, deliveries, asleep)
    if not ids:
        yield Forecast(0)


def is_asleep(contact: Contact, content: Content, quiet: QuietHours | None, now: datetime | None) -> bool:
    """Return whether it is night where a contact is, as far as the number tells, and the message can wait."""
    if quiet is None or now is None or may_wake(content):
        return False
    return quiet.covers(now, time_zones_of(contact.format_e164))

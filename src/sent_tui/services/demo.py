"""The lived-in demo: months at a support desk, played through the rules of the product on the simulator.

Nothing in it is made up beside the people and their messages: channels are detected, routes planned, messages handed
over and lessons learned by the same code as in use, so that the counts equal the history.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.message import DeliveryEvent, Message
from sent_tui.gateways.simulator_world import LIVELY
from sent_tui.services.demo_desk import Desk
from sent_tui.services.demo_people import people
from sent_tui.store.repository import Repository

DEFAULT_SEED = 7
DEFAULT_COUNT = 200
MOST_DAYS = 366
WORLD = LIVELY
"""The simulated world in which the demo is played."""


class Demo(Struct, frozen=True):
    """Everything that the demo writes into a database."""

    contacts: tuple[Contact, ...]
    moved: tuple[Contact, ...]
    """Those whose default channel moved, as they stood before and after each move."""
    messages: tuple[Message, ...]
    """In the order in which they were written."""
    events: tuple[DeliveryEvent, ...]
    """In the order of time."""
    consent: tuple[ConsentEvent, ...]
    lessons: Mapping[str, Mapping[str, Any]]
    """By name: what was learned from groups of these contacts."""


def demo(now: datetime, count: int = DEFAULT_COUNT, seed: int = DEFAULT_SEED, *, days: int | None = None) -> Demo:
    """Return the demo as it stands at a time: the same for the same arguments, ids included.

    Without `days` a few messages went to each contact over two months; with it, a busy desk has worked for so many
    days. Raises ValueError for a count below 1 or above what the numbers reserved for fiction allow, and for days below
    1 or above a year.
    """
    if days is not None and not 0 < days <= MOST_DAYS:
        raise ValueError(f"between 1 and {MOST_DAYS} days can be played, not {days}")
    desk = Desk(now, seed, WORLD, days)
    ids = [desk.expect(person) for person in people(count, seed)]
    desk.play()
    books = desk.books
    return Demo(
        tuple(books.contacts[contact_id] for contact_id in ids),
        tuple(state for states in books.moved.values() for state in states),
        tuple(books.messages.values()),
        tuple(books.events.values()),
        tuple(books.consent),
        books.knowledge.lessons(),
    )


def demo_contacts(now: datetime, count: int = DEFAULT_COUNT, seed: int = DEFAULT_SEED) -> tuple[Contact, ...]:
    """Return the contacts of the demo; raises ValueError as `demo` does."""
    return demo(now, count, seed).contacts


def fill_demo(
    repository: Repository,
    now: datetime,
    count: int = DEFAULT_COUNT,
    seed: int = DEFAULT_SEED,
    *,
    days: int | None = None,
) -> None:
    """Write the demo in one transaction; doing it again changes nothing.

    Raises ValueError as `demo` does, and DuplicateContactError when one of its numbers belongs to another contact;
    then nothing is written.
    """
    put_demo(repository, demo(now, count, seed, days=days))


def put_demo(repository: Repository, lived: Demo) -> None:
    """Write a demo that was played before in one transaction; doing it again changes nothing.

    Raises DuplicateContactError as `fill_demo` does.
    """
    with repository.transaction() as tx:
        known = {contact.id for contact in lived.contacts if tx.find(contact.format_e164) is not None}
        # Putting these keeps the history of the defaults, which must not be lived twice.
        for state in lived.moved:
            if state.id not in known:
                tx.put_contact(state)
        for contact in lived.contacts:
            tx.put_contact(contact)
        for message in lived.messages:
            tx.put_message(message)
        for event in lived.events:
            tx.add_event(event)
        for decision in lived.consent:
            if decision not in tx.consent_history(decision.number):
                tx.add_consent(decision)
        for name, lesson in lived.lessons.items():
            tx.put_lesson(name, lesson)

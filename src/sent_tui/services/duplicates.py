"""Contacts that may be one person: listed with the evidence, merged by hand, or kept apart for good."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact, Fields
from sent_tui.core.custom_fields import joined, lines_of
from sent_tui.core.duplicates import KeptApart, MergedNumber, Pair, pairs
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.tags import retagged
from sent_tui.core.uniting import united
from sent_tui.errors import DatabaseError
from sent_tui.services.contacts import Clock
from sent_tui.store.repository import Repository
from sent_tui.store.transaction import Transaction


class Merged(Struct, frozen=True):
    """What the contact that stays is to hold."""

    name: str
    tags: tuple[str, ...]
    notes: str
    fields: Fields = ()


def proposed(kept: Contact, other: Contact) -> Merged:
    """Return what two contacts hold together; the other number is kept as a note.

    Of two fields of one name, that of the contact that stays counts. Fields for which there is no room become notes.
    """
    fields, left = joined(kept.fields, other.fields)
    notes = [text.strip() for text in (kept.notes, other.notes, lines_of(left)) if text.strip()]
    notes.append(f"Also {other.format_international}")
    tags = retagged(kept.tags, other.tags)
    return Merged(kept.name or other.name, tags, "\n".join(dict.fromkeys(notes)), fields)


class DuplicateService:
    """What can be done with contacts that may be one person. Its calls block, and are made off the event loop."""

    def __init__(self, repository: Repository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock

    def pairs(self) -> list[Pair]:
        """Return the pairs of contacts that may be one person, without those that a person keeps apart."""
        repository = self._repository
        open_pairs = [
            pair for pair in pairs(repository.people()) if repository.kept_apart(pair.first, pair.second) is None
        ]
        among_lessons = [pair for pair in open_pairs if repository.lesson(_among_lessons(pair)) is not None]
        self._move(among_lessons)
        return [pair for pair in open_pairs if pair not in among_lessons]

    def contacts(self, pair: Pair) -> tuple[Contact, Contact] | None:
        """Return both contacts of a pair; None when one of them is gone."""
        first, second = self._repository.find(pair.first), self._repository.find(pair.second)
        return None if first is None or second is None else (first, second)

    def keep_apart(self, pair: Pair, *, by: str) -> None:
        """Remember that two contacts are not one person, and who said so."""
        with self._repository.transaction() as tx:
            tx.put_apart(KeptApart(pair.first, pair.second, by, self._clock()))

    def _move(self, found: list[Pair]) -> None:
        """Move what was said of pairs from the lessons to its own table; where nothing can be written, it stays."""
        if not found:
            return
        with suppress(DatabaseError), self._repository.transaction() as tx:
            for pair in found:
                said = tx.lesson(_among_lessons(pair)) or {}
                tx.put_apart(KeptApart(pair.first, pair.second, str(said.get("by", "")), self._said_at(said)))
                tx.forget_lesson(_among_lessons(pair))

    def _said_at(self, said: Mapping[str, Any]) -> datetime:
        try:
            at = datetime.fromisoformat(str(said.get("at")))
        except ValueError:
            return self._clock()
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def merge(self, kept_id: str, other_id: str, merged: Merged, *, by: str) -> Contact:
        """Make one contact of two: the other goes, and its messages and what they taught come to the one that stays.

        So does its draft, where the one that stays has none. Where either opted out, the one that stays is opted out.
        The number of the other is kept as one that it took over.
        The whole is one change that can be undone. Raises ContactNotFoundError, and then changes nothing.
        """
        title = self._repository.get(kept_id).title
        with self._repository.transaction(undo=f"merge of {title}") as tx:
            kept, other = tx.contact(kept_id), tx.contact(other_id)
            for message in tx.messages(other_id):
                tx.put_message(replace(message, contact_id=kept_id))
            draft = tx.draft(other_id)
            if draft is not None and tx.draft(kept_id) is None:
                tx.save_draft(replace(draft, contact_id=kept_id))
            tx.delete_contact(other_id)
            tx.put_merged(MergedNumber(other.format_e164, kept.format_e164, by, self._clock()))
            one = replace(
                united(kept, other),
                name=merged.name.strip(),
                tags=merged.tags,
                notes=merged.notes,
                fields=merged.fields,
            )
            one = self._with_consent(tx, one, other, by)
            tx.put_contact(self._learned(tx, replace(one, updated_at=self._clock()), other))
            return tx.contact(kept_id)

    def _with_consent(self, tx: Transaction, one: Contact, other: Contact, by: str) -> Contact:
        if one.opt_out or not other.opt_out:
            return one
        how = f"merged with {other.format_e164}, which had opted out"
        tx.add_consent(ConsentEvent(one.format_e164, ConsentKind.OPT_OUT, self._clock(), by, how))
        return replace(one, opt_out=True)

    def _learned(self, tx: Transaction, one: Contact, other: Contact) -> Contact:
        """Return the contact with what the messages of both taught, as if they had always been its own."""
        knowledge = Knowledge(tx.lesson)
        knowledge.relearned(other, (), ())
        sent = tx.messages(one.id)
        events = [event for message in sent for event in tx.events(message.id)]
        learned = knowledge.relearned(one, sent, events)
        for name, lesson in knowledge.lessons().items():
            tx.put_lesson(name, lesson)
        return learned


def _among_lessons(pair: Pair) -> str:
    """Return under what name the lessons may hold that two numbers are not one person."""
    return f"apart {pair.first} {pair.second}"

"""The stores that the faults happen to: ours, and TinyDB on its own JSONStorage as a control."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from msgspec.structs import replace
from tinydb import TinyDB
from tinydb.table import Document

from fault_campaign import layout
from fault_campaign.steps import State, Step
from sent_tui.core.contact import Contact
from sent_tui.core.number_type import NumberType
from sent_tui.store.tinydb import TinyDBRepository

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PATIENCE = 60.0
"""Seconds for which a writer waits for others."""
NOTES = "Prefers the morning; asks for the parcel desk. " * 6
OURS, PLAIN = "ours", "plain"


class Subject(Protocol):
    """A store under test."""

    @property
    def read_only(self) -> str:
        """Why nothing can be written; empty when it can."""

    def apply(self, step: Step) -> None:
        """Do a step; when this returns, it is acknowledged."""

    def look(self) -> None:
        """Notice what others wrote."""

    def view(self) -> State:
        """Return what is there."""

    def close(self) -> None:
        """Let go of the files."""


def identity(place: str) -> str:
    """Return the id of the contact at a place."""
    return str(UUID(int=int(place) + 1))


def person(place: str, name: str) -> Contact:
    """Return the contact at a place: all of it follows from the place and the name."""
    at = int(place)
    area, line = 200 + at // 100 % 800, 100 + at % 100
    return Contact(
        id=identity(place),
        phone_number=f"{area} 555 0{line}",
        format_e164=f"+1{area}5550{line}",
        format_international=f"+1 {area}-555-0{line}",
        format_national=f"({area}) 555-0{line}",
        format_rfc=f"tel:+1-{area}-555-0{line}",
        country_code="1",
        region_code="US",
        number_type=NumberType.FIXED_LINE_OR_MOBILE,
        created_at=AT,
        name=name,
        tags=("fault",),
        notes=f"{name}: {NOTES}",
    )


class Ours:
    """The repository of sent-tui, by its public interface."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self._repository = TinyDBRepository(path, read_only=read_only, lock_timeout=PATIENCE)

    @property
    def read_only(self) -> str:
        """Why nothing can be written."""
        return self._repository.read_only

    def apply(self, step: Step) -> None:
        """Do a step as the app does it."""
        places = dict(step.names)
        if step.kind == "compact":
            layout.compact(self._path)
            self._repository.refresh()
        elif step.kind in {"add", "bulk"}:
            self._repository.add([person(*item) for item in places.items()])
        elif step.kind == "edit":
            ((place, name),) = places.items()
            self._repository.update(identity(place), lambda known: _renamed(known, name))
        elif step.kind == "delete":
            self._repository.delete([identity(place) for place in places])
        else:
            with self._repository.transaction() as tx:
                for place, name in places.items():
                    if name:
                        tx.put_contact(person(place, name))
                    else:
                        tx.delete_contact(identity(place))

    def look(self) -> None:
        """Notice what others wrote."""
        self._repository.refresh()

    def view(self) -> State:
        """Return the names by place; one of a contact that is not whole tells so."""
        found: State = {}
        for row in self._repository.page().rows:
            contact = self._repository.get(row.id)
            place = str(UUID(row.id).int - 1)
            found[place] = contact.name if contact == person(place, contact.name) else f"{contact.name} (not whole)"
        return found

    def close(self) -> None:
        """Let go of the files."""
        self._repository.close()


def _renamed(contact: Contact, name: str) -> Contact:
    return replace(contact, name=name, notes=f"{name}: {NOTES}")


class Plain:
    """TinyDB as it comes."""

    read_only = ""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._database = TinyDB(path)
        self._table = self._database.table("contacts")

    def apply(self, step: Step) -> None:
        """Do a step; a mixed one takes several writes, for there is nothing to group them with."""
        kept = {place: name for place, name in step.names.items() if name}
        if step.kind in {"add", "bulk"}:
            self._table.insert_multiple(_document(*item) for item in kept.items())
            return
        for item in kept.items():
            self._table.upsert(_document(*item))
        gone = [int(place) + 1 for place, name in step.names.items() if not name]
        if gone:
            self._table.remove(doc_ids=gone)

    def look(self) -> None:
        """Do nothing: everything is read anew each time."""

    def view(self) -> State:
        """Return the names by place."""
        return {str(found["place"]): str(found["name"]) for found in self._table}

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _document(place: str, name: str) -> Document:
    value: dict[str, Any] = {"place": place, "name": name, "notes": f"{name}: {NOTES}"}
    return Document(value, int(place) + 1)


def opened(subject: str, path: Path, *, read_only: bool = False) -> Subject:
    """Open a store by its name, made when it is missing."""
    return Plain(path) if subject == PLAIN else Ours(path, read_only=read_only)

"""Everything a face needs, put together once: the store, the gateway and the services on them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sent_tui.errors import UsageError
from sent_tui.gateways.gateway import Gateway
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.contacts import ContactService
from sent_tui.services.sending import SendingService
from sent_tui.store.repository import Repository
from sent_tui.store.tinydb import TinyDBRepository

if TYPE_CHECKING:
    from sent_tui.services.exchange import ExchangeService

GATEWAYS = ("simulator",)
"""The names by which a gateway can be chosen."""


def utc_now() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


def new_uuid() -> str:
    """Return a new random UUID."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Workspace:
    """One database, one gateway, and what can be done with them."""

    repository: Repository
    gateway: Gateway
    contacts: ContactService
    sending: SendingService
    clock: Callable[[], datetime]
    user: str
    """Who sits here; kept with each decision about consent."""

    @property
    def exchange(self) -> ExchangeService:
        """Import and export; loaded when it is asked for, because most runs never do."""
        from sent_tui.services.exchange import ExchangeService

        return ExchangeService(self.contacts, self.repository)

    def close(self) -> None:
        """Let go of the database."""
        self.repository.close()


def assemble(
    repository: Repository,
    gateway: Gateway,
    *,
    user: str,
    clock: Callable[[], datetime] = utc_now,
    new_id: Callable[[], str] = new_uuid,
) -> Workspace:
    """Return the services on a given store and gateway."""
    contacts = ContactService(repository, gateway, clock, new_id)
    return Workspace(
        repository=repository,
        gateway=gateway,
        contacts=contacts,
        sending=SendingService(repository, gateway, clock, new_id),
        clock=clock,
        user=user,
    )


def open_workspace(database: Path, *, gateway: str = "simulator", read_only: bool = False, user: str) -> Workspace:
    """Open a database file, made when it is missing, and a gateway by its name.

    Raises UsageError for an unknown gateway and DatabaseError for a file that cannot be opened.
    """
    network = make_gateway(gateway, clock=utc_now)
    return assemble(TinyDBRepository(database, read_only=read_only), network, user=user)


def make_gateway(name: str, *, clock: Callable[[], datetime]) -> Gateway:
    """Return the gateway of a name; raises UsageError for an unknown one."""
    if name == "simulator":
        return Simulator(clock)
    raise UsageError("No such gateway", f"There is none named {name}.", f"Choose one of: {', '.join(GATEWAYS)}.")

"""Everything a face needs, put together once: the store, the gateway and the services on them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from sent_tui.errors import UsageError
from sent_tui.store.repository import Repository
from sent_tui.store.tinydb import TinyDBRepository

if TYPE_CHECKING:
    from sent_tui.core.prices import Prices
    from sent_tui.gateways.gateway import Gateway
    from sent_tui.services.contacts import ContactService
    from sent_tui.services.exchange import ExchangeService
    from sent_tui.services.inbound import InboundService
    from sent_tui.services.sending import SendingService

GATEWAYS = ("simulator",)
"""The names by which a gateway can be chosen."""


_RANDOM_BITS = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_VERSION_4 = 0x00000000_0000_4000_8000_000000000000


def utc_now() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


def packaged_prices() -> Prices:
    """Return the price list that comes with sent-tui."""
    from sent_tui.services.pricing import packaged_prices

    return packaged_prices()


def new_uuid() -> str:
    """Return a new random UUID."""
    # The same as `uuid.uuid4()`, without an object in between.
    bits = int.from_bytes(os.urandom(16), "big") & _RANDOM_BITS | _VERSION_4
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Workspace:
    """One database, one gateway, and what can be done with them.

    The gateway, the prices and each service are imported and made when they are first asked for: a list needs none
    of them.
    """

    def __init__(
        self,
        repository: Repository,
        connect: Callable[[], Gateway],
        *,
        user: str,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        prices: Callable[[], Prices] = packaged_prices,
    ) -> None:
        self.repository = repository
        self.user = user
        """Who sits here; kept with each decision about consent."""
        self.clock = clock
        self._connect = connect
        self._new_id = new_id
        self._read_prices = prices
        # Two threads may ask at once, and there must be one gateway.
        self._making = RLock()

    @property
    def gateway(self) -> Gateway:
        """The network."""
        with self._making:
            return self._gateway

    @property
    def contacts(self) -> ContactService:
        """What can be done with contacts."""
        with self._making:
            return self._contacts

    @property
    def sending(self) -> SendingService:
        """What can be done with messages."""
        with self._making:
            return self._sending

    @property
    def inbound(self) -> InboundService:
        """What is done with messages that people write."""
        from sent_tui.services.inbound import InboundService

        return InboundService(self.repository, self.gateway.name, self.clock)

    @property
    def prices(self) -> Prices:
        """What messages cost; raises UsageError for a price list that cannot be understood."""
        with self._making:
            return self._prices

    @property
    def exchange(self) -> ExchangeService:
        """Import and export."""
        from sent_tui.services.exchange import ExchangeService

        return ExchangeService(self.contacts, self.repository)

    def prepare(self) -> None:
        """Make ready what is made on first use, the price list read: for a thread that may take its time."""
        with self._making:
            _ = self._sending

    def close(self) -> None:
        """Let go of the database."""
        self.repository.close()

    @cached_property
    def _gateway(self) -> Gateway:
        return self._connect()

    @cached_property
    def _prices(self) -> Prices:
        return self._read_prices()

    @cached_property
    def _contacts(self) -> ContactService:
        from sent_tui.services.contacts import ContactService

        return ContactService(self.repository, self._gateway, self.clock, self._new_id)

    @cached_property
    def _sending(self) -> SendingService:
        from sent_tui.services.sending import SendingService

        return SendingService(self.repository, self._gateway, self.clock, self._new_id, self._prices)


def assemble(
    repository: Repository,
    gateway: Gateway,
    *,
    user: str,
    clock: Callable[[], datetime] = utc_now,
    new_id: Callable[[], str] = new_uuid,
    prices: Callable[[], Prices] = packaged_prices,
) -> Workspace:
    """Return the services on a given store and gateway."""
    return Workspace(repository, lambda: gateway, user=user, clock=clock, new_id=new_id, prices=prices)


def open_workspace(
    database: Path,
    *,
    gateway: str = "simulator",
    read_only: bool = False,
    user: str,
    prices: Callable[[], Prices] = packaged_prices,
    on_progress: Callable[[int, int], None] | None = None,
) -> Workspace:
    """Open a database file, made when it is missing, and a gateway by its name.

    Where the index of a large file has to be made first, `on_progress` is told how many bytes of how many are done.
    Raises UsageError for an unknown gateway and DatabaseError for a file that cannot be opened.
    """
    check_gateway(gateway)
    return Workspace(
        TinyDBRepository(database, read_only=read_only, on_progress=on_progress),
        lambda: make_gateway(gateway, clock=utc_now),
        user=user,
        clock=utc_now,
        new_id=new_uuid,
        prices=prices,
    )


def make_gateway(name: str, *, clock: Callable[[], datetime]) -> Gateway:
    """Return the gateway of a name; raises UsageError for an unknown one."""
    check_gateway(name)
    from sent_tui.gateways.simulator import Simulator

    return Simulator(clock)


def check_gateway(name: str) -> None:
    """Raise UsageError for a name that no gateway has."""
    if name not in GATEWAYS:
        raise UsageError("No such gateway", f"There is none named {name}.", f"Choose one of: {', '.join(GATEWAYS)}.")

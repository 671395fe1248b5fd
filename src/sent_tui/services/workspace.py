"""Everything a face needs, put together once: the store, the gateway and the services on them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from sent_tui.core.patience import USUAL_PATIENCE, Patience
from sent_tui.errors import UsageError
from sent_tui.store.repository import Repository
from sent_tui.store.tinydb import TinyDBRepository

if TYPE_CHECKING:
    from sent_tui.core.prices import Prices
    from sent_tui.gateways.gateway import Gateway, LiveGateway
    from sent_tui.services.accepting import AcceptingService
    from sent_tui.services.account import AccountService
    from sent_tui.services.bulk import BulkService
    from sent_tui.services.bulk_edit import BulkEditService
    from sent_tui.services.checking import CheckingService
    from sent_tui.services.contacts import ContactService
    from sent_tui.services.drafts_to_many import DraftsToMany
    from sent_tui.services.duplicates import DuplicateService
    from sent_tui.services.evaluation import EvaluationService
    from sent_tui.services.exchange import ExchangeService
    from sent_tui.services.hearing import HearingService
    from sent_tui.services.inbound import InboundService
    from sent_tui.services.learning import LearningService
    from sent_tui.services.sending import SendingService
    from sent_tui.services.sync import SyncService
    from sent_tui.services.sync_history import HistoryService
    from sent_tui.services.undoing import UndoService
    from sent_tui.services.views import ViewService

GATEWAYS = ("simulator", "sent")
"""The names by which a gateway can be chosen."""
LIVED_IN = "lively"
"""The simulated world that people meet unless they choose another one."""


_RANDOM_BITS = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_VERSION_4 = 0x00000000_0000_4000_8000_000000000000
_PATTERN = b"xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx"
"""How a random UUID is written: x is any digit, y one that tells how the digits are to be read."""
_DIGITS = 32
_VARIANT = bytes.maketrans(b"0123456789abcdef", b"89ab" * 4)


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


def new_uuids(count: int) -> list[str]:
    """Return so many of them; for many, that is far faster than one by one."""
    digits = os.urandom(16 * count).hex().encode()
    written = bytearray(_PATTERN * count)
    size = len(_PATTERN)
    for at, place in enumerate(place for place, mark in enumerate(_PATTERN) if mark in b"xy"):
        # One digit of all of them at a time.
        column = digits[at::_DIGITS]
        written[place::size] = column.translate(_VARIANT) if _PATTERN[place] == ord("y") else column
    text = written.decode()
    return [text[start : start + size] for start in range(0, len(text), size)]


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
        patience: Patience = USUAL_PATIENCE,
        views: Path | None = None,
    ) -> None:
        self.repository = repository
        self.user = user
        """Who sits here; kept with each decision about consent."""
        self.clock = clock
        self._connect = connect
        self._new_id = new_id
        self._read_prices = prices
        self.patience = patience
        """How long the steps of a plan may take."""
        self._view_file = views
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
    def accepting(self) -> AcceptingService:
        """What takes messages in for many numbers at once."""
        from sent_tui.services.accepting import AcceptingService

        return AcceptingService(self.repository, self.contacts, self.sending.claiming, self.clock)

    @property
    def bulk(self) -> BulkService:
        """What can be done with bulk sends."""
        from sent_tui.services.bulk import BulkService

        return BulkService(self.repository, self.sending, self.clock, self._new_id)

    @cached_property
    def drafts_to_many(self) -> DraftsToMany:
        """What was begun to many and not sent."""
        from sent_tui.services.drafts_to_many import DraftsToMany

        return DraftsToMany(self.repository, self.clock)

    @property
    def bulk_edit(self) -> BulkEditService:
        """What can be done with many contacts at once."""
        from sent_tui.services.bulk_edit import BulkEditService

        return BulkEditService(self.repository, self.clock, self._new_id)

    @property
    def undoing(self) -> UndoService:
        """What takes changes back."""
        from sent_tui.services.undoing import UndoService

        return UndoService(self.repository, self.clock)

    @property
    def duplicates(self) -> DuplicateService:
        """What can be done with contacts that may be one person."""
        from sent_tui.services.duplicates import DuplicateService

        return DuplicateService(self.repository, self.clock)

    @property
    def checking(self) -> CheckingService:
        """What finds out anew which channels reach contacts."""
        from sent_tui.services.checking import CheckingService

        return CheckingService(self.repository, self.gateway, self.clock)

    @property
    def account(self) -> AccountService | None:
        """Whose account messages go out from; None on a network that has none."""
        from sent_tui.gateways.gateway import LiveGateway
        from sent_tui.services.account import AccountService

        gateway = self.gateway
        return AccountService(gateway, self.checking) if isinstance(gateway, LiveGateway) else None

    @property
    def sync(self) -> SyncService | None:
        """What keeps contacts in step with those of an account; None on a network that has none."""
        from sent_tui.gateways.gateway import LiveGateway
        from sent_tui.services.sync import SyncService

        gateway = self.gateway
        if not isinstance(gateway, LiveGateway):
            return None
        return SyncService(self.repository, gateway, self.clock, self._new_id)

    @property
    def history(self) -> HistoryService | None:
        """What reads conversations from an account; None on a network that has none."""
        from sent_tui.gateways.gateway import LiveGateway
        from sent_tui.services.sync_history import HistoryService

        gateway = self.gateway
        if not isinstance(gateway, LiveGateway):
            return None
        return HistoryService(self.repository, gateway, self.clock, self.inbound, self.sending.handing_over)

    @property
    def inbound(self) -> InboundService:
        """What is done with messages that people write."""
        from sent_tui.services.inbound import InboundService

        return InboundService(self.repository, self.gateway.name, self.clock)

    @property
    def hearing(self) -> HearingService | None:
        """What asks for the answers of people; None on a network that cannot be asked."""
        from sent_tui.gateways.gateway import HearingGateway
        from sent_tui.services.hearing import HearingService

        gateway = self.gateway
        return HearingService(self.repository, gateway, self.inbound) if isinstance(gateway, HearingGateway) else None

    @property
    def learning(self) -> LearningService:
        """What the delivery model learned, kept in step with the reports."""
        from sent_tui.services.learning import LearningService

        return LearningService(self.repository)

    @property
    def prices(self) -> Prices:
        """What messages cost; raises UsageError for a price list that cannot be understood."""
        with self._making:
            return self._prices

    @property
    def evaluation(self) -> EvaluationService:
        """What decisions on routes were worth."""
        from sent_tui.services.evaluation import EvaluationService

        return EvaluationService(self.repository)

    @cached_property
    def views(self) -> ViewService:
        """Saved views of the contact list."""
        from sent_tui.services.views import ViewService

        return ViewService(self._view_file)

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
        """Let go of the database, and of connections to the network."""
        self.repository.close()
        with self._making:
            # Not made only to be closed.
            gateway = self.__dict__.get("_gateway")
        if gateway is not None:
            close_gateway(gateway)

    @cached_property
    def _gateway(self) -> Gateway:
        return self._connect()

    @cached_property
    def _prices(self) -> Prices:
        return self._read_prices()

    @cached_property
    def _contacts(self) -> ContactService:
        from sent_tui.services.contacts import ContactService

        new_ids = new_uuids if self._new_id is new_uuid else None
        return ContactService(self.repository, self._gateway, self.clock, self._new_id, new_ids)

    @cached_property
    def _sending(self) -> SendingService:
        from sent_tui.services.sending import SendingService

        return SendingService(self.repository, self._gateway, self.clock, self._new_id, self._prices, self.patience)


def assemble(
    repository: Repository,
    gateway: Gateway,
    *,
    user: str,
    clock: Callable[[], datetime] = utc_now,
    new_id: Callable[[], str] = new_uuid,
    prices: Callable[[], Prices] = packaged_prices,
    patience: Patience = USUAL_PATIENCE,
    views: Path | None = None,
) -> Workspace:
    """Return the services on a given store and gateway."""
    return Workspace(
        repository,
        lambda: gateway,
        user=user,
        clock=clock,
        new_id=new_id,
        prices=prices,
        patience=patience,
        views=views,
    )


def open_workspace(
    database: Path,
    *,
    gateway: str = "simulator",
    simulator_world: str = LIVED_IN,
    read_only: bool = False,
    user: str,
    prices: Callable[[], Prices] = packaged_prices,
    patience: Patience = USUAL_PATIENCE,
    views: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Workspace:
    """Open a database file, made when it is missing, and a gateway by its name.

    `views` is the file of saved views; without it they last as long as the program.
    `simulator_world` is `calm`, `lively` or `rough`, and means nothing to another gateway. Where the index of a large
    file has to be made first, `on_progress` is told how many bytes of how many are done.
    Raises UsageError for an unknown gateway and DatabaseError for a file that cannot be opened.
    """
    check_gateway(gateway)
    return Workspace(
        TinyDBRepository(database, read_only=read_only, on_progress=on_progress),
        lambda: make_gateway(gateway, clock=utc_now, simulator_world=simulator_world),
        user=user,
        clock=utc_now,
        new_id=new_uuid,
        prices=prices,
        patience=patience,
        views=views,
    )


def make_gateway(name: str, *, clock: Callable[[], datetime], simulator_world: str = LIVED_IN) -> Gateway:
    """Return the gateway of a name; raises UsageError for an unknown one."""
    check_gateway(name)
    if name == "sent":
        return live_gateway(clock=clock)
    from sent_tui.gateways.simulator import Simulator
    from sent_tui.gateways.simulator_world import WORLDS

    return Simulator(clock, world=WORLDS[simulator_world])


def live_gateway(*, clock: Callable[[], datetime]) -> LiveGateway:
    """Return the gateway to Sent. Its key and its address are looked for when it is asked something."""
    from sent_tui.api_key import find_key
    from sent_tui.gateways.sent import SentGateway
    from sent_tui.gateways.sent_address import VARIABLE, read_address

    environ = os.environ
    return SentGateway(clock, lambda: find_key(environ).secret, lambda: read_address(environ.get(VARIABLE, "")))


def close_gateway(gateway: Gateway) -> None:
    """Let go of a gateway's connections, where it has any."""
    from sent_tui.gateways.gateway import LiveGateway

    if isinstance(gateway, LiveGateway):
        gateway.close()


def check_gateway(name: str) -> None:
    """Raise UsageError for a name that no gateway has."""
    if name not in GATEWAYS:
        raise UsageError("No such gateway", f"There is none named {name}.", f"Choose one of: {', '.join(GATEWAYS)}.")

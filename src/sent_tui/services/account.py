"""The account that messages go out from: whose it is, and whether anything really goes out."""

from __future__ import annotations

from sent_tui.core.contact import Contact
from sent_tui.gateways.gateway import Account, LiveGateway
from sent_tui.services.checking import CheckingService


class AccountService:
    """What can be done with the account of a network that costs money. Calls block, as those of a gateway do."""

    def __init__(self, gateway: LiveGateway, checking: CheckingService) -> None:
        self._gateway = gateway
        self._checking = checking

    @property
    def is_live(self) -> bool:
        """Whether messages really go out; asks nobody."""
        return self._gateway.is_armed

    def prepare(self) -> None:
        """Raise SetupError where the package, a key or a fit address is missing; asks nobody."""
        self._gateway.prepare()

    def account(self) -> Account:
        """Ask whose account it is; raises a NetworkError when that cannot be told."""
        return self._gateway.account()

    def arm(self) -> Account:
        """Have messages really go out until the program ends, and return whose account they go out from.

        Raises a NetworkError, and stays as it is, when that cannot be told.
        """
        account = self._gateway.account()
        self._gateway.arm()
        return account

    def disarm(self) -> None:
        """Have nothing go out any more."""
        self._gateway.disarm()

    def look_up(self, contact_id: str, number: str) -> Contact:
        """Look the number of a contact up in a register that charges for each look, and keep what it says.

        Raises a NetworkError when it cannot be looked up.
        """
        return self._checking.found(contact_id, self._gateway.look_up(number))

"""The account: whose it is, the question before messages really go out, and the way to its contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from sent_tui.tui.messages import AccountTold
from sent_tui.tui.safe import BREAK, join, notify

if TYPE_CHECKING:
    from textual.app import App
    from textual.content import Content

    from sent_tui.gateways.gateway import Account
    from sent_tui.services.workspace import Workspace
    from sent_tui.tui.session import Session

    _Base = App[None]
else:
    _Base = object

SIMULATED = "This gateway sends nothing for real. Begin with --gateway sent to send live."
NO_ACCOUNT = "This gateway has no account to sync with. Begin with --gateway sent."
STOPPED = "Live sending is off: Sent checks messages and sends nothing."


class SendsLive(_Base):
    """Before an app in the bases: it asks whose account it is, and sends live only after a person said so.

    Each run begins without live sending, and it ends with the run.
    """

    if TYPE_CHECKING:
        workspace: Workspace
        session: Session

        def show_status(self) -> None:
            """Show the gateway as it is now."""

    def action_switch_live(self) -> None:
        """Ask whether to send live from now on, or stop doing it."""
        self._switch_live()

    def action_sync(self) -> None:
        """Sync with the contacts of the account, where the gateway has one."""
        from sent_tui.tui.screens.sync import SyncScreen

        if self.workspace.sync is None:
            notify(self, NO_ACCOUNT)
        elif not any(isinstance(screen, SyncScreen) for screen in self.screen_stack):
            self.push_screen(SyncScreen(self.session))

    def on_account_told(self, message: AccountTold) -> None:
        """Show whose account it is, and ask the person where live sending was wanted."""
        self.show_status()
        if message.is_armed:
            notify(self, f"Live: messages go out from {message.account.name} until sent-tui is closed.")
        elif message.is_wanted:
            self._ask_person(message.account)

    @work(thread=True, group="account", exit_on_error=False, description="ask whose account it is")
    def ask_account(self) -> None:
        """Find out whose account it is, where the gateway has one."""
        service = self.workspace.account
        if service is not None:
            self.post_message(AccountTold(service.account()))

    @work(thread=True, group="account", exit_on_error=False, description="switch live sending")
    def _switch_live(self) -> None:
        service = self.workspace.account
        if service is None:
            self.call_from_thread(notify, self, SIMULATED)
        elif service.is_live:
            service.disarm()
            self.call_from_thread(self.show_status)
            self.call_from_thread(notify, self, STOPPED)
        else:
            self.post_message(AccountTold(service.account(), is_wanted=True))

    @work(thread=True, group="account", exit_on_error=False, description="begin to send live")
    def _arm(self) -> None:
        service = self.workspace.account
        if service is not None:
            self.post_message(AccountTold(service.arm(), is_armed=True))

    def _ask_person(self, account: Account) -> None:
        from sent_tui.tui.screens.dialogs import Confirm

        if any(isinstance(screen, Confirm) for screen in self.screen_stack):
            return
        question = Confirm(
            join("Send live from ", (account.name, "bold"), "?"),
            question_body(account),
            yes="Send live",
            dangerous=True,
        )
        self.push_screen(question, self._answered)

    def _answered(self, answer: bool | None) -> None:
        if answer:
            self._arm()


def question_body(account: Account) -> Content:
    """Return what a person should know before messages go out from an account."""
    ways = ", ".join(account.usable) or "no channel that is set up"
    return join(
        ("From now on messages reach people, cost money and cannot be called back.", ""),
        BREAK,
        (f"Channels: {ways}.", ""),
        BREAK,
        ("It ends when sent-tui is closed.", "$text-muted"),
    )

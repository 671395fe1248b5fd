"""What can be done with a contact, on every screen that has one: each command asks, calls a service and reports."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from textual import work
from textual.content import Content

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel
from sent_tui.core.message import STATUS_WORDS
from sent_tui.core.text import plural
from sent_tui.errors import SentTuiError
from sent_tui.store.repository import Change, ChangeKind
from sent_tui.tui.keymap import keymap_of
from sent_tui.tui.messages import SendRequested, WorkDone, WorkFailed
from sent_tui.tui.safe import copy, join, safe
from sent_tui.tui.screens.once import Page
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.channel_badge import WORDS
from sent_tui.tui.widgets.status_line import KeyLine

if TYPE_CHECKING:
    from sent_tui.core.contact import Contact
    from sent_tui.core.message import Message


class OnContact(Page[None]):
    """A screen with a contact to act on."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.workspace = session.workspace

    @property
    @abstractmethod
    def contact_id(self) -> str:
        """The contact to act on; empty when there is none."""

    def contact(self) -> Contact | None:
        """Return the contact to act on, or say that there is none."""
        if self.contact_id:
            try:
                return self.workspace.repository.get(self.contact_id)
            except SentTuiError as error:
                self.post_message(WorkFailed.of(error))
                return None
        self.say("No contact is selected.")
        return None

    def concerns(self, change: Change, shown: Collection[str] = ()) -> bool:
        """Return whether a change is one of this contact, or of messages that are shown (their ids)."""
        if change.kind is ChangeKind.CONTACTS:
            return self.contact_id in change.ids
        return change.kind is ChangeKind.MESSAGES and not change.ids.isdisjoint(shown)

    def say(self, news: str) -> None:
        """Show a piece of news in the key line."""
        for line in self.query(KeyLine):
            line.news = news

    def key(self, command_id: str) -> str:
        """Return the key of a command, as people write it."""
        return keymap_of(self.app).label_of(command_id)

    def undoable(self, done: str) -> str:
        """Return what was done, with the key that takes it back."""
        return f"{done} · {self.key('undo')} undoes"

    async def ask(self, title: Content, body: Content, *, yes: str, dangerous: bool = False) -> bool:
        """Ask a question and wait for the answer."""
        # Imported with the first question: the list is painted before that.
        from sent_tui.tui.screens.dialogs import Confirm

        return await self.app.push_screen_wait(Confirm(title, body, yes=yes, dangerous=dangerous))

    async def choose(
        self, title: Content, offered: Iterable[tuple[str, Content]], *, note: Content | None = None, at: int = 0
    ) -> str | None:
        """Offer values by their labels, and return the one that is chosen."""
        # Imported with the first choice, for the same reason.
        from sent_tui.tui.screens.dialogs import Choice, Choose

        choices = [Choice(value, label) for value, label in offered]
        return await self.app.push_screen_wait(Choose(title, choices, note=note, at=at))

    @work(thread=True, exit_on_error=False, description="change a contact")
    def change(self, work_to_do: Callable[[], object], done: str) -> None:
        """Call a service off the event loop and report what came of it, wherever one is by then."""
        self._report(work_to_do, done)

    @work(thread=True, exit_on_error=False, group="network", description="ask the network")
    def ask_network(self, work_to_do: Callable[[], object], done: str) -> None:
        """Do the same with a service that asks the network, for which no key waits."""
        self._report(work_to_do, done)

    def _report(self, work_to_do: Callable[[], object], done: str) -> None:
        app = self.app
        try:
            work_to_do()
        except SentTuiError as error:
            app.post_message(WorkFailed.of(error))
        else:
            app.post_message(WorkDone(done))

    def action_send(self) -> None:
        """Write a message to the contact."""
        if self.contact():
            self.post_message(SendRequested(self.contact_id))

    def send_again(self, message: Message) -> None:
        """Send a message again, or say why not."""
        try:
            why_not = self.workspace.sending.why_no_retry(message)
        except SentTuiError as error:
            why_not = str(error)
        if why_not:
            self.say(f"Not sent again. {why_not}")
            return
        self.ask_network(lambda: self.workspace.sending.retry(message.id), "Sent again.")

    @work(exit_on_error=False, description="cancel a message")
    async def call_off(self, message: Message) -> None:
        """Cancel a message after a question that says what that can do, or say why it cannot be."""
        if message.is_done:
            self.say(f"Not cancelled: it is {STATUS_WORDS.get(message.status, message.status)}.")
            return
        if message.is_waiting:
            body, done = join("It waits for its time, and nothing was sent."), "Cancelled: nothing was sent."
        else:
            body = join("What was handed over cannot be called back; no other step goes out.")
            done = "No other step goes out."
        if await self.ask(join("Cancel this message?"), body, yes="Cancel it"):
            self.change(lambda: self.workspace.sending.cancel(message.id), done)

    def action_why(self) -> None:
        """Show what the route and each estimate rest on."""
        # Imported when it is opened: the list is painted before that.
        from sent_tui.tui.screens.why import WhyScreen

        if self.contact():
            self.app.push_screen(WhyScreen(self.session, self.contact_id))

    @work(exit_on_error=False, description="edit a contact")
    async def action_edit(self) -> None:
        """Edit name, tags, notes and fields."""
        contact = self.contact()
        if contact is None:
            return
        # Imported when it is opened, for the same reason.
        from sent_tui.tui.screens.edit import EditScreen

        edited = await self.app.push_screen_wait(EditScreen(self.session, contact))
        if edited is not None:
            contacts = self.workspace.contacts
            self.change(
                lambda: contacts.edit(
                    contact.id, name=edited.name, tags=edited.tags, notes=edited.notes, fields=edited.fields
                ),
                self.undoable("Saved"),
            )

    def action_check(self) -> None:
        """Look up the channels again."""
        if contact := self.contact():
            self.say("Checking channels …")
            self.ask_network(lambda: self.workspace.contacts.check(contact.id), "Channels checked.")

    @work(exit_on_error=False, description="choose the default channel")
    async def action_choose_default(self) -> None:
        """Pin the default channel, or give the choice back to the router."""
        contact = self.contact()
        if contact is None:
            return
        offered = [("auto", join(("Automatic", "bold"), "   the router decides and keeps learning"))]
        for known in CHANNEL_ORDER:
            state = WORDS[contact.availability(known)]
            offered.append((known.value, join((f"{known.label:<9}", "bold"), f"   {state}")))
        at = (
            CHANNEL_ORDER.index(contact.default_channel) + 1
            if contact.default_pinned and contact.default_channel
            else 0
        )
        title = join("Default channel of ", safe(contact.title, "bold", 60))
        answer = await self.choose(title, offered, at=at)
        if answer is None:
            return
        channel = None if answer == "auto" else Channel(answer)
        if channel is not None and contact.availability(channel) is Availability.UNAVAILABLE:
            self.say(f"{channel.label} does not reach this number.")
            return
        done = self.undoable(f"{channel.label} is the default" if channel else "The router decides again")
        self.change(lambda: self.workspace.contacts.set_default(contact.id, channel), done)

    @work(exit_on_error=False, description="opt out or in")
    async def action_toggle_consent(self) -> None:
        """Opt the contact out, or in again, after a question."""
        contact = self.contact()
        if contact is None:
            return
        name = safe(contact.title, "bold", 60)
        by, contacts = self.workspace.user, self.workspace.contacts
        if contact.opt_out:
            body = join("Only opt in when the person asked for it: ", name, " told us to stop.")
            if await self.ask(join("Opt in again?"), body, yes="Opt in", dangerous=True):
                self.change(lambda: contacts.opt_in(contact.id, by=by), self.undoable("Opted in"))
            return
        body = join("No message will go to ", name, " on any channel until the person opts in again.")
        if await self.ask(join("Opt out?"), body, yes="Opt out"):
            self.change(lambda: contacts.opt_out(contact.id, by=by), self.undoable("Opted out"))

    @work(exit_on_error=False, description="copy a format")
    async def action_copy(self) -> None:
        """Copy the number in one of its formats; the dialog shows them, to be selected by hand as well."""
        contact = self.contact()
        if contact is None:
            return
        formats = {
            "E.164": contact.format_e164,
            "International": contact.format_international,
            "National": contact.format_national,
            "RFC 3966": contact.format_rfc,
        }
        offered = [(text, join((f"{label:<15}", "$text-muted"), text)) for label, text in formats.items()]
        note = join(
            "Enter copies through the terminal (OSC 52). Where that does not work, select with Shift and the mouse."
        )
        text = await self.choose(join("Copy the number"), offered, note=note)
        if text is not None:
            self._copy(text)

    def action_copy_e164(self) -> None:
        """Copy the number in E.164 without a question."""
        if contact := self.contact():
            self._copy(contact.format_e164)

    def _copy(self, text: str) -> None:
        copy(self.app, text)
        self.say(f"Copied {text}")

    @work(exit_on_error=False, description="delete a contact")
    async def action_delete(self) -> None:
        """Delete the contact after a question that says what is lost."""
        contact = self.contact()
        if contact is None:
            return
        title = join("Delete ", safe(contact.title, "bold", 60), "?")
        if not await self.ask(title, self._loss(contact), yes="Delete", dangerous=True):
            return
        self.change(lambda: self.workspace.contacts.delete([contact.id]), self.undoable("Deleted"))

    def _loss(self, contact: Contact) -> Content:
        attempts = sum(status.attempts for status in contact.channels)
        learned = plural(attempts, "delivery", "deliveries")
        sentences = [
            f"{contact.format_international}: its name, tags, notes and what {learned} taught are lost.",
            "Messages and the record of opt-outs stay.",
            f"To stop messages, opt the contact out instead ({self.key('toggle-consent')}): that keeps the proof.",
        ]
        return Content("\n").join([safe(sentence) for sentence in sentences])

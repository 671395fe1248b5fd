"""One contact, whole: who it is, how it is reached and why, and every message."""

from __future__ import annotations

from typing import ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import var

from sent_tui.core.numbering import facts
from sent_tui.core.rationale import Rationale
from sent_tui.core.search_index import Results
from sent_tui.errors import NotFoundError, SentTuiError
from sent_tui.store.repository import Change
from sent_tui.tui.commands import DETAIL, EVERYWHERE, ON_CONTACT, bindings
from sent_tui.tui.messages import RationaleRead, WorkDone, WorkFailed
from sent_tui.tui.profile import read_profile
from sent_tui.tui.rationale import ReadsRationale
from sent_tui.tui.screens.on_contact import OnContact
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.contact_halves import HistoryView, IdentityView
from sent_tui.tui.widgets.contact_lines import Profile
from sent_tui.tui.widgets.status_line import KeyLine, TopLine


class ContactScreen(ReadsRationale, OnContact):
    """The profile of a contact at the left, its messages at the right; beneath each other in little room."""

    TITLE = "Contact"
    BINDINGS: ClassVar[list[BindingType]] = bindings(DETAIL, ON_CONTACT)
    AUTO_FOCUS = "IdentityView"

    profile: var[Profile | None] = var(None)
    rationale: var[Rationale | None] = var(None)
    """What the estimates rest on; None until that was worked out."""

    identity = getters.query_one(IdentityView)
    history = getters.query_one(HistoryView)

    def __init__(self, session: Session, contact_id: str, results: Results | None = None) -> None:
        """Open a contact; `results` are those among which the next and the previous one are."""
        super().__init__(session)
        self._contact_id = contact_id
        self._results = Results() if results is None else results
        self._facts: tuple[tuple[str, str], ...] = ()
        self._was_left = False

    @property
    def contact_id(self) -> str:
        """The open contact."""
        return self._contact_id

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Contact")
        yield IdentityView().data_bind(profile=ContactScreen.profile, rationale=ContactScreen.rationale)
        yield HistoryView().data_bind(profile=ContactScreen.profile)
        yield KeyLine(ON_CONTACT, DETAIL, EVERYWHERE)

    def on_mount(self) -> None:
        """Read the contact and listen to changes."""
        self.session.changes.subscribe(self, self._repository_changed, immediate=True)
        self._open(self._contact_id)

    def on_screen_resume(self) -> None:
        """Bring ages up to date after another screen was open; one that was only just opened has read them."""
        if self._was_left:
            self.reload()

    def on_screen_suspend(self) -> None:
        """Note that another screen is open."""
        self._was_left = True

    def reload(self) -> None:
        """Read the contact anew; a contact that is gone, or cannot be read, closes the screen."""
        try:
            self.profile = read_profile(self.workspace, self._contact_id, self._facts)
            # What is heavier comes after the paint.
            self.identity.call_after_refresh(self.read_rationale, self._contact_id)
        except SentTuiError as error:
            self.profile = None
            if not isinstance(error, NotFoundError):
                self.post_message(WorkFailed.of(error))
            if self.is_current:
                self.dismiss()

    def on_rationale_read(self, message: RationaleRead) -> None:
        """Show what the estimates rest on, of the contact that is open now."""
        if message.contact_id == self._contact_id:
            self.rationale = message.rationale

    def _open(self, contact_id: str) -> None:
        self._contact_id = contact_id
        self._facts = ()
        self.reload()
        # The first look-up of all loads large tables, which would take its time from the contact itself.
        self.identity.call_after_refresh(self._want_facts)

    def _want_facts(self) -> None:
        if self.profile is not None:
            self._look_up_facts(self.profile.contact.format_e164)

    @work(thread=True, exclusive=True, group="facts", exit_on_error=False, description="look up place and carrier")
    def _look_up_facts(self, number: str) -> None:
        known = facts(number)
        rows = (("Place", known.place), ("Carrier", known.carrier), ("Local time", self._local_times(known.time_zones)))
        self.app.call_from_thread(self._show_facts, number, tuple((label, value) for label, value in rows if value))

    def _local_times(self, zones: tuple[str, ...]) -> str:
        from zoneinfo import ZoneInfo, available_timezones  # reads a folder, and only an open contact needs it

        now, known = self.workspace.clock(), available_timezones()
        return ", ".join(f"{now.astimezone(ZoneInfo(zone)):%H:%M} {zone}" for zone in zones[:3] if zone in known)

    def _show_facts(self, number: str, found: tuple[tuple[str, str], ...]) -> None:
        if self.profile is not None and self.profile.contact.format_e164 == number:
            self._facts = found
            self.reload()

    def _repository_changed(self, change: Change) -> None:
        stories = self.profile.stories if self.profile else ()
        if self.concerns(change, [story.message.id for story in stories]):
            self.reload()

    def why_disabled(self, command: str) -> str:
        """Return why a command on the last message is not possible."""
        without = self.profile is None or not self.profile.stories
        return "There is no message yet." if without and command in {"open_message", "retry", "cancel"} else ""

    def action_next_contact(self, step: int) -> None:
        """Open the next or the previous contact of the list."""
        place = self._results.place(self._contact_id)
        if place is None or not 0 <= place + step < len(self._results):
            self.say("There is no further contact in this direction.")
            return
        self._open(self._results[place + step].id)

    def action_retry(self) -> None:
        """Send the last message again, or say why not."""
        for story in self.profile.stories[:1] if self.profile else ():
            self.send_again(story.message)

    def action_open_message(self) -> None:
        """Open the last message."""
        # Imported when it is opened: the contact is painted before that.
        from sent_tui.tui.screens.message import MessageScreen

        self.app.push_screen(MessageScreen(self.session, self._contact_id))

    def action_cancel(self) -> None:
        """Call off the last message that waits for its time, or else the last one, after a question."""
        messages = [story.message for story in self.profile.stories] if self.profile else []
        for message in [message for message in messages if message.is_waiting][:1] or messages[:1]:
            self.call_off(message)

    @work(thread=True, exit_on_error=False, group="history", description="read the messages from Sent")
    def action_read_history(self) -> None:
        """Add the messages of the contact that the account knows of."""
        app, service = self.app, self.workspace.history
        if service is None:
            app.post_message(WorkDone("This gateway has no account to read from."))
            return
        app.post_message(WorkDone("Reading the messages …"))
        app.post_message(WorkDone(service.read(self._contact_id).words))

    def action_back(self) -> None:
        """Return to the list."""
        self.dismiss()

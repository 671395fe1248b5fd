"""The create form: a number is judged while it is typed, and becomes a contact step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import Button, Static
from textual.worker import Worker, WorkerState

from sent_tui.core.contact import Contact, LifecycleStep, StepKind
from sent_tui.core.custom_fields import FieldError
from sent_tui.core.phone import InvalidNumber, PhoneNumber
from sent_tui.errors import SentTuiError
from sent_tui.services.contacts import Created, NewContact
from sent_tui.store.repository import Change
from sent_tui.tui.commands import CREATE, EVERYWHERE, bindings
from sent_tui.tui.messages import WorkFailed
from sent_tui.tui.numbering_plans import load_numbering_plans
from sent_tui.tui.safe import join
from sent_tui.tui.screens.batch import BatchScreen
from sent_tui.tui.screens.countries import NO_COUNTRY, choose_country
from sent_tui.tui.screens.dialogs import Confirm
from sent_tui.tui.screens.once import Page
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.contact_form import ContactForm, FormState
from sent_tui.tui.widgets.country_field import CountryField
from sent_tui.tui.widgets.layout import lay_out
from sent_tui.tui.widgets.lifecycle_view import Steps
from sent_tui.tui.widgets.number_view import Verdict, doubt_lines, judge
from sent_tui.tui.widgets.outcome import Outcome, Phase
from sent_tui.tui.widgets.phone_input import PhoneInput
from sent_tui.tui.widgets.status_line import KeyLine, TopLine

WHAT_NEXT = "enter opens it, ctrl+n starts another"
DIALOG_WIDTH = 50
"""Cells of a line in a dialog; narrow enough for the smallest terminal."""


class CreateScreen(Page[str | None]):
    """The form at the left, what is known of the number at the right; gives back the id of a contact to go to.

    The state holds what was typed, also after the screen is gone: give it again for the next time.
    """

    TITLE = "New contact"
    CSS_PATH = "create.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(CREATE)
    AUTO_FOCUS = "#number"

    phase: var[Phase] = var(Phase.TYPING)
    verdict: var[Verdict] = var(Verdict)
    """What the text in the number field means."""
    trouble: var[Content] = var(Content)
    """Why there is no contact yet; empty while there is no trouble."""
    steps: var[Steps] = var(dict)
    """The steps of the lifecycle that began."""
    created: var[Created | None] = var(None)
    """What became of the number."""

    form = getters.query_one(ContactForm)

    @dataclass(eq=False, repr=False)
    class NumbersReady(Message):
        """The tables of the numbering plans are loaded."""

    @dataclass(eq=False, repr=False)
    class Stepped(Message):
        """A step of the lifecycle began (None) or ended."""

        kind: StepKind
        step: LifecycleStep | None

    @dataclass(eq=False, repr=False)
    class Ended(Message):
        """The contact is there."""

        created: Created

    @dataclass(eq=False, repr=False)
    class Failed(Message):
        """There is no contact, and why."""

        title: str
        text: str

    def __init__(self, session: Session, state: FormState | None = None) -> None:
        super().__init__()
        self.session = session
        self.workspace = session.workspace
        self.state = FormState() if state is None else state
        self._is_ready = False
        self._saves_when_ready = False

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("New contact")
        with Horizontal(id="halves"):
            yield ContactForm(self.state)
            yield Outcome().data_bind(
                CreateScreen.phase, CreateScreen.verdict, CreateScreen.steps, CreateScreen.created
            )
        yield KeyLine(CREATE, EVERYWHERE, typing=True)

    def on_mount(self) -> None:
        """Load what parsing needs, off the event loop, and listen to changes."""
        self.session.changes.subscribe(self, self._repository_changed)
        self._show_trouble()
        self._load_numbers()

    @work(thread=True, group="numbers", exit_on_error=False, description="load the numbering plans")
    def _load_numbers(self) -> None:
        load_numbering_plans()
        self.post_message(self.NumbersReady())

    def on_create_screen_numbers_ready(self) -> None:
        """Begin to judge and to format."""
        self._is_ready = True
        self.form.number.formats = True
        self._judge()
        if self._saves_when_ready:
            self.action_save()

    def _judge(self) -> None:
        text = self.form.number.value
        if self._is_ready:
            self.verdict = judge(text, self.state.region, self._known)
        else:
            self.verdict = Verdict(text)

    def _known(self, number: str) -> Contact | None:
        try:
            return self.workspace.repository.find(number)
        except SentTuiError as error:
            self.trouble = join((f"{error.title}. ", "bold"), error.message)
            return None

    def _repository_changed(self, change: Change) -> None:
        if self.phase is Phase.TYPING:
            self._judge()

    @on(ContactForm.Changed)
    def _typed(self) -> None:
        self.trouble = Content("")
        self._judge()

    @on(ContactForm.Completed)
    def _entered(self, event: ContactForm.Completed) -> None:
        """Go on to the next field; the last one, and the number of a known contact, end the form."""
        self._judge()
        if event.field == "notes" or (event.field == "number" and self.verdict.existing):
            self.action_save()
        elif event.field == "number" and self.verdict.lacks_country:
            self.action_choose_country()
        else:
            self.query_one({"number": "#name", "name": "#tags"}.get(event.field, "#notes")).focus()

    @on(PhoneInput.PasteRefused)
    def _paste_refused(self) -> None:
        self.trouble = join("That is too long to be one phone number. Nothing was pasted.")

    @on(PhoneInput.ListPasted)
    def _list_pasted(self, event: PhoneInput.ListPasted) -> None:
        self.form.remember()
        state = self.state
        screen = BatchScreen(self.session, event.lines, pasted=event.count, region=state.region, tags=state.tags)
        self.app.push_screen(screen, self._batch_ended)

    def _batch_ended(self, contact_id: str | None) -> None:
        if contact_id:
            self.dismiss(contact_id)

    @on(CountryField.Wanted)
    def _country_wanted(self, event: CountryField.Wanted) -> None:
        choose_country(self, event.typed, self.state.region, self._country_chosen)

    @on(CountryField.Cleared)
    def _country_cleared(self) -> None:
        self.form.set_country(None)

    def _country_chosen(self, code: str | None) -> None:
        if code is not None:
            self.form.set_country(None if code == NO_COUNTRY else code)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        actions = {
            "create": self.action_save,
            "use": self.action_use_suggestion,
            "open": self.action_save,
            "another": self.action_another,
        }
        actions[event.button.id or ""]()

    def why_disabled(self, command: str) -> str:
        """Return why a command makes no sense now."""
        if command == "choose_country" and self.phase is not Phase.TYPING:
            return "The country was chosen with the number."
        if command == "use_suggestion" and (self.phase is not Phase.TYPING or self.verdict.suggestion is None):
            return "No number is suggested."
        if command == "another" and self.phase is not Phase.DONE:
            return "This contact comes first."
        return "The contact is being created." if command == "save" and self.phase is Phase.RUNNING else ""

    def action_choose_country(self) -> None:
        """Ask for the country of national numbers."""
        choose_country(self, "", self.state.region, self._country_chosen)

    def action_another(self) -> None:
        """Start another contact."""
        self.created = None
        self.form.clear()
        self.phase = Phase.TYPING
        self._judge()
        self.form.number.focus()

    def action_back(self) -> None:
        """Leave the form, and keep what was typed."""
        if self.phase is Phase.TYPING:
            for form in self.query(ContactForm):
                form.remember()
        self.dismiss(None)

    def action_use_suggestion(self) -> None:
        """Take the number that is suggested."""
        if self.verdict.suggestion is not None:
            self.form.set_number(self.verdict.suggestion.international)
            self.form.number.focus()

    def action_save(self) -> None:
        """Create the contact, or open the one that is there."""
        self._saves_when_ready = False
        if self.phase is Phase.RUNNING or not self.is_active:
            return
        if self.created is not None:
            self.dismiss(self.created.contact.id)
            return
        self.form.remember()
        self._judge()
        if self.verdict.existing is not None:
            self._open(self.verdict.existing)
        elif self.verdict.number is None:
            self._saves_when_ready = not self._is_ready
            self._refuse(self.verdict.reading)
        elif self.verdict.doubts:
            self._ask(self.verdict.number)
        else:
            self._begin(accept_doubts=False)

    def _open(self, existing: Contact) -> None:
        if self.state.is_only_number:
            self.state.clear()
        self.dismiss(existing.id)

    def _refuse(self, reading: PhoneNumber | InvalidNumber | None) -> None:
        if isinstance(reading, InvalidNumber):
            self.trouble = join("Not created. ", (reading.message, ""))
        elif not self._saves_when_ready:
            self.trouble = join("A contact needs a phone number.")
        self.form.number.focus()

    def _ask(self, number: PhoneNumber) -> None:
        def answered(agrees: bool | None) -> None:
            if agrees:
                self._begin(accept_doubts=True)

        question = Confirm(
            join("Is this the number you mean?"),
            lay_out(doubt_lines(number), DIALOG_WIDTH),
            yes="Yes, that is the number",
            no="Go back",
            dangerous=True,
        )
        self.app.push_screen(question, answered)

    def _begin(self, *, accept_doubts: bool) -> None:
        try:
            entry = self.state.entry
        except FieldError as error:
            self.trouble = join("Not created. ", str(error))
            self.form.field_lines.show_line(error.line)
            return
        self.trouble = Content("")
        self.steps = {}
        self.phase = Phase.RUNNING
        self._create(entry, accept_doubts)

    @work(thread=True, group="create", exit_on_error=False, description="create a contact")
    def _create(self, entry: NewContact, accept_doubts: bool) -> None:
        app = self.app
        try:
            created = self.workspace.contacts.create(
                entry,
                accept_doubts=accept_doubts,
                on_step=self._tell_step,
            )
        except SentTuiError as error:
            failed = WorkFailed.of(error)
            if not self.post_message(self.Failed(failed.title, failed.text)):
                app.post_message(failed)
            return
        self.post_message(self.Ended(created))

    def _tell_step(self, kind: StepKind, step: LifecycleStep | None) -> None:
        self.post_message(self.Stepped(kind, step))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Let the form be used again when creating broke off by an error of ours."""
        if event.worker.group == "create" and event.state is WorkerState.ERROR:
            self.post_message(self.Failed("Something went wrong", "It is not certain that the contact was created."))

    def on_create_screen_stepped(self, message: Stepped) -> None:
        """Show a step."""
        self.steps = {**self.steps, message.kind: message.step}

    def on_create_screen_ended(self, message: Ended) -> None:
        """Show the contact, and offer to open it."""
        self.state.clear()
        self.created = message.created
        self.phase = Phase.DONE

    def on_create_screen_failed(self, message: Failed) -> None:
        """Show why there is no contact, and let the form be used again."""
        self.phase = Phase.TYPING
        self.trouble = join((f"{message.title}. ", "bold"), message.text)
        self._judge()
        self.form.number.focus()

    def watch_phase(self) -> None:
        """Close the form while its contact is made, and offer the contact afterwards."""
        if self.is_mounted:
            self.form.disabled = self.phase is not Phase.TYPING
            self.set_class(self.phase is not Phase.TYPING, "-ends")
            self.query_one(KeyLine).news = WHAT_NEXT if self.phase is Phase.DONE else ""
        if self.phase is Phase.DONE:
            self.query_one("#open").focus()

    def watch_verdict(self) -> None:
        """Say what the button would do."""
        if self.is_mounted:
            self.query_one("#create", Button).label = Content("Open it" if self.verdict.existing else "Create")

    def watch_trouble(self) -> None:
        """Say why there is no contact yet."""
        if self.is_mounted:
            self._show_trouble()

    def _show_trouble(self) -> None:
        trouble = self.query_one("#trouble", Static)
        trouble.display = bool(self.trouble)
        trouble.update(join(("✗ ", "bold $text-error"), self.trouble))
        if self.trouble:
            trouble.scroll_visible(animate=False)

"""Home: the searchable contact list, with the contact under the cursor beside it."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import var
from textual.widgets import Input
from textual.worker import Worker, WorkerState, get_current_worker

from sent_tui.core.search import EVERYONE, ContactQuery, Sort
from sent_tui.core.search_index import Counts, Results
from sent_tui.core.search_match import SearchCancelledError
from sent_tui.errors import SentTuiError
from sent_tui.store.repository import Change, ChangeKind
from sent_tui.tui.availability import concerns_contact
from sent_tui.tui.commands import CONTACTS, EVERYWHERE, IN_LIST, MARKS, ON_CONTACT, bindings
from sent_tui.tui.debounce import Debounce
from sent_tui.tui.messages import ContactsCounted, ContactsFound, DatabaseCounted, ListShown
from sent_tui.tui.screens.merging import Merging
from sent_tui.tui.screens.on_files import OnFiles
from sent_tui.tui.screens.on_marked import OnMarked
from sent_tui.tui.screens.viewing import Viewing
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.chip_bar import ChipBar
from sent_tui.tui.widgets.contact_list import ContactList
from sent_tui.tui.widgets.contact_view import ContactView
from sent_tui.tui.widgets.filter_bar import FilterBar
from sent_tui.tui.widgets.nothing_found import NothingFound
from sent_tui.tui.widgets.search_field import SearchField
from sent_tui.tui.widgets.status_line import KeyLine, TopLine

if TYPE_CHECKING:
    from sent_tui.tui.screens.send_host import SendHost
    from sent_tui.tui.widgets.contact_form import FormState

_SCREENFUL = 120
"""So many rows are shown before all are found."""
_READING_SAID_AFTER = 0.5
"""Seconds without rows after which the screen says that they are being read."""
_NOT_YET = (0, False)
BESIDE = ("sent_tui.tui.profile", "sent_tui.services.sending", "sent_tui.services.checking")
NEXT = ("sent_tui.tui.screens.detail", "sent_tui.tui.screens.edit", "sent_tui.tui.screens.send")
"""What the first frame does without: the modules of the panes beside the list, and those that the next key may need."""


class ContactsScreen(OnFiles, OnMarked, Merging, Viewing):
    """The list, its search and filters, and the contact under the cursor; a wide one has the send panel as well."""

    TITLE = "Contacts"
    BINDINGS: ClassVar[list[BindingType]] = bindings(CONTACTS, MARKS, ON_CONTACT)
    AUTO_FOCUS = "ContactList"

    selected_id: var[str] = var("", init=False)
    """The contact under the cursor."""
    marked_text: var[str] = var("")
    """The words to which the rows on the screen are the answer."""
    counts: var[Counts | None] = var(None)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._first: Worker[ContactsFound] | None = None
        """The search with which the screen opens."""
        self._search_number = 0
        self._shown = _NOT_YET
        """The latest search that is shown, and whether with all of its rows."""
        self._total: int | None = None
        self._is_unread = False
        """The contacts could not be read."""
        self._form: FormState | None = None
        """What was typed into the create form and not made a contact of."""
        self._is_loading = self._beside_loaded = False
        self._host: SendHost | None = None
        """The send panel, once there was room for it."""
        self._following = Debounce(self._show_beside, self.set_timer, session.pause.total_seconds())
        """Has the panes beside the list follow the cursor; while a key is held, only the list moves."""

    def on_compose(self) -> None:
        """Listen to changes and begin to read the first rows, while the screen is built."""
        self.session.changes.subscribe(self, self._repository_changed, immediate=True)
        self._first = self.reload()

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Contacts", tabs=True)
        with Vertical(id="bars"):
            yield SearchField(f"Search name, tag, note or number   ( {self.key('search')} )", ContactList)
            yield FilterBar().data_bind(chosen=ContactsScreen.channel_filter, counts=ContactsScreen.counts)
            yield ChipBar().data_bind(ContactsScreen.filters, ContactsScreen.marks)
        with Horizontal(id="panes"):
            with Vertical(id="list-pane"):
                yield ContactList().data_bind(
                    ContactsScreen.results,
                    ContactsScreen.sort,
                    ContactsScreen.marks,
                    ContactsScreen.range_start,
                    query_text=ContactsScreen.marked_text,
                )
                yield NothingFound(id="nothing")
            yield ContactView(id="preview", can_focus=False)
        yield KeyLine(CONTACTS, ON_CONTACT, EVERYWHERE)

    def on_mount(self) -> None:
        """Show the first rows in the first frame, if they are there by now."""
        if self._first is not None and self._first.result is not None:
            self.on_contacts_found(self._first.result)
        else:
            self.set_timer(_READING_SAID_AFTER, self._say_reading)

    def on_screen_resume(self) -> None:
        """Bring ages and rows up to date after another screen was open."""
        if not self._beside_loaded:  # the screen was only just opened
            return
        self.reload()
        self._show_preview()
        if self._host is not None:
            self._host.catch_up()

    @property
    def contact_id(self) -> str:
        """The contact under the cursor, also when keys come faster than word of where it went."""
        row = self.contact_list.current
        return row.id if row else ""

    def reload(self) -> Worker[ContactsFound]:
        """Search anew; an older search that comes back later is thrown away."""
        self._search_number += 1
        # Further down, the cursor may have to stay on a row that is not among the first ones.
        glances = len(self.results) == 0 or self.contact_list.cursor < _SCREENFUL
        return self._find(self._search_number, self.wanted, self.sort, glances, self.size.height)

    @work(thread=True, exclusive=True, group="search", exit_on_error=False, description="search contacts")
    def _find(self, number: int, query: ContactQuery, sort: Sort, glances: bool, height: int) -> ContactsFound:
        """Find the first rows, or all of them where that takes no longer, and read as many as are seen at once."""
        repository = self.workspace.repository
        total = repository.page(EVERYONE, limit=0).total
        first = None
        if glances and not query.is_everyone:
            first = repository.glance(query, sort=sort, limit=_SCREENFUL, keep=self.selected_id)
        found = ContactsFound(number, query, first or self._all(query, sort), total, is_whole=not first)
        found.results[:height]  # the event loop finds them in memory when it paints
        self.post_message(found)
        return found

    @work(thread=True, exclusive=True, group="search", exit_on_error=False, description="search contacts")
    def _find_rest(self, first: ContactsFound, sort: Sort) -> None:
        """Find all rows of an answer of which the first ones are shown."""
        self.post_message(replace(first, results=self._all(first.query, sort), is_whole=True))

    def _all(self, query: ContactQuery, sort: Sort) -> Results:
        """Return all rows of an answer; none where nobody waits for them any more, and so nobody shows them."""
        worker = get_current_worker()
        try:
            return self.workspace.repository.answer(query, sort=sort, is_cancelled=lambda: worker.is_cancelled)
        except SearchCancelledError:
            return Results()

    @work(thread=True, exclusive=True, group="count", exit_on_error=False, description="count contacts")
    def _count(self, number: int, query: ContactQuery) -> None:
        self.post_message(ContactsCounted(number, self.workspace.repository.count(query)))

    def on_contacts_found(self, message: ContactsFound) -> None:
        """Show the rows of the latest search: the first ones, then all of them, and then count."""
        shown = (message.number, message.is_whole)
        if message.number != self._search_number or shown <= self._shown:
            return
        self._shown = shown
        self._total, self._is_unread = message.total, False
        self.contact_list.now = self.workspace.clock()
        self.marked_text = self.query_text
        self.results = message.results
        self._show_whether_empty()
        self.call_next(self.do_held)
        # The list's own refresh is waited for: the screen may not know of it yet.
        self.contact_list.call_after_refresh(self._go_on, message, self.sort)
        if self._beside_loaded:
            self.post_message(DatabaseCounted(message.total))
        else:
            self._want_beside()

    def _go_on(self, found: ContactsFound, sort: Sort) -> None:
        """Find the rows that are not on the screen, and then count; before, that would take time from painting."""
        if found.number != self._search_number:
            return
        if found.is_whole:
            self._count(found.number, found.query)
        else:
            self._find_rest(found, sort)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Leave the rows as they are when a search failed; even the first one may."""
        if event.state is not WorkerState.ERROR or event.worker.group != "search":
            return
        self._held, self._shown = (), (self._search_number, True)
        self._want_beside()
        if self._total is None and isinstance(event.worker.error, SentTuiError):
            self._is_unread = True
            self._in_place_of_rows().say_failed(event.worker.error)

    @property
    def is_searching(self) -> bool:
        """Whether the rows are not the answer to what is looked for."""
        return self.search.value != self.query_text or self._shown[0] != self._search_number

    def is_about_row(self, action: str) -> bool:
        """Return whether an action is about a contact; moves and marks are where other words are looked for."""
        is_move_or_mark = any(command.name == action for command in (*IN_LIST, *MARKS))
        return concerns_contact(self, action) or (is_move_or_mark and self.search.value != self.marked_text)

    def _want_beside(self) -> None:
        if not self._is_loading:
            self._is_loading = True
            self.call_after_refresh(self._load_beside)

    def on_contacts_counted(self, message: ContactsCounted) -> None:
        """Show the counts of the latest search."""
        if message.number == self._search_number:
            self.counts = message.counts

    def watch_selected_id(self) -> None:
        """Have the panes beside the list follow the cursor, once the list has been painted."""
        self.call_after_refresh(self._following.request)

    def watch_focused(self) -> None:
        """Let nobody write beside the list before that shows the contact under the cursor."""
        self._following.flush()

    @work(thread=True, group="beside", exit_on_error=False, description="load what stands beside")
    def _load_beside(self) -> None:
        """Make ready, off the event loop, what the first frame does without, and then what the next key may open."""
        for name in BESIDE:
            import_module(name)
        self.workspace.prepare()
        self.post_message(ListShown())
        for name in NEXT:
            import_module(name)

    def on_list_shown(self) -> None:
        """Show what stands beside the list; the app begins its work in the background."""
        self._beside_loaded = True
        if self._total is not None:
            self.post_message(DatabaseCounted(self._total))
        self._show_beside()

    def _show_preview(self) -> None:
        if not self._beside_loaded:
            return
        # Loaded by then, and not before the first frame.
        from sent_tui.tui.profile import read_profile

        preview = self.query_one("#preview", ContactView)
        if not self.selected_id or not preview.display:
            preview.profile = None
            return
        try:
            preview.profile = read_profile(self.workspace, self.selected_id)
        except SentTuiError:
            preview.profile = None

    def _show_whether_empty(self) -> None:
        if len(self.results):
            self.query_one(NothingFound).display = False
            self.contact_list.remove_class("-empty")
        else:
            self._in_place_of_rows().explain(self._total, self.query_text, self.channel_filter, self.filters)

    def _in_place_of_rows(self) -> NothingFound:
        nothing = self.query_one(NothingFound)
        nothing.display = True
        self.contact_list.add_class("-empty")
        return nothing

    def _say_reading(self) -> None:
        if self._shown == _NOT_YET:
            self._in_place_of_rows().say_reading()

    def action_step_back(self) -> None:
        """Step back; where the contacts could not be read, read them again."""
        if self._is_unread:
            self.reload()
        else:
            super().action_step_back()

    def _repository_changed(self, change: Change) -> None:
        if change.kind in {ChangeKind.CONTACTS, ChangeKind.MESSAGES}:
            self.reload()
            self._show_preview()

    @on(Input.Changed, "#search")
    def _typed(self, event: Input.Changed) -> None:
        self.query_text = event.value

    @on(ContactList.Highlighted)
    def _highlighted(self) -> None:
        self.selected_id = self.contact_id

    @on(ContactList.Chosen)
    def _chosen(self) -> None:
        self.action_open_contact()

    def on_resize(self, event: events.Resize) -> None:
        """Draw what there is room for again."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Show what there is room for; the list takes the focus of a panel that went."""
        self._show_beside()
        if self.focused is None:
            self.contact_list.focus()

    @property
    def _has_panel(self) -> bool:
        return self.has_class("-wide") and not self.has_class("-short")

    def _show_beside(self) -> None:
        """Show the contact under the cursor in the panes beside the list."""
        self._show_preview()
        if self._has_panel and self.selected_id and self.is_current and self._beside_loaded:
            self._panel_host().show(self.selected_id)

    def _panel_host(self) -> SendHost:
        if self._host is None:
            # Most terminals never have the room.
            from sent_tui.tui.screens.send_host import SendHost

            self._host = SendHost(self.session)
            self.query_one("#panes").mount(self._host)
        return self._host

    def action_send(self) -> None:
        """Write a message: beside the list where there is room, else on a screen of its own."""
        if self._has_panel and not self.marks and self.contact():
            self._panel_host().show(self.contact_id, focus=True)
        else:
            super().action_send()

    def on_writing_panel_left(self) -> None:
        """Return to the list; the draft stays."""
        self.contact_list.focus()

    def action_open_contact(self) -> None:
        """Open the contact under the cursor."""
        # Imported when it is opened, because the list is painted before that.
        from sent_tui.tui.screens.detail import ContactScreen

        if self.contact_id:
            self.app.push_screen(ContactScreen(self.session, self.contact_id, self.results))

    def action_create(self) -> None:
        """Open the create form with what was typed into it before."""
        # Imported when it is opened, for the same reason.
        from sent_tui.tui.screens.create import CreateScreen
        from sent_tui.tui.widgets.contact_form import FormState

        self._form = self._form or FormState(region=self.session.region or None)
        self.app.push_screen(CreateScreen(self.session, self._form), self.select)

    def select(self, contact_id: str | None) -> None:
        """Put the cursor on a contact, clearing what would hide it."""
        if contact_id:
            self.show_everyone()
            self.selected_id = contact_id
            self.contact_list.select(contact_id)

"""Activity: all messages, newest first and as they are now, or those that a figure counts."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import ClassVar

from msgspec.structs import replace
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message as Event
from textual.reactive import var
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState, get_current_worker

from sent_tui.core.channel import CHANNEL_ORDER, Channel
from sent_tui.core.message_search import EVERYTHING, MessageCounts, MessageQuery, MessageSelection
from sent_tui.core.period import EVER, LOCAL, day_of, last_days, the_day
from sent_tui.core.search_index import Results
from sent_tui.core.search_match import SearchCancelledError
from sent_tui.core.text import capital
from sent_tui.errors import SentTuiError
from sent_tui.store.repository import Change, ChangeKind
from sent_tui.tui.activity import FateFilter
from sent_tui.tui.activity_search import SCREENFUL, Ask, look
from sent_tui.tui.commands import ACTIVITY, EVERYWHERE, IN_ROWS, bindings
from sent_tui.tui.messages import MessagesCounted, MessagesFound, MessagesSifted, WorkFailed
from sent_tui.tui.narrowing import Narrowing
from sent_tui.tui.safe import BREAK, join, safe
from sent_tui.tui.screens.message_files import WritesMessages
from sent_tui.tui.screens.searching import Searches
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.fate_bar import FateBar
from sent_tui.tui.widgets.layout import BLANK, Document, Line
from sent_tui.tui.widgets.message_list import MessageList
from sent_tui.tui.widgets.search_field import SearchField
from sent_tui.tui.widgets.status_line import KeyLine, TopLine
from sent_tui.tui.widgets.timeline import Story, message_lines

PERIODS = (7, 30, 90)
"""Days that are offered as periods."""
ON_MESSAGE = frozenset(
    {
        "open_message",
        "open_contact",
        "retry",
        "cancel",
        "send",
        "copy",
        "copy_e164",
        "choose_period",
        "only_contact",
        "only_batch",
    }
)
"""The commands that are about the message under the cursor."""


class ActivityScreen(Searches, WritesMessages):
    """The messages, their filters, and in much room the one under the cursor beside them."""

    TITLE = "Activity"
    CSS_PATH = "activity.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIVITY)
    AUTO_FOCUS = "MessageList"

    fate: var[FateFilter] = var(FateFilter.ALL, init=False)
    narrowing: var[Narrowing] = var(Narrowing, init=False)
    channel: var[Channel | None] = var(None)
    """The channel within which is counted."""
    counts: var[MessageCounts | None] = var(None)

    def __init__(
        self, session: Session, messages: MessageSelection = EVERYTHING, *, narrowing: Narrowing | None = None
    ) -> None:
        """Make a list of all messages, or of a selection, with filters to begin with."""
        super().__init__(session)
        self.selection = messages
        self.set_reactive(ActivityScreen.narrowing, narrowing or Narrowing())
        self._search_number = 0
        self._begins_anew = True
        """Whether other messages are looked for than are shown: then the cursor need not stay where it is."""
        self._is_behind = False
        """Whether something changed while another screen was open."""

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Activity", tabs=True)
        with Vertical(id="bars"):
            if self.selection.title:
                yield Static(safe(self.selection.title, "bold"), id="selection")
            yield SearchField(f"Search name or number   ( {self.key('search')} )", MessageList)
            yield FateBar().data_bind(
                chosen=ActivityScreen.fate, channel=ActivityScreen.channel, counts=ActivityScreen.counts
            )
            yield Static(id="narrowed")
        with Horizontal(id="panes"):
            with Vertical(id="list-pane"):
                yield MessageList()
                yield Static(id="nothing")
            yield Document(id="preview")
        yield KeyLine(ACTIVITY, EVERYWHERE)

    def on_mount(self) -> None:
        """Listen to changes and look for the first messages."""
        self.session.changes.subscribe(self, self._repository_changed, immediate=True)
        self._say_instead(join("Reading the messages …"))
        self._show_narrowing()
        self.reload()

    def on_screen_resume(self) -> None:
        """Bring ages up to date after another screen was open, and the rows where something changed meanwhile."""
        self.messages.now = self.workspace.clock()
        if self._is_behind:
            self._catch_up()
        else:
            self.messages.refresh_changed()

    @property
    def contact_id(self) -> str:
        """The contact of the message under the cursor."""
        message = self.messages.current
        return message.contact_id if message is not None else ""

    @property
    def batch_id(self) -> str:
        """The bulk send to which the list is narrowed, or that of the message under the cursor."""
        message = self.messages.current
        return self.narrowing.batch or (message.batch if message is not None else None) or ""

    @property
    def wanted(self) -> MessageQuery:
        """What is looked for, without the words."""
        return self.fate.query & self.narrowing.query

    def reload(self) -> None:
        """Look anew; an older search that comes back later is thrown away."""
        self._search_number += 1
        kept, narrowing = self.messages.current, self.narrowing
        ask = Ask(
            number=self._search_number,
            selection=self.selection,
            query=self.wanted,
            words=narrowing.words,
            kept=kept.id if kept is not None else "",
            height=self.size.height,
            glances=self.messages.cursor < SCREENFUL,
        )
        self._find(ask)

    @work(thread=True, exclusive=True, group="messages", exit_on_error=False, description="look for messages")
    def _find(self, ask: Ask) -> None:
        worker = get_current_worker()

        def tell(event: Event) -> None:
            if not worker.is_cancelled:
                self.post_message(event)

        with suppress(SearchCancelledError):
            look(self.workspace.repository, ask, tell, lambda: worker.is_cancelled)

    def on_messages_found(self, event: MessagesFound) -> None:
        """Show the messages of the latest search; the cursor stays on its message."""
        if event.number != self._search_number:
            return
        self.messages.now = self.workspace.clock()
        current, place = self.messages.current, event.place
        if self._begins_anew:
            place = place or 0
        elif not event.is_whole and event.kept and place is None:
            return  # the message of the cursor stands further down
        elif current is not None and current.id != event.kept:
            # The cursor went on while it was looked for.
            place = event.rows.results.place(current.id)
        self.messages.show(event.rows, place)
        self._begins_anew = False
        self.call_next(self.do_held)
        self._show_whether_empty(len(event.rows) == 0)
        if event.left_out:
            self.say(f"{event.left_out:,} more contacts fit these words: type more of them.")

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Leave the rows as they are when a search failed."""
        if event.state is WorkerState.ERROR and event.worker.group == "messages":
            self._held, self._begins_anew = (), False

    @property
    def is_searching(self) -> bool:
        """Whether other messages are looked for than are shown."""
        return self.search.value != self.narrowing.words or self._begins_anew

    def is_about_row(self, action: str) -> bool:
        """Return whether an action is about the message under the cursor, or moves that."""
        return action in ON_MESSAGE or any(command.name == action for command in IN_ROWS)

    def on_messages_counted(self, event: MessagesCounted) -> None:
        """Show the counts of the latest search."""
        if event.number == self._search_number:
            self.counts = event.counts

    def on_messages_sifted(self, event: MessagesSifted) -> None:
        """Say how far looking is."""
        if event.number == self._search_number and not self.messages.row_count:
            self._say_instead(safe(f"Reading the messages … {event.done:,} of {event.total:,}"))

    def watch_fate(self) -> None:
        """Show other messages."""
        self._begins_anew = True
        self.reload()

    def watch_narrowing(self, old: Narrowing, new: Narrowing) -> None:
        """Show other messages, and what they are narrowed to."""
        self.channel = new.channel
        self._show_narrowing()
        if old != new:
            self._begins_anew = True
            self.reload()

    def narrow_to(self, narrowing: Narrowing) -> None:
        """Show the messages that something is narrowed to, whatever was searched and filtered before."""
        self.search.value = narrowing.words
        self.narrowing, self.fate = narrowing, FateFilter.ALL

    def _show_narrowing(self) -> None:
        parts = [words for _, words in self.narrowing.parts]
        line = self.query_one("#narrowed", Static)
        line.display = bool(parts)
        chips = [part for words in parts for part in (safe(f" {words} ", "reverse", 40), "  ")]
        line.update(
            join(("Only  ", "$text-muted"), *chips, (f"{self.key('step-back')} takes the last one off", "$text-muted"))
        )

    def _say_instead(self, *lines: Content) -> None:
        """Say something where the rows would be."""
        nothing = self.query_one("#nothing", Static)
        nothing.display = bool(lines)
        self.messages.set_class(bool(lines), "-empty")
        nothing.update(BREAK.join(lines))

    def _show_whether_empty(self, is_empty: bool) -> None:
        if not is_empty:
            self._say_instead()
        elif self.narrowing.words:
            words = safe(f"“{self.narrowing.words}”", "bold", 60)
            self._say_instead(
                join("No message of a contact that matches ", words), _hint(self.key("step-back"), "clears the search")
            )
        elif self.narrowing.parts or self.fate is not FateFilter.ALL:
            self._say_instead(join("No message under these filters"), _hint(self.key("step-back"), "takes them off"))
        elif self.selection.title:
            self._say_instead(join("There is no such message."), _hint(self.key("step-back"), "goes back"))
        else:
            first = _hint(self.key("send"), "on a contact sends the first one")
            self._say_instead(join(("No messages yet", "bold")), first)

    @on(MessageList.Highlighted)
    def _show_preview(self) -> None:
        preview, message = self.query_one("#preview", Document), self.messages.current
        if not preview.display or message is None:
            preview.lines = ()
            return
        try:
            story = Story(message, self.workspace.repository.events(message.id))
        except SentTuiError as error:
            self.post_message(WorkFailed.of(error))
            return
        name = Line(safe(self.messages.name_shown, "bold", 60))
        preview.lines = (
            name,
            Line(safe(message.to, "$text-muted")),
            BLANK,
            *message_lines(story, self.workspace.clock()),
        )

    @on(MessageList.Chosen)
    def _chosen(self) -> None:
        self.action_open_message()

    @on(FateBar.Chosen)
    def _filter_clicked(self, event: FateBar.Chosen) -> None:
        self.fate = event.wanted

    @on(Input.Changed, "#search")
    def _typed(self, event: Input.Changed) -> None:
        self.narrowing = replace(self.narrowing, words=event.value)

    def on_resize(self, event: events.Resize) -> None:
        """Show the message beside the list where there is room for it now."""
        self.call_after_refresh(self._show_preview)

    def _repository_changed(self, change: Change) -> None:
        """Follow what changes, once it can be seen."""
        if change.kind not in {ChangeKind.CONTACTS, ChangeKind.MESSAGES}:
            return
        self._is_behind = True
        if self.is_current:
            self._catch_up()

    def _catch_up(self) -> None:
        """Look anew; a selection that takes long to read stays as it was opened, and shows its rows anew."""
        self._is_behind = False
        if self.selection.keeps is None:
            self.reload()
        else:
            self.messages.read_again()

    def action_fate(self, index: int) -> None:
        """Turn a filter on."""
        self.fate = list(FateFilter)[index]

    def action_step_fate(self, step: int) -> None:
        """Turn the next or the previous filter on."""
        filters = list(FateFilter)
        self.fate = filters[(filters.index(self.fate) + step) % len(filters)]

    def action_next_channel(self) -> None:
        """Filter by the next channel, or by none."""
        channels = (None, *CHANNEL_ORDER)
        following = channels[(channels.index(self.narrowing.channel) + 1) % len(channels)]
        self.narrowing = replace(self.narrowing, channel=following)

    @work(exit_on_error=False, description="choose a period")
    async def action_choose_period(self) -> None:
        """Filter by a day or a period."""
        now, message = self.workspace.clock().astimezone(LOCAL), self.messages.current
        offered = [EVER, the_day(now.date(), now), the_day(now.date() - timedelta(days=1), now)]
        offered += [last_days(days, now) for days in PERIODS]
        if message is not None and (of_message := the_day(day_of(message.created_at, now), now)) not in offered:
            offered.append(of_message)
        labels = [(str(at), safe(capital(period.title))) for at, period in enumerate(offered)]
        at = offered.index(self.narrowing.period) if self.narrowing.period in offered else 0
        answer = await self.choose(join("Messages of which days?"), labels, at=at)
        if answer is not None:
            self.narrowing = replace(self.narrowing, period=offered[int(answer)])

    def action_only_contact(self) -> None:
        """Show only messages of the contact under the cursor, or of all contacts again."""
        message = self.messages.current
        if self.narrowing.contact is not None:
            self.narrowing = replace(self.narrowing, contact=None)
        elif message is not None:
            self.narrowing = replace(self.narrowing, contact=(message.contact_id, self.messages.name_shown))

    def action_only_batch(self) -> None:
        """Show only messages of the bulk send of the one under the cursor, or all again."""
        message = self.messages.current
        if self.narrowing.batch is not None:
            self.narrowing = replace(self.narrowing, batch=None)
        elif message is None or message.batch is None:
            self.say("This message belongs to no bulk send.")
        else:
            self.narrowing = replace(self.narrowing, batch=message.batch)

    def action_read_again(self) -> None:
        """Read the messages again."""
        self.reload()

    def action_step_back(self) -> None:
        """Leave the search, clear it, take the last filter off, show all; with nothing left, leave the screen."""
        if self.search.has_focus:
            self.messages.focus()
        elif self.narrowing.words:
            self.search.value = ""
        elif self.narrowing.parts:
            self.narrowing = self.narrowing.without_last()
        elif self.fate is not FateFilter.ALL:
            self.fate = FateFilter.ALL
        else:
            self.dismiss()

    def action_open_message(self) -> None:
        """Open the message under the cursor."""
        # Imported when it is opened: the list is painted before that.
        from sent_tui.tui.screens.message import MessageScreen

        message = self.messages.current
        if message is None:
            self.say("No message is selected.")
        else:
            self.app.push_screen(MessageScreen(self.session, message.contact_id, message.id))

    def action_open_contact(self) -> None:
        """Open the contact of the message under the cursor."""
        # Imported when it is opened, for the same reason.
        from sent_tui.tui.screens.detail import ContactScreen

        if self.contact() is not None:
            self.app.push_screen(ContactScreen(self.session, self.contact_id, Results()))

    def action_retry(self) -> None:
        """Send the message again, or say why not."""
        message = self.messages.current
        if message is not None:
            self.send_again(message)

    def action_cancel(self) -> None:
        """Call the message off, after a question."""
        message = self.messages.current
        if message is not None:
            self.call_off(message)


def _hint(key: str, words: str) -> Content:
    return join((key, "bold $primary"), f"  {words}")

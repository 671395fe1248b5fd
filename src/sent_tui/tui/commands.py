"""The registry of commands: each one's key, words and place, for bindings, footer, palette, help and docs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Flag, auto

from msgspec import Struct
from textual.binding import Binding, BindingType


class Need(Flag):
    """What a command cannot do without."""

    NOTHING = 0
    CONTACT = auto()
    """A contact that is selected or open."""
    WRITING = auto()
    """A database that can be written to."""


class Command(Struct, frozen=True):
    """Something a person can do on a screen."""

    name: str
    """The action: `action_<name>` on the screen or the app."""
    keys: str
    """Textual key names, separated by commas; the first is shown."""
    title: str
    """What it does, for the palette and the help screen."""
    hint: str = ""
    """The word beside its key in the footer; empty when it is not shown there."""
    in_inputs: bool = False
    """Whether the key also works while a text is being typed."""

    needs: Need = Need.NOTHING
    """Without which it is shown as not possible, and says so when it is chosen."""
    called: str = ""
    """Its name in the settings, where that does not follow from the action."""

    @property
    def id(self) -> str:
        """Its name in the settings, where a person may give it other keys: words with hyphens."""
        if self.called or self.name in _MOTIONS:
            return self.called or _MOTIONS[self.name]
        return re.sub(r"[^a-z0-9]+", "-", self.name.replace("(-", "(minus ")).strip("-")

    @property
    def default_keys(self) -> tuple[str, ...]:
        """Its keys, unless a person gives it others; the first is shown."""
        return tuple(self.keys.split(","))


_MOTIONS = {
    "move(1)": "down",
    "move(-1)": "up",
    "move_page(1)": "page-down",
    "move_page(-1)": "page-up",
    "move_half(1)": "half-page-down",
    "move_half(-1)": "half-page-up",
    "move_to_start": "start",
    "move_to_end": "end",
}
"""What the commands that move a cursor are called, the same on every screen."""


def bindings(*groups: tuple[Command, ...]) -> list[BindingType]:
    """Return Textual's bindings for groups of commands."""
    return [
        Binding(
            command.keys,
            command.name,
            command.title,
            show=bool(command.hint),
            priority=command.in_inputs,
            id=command.id,
            tooltip=command.title,
        )
        for group in groups
        for command in group
    ]


EVERYWHERE = (
    Command("show_help", "question_mark,f1", "Show the keys of this screen", "help", called="help"),
    Command("command_palette", "colon,ctrl+p", "Open the command palette", called="palette"),
    Command("show_activity", "a", "Show the activity: all messages"),
    Command("show_insights", "i", "Show the insights: what came of the messages"),
    Command("show_bulk_sends", "B", "Show a bulk send: how it goes, and what came of it", called="bulk-sends"),
    Command("show_calibration", "percent_sign", "Show whether the percentages came true"),
    Command("show_settings", "comma", "Show and change the settings", called="settings"),
    Command("undo", "u", "Undo the last change", needs=Need.WRITING),
    Command("switch_theme", "ctrl+t", "Switch between dark and light"),
    Command("switch_live", "L", "Send live with Sent, after a question, or stop it"),
    Command("sync", "Y", "Sync with the contacts of the Sent account", needs=Need.WRITING),
    Command("suspend_process", "ctrl+z", "Suspend sent-tui and return to the shell", called="suspend"),
    Command("quit_asking", "q", "Quit", called="quit"),
    Command("quit_asking", "ctrl+q", "Quit from anywhere", in_inputs=True, called="quit-anywhere"),
)
"""Commands of every screen."""

ON_WRITABLE = Need.CONTACT | Need.WRITING
"""What a command needs that changes a contact."""

ON_CONTACT = (
    Command("send", "s", "Send a message to this contact, or to the marked ones", "send", needs=Need.CONTACT),
    Command("why", "w", "Show what the route and the estimates rest on", needs=Need.CONTACT),
    Command("edit", "e", "Edit name, tags, notes and fields", "edit", needs=ON_WRITABLE),
    Command("check", "c", "Check the channels again, of the marked contacts where there are any", needs=ON_WRITABLE),
    Command("choose_default", "p", "Choose the default channel", needs=ON_WRITABLE),
    Command("toggle_consent", "o", "Opt the contact out, or in again; opt the marked ones out", needs=ON_WRITABLE),
    Command("copy", "y", "Copy the number in any format", "copy", needs=Need.CONTACT),
    Command("copy_e164", "ctrl+y", "Copy the number in E.164 at once, also from the search", needs=Need.CONTACT),
    Command("delete", "d", "Delete the contact, or the marked ones", needs=ON_WRITABLE),
)
"""Commands on the contact under the cursor, or on the open one."""

CONTACTS = (
    Command("focus_search", "slash", "Search by name, tag, note or number", "search", in_inputs=True, called="search"),
    Command("open_contact", "enter,l", "Open the contact", "open", needs=Need.CONTACT),
    Command("create", "n", "Create a contact", "new", needs=Need.WRITING),
    Command("filter(0)", "1", "Show all contacts", called="filter-all"),
    Command("filter(1)", "2", "Show contacts with WhatsApp", called="filter-whatsapp"),
    Command("filter(2)", "3", "Show contacts with SMS", called="filter-sms"),
    Command("filter(3)", "4", "Show contacts with both", called="filter-both"),
    Command("filter(4)", "5", "Show contacts with neither", called="filter-neither"),
    Command("filter(5)", "6", "Show contacts that opted out", called="filter-opted-out"),
    Command("step_filter(-1)", "left_square_bracket", "Previous channel filter", called="previous-filter"),
    Command("step_filter(1)", "right_square_bracket", "Next channel filter", called="next-filter"),
    Command("add_filter", "f", "Add a filter: a tag, a country, failing, never messaged, opted out"),
    Command("drop_filter", "F", "Remove the last filter"),
    Command(
        "check_listed",
        "C",
        "Check the channels of all listed contacts again, or where that would pay",
        needs=Need.WRITING,
    ),
    Command("import_contacts", "I", "Import contacts from a file", needs=Need.WRITING),
    Command("export_contacts", "E", "Export the marked contacts, the listed ones or all to a file"),
    Command("duplicates", "D", "Show contacts that may be one person, and merge them", needs=Need.WRITING),
    Command("views", "V", "Open a saved view, or keep this list as one"),
    Command("sort", "t", "Choose the column to sort by"),
    Command("reverse_sort", "T", "Reverse the order"),
    Command("step_back", "escape", "Step back: leave the search, clear it, take the filters off"),
)
"""Commands of the contact list."""

MARKS = (
    Command("mark", "space", "Mark the contact, or take its mark off, and go on"),
    Command("mark_range", "v", "Mark a range: from here to where v or space is pressed"),
    Command("mark_and_move(1)", "shift+down", "Mark this contact and the next one", called="mark-down"),
    Command("mark_and_move(-1)", "shift+up", "Mark this contact and the one before it", called="mark-up"),
    Command("mark_listed", "plus,ctrl+a", "Mark all listed contacts, or none of them where all are marked"),
    Command("invert_marks", "asterisk", "Mark the other listed contacts instead"),
    Command("tag", "number_sign", "Add or remove tags: of the marked contacts, or of this one", needs=Need.WRITING),
    Command("clear_marks", "minus", "Take all marks off; again, bring them back"),
)
"""Commands that mark contacts of the list, and what else can be done with many."""


def _in_rows(one: str) -> tuple[Command, ...]:
    return (
        Command("move(1)", "down,j", f"Next {one}"),
        Command("move(-1)", "up,k", f"Previous {one}"),
        Command("move_page(1)", "pagedown,ctrl+f", "One page down"),
        Command("move_page(-1)", "pageup,ctrl+b", "One page up"),
        Command("move_half(1)", "ctrl+d", "Half a page down"),
        Command("move_half(-1)", "ctrl+u", "Half a page up"),
        Command("move_to_start", "home,g", f"First {one}"),
        Command("move_to_end", "end,G", f"Last {one}"),
    )


IN_LIST = _in_rows("contact")
"""Commands inside every list of contacts."""

IN_ROWS = _in_rows("line")
"""Commands inside every other list."""

ACTIVITY = (
    Command("focus_search", "slash", "Search by name or number", "search", in_inputs=True, called="search"),
    Command("open_message", "enter,l", "Open the message: its course, its plan and its reasons", "open"),
    Command("open_contact", "c", "Open the contact", "contact", called="contact-of-message"),
    Command("retry", "R", "Send the message again, where that is allowed", "send again", needs=Need.WRITING),
    Command("cancel", "x", "Cancel the message, as far as it did not go out", needs=Need.WRITING),
    Command("send", "s", "Send a message to this contact"),
    Command("copy", "y", "Copy the number in any format"),
    Command("copy_e164", "ctrl+y", "Copy the number in E.164 at once, also from the search"),
    Command("fate(0)", "1", "Show all messages", called="status-all"),
    Command("fate(1)", "2", "Show messages that went out, or are to", called="status-sent"),
    Command("fate(2)", "3", "Show messages under way", called="status-under-way"),
    Command("fate(3)", "4", "Show messages that were delivered", called="status-delivered"),
    Command("fate(4)", "5", "Show messages that failed", called="status-failed"),
    Command("fate(5)", "6", "Show messages whose outcome is unknown", called="status-unknown"),
    Command("fate(6)", "7", "Show messages that were stopped: filtered, blocked or cancelled", called="status-stopped"),
    Command("fate(7)", "8", "Show messages that wait for their time", called="status-waiting"),
    Command("fate(8)", "9", "Show messages from contacts", called="status-received"),
    Command("step_fate(-1)", "left_square_bracket", "Previous filter", called="previous-status"),
    Command("step_fate(1)", "right_square_bracket", "Next filter", called="next-status"),
    Command("next_channel", "v", "Filter by channel: WhatsApp, SMS, any", called="filter-channel"),
    Command("choose_period", "D", "Filter by day or period", "days"),
    Command("only_contact", "f", "Only messages of this contact, or of all again"),
    Command("export_messages", "E", "Export the listed messages to a file, with what became of them"),
    Command("only_batch", "b", "Only messages of this bulk send, or all again"),
    Command("read_again", "r", "Read the messages again"),
    Command("step_back", "escape", "Step back: leave the search, clear it, take the last filter off, leave"),
)
"""Commands of the list of messages."""

INSIGHTS = (
    Command("open_figure", "enter,l", "Open the messages that a figure counts, or the contact", "open"),
    Command("days(7)", "1", "The last 7 days"),
    Command("days(30)", "2", "The last 30 days"),
    Command("days(90)", "3", "The last 90 days"),
    Command("days(0)", "4", "All messages"),
    Command("step_period(1)", "right_square_bracket", "A longer period", "longer"),
    Command("step_period(-1)", "left_square_bracket", "A shorter period", "shorter"),
    Command("only_listed", "f", "Only messages to the contacts of the list, or to all again"),
    Command("read_again", "r", "Read the messages again", "read again"),
    Command("back", "escape,h", "Back", "back"),
)
"""Commands of the page that says what came of the messages."""

DETAIL = (
    Command("next_contact(1)", "right_square_bracket,J", "Next contact of the list", called="next-contact"),
    Command("next_contact(-1)", "left_square_bracket,K", "Previous contact of the list", called="previous-contact"),
    Command("open_message", "m,enter", "Open the last message: its plan, its course and its reasons", "message"),
    Command("retry", "R", "Send the last message again, where that is allowed", needs=Need.WRITING),
    Command("cancel", "x", "Cancel the message that waits for its time, or the last one", needs=Need.WRITING),
    Command("read_history", "H", "Read the messages of this contact from Sent", needs=Need.WRITING),
    Command("back", "escape,h", "Back to the list", "back"),
)
"""Commands of an open contact."""

MESSAGE = (
    Command(
        "next_message(1)", "right_square_bracket,J", "The message before this one", "older", called="older-message"
    ),
    Command("next_message(-1)", "left_square_bracket,K", "The message after this one", "newer", called="newer-message"),
    Command("retry", "R", "Send this message again, where that is allowed", "send again", needs=Need.WRITING),
    Command("cancel", "x", "Cancel this message, as far as it did not go out", "cancel", needs=Need.WRITING),
    Command("back", "escape,h,m", "Back to the contact", "back"),
)
"""Commands of an open message."""

WHY = (Command("back", "escape,h,w", "Back to where one came from", "back"),)
"""Commands of the page that says why."""

CREATE = (
    Command("save", "ctrl+s", "Create the contact", "create", in_inputs=True, needs=Need.WRITING),
    Command(
        "back",
        "escape",
        "Back, and keep what was typed until the app ends",
        "back",
        in_inputs=True,
        called="leave-form",
    ),
    Command("choose_country", "ctrl+l", "Choose the country of numbers without +", "country", in_inputs=True),
    Command("use_suggestion", "ctrl+y", "Take the number that is suggested", in_inputs=True),
    Command("another", "ctrl+n", "Start another contact when one is done", in_inputs=True),
)
"""Commands of the create form."""

WRITE = (
    Command("send_now", "ctrl+s,ctrl+j", "Send, after a question", "send", in_inputs=True),
    Command("next_channel", "ctrl+r", "Change the channel: automatic, WhatsApp, SMS", "channel", in_inputs=True),
    Command("next_template", "ctrl+o", "Choose a template, or free text", "template", in_inputs=True),
    Command("schedule", "ctrl+l", "Send it later: say when", "later", in_inputs=True),
    Command("hold_back", "ctrl+n", "Send it when the quiet hours of the recipient are over", in_inputs=True),
    Command("back", "escape", "Back, and keep the draft", "back", in_inputs=True, called="leave-form"),
    Command("write_plainly", "ctrl+g", "Write typographic characters as GSM-7 has them", in_inputs=True),
)
"""Commands of every screen on which a message is written."""

SEND = (
    *WRITE,
    Command("call_back", "x", "After sending: call the message back, while it waits in the outbox"),
    Command("new_message", "n", "After sending: begin another message"),
    Command("retry", "R", "After sending: send it again, where that is allowed", needs=Need.WRITING),
)
"""Commands of the send screen."""

FILES = (
    Command("take", "enter", "Take the file, or open the folder", "take", in_inputs=True),
    Command("complete", "tab", "Complete the name", "complete", in_inputs=True),
    Command("move(1)", "down", "Next name", in_inputs=True, called="next-name"),
    Command("move(-1)", "up", "Previous name", in_inputs=True, called="previous-name"),
    Command("move_page(1)", "pagedown", "One page of names down", in_inputs=True, called="names-down"),
    Command("move_page(-1)", "pageup", "One page of names up", in_inputs=True, called="names-up"),
    Command("up", "ctrl+o", "The folder above", "folder above", in_inputs=True, called="folder-above"),
    Command("back", "escape", "Back, without a file", "back", in_inputs=True, called="leave-form"),
)
"""Commands of the page on which a file is chosen."""

IMPORT = (
    Command("run_import", "ctrl+s", "Import the rows", "import", in_inputs=True, needs=Need.WRITING),
    Command("choose_meaning", "enter", "Say what the column means", "meaning"),
    Command("choose_country", "ctrl+l", "Choose the country of numbers without +", "country", in_inputs=True),
    Command("toggle_check", "c", "Look up the channels of new contacts while importing, or not", "channels"),
    Command("move(1)", "down,j", "Next column"),
    Command("move(-1)", "up,k", "Previous column"),
    Command("back", "escape", "Back to the files", "back", in_inputs=True, called="leave-form"),
)
"""Commands of the page that shows a file before it is imported."""

IMPORTED = (
    Command("mend", "enter,e", "Mend the number of the row, and import it", "mend", needs=Need.WRITING),
    Command("write_refused", "w", "Write the refused rows to a file", "write to a file"),
    Command("back", "escape", "Stop; afterwards, leave", "stop, or leave", called="stop-or-leave"),
)
"""Commands of an import, and of what came of it."""

CALIBRATION = (
    Command("move(1)", "down,j", "One row down"),
    Command("move(-1)", "up,k", "One row up"),
    Command("move_page(1)", "pagedown,ctrl+f,space", "One page down", "down"),
    Command("move_page(-1)", "pageup,ctrl+b", "One page up"),
    Command("move_to_start", "home,g", "To the beginning"),
    Command("move_to_end", "end,G", "To the end"),
    Command("open_figure", "enter", "The messages that a row counts", "messages"),
    Command("read_again", "r", "Read the messages again", "read again"),
    Command("back", "escape,h", "Back", "back"),
)
"""Commands of the page on which the percentages are held against what happened."""

SYNC = (
    Command("open_conflict", "enter", "Open the contact of the conflict", "open"),
    Command("move(1)", "down,j", "Next conflict"),
    Command("move(-1)", "up,k", "Previous conflict"),
    Command("sync_again", "r", "Sync again, or go on", "again"),
    Command("back", "escape,h", "Stop, or go back", "stop, back"),
)
"""Commands of the page that syncs."""

SETTINGS = (
    Command("move(1)", "down,j", "Next setting"),
    Command("move(-1)", "up,k", "Previous setting"),
    Command("change_setting", "e,enter", "Change the setting in the settings file", "change"),
    Command("reset_setting", "d", "Take the setting out of the settings file", "default"),
    Command("back", "escape,h", "Back", "back"),
)
"""Commands of the settings."""

SCREENS: dict[str, tuple[tuple[Command, ...], ...]] = {
    "Contacts": (CONTACTS, IN_LIST, MARKS, ON_CONTACT, EVERYWHERE),
    "Activity": (ACTIVITY, IN_ROWS, EVERYWHERE),
    "Insights": (INSIGHTS, IN_ROWS, EVERYWHERE),
    "Contact": (ON_CONTACT, DETAIL, EVERYWHERE),
    "Message": (MESSAGE, EVERYWHERE),
    "Why": (WHY, EVERYWHERE),
    "New contact": (CREATE, EVERYWHERE),
    "Send": (SEND, EVERYWHERE),
    "Send to many": (WRITE, EVERYWHERE),
    "Choose a file": (FILES, EVERYWHERE),
    "Import": (IMPORT, EVERYWHERE),
    "Imported": (IMPORTED, IN_ROWS, EVERYWHERE),
    "Settings": (SETTINGS, EVERYWHERE),
    "Percentages": (CALIBRATION, EVERYWHERE),
    "Sync": (SYNC, EVERYWHERE),
}
"""Each screen's commands, by its title."""


def every_command() -> Iterator[Command]:
    """Yield each command of each screen; one that several screens have, more than once."""
    return (command for groups in SCREENS.values() for group in groups for command in group)

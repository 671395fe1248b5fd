"""The registry of commands: each one's key, words and place, for bindings, footer, palette, help and docs."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Command:
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

    @property
    def key_label(self) -> str:
        """The first key as people write it."""
        return key_label(self.keys.split(",")[0])

    @property
    def typing_label(self) -> str:
        """A key that also acts while a text is being typed, as people write it; empty when there is none."""
        keys = self.keys.split(",")
        if self.in_inputs:
            return self.key_label
        return next((key_label(key) for key in keys if "+" in key or (key[0] == "f" and key[1:].isdigit())), "")

    @property
    def all_keys(self) -> str:
        """Every key as people write it."""
        return "  ".join(key_label(key) for key in self.keys.split(","))


_KEY_LABELS = {
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "up": "↑",
    "down": "↓",
    "space": "space",
}


def key_label(key: str) -> str:
    """Return a Textual key name as people write it."""
    return _KEY_LABELS.get(key, key)


def bindings(*groups: tuple[Command, ...]) -> list[BindingType]:
    """Return Textual's bindings for groups of commands."""
    return [
        Binding(
            command.keys,
            command.name,
            command.title,
            show=bool(command.hint),
            priority=command.in_inputs,
            id=command.name.replace("_", "-").replace("(", "-").rstrip(")").replace("'", ""),
            tooltip=command.title,
        )
        for group in groups
        for command in group
    ]


EVERYWHERE = (
    Command("show_help", "question_mark,f1", "Show the keys of this screen", "help"),
    Command("command_palette", "colon,ctrl+p", "Open the command palette"),
    Command("undo", "u", "Undo the last change"),
    Command("switch_theme", "ctrl+t", "Switch between dark and light"),
    Command("suspend_process", "ctrl+z", "Suspend sent-tui and return to the shell"),
    Command("quit_asking", "q", "Quit"),
    Command("quit_asking", "ctrl+q", "Quit from anywhere", in_inputs=True),
)
"""Commands of every screen."""

ON_CONTACT = (
    Command("send", "s", "Send a message to this contact", "send"),
    Command("edit", "e", "Edit name, tags and notes", "edit"),
    Command("check", "c", "Check the channels again"),
    Command("choose_default", "p", "Choose the default channel"),
    Command("toggle_consent", "o", "Opt the contact out, or in again"),
    Command("copy", "y", "Copy the number in any format", "copy"),
    Command("delete", "d", "Delete the contact"),
)
"""Commands on the contact under the cursor, or on the open one."""

CONTACTS = (
    Command("focus_search", "slash", "Search by name, tag, note or number", "search", in_inputs=True),
    Command("open_contact", "enter,l", "Open the contact", "open"),
    Command("create", "n", "Create a contact", "new"),
    Command("filter(0)", "1", "Show all contacts"),
    Command("filter(1)", "2", "Show contacts with WhatsApp"),
    Command("filter(2)", "3", "Show contacts with SMS"),
    Command("filter(3)", "4", "Show contacts with both"),
    Command("filter(4)", "5", "Show contacts with neither"),
    Command("filter(5)", "6", "Show contacts that opted out"),
    Command("step_filter(-1)", "left_square_bracket", "Previous channel filter"),
    Command("step_filter(1)", "right_square_bracket", "Next channel filter"),
    Command("sort", "t", "Sort by the next column"),
    Command("reverse_sort", "T", "Reverse the order"),
    Command("step_back", "escape", "Step back: leave the search, clear it, clear the filter"),
)
"""Commands of the contact list."""

IN_LIST = (
    Command("move(1)", "down,j", "Next contact"),
    Command("move(-1)", "up,k", "Previous contact"),
    Command("move_page(1)", "pagedown,ctrl+f", "One page down"),
    Command("move_page(-1)", "pageup,ctrl+b", "One page up"),
    Command("move_half(1)", "ctrl+d", "Half a page down"),
    Command("move_half(-1)", "ctrl+u", "Half a page up"),
    Command("move_to_start", "home,g", "First contact"),
    Command("move_to_end", "end,G", "Last contact"),
)
"""Commands inside every list of contacts."""

DETAIL = (
    Command("next_contact(1)", "right_square_bracket,J", "Next contact of the list"),
    Command("next_contact(-1)", "left_square_bracket,K", "Previous contact of the list"),
    Command("retry", "R", "Send the last message again, where that is allowed"),
    Command("back", "escape,h", "Back to the list", "back"),
)
"""Commands of an open contact."""

CREATE = (
    Command("save", "ctrl+s", "Create the contact", "create", in_inputs=True),
    Command("back", "escape", "Back, and keep what was typed until the app ends", "back", in_inputs=True),
    Command("choose_country", "ctrl+l", "Choose the country of numbers without +", "country", in_inputs=True),
    Command("use_suggestion", "ctrl+y", "Take the number that is suggested", in_inputs=True),
    Command("another", "ctrl+n", "Start another contact when one is done", in_inputs=True),
)
"""Commands of the create form."""

SEND = (
    Command("send_now", "ctrl+s,ctrl+j", "Send, after a question", "send", in_inputs=True),
    Command("next_channel", "ctrl+r", "Change the channel: automatic, WhatsApp, SMS", "channel", in_inputs=True),
    Command("next_template", "ctrl+o", "Choose a template, or free text", "template", in_inputs=True),
    Command("back", "escape", "Back, and keep the draft", "back", in_inputs=True),
    Command("write_plainly", "ctrl+g", "Write typographic characters as GSM-7 has them", in_inputs=True),
    Command("new_message", "n", "After sending: begin another message"),
    Command("retry", "R", "After sending: send it again, where that is allowed"),
)
"""Commands of the send screen."""

SCREENS: dict[str, tuple[tuple[Command, ...], ...]] = {
    "Contacts": (CONTACTS, IN_LIST, ON_CONTACT, EVERYWHERE),
    "Contact": (ON_CONTACT, DETAIL, EVERYWHERE),
    "New contact": (CREATE, EVERYWHERE),
    "Send": (SEND, EVERYWHERE),
}
"""Each screen's commands, by its title."""

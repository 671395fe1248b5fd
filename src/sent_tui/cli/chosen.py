"""The contacts that a command means, named one by one or chosen by options, and the question before all are changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from sent_tui.cli.options import State, need
from sent_tui.cli.output import note, progress_line
from sent_tui.cli.people import contacts_named, named, query_of
from sent_tui.core.confirming import NAMED, has_to_be_typed, is_that_number, listed, what_to_type
from sent_tui.core.text import display, plural
from sent_tui.services.check_run import nobody

if TYPE_CHECKING:
    from sent_tui.services.check_run import OnProgress
    from sent_tui.services.workspace import Workspace


class Chosen(Struct, frozen=True):
    """Some contacts."""

    ids: list[str]
    numbers: list[str]
    """In E.164, in the order of the ids."""
    names: list[str]
    """What the first of them are called."""
    by_options: bool
    """Whether nobody named them one by one."""

    @property
    def words(self) -> str:
        """How many there are, and the first of them by name; of one alone, its name."""
        if len(self.ids) <= 1:
            return self.names[0] if self.names else "no contacts"
        return f"{plural(len(self.ids), 'contact')}: {listed(self.names, len(self.ids))}"


def chosen(workspace: Workspace, state: State, texts: Sequence[str], options: dict[str, Any]) -> Chosen:
    """Return the contacts that are named, or those that the options of `query_options` choose.

    Raises UsageError where both or neither is given: options that leave nobody out choose nobody.
    """
    query = query_of(workspace, options)
    need(bool(texts) is query.is_everyone, "Which contacts are meant is not clear", "", "Name them, or choose them.")
    if texts:
        known = contacts_named(workspace, state, texts)
        names = [named(contact) for contact in known[:NAMED]]
        return Chosen([one.id for one in known], [one.format_e164 for one in known], names, by_options=False)
    rows = workspace.repository.answer(query)
    names = [display(row.name) or row.international for row in islice(rows, NAMED)]
    keys = [(row.id, row.e164) for row in rows]
    return Chosen([contact_id for contact_id, _ in keys], [number for _, number in keys], names, by_options=True)


def agreed(count: int, *, doing: str, verb: str, warnings: Sequence[str]) -> bool:
    """Ask whether something shall be done to so many contacts; raises UsageError where there is nobody to ask.

    Where it would be done to none, there is no question.
    """
    if not count:
        return True
    need(
        sys.stdin is not None and sys.stdin.isatty(),
        f"{doing} asks first",
        "There is no terminal to ask on.",
        "Add --yes if you are sure.",
    )
    for warning in warnings:
        note(warning)
    if has_to_be_typed(count):
        typed: str = click.prompt(what_to_type(count, verb), default="", show_default=False, err=True)
        return is_that_number(typed, count)
    return click.confirm(f"{verb.capitalize()}?", err=True)


@contextmanager
def progress_shown(done: str) -> Iterator[OnProgress]:
    """Give what shows how many contacts were, for example, `tagged`, while a person watches."""
    with progress_line(f"Stopped. What was {done} by then stays; `sent-tui contacts undo` takes it back.") as show:
        yield nobody if show is None else lambda so_far: show(f"{so_far.done:,} of {so_far.total:,} {done}")

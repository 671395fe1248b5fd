"""What a list of messages is narrowed to, part by part."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.message_search import MessageQuery
from sent_tui.core.period import EVER, Period


class Narrowing(Struct, frozen=True):
    """What the list is narrowed to beside the filter bar: each part can be taken off."""

    words: str = ""
    """What is searched for in names and numbers of contacts."""
    channel: Channel | None = None
    period: Period = EVER
    contact: tuple[str, str] | None = None
    """A contact's id and name."""
    batch: str | None = None

    @property
    def query(self) -> MessageQuery:
        """It as a query; the words are no part of that."""
        contacts = None if self.contact is None else frozenset({self.contact[0]})
        return MessageQuery(
            channel=self.channel,
            since=self.period.since,
            before=self.period.before,
            contacts=contacts,
            batch=self.batch,
        )

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Each part that is set, by the name of its field and in words."""
        named = (
            ("channel", self.channel.label if self.channel else ""),
            ("period", "" if self.period == EVER else self.period.title),
            ("contact", self.contact[1] if self.contact else ""),
            ("batch", f"bulk send {self.batch[:8]}" if self.batch else ""),
        )
        return [(name, words) for name, words in named if words]

    def without_last(self) -> Narrowing:
        """Return it without the part that stands last."""
        match self.parts[-1:]:
            case [("channel", _)]:
                return replace(self, channel=None)
            case [("period", _)]:
                return replace(self, period=EVER)
            case [("contact", _)]:
                return replace(self, contact=None)
            case [("batch", _)]:
                return replace(self, batch=None)
            case _:
                return self

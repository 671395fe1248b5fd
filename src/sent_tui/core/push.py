"""What Sent is to be told of a contact: what persons decided here, and nothing that was learned."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sent_tui.core.channel import Channel
from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact
from sent_tui.core.merge import BY_SENT


class Push(Struct, frozen=True):
    """What a person decided here and Sent has otherwise; None for what is not to be told."""

    opt_out: bool | None = None
    default_channel: Channel | None = None

    def __bool__(self) -> bool:
        """Return whether there is anything to tell."""
        return self.opt_out is not None or self.default_channel is not None

    @property
    def words(self) -> str:
        """What Sent is told: "opt-out, default channel SMS"."""
        consent = {None: "", True: "opt-out", False: "opt-in"}[self.opt_out]
        channel = f"default channel {self.default_channel.label}" if self.default_channel else ""
        return ", ".join(filter(None, (consent, channel)))


def pending(contact: Contact, history: Sequence[ConsentEvent]) -> Push:
    """Return what Sent is still to be told of a contact: decisions of persons alone, and nothing that was learned."""
    known = contact.sent
    if known is None:
        return Push()
    last = history[-1] if history else None
    wanted = ConsentKind.OPT_OUT if contact.opt_out else ConsentKind.OPT_IN
    is_decided = last is not None and last.by != BY_SENT and last.kind is wanted
    opt_out = contact.opt_out if is_decided and known.opt_out is not contact.opt_out else None
    channel = contact.default_channel
    is_chosen = contact.default_pinned and channel is not None and channel.value != known.default_channel
    return Push(opt_out, channel if is_chosen else None)

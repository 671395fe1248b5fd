"""A contact as Sent has it, and what is kept of that beside ours."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

NEVER_LOOKED = ""
"""What `SentCopy.channels` is while Sent has looked at none."""


class SentContact(Struct, frozen=True):
    """A contact of Sent's contract, as it was read. Every text is foreign."""

    id: str
    customer_id: str
    """Whose contact it is."""
    phone_number: str
    """As it was given."""
    format_e164: str
    format_international: str = ""
    format_national: str = ""
    format_rfc: str = ""
    country_code: str = ""
    region_code: str = ""
    available_channels: tuple[str, ...] = ()
    """Names in small letters, of unknown channels too; empty while Sent has looked at none."""
    default_channel: str = ""
    """In small letters; empty while there is none."""
    opt_out: bool | None = None
    """None where Sent did not say."""
    is_inherited: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def stamp(self) -> datetime | None:
        """When it last changed: of two copies, the later one counts."""
        return self.updated_at or self.created_at

    @property
    def copy(self) -> SentCopy:
        """What is kept of it."""
        channels = ",".join(sorted(self.available_channels)) or NEVER_LOOKED
        return SentCopy(self.id, channels, self.default_channel, self.opt_out, self.stamp)


class SentCopy(Struct, frozen=True):
    """What Sent said of a contact when it was last read: by this, it shows who changed something since."""

    id: str
    """Sent's id; our own may be another one."""
    channels: str = NEVER_LOOKED
    """Names in small letters, in order, separated by commas."""
    default_channel: str = ""
    opt_out: bool | None = None
    stamp: datetime | None = None
    """When Sent had changed it last."""

    @property
    def words(self) -> str:
        """What it says: "channels sms,whatsapp, default sms, opted out"; names are shown as Sent has them."""
        channels = f"channels {self.channels}" if self.channels else "no channels yet"
        default = f"default {self.default_channel}" if self.default_channel else "no default"
        return ", ".join((channels, default, *(["opted out"] if self.opt_out else [])))

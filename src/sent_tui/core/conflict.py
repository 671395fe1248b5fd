"""Conflicts: what does not fit between the contacts here and those of an account."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class ConflictKind(StrEnum):
    """What does not fit between a contact here and Sent's."""

    OPT_OUT = "opt_out"
    DEFAULT_CHANNEL = "default_channel"
    SHARED_NUMBER = "shared_number"
    MOVED_ID = "moved_id"
    NOT_A_NUMBER = "not_a_number"
    GONE = "gone"
    OTHER_ACCOUNT = "other_account"
    NOT_TAKEN = "not_taken"

    @property
    def label(self) -> str:
        """What it is, in a few words."""
        return {
            ConflictKind.OPT_OUT: "Opt-out differs",
            ConflictKind.DEFAULT_CHANNEL: "Default channel changed on both sides",
            ConflictKind.SHARED_NUMBER: "Two contacts of Sent's with one number",
            ConflictKind.MOVED_ID: "One contact of Sent's with two numbers",
            ConflictKind.NOT_A_NUMBER: "Not a valid number",
            ConflictKind.GONE: "Sent does not list it any more",
            ConflictKind.OTHER_ACCOUNT: "Of another account",
            ConflictKind.NOT_TAKEN: "Sent did not take the change",
        }[self]


class Conflict(Struct, frozen=True):
    """Something that a person may want to look at."""

    kind: ConflictKind
    number: str
    """As Sent or the contact writes it; foreign."""
    contact_id: str = ""
    """Of the contact here; empty where there is none."""
    words: str = ""
    """What was found, and what became of it."""

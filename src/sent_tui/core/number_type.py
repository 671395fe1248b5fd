"""What sort of number a number is."""

from __future__ import annotations

from enum import StrEnum


class NumberType(StrEnum):
    """What a number's range is for, as in libphonenumber."""

    MOBILE = "mobile"
    FIXED_LINE = "fixed_line"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    TOLL_FREE = "toll_free"
    PREMIUM_RATE = "premium_rate"
    SHARED_COST = "shared_cost"
    VOIP = "voip"
    PERSONAL_NUMBER = "personal_number"
    PAGER = "pager"
    UAN = "uan"
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The type in words."""
        in_full = {"voip": "internet phone", "uan": "universal access number"}
        return in_full.get(self.value, self.value.replace("_", " "))

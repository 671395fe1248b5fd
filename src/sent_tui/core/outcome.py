"""What one attempt to deliver says about the recipient's channel."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The classes of outcome that are evidence.

    Policy, content, consent, account and provider problems say nothing about the recipient: they are no outcome.
    """

    DELIVERED = "delivered"
    FAILED_SOFT = "failed_soft"
    """Not reached this time: phone off, time-out, expired."""
    FAILED_HARD = "failed_hard"
    """A fact about the recipient: not registered, landline, unreachable number."""

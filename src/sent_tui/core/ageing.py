"""How sure it still is what was found out about a channel: that wears off, because people join, leave and move.

What is known right after a finding follows from the delivery model's priors: by Bayes' rule with the odds of a check
(.97 and .05), or with the likelihood of a delivery, or of a fact about the recipient. From then on it relaxes towards
what holds for a number of which nothing was found out, by the model's own hazard of .0015 a day (`delivery_grid`):

    P(t) = (1 - h) P(0) + h P        h = 1 - exp(-.0015 days)

So nothing expires on a day; a finding counts less and less. It is called `FRESH` while it has lost at most two points
of its first certainty, `AGEING` up to ten, and `OLD` from there on.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.delivery_curves import shipped_prior
from sent_tui.core.delivery_grid import UNREACHABLE, likelihoods, relaxation
from sent_tui.core.text import long_ago, percent

FRESH_UP_TO, AGEING_UP_TO = 0.02, 0.10
"""How much of its first certainty a finding may have lost, as a probability."""
_UNKNOWN = Availability.UNKNOWN.value


class Age(StrEnum):
    """How far a finding has worn off."""

    FRESH = "fresh"
    AGEING = "ageing"
    OLD = "old"


class CheckConfidence(Struct, frozen=True):
    """How sure a finding about a channel still is."""

    says: Availability
    """What was found: available or unavailable."""
    at: datetime
    """When it was last seen to be so."""
    at_first: float
    """Probability that it was true right then, 0 to 1."""
    probability: float
    """Probability that it still holds, 0 to 1."""

    @property
    def age(self) -> Age:
        """How far it has worn off."""
        lost = self.at_first - self.probability
        if lost <= FRESH_UP_TO:
            return Age.FRESH
        return Age.AGEING if lost <= AGEING_UP_TO else Age.OLD


def confidence(status: ChannelStatus, now: datetime) -> CheckConfidence | None:
    """Return how sure it still is what was found about a channel; None when nothing was found."""
    at = last_seen(status)
    if at is None or status.availability is Availability.UNKNOWN:
        return None
    first = unreachable_after(status.channel, _basis(status))
    left = worn(first, unreachable_after(status.channel, _UNKNOWN), at, now)
    says_yes = status.is_available
    return CheckConfidence(status.availability, at, *((1 - p if says_yes else p) for p in (first, left)))


def last_seen(status: ChannelStatus) -> datetime | None:
    """Return when a channel's availability was last seen to be so: by a check, a result, or a person who wrote."""
    times = [status.checked_at]
    if status.is_available:
        times += [status.last_inbound_at, status.last_delivered_at]
    return max((at for at in times if at is not None), default=None)


def worn(first: float, base: float, at: datetime, now: datetime) -> float:
    """Return a probability that was `first` at a time, as it is now: time draws it towards `base`."""
    back = relaxation((now - at).days, 0)
    return (1 - back) * first + back * base


@lru_cache(maxsize=64)
def unreachable_after(channel: Channel, basis: str) -> float:
    """Return the probability that a number is not on a channel right after a finding.

    The basis is what a check said (`available`, `unavailable`, `unknown` for none), or `delivered` or `fact` for a
    delivery, or a fact about the recipient, without any check.
    """
    if basis not in {_DELIVERED, _FACT}:
        return sum(shipped_prior(channel.value, basis)[:UNREACHABLE])
    table = likelihoods(channel.value)
    told = table.delivered if basis == _DELIVERED else table.hard
    weights = [w * seen for w, seen in zip(shipped_prior(channel.value, _UNKNOWN), told, strict=True)]
    return sum(weights[:UNREACHABLE]) / sum(weights)


_DELIVERED, _FACT = "delivered", "fact"


def _basis(status: ChannelStatus) -> str:
    seen, checked = last_seen(status), status.checked_at
    has_proof = status.is_available and seen is not None and (checked is None or seen > checked)
    if status.source is Source.DELIVERY or has_proof:
        return _DELIVERED if status.is_available else _FACT
    return status.availability.value


def check_words(status: ChannelStatus, now: datetime) -> str:
    """Return when a channel was last looked at, and how sure that still is: "checked 3 months ago, 96% …"."""
    known = confidence(status, now)
    if status.checked_at is None and known is None:
        return "never checked"
    if known is None:
        return f"checked {long_ago(status.checked_at or now, now)}, without an answer"
    verb = "checked"
    if _basis(status) == _DELIVERED:
        verb = "proven"
    elif _basis(status) == _FACT:
        verb = "closed by a delivery result"
    return f"{verb} {long_ago(known.at, now)}; about {percent(known.probability)} likely still true"


def is_closed_by_fact(status: ChannelStatus) -> bool:
    """Return whether a delivery result closed a channel, which then is left out until it is found open again."""
    return status.availability is Availability.UNAVAILABLE and status.source is Source.DELIVERY


def closed_words(status: ChannelStatus) -> str:
    """Return since when a channel is left out, and what opens it again; empty unless a delivery result closed it."""
    if not is_closed_by_fact(status):
        return ""
    since = f" since {status.since.day} {status.since:%b %Y}" if status.since else ""
    return f"left out{since}, until a check finds it again or the person writes on it"

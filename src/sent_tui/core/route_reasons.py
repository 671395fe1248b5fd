"""What is said of a plan: why a channel goes first, what an estimate rests on, why a channel is left out.

Each sentence claims no more than the numbers that are shown beside it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sent_tui.core.channel import Channel
from sent_tui.core.comparison import Comparison
from sent_tui.core.decision import ChannelFacts, Situation
from sent_tui.core.route_plan import Exclusion, RouteStep
from sent_tui.core.text import like_words, long_ago, percent, percent_range

OLD_RESULT = timedelta(days=90)
"""From this age on, it is said how old the last result of a contact is."""


def unavailable(known: ChannelFacts) -> str:
    """Return since when a channel is not available, and by what that is known."""
    since = f" since {_day(known.since)}" if known.since else ""
    return f"not available{since}: {known.evidence or known.source.label}"


def window_closed(closed: datetime | None) -> str:
    """Return why no free text may go, by when the window closed; None where it never was open."""
    if closed is None:
        return (
            "free text needs a WhatsApp message from the person within 24 hours, and there was none; a template may go"
        )
    return f"the 24 hours for free text ended on {_day(closed)} at {closed:%H:%M} UTC; a template may go"


def evidence(facts: ChannelFacts, now: datetime) -> str:
    """Return what an estimate rests on, claiming no more than that."""
    known = facts.estimate
    tried = known.delivered + known.failed
    interval = percent_range(known.low, known.high)
    others = like_words(known.others, known.group_mean)
    if tried:
        last = facts.last_result_at
        old = f", the last {long_ago(last, now)}" if last is not None and now - last >= OLD_RESULT else ""
        own = f"{known.delivered} of {tried} delivered{old}; estimate {percent(known.mean)} ({interval})"
        return f"{own}; {others}" if known.others else own
    if known.others:
        return f"no messages yet; {others}; estimate {percent(known.mean)} ({interval})"
    basis = f"available by {facts.source.label}" if facts.is_available else "not known to be available"
    return f"{basis}, no messages yet; assumed {percent(known.mean)} ({interval})"


def reasons(
    comparison: Comparison, steps: tuple[RouteStep, ...], excluded: tuple[Exclusion, ...], others: tuple[str, ...]
) -> tuple[str, ...]:
    """Return why a plan begins as it does, and what else is to be said; without steps, why there is no way."""
    if not steps:
        return (_no_way(comparison.situation, excluded),)
    return tuple(sentence for sentence in (_why_first(comparison, steps), *others) if sentence)


def _no_way(situation: Situation, excluded: tuple[Exclusion, ...]) -> str:
    if situation.opt_out:
        return "No message may be sent: the contact has opted out."
    shut = "; ".join(f"{out.channel.label}: {out.reason}" for out in excluded)
    return f"No channel is open. {shut}."


def _why_first(comparison: Comparison, steps: tuple[RouteStep, ...]) -> str:
    situation, first = comparison.situation, steps[0]
    name = first.channel.label
    if situation.pinned is first.channel:
        return f"{name} only: it was chosen for this message."
    if situation.default_pinned and situation.default_channel is first.channel:
        return f"{name} first: a person made it the default channel."
    if len(steps) == 1:
        return f"{name}: the only channel that is open."
    return f"{name} first: {_beside(comparison, first, steps[1])}"


def _beside(comparison: Comparison, first: RouteStep, second: RouteStep) -> str:
    """Return why one channel goes before another one, claiming no more than the numbers that are shown."""
    name, chance, other = second.channel.label, percent(first.estimate.mean), percent(second.estimate.mean)
    lead = second.estimate.mean - first.estimate.mean
    if lead <= 0:
        beside = f"as is {name}" if chance == other else f"{name} {other}"
        return f"{chance} likely to arrive, {beside}."
    situation, means = comparison.situation, comparison.means
    if situation.default_channel is first.channel:
        return f"it is the default, and {name} is not better by enough to change."
    more = comparison.cost(second.channel, means) - comparison.cost(first.channel, means)
    if lead > comparison.rules.margin:
        return f"{chance} likely to arrive; {name} {other}, but to begin with it costs about ${more:.4f} more."
    if more > 0:
        return f"it costs less, and {name} is hardly more likely to arrive."
    if situation.price(first.channel, 1.0) < situation.price(second.channel, 1.0):
        return f"its price is lower, and {name} is hardly more likely to arrive."
    return f"{chance} likely to arrive, and {name} is hardly more likely to."


def what_would_change(situation: Situation, steps: tuple[RouteStep, ...]) -> str:
    """Return how many failures of the first channel would put another one first."""
    flip = situation.flip
    if flip is None or not steps or flip.first != steps[0].channel:
        return ""
    more = "One more failed message" if flip.failures == 1 else f"{flip.failures} more failed messages"
    return f"{more} on {Channel(flip.first).label} would put {Channel(flip.then).label} first."


def _day(at: datetime | None) -> str:
    return f"{at.day} {at:%b %Y}" if at else ""

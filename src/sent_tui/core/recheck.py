"""Whether checking a contact's channels again would change which one goes first, and what that is worth.

For each channel and each answer that a check can give, the contact is taken through the check as it would be, and the
first channel of a template's route then is compared with that of now. Where it is another one, the answer is worth

    P(answer) * (chance on the channel that goes first then - chance on the one that goes first now)

with the chances as they are once the answer is known (the value of information; Howard 1966).

A check that is repeated at once gives the same answer, for its errors belong to the number and not to the moment, and
is worth nothing. Only what may have changed since the last one is news: with n = 1 - exp(-.0015 days) the number is as
likely to be on the channel as one that was never checked, and the answer is right as often as that of any check
(`delivery_grid.CHECK_ODDS`). Without a check before it, all of it is news.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from sent_tui.core.ageing import is_closed_by_fact, unreachable_after
from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.delivery_grid import CHECK_ODDS, relaxation
from sent_tui.core.delivery_groups import Recall
from sent_tui.core.estimate import Estimate
from sent_tui.core.knowledge import CHECKED_BY, Knowledge, segment_of
from sent_tui.core.lifecycle import sms_assessed, whatsapp_detected
from sent_tui.core.routing import SWITCH_MARGIN, choose_default, template_plan
from sent_tui.core.text import long_ago, plural

WORTH_FROM = SWITCH_MARGIN
"""A check is proposed when it is worth more than this: the lead that is too small to change a default channel."""
_ANSWERS = (Availability.AVAILABLE, Availability.UNAVAILABLE)
_TINY = 1e-9


class Proposal(Struct, frozen=True):
    """A check that would pay, and why."""

    contact_id: str
    channel: Channel
    """The channel whose answer could change the route."""
    answer: Availability
    """The answer that could."""
    chance: float
    """Probability that something has changed and a check gives that answer, 0 to 1."""
    first: Channel | None
    """The channel that goes first now; None when none is open."""
    then: Channel | None
    """The one that would after the answer."""
    gain: float
    """What the check is worth: how much more likely the first attempt is to arrive, on average, as a probability."""
    reason: str
    """In words."""

    @property
    def words(self) -> str:
        """The reason with what the check is worth, such as "…; worth 6 points"."""
        return f"{self.reason}; worth {plural(round(100 * self.gain), 'point')}"


class _Belief(Struct, frozen=True):
    """What is believed of one channel now, and of what a check of it would say."""

    chance: float
    """Probability of delivery."""
    news: float
    """Probability that it has been settled anew since the last check whether the number is on the channel."""
    anew: float
    """Probability that the number is on it then."""
    if_reachable: float
    """Probability of delivery, if the number is on it."""

    def probability(self, answer: Availability) -> float:
        """Return how likely it is that there is news, and a check gives this answer."""
        yes, no = CHECK_ODDS[answer.value]
        return self.news * (self.anew * yes + (1 - self.anew) * no)

    def after(self, answer: Availability) -> float:
        """Return the probability of delivery once such an answer is known."""
        yes, no = CHECK_ODDS[answer.value]
        return self.anew * yes / (self.anew * yes + (1 - self.anew) * no) * self.if_reachable


class _Routes:
    """Which channel goes first, now and after each answer of a check: of one contact, or of all that are alike."""

    def __init__(self, knowledge: Knowledge, estimates: Mapping[Channel, Estimate]) -> None:
        self.estimates = estimates
        self._knowledge = knowledge
        self._firsts: dict[tuple[Channel, Availability] | None, Channel | None] = {}

    def first(self, contact: Contact, now: datetime) -> Channel | None:
        """Return the channel that goes first now."""
        if None not in self._firsts:
            self._firsts[None] = self._planned(contact, now)
        return self._firsts[None]

    def then(self, contact: Contact, channel: Channel, answer: Availability, now: datetime) -> Channel | None:
        """Return the channel that would go first after an answer."""
        key = channel, answer
        if key not in self._firsts:
            checked = _after(contact, channel, answer, now)
            is_news = _reach(checked, segment_of(checked).checks) != _reach(contact, segment_of(contact).checks)
            self._firsts[key] = self._settled(checked, now) if is_news else self.first(contact, now)
        return self._firsts[key]

    def _settled(self, checked: Contact, now: datetime) -> Channel | None:
        default, reason = choose_default(checked, now, self._knowledge)
        is_known = all(status.availability is not Availability.UNKNOWN for status in checked.channels)
        if is_known and not checked.default_pinned:
            return default  # the first of the route, which as the default it stays
        pinned = checked.default_pinned
        return self._planned(checked.with_default(default, pinned=pinned, reason=reason, at=now, by=MovedBy.CHECK), now)

    def _planned(self, contact: Contact, now: datetime) -> Channel | None:
        return next(iter(template_plan(contact, now, self._knowledge).channels), None)


class Rechecks:
    """Finds checks that would pay, for any number of contacts, all at one time.

    `recall` finds what was learned from a group, as for `Knowledge`. People who were never written to and have the
    same facts get the same routes, which are planned once for all.
    """

    def __init__(self, now: datetime, recall: Recall = lambda name: None) -> None:
        self._now = now
        self._knowledge = Knowledge(recall)
        self._alike: dict[tuple[object, ...], _Routes] = {}

    def proposal(self, contact: Contact) -> Proposal | None:
        """Return the check of a contact that is worth most; None when none is worth it, or no message may be sent."""
        if contact.opt_out:
            return None
        checks, now = segment_of(contact).checks, self._now
        routes = self._routes(contact, checks)
        beliefs = {
            status.channel: _belief(contact, status, checks[status.channel.value], routes.estimates, now)
            for status in contact.channels
        }
        best: Proposal | None = None
        for channel in beliefs:
            if _bound(contact, channel, beliefs) > WORTH_FROM:
                found = _worth(contact, channel, beliefs, routes, now)
                if found is not None and found.gain > (best.gain if best else WORTH_FROM):
                    best = found
        self._knowledge.let_go(contact)
        return best

    def _routes(self, contact: Contact, checks: Mapping[str, str]) -> _Routes:
        is_tried = contact.learned or any(status.attempts for status in contact.channels)
        kind = None if is_tried else _kind(contact, checks)
        known = self._alike.get(kind) if kind is not None else None
        if known is None:
            known = _Routes(self._knowledge, self._knowledge.estimates(contact, self._now))
            if kind is not None:
                self._alike[kind] = known
        return known


def _after(contact: Contact, channel: Channel, answer: Availability, now: datetime) -> Contact:
    """Return the contact as it would be after one channel was looked up."""
    if channel is Channel.WHATSAPP:
        return whatsapp_detected(contact, answer, now, "")
    return sms_assessed(contact, answer, now)


def _reach(contact: Contact, checks: Mapping[str, str]) -> tuple[object, ...]:
    """Return what is known of the channels: availability, and what the last check said."""
    return tuple((status.availability, checks[status.channel.value]) for status in contact.channels)


def _kind(contact: Contact, checks: Mapping[str, str]) -> tuple[object, ...]:
    """Return what the routes of someone who was never written to depend on."""
    facts = (contact.region_code, contact.number_type, contact.default_channel, contact.default_pinned)
    return (*facts, *_reach(contact, checks))


def _belief(
    contact: Contact, status: ChannelStatus, check: str, estimates: Mapping[Channel, Estimate], now: datetime
) -> _Belief:
    """Return what is believed of a channel: the model's estimate, less what the last check of it has lost since."""
    known, checked_at = estimates[status.channel], _last_check(contact, status, check)
    lift = unreachable_after(status.channel, Availability.UNKNOWN.value) - unreachable_after(status.channel, check)
    times = (checked_at, status.last_delivered_at, status.last_failed_at, status.last_inbound_at)
    seen = max((at for at in times if at is not None), default=now)
    news = 1.0 if checked_at is None else relaxation((now - checked_at).days, 0)
    # Results since the check tell more of the number as it is now, and leave less to wear off.
    worn = relaxation((now - seen).days, 0) / news if news else 1.0
    anew = min(1.0, max(0.0, known.reachable - worn * lift))
    if_reachable = known.mean / max(known.reachable, _TINY)
    chance = ((1 - news) * known.reachable + news * anew) * if_reachable
    return _Belief(chance, news, anew, if_reachable)


def _last_check(contact: Contact, status: ChannelStatus, check: str) -> datetime | None:
    """Return when a check of a channel last gave an answer; a person who wrote on it is as good as one."""
    if check == Availability.UNKNOWN.value:
        return None
    times = [step.at for step in contact.lifecycle if step.kind is CHECKED_BY[status.channel]]
    if status.checked_at is not None and status.source is not Source.DELIVERY:
        times.append(status.checked_at)
    if status.last_inbound_at is not None and check == Availability.AVAILABLE.value:
        times.append(status.last_inbound_at)
    return max(times, default=None)


def _bound(contact: Contact, channel: Channel, beliefs: Mapping[Channel, _Belief]) -> float:
    """Return more than a check of a channel can be worth, without planning."""
    own = beliefs[channel]
    others = [belief.chance for other, belief in beliefs.items() if other is not channel]
    shut = all(contact.availability(other) is Availability.UNAVAILABLE for other in beliefs if other is not channel)
    worst = 0.0 if shut else min(others)
    gains = {
        Availability.AVAILABLE: own.after(Availability.AVAILABLE) - worst,
        Availability.UNAVAILABLE: max(others, default=0.0) - own.after(Availability.UNAVAILABLE),
    }
    return sum(own.probability(answer) * max(0.0, gain) for answer, gain in gains.items())


def _worth(
    contact: Contact, channel: Channel, beliefs: Mapping[Channel, _Belief], routes: _Routes, now: datetime
) -> Proposal | None:
    """Return what a check of a channel is worth; None when no answer changes which channel goes first."""
    own, first = beliefs[channel], routes.first(contact, now)
    gains: dict[Availability, float] = {}
    for answer in _ANSWERS:
        then = routes.then(contact, channel, answer, now)
        if then is not first:
            chances = {known: belief.chance for known, belief in beliefs.items()} | {channel: own.after(answer)}
            gain = (chances[then] if then else 0.0) - (chances[first] if first else 0.0)
            gains[answer] = own.probability(answer) * gain
    if not gains:
        return None
    answer = max(gains, key=gains.__getitem__)
    then = routes.then(contact, channel, answer, now)
    proposal = Proposal(contact.id, channel, answer, own.probability(answer), first, then, sum(gains.values()), "")
    return replace(proposal, reason=_reason(contact.status(channel), proposal, now))


def _reason(status: ChannelStatus, proposal: Proposal, now: datetime) -> str:
    name = status.channel.label
    if is_closed_by_fact(status) and status.since:
        known = f"{name} was closed by a delivery result {long_ago(status.since, now)}"
    elif status.checked_at is None:
        known = f"{name} was never checked"
    else:
        known = f"{name} was last checked {long_ago(status.checked_at, now)}"
    if proposal.answer is Availability.AVAILABLE:
        found = "it is there" if status.availability is Availability.UNKNOWN else "it is there again"
    else:
        found = "it is gone"
    then = "it" if proposal.then is status.channel else proposal.then.label if proposal.then else "no channel"
    return f"{known}; if {found}, {then} would go first"

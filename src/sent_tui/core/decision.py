"""A decision of the router: everything that it looked at, kept so that the plan can be made again from it.

A plan is a function of a `Situation` and of `Rules` alone. Both are written down as a `Decision` with the message, as
JSON; texts that follow from them are not. `core.routing.reproduce` makes the plan again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final

from msgspec import Struct

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.delivery import Flip
from sent_tui.core.estimate import Estimate
from sent_tui.core.message import MessageStatus
from sent_tui.core.prices import Tariff

VERSION: Final = 1
"""Of the record."""


class Rules(Struct, frozen=True):
    """The numbers that the router goes by."""

    margin: float
    """How much better another channel must look to go before the default one, in probability."""
    cost_weight: float
    """Probability of delivery that a dollar is worth."""
    whole_plan: bool = False
    """Whether the dollars are those of the whole plan, each step as often as those before it fail; else of one step."""


class ChannelFacts(Struct, frozen=True):
    """What was known of one channel when it was decided."""

    channel: Channel
    availability: Availability
    since: datetime | None
    """When the availability had last changed."""
    source: Source
    evidence: str
    """What the availability rested on, in words; safe to show only through `core.text.display`."""
    last_inbound_at: datetime | None
    """When the person had last written on it."""
    estimate: Estimate
    fallback_after: timedelta
    """How long a step by it was given."""
    until: MessageStatus = MessageStatus.DELIVERED
    """The status that it had to reach in that time."""
    last_result_at: datetime | None = None
    """When the last of the contact's own results on it came; None when there was none, or it is not known."""

    @property
    def is_available(self) -> bool:
        """Whether the channel was known to reach the number."""
        return self.availability is Availability.AVAILABLE


class Situation(Struct, frozen=True):
    """What was known of a contact and a message: with the rules, all that a plan depends on."""

    at: datetime
    region: str
    """ISO 3166-1 alpha-2; `001` for numbers of no country."""
    number_type: str
    """As the numbering plan says; what the estimates take for it is in them."""
    opt_out: bool
    default_channel: Channel | None
    default_pinned: bool
    """Whether a person had chosen the default channel."""
    pinned: Channel | None
    """The channel that a person chose for this message."""
    is_free_text: bool
    category: str
    """The category by which WhatsApp takes its price."""
    segments: int
    """How many messages SMS makes of it."""
    tariff: Tariff
    last_template_at: datetime | None
    """When a template had last gone out, as far as that was asked."""
    channels: tuple[ChannelFacts, ...]
    """One for each channel, in the fixed order."""
    falls_back: bool = True
    """Whether another channel might follow the first one; False when a person asked for that."""
    flip: Flip | None = None
    """How many more failures would have put another channel first; None when it was not asked, or none would."""

    @property
    def last_inbound_at(self) -> datetime | None:
        """When the person had last written, on whatever channel."""
        return max((at for known in self.channels if (at := known.last_inbound_at) is not None), default=None)

    @property
    def estimates(self) -> dict[Channel, Estimate]:
        """The estimate of each channel."""
        return {known.channel: known.estimate for known in self.channels}

    def price(self, channel: Channel, chance: float) -> float:
        """Return the expected dollars of a step on a channel with this chance of delivery (0 to 1)."""
        return self.tariff.expected(channel, chance, self.segments)

    def cost(self, order: Iterable[Channel], chances: Mapping[Channel, float]) -> float:
        """Return the expected dollars of channels in an order: each counts as often as those before it fail."""
        total, reached = 0.0, 1.0
        for channel in order:
            total += reached * self.price(channel, chances[channel])
            reached *= 1 - chances[channel]
        return total


class Decision(Struct, frozen=True):
    """What the router decided from."""

    model: int
    """Version of the delivery model that gave the estimates."""
    rules: Rules
    situation: Situation


def decision_json(decision: Decision) -> dict[str, Any]:
    """Return a decision in a form for JSON; what is none, empty or zero is left out."""
    situation = decision.situation
    written = {
        "version": VERSION,
        "model": decision.model,
        "at": _written(situation.at),
        "margin": decision.rules.margin,
        "cost_weight": decision.rules.cost_weight,
        "whole_plan": decision.rules.whole_plan,
        "region": situation.region,
        "number_type": situation.number_type,
        "opt_out": situation.opt_out,
        "default": _word(situation.default_channel),
        "default_pinned": situation.default_pinned,
        "pinned": _word(situation.pinned),
        "free_text": situation.is_free_text,
        "category": situation.category,
        "segments": situation.segments,
        "prices": [situation.tariff.whatsapp, situation.tariff.sms],
        "last_template_at": _written(situation.last_template_at),
        "channels": [_facts_json(known) for known in situation.channels],
        "only_first": not situation.falls_back,
        "flip": list(situation.flip) if situation.flip else None,
    }
    return {name: value for name, value in written.items() if value}


def decision_from(record: Mapping[str, Any]) -> Decision:
    """Return the decision of a record; raises ValueError for what is none, or one of another version."""
    if record.get("version") != VERSION:
        raise ValueError(f"a decision of version {record.get('version')} cannot be read, only {VERSION}")
    try:
        whatsapp, sms = map(_number, record["prices"])
        flip = record.get("flip")
        situation = Situation(
            at=datetime.fromisoformat(record["at"]),
            region=str(record.get("region", "")),
            number_type=str(record.get("number_type", "")),
            opt_out=bool(record.get("opt_out")),
            default_channel=_channel(record.get("default")),
            default_pinned=bool(record.get("default_pinned")),
            pinned=_channel(record.get("pinned")),
            is_free_text=bool(record.get("free_text")),
            category=str(record.get("category", "")),
            segments=int(record["segments"]),
            tariff=Tariff(whatsapp, sms),
            last_template_at=_read_time(record.get("last_template_at")),
            channels=tuple(map(_facts_from, record["channels"])),
            falls_back=not record.get("only_first"),
            flip=Flip(Channel(flip[0]), Channel(flip[1]), int(flip[2])) if flip else None,
        )
        rules = Rules(
            _number(record.get("margin", 0.0)), _number(record.get("cost_weight", 0.0)), bool(record.get("whole_plan"))
        )
        return Decision(int(record.get("model", 0)), rules, situation)
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError) as error:
        raise ValueError(f"what was kept of a decision cannot be understood: {error!r}") from None


def _facts_json(known: ChannelFacts) -> dict[str, Any]:
    estimate = known.estimate
    written = {
        "channel": known.channel.value,
        "availability": known.availability.value,
        "since": _written(known.since),
        "source": known.source.value,
        "evidence": known.evidence,
        "last_inbound_at": _written(known.last_inbound_at),
        "estimate": [estimate.mean, estimate.low, estimate.high, estimate.reachable],
        "tried": [estimate.delivered, estimate.failed] if estimate.delivered or estimate.failed else None,
        "group": [estimate.group_mean, estimate.group_size],
        "after": known.fallback_after.total_seconds(),
        "until": None if known.until is MessageStatus.DELIVERED else known.until.value,
        "last_result_at": _written(known.last_result_at),
    }
    return {name: value for name, value in written.items() if value}


def _facts_from(record: Mapping[str, Any]) -> ChannelFacts:
    channel = Channel(record["channel"])
    mean, low, high, reachable = map(_number, record["estimate"])
    delivered, failed = map(int, record.get("tried", (0, 0)))
    group_mean, group_size = record["group"]
    return ChannelFacts(
        channel=channel,
        availability=Availability(record["availability"]),
        since=_read_time(record.get("since")),
        source=Source(record["source"]),
        evidence=str(record.get("evidence", "")),
        last_inbound_at=_read_time(record.get("last_inbound_at")),
        estimate=Estimate(
            channel.value, mean, low, high, reachable, delivered, failed, _number(group_mean), int(group_size)
        ),
        fallback_after=timedelta(seconds=_number(record["after"])),
        until=MessageStatus(record.get("until", MessageStatus.DELIVERED)),
        last_result_at=_read_time(record.get("last_result_at")),
    )


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _read_time(text: Any) -> datetime | None:  # noqa: ANN401 - any JSON value
    return None if text is None else datetime.fromisoformat(text)


def _word(channel: Channel | None) -> str | None:
    return None if channel is None else channel.value


def _channel(word: Any) -> Channel | None:  # noqa: ANN401 - any JSON value
    return None if word is None else Channel(word)


def _number(value: Any) -> float:  # noqa: ANN401 - any JSON value
    number = float(value)
    if not isfinite(number):
        raise ValueError("what was kept of a decision has a number that is none")
    return number

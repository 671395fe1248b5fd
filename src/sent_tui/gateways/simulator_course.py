"""The course of a message: what becomes of it, and what is reported of that, and when.

All of it follows from the seed, the receipt and what is true at that time, so whoever asks hears the same.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct

from sent_tui.core.channel import Channel
from sent_tui.core.message import MessageStatus
from sent_tui.gateways.gateway import Receipt
from sent_tui.gateways.simulator_chance import DAY, SALT, hesitation, units
from sent_tui.gateways.simulator_lives import Chapter, chapter_at, life
from sent_tui.gateways.simulator_numbers import Course, Stage
from sent_tui.gateways.simulator_population import may_take_sms
from sent_tui.gateways.simulator_templates import template_of
from sent_tui.gateways.simulator_windows import HOUR, MINUTE, empty_account, outage, phone_off, template_pause
from sent_tui.gateways.simulator_world import World

READS = 0.7
"""Share of delivered WhatsApp messages that are read, and reported as read."""
WAITS = {Channel.WHATSAPP: 24 * HOUR, Channel.SMS: 10 * HOUR}
"""Seconds for which a message waits for a phone that is off; then it fails by time-out."""
PROVIDER_FAULTS = {
    Channel.WHATSAPP: ("PROVIDER_001", "131016", "131000"),
    Channel.SMS: ("PROVIDER_001", "30410", "30001"),
}
"""What a provider says in an outage, the first as often as the others together."""
LANDLINES = 0.5
"""Share of the numbers without SMS that are landlines although the numbering plan does not say so."""
HELD_BACK = "131049"
PAUSED = "132015"

_FATE = struct.Struct(">7H")
_UNIT = 1 / 65536
_after = attrgetter("after")


class _Luck(NamedTuple):
    """What the course of a message is drawn from in any world: numbers from 0 on and below 1."""

    arrives: float
    why: float
    routed: float
    sent: float
    ended: float
    reads: float
    read: float


class _Trouble(NamedTuple):
    """The same for what happens in no calm world."""

    turned_down: float
    fails: float
    """In an outage."""
    which: float
    fact: float
    silence: float
    late: float
    how_late: float
    order: float


class _Sent(Struct, frozen=True):
    """A message on its way: to whom, when, what is true then, and what its course is drawn from."""

    world: World
    seed: int
    receipt: Receipt
    second: float
    """When it was accepted, in seconds since 1970."""
    truth: Chapter
    luck: _Luck
    trouble: _Trouble

    @property
    def is_whatsapp(self) -> bool:
        return self.receipt.channel is Channel.WHATSAPP

    @property
    def is_reachable(self) -> bool:
        if self.is_whatsapp:
            return self.truth.person.on_whatsapp
        return self.truth.person.takes_sms and not self.is_landline

    @property
    def is_landline(self) -> bool:
        """Whether the numbering plan leaves no SMS to such a number."""
        return not may_take_sms(self.receipt.to)

    @property
    def chance(self) -> float:
        return self.truth.person.whatsapp_chance if self.is_whatsapp else self.truth.person.sms_chance


def course(world: World, seed: int, receipt: Receipt) -> Course:
    """Return all that is ever reported of one message, oldest first."""
    number, channel = receipt.to, receipt.channel.value
    name = f"{SALT}|{seed}|{number}|{channel}|{receipt.gateway_id}"
    draws = _FATE.unpack(blake2b(name.encode(), digest_size=_FATE.size).digest())
    second = receipt.accepted_at.timestamp()
    sent = _Sent(
        world,
        seed,
        receipt,
        second,
        chapter_at(life(world, seed, number, second), second),
        _Luck._make(draw * _UNIT for draw in draws),
        _Trouble._make(units(f"{seed}|{number}|{channel}|{receipt.gateway_id}|more")),
    )
    queued = Stage(MessageStatus.QUEUED, 0.0)
    stopped = _stopped(sent)
    if stopped is not None:
        return (queued, stopped)
    way = (
        queued,
        Stage(MessageStatus.ROUTED, 0.05 + 0.07 * sent.luck.routed),
        Stage(MessageStatus.SENT, 0.15 + 0.15 * sent.luck.sent),
    )
    return _told(sent, way, _end(sent))


def _stopped(sent: _Sent) -> Stage | None:
    """Return the end of a message that no provider ever gets."""
    if sent.truth.opted_out:
        return Stage(MessageStatus.FILTERED, 0.5, "CONSENT_001")
    if empty_account(sent.world, sent.seed, sent.second):
        return Stage(MessageStatus.BLOCKED, 0.5, "BUSINESS_003")
    template = template_of(sent.receipt.gateway_id)
    paused = template and template_pause(sent.world, sent.seed, template.name, sent.second)
    return Stage(MessageStatus.BLOCKED, 0.5, PAUSED) if paused and sent.is_whatsapp else None


def _end(sent: _Sent) -> Stage:
    """Return what becomes of a message, and when."""
    after = 0.4 + 1.1 * sent.luck.ended
    turned_down = _turned_down(sent, after)
    if turned_down is not None:
        return turned_down
    if not sent.is_reachable:
        return Stage(MessageStatus.FAILED, after, _fact(sent))
    after, expired = _waited(sent, after)
    if expired:
        return Stage(MessageStatus.FAILED, after, "DELIVERY_003")
    if sent.luck.arrives >= sent.chance:
        return Stage(MessageStatus.FAILED, after, _passing(sent))
    return Stage(MessageStatus.DELIVERED, after)


def _turned_down(sent: _Sent, after: float) -> Stage | None:
    """Return the end of a message that a carrier, WhatsApp or a provider does not take to the phone."""
    world, stop = sent.world, sent.trouble.turned_down
    template = template_of(sent.receipt.gateway_id)
    if sent.is_whatsapp and template is not None and template.category == "marketing" and stop < world.marketing_held:
        return Stage(MessageStatus.FAILED, after, HELD_BACK)
    if not sent.is_whatsapp and stop < world.filtered:
        return Stage(MessageStatus.FILTERED, after, "POLICY_001")
    if sent.trouble.fails < world.outage_fails and _outage_ends(sent) is not None:
        codes = PROVIDER_FAULTS[sent.receipt.channel]
        return Stage(MessageStatus.FAILED, after, codes[max(0, int(sent.trouble.which * 4) - 1)])
    return None


def _outage_ends(sent: _Sent) -> float | None:
    """Return in how many seconds the outage ends that a message came into."""
    found = outage(sent.world, sent.seed, sent.receipt.to, sent.receipt.channel, sent.second)
    return None if found is None else found.ends - sent.second


def _waited(sent: _Sent, after: float) -> tuple[float, bool]:
    """Return when a message gets to the phone, and whether it has waited too long for that."""
    ends = _outage_ends(sent)
    if ends is not None:
        after = max(after, ends + 2 * MINUTE * sent.trouble.which)
    off = phone_off(sent.world, sent.seed, sent.receipt.to, sent.second + after)
    if off is None:
        return after, False
    back = off.ends - sent.second
    if back - after > WAITS[sent.receipt.channel]:
        return after + WAITS[sent.receipt.channel], True
    return back + 5 + 25 * sent.trouble.which, False


def _fact(sent: _Sent) -> str | None:
    """Return why a message to somebody who cannot be reached failed."""
    missing = sent.world.whatsapp_fact_missing if sent.is_whatsapp else sent.world.sms_fact_missing
    if sent.trouble.fact < missing:
        return None if sent.trouble.which < sent.world.no_reason else "DELIVERY_001"
    if sent.is_whatsapp:
        return "DELIVERY_007"
    is_landline = sent.is_landline or sent.luck.why < LANDLINES
    return "DELIVERY_006" if sent.truth.in_service and is_landline else "DELIVERY_005"


def _passing(sent: _Sent) -> str | None:
    """Return why a message to somebody who can be reached failed; None where nobody says."""
    why, world = sent.luck.why, sent.world
    if sent.trouble.fact < (world.whatsapp_fact_wrong if sent.is_whatsapp else world.sms_fact_wrong):
        return "DELIVERY_007" if sent.is_whatsapp else "DELIVERY_005"
    if sent.trouble.which < world.no_reason:
        return None
    if why < 0.6:
        return "DELIVERY_003"
    return "DELIVERY_001" if why < 0.95 else "PROVIDER_001"


def _told(sent: _Sent, way: Course, end: Stage) -> Course:
    """Return what is reported of a message: late, twice, in another order, or never."""
    world, order = sent.world, sent.trouble.order
    has_arrived = end.status == MessageStatus.DELIVERED
    if sent.trouble.silence < (world.report_lost if has_arrived else world.failure_lost):
        return way
    final = Stage(end.status, end.after + _delay(sent), end.reason_code)
    told = [*way, final]
    if order < world.sent_late:
        told[-2] = Stage(MessageStatus.SENT, final.after + 2 + 30 * sent.trouble.how_late)
    if has_arrived:
        told.extend(_seen(sent, end))
        if order > 1 - world.repeated:
            told.append(Stage(final.status, final.after + MINUTE * (1 + 9 * sent.trouble.how_late)))
    elif final.reason_code == "DELIVERY_003" and order > 1 - world.arrived_after_all:
        told.append(Stage(MessageStatus.DELIVERED, final.after + HOUR * (1 + 19 * sent.trouble.how_late)))
    return tuple(sorted(told, key=_after))


def _seen(sent: _Sent, end: Stage) -> Course:
    """Return that a message was read: by the person, whenever its delivery is reported."""
    read = sent.luck.read
    if not sent.is_whatsapp or sent.luck.reads >= READS:
        return ()
    median = sent.world.reads_after * MINUTE
    after = min(2 * DAY, 3 + hesitation(median, read)) if median else 1.0 + 20.0 * read
    return (Stage(MessageStatus.READ, end.after + after),)


def _delay(sent: _Sent) -> float:
    """Return how many seconds a report takes longer than usual."""
    world, late, how_late = sent.world, sent.trouble.late, sent.trouble.how_late
    if late < world.report_days:
        return DAY * (1 + 2 * how_late)
    if late < world.report_days + world.report_hours:
        return HOUR * (1 + 7 * how_late)
    if late < world.report_days + world.report_hours + world.report_minutes:
        return MINUTE * (1 + 29 * how_late)
    return 0.0

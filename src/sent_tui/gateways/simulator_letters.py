"""What the people of the simulated network write: on their own, in answer to a message, and STOP and START."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from sent_tui.core.channel import Channel
from sent_tui.core.message import REACHED
from sent_tui.gateways.gateway import Letter, Receipt
from sent_tui.gateways.simulator_chance import hesitation, units
from sent_tui.gateways.simulator_lives import Life, life
from sent_tui.gateways.simulator_numbers import Course
from sent_tui.gateways.simulator_windows import HOUR, MINUTE
from sent_tui.gateways.simulator_world import World

STOP, START = "STOP", "START"
_ANSWERS: Final = (
    "Thank you!",
    "Thanks, that helps.",
    "Yes, that suits me.",
    "Could you call me this afternoon?",
    "When will it arrive?",
    "That is the wrong order number.",
    "Perfect, see you then.",
    "OK",
    "Sorry, I was on the road. Tomorrow is fine.",
    "It works again, thanks a lot.",
    "Please send it to the office instead.",
    "👍",
)
_ANSWERED_AFTER = 10 * MINUTE
"""Half of those who answer do so within this time."""
_ANSWERED_WITHIN = 48 * HOUR


def last_wrote(told: Life, now: datetime) -> datetime | None:
    """Return when a person last wrote on WhatsApp on their own, in a life that is told up to now; None when never."""
    until = now
    for chapter in reversed(told[1:]):
        begins = datetime.fromtimestamp(chapter.begins, now.tzinfo)
        wrote = chapter.person.last_wrote(until)
        if wrote is not None and wrote >= begins:
            return wrote
        until = begins
    # As it was to begin with, it had always been.
    return told[0].person.last_wrote(until)


def answer(world: World, seed: int, receipt: Receipt, course: Course) -> Letter | None:
    """Return what a person answers to a message that arrived, by the channel that it came by."""
    share = world.writes_back_whatsapp if receipt.channel is Channel.WHATSAPP else world.writes_back_sms
    writes, which, after, *_ = units(f"{seed}|{receipt.to}|{receipt.gateway_id}|answer")
    if writes >= share:
        return None
    seconds = min(_ANSWERED_WITHIN, 20 + hesitation(_ANSWERED_AFTER, after))
    return reply(receipt, course, _ANSWERS[int(which * len(_ANSWERS))], seconds)


def reply(receipt: Receipt, course: Course, text: str, seconds: float) -> Letter | None:
    """Return what a person writes so long after a message arrived; None when it never does."""
    arrived = next((stage for stage in course if stage.status in REACHED), None)
    if arrived is None:
        return None
    at = receipt.accepted_at + timedelta(seconds=arrived.after + seconds)
    return Letter(f"answer-{receipt.gateway_id}", receipt.to, receipt.channel, text, at)


def decisions(world: World, seed: int, number: str, since: datetime, until: datetime) -> Iterator[Letter]:
    """Yield the STOP and START that a person wrote after one time and until another, oldest first."""
    for before, after in pairwise(life(world, seed, number, until.timestamp())):
        if before.opted_out is after.opted_out or not after.in_service:
            continue
        at = datetime.fromtimestamp(int(after.begins), since.tzinfo)
        if since < at <= until:
            text = STOP if after.opted_out else START
            channel = Channel.WHATSAPP if after.person.on_whatsapp else Channel.SMS
            yield Letter(f"{text.lower()}-{number[1:]}-{int(after.begins)}", number, channel, text, at)

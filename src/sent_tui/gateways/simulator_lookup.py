"""What a lookup in the simulated network answers: the truth of a while ago, 97 times of 100."""

from __future__ import annotations

from datetime import datetime

from sent_tui.core.channel import Availability, Channel
from sent_tui.gateways.gateway import Finding
from sent_tui.gateways.simulator_chance import DAY
from sent_tui.gateways.simulator_letters import last_wrote
from sent_tui.gateways.simulator_lives import chapter_at, registrations
from sent_tui.gateways.simulator_windows import channels_out
from sent_tui.gateways.simulator_world import World

_SOURCE = "simulated lookup"
_EVIDENCE = {
    (Channel.WHATSAPP, Availability.AVAILABLE): f"registered on WhatsApp ({_SOURCE})",
    (Channel.WHATSAPP, Availability.UNAVAILABLE): f"not registered on WhatsApp ({_SOURCE})",
    (Channel.WHATSAPP, Availability.UNKNOWN): f"no answer about WhatsApp ({_SOURCE})",
    (Channel.SMS, Availability.AVAILABLE): f"takes SMS ({_SOURCE})",
    (Channel.SMS, Availability.UNAVAILABLE): f"does not take SMS ({_SOURCE})",
    (Channel.SMS, Availability.UNKNOWN): f"no answer about SMS ({_SOURCE})",
}
_FINDINGS = {(channel, found): Finding(channel, found, words) for (channel, found), words in _EVIDENCE.items()}
"""Without a time when the person wrote: the same for everybody."""
_ANSWERS = {
    channel: {True: _FINDINGS[channel, Availability.AVAILABLE], False: _FINDINGS[channel, Availability.UNAVAILABLE]}
    for channel in (Channel.WHATSAPP, Channel.SMS)
}


def look_up(world: World, seed: int, number: str, now: datetime) -> tuple[Finding, ...]:
    """Return what a lookup of a number (E.164) says about each channel; nothing about one that has an outage."""
    second = now.timestamp()
    told = registrations(world, seed, number, second)
    known = told[0].person
    if len(told) > 1:
        # A number is looked up in a directory of its own age.
        age = known.phase % 1000 / 1000 * world.directory_age * DAY
        known = chapter_at(told, second - age).person
    sms = _ANSWERS[Channel.SMS][known.takes_sms is known.sms_right]
    on_whatsapp = known.on_whatsapp is known.whatsapp_right
    wrote = last_wrote(told, now) if on_whatsapp else None
    if wrote is None:
        whatsapp = _ANSWERS[Channel.WHATSAPP][on_whatsapp]
    else:
        whatsapp = finding(Channel.WHATSAPP, Availability.AVAILABLE, wrote)
    out = channels_out(world, seed, number, second)
    if not out:
        return whatsapp, sms
    return tuple(
        _FINDINGS[found.channel, Availability.UNKNOWN] if found.channel in out else found for found in (whatsapp, sms)
    )


def finding(channel: Channel, availability: Availability, last_inbound_at: datetime | None = None) -> Finding:
    """Return a finding in words."""
    known = _FINDINGS[channel, availability]
    if last_inbound_at is None:
        return known
    return Finding(channel, availability, known.evidence, last_inbound_at)

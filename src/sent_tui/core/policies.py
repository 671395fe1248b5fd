"""Other ways to choose the first channel, to be held against one's own log.

Each is a function of what was known then, and chooses among the channels that could be used: consent, conversation
windows and a person's choice bind every policy. That a channel is *unavailable* binds none of them: it is what sent-tui
concluded from checks and results, and other policies look at these in their own way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct, field

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.decision import Situation
from sent_tui.core.route_plan import ExclusionKind, RoutePlan
from sent_tui.core.routing import decide

_BY_CHECK: Final = (Availability.AVAILABLE, Availability.UNKNOWN, Availability.UNAVAILABLE)


class Past(Struct, frozen=True):
    """What was known of a contact beside the situation itself."""

    checked: Mapping[Channel, Availability] = field(default_factory=dict)
    """What was known of each channel before the first message."""
    worked: Channel | None = None
    """The channel of the last message that was known to have arrived."""


class Choice(Struct, frozen=True):
    """What a policy chooses from, and what it may know."""

    situation: Situation
    past: Past
    plan: RoutePlan
    """What the router decides by its present rules."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Those that neither consent nor a window nor a person's choice rules out, in their fixed order."""
        shut = {out.channel for out in self.plan.excluded if out.kind is not ExclusionKind.UNAVAILABLE}
        return tuple(known.channel for known in self.situation.channels if known.channel not in shut)


def choice_of(situation: Situation, past: Past) -> Choice:
    """Return what there was to choose from."""
    return Choice(situation, past, decide(situation))


class Policy(Struct, frozen=True):
    """A way to choose the first channel."""

    name: str
    about: str
    """What it does, in words."""
    choose: Callable[[Choice], Channel]
    """Chooses one of the channels, of which there must be one."""


def whatsapp_first(choice: Choice) -> Channel:
    """Choose WhatsApp wherever it can be used."""
    return Channel.WHATSAPP if Channel.WHATSAPP in choice.channels else choice.channels[0]


def sms_first(choice: Choice) -> Channel:
    """Choose SMS wherever it can be used."""
    return Channel.SMS if Channel.SMS in choice.channels else choice.channels[0]


def cheapest(choice: Choice) -> Channel:
    """Choose the channel on which a message that arrives costs least."""
    return min(choice.channels, key=lambda channel: choice.situation.price(channel, 1.0))


def static_check(choice: Choice) -> Channel:
    """Choose by what was known before the first message, and by nothing that came after."""
    checked = choice.past.checked
    return min(choice.channels, key=lambda channel: _BY_CHECK.index(checked.get(channel, Availability.UNKNOWN)))


def last_success(choice: Choice) -> Channel:
    """Choose the channel that worked last; until one did, by the check."""
    worked = choice.past.worked
    return worked if worked is not None and worked in choice.channels else static_check(choice)


def by_the_router(choice: Choice) -> Channel:
    """Choose as the router does with its present rules; where it would send nothing, the first one."""
    return next(iter(choice.plan.channels), choice.channels[0])


POLICIES: Final[Mapping[str, Policy]] = {
    policy.name: policy
    for policy in (
        Policy("whatsapp-first", "WhatsApp wherever it may be used, else SMS", whatsapp_first),
        Policy("sms-first", "SMS wherever it may be used, else WhatsApp", sms_first),
        Policy("cheapest", "the channel on which a message costs least", cheapest),
        Policy("last-success", "the channel that worked last; before that, what the check said", last_success),
        Policy("static-check", "what was known before the first message, and nothing learned since", static_check),
        Policy("sent-tui", "today's rules of sent-tui, on what was known then", by_the_router),
    )
}
"""By their names."""

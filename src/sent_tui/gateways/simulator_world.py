"""How much goes wrong in the simulated network: three worlds, and every rate in them.

docs/simulator.md has the same table; a test holds it against this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, Final


def _share(doc: str) -> float:
    return field(default=0.0, metadata={"doc": doc, "unit": "share"})


def _days(doc: str) -> float:
    return field(default=0.0, metadata={"doc": doc, "unit": "days"})


def _weeks(doc: str) -> int:
    return field(default=0, metadata={"doc": doc, "unit": "weeks"})


def _minutes(doc: str) -> float:
    return field(default=0.0, metadata={"doc": doc, "unit": "minutes"})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class World:
    """The rates of a world. A share lies from 0 to 1; weeks and days of 0 mean never, minutes of 0 at once.

    Worlds are told apart by identity, so that they are quick keys of caches.
    """

    name: str
    stays_on_whatsapp: float = _days("A person leaves WhatsApp after, on average")
    keeps_carrier: float = _days("A number changes its carrier, and with it the quality of SMS, after, on average")
    keeps_handset: float = _days("A person changes the phone, and with it the quality of WhatsApp, after, on average")
    keeps_number: float = _days("A number goes out of service after, on average")
    lies_fallow: float = _days("Such a number is given to somebody else after, on average")
    stays_opted_in: float = _days("A person writes STOP of their own accord after, on average")
    stays_opted_out: float = _days("Such a person writes START after, on average")
    directory_age: float = _days("A lookup tells what was true up to so long ago")
    phone_off: float = _share("Share of the time that a phone is off, for 10 minutes to 36 hours at a stretch")
    outage_worldwide: int = _weeks("A channel has an outage everywhere, for 2 to 8 hours, once in")
    outage_in_place: int = _weeks("A channel has an outage in one country, for 20 minutes to 8 hours, once in")
    outage_fails: float = _share("Messages in an outage that fail by a fault of the provider")
    outage_refuses: float = _share("Messages in an outage that cannot even be handed over")
    hand_over_fails: float = _share("Messages at any other time that cannot be handed over at the first try")
    balance_gone: int = _weeks("The account balance is used up, for 1 to 3 hours, once in")
    template_paused: int = _weeks("A template is paused for its quality, for 3 to 6 hours, once in")
    marketing_held: float = _share("Marketing templates that WhatsApp holds back, because the person had enough")
    filtered: float = _share("SMS that the carrier filters for its content")
    whatsapp_fact_missing: float = _share("Failures of a number that is not on WhatsApp which come without that fact")
    sms_fact_missing: float = _share("Failures of a number that takes no SMS which come without that fact")
    whatsapp_fact_wrong: float = _share("Passing failures on WhatsApp that come as a fact about the recipient, wrongly")
    sms_fact_wrong: float = _share("Passing failures by SMS that come as a fact about the recipient, wrongly")
    no_reason: float = _share("Passing failures that come without a reason")
    arrived_after_all: float = _share("Time-outs after which the message arrives all the same, 1 to 20 hours later")
    report_minutes: float = _share("Final reports that take 1 to 30 minutes")
    report_hours: float = _share("Final reports that take 1 to 8 hours")
    report_days: float = _share("Final reports that take 1 to 3 days")
    report_lost: float = _share("Deliveries of which no report ever comes")
    failure_lost: float = _share("Failures of which no report ever comes")
    sent_late: float = _share("Messages whose SENT is reported after their end")
    repeated: float = _share("Deliveries that are reported twice")
    reads_after: float = _minutes("Half of those who read have read after")
    writes_back_whatsapp: float = _share("Messages on WhatsApp that the person answers")
    writes_back_sms: float = _share("SMS that the person answers")


CALM: Final = World(name="calm")
"""Nothing changes, nothing is late and nothing is lost: for tests, scripts and first steps."""

LIVELY: Final = World(
    name="lively",
    stays_on_whatsapp=1250,
    keeps_carrier=1250,
    keeps_handset=3300,
    keeps_number=20_000,
    lies_fallow=120,
    stays_opted_in=12_000,
    stays_opted_out=120,
    directory_age=45,
    phone_off=0.02,
    outage_worldwide=8,
    outage_in_place=32,
    outage_fails=0.6,
    outage_refuses=0.05,
    hand_over_fails=0.001,
    balance_gone=104,
    template_paused=52,
    marketing_held=0.03,
    filtered=0.002,
    whatsapp_fact_missing=0.05,
    sms_fact_missing=0.1,
    whatsapp_fact_wrong=0.02,
    sms_fact_wrong=0.05,
    no_reason=0.1,
    arrived_after_all=0.05,
    report_minutes=0.03,
    report_hours=0.008,
    report_days=0.002,
    report_lost=0.01,
    failure_lost=0.05,
    sent_late=0.01,
    repeated=0.01,
    reads_after=4,
    writes_back_whatsapp=0.25,
    writes_back_sms=0.06,
)
"""Everyday trouble: most messages go through at once, and now and then each thing that can happen does."""

ROUGH: Final = World(
    name="rough",
    stays_on_whatsapp=310,
    keeps_carrier=310,
    keeps_handset=825,
    keeps_number=5000,
    lies_fallow=120,
    stays_opted_in=3000,
    stays_opted_out=120,
    directory_age=120,
    phone_off=0.08,
    outage_worldwide=2,
    outage_in_place=8,
    outage_fails=0.7,
    outage_refuses=0.2,
    hand_over_fails=0.01,
    balance_gone=20,
    template_paused=13,
    marketing_held=0.12,
    filtered=0.01,
    whatsapp_fact_missing=0.2,
    sms_fact_missing=0.3,
    whatsapp_fact_wrong=0.05,
    sms_fact_wrong=0.1,
    no_reason=0.3,
    arrived_after_all=0.15,
    report_minutes=0.15,
    report_hours=0.06,
    report_days=0.02,
    report_lost=0.04,
    failure_lost=0.15,
    sent_late=0.05,
    repeated=0.05,
    reads_after=20,
    writes_back_whatsapp=0.25,
    writes_back_sms=0.06,
)
"""A bad year in a day: to see what holds when much goes wrong at once."""

WORLDS: Final[Mapping[str, World]] = {world.name: world for world in (CALM, LIVELY, ROUGH)}
"""By the name that the setting takes."""


def rates() -> tuple[Field[Any], ...]:
    """Return every rate: its name, its `doc` in words and its `unit` among the metadata."""
    return tuple(known for known in fields(World) if known.metadata)

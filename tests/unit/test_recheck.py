"""When a check would change which channel goes first, and what that is worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import CHANNEL_ORDER, Availability, Channel
from sent_tui.core.channel_record import learn
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.delivery_grid import relaxation
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.lifecycle import checked, first_lifecycle
from sent_tui.core.number_type import NumberType
from sent_tui.core.outcome import Outcome
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.progress import wrote
from sent_tui.core.recheck import WORTH_FROM, Proposal, Rechecks
from sent_tui.core.routing import plan_route
from sent_tui.gateways.gateway import Finding

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
YES, NO, UNKNOWN = Availability.AVAILABLE, Availability.UNAVAILABLE, Availability.UNKNOWN
WA, SMS = Channel.WHATSAPP, Channel.SMS
MOBILE = parse("+447400123456")
assert isinstance(MOBILE, PhoneNumber)


def finding(channel: Channel, availability: Availability) -> Finding:
    return Finding(channel, availability, "as a test says")


def made(whatsapp: Availability = YES, sms: Availability = YES, *, days: int = 0, name: str = "c1") -> Contact:
    """Return a contact that was checked so many days ago."""
    assert isinstance(MOBILE, PhoneNumber)
    return first_lifecycle(MOBILE, name, NOW - timedelta(days=days), finding(WA, whatsapp), finding(SMS, sms))


def after(contact: Contact, channel: Channel, *outcomes: Outcome, days: int = 0) -> Contact:
    """Return a contact after results of messages, the last one so many days ago."""
    knowledge = Knowledge()
    for number, outcome in enumerate(outcomes):
        at = NOW - timedelta(days=days, hours=len(outcomes) - number)
        contact = contact.with_status(learn(contact.status(channel), outcome, at, "as a test says"))
        contact = knowledge.learned(contact, channel, outcome, at, message_id=f"{channel}-{number}", first_choice=True)
    return contact


def proposal(contact: Contact) -> Proposal | None:
    return Rechecks(NOW).proposal(contact)


def first(contact: Contact) -> Channel | None:
    return next(iter(plan_route(contact, None, NOW).channels), None)


@pytest.mark.parametrize("whatsapp", Availability)
@pytest.mark.parametrize("sms", Availability)
def test_a_check_that_was_just_made_is_never_repeated(whatsapp: Availability, sms: Availability) -> None:
    assert proposal(made(whatsapp, sms)) is None
    for outcome in Outcome:
        assert proposal(after(made(whatsapp, sms), WA, outcome)) is None or whatsapp is UNKNOWN


def test_an_old_check_of_the_first_channel_is_proposed() -> None:
    found = proposal(made(days=240))
    assert found is not None
    assert (found.channel, found.answer, found.first, found.then) == (WA, NO, WA, SMS)
    assert found.reason == "WhatsApp was last checked 8 months ago; if it is gone, SMS would go first"
    assert found.words == f"{found.reason}; worth {round(100 * found.gain)} points"


def test_what_it_is_worth_is_reckoned_by_hand() -> None:
    found = proposal(made(days=240))
    assert found is not None
    news, there = relaxation(240, 0), 0.78
    says_no = there * 0.03 + (1 - there) * 0.95
    estimates = Knowledge().estimates(made(days=240), NOW)
    if_there = {channel: known.mean / known.reachable for channel, known in estimates.items()}
    sms = (1 - news) * estimates[SMS].reachable + news * 0.93
    gain = sms * if_there[SMS] - there * 0.03 / says_no * if_there[WA]
    assert found.chance == pytest.approx(news * says_no)
    assert found.gain == pytest.approx(news * says_no * gain)


def test_it_is_worth_more_as_the_check_grows_old() -> None:
    gains = [found.gain if (found := proposal(made(days=days))) else 0.0 for days in range(0, 1500, 50)]
    assert gains == sorted(gains)
    assert gains[0] == 0 < gains[-1]
    assert all(gain == 0 or gain > WORTH_FROM for gain in gains)


def test_a_check_that_leaves_the_route_as_it_is_is_not_worth_it() -> None:
    # Were WhatsApp there, SMS would still go first: as good, and the default.
    assert proposal(made(NO, YES, days=900)) is None
    # Were it gone, there would be no other channel.
    assert proposal(made(YES, NO, days=900)) is None


def test_a_number_that_nothing_reaches_is_soon_worth_a_check() -> None:
    found = proposal(made(NO, NO, days=40))
    assert found is not None
    assert (found.channel, found.answer, found.first, found.then) == (SMS, YES, None, SMS)
    assert found.reason == "SMS was last checked 5 w ago; if it is there again, it would go first"


def test_a_channel_closed_by_a_fact_is_proposed_when_that_is_long_ago_and_nothing_else_is_open() -> None:
    alone = replace(made(YES, NO, days=700), number_type=NumberType.FIXED_LINE)
    found = proposal(after(alone, WA, Outcome.FAILED_HARD, days=400))
    assert found is not None
    assert (found.channel, found.answer, found.first, found.then) == (WA, YES, None, WA)
    assert (
        found.reason
        == "WhatsApp was closed by a delivery result 13 months ago; if it is there again, it would go first"
    )
    just_closed = after(made(YES, NO), WA, Outcome.FAILED_HARD)
    assert proposal(just_closed) is None


def test_whoever_was_never_checked_is_told_so() -> None:
    assert isinstance(MOBILE, PhoneNumber)
    bare = first_lifecycle(MOBILE, "c1", NOW - timedelta(days=900))
    found = proposal(after(bare, SMS, Outcome.FAILED_SOFT))
    assert found is not None
    assert (found.channel, found.answer, found.first, found.then) == (WA, YES, SMS, WA)
    assert found.reason == "WhatsApp was never checked; if it is there, it would go first"


def test_deliveries_since_keep_a_check_young() -> None:
    delivered = after(made(days=400), WA, *[Outcome.DELIVERED] * 5)
    assert proposal(made(days=400)) is not None
    assert proposal(delivered) is None


def test_a_person_who_wrote_is_as_good_as_a_check() -> None:
    assert proposal(wrote(made(days=400), WA, NOW - timedelta(days=1))) is None


def test_nobody_who_opted_out_is_proposed() -> None:
    assert proposal(replace(made(days=900), opt_out=True)) is None


def test_a_pinned_default_is_checked_for_what_may_close_it() -> None:
    pinned = made(days=400).with_default(SMS, pinned=True, reason="chosen", at=NOW, by=MovedBy.PERSON)
    found = proposal(pinned)
    assert found is None or found.first is SMS
    by_whatsapp = made(days=400).with_default(WA, pinned=True, reason="chosen", at=NOW, by=MovedBy.PERSON)
    found = proposal(by_whatsapp)
    assert found is not None
    assert (found.first, found.then) == (WA, SMS)


def test_people_alike_share_their_routes_and_get_the_same_answer() -> None:
    rechecks = Rechecks(NOW)
    people = [made(days=days, name=f"c{days}") for days in range(0, 900, 30)]
    shared = [rechecks.proposal(person) for person in people]
    assert shared == [proposal(person) for person in people]


@pytest.mark.parametrize(("whatsapp", "sms", "days"), [(YES, YES, 123), (NO, NO, 27)])
def test_it_is_proposed_after_as_many_days_as_documented(whatsapp: Availability, sms: Availability, days: int) -> None:
    assert proposal(made(whatsapp, sms, days=days - 1)) is None
    assert proposal(made(whatsapp, sms, days=days)) is not None


REACH = st.sampled_from(Availability)
OUTCOMES = st.lists(st.sampled_from(Outcome), max_size=4)


@settings(deadline=None)
@given(
    st.builds(made, REACH, REACH, days=st.integers(0, 1500)),
    OUTCOMES,
    OUTCOMES,
    st.integers(0, 700),
    st.none() | st.sampled_from(Channel),
)
def test_whatever_is_proposed_changes_the_route_and_is_worth_it(
    contact: Contact, on_whatsapp: list[Outcome], on_sms: list[Outcome], days: int, pinned: Channel | None
) -> None:
    contact = after(after(contact, WA, *on_whatsapp, days=days), SMS, *on_sms, days=days)
    if pinned is not None:
        contact = contact.with_default(pinned, pinned=True, reason="chosen", at=NOW, by=MovedBy.PERSON)
    found = proposal(contact)
    if found is None:
        return
    assert WORTH_FROM < found.gain <= 1
    assert 0 < found.chance <= 1
    assert found.first is first(contact)
    answers = {known: finding(known, contact.availability(known)) for known in CHANNEL_ORDER}
    answers[found.channel] = finding(found.channel, found.answer)
    assert found.then is not found.first
    looked_up = checked(contact, answers[WA] if found.channel is WA else None, answers[SMS], NOW)
    if found.channel is SMS or contact.availability(SMS) is UNKNOWN:
        assert first(looked_up) is found.then

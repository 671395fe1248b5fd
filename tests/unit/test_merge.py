"""What a contact becomes by Sent's copy of it, in any order, however often, and by copies that are out of date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, Source
from sent_tui.core.conflict import ConflictKind
from sent_tui.core.consent import THE_PERSON, ConsentEvent, ConsentKind, opted_out
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.lifecycle import first_lifecycle
from sent_tui.core.merge import BY_SENT, Merged, lifted_since, merge
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.push import Push, pending
from sent_tui.core.sent_contact import SentContact, SentCopy

NUMBER = "+12125550100"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(days=1), NOW + timedelta(days=1)
OUT, IN = ConsentKind.OPT_OUT, ConsentKind.OPT_IN


def here(**changes: Any) -> Contact:
    """Return a contact as it is made here, the day before."""
    number = parse(NUMBER)
    assert isinstance(number, PhoneNumber)
    return replace(first_lifecycle(number, "ours", BEFORE), **changes)


def there(**changes: Any) -> SentContact:
    """Return Sent's contact."""
    plain = SentContact("theirs", "lantern", NUMBER, NUMBER, opt_out=False, created_at=BEFORE - timedelta(days=9))
    return replace(plain, **changes)


def said(kind: ConsentKind, at: datetime = BEFORE, by: str = "ada") -> ConsentEvent:
    return ConsentEvent(NUMBER, kind, at, by, "recorded by hand")


def known(**changes: Any) -> SentCopy:
    """Return what is kept of Sent's contact."""
    return there(**changes).copy


class Side:
    """A contact and its decisions, as they are after each merge."""

    def __init__(self, contact: Contact, *history: ConsentEvent) -> None:
        self.contact = contact
        self.history = list(history)

    def take(self, remote: SentContact, at: datetime = NOW) -> Merged:
        found = merge(self.contact, remote, self.history, at)
        self.contact = found.contact
        self.history += [found.decision] if found.decision else []
        self.history.sort(key=lambda event: event.at)
        return found


# Fields


def test_sents_fields_are_taken_and_local_ones_stay() -> None:
    local = here(name="Ada", tags=("vip",), notes="tea", learned={"attempts": [1]}, last_status="DELIVERED")
    merged = merge(
        local,
        there(
            phone_number="212 555 0100",
            format_international="+1 (212) 555-0100",
            format_national="212.555.0100",
            format_rfc="tel:+1-2125550100",
            region_code="CA",
            country_code="1",
            available_channels=("sms", "whatsapp", "rcs"),
            default_channel="whatsapp",
            updated_at=AFTER,
        ),
        (),
        NOW,
    ).contact
    assert (merged.id, merged.name, merged.tags, merged.notes) == ("ours", "Ada", ("vip",), "tea")
    assert (merged.learned, merged.last_status) == ({"attempts": [1]}, "DELIVERED")
    assert (merged.phone_number, merged.format_international) == ("212 555 0100", "+1 (212) 555-0100")
    assert (merged.format_national, merged.format_rfc) == ("212.555.0100", "tel:+1-2125550100")
    assert (merged.region_code, merged.customer_id, merged.updated_at) == ("CA", "lantern", AFTER)
    assert merged.created_at == BEFORE - timedelta(days=9)
    assert (merged.default_channel, merged.default_by) == (Channel.WHATSAPP, MovedBy.SENT)
    assert merged.available_channels == "sms,whatsapp"
    assert merged.sent == SentCopy("theirs", "rcs,sms,whatsapp", "whatsapp", False, AFTER)


def test_a_national_number_may_have_a_digit_before_it() -> None:
    merged = merge(here(), there(format_national="0212 555 0100"), (), NOW).contact
    assert merged.format_national == "0212 555 0100"


def test_what_was_found_out_later_stays() -> None:
    local = here()
    status = local.status(Channel.WHATSAPP).found(Availability.AVAILABLE, Source.DELIVERY, NOW, "delivered")
    merged = merge(local.with_status(status), there(available_channels=("sms",), updated_at=BEFORE), (), NOW).contact
    assert merged.status(Channel.WHATSAPP) == status
    assert merged.availability(Channel.SMS) is Availability.AVAILABLE
    older = replace(status, checked_at=BEFORE - timedelta(days=1))
    merged = merge(local.with_status(older), there(available_channels=("sms",), updated_at=BEFORE), (), NOW).contact
    assert merged.availability(Channel.WHATSAPP) is Availability.UNAVAILABLE


def test_a_channel_that_both_sides_looked_at_later_leaves_the_default_alone() -> None:
    local = here()
    for channel in Channel:
        local = local.with_status(local.status(channel).found(Availability.AVAILABLE, Source.LOOKUP, NOW, "seen"))
    local = local.with_default(Channel.SMS, pinned=False, reason="learned", at=NOW, by=MovedBy.LEARNED)
    merged = merge(local, there(available_channels=("sms",), updated_at=BEFORE), (), NOW).contact
    assert merged.channels == local.channels
    assert merged.default_reason == "learned"


# Consent


def test_an_opt_out_of_sents_is_taken_at_its_own_time() -> None:
    found = merge(here(), there(opt_out=True, updated_at=BEFORE), (), NOW)
    assert found.contact.opt_out
    assert found.decision == ConsentEvent(NUMBER, OUT, BEFORE, BY_SENT, "opted out at Sent (theirs)")
    assert found.conflicts == ()


def test_an_opt_out_of_sents_stands_after_an_opt_in_here() -> None:
    side = Side(here(), said(IN, NOW))
    found = side.take(there(opt_out=True, updated_at=BEFORE))
    assert side.contact.opt_out
    assert opted_out(side.history)
    assert [conflict.kind for conflict in found.conflicts] == [ConflictKind.OPT_OUT]


def test_an_opt_in_here_after_an_opt_out_that_was_known_waits_for_sent() -> None:
    local = here(sent=known(opt_out=True, updated_at=BEFORE))
    side = Side(local, said(IN, NOW))
    side.take(there(opt_out=True, updated_at=BEFORE))
    assert not side.contact.opt_out
    assert pending(side.contact, side.history) == Push(opt_out=False)
    side.take(there(opt_out=True, updated_at=AFTER))
    assert side.contact.opt_out, "it was said again, later"


def test_an_opt_out_here_stays_where_sent_never_had_it() -> None:
    side = Side(here(opt_out=True), said(OUT))
    found = side.take(there(updated_at=AFTER))
    assert side.contact.opt_out
    assert [conflict.kind for conflict in found.conflicts] == [ConflictKind.OPT_OUT]
    assert pending(side.contact, side.history) == Push(opt_out=True)


def test_an_opt_out_that_sent_knew_of_is_lifted_by_a_later_word_alone() -> None:
    local = here(opt_out=True, sent=known(opt_out=True, updated_at=BEFORE))
    assert merge(local, there(updated_at=BEFORE), [said(OUT)], NOW).contact.opt_out
    assert merge(local, there(updated_at=NOW), [said(OUT, AFTER)], NOW).contact.opt_out
    assert merge(local, there(created_at=None), [said(OUT)], NOW).contact.opt_out
    lifted = merge(local, there(updated_at=NOW), [said(OUT)], NOW)
    assert not lifted.contact.opt_out
    assert lifted.decision is not None
    assert (lifted.decision.kind, lifted.decision.by) == (IN, BY_SENT)
    undated = here(opt_out=True, sent=SentCopy("theirs", opt_out=True))
    assert not merge(undated, there(updated_at=NOW), (), NOW).contact.opt_out


def test_what_sent_does_not_say_changes_nothing() -> None:
    side = Side(here(opt_out=True), said(OUT))
    side.take(there(opt_out=None))
    assert side.contact.opt_out
    assert pending(side.contact, side.history) == Push(opt_out=True)


def test_only_decisions_of_persons_are_pushed() -> None:
    assert not pending(here(opt_out=True), [said(OUT)]), "Sent does not have it"
    linked = here(opt_out=True, sent=known())
    assert not pending(linked, ())
    assert not pending(linked, [said(OUT, by=BY_SENT)])
    assert not pending(linked, [said(IN)])
    assert pending(linked, [said(OUT)]).words == "opt-out"


def test_a_stop_that_sent_took_back_since_is_lifted() -> None:
    out = here(opt_out=True, sent=known(updated_at=NOW))
    by_keyword = [said(OUT, BEFORE, THE_PERSON)]
    lifted = lifted_since(out, by_keyword)
    assert lifted is not None
    assert (lifted.kind, lifted.at, lifted.by) == (IN, NOW, BY_SENT)
    assert lifted_since(out, [said(OUT, NOW, THE_PERSON)]) is None, "it may have come after"
    assert lifted_since(out, [said(OUT)]) is None, "a person here decided it"
    assert lifted_since(replace(out, opt_out=False), by_keyword) is None
    assert lifted_since(replace(out, sent=known(opt_out=True, updated_at=NOW)), by_keyword) is None
    assert lifted_since(replace(out, sent=SentCopy("theirs", opt_out=False)), by_keyword) is None
    assert lifted_since(replace(out, sent=None), by_keyword) is None
    assert lifted_since(out, ()) is None


# Default channels


def test_a_default_chosen_here_is_pushed_and_a_learned_one_is_not() -> None:
    moved = here(sent=known(default_channel="whatsapp"), default_channel=Channel.SMS)
    assert not pending(moved, ())
    assert pending(replace(moved, default_pinned=True), ()) == Push(default_channel=Channel.SMS)
    assert Push(True, Channel.SMS).words == "opt-out, default channel SMS"
    assert Push(False).words == "opt-in"
    assert not pending(replace(moved, default_pinned=True, default_channel=Channel.WHATSAPP), ())


def test_what_was_learned_stays_until_sent_changes_its_own() -> None:
    local = here(sent=known(default_channel="whatsapp"), default_channel=Channel.SMS)
    assert merge(local, there(default_channel="whatsapp"), (), NOW).contact.default_channel is Channel.SMS
    assert merge(local, there(default_channel=""), (), NOW).contact.default_channel is Channel.SMS
    later = replace(local, sent=known(default_channel="sms"))
    assert merge(later, there(default_channel="whatsapp"), (), NOW).contact.default_channel is Channel.WHATSAPP


def test_a_default_that_cannot_be_used_is_not_taken() -> None:
    local = here()
    assert merge(local, there(default_channel="rcs"), (), NOW).contact.default_channel is local.default_channel
    closed = local.status(Channel.WHATSAPP).found(Availability.UNAVAILABLE, Source.DELIVERY, NOW, "not registered")
    merged = merge(local.with_status(closed), there(default_channel="whatsapp"), (), NOW).contact
    assert merged.default_channel is local.default_channel


def test_a_choice_here_stays_unless_sent_knew_of_it() -> None:
    chosen = here(default_channel=Channel.SMS, default_pinned=True)
    first = merge(chosen, there(default_channel="whatsapp"), (), NOW)
    assert first.contact.default_channel is Channel.SMS
    assert [conflict.kind for conflict in first.conflicts] == [ConflictKind.DEFAULT_CHANNEL]
    pushed = replace(chosen, sent=known(default_channel="sms"))
    second = merge(pushed, there(default_channel="whatsapp", updated_at=NOW), (), NOW)
    assert (second.contact.default_channel, second.contact.default_pinned) == (Channel.WHATSAPP, True)
    assert [conflict.kind for conflict in second.conflicts] == [ConflictKind.DEFAULT_CHANNEL]
    none = replace(chosen, default_channel=None)
    assert (
        "none here, carrier_pigeon at Sent"
        in merge(none, there(default_channel="carrier_pigeon"), (), NOW).conflicts[0].words
    )


# Links


def test_of_two_contacts_with_one_number_the_later_one_counts() -> None:
    local = here(sent=known(updated_at=NOW), customer_id="lantern")
    older = merge(local, there(id="other", updated_at=BEFORE, default_channel="sms"), (), NOW)
    assert older.contact == local
    assert [conflict.kind for conflict in older.conflicts] == [ConflictKind.SHARED_NUMBER]
    newer = merge(local, there(id="other", updated_at=AFTER), (), NOW).contact
    assert newer.sent is not None
    assert newer.sent.id == "other"
    undated = merge(local, there(id="other", created_at=None), (), NOW).contact
    assert undated == local


def test_a_contact_of_another_account_goes_over_to_this_one() -> None:
    local = here(sent=known(id="old", updated_at=AFTER), customer_id="harbour")
    found = merge(local, there(updated_at=BEFORE), (), NOW)
    assert [conflict.kind for conflict in found.conflicts] == [ConflictKind.OTHER_ACCOUNT]
    assert (found.contact.customer_id, found.contact.sent) == ("lantern", known(updated_at=BEFORE))


def test_every_kind_has_its_words() -> None:
    assert len({kind.label for kind in ConflictKind}) == len(ConflictKind)


# Whatever comes


moments = st.integers(-20, 20).map(lambda hours: NOW + timedelta(hours=hours))
remotes = st.builds(
    there,
    id=st.sampled_from(["theirs", "other"]),
    opt_out=st.sampled_from([True, False, None]),
    default_channel=st.sampled_from(["", "sms", "whatsapp", "rcs"]),
    available_channels=st.sampled_from([(), ("sms",), ("sms", "whatsapp"), ("rcs",)]),
    created_at=st.one_of(st.none(), moments),
    updated_at=st.one_of(st.none(), moments),
)
decisions = st.lists(
    st.builds(said, st.sampled_from([OUT, IN]), moments, st.sampled_from(["ada", BY_SENT])), max_size=3
).map(lambda events: sorted(events, key=lambda event: event.at))
copies = st.one_of(st.none(), remotes.map(lambda remote: remote.copy))


@st.composite
def sides(draw: st.DrawFn) -> Side:
    """Return a contact in any state, with the consent that its decisions say."""
    history = draw(decisions)
    contact = here(
        name=draw(st.sampled_from(["", "Ada"])),
        default_channel=draw(st.sampled_from([None, *Channel])),
        default_pinned=draw(st.booleans()),
        customer_id="lantern",
        opt_out=opted_out(history),
        sent=draw(copies),
    )
    return Side(contact, *history)


@given(sides(), remotes)
def test_merging_twice_is_merging_once(side: Side, remote: SentContact) -> None:
    side.take(remote)
    once, decided = side.contact, list(side.history)
    side.take(remote)
    assert (side.contact, side.history) == (once, decided)


@given(sides(), remotes)
def test_local_fields_and_consent_stay_sound(side: Side, remote: SentContact) -> None:
    before = side.contact
    side.take(remote)
    after = side.contact
    for name in ("id", "name", "tags", "notes", "fields", "learned", "default_pinned", "format_e164", "number_type"):
        assert getattr(after, name) == getattr(before, name)
    assert after.opt_out is opted_out(side.history)


@given(sides(), remotes, remotes)
def test_a_copy_that_is_out_of_date_never_lifts_an_opt_out(side: Side, newer: SentContact, stale: SentContact) -> None:
    newer = replace(newer, id="theirs", updated_at=NOW)
    stale = replace(stale, id="theirs", updated_at=BEFORE)
    side.take(newer)
    fresh = side.contact
    side.take(stale)
    assert side.contact.opt_out or not fresh.opt_out
    if fresh.sent is not None and fresh.sent.id == "theirs":
        assert side.contact == fresh


@given(sides(), remotes)
def test_an_opt_out_that_sent_was_not_told_of_is_never_lifted(side: Side, remote: SentContact) -> None:
    known_out = (
        side.contact.sent is not None and side.contact.sent.id == remote.id and side.contact.sent.opt_out is True
    )
    was_out = side.contact.opt_out
    side.take(remote)
    assert side.contact.opt_out or not was_out or known_out


@given(st.booleans(), st.permutations([0, 1, 2]), st.lists(remotes, min_size=3, max_size=3))
def test_the_order_of_pages_does_not_matter(is_out: bool, order: list[int], rows: list[SentContact]) -> None:
    # One of them is the same contact at another time; a contact that opted out here was never told of at Sent.
    rows = [replace(row, id=f"id-{place}", opt_out=row.opt_out is True) for place, row in enumerate(rows)]
    history = [said(OUT, BEFORE)] if is_out else []
    first, second = Side(here(opt_out=is_out), *history), Side(here(opt_out=is_out), *history)
    for row in rows:
        first.take(row)
    for place in order:
        second.take(rows[place])
    assert first.contact.opt_out is second.contact.opt_out
    assert first.contact.sent == second.contact.sent
    assert first.contact.opt_out is (is_out or any(row.opt_out for row in rows))

"""Every stored record becomes a JSON object and comes back, and nothing odd in a document goes unnoticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.consent import ConsentEvent, ConsentKind
from sent_tui.core.contact import Contact, LifecycleStep, StepKind, StepResult
from sent_tui.core.default_move import DefaultMove, MovedBy
from sent_tui.core.message import Attempt, Content, DeliveryEvent, Draft, Message, MessageStatus, PlannedStep
from sent_tui.core.number_type import NumberType
from sent_tui.core.outcome import Outcome
from sent_tui.core.pull import PulledPage
from sent_tui.core.sent_contact import SentCopy
from sent_tui.store import documents, undo_documents
from sent_tui.store.as_stored import as_stored
from sent_tui.store.changes import ContactEdit, Lesson, UndoEntry
from sent_tui.store.documents import sound
from sent_tui.store.fields import DocumentError
from sent_tui.store.journal_format import Document
from sent_tui.store.message_documents import (
    draft_document,
    draft_from,
    event_document,
    event_from,
    message_document,
    message_from,
)
from tests.factories import NOW, attempt, contact, contact_id, decision, draft, event, known_contact, message

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=9, seconds=7))])
TEXTS = st.text(max_size=12)
KEYS = st.text(min_size=1, max_size=12)
TIMES = st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001
COUNTS = st.integers(0, 10_000)
VARIABLES = st.dictionaries(TEXTS, TEXTS, max_size=3)


def lists(items: st.SearchStrategy[Any], size: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=size).map(tuple)


def maybe(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | items


STATUSES = st.builds(
    ChannelStatus,
    channel=st.sampled_from(Channel),
    availability=st.sampled_from(Availability),
    since=maybe(TIMES),
    checked_at=maybe(TIMES),
    source=st.sampled_from(Source),
    evidence=TEXTS,
    attempts=COUNTS,
    delivered=COUNTS,
    failed=COUNTS,
    last_delivered_at=maybe(TIMES),
    last_failed_at=maybe(TIMES),
    last_inbound_at=maybe(TIMES),
)
CONTACTS = st.builds(
    Contact,
    id=KEYS,
    phone_number=TEXTS,
    format_e164=KEYS,
    format_international=TEXTS,
    format_national=TEXTS,
    format_rfc=TEXTS,
    country_code=TEXTS,
    region_code=TEXTS,
    number_type=st.sampled_from(NumberType),
    created_at=TIMES,
    updated_at=maybe(TIMES),
    customer_id=TEXTS,
    default_channel=maybe(st.sampled_from(Channel)),
    opt_out=st.booleans(),
    is_inherited=st.booleans(),
    channels=lists(STATUSES),
    default_pinned=st.booleans(),
    default_reason=TEXTS,
    default_since=maybe(TIMES),
    default_by=st.sampled_from(MovedBy),
    lifecycle=lists(
        st.builds(
            LifecycleStep,
            kind=st.sampled_from(StepKind),
            result=st.sampled_from(StepResult),
            at=TIMES,
            evidence=TEXTS,
        )
    ),
    name=TEXTS,
    tags=lists(TEXTS),
    notes=TEXTS,
    fields=lists(st.tuples(TEXTS, TEXTS)),
    extension=TEXTS,
    last_message_at=maybe(TIMES),
    last_status=TEXTS,
    sent=maybe(
        st.builds(
            SentCopy,
            id=KEYS,
            channels=TEXTS,
            default_channel=TEXTS,
            opt_out=maybe(st.booleans()),
            stamp=maybe(TIMES),
        )
    ),
    learned=st.dictionaries(TEXTS, st.integers() | TEXTS | st.lists(st.floats(allow_nan=False, allow_infinity=False))),
)
MESSAGES = st.builds(
    Message,
    id=KEYS,
    contact_id=TEXTS,
    to=TEXTS,
    content=st.builds(Content, text=TEXTS, template=maybe(TEXTS), variables=VARIABLES, category=maybe(TEXTS)),
    status=TEXTS | st.sampled_from(MessageStatus),
    created_at=TIMES,
    updated_at=TIMES,
    gateway=TEXTS,
    steps=lists(
        st.builds(
            PlannedStep,
            channel=st.sampled_from(Channel),
            fallback_after=maybe(st.timedeltas(timedelta(0), timedelta(days=40_000))),
            until=st.sampled_from(MessageStatus),
            estimate=maybe(st.floats(0, 1)),
            low=maybe(st.floats(0, 1)),
            high=maybe(st.floats(0, 1)),
            cost=st.floats(allow_nan=False, allow_infinity=False),
        )
    ),
    send_at=maybe(TIMES),
    batch=maybe(TEXTS),
    decision=st.dictionaries(TEXTS, TEXTS, max_size=2),
    reasons=lists(TEXTS),
    pinned=st.sampled_from([None, *Channel]),
    reason_code=maybe(TEXTS),
    attempts=lists(
        st.builds(
            Attempt,
            channel=st.sampled_from(Channel),
            idempotency_key=TEXTS,
            started_at=TIMES,
            status=TEXTS,
            gateway_id=maybe(TEXTS),
            accepted_at=maybe(TIMES),
            ended_at=maybe(TIMES),
            reason_code=maybe(TEXTS),
            cost=st.floats(allow_nan=False, allow_infinity=False),
            learned=maybe(st.sampled_from(Outcome)),
            detail=TEXTS,
            overdue_at=maybe(TIMES),
            decision=st.dictionaries(TEXTS, TEXTS, max_size=2),
        )
    ),
)
EVENTS = st.builds(
    DeliveryEvent,
    id=KEYS,
    message_id=TEXTS,
    contact_id=TEXTS,
    attempt=COUNTS,
    channel=st.sampled_from(Channel),
    status=TEXTS,
    at=TIMES,
    reason_code=maybe(TEXTS),
    detail=TEXTS,
)
DECISIONS = st.builds(ConsentEvent, number=KEYS, kind=st.sampled_from(ConsentKind), at=TIMES, by=TEXTS, how=TEXTS)
DRAFTS = st.builds(
    Draft,
    contact_id=KEYS,
    text=TEXTS,
    template=maybe(TEXTS),
    variables=VARIABLES,
    channel=maybe(st.sampled_from(Channel)),
    updated_at=maybe(TIMES),
    send_at=maybe(TIMES),
    recipients=lists(TEXTS).map(tuple),
)
ENTRIES = st.builds(
    UndoEntry,
    id=KEYS,
    label=TEXTS,
    added=lists(TEXTS),
    deleted=lists(st.tuples(CONTACTS, maybe(DRAFTS)), 1),
    edited=lists(
        st.builds(
            ContactEdit,
            contact_id=KEYS,
            before=st.dictionaries(TEXTS, maybe(TEXTS), max_size=2),
            left=maybe(TEXTS),
        ),
        1,
    ),
    decisions=st.dictionaries(TEXTS, COUNTS, max_size=2),
    moved=st.dictionaries(TEXTS, TEXTS, max_size=2),
    taught=st.dictionaries(
        TEXTS, st.dictionaries(st.tuples(st.sampled_from(Channel), st.booleans()), st.integers(1, 9)), max_size=2
    ),
    group=TEXTS,
)


@dataclass(frozen=True)
class Kind:
    """A sort of record: how it is written and read, and one with every field filled."""

    write: Callable[[Any], Document]
    read: Callable[[Document], Any]
    full: Any
    needed: frozenset[str]
    """Fields without which there is no such record."""


KINDS = {
    "contact": Kind(
        documents.contact_document,
        documents.contact_from,
        known_contact(),
        frozenset(
            [
                "id",
                "phone_number",
                "format_e164",
                "format_international",
                "format_national",
                "format_rfc",
                "country_code",
                "region_code",
                "created_at",
            ]
        ),
    ),
    "message": Kind(
        message_document,
        message_from,
        message(
            content=Content("Hello Zoë", "hello", {"name": "Zoë"}, "utility"),
            reasons=("cheaper",),
            reason_code="CONSENT_001",
            send_at=NOW,
            batch="b1",
            decision={"version": 1, "channels": [{"channel": "sms"}]},
        ),
        frozenset(["id", "contact_id", "to", "content", "status", "created_at", "updated_at", "gateway"]),
    ),
    "event": Kind(
        event_document,
        event_from,
        event(),
        frozenset(["id", "message_id", "contact_id", "status", "at"]),
    ),
    "decision": Kind(documents.consent_document, documents.consent_from, decision(), frozenset({"number", "at"})),
    "move": Kind(
        documents.move_document,
        documents.move_from,
        DefaultMove(
            "c1", known_contact().created_at, Channel.SMS, Channel.WHATSAPP, "4 of 5 delivered", MovedBy.LEARNED
        ),
        frozenset({"contact_id", "at"}),
    ),
    "draft": Kind(draft_document, draft_from, draft(), frozenset({"contact_id"})),
    "lesson": Kind(
        documents.lesson_document,
        documents.lesson_from,
        Lesson("sms/unknown", {"people": 3, "sums": [1, 2]}),
        frozenset({"key", "learned"}),
    ),
    "page": Kind(
        documents.page_document,
        documents.page_from,
        PulledPage("lantern", 3, NOW, 250, bytes(range(16))),
        frozenset({"account", "at", "marks"}),
    ),
    "undo": Kind(
        undo_documents.undo_document,
        undo_documents.undo_from,
        UndoEntry(
            "u1",
            "deletion of Zoë",
            added=("a",),
            deleted=((known_contact(), draft()), (contact(1), None)),
            edited=(
                ContactEdit(
                    "c", {"name": "Zoë", "tags": None}, "2026-03-02T09:30:00+00:00", {"name": "", "tags": ["x"]}
                ),
            ),
            decisions={"+12005550100": 2},
            moved={"m": "a"},
            taught={"a": {(Channel.WHATSAPP, True): 3, (Channel.SMS, False): 1}},
            group="g",
        ),
        frozenset({"id", "label"}),
    ),
}
FIELDS = [(name, field) for name, kind in KINDS.items() for field in kind.write(kind.full)]


def back(kind: str, record: Any) -> Any:
    """Write a record, take it through the text of a file, and read it."""
    text = json.dumps(KINDS[kind].write(record), ensure_ascii=False, allow_nan=False)
    return KINDS[kind].read(json.loads(text.encode()))


def test_a_message_of_an_earlier_version_has_no_category_and_no_reason() -> None:
    document = message_document(message(content=Content("Hello", "hello", {}, "utility"), reason_code="X_1"))
    del document["reason_code"], document["content"]["category"]
    found = message_from(document)
    assert (found.reason_code, found.content) == (None, Content("Hello", "hello"))


def test_a_message_of_an_earlier_version_has_nothing_but_the_channels_of_its_plan() -> None:
    document = message_document(message())
    del document["steps"]
    document["route"] = ["sms", "whatsapp", "rcs"]
    read = message_from(document)
    assert read.steps == (PlannedStep(Channel.SMS), PlannedStep(Channel.WHATSAPP), PlannedStep(Channel.SMS))
    assert (read.send_at, read.batch) == (None, None)
    assert back("message", read) == read


@pytest.mark.parametrize("after", [1e300, "soon", True])
def test_a_time_that_a_step_cannot_take(after: Any) -> None:
    document = message_document(message())
    document["steps"][0]["after"] = after
    with pytest.raises(DocumentError, match="after is not a number"):
        message_from(document)


class TestRoundTrip:
    @pytest.mark.parametrize("kind", KINDS)
    def test_full_records(self, kind: str) -> None:
        assert back(kind, KINDS[kind].full) == KINDS[kind].full

    @settings(deadline=None)
    @given(CONTACTS)
    def test_contacts(self, record: Contact) -> None:
        assert back("contact", record) == record

    @settings(deadline=None)
    @given(MESSAGES)
    def test_messages(self, record: Message) -> None:
        assert back("message", record) == record

    @settings(deadline=None)
    @given(EVENTS)
    def test_events(self, record: DeliveryEvent) -> None:
        assert back("event", record) == record

    @settings(deadline=None)
    @given(DECISIONS)
    def test_decisions(self, record: ConsentEvent) -> None:
        assert back("decision", record) == record

    @settings(deadline=None)
    @given(DRAFTS)
    def test_drafts(self, record: Draft) -> None:
        assert back("draft", record) == record

    @settings(deadline=None)
    @given(ENTRIES)
    def test_undoable_writes(self, record: UndoEntry) -> None:
        assert back("undo", record) == record

    def test_words_become_plain_texts(self) -> None:
        written = message_document(message(status=MessageStatus.SENT, attempts=(attempt(status=MessageStatus.SENT),)))
        assert type(written["status"]) is type(written["attempts"][0]["status"]) is str

    def test_what_is_not_said_takes_no_room(self) -> None:
        assert documents.contact_document(contact()).keys() == KINDS["contact"].needed | {"number_type", "channels"}
        assert documents.contact_document(contact())["channels"] == [{"channel": "whatsapp"}, {"channel": "sms"}]
        assert draft_document(Draft("a")) == {"contact_id": "a"}

    def test_a_time_without_a_zone_is_utc(self) -> None:
        written = documents.contact_document(contact(created_at=datetime(2026, 3, 2, 9, 30)))  # noqa: DTZ001
        assert documents.contact_from(written).created_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
        read = documents.contact_from(written | {"created_at": "2026-03-02T09:30:00"})
        assert read.created_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def test_a_time_of_another_zone_is_kept_in_utc(self) -> None:
        there = datetime(2026, 3, 2, 11, 30, tzinfo=timezone(timedelta(hours=2)))
        written = documents.contact_document(contact(created_at=there))
        assert written["created_at"] == "2026-03-02T09:30:00+00:00"
        older = documents.contact_from(written | {"created_at": there.isoformat()})
        for read in (documents.contact_from(written), older):
            assert (read.created_at, read.created_at.tzinfo) == (there, UTC)

    def test_a_time_that_is_none_in_utc_is_kept_as_it_is(self) -> None:
        first = datetime.min.replace(tzinfo=timezone(timedelta(hours=2)))
        assert documents.contact_from(documents.contact_document(contact(created_at=first))).created_at == first


class TestLeniency:
    @pytest.mark.parametrize(("name", "field"), FIELDS)
    def test_a_field_may_be_missing_unless_it_is_needed(self, name: str, field: str) -> None:
        kind = KINDS[name]
        document = {key: value for key, value in kind.write(kind.full).items() if key != field}
        if field in kind.needed:
            with pytest.raises(DocumentError, match=f"{field} is (missing|not)"):
                kind.read(document)
        else:
            read = kind.read(document)
            assert back(name, read) == read

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_field_that_nobody_knows_is_ignored(self, kind: str) -> None:
        document = KINDS[kind].write(KINDS[kind].full) | {"colour": {"of": "the sky"}}
        assert KINDS[kind].read(document) == KINDS[kind].full

    def test_words_that_nobody_knows_yet_in_a_contact(self) -> None:
        document = documents.contact_document(known_contact())
        document |= {"number_type": "hologram", "default_channel": "rcs"}
        document["channels"][0] |= {"availability": "perhaps", "source": "dream"}
        document["channels"].append({"channel": "rcs"})
        document["lifecycle"][0]["result"] = "perhaps"
        document["lifecycle"].append({"kind": "dance", "at": "tomorrow"})
        read = documents.contact_from(document)
        assert (read.number_type, read.default_channel) == (NumberType.UNKNOWN, None)
        whatsapp = known_contact().status(Channel.WHATSAPP)
        assert read.channels == (
            replace(whatsapp, availability=Availability.UNKNOWN, source=Source.NUMBERING_PLAN),
            known_contact().status(Channel.SMS),
        )
        first, *others = known_contact().lifecycle
        assert read.lifecycle == (replace(first, result=StepResult.UNKNOWN), *others)

    def test_words_that_nobody_knows_yet_in_a_message(self) -> None:
        document = message_document(message(status="PONDERED"))
        document["steps"] = [{"channel": "rcs", "until": "SEEN"}, {"channel": "whatsapp"}]
        document["attempts"][0] |= {"channel": "rcs", "learned": "much"}
        read = message_from(document)
        assert read.status == "PONDERED"
        assert read.route == (Channel.SMS, Channel.WHATSAPP), "places must stay"
        assert read.steps[0].until is MessageStatus.DELIVERED
        assert read.attempts == (attempt(channel=Channel.SMS, learned=Outcome.FAILED_SOFT),)

    def test_words_that_nobody_knows_yet_elsewhere(self) -> None:
        assert event_from(event_document(event()) | {"channel": "rcs"}).channel is Channel.SMS
        assert draft_from(draft_document(draft()) | {"channel": "rcs"}).channel is None
        read = documents.consent_from(documents.consent_document(decision(kind=ConsentKind.OPT_IN)) | {"kind": "hm"})
        assert read.kind is ConsentKind.OPT_OUT, "the safe side"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=5,
)


class TestStrictness:
    @pytest.mark.parametrize(("name", "field"), FIELDS)
    def test_a_field_of_another_kind_is_named(self, name: str, field: str) -> None:
        kind = KINDS[name]
        document = kind.write(kind.full)
        odd_values: tuple[Any, ...] = (5, 5.5, True, "text", [], ["text"], [5], [{}], {}, {"a": 1}, None)
        for document[field] in odd_values:
            try:
                read = kind.read(document)
            except DocumentError as error:
                said = str(error)
            else:
                assert back(name, read) == read
                continue
            assert " is not " in said or " is missing" in said

    @settings(deadline=None)
    @given(st.data())
    def test_no_document_whatever_stops_the_reading_otherwise(self, data: st.DataObject) -> None:
        name, field = data.draw(st.sampled_from(FIELDS))
        document = KINDS[name].write(KINDS[name].full)
        place = document
        while isinstance(place.get(field), dict) and data.draw(st.booleans()):
            place = place[field]
            field = data.draw(st.sampled_from([*place, "new"]))
        place[field] = data.draw(JSON_VALUES)
        try:
            read = KINDS[name].read(document)
        except DocumentError:
            return
        assert back(name, read) == read

    @pytest.mark.parametrize("cost", [float("nan"), float("inf"), True, "1"])
    def test_a_cost_is_a_number(self, cost: object) -> None:
        document = message_document(message())
        document["attempts"][0]["cost"] = cost
        with pytest.raises(DocumentError, match="cost is not a number"):
            message_from(document)


class TestSoundness:
    def test_a_sound_document_stays_the_same_object(self) -> None:
        document = documents.contact_document(known_contact())
        assert sound(document) is document

    def test_half_characters_are_replaced_wherever_they_are(self) -> None:
        odd: Document = {"\ud800": ["a\udfff", {"b": "\ud83d\ude00"}], "n": 1, "none": None}
        assert sound(odd) == {"\ufffd": ["a\ufffd", {"b": "\ufffd\ufffd"}], "n": 1, "none": None}

    def test_a_number_that_is_none_is_refused(self) -> None:
        with pytest.raises(ValueError, match="float"):
            sound({"cost": float("nan")})

    def test_ids_of_tests_are_ids(self) -> None:
        assert contact().id == contact_id(0)


def read_back(known: Contact) -> Contact:
    return documents.contact_from(sound(documents.contact_document(known)))


@given(CONTACTS)
def test_a_settled_contact_is_what_is_read_back(known: Contact) -> None:
    kept = as_stored(known)
    assert kept == read_back(known)
    assert documents.contact_document(kept) == documents.contact_document(read_back(known))
    assert as_stored(kept) == kept


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "half \ud83d"},
        {"tags": ("fine", "half \udc00")},
        {"notes": StepKind.VALIDATE},
        {"last_status": MessageStatus.READ},
        {"created_at": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"updated_at": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))},
        {"lifecycle": (LifecycleStep(StepKind.VALIDATE, StepResult.YES, datetime(2026, 1, 1, tzinfo=UTC), "\ud83d"),)},
    ],
)
def test_what_would_change_on_the_way_is_changed(changes: dict[str, Any]) -> None:
    odd = replace(contact(), **changes)
    kept = as_stored(odd)
    assert documents.contact_document(kept) == documents.contact_document(read_back(odd))
    assert kept is not odd


@pytest.mark.parametrize(
    "changes", [{"id": ""}, {"format_e164": ""}, {"format_national": None}, {"opt_out": 1}, {"tags": (1,)}]
)
def test_what_could_not_be_read_back_is_refused_at_once(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="field"):
        as_stored(replace(contact(), **changes))


def test_a_usual_contact_is_settled_as_it_is() -> None:
    usual = read_back(known_contact())
    assert as_stored(usual) is usual

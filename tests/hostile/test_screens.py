"""Foreign text through the list, an open contact and its dialogs: shown, and harmless."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from textual.pilot import Pilot

from sent_tui.core.channel import Availability, Channel, ChannelStatus, Source
from sent_tui.core.conflict import Conflict, ConflictKind
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import MovedBy
from sent_tui.core.message import Content, Message
from sent_tui.core.message_search import MessageSelection
from sent_tui.core.progress import attempted, refused
from sent_tui.services.sync_report import SyncReport
from sent_tui.tui.app import SentApp
from sent_tui.tui.messages import WorkFailed
from sent_tui.tui.screens.activity import ActivityScreen
from sent_tui.tui.screens.contacts import ContactsScreen
from sent_tui.tui.screens.detail import ContactScreen
from sent_tui.tui.screens.insights import InsightsScreen
from sent_tui.tui.screens.sync import SyncScreen
from tests.factories import steps
from tests.hostile.payloads import ONE_OF_EACH_KIND, PAYLOADS
from tests.hostile.rendering import assert_harmless
from tests.logs import sent, situation
from tests.tui.harness import NOW, WIDE, make_app, make_contact, settle

ALL = tuple(PAYLOADS.values())


def victim(number: int, payload: str) -> Contact:
    """Return a contact that holds a payload wherever foreign text can stand."""
    contact = make_contact(f"+1415555{100 + number:04d}", payload)
    evil = ChannelStatus(Channel.SMS, Availability.AVAILABLE, NOW, NOW, Source.LOOKUP, evidence=payload)
    return replace(
        contact.with_status(evil),
        phone_number=payload,
        tags=(payload, "vip"),
        notes=payload,
        fields=((payload, payload), ("plan", payload)),
        extension=payload,
        default_reason=payload,
    )


def message_of(contact: Contact, payload: str) -> Message:
    content, planned_steps, reasons = Content(payload, template=payload), steps(Channel.SMS), (payload,)
    to = contact.format_e164
    planned = Message(f"m-{contact.id}", contact.id, to, content, payload, NOW, NOW, payload, planned_steps, reasons)
    return refused(attempted(planned, Channel.SMS, "key", NOW, 0.0), 0, NOW, payload, go_on=False)


def hostile_app(payloads: Sequence[str] = ALL) -> SentApp:
    contacts = [victim(number, payload) for number, payload in enumerate(payloads)]
    app = make_app(contacts)
    with app.workspace.repository.transaction() as tx:
        for contact, payload in zip(contacts, payloads, strict=True):
            tx.put_message(message_of(contact, payload))
    return app


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def test_the_list_and_its_preview() -> None:
    app = hostile_app()
    async with app.run_test(size=(130, 80)) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, ContactsScreen)
        assert len(app.screen.results) == len(PAYLOADS)
        for _ in PAYLOADS:
            await press(pilot, "j")
            assert_harmless(app)


async def test_an_open_contact_for_every_payload() -> None:
    app = hostile_app()
    async with app.run_test(size=(120, 60)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        for _ in PAYLOADS:
            assert_harmless(app)
            await press(pilot, "J")


async def test_a_message_and_its_reasons() -> None:
    app = hostile_app(ONE_OF_EACH_KIND)
    async with app.run_test(size=(120, 60)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        for _ in ONE_OF_EACH_KIND:
            for key in ("m", "w"):
                await press(pilot, key)
                assert not isinstance(app.screen, ContactScreen)
                assert_harmless(app)
                await press(pilot, "escape")
            await press(pilot, "J")


async def test_the_activity_and_what_it_is_narrowed_to() -> None:
    app = hostile_app(ONE_OF_EACH_KIND)
    async with app.run_test(size=(150, 60)) as pilot:
        await settle(pilot)
        await press(pilot, "a")
        assert isinstance(app.screen, ActivityScreen)
        assert app.screen.messages.row_count == len(ONE_OF_EACH_KIND)
        for place in range(len(ONE_OF_EACH_KIND)):
            app.screen.messages.cursor = place
            app.screen.action_only_contact()
            await settle(pilot)
            assert app.screen.messages.row_count == 1
            assert_harmless(app)
            app.screen.action_only_contact()
            await settle(pilot)
            assert_harmless(app)


async def test_a_selection_with_a_hostile_title() -> None:
    app = hostile_app()
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for payload in ONE_OF_EACH_KIND:
            app.push_screen(ActivityScreen(app.session, MessageSelection(payload)))
            await settle(pilot)
            assert_harmless(app)
            await press(pilot, "escape")


async def test_insights_into_contacts_with_hostile_names() -> None:
    app = hostile_app()
    repository = app.workspace.repository
    for row in repository.page().rows:
        repository.update(row.id, lambda known: learned(known, Channel.SMS))
        repository.update(row.id, lambda known: learned(known, Channel.WHATSAPP))
    async with app.run_test(size=(130, 120)) as pilot:
        await settle(pilot)
        await press(pilot, "i", "4")
        assert isinstance(app.screen, InsightsScreen)
        assert app.screen.found is not None
        assert len(app.screen.found.moves) >= len(PAYLOADS)
        assert_harmless(app)


def learned(known: Contact, channel: Channel) -> Contact:
    """Return a contact whose default channel moved, for the reason that its notes give."""
    return known.with_default(channel, pinned=False, reason=known.notes, at=NOW, by=MovedBy.LEARNED)


async def test_the_dialogs() -> None:
    app = hostile_app(ONE_OF_EACH_KIND)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for _ in ONE_OF_EACH_KIND:
            for key in ("d", "o", "p", "y"):
                await press(pilot, key)
                assert_harmless(app)
                await press(pilot, "escape")
            await press(pilot, "j")


async def test_what_is_searched_for_and_not_found() -> None:
    app = hostile_app()
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, ContactsScreen)
        for payload in PAYLOADS.values():
            app.screen.search.value = f"zzz{payload[:300]}"
            await settle(pilot)
            app.screen.search.value = "zzz"
            app.screen.query_text = f"zzz{payload[:300]}"
            await settle(pilot)
            assert_harmless(app)


async def test_errors_from_outside() -> None:
    app = hostile_app()
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await settle(pilot)
        for payload in PAYLOADS.values():
            app.post_message(WorkFailed(payload, payload))
            await settle(pilot)
            assert_harmless(app)
            app.clear_notifications()


async def test_where_the_percentages_are_held_against_what_happened() -> None:
    app = make_app()
    with app.workspace.repository.transaction() as tx:
        for place, payload in enumerate(PAYLOADS.values()):
            known = situation(region=payload, number_type=payload)
            tx.put_message(sent(place, known, (Channel.SMS, "DELIVERED", None)))
    async with app.run_test(size=(100, 200)) as pilot:
        await settle(pilot)
        await press(pilot, "percent_sign")
        assert_harmless(app)


async def test_what_a_sync_says_of_sents_contacts() -> None:
    app = make_app()
    async with app.run_test(size=(100, 200)) as pilot:
        await settle(pilot)
        screen = SyncScreen(app.session)
        await app.push_screen(screen)
        await settle(pilot)
        for payload in PAYLOADS.values():
            report = SyncReport()
            for kind in ConflictKind:
                report.add(Conflict(kind, payload, words=payload))
            screen.post_message(SyncScreen.Ended(report, payload))
            await settle(pilot)
            assert screen.conflicts.option_count == len(ConflictKind)
            assert_harmless(app)

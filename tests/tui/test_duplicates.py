"""Duplicates on the contact list: pairs with their evidence, merged field by field, or kept apart."""

from __future__ import annotations

from msgspec.structs import replace

from sent_tui.core.contact import Contact
from sent_tui.core.marks import NO_MARKS
from sent_tui.tui.app import SentApp
from sent_tui.tui.screens.duplicates import ChoosePair, MergePair
from tests.hostile.payloads import ONE_OF_EACH_KIND
from tests.hostile.rendering import assert_harmless
from tests.tui.harness import NARROW, NORMAL, WIDE, make_app, make_contact, press, screen_text
from tests.tui.test_contacts import home, names
from tests.tui.test_filters import offered

ADA, OTHER = "+14155550123", "+14155550177"


def twins() -> list[Contact]:
    return [
        make_contact(ADA, "Ada Okafor", tags=("vip",), notes="calls back", fields=(("Plan", "gold"),)),
        make_contact(OTHER, "ADA OKAFOR", tags=("late",), notes="by letter", fields=(("plan", "red"), ("seat", "4"))),
        make_contact("+541123456789", "Tango"),
        make_contact("+5491123456789"),
    ]


def found(app: SentApp, e164: str) -> Contact | None:
    return app.workspace.repository.find(e164)


async def test_pairs_are_shown_with_the_evidence() -> None:
    app = make_app(twins())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "D")
        assert isinstance(app.screen, ChoosePair)
        assert offered(app) == [
            "Tango +541123456789 +5491123456789 one account",
            f"Ada Okafor {ADA} {OTHER} same name",
        ]
        await press(pilot, *"okaf")
        assert len(offered(app)) == 1
        await press(pilot, "enter")
        assert isinstance(app.screen, MergePair)
        shown = screen_text(app)
        assert "The same name." in shown
        assert "Stays: Ada Okafor  +1 415-555-0123  #vip #late" in shown
        assert "late  opted out" not in shown


async def test_that_one_opted_out_is_said_before_they_are_merged() -> None:
    first, second, *_ = twins()
    app = make_app([first, replace(second, opt_out=True)])
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "D", "enter")
        assert "#vip #late  opted out" in screen_text(app)
        await press(pilot, "enter", "escape")
        kept = found(app, ADA)
        assert kept is not None
        assert kept.opt_out


async def test_two_are_merged_as_proposed_and_that_is_taken_back() -> None:
    app = make_app(twins())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "D", "down", "enter", "enter")
        assert isinstance(app.screen, ChoosePair)
        assert len(offered(app)) == 1
        await press(pilot, "escape")
        assert "Merged into Ada Okafor · u undoes" in screen_text(app)
        kept = found(app, ADA)
        assert kept is not None
        assert (kept.name, kept.tags) == ("Ada Okafor", ("vip", "late"))
        assert kept.notes == "calls back\nby letter\nAlso +1 415-555-0177"
        assert kept.fields == (("Plan", "gold"), ("seat", "4"))
        assert found(app, OTHER) is None
        await press(pilot, "u")
        assert found(app, OTHER) is not None
        assert len(names(app)) == 4


async def test_a_mark_goes_to_the_one_that_stays() -> None:
    app = make_app(twins()[:2])
    async with app.run_test(size=WIDE) as pilot:
        home(app).marks = NO_MARKS.toggled(OTHER)
        await press(pilot, "D", "enter", "enter", "escape")
        assert found(app, OTHER) is None
        assert list(home(app).marks) == [ADA]
        assert "1 marked" in screen_text(app)


async def test_each_field_is_chosen_by_its_key() -> None:
    app = make_app(twins())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "D", "down", "enter", "n", "a", "t", "o", "o", "enter", "escape")
        kept = found(app, OTHER)
        assert kept is not None
        assert (kept.name, kept.tags, kept.notes) == ("ADA OKAFOR", ("vip",), "by letter")
        assert found(app, ADA) is None


async def test_two_that_are_not_the_same_are_not_shown_again() -> None:
    app = make_app(twins()[:2])
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "D", "enter", "x")
        assert offered(app) == ["No two contacts look like one person."]
        await press(pilot, "escape", "D")
        assert offered(app) == ["No two contacts look like one person."]
        assert found(app, ADA) is not None


async def test_fields_of_either_can_be_chosen() -> None:
    app = make_app(twins())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "D", "down", "enter")
        assert "● Plan: gold" in screen_text(app)
        assert "● plan: red; seat: 4" in screen_text(app)
        await press(pilot, "f", "f", "enter")
        kept = found(app, ADA)
        assert kept is not None
        assert kept.fields == (("plan", "red"), ("seat", "4"))


async def test_escape_leaves_them_as_they_are() -> None:
    app = make_app(twins())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "D", "enter", "escape", "escape")
        assert home(app).is_current
        assert app.workspace.contacts.undo() is None


async def test_it_fits_small_terminals() -> None:
    for size in (NARROW, NORMAL):
        app = make_app(twins())
        async with app.run_test(size=size) as pilot:
            await press(pilot, "D", "down", "enter")
            assert "esc leave" in screen_text(app)


async def test_foreign_text_is_harmless() -> None:
    app = make_app()
    repository = app.workspace.repository
    alike = "+541123456789", "+5491123456789"  # numbers of one account, whatever stands beside them
    async with app.run_test(size=WIDE) as pilot:
        for payload in ONE_OF_EACH_KIND:
            evil = [
                make_contact(e164, f"{payload} x", tags=(payload,), notes=payload, fields=((payload, payload),))
                for e164 in alike
            ]
            repository.add(evil)
            await press(pilot, "D")
            assert_harmless(app)
            await press(pilot, "enter")
            assert isinstance(app.screen, MergePair)
            assert_harmless(app)
            await press(pilot, "escape", "escape")
            repository.delete([each.id for each in evil])

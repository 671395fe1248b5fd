"""The worlds of the simulated network: each rate is what the documentation says, and nothing is ever told otherwise."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.message import ATTEMPT_ENDED, REACHED, Content, fill
from sent_tui.core.reasons import outcome_of, reason_of
from sent_tui.gateways.gateway import Receipt, SendRequest, TransientGatewayError
from sent_tui.gateways.simulator import Simulator
from sent_tui.gateways.simulator_chance import DAY
from sent_tui.gateways.simulator_course import PAUSED, PROVIDER_FAULTS, READS, WAITS, course
from sent_tui.gateways.simulator_lives import BEGINNING, Chapter, Life, chapter_at, life
from sent_tui.gateways.simulator_numbers import MAGIC_NUMBERS, Course, Fault
from sent_tui.gateways.simulator_population import (
    LOOKUP_RIGHT,
    OTHER_SHARE,
    RELIABLE,
    SMS_SHARE,
    WHATSAPP_SHARE,
    may_take_sms,
    quality,
)
from sent_tui.gateways.simulator_templates import TEMPLATES, named, template_of
from sent_tui.gateways.simulator_windows import HOUR, Window, empty_account, outage, phone_off, template_pause
from sent_tui.gateways.simulator_world import CALM, LIVELY, ROUGH, WORLDS, World, rates

DOCS = Path(__file__).parents[2] / "docs" / "simulator.md"
NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
"""In the night, when no outage begins."""
BRAZIL = [f"+5511999{n:06d}" for n in range(4000)]
CHANNELS = st.sampled_from(Channel)
LIVELY_OR_ROUGH = st.sampled_from((LIVELY, ROUGH))
TIMES = st.datetimes(datetime(2025, 6, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone follows
NUMBERS = st.integers(10**7, 10**14).map(lambda digits: f"+{digits}")


def receipts(channel: Channel = Channel.WHATSAPP, template: str = "") -> Iterator[Receipt]:
    """Yield messages to many people at many times."""
    for place, number in enumerate(BRAZIL * 2):
        gateway_id = named(f"id-{place}", Content("x", template or None))
        yield Receipt(gateway_id, number, channel, NOW + timedelta(minutes=977 * (place % 500)))


def is_reached(receipt: Receipt, world: World = LIVELY) -> bool:
    """Return whether a channel reaches the person at that time."""
    second = receipt.accepted_at.timestamp()
    now = chapter_at(life(world, 1, receipt.to, second), second)
    return now.person.on_whatsapp if receipt.channel is Channel.WHATSAPP else now.person.takes_sms


@cache
def courses(world: World, channel: Channel = Channel.WHATSAPP, template: str = "") -> list[tuple[Receipt, Course]]:
    return [(receipt, course(world, 1, receipt)) for receipt in receipts(channel, template)]


def share(found: int, of: int) -> float:
    return found / of


class TestDocumentation:
    @staticmethod
    def cell(value: float, unit: str) -> str:
        if not value:
            return "–"
        return f"{100 * value:g} %" if unit == "share" else f"{value:,g} {unit}"

    def test_it_has_every_rate(self) -> None:
        text = DOCS.read_text(encoding="utf-8")
        for rate in rates():
            cells = (self.cell(getattr(world, rate.name), rate.metadata["unit"]) for world in WORLDS.values())
            assert f"| {rate.metadata['doc']} | {' | '.join(cells)} |\n" in text

    def test_it_says_what_is_the_same_in_every_world(self) -> None:
        text = DOCS.read_text(encoding="utf-8")
        for words, value in (("it takes SMS", SMS_SHARE), ("a lookup is right about what it knows", LOOKUP_RIGHT)):
            assert re.search(rf"^\| {words}.*\| {100 * value:g} %", text, re.MULTILINE)
        mean, median, tenth = RELIABLE / (RELIABLE + 1), quality(0.5), quality(0.1)
        assert f"| a channel that works delivers a message | {100 * mean:g} %, for each person" in text
        assert (
            f"half of them deliver more than {100 * median:.0f} %, one in ten less than {100 * tenth:.0f} % |" in text
        )
        assert f"is reported as read | {100 * READS:g} % |" in text
        countries = {"Brazil": "55", "India": "91", "Germany": "49", "Great Britain": "44", "the United States": "1"}
        for country, code in countries.items():
            assert f"{100 * WHATSAPP_SHARE[code]:g} % in {country}" in text
        assert f"{100 * OTHER_SHARE:g} % where nothing is laid down" in text
        hours = {channel: f"{seconds / HOUR:g} hours" for channel, seconds in WAITS.items()}
        assert f"at most {hours[Channel.WHATSAPP]} on WhatsApp and {hours[Channel.SMS]} by SMS" in text
        assert f"counted from {datetime.fromtimestamp(BEGINNING, UTC):%-d %B %Y}" in text

    def test_it_has_every_world(self) -> None:
        text = DOCS.read_text(encoding="utf-8")
        assert all(f"**{name}**: " in text for name in WORLDS)

    def test_nothing_happens_in_the_calm_one(self) -> None:
        assert not any(getattr(CALM, rate.name) for rate in rates())

    def test_no_trouble_is_rarer_in_the_rough_one(self) -> None:
        for rate in rates():
            lively, rough = getattr(LIVELY, rate.name), getattr(ROUGH, rate.name)
            is_mean = rate.metadata["unit"] in {"days", "weeks"} and rate.name != "directory_age"
            assert 0 < rough <= lively if is_mean else 0 < lively <= rough


def in_service(chapter: Chapter) -> bool:
    return chapter.in_service


def fallow(chapter: Chapter) -> bool:
    return not chapter.in_service


def on_whatsapp(chapter: Chapter) -> bool:
    return chapter.person.on_whatsapp


def opted_in(chapter: Chapter) -> bool:
    return chapter.in_service and not chapter.opted_out


def opted_out(chapter: Chapter) -> bool:
    return chapter.opted_out


class TestLives:
    YEARS = 6

    @staticmethod
    @cache
    def lives(world: World) -> list[Life]:
        return [life(world, 1, number, BEGINNING + TestLives.YEARS * 365 * DAY) for number in BRAZIL]

    @pytest.mark.parametrize(
        ("rate", "happens", "exposed"),
        [
            ("stays_on_whatsapp", lambda a, b: a.in_service and not b.person.on_whatsapp and b.in_service, on_whatsapp),
            ("keeps_carrier", lambda a, b: a.person.sms_chance != b.person.sms_chance, in_service),
            ("keeps_handset", lambda a, b: a.person.whatsapp_chance != b.person.whatsapp_chance, in_service),
            ("keeps_number", lambda a, b: a.in_service > b.in_service, in_service),
            ("lies_fallow", lambda a, b: a.in_service < b.in_service, fallow),
            ("stays_opted_in", lambda a, b: a.opted_out < b.opted_out, opted_in),
            ("stays_opted_out", lambda a, b: a.opted_out > b.opted_out and b.in_service, opted_out),
        ],
    )
    @pytest.mark.parametrize("world", [LIVELY, ROUGH], ids=lambda world: world.name)
    def test_each_change_comes_by_its_hazard(
        self,
        world: World,
        rate: str,
        happens: Callable[[Chapter, Chapter], bool],
        exposed: Callable[[Chapter], bool],
    ) -> None:
        count, days, until = 0, 0.0, BEGINNING + self.YEARS * 365 * DAY
        for told in self.lives(world):
            ends = [*(chapter.begins for chapter in told[1:]), until]
            for chapter, end in zip(told, ends, strict=True):
                days += exposed(chapter) * max(0.0, min(end, until) - chapter.begins) / DAY
            for chapter, after in pairwise(told):
                count += after.begins < until and exposed(chapter) and happens(chapter, after)
        # As many deviations as a Poisson count of this size allows, thrice.
        assert count == pytest.approx(days / getattr(world, rate), rel=3 / max(1, count) ** 0.5)

    @pytest.mark.parametrize("years", [0, 1, 6])
    def test_the_shares_stay(self, years: int) -> None:
        second = BEGINNING + years * 365 * DAY
        now = [chapter_at(life(LIVELY, 1, number, second), second).person for number in BRAZIL]
        assert share(sum(person.on_whatsapp for person in now), len(now)) == pytest.approx(0.95, abs=0.015)
        assert share(sum(person.takes_sms for person in now), len(now)) == pytest.approx(0.96, abs=0.012)

    @given(NUMBERS, LIVELY_OR_ROUGH, TIMES, st.integers(0, 3000))
    def test_what_was_told_of_a_life_stays_told(self, number: str, world: World, at: datetime, days: int) -> None:
        second = at.timestamp()
        told = life(world, 1, number, second)
        assert life(world, 1, number, second + days * DAY)[: len(told)] == told
        assert [chapter.begins for chapter in told] == sorted(chapter.begins for chapter in told)
        assert chapter_at(told, second) == chapter_at(life(world, 1, number, second + days * DAY), second)

    def test_the_next_owner_is_somebody_else(self) -> None:
        followed = [told for told in self.lives(ROUGH) if told[-1].owner]
        assert len(followed) > 500
        for told in followed:
            for chapter, after in pairwise(told):
                if chapter.owner != after.owner:
                    assert (chapter.person.on_whatsapp, chapter.person.takes_sms) == (False, False)
                    assert after.person.phase != chapter.person.phase

    def test_nothing_changes_in_a_calm_one(self) -> None:
        assert all(len(told) == 1 for told in self.lives(CALM))


class TestWindows:
    def test_a_phone_is_off_for_its_share_of_the_time(self) -> None:
        for world in (LIVELY, ROUGH):
            found = [
                phone_off(world, 1, number, NOW.timestamp() + 977 * place) for place, number in enumerate(BRAZIL * 5)
            ]
            off = [window for window in found if window is not None]
            assert share(len(off), len(found)) == pytest.approx(world.phone_off, rel=0.15)
            assert all(600 <= window.ends - window.begins <= 36 * HOUR for window in off)

    @staticmethod
    def hourly(find: Callable[[float], Window | None], weeks: int) -> set[Window]:
        begins = NOW.timestamp()
        found = (find(begins + hour * HOUR / 3) for hour in range(weeks * 7 * 24 * 3))
        return {window for window in found if window is not None}

    @pytest.mark.parametrize("channel", Channel)
    def test_an_outage_comes_once_in_so_many_weeks(self, channel: Channel) -> None:
        one = self.hourly(lambda second: outage(LIVELY, 1, "+5511999000001", channel, second), 320)
        other = self.hourly(lambda second: outage(LIVELY, 1, "+4915700000001", channel, second), 320)
        assert len(one & other) == pytest.approx(320 / LIVELY.outage_worldwide, abs=1)
        assert all(2 * HOUR <= window.ends - window.begins <= 8 * HOUR for window in one & other)
        for local in (one - other, other - one):
            assert len(local) == pytest.approx(320 / LIVELY.outage_in_place, abs=1)
            assert all(HOUR / 3 <= window.ends - window.begins <= 8 * HOUR for window in local)
        for window in one | other:
            begins = datetime.fromtimestamp(window.begins, UTC)
            assert begins.weekday() < 5
            assert 7 <= begins.hour < 19

    def test_the_account_and_the_templates_have_their_turns(self) -> None:
        balance = self.hourly(lambda second: empty_account(ROUGH, 1, second), 200)
        assert len(balance) == pytest.approx(200 / ROUGH.balance_gone, abs=1)
        pauses = [self.hourly(partial(template_pause, ROUGH, 1, one.name), 52) for one in TEMPLATES]
        assert all(len(found) == pytest.approx(52 / ROUGH.template_paused, abs=1) for found in pauses)

    def test_a_calm_one_has_none(self) -> None:
        second = NOW.timestamp()
        assert phone_off(CALM, 1, BRAZIL[0], second) is None
        assert outage(CALM, 1, BRAZIL[0], Channel.SMS, second) is None
        assert empty_account(CALM, 1, second) is None
        assert template_pause(CALM, 1, "welcome", second) is None


class TestLookups:
    def test_it_tells_what_was_true_a_while_ago(self) -> None:
        right = stale = 0
        for number in BRAZIL:
            told = life(ROUGH, 1, number, NOW.timestamp())
            age = told[0].person.phase % 1000 / 1000 * ROUGH.directory_age * DAY
            then, now = chapter_at(told, NOW.timestamp() - age), chapter_at(told, NOW.timestamp())
            whatsapp, _ = Simulator(lambda: NOW, world=ROUGH).detect(number)
            said = whatsapp.availability is Availability.AVAILABLE
            right += said is then.person.on_whatsapp
            stale += said is not now.person.on_whatsapp and said is then.person.on_whatsapp
        assert share(right, len(BRAZIL)) == pytest.approx(0.97, abs=0.01)
        assert stale > 20

    def test_it_has_no_answer_in_an_outage(self) -> None:
        second, number = next(
            (NOW.timestamp() + hour * HOUR, BRAZIL[0])
            for hour in range(24 * 60)
            if outage(LIVELY, 1, BRAZIL[0], Channel.WHATSAPP, NOW.timestamp() + hour * HOUR)
        )
        at = datetime.fromtimestamp(second, UTC)
        whatsapp, _ = Simulator(lambda: at, world=LIVELY).detect(number)
        assert whatsapp.availability is Availability.UNKNOWN

    @given(NUMBERS, LIVELY_OR_ROUGH, TIMES, st.integers(0, 5000))
    def test_what_was_written_stays_written(self, number: str, world: World, at: datetime, hours: int) -> None:
        network = Simulator(lambda: at, world=world)
        first, second = network.last_wrote(number, at), network.last_wrote(number, at + timedelta(hours=hours))
        assert first is None or first <= at
        if first is not None and life(world, 1, number, at.timestamp())[-1].owner == 0:
            assert second is not None
            assert first <= second <= at + timedelta(hours=hours)


class TestCourses:
    def test_a_working_channel_mostly_delivers_at_once(self) -> None:
        for channel in Channel:
            told = [each for receipt, each in courses(LIVELY, channel) if is_reached(receipt)]
            at_once = sum(any(stage.status == "DELIVERED" and stage.after < 2 for stage in each) for each in told)
            assert share(at_once, len(told)) == pytest.approx(5 / 6, abs=0.015)

    def test_a_landline_takes_no_sms(self) -> None:
        assert may_take_sms("+14155550123")
        assert not may_take_sms("+4684650412")
        for place in range(50):
            number = f"+46846504{place:02}"
            ends = course(CALM, 1, Receipt("id", number, Channel.SMS, NOW))[-1]
            assert (ends.status, ends.reason_code) == ("FAILED", "DELIVERY_006")

    @pytest.mark.parametrize("world", [LIVELY, ROUGH], ids=lambda world: world.name)
    def test_reports_are_late_and_lost_as_often_as_said(self, world: World) -> None:
        found: Counter[str] = Counter()
        for receipt, told in courses(world, Channel.SMS):
            at = receipt.accepted_at.timestamp()
            if told[-1].status in {"FILTERED", "BLOCKED"} or phone_off(world, 1, receipt.to, at):
                continue
            if outage(world, 1, receipt.to, Channel.SMS, at):
                continue
            ends = [stage for stage in told if stage.status in ATTEMPT_ENDED]
            found["all"] += 1
            if not ends:
                found["lost"] += 1
                continue
            after = ends[0].after
            found["days" if after > DAY else "hours" if after > HOUR else "minutes" if after > 60 else "at once"] += 1
            found["sent late"] += told.index(ends[0]) < [stage.status for stage in told].index("SENT")
            found["twice"] += [stage.status for stage in told].count("DELIVERED") == 2 and ends[0].status == "DELIVERED"
            found["after all"] += ends[0].status == "FAILED" and ends[-1].status == "DELIVERED"
            found["time-out"] += ends[0].reason_code == "DELIVERY_003"
        told_of = found["all"] - found["lost"]
        for rate, name in (
            (world.report_days, "days"),
            (world.report_hours, "hours"),
            (world.report_minutes, "minutes"),
        ):
            assert share(found[name], told_of) == pytest.approx(rate, abs=3 * (rate / told_of) ** 0.5)
        assert share(found["sent late"], told_of) == pytest.approx(
            world.sent_late, abs=3 * (world.sent_late / told_of) ** 0.5
        )
        assert share(found["twice"], told_of) == pytest.approx(
            world.repeated * 0.93, abs=3 * (world.repeated / told_of) ** 0.5
        )
        timed_out = found["time-out"]
        within = 3 * (world.arrived_after_all / timed_out) ** 0.5
        assert share(found["after all"], timed_out) == pytest.approx(world.arrived_after_all, abs=within)
        assert (
            world.report_lost * 0.9 < share(found["lost"], found["all"]) < world.report_lost + 0.2 * world.failure_lost
        )

    def test_a_failure_to_somebody_out_of_reach_is_mostly_told_as_a_fact(self) -> None:
        for channel, missing in (
            (Channel.WHATSAPP, ROUGH.whatsapp_fact_missing),
            (Channel.SMS, ROUGH.sms_fact_missing),
        ):
            failed = [
                told[-1].reason_code
                for receipt, told in courses(ROUGH, channel)
                if not is_reached(receipt, ROUGH) and told[-1].status == "FAILED"
            ]
            without = sum(code in {None, "DELIVERY_001"} for code in failed)
            assert share(without, len(failed)) == pytest.approx(missing, abs=0.06)

    def test_some_passing_failures_come_as_a_fact_and_some_without_a_reason(self) -> None:
        for channel, wrong in ((Channel.WHATSAPP, ROUGH.whatsapp_fact_wrong), (Channel.SMS, ROUGH.sms_fact_wrong)):
            failed = [
                told[-1].reason_code
                for receipt, told in courses(ROUGH, channel)
                if is_reached(receipt, ROUGH) and told[-1].status == "FAILED" and told[-1].after < 2
            ]
            passing = [code for code in failed if code not in {*PROVIDER_FAULTS[channel], "131049"}]
            facts = sum(code in {"DELIVERY_007", "DELIVERY_005"} for code in passing)
            assert share(facts, len(passing)) == pytest.approx(wrong, abs=0.05)
            assert share(passing.count(None), len(passing)) == pytest.approx(ROUGH.no_reason * (1 - wrong), abs=0.11)

    def test_an_outage_fails_holds_and_refuses(self) -> None:
        second = next(
            NOW.timestamp() + hour * HOUR
            for hour in range(24 * 60)
            if outage(ROUGH, 1, BRAZIL[0], Channel.WHATSAPP, NOW.timestamp() + hour * HOUR)
        )
        found = outage(ROUGH, 1, BRAZIL[0], Channel.WHATSAPP, second)
        assert found is not None
        at = datetime.fromtimestamp(second, UTC)
        faults = held = 0
        for number in BRAZIL:
            told = course(ROUGH, 1, Receipt("id", number, Channel.WHATSAPP, at))
            faults += told[-1].reason_code in PROVIDER_FAULTS[Channel.WHATSAPP]
            arrived = [stage for stage in told if stage.status in REACHED]
            held += bool(arrived)
            assert all(second + stage.after >= found.ends for stage in arrived)
        told_of = ROUGH.outage_fails * (1 - ROUGH.failure_lost)
        assert share(faults, len(BRAZIL)) == pytest.approx(told_of, abs=0.06)
        assert held > 0.1 * len(BRAZIL)
        refused = sum(self.is_refused(Simulator(lambda: at, world=ROUGH), number) for number in BRAZIL)
        assert share(refused, len(BRAZIL)) == pytest.approx(ROUGH.outage_refuses + ROUGH.hand_over_fails, abs=0.03)

    @staticmethod
    def is_refused(network: Simulator, number: str) -> bool:
        try:
            network.send(SendRequest(f"key-{number[1:]}", number, Channel.WHATSAPP, Content("Hello")))
        except TransientGatewayError:
            return True
        return False

    def test_some_hand_overs_fail_at_any_time(self) -> None:
        network = Simulator(lambda: NOW, world=ROUGH)
        refused = sum(self.is_refused(network, number) for number in BRAZIL)
        assert share(refused, len(BRAZIL)) == pytest.approx(ROUGH.hand_over_fails, abs=0.005)

    def test_a_hand_over_that_failed_is_explained_and_sent_nothing(self) -> None:
        network = Simulator(lambda: NOW, world=ROUGH)
        number = next(number for number in BRAZIL if self.is_refused(network, number))
        wanted = SendRequest(f"key-{number[1:]}", number, Channel.WHATSAPP, Content("Hello"))
        with pytest.raises(TransientGatewayError) as caught:
            network.send(wanted)
        assert (caught.value.title, caught.value.hint) == (
            "The simulated network did not take the message",
            "Send it again.",
        )
        assert network.recall(wanted) is None

    def test_a_message_waits_for_its_phone(self) -> None:
        waited = expired = 0
        for receipt, told in courses(ROUGH, Channel.SMS):
            second = receipt.accepted_at.timestamp()
            off = phone_off(ROUGH, 1, receipt.to, second)
            if off is None or outage(ROUGH, 1, receipt.to, Channel.SMS, second):
                continue
            arrived = [stage for stage in told if stage.status in REACHED]
            if off.ends - second > WAITS[Channel.SMS] + 2:
                expired += any(stage.reason_code == "DELIVERY_003" for stage in told)
                assert all(stage.after > WAITS[Channel.SMS] for stage in arrived)
            else:
                waited += bool(arrived)
                assert all(second + stage.after > off.ends for stage in arrived)
        assert waited > 100
        assert expired > 100

    def test_marketing_and_filters_stop_as_often_as_said(self) -> None:
        held = [told[-1] for _, told in courses(ROUGH, template="welcome")]
        stopped = share(sum(end.reason_code == "131049" for end in held), len(held))
        assert stopped == pytest.approx(ROUGH.marketing_held * (1 - ROUGH.failure_lost), abs=0.02)
        assert not any(told[-1].reason_code == "131049" for _, told in courses(ROUGH, template="order_update"))
        filtered = [told[-1].reason_code for _, told in courses(ROUGH, Channel.SMS)]
        assert share(filtered.count("POLICY_001"), len(filtered)) == pytest.approx(ROUGH.filtered, abs=0.003)

    def test_a_paused_template_and_an_empty_account_block(self) -> None:
        begins = NOW.timestamp()
        paused = next(
            at for at in (begins + hour * HOUR for hour in range(9000)) if template_pause(ROUGH, 1, "welcome", at)
        )
        empty = next(at for at in (begins + hour * HOUR for hour in range(9000)) if empty_account(ROUGH, 1, at))
        for second, code in ((paused, PAUSED), (empty, "BUSINESS_003")):
            at = datetime.fromtimestamp(second, UTC)
            ends = {
                (told[-1].status, told[-1].reason_code)
                for number in BRAZIL[:50]
                if (told := course(ROUGH, 1, Receipt("id/welcome", number, Channel.WHATSAPP, at)))
            }
            assert ("BLOCKED", code) in ends
            assert ends <= {("BLOCKED", code), ("FILTERED", "CONSENT_001")}

    def test_people_answer_as_often_as_said(self) -> None:
        for channel, rate in (
            (Channel.WHATSAPP, LIVELY.writes_back_whatsapp),
            (Channel.SMS, LIVELY.writes_back_sms),
        ):
            network = Simulator(lambda: NOW + timedelta(days=900), world=LIVELY)
            arrived = answered = 0
            for receipt, told in courses(LIVELY, channel):
                arrived += any(stage.status in REACHED for stage in told)
                letter = network.answer(receipt)
                if letter is not None:
                    answered += 1
                    assert letter.at > receipt.accepted_at
                    assert (letter.number, letter.channel) == (receipt.to, channel)
                    assert letter.text
            assert share(answered, arrived) == pytest.approx(rate, abs=0.02)

    def test_nobody_answers_what_did_not_arrive(self) -> None:
        network = Simulator(lambda: NOW + timedelta(days=900), world=ROUGH)
        for receipt, told in courses(ROUGH):
            if not any(stage.status in REACHED for stage in told):
                assert network.answer(receipt) is None

    def test_stop_and_start_frame_the_time_without_messages(self) -> None:
        heard: Counter[str] = Counter()
        begins, ends = datetime.fromtimestamp(BEGINNING, UTC), NOW + timedelta(days=2000)
        for number in BRAZIL:
            for letter in Simulator(lambda: ends, world=LIVELY).decisions(number, begins):
                heard[letter.text] += 1
                after = letter.at + timedelta(seconds=2)
                told = course(LIVELY, 1, Receipt("id", number, Channel.SMS, after))
                assert (told[-1].reason_code == "CONSENT_001") is (letter.text == "STOP")
        assert heard["STOP"] > heard["START"] > 100
        assert set(heard) == {"STOP", "START"}

    def test_only_what_is_known_is_said(self) -> None:
        codes = {
            stage.reason_code
            for channel in Channel
            for template in ("", "welcome")
            for _, told in courses(ROUGH, channel, template)
            for stage in told
        }
        assert all(code is None or reason_of(code) is not None for code in codes)
        assert {"DELIVERY_001", "DELIVERY_003", "DELIVERY_005", "DELIVERY_006", "DELIVERY_007"} <= codes
        assert {"CONSENT_001", "POLICY_001", "131049", "PROVIDER_001"} <= codes
        assert outcome_of("FAILED", "131049") is None

    def test_the_id_of_a_message_names_its_template(self) -> None:
        for template in TEMPLATES:
            content = fill(template, dict.fromkeys(template.variables, "x"))
            assert template_of(named("id", content)) is template
        assert named("id", Content("Hello")) == "id"
        assert named("id", Content("Hello", "of another network/welcome")) == "id"
        assert template_of("id") is template_of("id/other") is None


class TestReports:
    @given(NUMBERS, CHANNELS, LIVELY_OR_ROUGH, TIMES, st.lists(st.floats(0, 200_000), max_size=6), st.integers(0, 99))
    def test_what_is_reported_grows_and_is_never_changed(
        self, number: str, channel: Channel, world: World, at: datetime, waits: list[float], key: int
    ) -> None:
        now = at
        network = Simulator(lambda: now, world=world)
        receipt = Receipt(f"id-{key}", number, channel, at)
        before: tuple[Any, ...] = ()
        for seconds in waits:
            now += timedelta(seconds=seconds)
            reports = network.status(receipt)
            assert reports[: len(before)] == before
            assert [report.at for report in reports] == sorted(report.at for report in reports)
            assert all(at <= report.at <= now for report in reports)
            before = reports

    @given(NUMBERS, CHANNELS, LIVELY_OR_ROUGH, TIMES, st.uuids().map(str))
    def test_every_message_takes_a_possible_way(
        self, number: str, channel: Channel, world: World, at: datetime, gateway_id: str
    ) -> None:
        told = course(world, 1, Receipt(gateway_id, number, channel, at))
        statuses = [str(stage.status) for stage in told]
        assert statuses[0] == "QUEUED"
        assert len(told) <= 7
        assert told[-1].after <= 7 * DAY
        assert channel is Channel.WHATSAPP or "READ" not in statuses
        assert statuses.count("FAILED") + statuses.count("FILTERED") + statuses.count("BLOCKED") <= 1
        assert [stage.after for stage in told] == sorted(stage.after for stage in told)

    @given(NUMBERS, CHANNELS, LIVELY_OR_ROUGH, TIMES)
    def test_another_process_and_another_clock_hear_the_same(
        self, number: str, channel: Channel, world: World, at: datetime
    ) -> None:
        elsewhere = timezone(timedelta(hours=5, minutes=30))
        receipt = Receipt("id", number, channel, at)
        later = at + timedelta(days=9)
        here, there = Simulator(lambda: later, world=world), Simulator(lambda: later.astimezone(elsewhere), world=world)
        assert here.status(receipt) == there.status(replace(receipt, accepted_at=at.astimezone(elsewhere)))
        assert here.detect(number) == there.detect(number)
        assert here.answer(receipt) == there.answer(receipt)
        assert here.decisions(number, at) == there.decisions(number, at)

    @pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))
    def test_the_magic_numbers_do_the_same_in_every_world(self, world: World) -> None:
        now = NOW
        calm, other = Simulator(lambda: now), Simulator(lambda: now, world=world)
        for number, magic in MAGIC_NUMBERS.items():
            assert other.decisions(number, NOW) == ()
            assert other.last_wrote(number, NOW) == (None if magic.wrote_ago is None else NOW - magic.wrote_ago)
            if magic.fault is Fault.NETWORK_DOWN:
                continue
            assert calm.detect(number) == other.detect(number)
            for channel in Channel:
                receipt = Receipt("id", number, channel, NOW - timedelta(hours=1))
                assert calm.status(receipt) == other.status(receipt)
                assert other.letters(receipt) == calm.letters(receipt)
                assert bool(other.letters(receipt)) is bool(magic.answers)

    def test_pace_stretches_answers_too(self) -> None:
        later = NOW + timedelta(days=900)
        slow, quick = Simulator(lambda: later, world=LIVELY, pace=2), Simulator(lambda: later, world=LIVELY, pace=0)
        for receipt in list(receipts())[:500]:
            letter, at_once = slow.answer(receipt), quick.answer(receipt)
            assert (letter is None) is (at_once is None)
            if letter is not None and at_once is not None:
                assert at_once.at == receipt.accepted_at < letter.at

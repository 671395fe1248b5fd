"""Looking back on messages that are stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.message import Content, Message, MessageStatus
from sent_tui.core.outcome import Outcome
from sent_tui.core.policies import POLICIES, Choice
from sent_tui.core.replay import Replay
from sent_tui.core.results import situation_of, verdict_of
from sent_tui.core.review import review
from sent_tui.core.routing import reproduce
from sent_tui.errors import NotFoundError, UsageError
from sent_tui.gateways.gateway import SendRequest
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.demo import demo, fill_demo
from sent_tui.services.evaluation import EvaluationService
from sent_tui.services.workspace import assemble
from sent_tui.store.memory import MemoryRepository
from sent_tui.store.repository import Repository
from sent_tui.store.tinydb import TinyDBRepository
from tests.factories import NOW, contact
from tests.logs import ARRIVED, LOST, SMS, UNREACHED, WHATSAPP, log, sent, situation

LATE = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


def stored(messages: Iterable[Message], repository: Repository | None = None) -> Repository:
    repository = repository or MemoryRepository()
    with repository.transaction() as tx:
        for message in messages:
            tx.put_message(message)
    return repository


def looking_at(*messages: Message) -> EvaluationService:
    return EvaluationService(stored(messages))


class TestStream:
    @pytest.mark.parametrize("count", [1, 4, 5, 11])
    def test_every_message_counts_once(self, count: int, tmp_path: Path) -> None:
        messages = log([(0.9, True)] * count)
        on_disk = TinyDBRepository(tmp_path / "contacts.db")
        try:
            for repository in (stored(messages), stored(messages, on_disk)):
                assert EvaluationService(repository).calibration().first.rate.count == count
                assert EvaluationService(repository).replay(["sent-tui"])[0].count == count
        finally:
            on_disk.close()

    def test_it_ends_when_nobody_waits(self) -> None:
        service = looking_at(*log([(0.9, True)] * 6))
        asked = iter([False, False, True])
        assert service.calibration(is_cancelled=lambda: next(asked)).first.rate.count == 2

    def test_since(self) -> None:
        messages = log([(0.9, True), (0.9, False), (0.9, True)])
        service = looking_at(*messages)
        assert service.calibration(messages[1].created_at).first.rate.count == 2
        assert [found.count for found in service.replay(["sms-first", "cheapest"], messages[1].created_at)] == [2, 2]

    def test_what_people_wrote_is_no_attempt(self) -> None:
        heard = replace(sent(0, None), status=MessageStatus.RECEIVED.value, attempts=())
        assert looking_at(heard).calibration().uncounted == {}
        assert looking_at(heard).replay(["sms-first"])[0].uncounted == {}


class TestReview:
    def test_a_decision_is_found_with_its_message(self) -> None:
        message = sent(0, situation(), (WHATSAPP, ARRIVED, None))
        assert looking_at(message).review(message.id).again.channels == (WHATSAPP, SMS)

    def test_none_was_kept(self) -> None:
        message = sent(0, None, (WHATSAPP, ARRIVED, None))
        with pytest.raises(NotFoundError, match="before decisions were kept"):
            looking_at(message).review(message.id)

    def test_one_of_another_version(self) -> None:
        message = replace(sent(0, situation()), decision={"version": 9})
        with pytest.raises(UsageError, match="A decision of version 9 cannot be read"):
            looking_at(message).review(message.id)

    def test_one_that_makes_no_sense_is_told_with_its_names_as_they_are(self) -> None:
        message = replace(sent(0, situation()), decision={"version": 1})
        with pytest.raises(UsageError, match=r"^The decision.*What was kept .*: KeyError\('prices'\)\."):
            looking_at(message).review(message.id)


def test_an_unknown_policy_names_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        looking_at().replay(["sms-first", "coin"])
    assert "last-success" in caught.value.hint


class TestSending:
    """What is kept while messages are sent."""

    def test_each_message_and_each_fallback_keeps_its_decision(self) -> None:
        now = LATE
        repository = MemoryRepository()
        workspace = assemble(repository, Simulator(lambda: now, pace=0), user="x", clock=lambda: now)
        open_to_both = contact(0, format_e164="+14155550102", default_channel=WHATSAPP, default_pinned=True)
        repository.add([open_to_both])
        welcome = workspace.sending.template_content("welcome", {"name": "Ada"})
        message = workspace.sending.send(open_to_both.id, welcome)
        said = message.reasons
        while not message.is_final:
            now += timedelta(minutes=1)
            message = workspace.sending.advance(message.id)
        first, then = message.attempts
        assert (first.channel, then.channel) == (WHATSAPP, SMS)
        looked_at = workspace.evaluation.review(message.id)
        assert looked_at.said == said == looked_at.again.explain()
        assert looked_at.is_same
        assert first.decision == {}
        before, after = situation_of(message), situation_of(then)
        assert before is not None
        assert after is not None
        assert after.pinned is SMS
        assert after.at > before.at
        assert after.estimates[WHATSAPP].failed == 1

    def test_a_message_that_was_held_back_keeps_it_too(self) -> None:
        repository = MemoryRepository()
        workspace = assemble(repository, Simulator(lambda: LATE), user="x", clock=lambda: LATE)
        repository.add([contact(0, opt_out=True)])
        with pytest.raises(Exception, match="opted out"):
            workspace.sending.send(contact(0).id, Content("Hello"))
        [message] = repository.messages()
        known = situation_of(message)
        assert known is not None
        assert known.opt_out


class TestSimulatedTruth:
    """The log of the demo, on a network that can be asked what would have happened."""

    @pytest.mark.parametrize("name", POLICIES)
    def test_the_truth_lies_within_the_bounds(self, name: str) -> None:
        repository = MemoryRepository()
        fill_demo(repository, LATE)
        [found] = EvaluationService(repository).replay([name])
        assert found.count > 250
        truth = true_share(name, repository)
        low, high = found.bounds
        assert low <= truth <= high
        assert low <= found.estimate <= high

    def test_every_decision_of_the_demo_gives_its_plan_again(self) -> None:
        for message in (known for known in demo(LATE).messages if not known.is_inbound):
            looked_at = review(message.decision, message.reasons)
            assert looked_at.again.explain() == message.reasons
            assert looked_at.again == reproduce(looked_at.decision)
            assert looked_at.is_same


def true_share(name: str, repository: Repository) -> float:
    """Return the share of first attempts that would have arrived, had a policy chosen: asked of the network itself."""
    policy = POLICIES[name]
    asked: list[Choice] = []

    def noted(choice: Choice) -> Channel:
        asked.append(choice)
        return policy.choose(choice)

    replaced = replace(policy, choose=noted)
    replay = Replay(replaced)
    came: list[bool] = []
    for message in reversed(repository.messages()):
        before = len(asked)
        replay.add(message)
        if len(asked) > before:
            channel, first = policy.choose(asked[-1]), message.attempts[0]
            known = channel is first.channel
            came.append(verdict_of(first) is Outcome.DELIVERED if known else would_arrive(message, channel))
    return sum(came) / len(came)


def would_arrive(message: Message, channel: Channel) -> bool:
    """Return whether a message would have arrived on a channel that was not tried first."""
    at = message.created_at
    network = Simulator(lambda: at)
    receipt = network.send(SendRequest(f"instead-{message.id}", message.to, channel, message.content))
    at += timedelta(days=1)
    return any(report.status == MessageStatus.DELIVERED for report in network.status(receipt))


def test_outcomes_are_those_of_the_log() -> None:
    assert verdict_of(sent(0, None, (SMS, LOST, UNREACHED)).attempts[0]) is Outcome.FAILED_SOFT
    assert sent(0, None, (SMS, LOST, UNREACHED)).created_at == NOW

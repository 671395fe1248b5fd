"""What people answer: heard by whoever follows the messages, each letter once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from sent_tui.core.channel import Channel
from sent_tui.core.consent import ConsentKind, window_is_open
from sent_tui.core.contact import Contact
from sent_tui.core.message import Content, Message
from sent_tui.gateways.gateway import Letter, Receipt, TransientGatewayError
from sent_tui.gateways.simulator import Simulator
from sent_tui.gateways.simulator_numbers import ANSWERED_AFTER
from sent_tui.services.contacts import NewContact
from sent_tui.services.duplicates import proposed
from sent_tui.services.following import Follower
from sent_tui.services.hearing import ANSWERED_WITHIN, HearingService
from sent_tui.services.workspace import Workspace, assemble
from sent_tui.store.memory import MemoryRepository

ANSWERS, STOPS, SILENT = "+14155550198", "+14155550199", "+14155550117"
WELCOME = Content("Welcome, Ada", template="welcome")


class Network(Simulator):
    """The simulator, that can be out of order and counts what it is asked."""

    is_down = False
    asked = 0

    def letters(self, receipt: Receipt) -> tuple[Letter, ...]:
        self.asked += 1
        if self.is_down:
            raise TransientGatewayError("The network is down")
        return super().letters(receipt)


class Desk:
    def __init__(self) -> None:
        ids = count(1)
        self.now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
        self.network = Network(lambda: self.now)
        self.repository = MemoryRepository()
        self.workspace: Workspace = assemble(
            self.repository, self.network, user="kim", clock=lambda: self.now, new_id=lambda: f"id-{next(ids)}"
        )
        self.follower = self.another()

    @property
    def hearing(self) -> HearingService:
        hearing = self.workspace.hearing
        assert hearing is not None
        return hearing

    def another(self) -> Follower:
        """Return somebody else who follows the messages in the same database."""
        workspace = self.workspace
        return Follower(workspace.sending, workspace.clock, workspace.bulk, workspace.hearing)

    def send(self, number: str, content: Content = WELCOME) -> Message:
        contact = self.repository.find(number) or self.workspace.contacts.create(NewContact(number)).contact
        return self.workspace.sending.send(contact.id, content)

    def pass_time(self, seconds: float, *, step: float = 0.5) -> None:
        until = self.now + timedelta(seconds=seconds)
        while self.now < until:
            self.now += timedelta(seconds=step)
            if self.follower.is_due:
                self.follower.tick()

    def contact(self, number: str) -> Contact:
        found = self.repository.find(number)
        assert found is not None
        return found

    def inbound(self) -> Sequence[Message]:
        return [message for message in self.repository.messages() if message.is_inbound]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_answer_opens_the_conversation(desk: Desk) -> None:
    sent = desk.send(ANSWERS)
    desk.pass_time(30)
    [heard] = desk.inbound()
    assert heard.contact_id == sent.contact_id
    assert heard.channel is Channel.WHATSAPP
    assert timedelta(seconds=ANSWERED_AFTER) < heard.created_at - sent.created_at < timedelta(seconds=20)
    assert window_is_open(desk.contact(ANSWERS).status(Channel.WHATSAPP).last_inbound_at, desk.now)
    assert desk.workspace.sending.plan(sent.contact_id, Content("Hello")).channels[0] is Channel.WHATSAPP


def test_stop_opts_out(desk: Desk) -> None:
    sent = desk.send(STOPS, Content("Hello"))
    assert not desk.contact(STOPS).opt_out
    desk.pass_time(30)
    assert desk.contact(STOPS).opt_out
    [decision] = desk.repository.consent_history(STOPS)
    assert decision.at == desk.inbound()[0].created_at
    assert not desk.workspace.sending.plan(sent.contact_id, Content("Hello again")).steps


def test_nobody_is_heard_twice(desk: Desk) -> None:
    first = desk.send(ANSWERS)
    desk.pass_time(30)
    desk.send(ANSWERS)
    desk.pass_time(30)
    heard = desk.inbound()
    assert len({message.id for message in heard}) == len(heard) == 2
    assert desk.hearing.hear(desk.repository.message(first.id)) == []
    desk.another().tick()
    assert desk.inbound() == heard


def test_who_begins_later_hears_what_was_answered_meanwhile(desk: Desk) -> None:
    sent = desk.send(ANSWERS)
    desk.pass_time(3)
    assert desk.repository.message(sent.id).is_final
    desk.now += timedelta(hours=20)
    assert not desk.inbound()
    [heard] = desk.another().tick()
    assert heard.is_inbound


def test_a_network_without_an_answer_is_asked_again(desk: Desk) -> None:
    desk.send(ANSWERS)
    desk.network.is_down = True
    desk.pass_time(30)
    assert not desk.inbound()
    desk.network.is_down = False
    desk.pass_time(60)
    assert len(desk.inbound()) == 1


def test_it_is_asked_less_and_less_and_then_no_more(desk: Desk) -> None:
    desk.send(SILENT, Content("Hello"))
    desk.pass_time(2 * ANSWERED_WITHIN.total_seconds(), step=60)
    assert 5 < desk.network.asked < 30
    assert not desk.follower.is_due
    desk.another().tick()
    assert desk.network.asked < 30


def test_nobody_is_asked_about_what_did_not_arrive(desk: Desk) -> None:
    desk.send("+14155550104", Content("Hello"))
    desk.pass_time(60)
    assert desk.network.asked == 0


def test_an_answer_to_a_deleted_contact_is_left(desk: Desk) -> None:
    sent = desk.send(ANSWERS)
    desk.pass_time(3)
    arrived = desk.repository.message(sent.id)
    desk.workspace.contacts.delete([sent.contact_id])
    desk.now += timedelta(seconds=30)
    assert desk.hearing.hear(arrived) == []


def test_who_says_stop_after_the_contact_was_deleted_stays_out(desk: Desk) -> None:
    sent = desk.send(STOPS, Content("Hello"))
    desk.pass_time(3)
    arrived = desk.repository.message(sent.id)
    desk.workspace.contacts.delete([sent.contact_id])
    desk.now += timedelta(seconds=30)
    for _ in range(2):
        assert desk.hearing.hear(arrived) == []
    [decided] = desk.repository.consent_history(STOPS)
    assert decided.kind is ConsentKind.OPT_OUT
    assert desk.workspace.contacts.create(NewContact(STOPS)).contact.opt_out


def test_who_says_stop_opts_out_the_contact_that_was_made_anew(desk: Desk) -> None:
    sent = desk.send(STOPS, Content("Hello"))
    desk.pass_time(3)
    arrived = desk.repository.message(sent.id)
    desk.workspace.contacts.delete([sent.contact_id])
    anew = desk.workspace.contacts.create(NewContact(STOPS)).contact
    assert not anew.opt_out
    desk.now += timedelta(seconds=30)
    desk.hearing.hear(arrived)
    assert desk.contact(STOPS).opt_out


def test_stop_from_the_number_of_a_merged_contact_holds_for_both_numbers(desk: Desk) -> None:
    kept = desk.workspace.contacts.create(NewContact(SILENT)).contact
    sent = desk.send(STOPS, Content("Hello"))
    other = desk.repository.get(sent.contact_id)
    desk.workspace.duplicates.merge(kept.id, other.id, proposed(kept, other), by="kim")
    desk.pass_time(30)
    [heard] = desk.inbound()
    assert (heard.contact_id, heard.to) == (kept.id, STOPS)
    now = desk.contact(SILENT)
    assert now.opt_out
    assert now.last_inbound_at == kept.last_inbound_at
    assert [len(desk.repository.consent_history(number)) for number in (SILENT, STOPS)] == [1, 1]
    desk.workspace.contacts.undo()
    assert desk.contact(STOPS).opt_out


def test_what_belongs_to_another_network_is_not_awaited(desk: Desk) -> None:
    sent = desk.send(ANSWERS)
    desk.pass_time(3)
    arrived = desk.repository.message(sent.id)
    assert desk.hearing.may_be_answered(arrived, desk.now)
    with desk.repository.transaction() as tx:
        tx.put_message(
            Message(**{name: getattr(arrived, name) for name in arrived.__struct_fields__} | {"gateway": "other"})
        )
    assert desk.hearing.awaited(desk.now) == []

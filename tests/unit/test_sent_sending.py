"""Messages through the live gateway: sent once, told truly, and learned from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from fault_campaign.sent_sends import BEGAN, HELLO, House, campaign
from fault_campaign.sent_server import TAKES, Fault, Heard
from sent_tui.core.channel import Channel
from sent_tui.core.knowledge import Knowledge
from sent_tui.core.message import MessageStatus
from sent_tui.errors import RefusedError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.following import Follower
from sent_tui.services.sending import SendingService
from sent_tui.services.workspace import assemble
from sent_tui.store.memory import MemoryRepository


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def test_a_message_is_delivered_and_learned_from(house: House) -> None:
    house.world.sent_by["+14155550100"] = "sms"
    sent = house.send()
    assert (sent.status, sent.channel) == ("QUEUED", Channel.WHATSAPP)
    assert len(sent.route) == 1, "Sent takes another way by itself"
    message = house.settled(sent)
    assert (message.status, message.channel) == ("DELIVERED", Channel.SMS)
    contact = house.repository.get(message.contact_id)
    assert (contact.status(Channel.SMS).delivered, contact.status(Channel.WHATSAPP).delivered) == (1, 0)
    assert len(house.world.taken) == 1


SLOW = ((0, "QUEUED", None), (1, "SENT", None), (1200, "DELIVERED", None))


@pytest.mark.parametrize(("by", "delivered"), [("whatsapp", [1, 0]), ("sms", [0, 1]), ("rcs", [0, 0])])
def test_what_came_late_by_another_channel_is_no_failure_of_the_first(
    house: House, by: str, delivered: list[int]
) -> None:
    house.world.sent_by["+14155550100"] = by
    house.world.courses["+14155550100"] = SLOW
    sent = house.send()
    house.now += timedelta(minutes=16)
    late = house.workspace.sending.advance(sent.id)
    assert late.attempts[0].overdue_at is not None
    assert house.repository.get(sent.contact_id).status(Channel.WHATSAPP).failed == 1
    house.now += timedelta(minutes=10)
    message = house.workspace.sending.advance(sent.id)
    assert message.status == "DELIVERED"
    contact = house.repository.get(sent.contact_id)
    found = [contact.status(channel) for channel in Channel]
    assert [status.delivered for status in found] == delivered
    assert [status.attempts for status in found] == delivered
    assert [status.failed for status in found] == [0, 0]
    events = house.repository.events(sent.id)
    replayed = Knowledge().replayed(replace(contact, learned={}), [message], events if by != "rcs" else ())
    assert contact.learned == replayed.learned


def test_a_channel_that_is_not_known_teaches_nothing(house: House) -> None:
    house.world.sent_by["+14155550100"] = "rcs"
    message = house.settled(house.send())
    assert message.status == "DELIVERED"
    contact = house.repository.get(message.contact_id)
    assert [contact.status(channel).attempts for channel in Channel] == [0, 0]


def test_a_way_that_failed_is_not_doubled_by_one_of_ours(house: House) -> None:
    house.world.courses["+14155550100"] = ((0, "QUEUED", None), (1, "FAILED", "DELIVERY_007"))
    house.world.sent_by["+14155550100"] = "whatsapp"
    message = house.send()
    house.now += timedelta(seconds=10)
    message = house.workspace.sending.advance(message.id)
    assert (message.status, message.is_final) == ("ROUTE_FAILED", False)
    message = house.settled(message)
    assert (message.status, message.is_final, len(message.attempts)) == ("FAILED", True, 1)
    assert len(house.world.taken) == 1
    assert house.repository.get(message.contact_id).status(Channel.WHATSAPP).failed == 1


def test_a_pinned_message_goes_by_its_channel_alone(house: House) -> None:
    house.world.courses["+14155550100"] = ((0, "QUEUED", None), (1, "FAILED", "DELIVERY_007"))
    message = house.settled(house.send(Channel.WHATSAPP), 60)
    assert (message.status, message.route) == ("FAILED", (Channel.WHATSAPP,))
    assert [heard.body["channel"] for heard in house.world.posts] == [["whatsapp"]]


def test_the_channel_that_a_person_chose_for_the_contact_is_not_left_to_sent(house: House) -> None:
    house.world.courses["+14155550100"] = ((0, "QUEUED", None), (1, "FAILED", "DELIVERY_003"))
    contact = house.contact()
    house.workspace.contacts.set_default(contact.id, Channel.SMS)
    message = house.send()
    assert (message.pinned, message.route) == (Channel.SMS, (Channel.SMS, Channel.WHATSAPP))
    message = house.settled(message)
    assert [heard.body["channel"] for heard in house.world.posts] == [["sms"], ["whatsapp"]], "the next step is ours"
    assert (message.status, message.is_final) == ("FAILED", True)


def test_the_next_step_goes_out_live_only_where_that_is_armed(house: House) -> None:
    house.world.courses["+14155550100"] = ((0, "QUEUED", None), (1, "FAILED", "DELIVERY_003"))
    house.workspace.contacts.set_default(house.contact().id, Channel.SMS)
    message = house.send()
    house.restarted(live=False)
    message = house.settled(message)
    assert (message.status, message.is_final, len(message.attempts)) == ("FAILED", False, 1)
    house.restarted()
    message = house.settled(message)
    assert (message.status, message.is_final, len(message.attempts)) == ("FAILED", True, 2)
    assert (len(house.world.taken), house.world.sandboxed) == (2, 0)


def test_what_sent_filters_is_never_retried(house: House) -> None:
    house.world.courses["+14155550100"] = ((0, "QUEUED", None), (1, "FILTERED", "CONSENT_001"))
    message = house.settled(house.send())
    assert message.status == "FILTERED"
    with pytest.raises(RefusedError, match="consent or policy"):
        house.workspace.sending.retry(message.id)
    assert len(house.world.posts) == 1


def test_in_the_sandbox_a_message_ends_blocked_and_may_be_sent_for_real(house: House) -> None:
    house.restarted(live=False)
    message = house.settled(house.send())
    assert (message.status, message.is_final) == ("BLOCKED", True)
    assert "sent nothing" in message.attempts[0].detail
    assert house.world.taken == []
    house.restarted()
    again = house.workspace.sending.retry(message.id)
    assert again.id != message.id
    assert [taken.id for taken in house.world.taken] == [again.attempts[0].gateway_id]


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault in TAKES])
def test_a_lost_answer_is_found_after_a_restart(house: House, fault: Fault) -> None:
    left = [fault]
    house.world.faults = lambda heard: left.pop() if heard.method == "POST" and left else None
    message = house.send()
    assert message.status == MessageStatus.UNKNOWN
    house.restarted()
    message = house.settled(message)
    assert message.status == "DELIVERED"
    assert len(house.world.posts) == len(house.world.taken) == 1


def test_a_lost_answer_to_what_was_not_taken_stays_unknown_until_a_person_decides(house: House) -> None:
    left = [Fault.DROPPED_BEFORE]
    house.world.faults = lambda heard: left.pop() if heard.method == "POST" and left else None
    message = house.settled(house.send())
    assert (message.status, message.is_final) == (MessageStatus.UNKNOWN, False)
    assert house.world.taken == []
    house.restarted()
    again = house.settled(house.workspace.sending.retry(message.id))
    assert (again.id, again.status) == (message.id, "DELIVERED")
    assert len({heard.key for heard in house.world.posts}) == len(house.world.taken) == 1


def test_a_lost_message_is_told_from_another_with_the_same_words(house: House) -> None:
    first = house.send()
    left = [Fault.DROPPED_AFTER]
    house.world.faults = lambda heard: left.pop() if heard.method == "POST" and left else None
    lost = house.send()
    house.restarted()
    found = house.settled(lost)
    assert found.attempts[0].gateway_id == house.world.taken[1].id
    assert first.attempts[0].gateway_id == house.world.taken[0].id


def test_the_key_is_stored_before_the_first_request(house: House) -> None:
    stored: list[bool] = []

    def looked(heard: Heard) -> None:
        if heard.method == "POST":
            keys = {attempt.idempotency_key for message in house.repository.messages() for attempt in message.attempts}
            stored.append(heard.key in keys)

    house.world.faults = looked
    house.send()
    assert stored == [True]


def test_what_another_gateway_took_is_not_asked_after_here(house: House) -> None:
    contact = house.contact()
    simulated = SendingService(house.repository, Simulator(lambda: house.now), lambda: house.now, lambda: "m-1")
    message = simulated.send(contact.id, HELLO)
    lost = replace(message, id="m-2", status="UNKNOWN", attempts=(replace(message.attempts[0], status="UNKNOWN"),))
    with house.repository.transaction() as transaction:
        transaction.put_message(lost)
    asked = len(house.world.heard)
    house.now += timedelta(minutes=5)
    assert house.workspace.sending.advance(message.id) == message
    assert house.workspace.sending.open_messages() == []
    assert Follower(house.workspace.sending, lambda: house.now).tick() == []
    with pytest.raises(RefusedError, match="another gateway, simulator"):
        house.workspace.sending.retry(lost.id)
    assert len(house.world.heard) == asked


def test_a_paid_lookup_is_kept_as_a_finding(house: House) -> None:
    house.world.channels["+14155550100"] = None
    contact = house.contact()
    account = house.workspace.account
    assert account is not None
    found = account.look_up(contact.id, contact.format_e164)
    assert found.status(Channel.SMS).evidence == "mobile of Harbour Mobile (paid lookup)"
    assert found.status(Channel.SMS).is_available


def test_the_account_is_armed_and_disarmed(house: House) -> None:
    account = house.restarted(live=False).account
    assert account is not None
    account.prepare()
    assert account.account().name == "Lantern Supply"
    assert not account.is_live
    assert account.arm().name == "Lantern Supply"
    assert account.is_live
    account.disarm()
    assert not account.is_live


def test_a_network_without_an_account_says_so() -> None:
    workspace = assemble(MemoryRepository(), Simulator(lambda: BEGAN), user="ada", clock=lambda: BEGAN)
    assert workspace.account is None
    workspace.close()


def test_many_sends_through_every_fault_double_and_lose_nothing() -> None:
    ours, control = campaign(60, 1)
    assert ours.result == "ok", ours.details
    assert ours.trials >= 60
    assert ours.info["delivered"] > 20
    assert control.result == "ok", "what sends twice is noticed"


def test_what_waits_goes_out_only_where_live_sending_is_armed(house: House) -> None:
    contact = house.contact()
    waiting = house.workspace.sending.schedule(contact.id, HELLO, house.now + timedelta(hours=1))
    house.now += timedelta(hours=2)
    house.restarted(live=False)
    assert house.workspace.sending.advance(waiting.id).is_waiting
    follower = Follower(house.workspace.sending, lambda: house.now, house.workspace.bulk)
    assert follower.tick() == []
    assert not follower.is_due
    assert house.world.posts == []
    house.restarted()
    sent = house.workspace.sending.advance(waiting.id)
    assert (sent.status, len(sent.steps), len(house.world.taken)) == ("QUEUED", 1, 1)


def test_a_bulk_send_goes_on_only_where_live_sending_is_armed(house: House) -> None:
    contact = house.contact()
    bulk = house.workspace.bulk.begin([contact.id], lambda contact: HELLO, text="Hello", rate=10)
    house.restarted(live=False)
    assert house.workspace.bulk.go_on() == []
    house.restarted()
    (sent,) = house.workspace.bulk.go_on()
    assert (sent.batch, sent.status, len(house.world.taken)) == (bulk.id, "QUEUED", 1)


def test_a_bulk_send_of_another_gateway_does_not_go_on_here(house: House) -> None:
    contact = house.contact()
    simulated = assemble(house.repository, Simulator(lambda: house.now), user="ada", clock=lambda: house.now)
    bulk = simulated.bulk.begin([contact.id], lambda contact: HELLO, text="Hello", rate=10)
    assert house.workspace.bulk.go_on() == []
    with pytest.raises(RefusedError, match="another gateway"):
        house.workspace.bulk.run(bulk.id, pause=lambda seconds: None)
    assert house.world.posts == []

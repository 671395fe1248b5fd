"""What is expected of a message to many: counted by channel and by why not, and nothing is stored."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sent_tui.core.channel import Channel
from sent_tui.core.message import Template
from sent_tui.gateways.simulator import Simulator
from sent_tui.services import forecast
from sent_tui.services.contacts import NewContact
from sent_tui.services.forecast import NAMELESS, OPTED_OUT, UNREACHABLE, Forecast, forecasts
from sent_tui.services.personal import content_for_all
from sent_tui.services.workspace import Workspace, assemble
from sent_tui.store.memory import MemoryRepository

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BOTH, SMS, NEITHER = "+14155550100", "+14155550106", "+14155550121"


@pytest.fixture
def desk() -> Workspace:
    return assemble(MemoryRepository(), Simulator(lambda: NOW, pace=0), user="tester", clock=lambda: NOW)


def ids(desk: Workspace, *numbers: str) -> list[str]:
    return [desk.contacts.create(NewContact(number)).contact.id for number in numbers]


def last(desk: Workspace, wanted: list[str], template: Template | None = None, **variables: str) -> Forecast:
    content_of = content_for_all("Hello", template, variables)
    *_, found = forecasts(desk.repository, desk.sending, wanted, content_of)
    return found


def test_contacts_are_counted_by_their_first_channel_and_by_why_not(desk: Workspace) -> None:
    wanted = ids(desk, BOTH, SMS, NEITHER, "+14155550101")
    desk.contacts.opt_out(wanted[3], by="tester")
    found = last(desk, [*wanted, "gone"])
    assert (found.contacts, found.looked_at, found.is_whole) == (5, 5, True)
    assert sum(found.first.values()) == 2
    assert found.first[Channel.SMS] >= 1
    assert found.nothing == {OPTED_OUT: 1, UNREACHABLE: 2}
    assert 0 < found.deliveries <= 2
    assert found.cost > 0
    assert not desk.repository.messages()


def test_who_has_no_name_for_a_template_is_counted(desk: Workspace) -> None:
    greeting = Template("greeting", "Hello {{name}}", ("name",))
    assert last(desk, ids(desk, BOTH), greeting, name="{first_name}").nothing == {NAMELESS: 1}
    assert last(desk, ids(desk, BOTH), greeting, name="Ada").nothing == {}


def test_it_is_told_how_far_it_is(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "TOLD_EVERY", 2)
    wanted = ids(desk, BOTH, SMS, NEITHER)
    found = list(forecasts(desk.repository, desk.sending, wanted, content_for_all("Hello")))
    assert [(each.looked_at, each.is_whole) for each in found] == [(2, False), (3, True)]
    assert list(forecasts(desk.repository, desk.sending, [], content_for_all("Hello"))) == [Forecast(0)]

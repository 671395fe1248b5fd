"""`sent-tui insights`."""

from __future__ import annotations

import pytest

from sent_tui.core.channel import Channel
from sent_tui.core.default_move import MovedBy
from tests.cli.conftest import Cli, Make


@pytest.fixture
def sent(cli: Cli, add: Make) -> Cli:
    """Two messages: one delivered after a fallback, one failed."""
    cli("send", add("+14155550102"), "--text", "First", "--wait")
    cli("send", add("+14155550104"), "--text", "Second", "--wait")
    return cli


def test_for_people(sent: Cli) -> None:
    out = sent.done("insights").out
    assert out.startswith("2 messages, 50% delivered. Half took less than ")
    assert "went on to another channel" in out
    for head in ("CHANNEL", "COUNTRY", "TYPE OF NUMBER", "DAY"):
        assert f"\n{head} " in out
    assert "\nUnited States " in out


def test_as_json(sent: Cli) -> None:
    known = sent.done("insights", "--days", "0", "--json").json
    assert known["since"] is None
    assert known["messages"]["count"] == 2
    assert known["fallback"]["rescued"] == 1
    assert known["country"]["US"]["share"] == 0.5


def test_the_days_that_are_looked_at(sent: Cli) -> None:
    sent.clock.wait(3 * 86_400)
    assert sent.done("insights", "--days", "2").out == "No message went out in this time.\n"
    assert sent.done("insights", "--days", "7").out.startswith("2 messages")
    assert sent("insights", "--days", "-1").code == 2


def test_defaults_that_moved(sent: Cli, add: Make) -> None:
    contact = add("+14155550110")
    repository = sent.repository
    known = repository.find(contact)
    assert known is not None
    for channel in (Channel.WHATSAPP, Channel.SMS):
        repository.update(
            known.id,
            lambda was, channel=channel: was.with_default(  # type: ignore[misc]
                channel, pinned=False, reason="3 of 3 delivered", at=sent.clock(), by=MovedBy.LEARNED
            ),
        )
    ran = sent.done("insights")
    assert "moved by delivery results." in ran.out
    assert "WhatsApp → SMS" in ran.out
    repository.delete([known.id])
    assert known.id in sent.done("insights").out

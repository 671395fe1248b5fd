"""`sent-tui messages`."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from sent_tui.cli.delivery import changes_in_words
from sent_tui.core.channel import Channel
from sent_tui.core.message import Attempt, Content, Message
from tests.cli.conftest import Cli, Clock, Make
from tests.factories import steps


@pytest.fixture
def sent(cli: Cli, add: Make) -> Cli:
    """Three messages: one delivered after a fallback, one failed, one under way."""
    cli("send", add("+14155550102"), "--text", "First\nof all", "--wait")
    cli("send", add("+14155550104"), "--text", "Second", "--wait")
    cli("send", add("+14155550100"), "--text", "Third")
    return cli


def message_id(cli: Cli, text: str) -> str:
    return next(str(row["id"]) for row in cli.done("messages", "list", "--json").lines if row["text"].startswith(text))


def test_a_list_for_people(sent: Cli) -> None:
    ran = sent.done("messages", "list")
    head, *rows = ran.out.splitlines()
    assert head.split() == ["ID", "CREATED", "STATUS", "CHANNEL", "TO", "TEXT"]
    assert [row[head.index("TEXT") :] for row in rows] == ["Third", "Second", "First⏎of all"]
    assert [row.split()[3] for row in rows] == ["queued", "failed", "delivered"]
    assert ran.err == ""


def test_a_list_as_json_lines(sent: Cli) -> None:
    assert [row["text"] for row in sent.done("messages", "list", "--json").lines] == [
        "Third",
        "Second",
        "First\nof all",
    ]
    assert len(sent.done("messages", "list", "--json", "--limit", "1").lines) == 1


def test_messages_of_one_contact_or_status(sent: Cli) -> None:
    (found,) = sent.done("messages", "list", "--contact", "+14155550104", "--json").lines
    assert found["text"] == "Second"
    (failed,) = sent.done("messages", "list", "--status", "failed", "--json").lines
    assert failed["text"] == "Second"
    assert sent("messages", "list", "--contact", "+14155550199").code == 3


def test_messages_by_what_became_of_them_channel_and_day(sent: Cli) -> None:
    def texts(*options: str) -> list[str]:
        return [row["text"] for row in sent.done("messages", "list", "--json", *options).lines]

    assert texts("--failed") == texts("--outcome", "failed") == ["Second"]
    assert texts("--outcome", "under-way") == ["Third"]
    assert texts("--channel", "sms", "--outcome", "delivered") == ["First\nof all"]
    assert len(texts("--since", "2026-03-02")) == len(texts("--until", "2026-03-02", "--day", "2026-03-02")) == 3
    assert texts("--since", "2026-03-03") == texts("--until", "2026-03-01") == texts("--day", "2026-03-01") == []
    refused = sent("messages", "list", "--day", "yesterday")
    assert refused.code == 2
    assert "Write it as 2026-03-02." in refused.err
    assert sent("messages", "list", "--until", "9999-12-31").code == 2


def test_days_are_those_of_this_machine(sent: Cli, in_kiritimati: None) -> None:
    def count(*options: str) -> int:
        return len(sent.done("messages", "list", "--json", *options).lines)

    # 2:00 in the next night there
    assert count("--day", "2026-03-03") == count("--until", "2026-03-03") == count("--since", "2026-03-03") == 3
    assert count("--day", "2026-03-02") == count("--until", "2026-03-02") == 0
    assert "2026-03-03" in sent.done("insights", "--days", "1").out


@pytest.fixture
def in_kiritimati(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Pacific/Kiritimati")
        time.tzset()
        yield
    time.tzset()


def test_a_short_list_says_what_it_leaves_out(sent: Cli) -> None:
    assert sent.done("messages", "list", "--limit", "2").err == "Showing 2 of 3 messages; more with --limit.\n"
    assert sent.done("messages", "list", "--status", "read").err == "No messages.\n"


def test_listing_brings_nothing_up_to_date(sent: Cli) -> None:
    sent.clock.wait(60)
    assert "queued" in sent.done("messages", "list").out
    assert sent.done("messages", "show", message_id(sent, "Third"), "--json").json["status"] == "QUEUED"


def test_one_message_for_people(sent: Cli) -> None:
    shown = sent.done("messages", "show", message_id(sent, "First")[:6].upper()).out
    for words in (
        "Status   delivered\n",
        "Text     First\n         of all\n",
        "Route    WhatsApp then SMS\n",
        "Why this route\n  WhatsApp first",
        "Attempts\n  WhatsApp failed: not registered on this channel\n  SMS delivered\n",
        "WhatsApp failed (DELIVERY_007)\n",
    ):
        assert words in shown


@pytest.mark.parametrize("text", ["zzzzzz", "", "12345"])
def test_no_such_message(sent: Cli, text: str) -> None:
    assert sent("messages", "show", text).code == 3


def test_a_beginning_of_several_ids(cli: Cli, clock: Clock) -> None:
    content = Content("Hello")
    with cli.repository.transaction() as tx:
        for number in range(2):
            tx.put_message(
                Message(f"abcdef-{number}", "c", "+14155550100", content, "SENT", clock(), clock(), "simulator", ())
            )
    ran = cli("messages", "show", "abcdef")
    assert ran.code == 2
    assert "2 ids begin with abcdef" in ran.err
    assert "Status   sent" in cli.done("messages", "show", "abcdef-1").out
    assert "sent    -" in cli.done("messages", "list").out


def test_following_takes_a_message_to_its_end(sent: Cli) -> None:
    wanted = message_id(sent, "Third")
    ran = sent.done("messages", "follow", wanted)
    assert ran.out == f"{wanted}  delivered on SMS\n"
    assert ran.err.splitlines()[-1] == "SMS delivered"


def test_following_everything_that_is_under_way(sent: Cli, add: Make) -> None:
    sent("send", add("+14155550107"), "--text", "Fourth")
    ran = sent.done("messages", "follow", "--json")
    assert {row["status"] for row in ran.lines} == {"DELIVERED"}
    assert len(ran.lines) == 2
    wanted = message_id(sent, "Fourth")
    assert f"{wanted[:8]}  SMS failed: the number is a landline; WhatsApp goes next" in ran.err
    assert sent.done("messages", "follow").err == "No message is under way.\n"


def test_following_gives_up(sent: Cli, add: Make) -> None:
    sent("send", add("+14155550118"), "--text", "Never")
    ran = sent("messages", "follow", message_id(sent, "Never"), "--timeout", "5")
    assert ran.code == 1
    assert ran.out.endswith("sent on SMS\n")


def test_a_failed_message_is_sent_again(sent: Cli) -> None:
    ran = sent("messages", "retry", message_id(sent, "Second"), "--wait", "--json")
    assert ran.code == 1
    assert ran.json["id"] != message_id(sent, "Third")
    assert len(sent.done("messages", "list", "--contact", "+14155550104", "--json").lines) == 2


def test_a_message_that_arrived_is_not_sent_again(sent: Cli) -> None:
    ran = sent("messages", "retry", message_id(sent, "First"))
    assert ran.code == 4
    assert "It arrived already." in ran.err


def test_how_messages_stand_in_words(clock: Clock) -> None:
    def message(status: str, *attempts: Attempt) -> Message:
        return Message("m", "c", "+1", Content("x"), status, clock(), clock(), "g", steps(), attempts=attempts)

    failed = Attempt(Channel.WHATSAPP, "k", clock(), "FAILED", "g", reason_code="DELIVERY_007")
    refused = Attempt(Channel.SMS, "k", clock(), "FAILED", detail="The network is down.")
    assert changes_in_words(message("PLANNED")) == ["being handed over"]
    assert changes_in_words(message("FAILED", failed))[-1].endswith("; SMS goes next")
    assert changes_in_words(message("FAILED", failed, refused))[-1] == "SMS failed: The network is down"
    assert changes_in_words(message("FILTERED", failed))[-1].endswith("; the message is filtered")

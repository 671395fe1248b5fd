"""`sent-tui sync`: what it says, what it changes at Sent and when, and how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fault_campaign.sent_server import CUSTOMER, KEY, Fault, SentServer, booked, contact_id
from sent_tui.cli import output
from sent_tui.cli import sync as command
from sent_tui.core.conversation import conversation_id
from tests.cli.test_account import run

NUMBER, OTHER = "+12125550100", "+12125550101"
EARLIER = datetime.now(UTC) - timedelta(days=30)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SentServer]:
    server = SentServer(lambda: datetime.now(UTC))
    server.world.book = [booked(NUMBER, EARLIER), booked(OTHER, EARLIER, opt_out=True)]
    monkeypatch.setenv("SENT_BASE_URL", server.url)
    monkeypatch.setenv("SENT_DM_API_KEY", KEY)
    monkeypatch.setattr(command, "pause", lambda seconds: None)
    yield server
    server.close()


def patches(server: SentServer) -> list[object]:
    return [heard.body for heard in server.world.heard if heard.method == "PATCH"]


def test_contacts_are_read_and_what_was_decided_here_is_told_once_live(server: SentServer) -> None:
    first = run("sync", "--gateway", "sent")
    assert (first.code, first.out.splitlines()[0]) == (0, "Read 2 of 2 contacts: 2 new, 0 changed, 0 as before.")
    assert "Opted out at Sent  1" in first.out
    assert "Not live" in first.err
    assert run("contacts", "opt-out", contact_id(NUMBER)).code == 0
    waiting = run("sync", "--gateway", "sent", "--json")
    assert (waiting.json["waiting"], waiting.json["pushed"], patches(server)) == (1, 0, [])
    assert waiting.json["conflicts"] == [], "Sent is just not told yet"
    live = run("sync", "--gateway", "sent", "--live", "--push-only")
    assert (live.code, patches(server)) == (0, [{"opt_out": True}])
    assert "Told to Sent  1 contact" in live.out
    assert "Live: this changes contacts of Lantern Supply." in live.err
    assert run("sync", "--gateway", "sent", "--pull-only", "--json").json["same"] == 2
    server.world.book[1] |= {"default_channel": "RCS", "updated_at": datetime.now(UTC).isoformat()}
    assert run("sync", "--gateway", "sent", "--pull-only", "--json").json["changed"] == 1
    assert run("contacts", "show", OTHER, "--json").json["at_sent"]["default_channel"] == "rcs"
    assert f"{contact_id(OTHER)}, channels sms,whatsapp, default rcs, opted out" in run("contacts", "show", OTHER).out


def test_a_sync_that_was_broken_off_says_so_and_goes_on(server: SentServer) -> None:
    server.world.book += [booked(f"+12135550{place}", EARLIER) for place in range(100, 200)]
    server.world.faults = lambda heard: Fault.FAULT_BEFORE if "page=2&" in heard.path else None
    broken = run("sync", "--gateway", "sent")
    assert (broken.code, "Sent has a fault" in broken.err) == (5, True)
    assert "Read 100 of 102 contacts: 100 new" in broken.out
    server.world.faults = lambda heard: None
    again = run("sync", "--gateway", "sent", "--json").json
    assert (again["resumed_at_page"], again["new"], again["complete"]) == (2, 2, True)
    afresh = run("sync", "--gateway", "sent", "--afresh", "--json").json
    assert (afresh["resumed_at_page"], afresh["same"], afresh["error"]) == (None, 102, None)
    server.world.statuses["/v3/me"] = 401, "AUTH_002"
    refused = run("sync", "--gateway", "sent", "--json")
    assert (refused.code, refused.json["error"]["title"]) == (2, "Sent does not accept the key")


def test_a_sync_that_was_killed_goes_on_with_the_next_page(server: SentServer, tmp_path: Path) -> None:
    server.world.book = [booked(f"+12{area}5550{place}", EARLIER) for area in (12, 13, 14) for place in range(100, 200)]
    database = str(tmp_path / "contacts.db")
    process: list[subprocess.Popen[bytes]] = []
    server.world.on_page = lambda page: process[0].kill() if page == 3 else None
    words = [sys.executable, "-m", "sent_tui", "sync", "--gateway", "sent", "--db", database]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        process.append(running)
        assert running.wait(60) == -signal.SIGKILL
    server.world.on_page = lambda page: None
    again = run("sync", "--gateway", "sent", "--db", database, "--json").json
    assert (again["resumed_at_page"], again["new"], again["total"], again["complete"]) == (3, 100, 300, True)
    assert run("contacts", "list", "--count", "--db", database).out == "300\n"


def test_conflicts_are_listed_and_nothing_of_theirs_is_obeyed(server: SentServer) -> None:
    server.world.book[0] |= {"format_e164": "\x1b[31m[/]\u202eevil", "phone_number": "x"}
    told = run("sync", "--gateway", "sent")
    assert "Not a valid number" in told.out
    assert "\x1b" not in told.out
    assert "\u202e" not in told.out


def test_who_has_fewer_contacts_than_sent_counts_is_told(server: SentServer) -> None:
    page = {"contacts": server.world.book, "pagination": {"total_count": 7, "has_more": False}}
    server.world.answers["/v3/contacts"] = {"success": True, "data": page, "error": None, "meta": {}}
    assert "Fewer contacts came than Sent counts" in run("sync", "--gateway", "sent").err


def test_what_sent_does_not_have_is_told(server: SentServer) -> None:
    assert run("contacts", "add", "+12145550100").code == 0
    assert run("contacts", "opt-out", "+12145550100").code == 0
    assert "Sent does not have 1 contact" in run("sync", "--gateway", "sent").err


def test_progress_is_shown_while_a_person_watches(server: SentServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "is_watched", lambda: True)
    assert "Contacts read from Sent: 2 of 2" in run("sync", "--gateway", "sent").err


def test_who_stops_it_is_told_how_it_goes_on(server: SentServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(page: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sent_tui.gateways.sent_directory.SentDirectory.contacts_page", lambda self, page: stop(page))
    told = run("sync", "--gateway", "sent")
    assert (told.code, "goes on from there" in told.err) == (130, True)


def test_the_messages_of_a_contact_are_read(server: SentServer) -> None:
    assert run("contacts", "add", NUMBER, "--name", "Ada").code == 0
    server.world.letters[conversation_id(CUSTOMER, contact_id(NUMBER))] = [
        {
            "id": "letter-1",
            "direction": "inbound",
            "channel": "sms",
            "status": "RECEIVED",
            "created_at": EARLIER.isoformat(),
            "message_body": {"content": "Hello \x1b[31m"},
        }
    ]
    told = run("sync", "--gateway", "sent", "--history", NUMBER)
    assert (told.code, told.out) == (0, "Ada (+1 212-555-0100): Messages at Sent: 1 from the person added.\n")
    again = run("sync", "--gateway", "sent", "--history", NUMBER, "--json").json
    assert (again["format_e164"], again["received"], again["known"], again["elsewhere"]) == (NUMBER, 0, 1, {})
    assert run("sync", "--gateway", "sent", "--history", NUMBER, "--live").code == 2
    assert run("sync", "--history", NUMBER).code == 2
    assert run("sync", "--gateway", "sent", "--history", "+12255550199").code == 3


@pytest.mark.parametrize("args", [("--pull-only", "--push-only"), ("--pull-only", "--live")])
def test_what_makes_no_sense_is_refused(server: SentServer, args: tuple[str, ...]) -> None:
    assert run("sync", "--gateway", "sent", *args).code == 2
    assert server.world.heard == []


def test_a_simulated_network_has_nothing_to_sync_with() -> None:
    told = run("sync")
    assert (told.code, "Choose --gateway sent." in told.err) == (2, True)

"""Text from outside never reaches the terminal with anything that a terminal obeys."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from sent_tui.core.channel import Channel
from sent_tui.core.default_move import MovedBy
from sent_tui.core.message import Attempt, Content, DeliveryEvent, Message
from tests.cli.conftest import Cli, Clock, Ran
from tests.hostile.payloads import PAYLOADS, unsafe_characters

LONGEST = 12_000
"""No command prints a longer line for people, whatever stands in a text."""


def check(*runs: Ran) -> None:
    for ran in runs:
        assert "Unexpected" not in ran.err
        for text in (ran.out, ran.err):
            assert unsafe_characters(text) == set()
            assert all(len(line) < LONGEST or line.startswith("{") for line in text.split("\n"))


@pytest.fixture(params=PAYLOADS, ids=str)
def payload(request: pytest.FixtureRequest) -> str:
    return PAYLOADS[request.param]


def test_local_fields(cli: Cli, payload: str) -> None:
    number = "+14155550100"
    runs = [
        cli.done("contacts", "add", number, "--name", payload, "--tag", payload, "--notes", payload),
        cli.done("contacts", "list"),
        cli("contacts", "edit", number, "--field", f"{payload}={payload}"),
        cli("contacts", "add", "+14155550106", "--field", payload),
        cli("contacts", "list", "--search", payload, "--tag", payload),
        cli("contacts", "list", "--search", f"plan:{payload}"),
        cli.done("contacts", "show", number),
        cli.done("contacts", "show", number, "--json"),
        cli.done("contacts", "opt-out", number, "--how", payload),
        cli.done("contacts", "show", number),
        cli("send", number, "--text", "Hello"),
        cli.done("contacts", "delete", number, "--yes"),
        cli.done("contacts", "undo"),
        cli.done("send", number, "--text", "Hello", "--dry-run"),
    ]
    contact = cli.workspace.contacts.resolve(number)
    fields = ((payload, payload), ("plan", payload))
    cli.workspace.repository.update(contact.id, lambda known: replace(known, fields=fields))
    runs.append(cli.done("contacts", "show", number))
    assert "  plan: " in runs[-1].out
    check(*runs)
    assert len(runs[1].out.splitlines()) == 2
    assert len(runs[0].out.splitlines()) == 1


def test_checks_and_moves(cli: Cli, clock: Clock, payload: str) -> None:
    """What a network says of a channel, and the name of a contact whose check is proposed."""
    cli.done("contacts", "add", "+14155550100", "--name", payload)
    contact = cli.workspace.contacts.resolve("+14155550100")
    status = replace(contact.status(Channel.WHATSAPP), evidence=payload)
    moved = contact.with_status(status).with_default(
        Channel.SMS, pinned=False, reason=payload, at=clock(), by=MovedBy.CHECK
    )
    cli.repository.update(contact.id, lambda _known: moved)
    cli.repository.update(contact.id, lambda _known: contact)
    clock.wait(400 * 86_400)
    check(
        cli.done("contacts", "show", "+14155550100"),
        cli.done("contacts", "show", "+14155550100", "--json"),
        cli.done("contacts", "stale"),
        cli.done("contacts", "stale", "--json"),
        cli("contacts", "check", "--stale", "--not-since", payload),
        cli.done("contacts", "check", "--stale"),
    )


def test_arguments(cli: Cli, payload: str) -> None:
    runs = [
        cli("phone", "--", payload),
        cli("contacts", "show", "--", payload),
        cli("contacts", "add", "--", payload),
        cli("send", "--text", "Hello", "--", payload),
        cli("send", "+14155550100", "--template", payload),
        cli("send", "+14155550100", "--template", "welcome", "--set", payload),
        cli("messages", "show", "--", payload),
        cli("messages", "list", f"--status={payload}"),
        cli("contacts", "list", f"--channel={payload}"),
        cli("contacts", "list", f"--region-code={payload}"),
        cli("contacts", "list", f"--{payload}"),
        cli("--", payload),
    ]
    check(*runs)
    assert all(len(ran.err.splitlines()) <= 4 for ran in runs[:-1])


def test_messages(cli: Cli, clock: Clock, payload: str) -> None:
    contact = cli.done("contacts", "add", "+14155550100", "--json").json["id"]
    attempt = Attempt(Channel.SMS, "key", clock(), payload, reason_code=payload, detail=payload)
    content = Content(payload, template=payload, variables={payload: payload})
    message = Message(
        "m" * 36, contact, "+14155550100", content, payload, clock(), clock(), payload, (), (payload,), (attempt,)
    )
    event = DeliveryEvent("e", message.id, contact, 0, Channel.SMS, payload, clock(), payload, payload)
    with cli.repository.transaction() as tx:
        tx.put_message(message)
        tx.add_event(event)
    check(
        cli.done("messages", "list"),
        cli.done("messages", "show", message.id),
        cli.done("messages", "show", message.id, "--json"),
        cli.done("contacts", "show", "+14155550100"),
    )


def test_settings(cli: Cli, settings: Path, payload: str) -> None:
    settings.write_bytes(payload[:10_000].encode("utf-8", "replace"))
    check(cli("contacts", "list"), cli("doctor"), cli("paths"))


def test_files(cli: Cli, tmp_path: Path, payload: str) -> None:
    file = tmp_path / "rows.csv"
    text = payload.encode("utf-8", "surrogatepass")
    file.write_bytes(b'name,phone\n"' + text.replace(b'"', b"'") + b'",12\n' + text + b",x\n")
    name = payload[:200].replace("\0", "").encode("utf-8", "replace").decode()
    check(cli("contacts", "import", str(file)))
    check(cli("contacts", "import", f"{name}.csv"))

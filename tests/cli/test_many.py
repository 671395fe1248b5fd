"""`sent-tui send` later and to many, and `sent-tui messages cancel`, `batches`, `resume` and `pause`."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace

import pytest

from sent_tui.core.message import Message
from sent_tui.gateways.gateway import TransientGatewayError
from sent_tui.gateways.simulator import Simulator
from sent_tui.services.bulk import BulkService
from tests.cli.conftest import Cli, Clock, Make

NUMBERS = ("+14155550100", "+14155550101", "+14155550117")


@pytest.fixture
def three(cli: Cli, add: Make) -> Cli:
    for number, name in zip(NUMBERS, ("Ada Okafor", "Bo Lind", "Cy"), strict=True):
        add(number, "--name", name)
    return cli


class TestLater:
    def test_a_message_waits_and_goes_out_when_somebody_follows(self, cli: Cli, add: Make, clock: Clock) -> None:
        ran = cli.done("send", add(NUMBERS[0]), "--text", "Hello", "--in", "2h")
        message_id, status = ran.out.split(maxsplit=1)
        assert status == "scheduled\n"
        assert ran.err.splitlines() == [
            "It is to go out on 2 Mar 2026, 14:00 UTC.",
            f"It waits for its time; call it off with `sent-tui messages cancel {message_id}`.",
        ]
        assert cli.done("messages", "list", "--status", "scheduled", "--json").json["id"] == message_id
        assert "No message is under way." in cli.done("messages", "follow").err
        clock.now += timedelta(hours=2)
        assert cli.done("messages", "follow").out.endswith("delivered on WhatsApp\n")

    def test_a_time_with_an_offset(self, cli: Cli, add: Make) -> None:
        found = cli.done("send", add(), "--text", "Hello", "--at", "2026-03-02T15:00+02:00", "--json").json
        assert (found["status"], found["send_at"], found["attempts"]) == ("SCHEDULED", "2026-03-02T13:00:00Z", [])

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (("--at", "yesterday"), "A time is not understood"),
            (("--at", "2026-03-02T11:00Z"), "This time is past"),
            (("--at", "2029-01-01T00:00Z"), "too far ahead"),
            (("--in", "soon"), "A time is not understood"),
            (("--in", "1h", "--at", "2026-03-03"), "When to send is not clear"),
            (("--in", "1h", "--wait"), "It is not sent now"),
            (("--fallback-after", "1s"), "A time is not understood"),
            (("--fallback-after", "2m", "--no-fallback"), "Two wishes do not go together"),
        ],
    )
    def test_what_makes_no_sense(self, cli: Cli, add: Make, options: tuple[str, ...], words: str) -> None:
        ran = cli("send", add(), "--text", "Hello", *options)
        assert (ran.code, words in ran.err) == (2, True), ran
        assert not cli.repository.messages()

    def test_it_can_be_called_off(self, cli: Cli, add: Make) -> None:
        sent = cli.done("send", add(), "--text", "Hello", "--in", "2h", "--json").json
        assert cli.done("messages", "cancel", sent["id"][:8]).out.endswith("cancelled; nothing more goes out.\n")
        again = cli("messages", "cancel", sent["id"])
        assert (again.code, "ended already" in again.err) == (4, True)

    def test_what_was_handed_over_cannot_be_called_back(self, cli: Cli, add: Make) -> None:
        sent = cli.done("send", add(NUMBERS[0]), "--text", "Hello", "--json").json
        told = cli.done("messages", "cancel", sent["id"]).out
        assert "What was handed over cannot be called back; no further step goes out." in told
        assert cli.done("messages", "show", sent["id"], "--json").json["route"] == ["whatsapp"]

    def test_of_several_each_refusal_is_told(self, cli: Cli, add: Make) -> None:
        sent = cli.done("send", add(), "--text", "Hello", "--in", "2h", "--json").json
        ran = cli("messages", "cancel", "nothing-like-it", sent["id"], "--json")
        assert (ran.code, ran.json["status"]) == (3, "CANCELLED")
        assert ran.err.startswith("nothing-like-it: No such message.")


class TestPlan:
    def test_a_dry_run_tells_times_and_chances(self, cli: Cli, add: Make) -> None:
        ran = cli.done("send", add(NUMBERS[0]), "--text", "Hello", "--dry-run", "--until", "read")
        assert "after 15m without a report of reading: SMS." in ran.out
        assert "after 30m without a report of delivery: nothing more is sent." in ran.out
        found = cli.done("send", NUMBERS[0], "--text", "Hello", "--dry-run", "--json", "--fallback-after", "5m").json
        assert [(step["fallback_after"], step["until"]) for step in found["steps"]] == [(300, "DELIVERED")] * 2
        assert 0 < found["delivery_chance"] <= 1
        assert found["expected_cost"] > 0

    def test_without_fallback_there_is_one_step(self, cli: Cli, add: Make) -> None:
        found = cli.done("send", add(NUMBERS[0]), "--text", "Hello", "--dry-run", "--json", "--no-fallback").json
        assert len(found["steps"]) == 1
        assert "No other channel follows: that was asked for." in found["reasons"]

    def test_what_was_late_is_shown(self, cli: Cli, add: Make, clock: Clock) -> None:
        sent = cli.done("send", add("+14155550118"), "--text", "Hello", "--json").json
        clock.now += timedelta(minutes=16)
        cli("messages", "follow", sent["id"], "--timeout", "0")
        shown = cli.done("messages", "show", sent["id"])
        assert "no report of delivery within" in shown.out


class TestMany:
    def test_everybody_gets_it(self, three: Cli) -> None:
        ran = three("send", *NUMBERS, "--text", "Hello", "--yes")
        assert (ran.code, ran.err) == (0, "")
        batch, words = ran.out.split(maxsplit=1)
        assert words == "done: 3 on the way\n"
        listed = three.done("messages", "list", "--batch", batch[:8], "--json").lines
        assert [message["to"] for message in listed] == list(NUMBERS)
        assert three.done("messages", "batches", "--json").json["status"] == "done"
        assert " done " in three.done("messages", "batches").out

    def test_chosen_by_options_with_their_names(self, three: Cli) -> None:
        ran = three(
            "send", "--search", "okafor", "--template", "welcome", "--set", "name={first_name}", "--yes", "--json"
        )
        assert (ran.code, ran.json["text"][:10]) == (0, "Hello Ada,")

    def test_a_text_has_their_names(self, three: Cli) -> None:
        words = ("--search", "okafor", "--text", "Hi {first_name}, {it}")
        told = three("send", *words, "--dry-run")
        assert "would read: Hi Ada, {it}" in told.out
        assert "The longest SMS takes 1 segment GSM-7, for " in told.out
        assert told.err == "{it} is sent as written.\n"
        assert three("send", *words, "--yes", "--json").json["text"] == "Hi Ada, {it}"

    def test_waiting_until_they_arrive(self, three: Cli) -> None:
        ran = three("send", *NUMBERS, "--text", "Hello", "--yes", "--wait", "--rate", "100")
        assert ran.out.endswith("done: 3 arrived\n")

    def test_who_got_nothing_is_named(self, three: Cli, add: Make) -> None:
        three.done("contacts", "opt-out", NUMBERS[0])
        nobody = add("+14155550121")
        ran = three("send", *NUMBERS, nobody, "--text", "Hello", "--yes")
        assert ran.code == 1
        assert "1 filtered" in ran.out
        assert f"Not delivered to {NUMBERS[0]}: " in ran.err
        assert "Not delivered to +14155550121: No channel is open." in ran.err

    def test_nobody_can_be_asked_without_a_terminal(self, three: Cli) -> None:
        ran = three("send", *NUMBERS, "--text", "Hello")
        assert (ran.code, "Add --yes" in ran.err) == (2, True)
        assert not three.repository.messages()

    @pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1)])
    def test_it_asks_first(self, three: Cli, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
        monkeypatch.setattr("sent_tui.cli.chosen.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
        ran = three("send", *NUMBERS, "--text", "Hello", stdin=answer)
        assert "This sends to 3 contacts: Ada Okafor, Bo Lind, Cy." in ran.err
        assert (ran.code, len(three.repository.messages())) == (code, 3 if answer == "y\n" else 0)

    @pytest.mark.parametrize(("answer", "code"), [("3\n", 0), ("y\n", 1)])
    def test_a_large_number_has_to_be_typed(
        self, three: Cli, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
    ) -> None:
        monkeypatch.setattr("sent_tui.cli.chosen.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
        monkeypatch.setattr("sent_tui.core.confirming.COUNTED", 2)
        assert three("send", *NUMBERS, "--text", "Hello", stdin=answer).code == code

    @pytest.mark.parametrize(
        ("args", "code"),
        [
            (("--text", "Hello"), 2),
            (("--search", "nobody at all", "--text", "Hello", "--yes"), 3),
            (("--search", "okafor", "--text", "Hello", "--yes", "--rate", "0"), 2),
            (("--search", "okafor", "--template", "welcome", "--yes"), 2),
            (("--search", "okafor", "--yes"), 2),
        ],
    )
    def test_what_makes_no_sense(self, three: Cli, args: tuple[str, ...], code: int) -> None:
        assert three("send", *args).code == code
        assert not three.repository.messages()

    def test_a_dry_run_reckons_and_stores_nothing(self, three: Cli, add: Make) -> None:
        add("+14155550121", "--name", "Okafor Two")
        ran = three.done("send", *NUMBERS, "+14155550121", "--text", "Hello", "--dry-run")
        assert ran.out.startswith("To 4 contacts; nothing is sent.\n")
        assert "1 cannot be reached" in ran.out
        assert " would read: Hello\nThe longest SMS takes 1 segment GSM-7, for " in ran.out
        named = three.done(
            "send", "+14155550121", "--search", "okafor", "--template", "welcome", "--set", "name={name}", "--dry-run"
        )
        assert " would read: Hello Okafor Two, welcome to Lantern Supply." in named.out
        found = three.done("send", *NUMBERS, "--text", "Hello", "--dry-run", "--json").json
        assert (found["contacts"], sum(found["first"].values())) == (3, 3)
        assert not three.repository.messages()

    def test_later(self, three: Cli, clock: Clock) -> None:
        ran = three.done("send", *NUMBERS, "--text", "Hello", "--yes", "--in", "1h")
        assert "3 messages, to go out from 2 Mar 2026, 13:00 UTC on" in ran.out
        assert three.done("send", *NUMBERS, "--text", "Hello", "--yes", "--in", "1h", "--json").json["messages"] == 3
        clock.now += timedelta(hours=1)
        assert len(three.done("messages", "follow", "--json").lines) == 6

    def test_progress_is_shown_to_who_watches(self, three: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sent_tui.cli.output.is_watched", lambda: True)
        shown: list[str] = []
        monkeypatch.setattr("sent_tui.cli.output.overwrite", shown.append)
        three("send", *NUMBERS, "--text", "Hello", "--yes", "--rate", "1")
        assert shown[0].startswith("1 of 3; ")
        assert " left" in shown[0]
        assert shown[-1] == ""


class TestStopping:
    def interrupted(self, cli: Cli, monkeypatch: pytest.MonkeyPatch, clock: Clock, *, after: int = 1) -> str:
        """Press Ctrl+C after some pauses, and return the id of the bulk send."""
        left = after

        def pause(seconds: float) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                signal.raise_signal(signal.SIGINT)
            clock.wait(seconds)

        with monkeypatch.context() as patched:
            patched.setattr("sent_tui.cli.many.pause", pause)
            ran = cli("send", *NUMBERS, "--text", "Hello", "--yes", "--rate", "1")
        assert ran.code == 130
        batch = ran.out.split()[0]
        assert "paused: 2 waiting, 1 on the way" in ran.out
        assert "Paused (stopped by a person): 2 messages did not go out." in ran.err
        assert f"sent-tui messages resume {batch}" in ran.err
        return batch

    def test_ctrl_c_pauses_and_it_can_be_resumed(
        self, three: Cli, monkeypatch: pytest.MonkeyPatch, clock: Clock
    ) -> None:
        batch = self.interrupted(three, monkeypatch, clock)
        three("messages", "follow", "--timeout", "1")
        assert three.done("messages", "batches", "--json").json["waiting"] == 2, "nobody else goes on"
        ran = three("messages", "resume", batch[:8])
        assert (ran.code, len(three.repository.messages())) == (0, 3)
        assert all(message.attempts for message in three.repository.messages())

    def test_ctrl_c_after_the_last_message_stops_nothing(self, three: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        real = three.workspace.bulk.__class__.step

        def step(service: BulkService, batch: str) -> Sequence[Message]:
            sent = real(service, batch)
            if sent and not three.repository.waiting(batch):
                signal.raise_signal(signal.SIGINT)
            return sent

        with monkeypatch.context() as patched:
            patched.setattr(BulkService, "step", step)
            patched.setattr("sent_tui.cli.many.pause", three.clock.wait)
            ran = three("send", *NUMBERS, "--text", "Hello", "--yes", "--rate", "100")
        assert ran.out.endswith("done: 3 on the way\n")

    def test_or_cancelled(self, three: Cli, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
        batch = self.interrupted(three, monkeypatch, clock)
        ran = three.done("messages", "cancel", batch)
        assert "2 messages cancelled" in ran.out
        assert "cannot be called back" in ran.err
        assert three("messages", "resume", batch).code == 4
        found = three.done("messages", "cancel", batch, "--json").json
        assert (found["status"], found["cancelled"]) == ("cancelled", 0)

    def test_a_second_one_ends_at_once(self, three: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        def pause(seconds: float) -> None:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr("sent_tui.cli.many.pause", pause)
        assert three("send", *NUMBERS, "--text", "Hello", "--yes", "--rate", "1").code == 130
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_pausing_from_elsewhere(self, three: Cli) -> None:
        ran = three.done("send", *NUMBERS, "--text", "Hello", "--yes", "--in", "1h", "--json")
        assert three.done("messages", "pause", ran.json["batch"]).out.endswith("paused: 3 waiting\n")
        assert three.done("messages", "batches", "--json").json["why"] == "stopped by a person"

    def test_an_unreachable_network_pauses_it(self, three: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        def down(*_args: object) -> None:
            raise TransientGatewayError("The network is down")

        monkeypatch.setattr(Simulator, "send", down)
        ran = three("send", *NUMBERS, "--text", "Hello", "--yes")
        assert (ran.code, "Paused (The network is down)" in ran.err) == (1, True)

    def test_no_such_bulk_send(self, cli: Cli) -> None:
        assert cli("messages", "resume", "00000000").code == 3
        assert "No bulk sends." in cli.done("messages", "batches").err

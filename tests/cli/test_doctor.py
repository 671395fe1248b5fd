"""`sent-tui doctor` and `paths`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from sent_tui.core.knowledge import EPOCH, Epoch
from sent_tui.services.demo import fill_demo
from sent_tui.services.learning import LearningService
from sent_tui.store.tinydb import TinyDBRepository
from tests import factories
from tests.cli.conftest import Cli


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "private" / "contacts.db"
    path.parent.mkdir(mode=0o700)
    TinyDBRepository(path).close()
    return path


def test_how_things_stand(cli: Cli, database: Path, settings: Path) -> None:
    settings.write_text('theme = "light"')
    found = cli.done("doctor", "--db", str(database), "--json").json
    assert found["settings"]["theme"] == {"value": "light", "source": str(settings)}
    assert found["settings"]["database"] == {"value": str(database), "source": "--db"}
    assert found["settings"]["gateway"]["source"] == "default"
    about = found["database"]
    assert (about["mode"], about["folder_mode"], about["contacts"], about["writable"]) == ("0600", "0700", 0, True)
    assert found["versions"]["textual"]
    assert found["problems"] == []


def test_how_things_stand_in_words(cli: Cli, database: Path) -> None:
    shown = cli.done("doctor", "--db", str(database)).out
    for words in (
        "Versions\n  sent-tui ",
        "Terminal\n",
        f"({'--db'})",
        "mode         0600",
        "No problems.",
        "- The app",
    ):
        assert words in shown


def test_reason_codes_that_are_not_known_are_told(cli: Cli, database: Path) -> None:
    repository = TinyDBRepository(database)
    with repository.transaction() as tx:
        for place, code in enumerate(("131026", "\x1b[31mODD", "\x1b[31mODD", "NEW_" * 50)):
            attempt = factories.attempt(place, status="FAILED", reason_code=code)
            tx.put_message(factories.message(place, status="FAILED", attempts=(attempt,)))
    repository.close()
    found = cli.done("doctor", "--db", str(database), "--json").json
    codes = found["reason_codes"]
    assert codes["looked_at"] == 4
    assert [(code["code"][:8], code["count"]) for code in codes["unknown"]] == [("␛[31mODD", 2), ("NEW_NEW_", 1)]
    assert len(codes["unknown"][1]["code"]) == 60
    shown = cli.done("doctor", "--db", str(database)).out
    assert "Reason codes\n  looked at  4\n" in shown
    assert "- The reason code ␛[31mODD is not known. It came 2 times: taken for a passing failure" in shown


def test_without_messages_no_reason_code_is_told(cli: Cli, database: Path) -> None:
    assert "Reason codes\n  looked at  0\n  unknown    none\n" in cli.done("doctor", "--db", str(database)).out


def test_what_was_not_learned_is_told(cli: Cli, database: Path) -> None:
    found = cli.done("doctor", "--db", str(database), "--json").json
    assert found["learning"] == {"looked_at": 0, "missing": 0, "unfinished": False}
    repository = TinyDBRepository(database)
    fill_demo(repository, datetime(2026, 3, 2, 12, 0, tzinfo=UTC), 40)
    for row in repository.answer():
        repository.update(row.id, lambda contact: replace(contact, learned={}))
    repository.close()
    found = cli.done("doctor", "--db", str(database), "--json").json
    looked_at = found["learning"]["looked_at"]
    assert looked_at > 1
    assert found["learning"]["missing"] == looked_at
    advice = f"What deliveries taught is missing for {looked_at} of {looked_at} contacts: `sent-tui route relearn`"
    assert any(line.startswith(advice) for line in found["suggestions"])
    repository = TinyDBRepository(database)
    LearningService(repository).relearn()
    assert "relearn" not in cli.done("doctor", "--db", str(database)).out
    with repository.transaction() as tx:
        tx.put_lesson(EPOCH, Epoch.of(tx.lesson).state() | {"done": False})
    repository.close()
    shown = cli.done("doctor", "--db", str(database)).out
    assert "- Learning anew from the reports was not finished: `sent-tui route relearn` goes on with it." in shown


def test_the_price_list_is_looked_at(cli: Cli, settings: Path, tmp_path: Path) -> None:
    found = cli.done("doctor", "--json").json["prices"]
    assert (found["file_exists"], found["countries"] >= 30) == (False, True)
    wrong = tmp_path / "mine.toml"
    wrong.write_text("[DE]\nsms = 'free'\n")
    settings.write_text('prices = "mine.toml"')
    ran = cli("doctor", "--json")
    assert ran.code == 2
    assert ran.json["prices"] == {"file": str(wrong)}
    assert ran.json["problems"][0]["message"] == f"In {wrong}, DE.sms is 'free'."


def test_no_database_is_made(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "new" / "contacts.db"
    assert cli.done("doctor", "--db", str(path), "--json").json["database"]["exists"] is False
    assert not path.parent.exists()


def test_a_damaged_database_is_told_and_left_alone(cli: Cli, database: Path) -> None:
    database.write_bytes(b"nonsense\n" * 10)
    ran = cli("doctor", "--db", str(database))
    assert ran.code == 6
    assert "1 problem\n- " in ran.out
    assert database.read_bytes() == b"nonsense\n" * 10


def test_a_database_that_cannot_be_looked_at(cli: Cli, monkeypatch: pytest.MonkeyPatch, database: Path) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)
    monkeypatch.setattr("sent_tui.cli.doctor._settings", lambda state, problems: (state.settings, {}))
    ran = cli("doctor", "--db", str(database), "--json")
    assert ran.code == 6
    assert ran.json["problems"][0]["message"].endswith("Permission denied.")


def test_wrong_settings_are_told(cli: Cli, settings: Path) -> None:
    settings.write_text("them = 1")
    ran = cli("doctor", "--json")
    assert ran.code == 2
    assert ran.json["settings"] == {}
    assert ran.json["problems"][0]["hint"] == "Did you mean theme?"


def test_what_could_be_better(cli: Cli, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database.chmod(0o644)
    database.parent.chmod(0o755)
    for name, value in (("TMUX", "x"), ("SSH_CONNECTION", "x"), ("SENT_TUI_THEM", "x"), ("SENT_TUI_QQ", "x")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("ESCDELAY", raising=False)
    advice = "\n".join(cli.done("doctor", "--db", str(database), "--json").json["suggestions"])
    for words in (
        "set-clipboard on",
        "ESCDELAY=200",
        f"get at {database}: `chmod 600` it",
        f"get at {database.parent}: `chmod 700` it",
        "SENT_TUI_THEM is no setting. Did you mean SENT_TUI_THEME?",
        "SENT_TUI_QQ is no setting.",
    ):
        assert words in advice


@pytest.mark.parametrize(
    ("variables", "colours"),
    [
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, "none, by NO_COLOR"),
        ({"NO_COLOR": "", "COLORTERM": "truecolor"}, "16 million"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "linux"}, "16"),
    ],
)
def test_colours(cli: Cli, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], colours: str) -> None:
    for name in ("NO_COLOR", "COLORTERM", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cli.done("doctor", "--json").json["terminal"]["colours"] == colours


def test_an_encoding_without_every_sign(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sent_tui.cli.doctor._terminal",
        lambda environ: {
            "term": "xterm",
            "encoding": "ascii",
            "input_is_terminal": True,
            "errors_are_terminal": True,
            "tmux": False,
            "ssh": False,
        },
    )
    (advice,) = cli.done("doctor", "--json").json["suggestions"]
    assert "not UTF-8" in advice


def test_a_package_that_is_not_installed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sent_tui.cli.doctor.PACKAGES", ("no-such-package",))
    assert cli.done("doctor", "--json").json["versions"]["no-such-package"] is None


def test_paths(cli: Cli, settings: Path, tmp_path: Path) -> None:
    found = cli.done("paths", "--json").json
    assert found["config"] == str(settings)
    assert found["database"] == str(tmp_path / "contacts.db")
    assert found["state"].endswith("sent-tui")
    assert Path(found["key"]).parts[-2:] == ("sent-tui", "key")
    assert Path(found["prices"]).parts[-2:] == ("sent-tui", "prices.toml")
    assert [line.split()[0] for line in cli.done("paths").out.splitlines()] == [
        "config",
        "prices",
        "views",
        "key",
        "database",
        "state",
    ]
    assert not (tmp_path / "contacts.db").exists()

"""Settings as they are shown and written: comments stay, and what makes no sense is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import pytest

from sent_tui import config
from sent_tui.errors import SentTuiError
from sent_tui.services.settings import DEFAULT, Entry, SettingsService
from sent_tui.store.files import replace_with
from sent_tui.store.refusals import LockedError

WRITTEN = """# mine
theme = "light"   # for the office

[keys]
undo = "U"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN)
    return path


def service(file: Path, **variables: str) -> SettingsService:
    environ = {"SENT_TUI_CONFIG": str(file), **variables}
    return SettingsService(config.load({"region": "GB"}, environ), environ)


def entry(settings: SettingsService, name: str) -> Entry:
    return next(entry for entry in settings.entries() if entry.name == name)


def test_every_setting_is_there_with_its_value_and_where_it_comes_from(file: Path) -> None:
    settings = service(file, SENT_TUI_MOUSE="no")
    assert [entry.name for entry in settings.entries()] == [known.name for known in fields(config.Settings)]
    assert (entry(settings, "theme").value, entry(settings, "theme").source) == ("light", str(file))
    assert (entry(settings, "mouse").value, entry(settings, "mouse").source) == ("false", "SENT_TUI_MOUSE")
    assert (entry(settings, "region").value, entry(settings, "region").source) == ("GB", "--region")
    assert (entry(settings, "rate").value, entry(settings, "rate").source) == ("5", DEFAULT)
    assert (entry(settings, "ascii").value, entry(settings, "ascii").source) == ("", DEFAULT)


def test_a_setting_is_written_and_comments_and_keys_stay(file: Path) -> None:
    settings = service(file)
    for name, text in (("theme", "dark"), ("mouse", "off"), ("rate", "20"), ("fallback_sms", "1h 30m")):
        assert settings.why_not(name, text) == ""
        settings.write(name, text)
    text = file.read_text()
    assert "# mine" in text
    assert "# for the office" in text
    assert tomllib.loads(text) == {
        "theme": "dark",
        "mouse": False,
        "rate": 20,
        "fallback_sms": "1h 30m",
        "keys": {"undo": "U"},
    }
    assert entry(settings, "theme").value == "dark"
    assert entry(settings, "fallback_sms").value == "1h 30m"
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_shown_can_be_written_again(file: Path) -> None:
    settings = service(file)
    for shown in settings.entries():
        if shown.value:
            assert settings.why_not(shown.name, shown.value) == "", shown.name


def test_a_setting_is_taken_out_of_the_file(file: Path) -> None:
    settings = service(file)
    settings.reset("theme")
    settings.reset("mouse")
    assert tomllib.loads(file.read_text()) == {"keys": {"undo": "U"}}
    assert entry(settings, "theme").source == DEFAULT


def test_what_another_program_writes_meanwhile_is_not_lost(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sent_tui.store.alone.PATIENCE", 0.0)

    def replaced_while_another_writes(path: Path, data: Iterable[bytes]) -> None:
        monkeypatch.setattr("sent_tui.store.files.replace_with", replace_with)
        with pytest.raises(LockedError, match="The file is busy"):
            service(file).write("region", "de")
        replace_with(path, data)

    monkeypatch.setattr("sent_tui.store.files.replace_with", replaced_while_another_writes)
    service(file).write("rate", "20")
    service(file).write("region", "de")
    assert tomllib.loads(file.read_text()) == {"theme": "light", "keys": {"undo": "U"}, "rate": 20, "region": "de"}


def test_a_file_that_is_missing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new" / "config.toml"
    monkeypatch.setattr("sent_tui.paths.config_file", lambda: file)
    SettingsService(config.load({}, {}), {}).write("region", "de")
    assert tomllib.loads(file.read_text()) == {"region": "de"}
    assert file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("rate", "-1", "a number above 0"),
        ("fallback_sms", "soon", "a time such as"),
        ("mouse", "perhaps", "true or false"),
        ("gateway", "pigeon", "simulator"),
        ("region", "nowhere", "a country code"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(file: Path, name: str, text: str, words: str) -> None:
    assert words in service(file).why_not(name, text)
    assert file.read_text() == WRITTEN


def test_variables_that_are_no_settings_are_named(file: Path) -> None:
    assert service(file, SENT_TUI_TEME="x").strange_variables() == {"SENT_TUI_TEME": "SENT_TUI_THEME"}


def test_a_file_that_cannot_be_written_or_read_is_told(file: Path) -> None:
    settings = service(file)
    file.unlink()
    file.mkdir()
    with pytest.raises(SentTuiError) as caught:
        settings.write("theme", "dark")
    assert str(file) in caught.value.message

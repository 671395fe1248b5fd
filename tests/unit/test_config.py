"""Settings: where they come from, which goes before which, and what is said about a wrong one."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from sent_tui import config, paths
from sent_tui.config import Settings, load
from sent_tui.core.patience import Patience
from sent_tui.errors import UsageError
from sent_tui.gateways.simulator_world import WORLDS
from sent_tui.services.workspace import LIVED_IN
from sent_tui.setting_values import SIMULATED_WORLDS, Kind


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.fixture
def environ(file: Path) -> dict[str, str]:
    file.write_text("")
    return {"SENT_TUI_CONFIG": str(file)}


def test_the_defaults(environ: dict[str, str]) -> None:
    loaded = load({}, environ)
    assert loaded.settings == Settings()
    assert loaded.settings.database == paths.database_file()
    assert (loaded.settings.gateway, loaded.settings.region, loaded.settings.theme) == ("simulator", None, "")
    assert loaded.settings.mouse
    assert not loaded.settings.read_only
    assert loaded.settings.user
    assert set(loaded.sources.values()) == {"default"}
    assert set(loaded.sources) == {known.name for known in fields(Settings)}


def test_no_file_is_needed(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setattr(paths, "config_file", lambda: file)
    loaded = load({}, {"SENT_TUI_CONFIG": ""})
    assert loaded.file == file
    assert not file.exists()


def test_keys_of_commands_are_kept_as_they_stand(file: Path, environ: dict[str, str]) -> None:
    file.write_text('theme = "dark"\n[keys]\nundo = "U,ctrl+z"\n')
    loaded = load({}, environ)
    assert loaded.keys == {"undo": "U,ctrl+z"}
    assert loaded.settings.theme == "dark"


@pytest.mark.parametrize("text", ['keys = "x"', "[keys]\nundo = 1", "[keys.undo]\nkey = 'u'"])
def test_a_table_of_keys_holds_texts(file: Path, environ: dict[str, str], text: str) -> None:
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        load({}, environ)
    assert "[keys]" in caught.value.message


def test_each_source_goes_before_the_last(file: Path, environ: dict[str, str]) -> None:
    file.write_text('gateway = "one"\nregion = "de"\ntheme = "plain"\nmouse = false\n')
    environ |= {"SENT_TUI_REGION": "fr", "SENT_TUI_THEME": "dark", "SENT_TUI_READ_ONLY": "1"}
    loaded = load({"theme": "light"}, environ)
    settings = loaded.settings
    assert (settings.gateway, settings.region, settings.theme) == ("one", "FR", "light")
    assert (settings.mouse, settings.read_only) == (False, True)
    assert loaded.sources["gateway"] == loaded.sources["mouse"] == str(file)
    assert loaded.sources["region"] == "SENT_TUI_REGION"
    assert loaded.sources["theme"] == "--theme"
    assert loaded.sources["user"] == "default"


@pytest.mark.parametrize("word", ["1", "true", "YES", " on "])
def test_a_switch_is_turned_on(environ: dict[str, str], word: str) -> None:
    assert load({}, environ | {"SENT_TUI_READ_ONLY": word}).settings.read_only


@pytest.mark.parametrize("word", ["0", "False", "no", "off"])
def test_a_switch_is_turned_off(environ: dict[str, str], word: str) -> None:
    assert not load({}, environ | {"SENT_TUI_MOUSE": word}).settings.mouse


def test_an_empty_variable_counts_as_unset(environ: dict[str, str]) -> None:
    loaded = load({}, environ | {"SENT_TUI_DB": "", "SENT_TUI_MOUSE": "", "SENT_TUI_REGION": ""})
    assert loaded.settings == Settings()


def test_a_path_of_the_file_counts_from_its_folder(file: Path, environ: dict[str, str]) -> None:
    file.write_text('database = "here.db"')
    assert load({}, environ).settings.database == file.parent / "here.db"
    assert load({}, environ | {"SENT_TUI_DB": "there.db"}).settings.database == Path("there.db")


def test_a_tilde_is_the_home_folder(file: Path, environ: dict[str, str]) -> None:
    file.write_text('database = "~/x.db"')
    assert load({}, environ).settings.database == Path.home() / "x.db"
    assert load({}, environ | {"SENT_TUI_DB": "~/y.db"}).settings.database == Path.home() / "y.db"


def test_a_byte_order_mark_does_no_harm(file: Path, environ: dict[str, str]) -> None:
    file.write_bytes(b'\xef\xbb\xbftheme = "light"')
    assert load({}, environ).settings.theme == "light"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('databse = "x"', "sets databse. Did you mean database?"),
        ("readonly = true", "sets readonly. Did you mean read_only?"),
        ("qqqq = 1", "sets qqqq. The settings are: database, gateway, simulator_world, region, prices, theme, mouse,"),
        ("[tui]\nmouse = true", "sets tui. The settings are:"),
        ('mouse = "no"', "mouse in {file} is 'no'. It takes true or false."),
        ("mouse = 0", "mouse in {file} is 0. It takes true or false."),
        ("theme = 3", "theme in {file} is 3. It takes a text."),
        ("theme = true", "theme in {file} is True. It takes a text."),
        ('region = "XQ"', "region in {file} is 'XQ'. It takes a country code such as US."),
        ('database = ""', "database in {file} is ''. It takes a path."),
        ('database = "a\\u0000b"', "It takes a path."),
        ('database = "~nobody-of-this-name/x"', "It takes a path."),
        ("fallback_sms = 15", "fallback_sms in {file} is 15. It takes a time such as 90s, 15m or 2h, from 10s to 1d."),
        ('fallback_codes = "9s"', "It takes a time such as"),
        ('fallback_whatsapp = "2d"', "It takes a time such as"),
        ('fallback_whatsapp = "soon"', "It takes a time such as"),
        ("rate = 0", "It takes a number above 0, up to 1,000."),
        ("rate = true", "rate in {file} is True. It takes a number above 0, up to 1,000."),
        ('rate = "fast"', "It takes a number above 0"),
        ("rate = nan", "It takes a number above 0"),
        ('quiet_hours = "late"', "quiet_hours in {file} is 'late'. It takes hours such as 21:00-8:00, or off."),
        ("outbox_seconds = 61", "outbox_seconds in {file} is '61'. It takes a whole number of seconds, from 0 to 60."),
        ("outbox_seconds = 1.5", "It takes a whole number of seconds"),
        ("outbox_seconds = -1", "It takes a whole number of seconds"),
        ("outbox_seconds = true", "It takes a whole number of seconds"),
        ("theme = ", "The settings file cannot be read. {file}: "),
        ('theme = "a"\ntheme = "b"', "The settings file cannot be read. {file}: "),
    ],
)
def test_a_wrong_file_is_refused_in_words(file: Path, environ: dict[str, str], text: str, words: str) -> None:
    file.write_text(text)
    with pytest.raises(UsageError) as refused:
        load({}, environ)
    assert words.format(file=file) in str(refused.value)


def test_a_file_that_is_no_text_is_refused(file: Path, environ: dict[str, str]) -> None:
    file.write_bytes(b'theme = "\xff"')
    with pytest.raises(UsageError, match="It has to be TOML in UTF-8"):
        load({}, environ)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read\. .*: Is a directory\."):
        load({}, {"SENT_TUI_CONFIG": str(tmp_path)})


def test_a_file_that_is_named_has_to_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="SENT_TUI_CONFIG names"):
        load({}, {"SENT_TUI_CONFIG": str(tmp_path / "none.toml")})


def test_how_long_a_step_may_take(file: Path, environ: dict[str, str]) -> None:
    file.write_text('fallback_whatsapp = "1h30m"\nrate = 2\n')
    settings = load({}, environ | {"SENT_TUI_FALLBACK_CODES": "45s", "SENT_TUI_RATE": "0.5"}).settings
    assert settings.rate == 0.5
    assert settings.patience == Patience(timedelta(minutes=90), timedelta(minutes=30), timedelta(seconds=45))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SENT_TUI_MOUSE", "maybe", "SENT_TUI_MOUSE is 'maybe'. It takes true or false."),
        ("SENT_TUI_REGION", "Europe", "SENT_TUI_REGION is 'Europe'. It takes a country code such as US."),
        ("SENT_TUI_DB", "  ", "SENT_TUI_DB is '  '. It takes a path."),
    ],
)
def test_a_wrong_variable_is_refused_in_words(environ: dict[str, str], name: str, value: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        load({}, environ | {name: value})
    assert words in str(refused.value)


def test_a_region_without_the_file() -> None:
    environ = {"SENT_TUI_CONFIG": "/nowhere/at/all.toml", "SENT_TUI_REGION": "uk"}
    assert config.region_without_file({}, environ) == "GB"
    assert config.region_without_file({"region": "SE"}, environ) == "SE"
    assert config.region_without_file({}, {}) is None
    with pytest.raises(UsageError, match="SENT_TUI_REGION"):
        config.region_without_file({}, {"SENT_TUI_REGION": "12"})


def test_strange_variables_are_named_with_the_nearest() -> None:
    environ = {"SENT_TUI_THEM": "x", "SENT_TUI_DEBUG": "1", "SENT_TUI_DB": "y", "HOME": "/", "SENT_TUI_": ""}
    assert config.strange_variables(environ) == {"SENT_TUI_": "", "SENT_TUI_THEM": "SENT_TUI_THEME"}


def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert config.login_name() == "unknown"


def test_every_setting_documents_itself() -> None:
    for known in fields(Settings):
        assert isinstance(known.metadata["kind"], Kind)
        assert known.metadata["doc"].endswith(".")
        assert known.metadata["by_default"]


def test_asking_for_places_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    found = {paths.config_file(), paths.database_file(), paths.state_folder()}
    assert len(found) == 3
    assert all("sent-tui" in place.parts for place in found)
    assert not list(tmp_path.iterdir())


def test_folders_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    wanted = tmp_path / "a" / "b"
    paths.make_private(wanted)
    paths.make_private(wanted)
    modes = [place.stat().st_mode & 0o777 for place in (wanted, wanted.parent, tmp_path)]
    assert modes == [0o700, 0o700, 0o755]


def test_a_simulated_world_has_one_of_three_names(environ: dict[str, str]) -> None:
    assert list(WORLDS) == list(SIMULATED_WORLDS)
    assert load({}, environ).settings.simulator_world == LIVED_IN
    assert load({}, environ | {"SENT_TUI_SIMULATOR_WORLD": " Rough"}).settings.simulator_world == "rough"
    with pytest.raises(UsageError, match="It takes calm, lively or rough"):
        load({}, environ | {"SENT_TUI_SIMULATOR_WORLD": "wild"})

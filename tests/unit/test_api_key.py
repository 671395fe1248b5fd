"""Where the key of an account is looked for, kept and removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from sent_tui import paths
from sent_tui.api_key import ENTRY, SERVICE, LoadKeyring, clear_key, find_key, load_keyring, store_key
from sent_tui.core.secret import Secret
from sent_tui.errors import NotFoundError, RefusedError, UsageError
from sent_tui.store.settling_apart import SettlingApart

KEYS = {name: f"sk_test_fictional_{name}" for name in ("credential", "variable", "keyring", "file")}


class Desktop:
    """A keyring in memory, which can be broken."""

    def __init__(self, *, broken: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = broken

    def get_password(self, service_name: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self._check()
        self.kept[service_name, username] = password

    def delete_password(self, service_name: str, username: str) -> None:
        self._check()
        del self.kept[service_name, username]

    def _check(self) -> None:
        if self.broken:
            raise RuntimeError("no backend")


def none() -> None:
    return None


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return paths.key_file()


def found(environ: dict[str, str], keyring: LoadKeyring = none) -> tuple[str, str]:
    key = find_key(environ, keyring)
    return key.secret.reveal(), key.source


def test_each_place_goes_before_the_next(file: Path, tmp_path: Path) -> None:
    store_key(Secret(KEYS["file"]), in_file=True, keyring=none)
    desktop = Desktop()
    assert found({}, lambda: desktop) == (KEYS["file"], f"file {file}")
    desktop.set_password(SERVICE, ENTRY, KEYS["keyring"])
    assert found({}, lambda: desktop) == (KEYS["keyring"], "keyring")
    environ = {"SENT_DM_API_KEY": KEYS["variable"]}
    assert found(environ, lambda: desktop)[0] == KEYS["variable"]
    (tmp_path / "sent_api_key").write_text(f"{KEYS['credential']}\n")
    environ["CREDENTIALS_DIRECTORY"] = str(tmp_path)
    assert found(environ, lambda: desktop) == (KEYS["credential"], "systemd credential sent_api_key")


def test_a_credential_folder_without_ours_says_nothing(file: Path, tmp_path: Path) -> None:
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "SENT_DM_API_KEY": KEYS["variable"]}
    assert found(environ)[0] == KEYS["variable"]


def test_no_key_says_what_to_do(file: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        find_key({}, none)
    assert "sent-tui account set" in caught.value.hint


@pytest.mark.parametrize("variable", ["two words", "short"])
def test_what_is_no_key_is_not_repeated(file: Path, variable: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_key({"SENT_DM_API_KEY": variable}, none)
    assert variable not in str(caught.value)


def test_a_file_is_made_for_its_owner_alone(file: Path) -> None:
    old = os.umask(0)
    try:
        assert store_key(Secret(KEYS["file"]), in_file=True, keyring=none) == str(file)
    finally:
        os.umask(old)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in file.parent.iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_can_read_is_refused(file: Path, mode: int) -> None:
    store_key(Secret(KEYS["file"]), in_file=True, keyring=none)
    file.chmod(mode)
    with pytest.raises(RefusedError, match="chmod 600"):
        find_key({}, none)


def test_a_link_and_a_folder_are_no_key_files(file: Path, tmp_path: Path) -> None:
    file.parent.mkdir(parents=True)
    (tmp_path / "real").write_text(KEYS["file"])
    file.symlink_to(tmp_path / "real")
    with pytest.raises(RefusedError):
        find_key({}, none)
    file.unlink()
    file.mkdir()
    with pytest.raises(RefusedError, match="directory"):
        find_key({}, none)


def test_a_pipe_is_not_waited_for(file: Path) -> None:
    file.parent.mkdir(parents=True)
    os.mkfifo(file, 0o600)
    with pytest.raises(RefusedError, match="plain file"):
        find_key({}, none)


def test_the_keyring_is_tried_first_and_holds_it_alone(file: Path) -> None:
    store_key(Secret(KEYS["file"]), in_file=True, keyring=none)
    desktop = Desktop()
    assert store_key(Secret(KEYS["keyring"]), in_file=False, keyring=lambda: desktop) == "the keyring"
    assert not file.exists()
    assert store_key(Secret(KEYS["file"]), in_file=True, keyring=lambda: desktop) == str(file)
    assert desktop.kept == {}


@pytest.mark.parametrize("desktop", [None, Desktop(broken=True)])
def test_without_a_keyring_that_works_the_file_keeps_it(file: Path, desktop: Desktop | None) -> None:
    assert store_key(Secret(KEYS["file"]), in_file=False, keyring=lambda: desktop) == str(file)
    assert found({}, lambda: desktop)[0] == KEYS["file"]
    assert clear_key(lambda: desktop) == (str(file),)


def test_everything_is_cleared_and_nothing_twice(file: Path) -> None:
    desktop = Desktop()
    store_key(Secret(KEYS["keyring"]), in_file=False, keyring=lambda: desktop)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(KEYS["file"])
    assert clear_key(lambda: desktop) == ("the keyring", str(file))
    assert clear_key(lambda: desktop) == ()


def test_a_folder_in_the_way_is_told_in_words(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be kept"):
        store_key(Secret(KEYS["file"]), in_file=True, keyring=none)
    with pytest.raises(UsageError, match="cannot be removed"):
        clear_key(none)


def test_a_process_of_ours_does_not_inherit_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    began: list[dict[str, str]] = []

    def process(*words: object, env: dict[str, str], **options: object) -> None:
        began.append(env)
        raise OSError("no room")

    for name in ("SENT_DM_API_KEY", "CREDENTIALS_DIRECTORY", "KEPT"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setattr(subprocess, "Popen", process)
    with pytest.raises(OSError, match="no room"):
        SettlingApart(tmp_path / "contacts.db").begin()
    (env,) = began
    assert "KEPT" in env
    assert not {"SENT_DM_API_KEY", "CREDENTIALS_DIRECTORY"} & env.keys()


def test_the_keyring_is_imported_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("keyring")
    monkeypatch.setitem(sys.modules, "keyring", module)
    assert load_keyring() is module
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert load_keyring() is None

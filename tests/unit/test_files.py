"""Files that are replaced as a whole: whatever fails, the old one or the new one is there, and nothing beside it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sent_tui.store import files
from sent_tui.store.files import is_tidy, make_folder, make_new, make_private, open_plain, replace_with, sweep


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sent.db"


def fail(*args: Any, **options: Any) -> None:
    raise OSError(errno.EIO, "Input/output error")


def names(path: Path) -> set[str]:
    return {entry.name for entry in path.parent.iterdir()}


class TestReplace:
    def test_the_old_file_can_be_kept(self, path: Path) -> None:
        backup = path.with_name("sent.db.bak")
        replace_with(path, (b"o", b"ne"), backup=backup)
        assert names(path) == {"sent.db"}, "there was nothing to keep"
        replace_with(path, (b"two",), backup=backup)
        replace_with(path, (b"three",), backup=backup)
        assert (path.read_bytes(), backup.read_bytes()) == (b"three", b"two")
        assert names(path) == {"sent.db", "sent.db.bak"}

    @pytest.mark.parametrize("step", ["_write_new", "_keep", "_sync_folder"])
    @pytest.mark.parametrize("linked", [True, False])
    def test_whatever_fails_the_old_file_stands(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, step: str, linked: bool
    ) -> None:
        path.write_bytes(b"old")
        if not linked:
            monkeypatch.setattr(os, "link", fail)
        with monkeypatch.context() as failing:
            failing.setattr(files, step, fail)
            with pytest.raises(OSError, match="Input"):
                replace_with(path, (b"new",), backup=path.with_name("sent.db.bak"))
        assert path.read_bytes() == b"old"
        assert names(path) - {"sent.db.bak"} == {"sent.db"}

    def test_a_new_file_that_fails_late_is_not_there(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "_sync_folder", fail)
        for backup in (None, path.with_name("sent.db.bak")):
            with pytest.raises(OSError, match="Input"):
                replace_with(path, (b"new",), backup=backup)
            assert names(path) == set()

    def test_without_links_and_a_backup_the_new_one_may_stand(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path.write_bytes(b"old")
        monkeypatch.setattr(os, "link", fail)
        monkeypatch.setattr(files, "_sync_folder", fail)
        with pytest.raises(OSError, match="Input"):
            replace_with(path, (b"new",))
        assert path.read_bytes() == b"new"
        assert names(path) == {"sent.db"}

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can write what belongs to others")
    def test_root_leaves_the_owner_alone(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path.write_bytes(b"old")
        os.chown(path, 4321, 1234)
        backup = path.with_name("sent.db.bak")
        monkeypatch.setattr(os, "link", fail)
        replace_with(path, (b"new",), backup=backup)
        for file in (path, backup):
            assert (file.stat().st_uid, file.stat().st_gid) == (4321, 1234)
        monkeypatch.setattr(os, "geteuid", lambda: 4321)
        replace_with(path, (b"newer",))
        assert path.stat().st_uid == 0


class TestNew:
    def test_one_that_is_there_is_left_alone(self, path: Path) -> None:
        make_new(path, b"first")
        with pytest.raises(FileExistsError):
            make_new(path, b"second")
        assert path.read_bytes() == b"first"
        assert names(path) == {"sent.db"}

    def test_without_links_it_is_made_too(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "link", fail)
        make_new(path, b"first")
        assert path.read_bytes() == b"first"
        assert names(path) == {"sent.db"}

    def test_only_a_plain_file_is_opened(self, path: Path, tmp_path: Path) -> None:
        first = os.open(tmp_path, os.O_RDONLY)
        os.close(first)
        with pytest.raises(ValueError, match="plain"):
            open_plain(tmp_path, os.O_RDONLY)
        os.mkfifo(path)
        with pytest.raises(ValueError, match="plain"):
            open_plain(path, os.O_RDONLY)
        second = os.open(tmp_path, os.O_RDONLY)
        os.close(second)
        assert first == second, "nothing stays open"


class TestAround:
    def test_folders_are_private(self, tmp_path: Path) -> None:
        make_folder(tmp_path / "a" / "b")
        make_folder(tmp_path / "a" / "b")
        assert (tmp_path / "a").stat().st_mode & 0o777 == (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700

    def test_a_folder_that_somebody_else_makes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = Path.mkdir

        def late(self: Path, mode: int = 0o777) -> None:
            real(self)
            real(self)

        monkeypatch.setattr(Path, "mkdir", late)
        make_folder(tmp_path / "a")

    def test_what_is_not_there_is_no_trouble(self, path: Path) -> None:
        make_private(path)
        sweep(path.with_name("nowhere") / "sent.db")

    def test_a_file_is_tidy_when_it_is_private_and_nothing_was_left(self, path: Path) -> None:
        path.touch(0o600)
        path.with_name(".other.db.a1a1a1a1a1a1a1a1.tmp").touch()
        assert is_tidy(path)
        path.chmod(0o640)
        assert not is_tidy(path)
        make_private(path)
        assert is_tidy(path)
        path.with_name(f".sent.db.{'a1' * 8}.tmp").touch()
        assert not is_tidy(path)
        sweep(path)
        assert is_tidy(path)
        with pytest.raises(FileNotFoundError):
            is_tidy(path.with_name("nowhere"))

    @pytest.mark.parametrize("call", [make_private, sweep])
    def test_what_is_refused_is_no_trouble(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[[Path], None]
    ) -> None:
        path.touch(0o666)
        path.with_name(f".sent.db.{'a1' * 8}.tmp").touch()
        path.chmod(0o644)
        monkeypatch.setattr(Path, "chmod", fail)
        monkeypatch.setattr(Path, "unlink", fail)
        call(path)

"""The writers' lock: one writer at a time, among threads and among processes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sent_tui.store import lock
from sent_tui.store.lock import WriterLock
from sent_tui.store.refusals import LockedError

LONG = 30.0
HOLD = """
import sys
from pathlib import Path
from sent_tui.store.lock import WriterLock
hold = WriterLock(Path(sys.argv[1])).take(5)
hold.write_note("theirs")
print("holding", flush=True)
sys.stdin.readline()
hold.release()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sent.db.lock"


@pytest.fixture
def writer(path: Path) -> WriterLock:
    return WriterLock(path)


@contextmanager
def held_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold the lock."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


class TestProcesses:
    def test_who_holds_it_is_named(self, writer: WriterLock, path: Path) -> None:
        with held_elsewhere(path) as process:
            with pytest.raises(LockedError, match=f"Process {process.pid} ") as raised:
                writer.take(0)
            assert str(path) in raised.value.message
            assert writer.note() == "theirs"
        writer.take(LONG).release()

    def test_it_is_waited_for(self, writer: WriterLock, path: Path) -> None:
        with held_elsewhere(path) as process:
            assert process.stdin is not None
            taken = threading.Thread(target=lambda: writer.take(LONG).release())
            taken.start()
            process.stdin.write("\n")
            process.stdin.flush()
            taken.join()
        writer.take(0).release()

    def test_reading_the_note_waits_for_nobody(
        self, writer: WriterLock, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also while a thread of this process waits for another process."""
        with held_elsewhere(path) as process:
            notes: list[str] = []

            def look(seconds: float) -> None:
                reader = threading.Thread(target=lambda: notes.append(writer.note()))
                reader.start()
                reader.join(LONG)
                if process.poll() is None:
                    process.kill()
                    process.wait()

            monkeypatch.setattr("sent_tui.store.lock.time.sleep", look)
            writer.take(LONG).release()
        assert notes[0] == "theirs"


class TestThreads:
    def test_they_take_turns(self, writer: WriterLock) -> None:
        hold = writer.take(0)
        for other in (writer, WriterLock(writer._path)):
            with pytest.raises(LockedError, match=str(os.getpid())):
                other.take(0)
        hold.release()
        writer.take(0).release()

    def test_links_are_one_lock(self, writer: WriterLock, path: Path, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to(path)
        hold = writer.take(0)
        with pytest.raises(LockedError):
            WriterLock(link).take(0)
        hold.release()

    def test_who_passes_the_turn_keeps_other_processes_out(self, writer: WriterLock, path: Path) -> None:
        first = writer.take(0)
        first.pass_turn()
        first.pass_turn()
        second = writer.take(0)
        first.release()
        # Whoever closes the file anywhere in this process gives the lock away: it is not opened here.
        assert lock._signature(writer._shared.descriptor) == str(os.getpid())
        with pytest.raises(LockedError):
            writer.take(0)
        other = subprocess.run(
            [sys.executable, "-c", HOLD.replace(".take(5)", ".take(0)"), str(path)],
            check=False,
            capture_output=True,
            text=True,
        )
        assert "LockedError" in other.stderr
        assert str(os.getpid()) in other.stderr
        second.release()
        assert path.read_text().split() == []
        with held_elsewhere(path):
            pass

    def test_a_negative_time_is_none(self, writer: WriterLock) -> None:
        writer.take(-1).release()


class TestNote:
    def test_it_outlives_its_writer(self, writer: WriterLock, path: Path) -> None:
        assert writer.note() == ""
        hold = writer.take(0)
        assert hold.note() == ""
        hold.write_note("first and longer", durably=True)
        hold.write_note("second")
        assert hold.note() == writer.note() == WriterLock(path).note() == "second"
        hold.release()
        assert writer.note() == WriterLock(path).note() == "second"
        assert path.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("data", [b"", b"12", b"\0" * 200, b"\xff" * 12])
    def test_nonsense_is_none(self, writer: WriterLock, path: Path, data: bytes) -> None:
        path.write_bytes(data)
        assert writer.note() == ""

    def test_a_lock_that_is_no_plain_file_has_none(self, writer: WriterLock, path: Path) -> None:
        os.mkfifo(path)
        assert writer.note() == ""
        path.unlink()
        path.symlink_to("elsewhere")
        assert writer.note() == ""
        with pytest.raises(OSError, match="symbolic links"):
            writer.take(0)
        writer._shared.turn.acquire(timeout=0)


class TestFile:
    def test_one_that_was_exchanged_is_not_trusted(
        self, writer: WriterLock, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = lock._try_lock
        tries: list[bool] = []

        def exchanged(descriptor: int) -> bool:
            if len(tries) < 2:
                path.unlink()
                if tries:
                    path.touch()
            tries.append(real(descriptor))
            return tries[-1]

        monkeypatch.setattr(lock, "_try_lock", exchanged)
        monkeypatch.setattr("sent_tui.store.lock.time.sleep", lambda seconds: None)
        writer.take(LONG).release()
        assert tries == [True, True, True]

    def test_one_that_was_exchanged_between_two_writes_is_left(self, writer: WriterLock, path: Path) -> None:
        writer.take(0).release()
        path.unlink()
        with held_elsewhere(path) as process:
            with pytest.raises(LockedError, match=f"Process {process.pid} "):
                writer.take(0)
            assert writer.note() == "theirs"
        writer.take(LONG).release()

    def test_it_is_closed_when_nobody_here_needs_it(self, path: Path) -> None:
        writer, another = WriterLock(path), WriterLock(path)
        writer.take(0).release()
        descriptor = writer._shared.descriptor
        del writer
        os.fstat(descriptor)
        del another
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)

    def test_a_lock_that_cannot_be_given_back_is_given_back_by_closing(
        self, writer: WriterLock, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(descriptor: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        hold = writer.take(0)
        monkeypatch.setattr(lock, "_unlock", refuse)
        hold.release()
        with held_elsewhere(path):
            pass

    @pytest.mark.parametrize("signature", [b"", b"\xff\xfe", b"12 34", b"root", "٤".encode()])
    def test_a_holder_that_signed_with_nonsense_is_not_named(
        self, writer: WriterLock, path: Path, monkeypatch: pytest.MonkeyPatch, signature: bytes
    ) -> None:
        monkeypatch.setattr(lock, "_try_lock", lambda descriptor: False)
        path.write_bytes(signature)
        with pytest.raises(LockedError, match="Another process"):
            writer.take(0)

    def test_a_disk_too_full_to_sign_is_no_obstacle(
        self, writer: WriterLock, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*args: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "pwrite", fail)
        hold = writer.take(0)
        monkeypatch.setattr(os, "fsync", fail)
        hold.write_note("note", durably=True)
        hold.release()
        monkeypatch.setattr(os, "pread", fail)
        assert writer.note() == ""
        monkeypatch.setattr(lock, "_try_lock", lambda descriptor: False)
        with pytest.raises(LockedError, match="Another process"):
            writer.take(0)

    def test_a_lock_that_the_system_refuses_leaves_the_turn(
        self, writer: WriterLock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(descriptor: int, operation: int) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        with monkeypatch.context() as refusing:
            refusing.setattr("fcntl.lockf", refuse)
            with pytest.raises(OSError, match="No locks"):
                writer.take(0)
        writer.take(0).release()

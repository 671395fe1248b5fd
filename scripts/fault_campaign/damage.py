"""Files that were cut off, altered or never ours: what is told of them, and what is shown.

Nobody may be shown what was never written, nor take a part for the whole without being told; and opening a file never
changes it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from fault_campaign import layout
from fault_campaign.jobs import looked_at
from fault_campaign.kill import kinds_of
from fault_campaign.steps import State, Step, script, states
from fault_campaign.subjects import OURS, PLAIN, opened
from fault_campaign.table import Figures, control, ours

BATCHES = 20
CROWD = 700
"""So many contacts in the first batch make a file with room at its end, and an index beside it."""
PLACES = 3_000
"""A larger file is cut at so many places, the last kilobyte at every byte."""
CUT, FLIPPED, ODD = "cut at every byte", "one bit flipped", "odd files"


@dataclass(frozen=True)
class Sample:
    """A good file, and every state that it went through."""

    subject: str
    path: Path
    data: bytes
    caches: Mapping[str, bytes]
    """What lies beside it: nothing that the data depend on."""
    history: tuple[State, ...]
    ends: Mapping[int, State]
    """Where each batch ends in the file, and what was in it then."""

    @property
    def now(self) -> State:
        """What is in it."""
        return self.history[-1]

    def told(self, path: Path, quiet: Collection[State]) -> tuple[str, State | None, bool]:
        """Open a file; return what is told of it, what is shown, and whether that is told as an error in words.

        Where just what is shown needs no words, nobody is asked for more.
        """
        found = looked_at(self.subject, path)
        if "error" in found:
            return found["error"]["words"], None, found["error"]["worded"] and found["error"]["names the file"]
        asks = self.subject == OURS and not found["read_only"] and found["view"] not in quiet
        return found["read_only"] or (layout.told_by_check(path) if asks else ""), found["view"], True


def sample(folder: Path, subject: str, seed: int, batches: int = BATCHES, *, crowd: int = 0) -> Sample:
    """Make a database of so many batches, after one of a crowd of contacts, and read its file."""
    kinds = ("add", "add", "add", "edit", "delete", *kinds_of(subject)[4:5])
    steps = [Step("add", {str(place): f"one of {crowd}, {place}" for place in range(crowd)})] if crowd else []
    steps += script(Random(seed), kinds, batches, states(steps)[-1])
    history = states(steps)
    path = folder / f"sample-{subject}-{crowd}" / layout.DATABASE
    path.parent.mkdir()
    store = opened(subject, path)
    ends = {_end(path): history[0]}
    for step, state in zip(steps, history[1:], strict=True):
        store.apply(step)
        ends[_end(path)] = state
    store.close()
    caches = {entry.name: entry.read_bytes() for entry in path.parent.iterdir() if layout.is_cache(entry.name)}
    return Sample(subject, path, path.read_bytes(), caches, tuple(history), ends)


def _end(path: Path) -> int:
    """Return how long a file is without the blank room at its end."""
    data = path.read_bytes()
    return len(data.rstrip(b"\n")) + 1 if data.endswith(b"\n") else len(data)


class Altered:
    """A file with other contents, which is looked at: alone, or in place of the good one, its caches beside it."""

    def __init__(self, folder: Path, sample: Sample, *, in_place: bool = False) -> None:
        self._sample = sample
        self._caches = sample.caches if in_place else {}
        self._path = sample.path if in_place else folder / f"altered-{sample.path.parent.name}" / layout.DATABASE
        self._path.parent.mkdir(exist_ok=True)
        self._path.touch()
        self._status = self._path.stat()

    def _put(self, data: bytes) -> None:
        """Alter the file as a failing disk does: the same file, of the same age."""
        for beside in self._path.parent.iterdir():
            if beside != self._path:
                beside.unlink()
        for name, contents in self._caches.items():
            (self._path.parent / name).write_bytes(contents)
        with self._path.open("r+b") as file:
            file.truncate()
            file.write(data)
        os.utime(self._path, ns=(self._status.st_atime_ns, self._status.st_mtime_ns))

    def problem(self, data: bytes, allowed: Collection[State], *, quiet: Collection[State]) -> tuple[str, str]:
        """Return what is wrong with the way such a file is opened, and what was told of it.

        `allowed` may be shown if it is told that something is wrong, and `quiet` even if not.
        """
        self._put(data)
        words, shown, worded = self._sample.told(self._path, quiet)
        return self._judged(shown, allowed, quiet, words, worded) or self._overwritten(data), words

    def _judged(
        self, shown: State | None, allowed: Collection[State], quiet: Collection[State], words: str, worded: bool
    ) -> str:
        if shown is None:
            return "" if worded else "not in words"
        if not words:
            return "" if shown in quiet else "silent"
        return "" if shown in allowed or shown in quiet else "invented"

    def _overwritten(self, data: bytes) -> str:
        return "" if self._path.read_bytes() == data else "overwritten"


def _partly(sample: Sample) -> Collection[State]:
    """Return what may be shown of a file that is known to be damaged: parts of it, nothing else."""
    return _Parts({item for state in sample.history for item in state.items()})


class _Parts(Collection[State]):
    """Every state that is made of contacts that once were there."""

    def __init__(self, items: Collection[tuple[str, str]]) -> None:
        self._items = items

    def __contains__(self, state: object) -> bool:
        return isinstance(state, Mapping) and all(item in self._items for item in state.items())

    def __iter__(self) -> Iterator[State]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


def cut(sample: Sample, altered: Altered, figures: Figures, places: Iterable[int]) -> None:
    """Cut the file at places: a damage is told, or exactly a row of whole batches is there."""
    for place in places:
        # Cut between two batches, a file is as it once was, and there is nothing to tell.
        end = min(place, max(sample.ends))
        quiet = [sample.ends[end]] if end and end in sample.ends else []
        before = [end for end in sample.ends if 0 < end <= place]
        whole = [sample.ends[max(before)]] if before else [{}]
        problem, words = altered.problem(sample.data[:place], whole, quiet=quiet)
        figures.add(problem, f"cut at {place}: {words}")
        figures.info["told" if words else "as it once was"] += 1


def flip(sample: Sample, altered: Altered, figures: Figures, count: int, rng: Random) -> None:
    """Flip single bits of the file: it is told, or without effect."""
    for _ in range(count):
        place, bit = rng.randrange(len(sample.data)), rng.randrange(8)
        data = bytearray(sample.data)
        data[place] ^= 1 << bit
        problem, words = altered.problem(bytes(data), _partly(sample), quiet=[sample.now])
        figures.add(problem, f"bit {bit} of byte {place}: {words}")
        figures.info["told" if words else "without effect"] += 1


def odd(sample: Sample, altered: Altered, figures: Figures) -> None:
    """Open files of other kinds: each is told to be none of ours."""
    for name, data in layout.odd_files(sample.data).items():
        problem, words = altered.problem(data, _partly(sample), quiet=[])
        figures.add(problem, f"{name}: {words}")


def campaign(folder: Path, seed: int, kind: str, flips: int = 0) -> list[Figures]:
    """Cut our file and TinyDB's own at every byte, flip bits of them, or put odd files in their place."""
    good, plain = sample(folder, OURS, seed), sample(folder, PLAIN, seed)
    large = sample(folder, OURS, seed, crowd=CROWD)
    if not large.caches:
        raise RuntimeError("the large database has no index beside it")
    rows = [
        _figures(good, Altered(folder, good), ours(kind), seed, flips),
        _figures(large, Altered(folder, large), ours(kind, "sent-tui, large"), seed, flips),
        _figures(large, Altered(folder, large, in_place=True), ours(kind, "sent-tui, its index beside"), seed, flips),
    ]
    rows.append(_figures(plain, Altered(folder, plain), control(kind, "JSONStorage"), seed, flips))
    return rows


def _places(size: int) -> Iterable[int]:
    """Return every place of a small file; of a large one every so many, and the end byte by byte."""
    end = max(0, size - 1024)
    return (*range(0, end, max(1, end // PLACES)), *range(end, size))


def _figures(sample: Sample, altered: Altered, figures: Figures, seed: int, flips: int) -> Figures:
    if figures.fault == CUT:
        cut(sample, altered, figures, _places(len(sample.data)))
    elif figures.fault == FLIPPED:
        flip(sample, altered, figures, flips, Random(seed))
    else:
        odd(sample, altered, figures)
    return figures

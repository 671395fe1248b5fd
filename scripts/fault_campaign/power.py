"""Power cuts: an ext4 file system stops at a random moment, and is mounted again.

Only what was acknowledged before the cut has to be there. An fsync that is on its way while the file system is shut
down may return as if all were well: a program that does nothing but append 700 bytes, fdatasync and say so loses its
last line in 1 of 75 trials, so such an acknowledgement proves nothing.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from random import Random

from fault_campaign import layout, mounts
from fault_campaign.client import Server
from fault_campaign.kill import Acknowledged, kinds_of
from fault_campaign.steps import script, states
from fault_campaign.subjects import OURS, PLAIN
from fault_campaign.table import Figures, control, half_bad, ours, skipped

MODES = ("data=ordered", "data=ordered", "data=writeback,noauto_da_alloc")
"""How the file system is mounted, in turn: every third trial without what ext4 does for careless programs."""
LENGTH = 12
FAULT = "power cut"


def cut_once(server: Server, folder: Path, disk: Path, subject: str, weakness: str, seed: str) -> str:
    """Cut the power within a script of writes; return what is wrong with the database afterwards."""
    rng = Random(seed)
    place = folder / "mounted"
    mode = MODES[rng.randrange(len(MODES))]
    # A new database each time, so that also its own making may be lost or not.
    path = place / seed / layout.DATABASE
    mounts.mount(disk, place, "ext4", f"loop,{mode}")
    try:
        for old in place.glob("*-*"):
            shutil.rmtree(old)
        path.parent.mkdir()
        path.parent.chmod(0o700)
        _settle(place)
        steps = script(rng, [kind for kind in kinds_of(subject) if kind != "bulk"], LENGTH)
        heard = Acknowledged()
        with server.writer(path, subject, steps, weakness) as child:
            child.ask("open")
            child.say("all")
            for _ in range(rng.randrange(LENGTH)):
                if (line := child.line()) is None or line.kind != "ACK":
                    break
                heard.count = int(line.value)
            time.sleep(rng.uniform(0, 0.005))
            for line in child.said():
                if line.kind == "ACK":
                    heard.count = int(line.value)
            sure = heard.count
            mounts.cut_power(place)
            child.kill()
            heard.hear(child)
    finally:
        mounts.unmount(place)
    mounts.mount(disk, place, "ext4", f"loop,{mode}")
    try:
        possible = states(steps)[sure : heard.count + 2]
        return server.check(path, subject).problem(*possible)
    finally:
        mounts.unmount(place)


def _settle(place: Path) -> None:
    """Have the folder itself on the disk: it is not what is tested."""
    import os

    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def campaign(server: Server, folder: Path, trials: int, seed: int, control_trials: int = 40) -> list[Figures]:
    """Cut the power under our store, under it without fsync, and under TinyDB's own."""
    rows = []
    for figures, subject, weakness, wanted in (
        (ours(FAULT), OURS, "", trials),
        (control(FAULT, "without fsync", half_bad), OURS, "no fsync", control_trials),
        (control(FAULT, "JSONStorage"), PLAIN, "", control_trials),
    ):
        try:
            disk = mounts.image(folder / "disk")
            for trial in range(wanted):
                figures.add(
                    cut_once(server, folder, disk, subject, weakness, f"{seed}-{trial}"), f"seed {seed}-{trial}"
                )
        except mounts.NoMountError as error:
            return [skipped(FAULT, str(error))]
        rows.append(figures)
    return rows

"""Requests a second that `GET /v3/contacts?search=` answers, beside the same route over SQLite FTS5, in the same run.

`python benchmarks/api.py [CONTACTS] [--seconds S] [--keep DIR]` runs each server as a process of its own, in turns,
and asks it by one connection and by eight for twelve searches one after the other: names, and parts of numbers. Both
servers are the same but for the function that looks contacts up. SQLite searches the same folded texts by trigrams,
oldest contacts first, counts the hits, and keeps the JSON of each contact ready; ours reads each from the journal.

Then the app is opened on the same database and watched, alone and while eight connections ask the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from databases import database, keep_option, kept, once, people
from loop_gap import SIZE, keys, measured
from search import plain_words, searches
from sent_tui.api import contacts
from sent_tui.api.desk import Call, Desk
from sent_tui.api.envelope import Answer
from sent_tui.api.paging import read_paging
from sent_tui.api.server import serve
from sent_tui.core.search_entry import haystack
from sent_tui.core.sent_json import sent_fields
from sent_tui.listening import open_socket
from sent_tui.services.api_access import ApiAccess
from sent_tui.services.kept_answers import KeptAnswers
from sent_tui.services.workspace import new_uuid, open_workspace, utc_now
from sent_tui.tui.app import SentApp
from sent_tui.tui.launch import TURN, hurry

COUNT: Final = 100_000
CROWD: Final = 8
ROUNDS: Final = 3
OURS, PEER = "sent-tui", "SQLite FTS5"
_TRIGRAM: Final = 3
_TYPED: Final = "maria"


class Peer:
    """Contacts in SQLite, found by trigrams of the same texts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.local()

    @property
    def _database(self) -> sqlite3.Connection:
        if not hasattr(self._threads, "database"):
            self._threads.database = sqlite3.connect(self._path)
        found: sqlite3.Connection = self._threads.database
        return found

    def fill(self, count: int) -> None:
        """Put the contacts in, oldest first."""
        database = self._database
        database.execute("CREATE TABLE contacts (id INTEGER PRIMARY KEY, json TEXT)")
        database.execute("CREATE VIRTUAL TABLE texts USING fts5(line, tokenize='trigram', content='')")
        everybody = sorted(people(count), key=lambda person: person.created_at)
        rows = ((place, json.dumps(sent_fields(person))) for place, person in enumerate(everybody))
        database.executemany("INSERT INTO contacts VALUES (?, ?)", rows)
        texts = ((place, haystack(person).replace("\n", " ")) for place, person in enumerate(everybody))
        database.executemany("INSERT INTO texts (rowid, line) VALUES (?, ?)", texts)
        database.commit()

    def list_contacts(self, desk: Desk, call: Call) -> Answer:
        """Answer the call as ours does, for searches whose words have three letters and more."""
        paging = read_paging(call.query)
        words = [word for word in plain_words(call.query.get("search", "")) if len(word) >= _TRIGRAM]
        matched = " AND ".join('"{}"'.format(word.replace('"', '""')) for word in words)
        count = "SELECT count(*) FROM texts WHERE texts MATCH ?"
        found = (
            "SELECT json FROM contacts WHERE id IN "
            "(SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid LIMIT ? OFFSET ?)"
        )
        ((total,),) = self._database.execute(count, (matched,))
        rows = self._database.execute(found, (matched, paging.size, paging.offset))
        data = [json.loads(row) | {"customer_id": desk.customer_id} for (row,) in rows]
        return Answer(200, {"contacts": data, "pagination": paging.json(total)})


@dataclass(frozen=True)
class Times:
    """How long requests took, in milliseconds, and how many there were in a second."""

    took: Sequence[float]
    rate: float
    cpu: float
    """Processor time of the server for each of them."""

    def at(self, share: float) -> float:
        """Return what this share of the requests stay below."""
        return sorted(self.took)[math.ceil(share * len(self.took)) - 1]


class Place(NamedTuple):
    """A server that runs."""

    port: int
    key: str
    process: int

    def cpu(self) -> float:
        """Return the milliseconds of processor time that it has taken, as Linux counts them."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(which: str, folder: Path, count: int) -> Iterator[Place]:
    """Run a server."""
    command = [sys.executable, __file__, str(count), "--keep", str(folder), "--serve", which]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        port, key = next(iter(process.stdout or ())).split()
        try:
            yield Place(int(port), key, process.pid)
        finally:
            process.terminate()


def serve_until_told(which: str, folder: Path, count: int) -> None:
    """Answer requests in this process, until a signal comes."""
    path = database(folder, count)
    if which == PEER:
        contacts.list_contacts = Peer(peer_file(folder, count)).list_contacts
    workspace = open_workspace(path, user="benchmark")
    access, kept_answers = ApiAccess(path, utc_now, new_uuid), KeptAnswers(path, utc_now)
    key = access.make().reveal()
    listening = open_socket("127.0.0.1", 0)
    print(listening.getsockname()[1], key, flush=True)
    serve(Desk(workspace, access, kept_answers), listening)
    access.revoke(key.split("_")[2])
    access.close()
    workspace.close()


def peer_file(folder: Path, count: int) -> Path:
    """Return the contacts in SQLite, made if they are missing."""
    return once(folder / f"api-{count}", lambda made: Peer(made / "peer.db").fill(count)) / "peer.db"


def asked(place: Place, words: Sequence[str], seconds: float, connections: int) -> Times:
    """Ask for searches by so many connections for some time."""
    took: list[float] = []
    before = place.cpu()
    end = time.perf_counter() + seconds

    def ask(first: int) -> None:
        connection = HTTPConnection("127.0.0.1", place.port)
        for search in islice(cycle(words), first, None):
            began = time.perf_counter()
            if began > end:
                break
            connection.request("GET", f"/v3/contacts?search={quote(search)}", headers={"x-api-key": place.key})
            answer = connection.getresponse()
            body = answer.read()
            took.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                raise RuntimeError(body)
        connection.close()

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Times(took, len(took) / seconds, (place.cpu() - before) / len(took))


def totals(place: Place, words: Sequence[str]) -> list[int]:
    """Return how many hits each search has."""
    connection = HTTPConnection("127.0.0.1", place.port)
    found = []
    for search in words:
        connection.request("GET", f"/v3/contacts?search={quote(search)}", headers={"x-api-key": place.key})
        found.append(json.loads(connection.getresponse().read())["data"]["pagination"]["total_count"])
    return found


def compare(folder: Path, count: int, seconds: float) -> None:
    """Ask both servers in turns, and print what came of it."""
    someone = next(person for person in people(1_000) if person.region_code == "US")
    words = [search for search in searches(someone) if all(len(word) >= _TRIGRAM for word in plain_words(search))]
    measured_times: dict[tuple[str, int], list[Times]] = {}
    with server(OURS, folder, count) as ours, server(PEER, folder, count) as peer:
        places = {OURS: ours, PEER: peer}
        hits = {which: totals(place, words) for which, place in places.items()}
        for _ in range(ROUNDS):
            for connections in (1, CROWD):
                for which, place in places.items():
                    times = asked(place, words, seconds, connections)
                    measured_times.setdefault((which, connections), []).append(times)
    print(f"{count:,} contacts, {len(words)} searches; the same number of hits: {hits[OURS] == hits[PEER]}")
    print(f"{'':<14}{'connections':>12}{'requests/s':>12}{'median ms':>11}{'p99 ms':>9}{'CPU ms':>9}")
    middle = {at: sorted(rounds, key=lambda times: times.rate)[ROUNDS // 2] for at, rounds in measured_times.items()}
    for (which, connections), times in middle.items():
        print(
            f"{which:<14}{connections:>12}{times.rate:>12,.0f}{times.at(0.5):>11.2f}{times.at(0.99):>9.2f}{times.cpu:>9.2f}"
        )
    for connections in (1, CROWD):
        our, their = middle[OURS, connections], middle[PEER, connections]
        p99 = their.at(0.99) / our.at(0.99)
        requests, cpu = our.rate / their.rate, our.cpu / their.cpu
        print(
            f"with {connections}: {requests:.2f} x its requests, its p99 is {p99:.2f} x ours, {cpu:.2f} x its CPU time"
        )


async def watch(path: Path, name: str) -> None:
    """Open the app, type a search and move through the list, and print the gaps of its event loop."""
    workspace = open_workspace(path, user="benchmark")
    app = SentApp(workspace)
    try:
        async with app.run_test(size=SIZE) as pilot:
            await asyncio.sleep(3)
            gaps = await measured(keys(pilot, "slash", *_TYPED, "escape", "escape", *["pagedown"] * 10))
            print(f"{name:<44}{gaps[-1] * 1000:>9.1f}{gaps[int(0.99 * len(gaps))] * 1000:>9.1f}")
    finally:
        workspace.close()


def watch_both(folder: Path, count: int) -> None:
    """Watch the app alone, and while the server on its database is asked."""
    path = database(folder, count)
    print(f"{'event loop of an open app held, in ms':<44}{'longest':>9}{'p99':>9}")
    asyncio.run(watch(path, "alone"))
    with server(OURS, folder, count) as place:
        command = [sys.executable, __file__, "--ask", str(place.port), place.key, str(place.process)]
        with subprocess.Popen(command) as asking:
            asyncio.run(watch(path, f"while {CROWD} connections ask the server"))
            asking.kill()


def main() -> None:
    """Compare, or be one of the processes that are compared."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contacts", nargs="?", type=int, default=COUNT)
    parser.add_argument("--seconds", type=float, default=4, help="how long each server is asked in each round")
    parser.add_argument("--serve", choices=(OURS, PEER), help=argparse.SUPPRESS)
    parser.add_argument("--ask", nargs=3, metavar=("PORT", "KEY", "PID"), help=argparse.SUPPRESS)
    keep_option(parser)
    wanted = parser.parse_args()
    if wanted.ask:
        port, key, process = wanted.ask
        asked(Place(int(port), key, int(process)), (_TYPED, "gonzal", "4155"), 600, CROWD)
        return
    with kept(wanted.keep) as folder:
        if wanted.serve:
            serve_until_told(wanted.serve, folder, wanted.contacts)
            return
        peer_file(folder, wanted.contacts)
        database(folder, wanted.contacts)
        compare(folder, wanted.contacts, wanted.seconds)
        hurry()
        sys.setswitchinterval(TURN)
        watch_both(folder, wanted.contacts)


if __name__ == "__main__":
    main()

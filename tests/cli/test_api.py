from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_a_key_is_shown_once_listed_and_revoked(cli: Cli, tmp_path: Path) -> None:
    made = cli.done("api", "key")
    key = made.out.strip()
    assert key.startswith("sk_local_")
    assert "not shown again" in made.err
    name = key.split("_")[2]
    listed = cli.done("api", "key", "--list")
    assert name in listed.out
    assert key not in listed.out
    assert [each["name"] for each in cli.done("api", "key", "--list", "--json").json["keys"]] == [name]
    assert name in cli.done("api", "key", "--revoke", name).err
    assert cli.done("api", "key", "--list").err == "There is none.\n"
    assert cli("api", "key", "--revoke", name).code == 3
    other = cli.done("api", "key", "--json").json["key"]
    assert other.startswith("sk_local_")
    assert cli.done("api", "key", "--revoke", other.split("_")[2], "--json").json == {"revoked": other.split("_")[2]}
    assert {path.name for path in tmp_path.glob("*api*")} == {"contacts.db.api-keys", "contacts.db.api-keys.lock"}


def test_two_wishes_at_once_are_refused(cli: Cli) -> None:
    assert cli("api", "key", "--list", "--revoke", "x").code == 2


def test_without_a_key_there_is_nothing_to_serve(cli: Cli) -> None:
    ran = cli("api", "--port", "0")
    assert ran.code == 2
    assert "sent-tui api key" in ran.err


def test_without_its_packages_it_says_how_to_install_them(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("starlette", "uvicorn"):
        with monkeypatch.context() as without:
            without.setitem(sys.modules, package, None)
            ran = cli("api")
        assert ran.code == 2
        assert "pip install 'sent-tui[api]'" in ran.err


def test_a_place_that_cannot_be_listened_on(cli: Cli) -> None:
    cli.done("api", "key")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for options in (("--port", str(port)), ("--host", "192.0.2.1", "--port", "0"), ("--port", "70000")):
            ran = cli("api", *options)
            assert (ran.code, "cannot listen" in ran.err) == (2, True)


def test_live_sending_needs_a_network_that_has_it(cli: Cli) -> None:
    cli.done("api", "key")
    assert cli("api", "--live").code == 2

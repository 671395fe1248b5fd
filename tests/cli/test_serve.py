"""The app in a browser: a real server, a process for each tab, and a client that speaks as the page does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pyte
import pytest

from tests.cli.chromium import CHROMIUM, chromium
from tests.cli.conftest import Cli
from tests.cli.serving import filled, sent_texts, served

PATIENCE = 60.0
"""Seconds after which a test fails that waits for something: far more than any of it takes."""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return filled(tmp_path / "contacts.db")


class Tab:
    """What a page shows of the app."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.screen = pyte.Screen(100, 30)
        self._stream = pyte.ByteStream(self.screen)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    async def until(self, condition: Callable[[str], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition(self.text):
                message = await self.socket.receive()
                assert message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}, self.text
                if message.type is aiohttp.WSMsgType.BINARY:
                    self._stream.feed(message.data.replace(b"\x1b[<u", b"").replace(b"\x1b[>1u", b""))

    async def type(self, *keys: str) -> None:
        for key in keys:
            await self.socket.send_json(["stdin", key])


@asynccontextmanager
async def tab(session: aiohttp.ClientSession, address: str, origin: str = "") -> AsyncIterator[Tab]:
    url = f"{address}/ws?width=100&height=30"
    async with session.ws_connect(url, headers={"Origin": origin or address}) as socket:
        yield Tab(socket)


async def test_search_open_send_and_reload(database: Path) -> None:
    with served(database) as address:
        async with aiohttp.ClientSession() as session:
            async with session.get(address) as page:
                assert page.status == 200
                assert "default-src 'none'" in page.headers["Content-Security-Policy"]
                assert "/ws" in await page.text()
            async with tab(session, address) as first:
                await first.until(lambda text: "Bo Lindqvist" in text and "2 contacts" in text)
                await first.type("/", "0177", "\r")
                await first.until(lambda text: "Ada Okafor" not in text)
                await first.type("\r")
                await first.until(lambda text: "sent-tui  Contact " in text)
                await first.type("s")
                await first.until(lambda text: "sent-tui  Send" in text)
                await first.type("Hello from a page")
                await first.until(lambda text: "Hello from a page" in text)
                await first.type("\x13")
                await first.until(lambda text: "Cancel" in text)
                await first.type("y")
                await first.until(lambda text: "Hello from a page" in text and "Cancel" not in text)
            async with tab(session, address) as second:
                await second.until(lambda text: "Bo Lindqvist" in text and "Ada Okafor" in text)
    assert sent_texts(database) == ["Hello from a page"]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
async def test_search_open_send_and_reload_in_a_browser(database: Path, tmp_path: Path) -> None:
    with served(database) as address:
        async with aiohttp.ClientSession() as session, chromium(session, tmp_path / "profile") as page:
            await page.open(address)
            await page.until("Bo Lindqvist", "2 contacts")
            await page.click()
            await page.press("/", *"0177", "Enter")
            await page.until("Bo Lindqvist", lacks=["Ada Okafor"])
            await page.press("Enter")
            await page.until("sent-tui  Contact ")
            await page.press("s")
            await page.until("sent-tui  Send")
            await page.press(*"Hello from Chromium")
            await page.until("Hello from Chromium")
            await page.press("Ctrl+S")
            await page.until("Cancel")
            await page.press("y")
            await page.until("Hello from Chromium", lacks=["Cancel"])
            await page.reload()
            await page.until("Bo Lindqvist", "Ada Okafor")
    assert sent_texts(database) == ["Hello from Chromium"]


async def test_only_its_own_page_may_speak_to_the_app(database: Path) -> None:
    with served(database, "--read-only") as address:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                async with tab(session, address, origin="http://elsewhere.example"):
                    pass
            assert caught.value.status == 403
            other_name = {"Host": "elsewhere.example"}
            async with session.get(address, headers=other_name, allow_redirects=False) as page:
                assert (page.status, page.headers["Location"]) == (302, address)
            async with tab(session, address) as shown:
                await shown.until(lambda text: "read-only" in text)


def test_without_the_package_the_way_to_it_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    result = cli("serve")
    assert result.code == 2
    assert "sent-tui[serve]" in result.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "0.0.0.0"), "--url https://desk.example"),
        (("--url", "desk"), "no address of a page"),
        (("--url", "https://desk.example/path"), "no address of a page"),
        (("--port", "70000"), "70000"),
    ],
)
def test_addresses_that_make_no_sense(cli: Cli, options: tuple[str, ...], words: str) -> None:
    result = cli("serve", *options)
    assert result.code == 2
    assert words in result.err

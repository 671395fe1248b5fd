"""A page in headless Chromium, driven through its DevTools protocol, and what the terminal in it shows."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
"""The browser that is installed, if there is one."""
PATIENCE: Final = 30.0
"""Seconds after which a test fails that waits for something: far more than any of it takes."""
_OPTIONS: Final = (
    *("--headless", "--no-sandbox", "--no-first-run", "--disable-dev-shm-usage", "--use-angle=swiftshader"),
    *("--enable-unsafe-swiftshader", "--disable-background-networking", "--disable-component-update"),
    *("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--window-size=1100,760"),
    "--remote-debugging-port=0",
)
_KEEP_PAGE: Final = """
Object.defineProperty(Object.prototype, "fitAddon", {configurable: true, set(addon) {
  window.shownPage = this;
  Object.defineProperty(this, "fitAddon", {value: addon, writable: true});
}});
"""
"""Keeps hold of what textual-serve makes of the page: its terminal is of no name otherwise."""
_SEEN: Final = """
new Promise(done => {
  const terminal = window.shownPage.terminal, [has, lacks] = %s;
  const look = () => {
    const lines = Array.from({length: terminal.rows}, (_, y) => terminal.buffer.active.getLine(y).translateToString());
    const text = lines.join("\\n");
    if (has.every(word => text.includes(word)) && !lacks.some(word => text.includes(word))) done(text);
    return text;
  };
  setTimeout(() => done("never seen; it shows\\n" + look()), %d);
  terminal.onWriteParsed(look);
  look();
})
"""
_NAMED: Final = {
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    "Ctrl+S": {"key": "s", "code": "KeyS", "windowsVirtualKeyCode": 83, "modifiers": 2},
}


class Page:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)

    async def open(self, address: str) -> None:
        """Open an address."""
        await self._ask("Page.enable")
        await self._ask("Page.addScriptToEvaluateOnNewDocument", source=_KEEP_PAGE)
        await self._ask("Page.navigate", url=address)
        await self._loaded()

    async def reload(self) -> None:
        """Load the page again."""
        await self._ask("Page.reload")
        await self._loaded()

    async def until(self, *has: str, lacks: Sequence[str] = ()) -> None:
        """Wait until the terminal shows some words, and none of others."""
        expression = _SEEN % (json.dumps([has, lacks]), PATIENCE * 1000)
        answer = await self._ask("Runtime.evaluate", expression=expression, awaitPromise=True)
        shown = answer["result"].get("value", str(answer))
        assert all(word in shown for word in has), f"{has} {shown}"
        assert not any(word in shown for word in lacks), f"not {lacks} {shown}"

    async def click(self) -> None:
        """Click at the top of the terminal, as a person does to give it the focus."""
        for kind in ("mousePressed", "mouseReleased"):
            await self._ask("Input.dispatchMouseEvent", type=kind, x=20, y=8, button="left", clickCount=1)

    async def press(self, *keys: str) -> None:
        """Press keys: characters, or keys of a name."""
        for key in keys:
            pressed = _NAMED.get(key) or {"key": key, "text": key}
            await self._ask("Input.dispatchKeyEvent", type="keyDown", **pressed)
            await self._ask("Input.dispatchKeyEvent", type="keyUp", **pressed | {"text": ""})

    async def _loaded(self) -> None:
        await self._until(lambda answer: answer.get("method") == "Page.loadEventFired")

    async def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        answer = await self._until(lambda answer: answer.get("id") == number)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    async def _until(self, wanted: Any) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE + 5):
            while True:
                answer: dict[str, Any] = await self._socket.receive_json()
                if wanted(answer):
                    return answer


@asynccontextmanager
async def chromium(session: aiohttp.ClientSession, folder: Path) -> AsyncIterator[Page]:
    """Run the browser, with a profile of its own in a folder, and give a page of it."""
    assert CHROMIUM is not None
    command = (CHROMIUM, *_OPTIONS, f"--user-data-dir={folder}", "about:blank")
    process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE, start_new_session=True)
    try:
        async with session.get(f"http://{await _address(process)}/json/list") as listed:
            pages = [target for target in await listed.json() if target["type"] == "page"]
        async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            yield Page(socket)
    finally:
        # Told to end, it ends its helpers in order.
        with suppress(ProcessLookupError, TimeoutError):
            process.terminate()
            await asyncio.wait_for(process.communicate(), PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Return host and port at which a browser that was just started listens."""
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        while line := (await process.stderr.readline()).decode():
            if line.startswith("DevTools listening on "):
                return line.split("/")[2]
    raise AssertionError("the browser does not listen")

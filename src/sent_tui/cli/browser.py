"""The app in a browser: a page with a terminal, and for each tab that shows it a process of its own."""

from __future__ import annotations

import logging
import socket
from typing import Final

from aiohttp import web
from textual_serve.server import Server

POLICY: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)
"""What the page may load: nothing from anywhere else."""


class BrowserServer(Server):
    """textual-serve, which answers only the pages that it served itself.

    Otherwise any page that a person has open could speak to the app: a browser lets it connect to this machine.
    """

    def __init__(self, command: str, url: str) -> None:
        """Serve what a shell command shows, at the address that people use."""
        super().__init__(command, title="sent-tui", public_url=url)

    def run(self, listening: socket.socket) -> None:
        """Answer on a socket until told to stop."""
        # What it would log are the requests; what is wrong with an app, that says itself.
        for name in ("textual-serve", "textual_serve", "aiohttp"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        web.run_app(self._make_app(), sock=listening, print=None, access_log=None, shutdown_timeout=5)

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command does."""
        app.on_response_prepare.append(_protect)

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """Show the page, at its own address alone."""
        if not self._is_ours(request):
            raise web.HTTPFound(self.public_url)
        page: web.StreamResponse = await super().handle_index(request)
        return page

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run the app for a tab, if the page in it is ours."""
        if not self._is_ours(request) or request.headers.get("Origin") != self.public_url:
            raise web.HTTPForbidden(text="This page was not served here.")
        answer: web.WebSocketResponse = await super().handle_websocket(request)
        return answer

    def _is_ours(self, request: web.Request) -> bool:
        return request.host == self.public_url.partition("://")[2]


async def _protect(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"

"""Keeps pages of other origins out of a server that their visitor can reach.

A browser sends requests to loopback for whatever page it shows. It names the page's origin, and the host that the page
asked for: a name of the attacker's that leads to 127.0.0.1 (DNS rebinding) is still the attacker's name.
"""

import ipaddress
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tierscope.instrumentation.receiver.endpoint import TRACES_PATH
from tierscope.instrumentation.receiver.exposure import Exposure

__all__ = ["OriginGuard"]

_HEADERS: Final = (
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)
"""Said with every answer: no other site may frame our pages, learn their addresses, or run our files as scripts."""


class OriginGuard:
    """An ASGI app in front of another.

    Args:
        app: what is guarded.
        exposure: how it can be reached. Where tokens are asked for, any host name will do: what a browser holds for our
            name, it does not send to another one.
    """

    def __init__(self, app: ASGIApp, exposure: Exposure) -> None:
        self._app = app
        self._names: Collection[str] | None = {"localhost", *exposure.names} if exposure.is_open else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        reason = self.find_reason(scope)
        if reason is None:
            await self._app(scope, receive, _add_headers(send))
        elif scope["type"] == "http":
            await PlainTextResponse(f"{reason}\n", 403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": reason})

    def find_reason(self, scope: Scope) -> str | None:
        """Why a request is refused; None where it is not.

        Args:
            scope: of an HTTP request or a websocket.
        """
        hosts = _list_values(scope, b"host")
        host = hosts[0] if len(hosts) == 1 else ""
        if self._names is not None and not _is_ours(host, self._names):
            return f"this server is not called {host!r:.80}: use localhost, or start it with --allow-host NAME"
        # What arrives with an Origin at the path for spans is refused there, in the words of OTLP.
        if scope["path"] != TRACES_PATH and not all(
            _is_of_host(origin, host) for origin in _list_values(scope, b"origin")
        ):
            return "the request comes from a page of another site"
        return None


def _list_values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _is_of_host(origin: str, host: str) -> bool:
    return bool(host) and origin.lower().partition("://")[2] == host.lower()


def _is_ours(host: str, names: Collection[str]) -> bool:
    """Whether a Host header names this machine: by a name of its own, or by an address, which nobody can rebind."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # brackets that hold no address
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name in names
    return True


def _add_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", ())}
            added = [pair for pair in _HEADERS if pair[0] not in present]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return send_with_headers

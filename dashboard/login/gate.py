"""What stands in front of the whole dashboard and lets in who is logged in."""

import logging
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tierscope.dashboard.login.attempts import Attempts
from tierscope.dashboard.login.pages import render_again, render_login, render_logout
from tierscope.dashboard.login.sessions import SESSION_COOKIE, SESSION_S, Sessions
from tierscope.errors import StoreError
from tierscope.instrumentation.access import Doorkeeper
from tierscope.instrumentation.access import Scope as TokenScope
from tierscope.instrumentation.receiver.endpoint import TRACES_PATH

__all__ = ["LoginGate"]

_OPEN_PATHS: Final = frozenset({TRACES_PATH, "/_stcore/health"})
"""Spans have a check of their own; that the server is up is no secret, and who balances load must see it."""
_FORM_BYTES: Final = 8192
_QUERY_CHARACTERS: Final = 4000
_POLICY_VIOLATION: Final = 1008
_log = logging.getLogger(__name__)


class LoginGate:
    """An ASGI app in front of another: nothing of that one is reached without a session, whatever its routes are.

    Args:
        app: the dashboard.
        doorkeeper: knows the tokens.
        is_secure: whether browsers use https, so that the cookie never goes another way.
    """

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper, *, is_secure: bool) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._is_secure = is_secure
        self._sessions = Sessions(doorkeeper)
        self._attempts = Attempts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, answer it with the login, or refuse it."""
        if scope["type"] == "lifespan" or scope["path"] in _OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        cookie = HTTPConnection(scope).cookies.get(SESSION_COOKIE, "")
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send, cookie)
        elif scope["path"] == "/login":
            await (await self._log_in(Request(scope, receive), cookie))(scope, receive, send)
        elif scope["path"] == "/logout":
            await self._log_out(scope["method"], cookie)(scope, receive, send)
        elif self._sessions.is_open(cookie):
            await self._app(scope, receive, send)
        else:
            await _turn_away(Request(scope))(scope, receive, send)

    async def _log_in(self, request: Request, cookie: str) -> Response:
        if request.method != "POST":
            query = request.query_params.get("query", "")
            if self._sessions.is_open(cookie):
                return _go_to_dashboard(query)
            return render_login(query, problem="Your session has ended. Log in again." if cookie else "")
        fields = await _read_form(request)
        query = fields.get("query", "")[:_QUERY_CHARACTERS]
        address = request.client.host if request.client else ""
        wait_s = self._attempts.count_wait_s(address)
        if wait_s:
            problem = f"Too many attempts failed. Wait {wait_s} seconds and try again."
            return render_login(query, problem=problem, status=429, headers={"Retry-After": str(wait_s)})
        try:
            token = self._doorkeeper.find(fields.get("token", "").strip())
        except StoreError as error:
            _log.warning("nobody can log in: %s", error)
            problem = "Tokens cannot be checked at the moment. The server's log says why."
            return render_login(query, problem=problem, status=503)
        if token is None or not token.allows(TokenScope.READ):
            self._attempts.note_failure(address)
            _log.warning("a login from %s failed", address)
            return render_login(query, problem="That token is not valid for this dashboard.", status=401)
        response = _go_to_dashboard(query)
        self._set_cookie(response, self._sessions.open(token), SESSION_S)
        return response

    def _log_out(self, method: str, cookie: str) -> Response:
        if method != "POST":
            return render_logout() if self._sessions.is_open(cookie) else RedirectResponse("/login", 303)
        self._sessions.end(cookie)
        response = RedirectResponse("/login", 303)
        self._set_cookie(response, "", 0)
        return response

    def _set_cookie(self, response: Response, value: str, lasts_s: int) -> None:
        response.set_cookie(
            SESSION_COOKIE, value, max_age=lasts_s, httponly=True, samesite="strict", secure=self._is_secure
        )

    async def _connect(self, scope: Scope, receive: Receive, send: Send, cookie: str) -> None:
        """Pass a connection on while its session lasts: one that is open must not outlive a token that was revoked."""

        async def receive_within() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not self._sessions.is_open(cookie):
                return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}
            return message

        async def send_within(message: Message) -> None:
            if message["type"] == "websocket.send" and not self._sessions.is_open(cookie):
                message = {"type": "websocket.close", "code": _POLICY_VIOLATION}
            await send(message)

        if self._sessions.is_open(cookie):
            await self._app(scope, receive_within, send_within)
        else:
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})


def _turn_away(request: Request) -> Response:
    """To the login where a person looks at the answer; 401 where a program does."""
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse("log in first, at /login\n", 401)
    if request.headers.get("sec-fetch-site") == "cross-site":
        return render_again()
    query = request.url.query[:_QUERY_CHARACTERS]
    return RedirectResponse(f"/login?query={quote(query, safe='')}" if query else "/login", 303)


def _go_to_dashboard(query: str) -> Response:
    """To an address of ours, whatever the query holds."""
    return RedirectResponse(f"/?{query}" if query else "/", 303)


async def _read_form(request: Request) -> dict[str, str]:
    """The fields of a small form; none where it is not one."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _FORM_BYTES:
                return {}
        return {name: values[0] for name, values in parse_qs(body.decode(), max_num_fields=8).items()}
    except (ValueError, ClientDisconnect):
        return {}

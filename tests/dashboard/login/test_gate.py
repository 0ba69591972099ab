"""The gate by itself: what it lets through to whatever app stands behind it, and how it slows down who guesses."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message, Receive, Send
from starlette.types import Scope as Request

from tierscope.dashboard.login import LoginGate
from tierscope.instrumentation.access import Doorkeeper, Scope, TokenBook

OPEN = {"/v1/traces", "/_stcore/health"}
OWN = {"/login", "/logout"}


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: str


class Behind:
    """A gate, and an app behind it that only notes what reaches it."""

    def __init__(self, folder: Path, *, is_secure: bool = False) -> None:
        self.book = TokenBook.of_store(folder / "s.duckdb")
        self.reached: list[str] = []
        self.gate = LoginGate(self._app, Doorkeeper(self.book), is_secure=is_secure)

    async def _app(self, scope: Request, _: Receive, send: Send) -> None:
        self.reached.append(scope["path"])
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"the dashboard"})

    def ask(self, path: str, body: bytes | None = None, client: str = "192.0.2.1", **headers: str) -> Answer:
        sent = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
        scope = {
            "type": "http",
            "method": "GET" if body is None else "POST",
            "path": path,
            "query_string": b"",
            "headers": sent,
            "client": (client, 1),
        }
        messages = asyncio.run(self._exchange(scope, {"type": "http.request", "body": body or b""}))
        raw: list[tuple[bytes, bytes]] = messages[0]["headers"]
        answered = {name.decode(): value.decode() for name, value in raw}
        return Answer(messages[0]["status"], answered, messages[1].get("body", b"").decode())

    async def _exchange(self, scope: Request, received: Message) -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            return received

        async def send(message: Message) -> None:
            sent.append(message)

        await self.gate(scope, receive, send)
        return sent

    def connect(self, path: str, cookie: str) -> list[Message]:
        scope = {"type": "websocket", "path": path, "headers": [(b"cookie", cookie.encode("latin-1"))]}
        return asyncio.run(self._exchange(scope, {"type": "websocket.connect"}))

    def break_off(self, path: str) -> list[Message]:
        """Begin to send a form and hang up."""
        scope: Request = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": []}
        return asyncio.run(self._exchange(scope, {"type": "http.disconnect"}))


@given(path=st.text(max_size=60), cookie=st.text(st.characters(codec="latin-1"), max_size=90))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_behind_is_reached_without_a_session_whatever_is_asked(tmp_path: Path, path: str, cookie: str) -> None:
    behind = Behind(tmp_path)
    answer = behind.ask(f"/{path}", cookie=cookie)
    closed = behind.connect(f"/{path}", cookie)
    assert (f"/{path}" in OPEN) == bool(behind.reached)
    if not behind.reached:
        assert answer.status in ({200, 303} if f"/{path}" in OWN else {401})
        assert closed == [{"type": "websocket.close", "code": 1008}]


def test_person_is_led_to_the_login_and_a_program_is_told(tmp_path: Path) -> None:
    behind = Behind(tmp_path)
    assert behind.ask("/", accept="text/html,*/*").headers["location"] == "/login"
    assert behind.ask("/", accept="*/*") == Answer(
        401, {"content-length": "24", "content-type": "text/plain; charset=utf-8"}, "log in first, at /login\n"
    )


def test_cookie_goes_over_https_only_where_there_is_https(tmp_path: Path) -> None:
    for is_secure in (False, True):
        behind = Behind(tmp_path, is_secure=is_secure)
        _, secret = behind.book.create("x", (Scope.READ,), None)
        cookie = behind.ask("/login", f"token={secret}".encode()).headers["set-cookie"]
        assert cookie.startswith("tierscope_session=")
        flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= flags
        assert ("secure" in flags) == is_secure
        assert behind.ask("/", cookie=cookie.partition(";")[0]).body == "the dashboard"


def test_after_five_failures_an_address_waits_even_with_a_valid_token_and_others_do_not(tmp_path: Path) -> None:
    behind = Behind(tmp_path)
    _, secret = behind.book.create("x", (Scope.READ,), None)
    valid = f"token={secret}".encode()
    assert [behind.ask("/login", b"token=guess").status for _ in range(6)] == [401] * 5 + [429]
    waiting = behind.ask("/login", valid)
    assert waiting.status == 429
    assert 0 < int(waiting.headers["retry-after"]) <= 60
    assert f"Wait {waiting.headers['retry-after']} seconds" in waiting.body
    assert behind.ask("/login", valid, client="192.0.2.2").status == 303


@pytest.mark.parametrize("body", [b"", b"token=", b"token=%ff", b"&" * 99, b"token=" + b"x" * 20_000, b"\xff"])
def test_broken_form_is_a_failed_attempt(tmp_path: Path, body: bytes) -> None:
    answer = Behind(tmp_path).ask("/login", body)
    assert answer.status == 401
    assert "That token is not valid for this dashboard." in answer.body


def test_sender_that_hangs_up_is_no_error(tmp_path: Path) -> None:
    assert Behind(tmp_path).break_off("/login")[0]["status"] == 401


def test_unknown_expired_revoked_and_sending_tokens_get_the_same_answer(tmp_path: Path) -> None:
    behind = Behind(tmp_path)
    token, revoked = behind.book.create("revoked", (Scope.READ,), None)
    behind.book.revoke(token.id)
    _, sending = behind.book.create("sending", (Scope.INGEST,), None)
    answers = {behind.ask("/login", f"token={secret}".encode()).body for secret in ("guess", revoked, sending)}
    assert len(answers) == 1


def test_list_of_tokens_that_cannot_be_read_is_said_and_lets_nobody_in(tmp_path: Path) -> None:
    behind = Behind(tmp_path)
    _, secret = behind.book.create("x", (Scope.READ,), None)
    behind.book.path.write_text("{")
    answer = behind.ask("/login", f"token={secret}".encode())
    assert answer.status == 503
    assert "Tokens cannot be checked at the moment." in answer.body


def test_pages_of_the_login_load_nothing_and_are_kept_by_nobody(tmp_path: Path) -> None:
    answer = Behind(tmp_path).ask("/login")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'; ")
    assert "<script" not in answer.body

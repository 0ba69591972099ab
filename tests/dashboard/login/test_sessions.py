"""Sessions: signed, over after a working day, and never longer than their token."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.dashboard.login.attempts import Attempts
from tierscope.dashboard.login.sessions import SESSION_S, Sessions
from tierscope.instrumentation.access import Doorkeeper, Scope, TokenBook
from tierscope.instrumentation.access.tokens import make_token


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def book(tmp_path: Path) -> TokenBook:
    return TokenBook.of_store(tmp_path / "s.duckdb")


def test_session_is_open_until_its_end(book: TokenBook) -> None:
    clock = Clock()
    sessions = Sessions(Doorkeeper(book), clock=clock)
    cookie = sessions.open(book.create("x", (Scope.READ,), None)[0])
    clock.now_s += SESSION_S - 1
    assert sessions.is_open(cookie)
    clock.now_s += 1
    assert not sessions.is_open(cookie)


def test_session_that_was_ended_stays_ended_and_others_go_on(book: TokenBook) -> None:
    sessions = Sessions(Doorkeeper(book))
    token, _ = book.create("x", (Scope.READ,), None)
    first, second = sessions.open(token), sessions.open(token)
    sessions.end(first)
    sessions.end("")
    assert (sessions.is_open(first), sessions.is_open(second)) == (False, True)


@pytest.mark.parametrize("scopes", [(Scope.READ,), (Scope.ADMIN,), (Scope.READ, Scope.INGEST)])
def test_session_ends_with_its_token(book: TokenBook, scopes: tuple[Scope, ...]) -> None:
    sessions = Sessions(Doorkeeper(book))
    token, _ = book.create("x", scopes, None)
    cookie = sessions.open(token)
    assert sessions.is_open(cookie)
    book.revoke(token.id)
    assert not sessions.is_open(cookie)


def test_token_that_has_expired_or_only_sends_holds_no_session(book: TokenBook) -> None:
    sessions = Sessions(Doorkeeper(book))
    for scope, lifetime in ((Scope.READ, timedelta(0)), (Scope.INGEST, None)):
        assert not sessions.is_open(sessions.open(book.create("x", (scope,), lifetime)[0]))


def test_list_of_tokens_that_cannot_be_read_lets_nobody_in(book: TokenBook) -> None:
    sessions = Sessions(Doorkeeper(book))
    cookie = sessions.open(book.create("x", (Scope.READ,), None)[0])
    book.path.write_text("{")
    assert not sessions.is_open(cookie)


def test_cookie_of_another_process_is_worth_nothing(book: TokenBook) -> None:
    token, _ = book.create("x", (Scope.READ,), None)
    assert not Sessions(Doorkeeper(book)).is_open(Sessions(Doorkeeper(book)).open(token))


def test_no_part_of_a_cookie_can_be_changed(book: TokenBook) -> None:
    sessions = Sessions(Doorkeeper(book))
    cookie = sessions.open(book.create("x", (Scope.READ,), None)[0])
    for position, letter in enumerate(cookie):
        changed = cookie[:position] + ("0" if letter != "0" else "1") + cookie[position + 1 :]
        assert not sessions.is_open(changed), changed


@given(st.text(max_size=200))
def test_anything_else_is_no_session_and_no_error(cookie: str) -> None:
    book = TokenBook.of_store(Path("/nowhere/s.duckdb"))
    assert not Sessions(Doorkeeper(book)).is_open(cookie)


def test_sessions_remember_no_secret(book: TokenBook) -> None:
    token, secret = make_token("x", (Scope.READ,), None)
    cookie = Sessions(Doorkeeper(book)).open(token)
    assert secret not in cookie
    assert token.digest not in cookie


def test_address_waits_after_five_failures_within_a_minute_and_others_do_not() -> None:
    clock = Clock()
    attempts = Attempts(clock=clock)
    for _ in range(5):
        assert attempts.count_wait_s("192.0.2.1") == 0
        attempts.note_failure("192.0.2.1")
        clock.now_s += 1
    assert attempts.count_wait_s("192.0.2.1") == 55
    assert attempts.count_wait_s("192.0.2.2") == 0
    clock.now_s += 55
    assert attempts.count_wait_s("192.0.2.1") == 0
    attempts.note_failure("192.0.2.1")
    assert attempts.count_wait_s("192.0.2.1") == 1


def test_failures_of_many_addresses_are_forgotten_oldest_first() -> None:
    attempts = Attempts(clock=Clock())
    for _ in range(5):
        attempts.note_failure("oldest")
    for number in range(9_999):
        attempts.note_failure(f"{number}")
    assert attempts.count_wait_s("oldest") > 0
    attempts.note_failure("newest")
    assert attempts.count_wait_s("oldest") == 0

"""Who is let in, and what can be told from a refusal."""

import os
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tierscope.errors import StoreError
from tierscope.instrumentation.access import Doorkeeper, Scope, TokenBook, Verdict
from tierscope.instrumentation.access.doorkeeper import parse_bearer

SECRETS = st.text(string.ascii_letters + string.digits + "-._~+/", min_size=1, max_size=200)


@pytest.fixture
def book(tmp_path: Path) -> TokenBook:
    return TokenBook.of_store(tmp_path / "s.duckdb")


@given(SECRETS, st.sampled_from(["Bearer", "bearer", "BEARER", "bEaReR"]), st.integers(1, 5))
def test_secret_is_read_however_the_scheme_is_spelled(secret: str, scheme: str, spaces: int) -> None:
    assert parse_bearer(f"{scheme}{' ' * spaces}{secret}") == secret


@given(st.text())
@example("Bearer")
@example("Bearer ")
@example("Bearer a b")
@example("Bearer a, Bearer b")
@example("Bearer é")
@example("Bearer a\n")
@example("Bearer a\x00")
@example("Basic YTpi")
@example("Bearer\u00a0a")
@example("Bearer " + "a" * 10_000)
def test_anything_else_is_no_secret_and_no_error(text: str) -> None:
    secret = parse_bearer(text)
    if secret is not None:
        scheme, _, rest = text.strip(" \t").partition(" ")
        assert (scheme.lower(), rest.strip(" ")) == ("bearer", secret)
        assert set(secret) <= set(string.ascii_letters + string.digits + "-._~+/=")


@pytest.mark.parametrize(
    ("scopes", "ingest", "read"),
    [
        ((Scope.INGEST,), Verdict.WELCOME, Verdict.NOT_PERMITTED),
        ((Scope.READ,), Verdict.NOT_PERMITTED, Verdict.WELCOME),
        ((Scope.INGEST, Scope.READ), Verdict.WELCOME, Verdict.WELCOME),
        ((Scope.ADMIN,), Verdict.WELCOME, Verdict.WELCOME),
    ],
)
def test_token_opens_what_its_scopes_name(
    book: TokenBook, scopes: tuple[Scope, ...], ingest: Verdict, read: Verdict
) -> None:
    _, secret = book.create("x", scopes, None)
    doorkeeper = Doorkeeper(book)
    assert doorkeeper.judge(f"Bearer {secret}", Scope.INGEST) is ingest
    assert doorkeeper.judge(f"Bearer {secret}", Scope.READ) is read


def test_unknown_expired_revoked_and_missing_are_told_apart_by_nobody(book: TokenBook) -> None:
    doorkeeper = Doorkeeper(book)
    assert doorkeeper.judge("Bearer tierscope_0", Scope.INGEST) is Verdict.UNKNOWN
    _, valid = book.create("valid", (Scope.INGEST,), None)
    _, expired = book.create("expired", (Scope.INGEST,), timedelta(0))
    token, revoked = book.create("revoked", (Scope.INGEST,), None)
    assert doorkeeper.judge(f"Bearer {revoked}", Scope.INGEST) is Verdict.WELCOME
    book.revoke(token.id)
    nearly = valid[:-1] + ("0" if valid[-1] != "0" else "1")
    for authorization in (
        None,
        "",
        valid,
        *(f"Bearer {secret}" for secret in (expired, revoked, nearly, token.digest)),
    ):
        assert doorkeeper.judge(authorization, Scope.INGEST) is Verdict.UNKNOWN
    assert doorkeeper.judge(f"Bearer {valid}", Scope.INGEST) is Verdict.WELCOME


def test_what_another_process_changes_holds_from_the_next_check_on(tmp_path: Path, book: TokenBook) -> None:
    doorkeeper = Doorkeeper(TokenBook.of_store(tmp_path / "s.duckdb"))
    for number in range(50):
        token, secret = book.create(f"{number}", (Scope.READ,), None)
        assert doorkeeper.find(secret) == token
        book.revoke(token.id)
        assert doorkeeper.find(secret) is None


def test_list_that_cannot_be_read_lets_nobody_in(book: TokenBook) -> None:
    _, secret = book.create("x", (Scope.READ,), None)
    book.path.write_text("{")
    with pytest.raises(StoreError, match=r"cannot be read \(it is damaged or of a newer version\): mend it, or delete"):
        Doorkeeper(book).find(secret)


def test_list_that_others_could_change_lets_nobody_in(tmp_path: Path, book: TokenBook) -> None:
    _, secret = book.create("x", (Scope.READ,), None)
    book.path.chmod(0o620)
    with pytest.raises(StoreError, match=r"can be changed by other users: run  chmod 600 '.*s\.duckdb\.tokens\.json'"):
        Doorkeeper(TokenBook.of_store(tmp_path / "s.duckdb")).find(secret)


def test_list_is_private_whatever_the_umask_and_holds_no_secret(book: TokenBook) -> None:
    before = os.umask(0)
    try:
        token, secret = book.create("x", (Scope.READ,), None)
    finally:
        os.umask(before)
    assert book.path.stat().st_mode & 0o777 == 0o600
    kept = book.path.read_text()
    assert token.digest in kept
    assert secret not in kept
    assert secret.rpartition("_")[2] not in kept
    assert len(secret.rpartition("_")[2]) * 4 == 256


def test_rotation_keeps_name_scopes_and_lifetime_and_ends_the_old_one_after_the_grace(book: TokenBook) -> None:
    old, old_secret = book.create("ci", (Scope.INGEST,), timedelta(days=30))
    new, new_secret = book.rotate(old.id, timedelta(hours=1))
    doorkeeper = Doorkeeper(book)
    assert (new.name, new.scopes, new.expires_at) == ("ci", (Scope.INGEST,), new.created_at + timedelta(days=30))
    ending = doorkeeper.find(old_secret)
    assert ending is not None
    assert ending.expires_at is not None
    assert ending.expires_at <= datetime.now(UTC) + timedelta(hours=1)
    assert doorkeeper.find(new_secret) == new
    book.rotate(new.id, timedelta(0))
    assert doorkeeper.find(new_secret) is None

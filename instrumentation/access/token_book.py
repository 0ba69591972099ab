"""The file beside a store that lists its tokens.

A file of its own, since a server looks at it with every request, and a session on the database would have to wait for
whoever writes spans; and so that no copy or export of the store takes the tokens along.
"""

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from tierscope.errors import StoreError, UnknownNameError
from tierscope.instrumentation.access.tokens import AccessToken, Scope, make_token
from tierscope.instrumentation.spool import Spool, sync_folder, write_synced
from tierscope.instrumentation.turnstile import FileLock

__all__ = ["TokenBook"]

_LOCK_WITHIN_S: Final = 10.0


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    tokens: tuple[AccessToken, ...] = ()


class TokenBook:
    """The tokens of one store; any number of processes may read and change them.

    Args:
        path: the file; made with the first token.
        lock: held while the file is changed.
    """

    def __init__(self, path: Path, lock: FileLock) -> None:
        self.path = path
        self._lock = lock
        self._seen: tuple[int, int, int] | None = None
        self._tokens: tuple[AccessToken, ...] = ()

    @classmethod
    def of_store(cls, path: Path) -> "TokenBook":
        """The tokens of the store at a path: the file ``<path>.tokens.json``."""
        book = path.with_name(f"{path.name}.tokens.json")
        return cls(book, FileLock(Spool.of_store(path).folder / "locks" / "tokens", f"the list of tokens {book}"))

    def load_tokens(self) -> tuple[AccessToken, ...]:
        """All tokens, those that have expired too, in the order in which they were made.

        The file is read again only where it is another one than before.

        Raises:
            StoreError: it cannot be read, or others than its owner could change it.
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._seen, self._tokens = None, ()
            return ()
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if seen != self._seen:
            if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise StoreError(f"{self.path} can be changed by other users: run  chmod 600 '{self.path}'  first.")
            self._tokens = self._read()
            self._seen = seen
        return self._tokens

    def create(self, name: str, scopes: tuple[Scope, ...], lifetime: timedelta | None) -> tuple[AccessToken, str]:
        """Make a token and list it.

        Args:
            name: who will hold it.
            scopes: what it allows.
            lifetime: after which it expires; None for never.

        Returns:
            What is listed, and the secret.

        Raises:
            StoreError: the file cannot be changed.
        """
        token, secret = make_token(name, scopes, lifetime)
        self._change(lambda tokens: (*tokens, token))
        return token, secret

    def revoke(self, identifier: str) -> AccessToken:
        """Take a token off the list; servers refuse it from the next request on.

        Args:
            identifier: its id.

        Raises:
            UnknownNameError: there is none of that id.
            StoreError: the file cannot be changed.
        """
        token = self.find(identifier)
        self._change(lambda tokens: tuple(other for other in tokens if other.id != identifier))
        return token

    def rotate(self, identifier: str, grace: timedelta) -> tuple[AccessToken, str]:
        """Put a new token in the place of one, with the same name, scopes and lifetime.

        Args:
            identifier: id of the old one.
            grace: how long the old one goes on, so that its bearers can change over.

        Returns:
            The new one, and its secret.

        Raises:
            UnknownNameError: there is none of that id.
            StoreError: the file cannot be changed.
        """
        old = self.find(identifier)
        lifetime = None if old.expires_at is None else old.expires_at - old.created_at
        new, secret = make_token(old.name, old.scopes, lifetime)
        ends_at = new.created_at + grace
        ending = old.model_copy(update={"expires_at": min(old.expires_at or ends_at, ends_at)})
        self._change(lambda tokens: (*(ending if other.id == identifier else other for other in tokens), new))
        return new, secret

    def find(self, identifier: str) -> AccessToken:
        """The token of an id.

        Raises:
            UnknownNameError: there is none.
            StoreError: the file cannot be read.
        """
        for token in self.load_tokens():
            if token.id == identifier:
                return token
        # No more of it is repeated than an id is long: it may be a secret, given in the wrong place.
        raise UnknownNameError(f"there is no token {identifier[:8]!r}: see  tierscope token list  for their ids.")

    def has_valid(self, scope: Scope) -> bool:
        """Whether any token allows something now.

        Raises:
            StoreError: the file cannot be read.
        """
        now = datetime.now(UTC)
        return any(token.allows(scope) and token.is_valid(now) for token in self.load_tokens())

    def _read(self) -> tuple[AccessToken, ...]:
        try:
            return _Content.model_validate_json(self.path.read_bytes()).tokens
        except (OSError, ValidationError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is damaged or of a newer version"
            raise StoreError(
                f"the list of tokens {self.path} cannot be read ({reason}): mend it, or delete it and make new tokens."
            ) from error

    def _change(self, change: Callable[[tuple[AccessToken, ...]], tuple[AccessToken, ...]]) -> None:
        with self._lock.hold(wait_s=_LOCK_WITHIN_S):
            content = _Content(tokens=change(self.load_tokens()))
            draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            try:
                write_synced(draft, content.model_dump_json(indent=2).encode())
                draft.rename(self.path)
                sync_folder(self.path.parent)
            except OSError as error:
                draft.unlink(missing_ok=True)
                raise StoreError(
                    f"the list of tokens {self.path} cannot be written ({error.strerror}): "
                    "name a store in a folder that you may write to with --store."
                ) from error

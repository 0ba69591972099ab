"""Who is logged in: signed cookies that last a working day, and no longer than the token they were opened with."""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from typing import Final

from tierscope.errors import StoreError
from tierscope.instrumentation.access import AccessToken, Doorkeeper, Scope

__all__ = ["SESSION_COOKIE", "SESSION_S", "Sessions"]

SESSION_COOKIE: Final = "tierscope_session"
SESSION_S: Final = 12 * 3600
_log = logging.getLogger(__name__)


class Sessions:
    """The sessions of one server.

    A cookie names its session, its token and its end, signed with a key that lives as long as the process: nothing on
    disk lets anybody forge one, and after a restart everybody logs in again.

    Args:
        doorkeeper: asked at each look whether the token still holds.
        clock: Unix time in seconds.
    """

    def __init__(self, doorkeeper: Doorkeeper, *, clock: Callable[[], float] = time.time) -> None:
        self._doorkeeper = doorkeeper
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._ended: dict[str, float] = {}

    def open(self, token: AccessToken) -> str:
        """Begin a session.

        Args:
            token: whose secret was shown.

        Returns:
            The cookie's value.
        """
        facts = f"{secrets.token_hex(16)}.{token.id}.{int(self._clock()) + SESSION_S}"
        return f"{facts}.{self._sign(facts)}"

    def is_open(self, cookie: str) -> bool:
        """Whether a session holds now: begun here, not over, not ended, and its token valid for the dashboard.

        Args:
            cookie: as it was received; anything at all.
        """
        session = self._read(cookie)
        if session is None or session[0] in self._ended:
            return False
        try:
            token = self._doorkeeper.find_by_id(session[1])
        except StoreError as error:
            _log.warning("nobody is let in: %s", error)
            return False
        return token is not None and token.allows(Scope.READ)

    def end(self, cookie: str) -> None:
        """End a session before its time."""
        session = self._read(cookie)
        if session is not None:
            now = self._clock()
            self._ended = {key: ends_at for key, ends_at in self._ended.items() if ends_at > now}
            self._ended[session[0]] = session[2]

    def _read(self, cookie: str) -> tuple[str, str, float] | None:
        """Session, token and end of a cookie that was signed here and is not over."""
        facts, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(self._sign(facts).encode(), signature.encode()):
            return None
        session, token, ends_at = facts.split(".")
        return (session, token, float(ends_at)) if self._clock() < float(ends_at) else None

    def _sign(self, facts: str) -> str:
        return hmac.digest(self._key, facts.encode(), hashlib.sha256).hex()

"""Access tokens: what is known of one, and how its secret is made and recognised."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

__all__ = ["AccessToken", "Scope", "compute_digest", "make_token"]

_PREFIX: Final = "tierscope"
"""So that scanners for leaked secrets, and people, see what they have found."""


class Scope(StrEnum):
    """What a token lets its bearer do."""

    INGEST = "ingest"
    """Send spans."""
    READ = "read"
    """Look at the dashboard."""
    ADMIN = "admin"
    """All of it."""


class AccessToken(BaseModel):
    """What is kept of a token; its secret is not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """8 hex digits, which also stand in the secret."""
    name: str
    """Who holds it, for people."""
    scopes: tuple[Scope, ...]
    """What it allows."""
    digest: str
    """Of the secret."""
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    """From when on it is worth nothing; None for never."""

    def allows(self, scope: Scope) -> bool:
        """Whether its bearer may do something while it is valid."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def is_valid(self, now: datetime) -> bool:
        """Whether it has not expired.

        Args:
            now: aware.
        """
        return self.expires_at is None or now < self.expires_at


def make_token(name: str, scopes: tuple[Scope, ...], lifetime: timedelta | None) -> tuple[AccessToken, str]:
    """Make a token.

    Args:
        name: who will hold it.
        scopes: what it allows.
        lifetime: after which it expires; None for never.

    Returns:
        What is kept of it, and the secret, which nobody can find out again.
    """
    identifier = secrets.token_hex(4)
    secret = f"{_PREFIX}_{identifier}_{secrets.token_hex(32)}"
    now = datetime.now(UTC).replace(microsecond=0)
    token = AccessToken(
        id=identifier,
        name=name,
        scopes=scopes,
        digest=compute_digest(secret),
        created_at=now,
        expires_at=None if lifetime is None else now + lifetime,
    )
    return token, secret


def compute_digest(secret: str) -> str:
    """SHA-256 of a secret, in hex.

    Salt and a slow hash protect what people choose; 256 random bits cannot be guessed from a fast one either. A keyed
    hash would need a key that lies beside the digests.
    """
    return hashlib.sha256(secret.encode()).hexdigest()

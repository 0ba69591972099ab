"""Whether whoever brings a secret may do what they ask for."""

import hmac
import re
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from tierscope.instrumentation.access.token_book import TokenBook
from tierscope.instrumentation.access.tokens import AccessToken, Scope, compute_digest

__all__ = ["Doorkeeper", "Verdict", "parse_bearer"]

_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9._~+/-]{1,200}=*)", re.IGNORECASE | re.ASCII)
"""As in RFC 6750; longer than any token of ours is not hashed."""


class Verdict(Enum):
    """What becomes of a request."""

    WELCOME = "welcome"
    UNKNOWN = "unknown"
    """No secret, or one that is worth nothing: never was, has expired, or was revoked; nobody is told which."""
    NOT_PERMITTED = "not permitted"
    """A valid token without the scope."""


class Doorkeeper:
    """Knows the tokens of one store.

    Args:
        book: the tokens; a change holds from the next check on.
    """

    def __init__(self, book: TokenBook) -> None:
        self._book = book

    def judge(self, authorization: str | None, scope: Scope) -> Verdict:
        """Decide on a request.

        Args:
            authorization: value of its ``Authorization`` header.
            scope: what it needs.

        Raises:
            StoreError: the list of tokens cannot be read.
        """
        secret = parse_bearer(authorization or "")
        token = None if secret is None else self.find(secret)
        if token is None:
            return Verdict.UNKNOWN
        return Verdict.WELCOME if token.allows(scope) else Verdict.NOT_PERMITTED

    def find(self, secret: str) -> AccessToken | None:
        """The valid token of a secret.

        It takes as long for a secret that is nearly right as for any other: digests are compared in constant time, and
        all of them.

        Raises:
            StoreError: the list of tokens cannot be read.
        """
        digest = compute_digest(secret)
        found = None
        for token in self._book.load_tokens():
            if hmac.compare_digest(token.digest, digest):
                found = token
        return found if found is not None and found.is_valid(datetime.now(UTC)) else None

    def find_by_id(self, identifier: str) -> AccessToken | None:
        """The valid token of an id, for who has shown its secret before.

        Raises:
            StoreError: the list of tokens cannot be read.
        """
        now = datetime.now(UTC)
        return next(
            (token for token in self._book.load_tokens() if token.id == identifier and token.is_valid(now)), None
        )


def parse_bearer(authorization: str) -> str | None:
    """The secret in the value of an ``Authorization`` header; None where it holds none.

    Args:
        authorization: as it was received; anything at all.
    """
    match = _BEARER.fullmatch(authorization.strip(" \t"))
    return None if match is None else match[1]

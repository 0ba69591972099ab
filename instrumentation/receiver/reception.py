"""From what a request brought to spans on disk, over whichever transport it came."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Final

import pyarrow as pa

from tierscope.errors import StoreError, StoreFullError
from tierscope.instrumentation.access import Doorkeeper, Scope, Verdict
from tierscope.instrumentation.otlp_json import MalformedOtlpError
from tierscope.instrumentation.receiver.intake import Intake, Sieve
from tierscope.instrumentation.receiver.journal import Journal
from tierscope.instrumentation.receiver.ledger import Ledger
from tierscope.instrumentation.receiver.limits import Allowance, Limits
from tierscope.instrumentation.receiver.refusal import RefusedError
from tierscope.instrumentation.receiver.unpacking import unpack
from tierscope.instrumentation.redaction.redactor import make_redactor
from tierscope.instrumentation.store import Store

__all__ = ["Reception"]

_FULL_RETRY_AFTER_S: Final = 2
"""Soon, since SDKs give a batch up ten seconds after they first sent it."""
_LATE_RETRY_AFTER_S: Final = 1
_log = logging.getLogger(__name__)


class Reception:
    """Where all transports of one server hand in what they received; belongs to one event loop.

    Args:
        store: where the spans go; what was taken is in its spool, on disk.
        limits: beyond which requests are refused.
        doorkeeper: asked about every request; without one everybody may send.
    """

    def __init__(self, store: Store, limits: Limits | None = None, doorkeeper: Doorkeeper | None = None) -> None:
        self.limits = limits or Limits()
        self._doorkeeper = doorkeeper
        self._allowance = Allowance(self.limits.under_way_bytes)
        self._journal = Journal(store.spool, self.limits.spool_bytes or store.settings.max_spool_bytes)
        self._sieve = Sieve(self.limits.span_bytes, make_redactor(store.settings))
        self._is_refusing = False
        self._ledger = Ledger(store.spool.folder)

    def admit(self, authorizations: Sequence[str]) -> None:
        """Check that a sender may send, before anything of the body is read.

        Args:
            authorizations: values of the request's ``Authorization`` headers.

        Raises:
            RefusedError: it may not, or nobody can tell.
        """
        if self._doorkeeper is None:
            return
        try:
            # Of two headers, a proxy before us may have looked at the other one.
            verdict = self._doorkeeper.judge(authorizations[0] if len(authorizations) == 1 else None, Scope.INGEST)
        except StoreError as error:
            _log.warning("nobody can send spans: %s", error)
            raise RefusedError(503, "tokens cannot be checked; send it again later", _FULL_RETRY_AFTER_S) from error
        if verdict is Verdict.UNKNOWN:
            challenge = {"WWW-Authenticate": 'Bearer realm="tierscope"'}
            raise RefusedError(401, "a valid token is needed, as  Authorization: Bearer TOKEN", headers=challenge)
        if verdict is Verdict.NOT_PERMITTED:
            challenge = {"WWW-Authenticate": 'Bearer realm="tierscope", error="insufficient_scope", scope="ingest"'}
            raise RefusedError(403, "the token does not have the scope 'ingest'", headers=challenge)

    def open_share(self) -> AbstractContextManager[Callable[[int], None]]:
        """One request's part of what may be under way, given back at the end of the block.

        Yields:
            Takes a number of bytes, or raises ``RefusedError`` where too few are left.
        """
        return self._allowance.open_share()

    @asynccontextmanager
    async def awaiting_request(self) -> AsyncGenerator[None]:
        """A block in which a request has to arrive.

        Raises:
            RefusedError: it did not in time.
        """
        try:
            async with asyncio.timeout(self.limits.receive_s):
                yield
        except TimeoutError as error:
            reason = f"the request did not arrive within {self.limits.receive_s:g} s; send it again"
            raise RefusedError(503, reason, _LATE_RETRY_AFTER_S) from error

    async def take(
        self, packed: bytes, decode: Callable[[bytes, Sieve], Intake], count: Callable[[int], None], encoding: str = ""
    ) -> Intake:
        """Store what can be stored of a request.

        Args:
            packed: its body as it was received.
            decode: reads the body, out of its compression, and holds back what may not be stored.
            count: takes bytes of the request's share.
            encoding: the body's compression, as in ``Content-Encoding``.

        Returns:
            What was taken; it is on disk.

        Raises:
            RefusedError: nothing was stored, and why.
        """
        body = packed
        if encoding:
            body = await asyncio.to_thread(unpack, packed, encoding, self.limits.request_bytes)
            count(len(body))
        try:
            intake = await asyncio.to_thread(decode, body, self._sieve)
        except MalformedOtlpError as error:
            raise RefusedError(400, f"the body cannot be read as OTLP: {error}") from error
        if intake.content is not None:
            await self._write(intake.content)
        self._ledger.note_taken(intake)
        return intake

    def note_refused(self) -> None:
        """Count a request of which nothing was stored."""
        self._ledger.note_refused()

    def end(self) -> None:
        """Put the counts down; nothing is received any more."""
        self._ledger.write()

    async def _write(self, content: bytes | pa.Table) -> None:
        try:
            await self._journal.write(content)
        except StoreError as error:
            if not self._is_refusing:
                _log.warning("requests are refused for now: %s", error)
            self._is_refusing = True
            reason = (
                "there is no room to store spans" if isinstance(error, StoreFullError) else "spans cannot be stored"
            )
            raise RefusedError(503, f"{reason}; send them again later", _FULL_RETRY_AFTER_S) from error
        self._is_refusing = False

"""``POST /v1/traces``: from an HTTP request to spans on disk, and the answer."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import pyarrow as pa
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tierscope.errors import StoreError, StoreFullError
from tierscope.instrumentation.otlp_json import MalformedOtlpError
from tierscope.instrumentation.receiver.intake import Intake, take_json, take_protobuf
from tierscope.instrumentation.receiver.journal import Journal
from tierscope.instrumentation.receiver.limits import Allowance, Limits
from tierscope.instrumentation.receiver.refusal import RefusedError
from tierscope.instrumentation.receiver.replies import Encoding, reply_refused, reply_taken
from tierscope.instrumentation.receiver.unpacking import unpack
from tierscope.instrumentation.store import Store

__all__ = ["TRACES_PATH", "receiver_routes"]

TRACES_PATH: Final = "/v1/traces"

_FULL_RETRY_AFTER_S: Final = 2
"""Soon, since SDKs give a batch up ten seconds after they first sent it."""
_log = logging.getLogger(__name__)


def receiver_routes(store: Store, limits: Limits | None = None) -> list[Route]:
    """What to add to a Starlette app so that it takes OTLP spans; bringing the store up to date is left to the app.

    Args:
        store: where the spans go; a 200 means that they are in its spool, on disk.
        limits: beyond which requests are refused.
    """
    return [Route(TRACES_PATH, _TraceEndpoint(store, limits or Limits()))]


class _TraceEndpoint:
    """An ASGI app for all methods of one path."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._limits = limits
        self._allowance = Allowance(limits.under_way_bytes)
        self._journal = Journal(store.spool, limits.spool_bytes)
        self._is_refusing = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        encoding = Encoding.PROTOBUF if _media_type(request) == Encoding.PROTOBUF.value else Encoding.JSON
        try:
            _check_head(request)
            intake = await self._take(request, encoding)
            reply = reply_taken(intake, encoding)
        except RefusedError as refused:
            reply = reply_refused(refused, encoding)
        except ClientDisconnect:  # nobody is left to answer
            return
        await reply(scope, receive, send)

    async def _take(self, request: Request, encoding: Encoding) -> Intake:
        content_encoding = request.headers.get("content-encoding", "")
        with self._allowance.open_share() as take:
            packed = await self._receive(request, take)
            body = packed
            if content_encoding:
                body = await asyncio.to_thread(unpack, packed, content_encoding, self._limits.request_bytes)
                take(len(body))
            try:
                intake = await asyncio.to_thread(take_json if encoding is Encoding.JSON else take_protobuf, body)
            except MalformedOtlpError as error:
                raise RefusedError(400, f"the body cannot be read as OTLP: {error}") from error
            if intake.content is not None:
                await self._write(intake.content)
            return intake

    async def _receive(self, request: Request, take: Callable[[int], None]) -> bytes:
        """Read a body to its end even where it is too large: a sender that still writes would not see the answer."""
        chunks: list[bytes] = []
        size_bytes = 0
        async for chunk in request.stream():
            size_bytes += len(chunk)
            if size_bytes <= self._limits.request_bytes:
                take(len(chunk))
                chunks.append(chunk)
        if size_bytes > self._limits.request_bytes:
            raise RefusedError(413, f"the body is larger than {self._limits.request_bytes:,} bytes; send less at once")
        return b"".join(chunks)

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


def _check_head(request: Request) -> None:
    """Refuse what needs no look at the body.

    Browsers name the page that sends; no page has a reason to send spans here, and one from elsewhere could otherwise
    reach this machine's loopback address under a name of its own.
    """
    if request.method != "POST":
        raise RefusedError(405, "spans are sent with POST", headers={"Allow": "POST"})
    if "origin" in request.headers:
        raise RefusedError(403, "pages in a browser cannot send spans here")
    if _media_type(request) not in {encoding.value for encoding in Encoding}:
        raise RefusedError(415, "the Content-Type is neither application/x-protobuf nor application/json")


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()

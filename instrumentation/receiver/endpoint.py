"""``POST /v1/traces``: from an HTTP request to spans on disk, and the answer."""

from collections.abc import Callable
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tierscope.instrumentation.receiver.intake import Intake, take_json, take_protobuf
from tierscope.instrumentation.receiver.reception import Reception
from tierscope.instrumentation.receiver.refusal import RefusedError
from tierscope.instrumentation.receiver.replies import Encoding, reply_refused, reply_taken

__all__ = ["TRACES_PATH", "receiver_routes"]

TRACES_PATH: Final = "/v1/traces"


def receiver_routes(reception: Reception) -> list[Route]:
    """What to add to a Starlette app so that it takes OTLP spans; bringing the store up to date is left to the app.

    Args:
        reception: where the spans go; a 200 means that they are in the store's spool, on disk.
    """
    others = [Route(f"/v1/{what}", _NotTaken(what)) for what in ("metrics", "logs")]
    return [Route(TRACES_PATH, _TraceEndpoint(reception)), *others]


class _TraceEndpoint:
    """An ASGI app for all methods of one path."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        encoding = _encoding(request)
        try:
            _check_head(request)
            self._reception.admit(request.headers.getlist("authorization"))
            intake = await self._take(request, encoding)
            reply = reply_taken(intake, encoding)
        except RefusedError as refused:
            self._reception.note_refused()
            reply = reply_refused(refused, encoding)
        except ClientDisconnect:  # nobody is left to answer
            return
        await reply(scope, receive, send)

    async def _take(self, request: Request, encoding: Encoding) -> Intake:
        decode = take_json if encoding is Encoding.JSON else take_protobuf
        with self._reception.open_share() as count:
            async with self._reception.awaiting_request():
                packed = await self._receive(request, count)
            return await self._reception.take(packed, decode, count, request.headers.get("content-encoding", ""))

    async def _receive(self, request: Request, count: Callable[[int], None]) -> bytes:
        """Read a body to its end even where it is too large: a sender that still writes would not see the answer."""
        limit_bytes = self._reception.limits.request_bytes
        chunks: list[bytes] = []
        size_bytes = 0
        async for chunk in request.stream():
            size_bytes += len(chunk)
            if size_bytes <= limit_bytes:
                count(len(chunk))
                chunks.append(chunk)
        if size_bytes > limit_bytes:
            raise RefusedError(413, f"the body is larger than {limit_bytes:,} bytes; send less at once")
        return b"".join(chunks)


class _NotTaken:
    """An ASGI app for a path of OTLP at which nothing is taken."""

    def __init__(self, what: str) -> None:
        way_out = f"set OTEL_{what.upper()}_EXPORTER=none in the sender"
        self._refused = RefusedError(404, f"{what} are not taken here, only spans at {TRACES_PATH}; {way_out}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = reply_refused(self._refused, _encoding(Request(scope, receive)))
        await reply(scope, receive, send)


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


def _encoding(request: Request) -> Encoding:
    """How to answer a request: as it is written, or in JSON where that is unknown."""
    return Encoding.PROTOBUF if _media_type(request) == Encoding.PROTOBUF.value else Encoding.JSON


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()

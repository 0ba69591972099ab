"""``TraceService/Export`` of OTLP over gRPC; needs the ``grpc`` extra."""

import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final, cast

import grpc
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped] # the package says nothing of types
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # as above
from grpc import aio

from tierscope.instrumentation.receiver.certificate import Certificate, Renewal
from tierscope.instrumentation.receiver.intake import take_protobuf
from tierscope.instrumentation.receiver.limits import Allowance
from tierscope.instrumentation.receiver.reception import Reception
from tierscope.instrumentation.receiver.refusal import RefusedError
from tierscope.instrumentation.receiver.replies import build_response

__all__ = ["serving_grpc"]

_SERVICE: Final = "opentelemetry.proto.collector.trace.v1.TraceService"
_CALLS_AT_ONCE: Final = 32
"""A message is counted once it is whole, so their number bounds what is held until then."""
_STOP_WITHIN_S: Final = 5.0

_CODES: Final[Mapping[int, grpc.StatusCode]] = MappingProxyType(
    {
        400: grpc.StatusCode.INVALID_ARGUMENT,
        401: grpc.StatusCode.UNAUTHENTICATED,
        403: grpc.StatusCode.PERMISSION_DENIED,
        413: grpc.StatusCode.RESOURCE_EXHAUSTED,
        503: grpc.StatusCode.UNAVAILABLE,
    }
)
"""What a refusal's HTTP status is called here. Senders try again only at UNAVAILABLE."""

_Context = aio.ServicerContext[bytes, bytes]


@asynccontextmanager
async def serving_grpc(
    reception: Reception, listener: socket.socket, certificate: Certificate | None
) -> AsyncGenerator[None]:
    """Take calls on the listener's port until the end of the block.

    Args:
        reception: where the spans go.
        listener: holds the port; it is closed, since gRPC opens its own in its place.
        certificate: for TLS; None for none.
    """
    server = aio.server(
        options=[
            ("grpc.max_receive_message_length", reception.limits.request_bytes),
            ("grpc.so_reuseport", 0),  # or two receivers would share a port without noticing
        ]
    )
    service = _TraceService(reception)
    # Of the "stream" kind, so that a call can be refused before its message is read.
    export: grpc.RpcMethodHandler[bytes, bytes] = grpc.stream_unary_rpc_method_handler(service.export)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, {"Export": export}),))
    host, port = listener.getsockname()[:2]
    listener.close()
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if certificate is None:
        server.add_insecure_port(address)
    else:
        server.add_secure_port(address, _credentials(certificate))
    await server.start()
    try:
        yield
    finally:
        await server.stop(_STOP_WITHIN_S)


def _credentials(certificate: Certificate) -> grpc.ServerCredentials:
    """Credentials that are asked at each new connection whether the certificate was renewed."""
    renewal = Renewal(certificate)

    def read() -> grpc.ServerCertificateConfiguration:
        proof = (certificate.key.read_bytes(), certificate.chain.read_bytes())
        return grpc.ssl_server_certificate_configuration([proof])

    def read_renewed() -> grpc.ServerCertificateConfiguration | None:
        return read() if renewal.poll() else None

    # None stands for no change; the types that others wrote for gRPC do not know it.
    return grpc.dynamic_ssl_server_credentials(read(), read_renewed)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


class _TraceService:
    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._calls = Allowance(_CALLS_AT_ONCE)

    async def export(self, _: object, context: _Context) -> bytes:
        """Answer one call; messages stay serialized on both sides."""
        try:
            return await self._take(context)
        except RefusedError as refused:
            self._reception.note_refused()
            await context.abort(_CODES[refused.status], str(refused), _details(refused))

    async def _take(self, context: _Context) -> bytes:
        metadata = context.invocation_metadata() or ()
        self._reception.admit([str(value) for name, value in metadata if name == "authorization"])
        with self._calls.open_share() as count_call, self._reception.open_share() as count:
            count_call(1)
            async with self._reception.awaiting_request():
                message = cast("object", await context.read())
            if not isinstance(message, bytes):  # the end of the stream
                raise RefusedError(400, "the call brought no message")
            count(len(message))
            intake = await self._reception.take(message, take_protobuf, count)
        return build_response(intake).SerializeToString()


def _details(refused: RefusedError) -> tuple[tuple[str, bytes], ...]:
    """When to try again, where gRPC's clients look for it."""
    if refused.retry_after_s is None:
        return ()
    status = Status(code=_CODES[refused.status].value[0], message=str(refused))
    retry = RetryInfo()
    retry.retry_delay.seconds = refused.retry_after_s
    status.details.add().Pack(retry)
    return (("grpc-status-details-bin", status.SerializeToString()),)

"""The port on which a server takes OTLP over gRPC, where the extra is installed."""

import importlib.util
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from tierscope.errors import InputError, MissingExtraError
from tierscope.instrumentation.receiver.exposure import DEFAULT_GRPC_PORT, Exposure
from tierscope.instrumentation.receiver.listener import open_listener
from tierscope.instrumentation.receiver.reception import Reception

__all__ = ["GrpcPort"]


class GrpcPort:
    """Taken at once, so that a clash is said before anything starts.

    Args:
        exposure: says whether gRPC is wanted, and where.

    Raises:
        MissingExtraError: a port was asked for, and the extra is not installed.
        InputError: the port that was asked for is taken.
    """

    def __init__(self, exposure: Exposure) -> None:
        self._exposure = exposure
        self._is_possible = exposure.takes_grpc and importlib.util.find_spec("grpc") is not None
        self._listener = self._open()

    @asynccontextmanager
    async def serving(self, reception: Reception, announce: Callable[[str], None]) -> AsyncGenerator[None]:
        """Take calls until the end of the block, in the event loop of whoever else receives.

        Args:
            reception: where the spans go.
            announce: told where calls are taken once they are, or why they are not although they could be.
        """
        if self._listener is None:
            if self._is_possible:
                announce(
                    f"Not receiving OTLP over gRPC, since port {DEFAULT_GRPC_PORT} is taken: "
                    "choose another with --grpc-port, or leave it out with --no-grpc"
                )
            yield
            return
        from tierscope.instrumentation.receiver.grpc_service import serving_grpc

        address = self._exposure.format_address(self._listener)
        async with serving_grpc(reception, self._listener, self._exposure.certificate):
            announce(f"Receiving OTLP over gRPC at {address}")
            yield

    def _open(self) -> socket.socket | None:
        exposure = self._exposure
        if exposure.takes_grpc and exposure.grpc_port is not None:
            if not self._is_possible:
                raise MissingExtraError("grpc", "OTLP over gRPC")
            return open_listener(exposure.host, exposure.grpc_port, "--grpc-port")
        try:
            return open_listener(exposure.host, DEFAULT_GRPC_PORT) if self._is_possible else None
        except InputError:  # said once the server runs: HTTP is served all the same
            return None

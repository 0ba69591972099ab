"""How a server can be reached: address, ports, and who is let in."""

import importlib.util
import socket
from dataclasses import dataclass
from typing import Final

from tierscope.errors import InputError, MissingExtraError
from tierscope.instrumentation.receiver.listener import open_listener

__all__ = ["DEFAULT_GRPC_PORT", "DEFAULT_HOST", "DEFAULT_PORT", "Exposure"]

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 4318
"""Where SDKs send OTLP over HTTP unless told otherwise."""
DEFAULT_GRPC_PORT: Final = 4317
"""Where SDKs send OTLP over gRPC unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the options of a server say about reaching it."""

    host: str = DEFAULT_HOST
    """Address to listen on."""
    takes_grpc: bool = True
    """Whether OTLP over gRPC is taken where the extra is installed."""
    grpc_port: int | None = None
    """TCP port for it, which must then be had; None tries the usual one, 0 takes a free one."""

    def open_grpc_listener(self) -> socket.socket | None:
        """Take the port for gRPC.

        Returns:
            None where gRPC was not asked for and is not to be had.

        Raises:
            MissingExtraError: a port was asked for, and the extra is not installed.
            InputError: the port that was asked for is taken.
        """
        if not self.takes_grpc:
            return None
        has_extra = importlib.util.find_spec("grpc") is not None
        if self.grpc_port is not None:
            if not has_extra:
                raise MissingExtraError("grpc", "OTLP over gRPC")
            return open_listener(self.host, self.grpc_port, "--grpc-port")
        try:
            return open_listener(self.host, DEFAULT_GRPC_PORT) if has_extra else None
        except InputError:  # said by describe_grpc
            return None

    def describe_grpc(self, address: str | None) -> str | None:
        """A line that says where OTLP is taken over gRPC, or why it is not although it could be.

        Args:
            address: where it is taken; None where no port was to be had.
        """
        if address is not None:
            return f"Receiving OTLP over gRPC at {address}"
        if self.takes_grpc and importlib.util.find_spec("grpc") is not None:
            return (
                f"Not receiving OTLP over gRPC, since port {DEFAULT_GRPC_PORT} is taken: "
                "choose another with --grpc-port, or leave it out with --no-grpc"
            )
        return None

"""``tierscope collect``: the receiver alone, until it is interrupted."""

import importlib.util
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, ExitStack
from pathlib import Path
from typing import Final

from tierscope.errors import MissingExtraError
from tierscope.instrumentation.access import Scope
from tierscope.instrumentation.receiver.exposure import DEFAULT_PORT, Exposure
from tierscope.instrumentation.receiver.follower import following
from tierscope.instrumentation.receiver.grpc_port import GrpcPort
from tierscope.instrumentation.receiver.limits import Limits
from tierscope.instrumentation.receiver.listener import announce_line, open_listener
from tierscope.instrumentation.receiver.reception import Reception
from tierscope.instrumentation.store import Store

__all__ = ["collect"]

_STOP_WITHIN_S: Final = 5


def collect(
    store_path: Path,
    exposure: Exposure | None = None,
    port: int = DEFAULT_PORT,
    limits: Limits | None = None,
    *,
    announce: Callable[[str], None] = announce_line,
) -> None:
    """Receive spans into a store and keep it up to date, until Ctrl-C or SIGTERM.

    Args:
        store_path: the span store; made when the first spans arrive.
        exposure: how the receiver can be reached.
        port: TCP port; 0 takes a free one.
        limits: beyond which requests are refused.
        announce: told the address once the ports are ours.

    Raises:
        MissingExtraError: the receiver's packages are not installed.
        InputError: a port is taken, the address is not one to listen on, or beyond loopback TLS or a token is missing.
        SettingsError: what is to be redacted is not understood.
        StoreError: the list of tokens cannot be read.
    """
    exposure = exposure or Exposure()
    for package in ("google.rpc", "starlette", "uvicorn"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError("receiver", "The receiver")
    exposure.check()
    os.umask(0o077)  # DuckDB makes its log with whatever mode the umask leaves
    store = Store(store_path)
    doorkeeper = exposure.open_doorkeeper(store.path, (Scope.INGEST,))
    reception = Reception(store, limits, doorkeeper)
    with ExitStack() as stack:
        listener = stack.enter_context(open_listener(exposure.host, port))
        grpc = GrpcPort(exposure)
        address = exposure.format_address(listener)
        announce(
            f"Receiving OTLP spans into {store.path} at {address}/v1/traces (Ctrl-C stops it); senders set  "
            f"OTEL_EXPORTER_OTLP_ENDPOINT={address} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
        )
        try:
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            with following(store.path):
                _run(reception, exposure, listener, lambda _: grpc.serving(reception, announce))
        except KeyboardInterrupt:
            # uvicorn repeats the signal once it has shut down; the user asked for the end and has it.
            return
        finally:
            reception.end()


def _run(
    reception: Reception,
    exposure: Exposure,
    listener: socket.socket,
    lifespan: Callable[[object], AbstractAsyncContextManager[None]],
) -> None:
    import uvicorn
    from starlette.applications import Starlette

    from tierscope.instrumentation.receiver.endpoint import receiver_routes
    from tierscope.instrumentation.receiver.origin_guard import OriginGuard

    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    app = Starlette(routes=receiver_routes(reception), lifespan=lifespan)
    config = exposure.configure_uvicorn(OriginGuard(app, exposure), ws="none", timeout_graceful_shutdown=_STOP_WITHIN_S)
    uvicorn.Server(config).run(sockets=[listener])

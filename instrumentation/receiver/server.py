"""``tierscope collect``: the receiver alone, until it is interrupted."""

import importlib.util
import logging
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tierscope.errors import InputError, MissingExtraError
from tierscope.instrumentation.receiver.follower import following
from tierscope.instrumentation.receiver.limits import Limits
from tierscope.instrumentation.receiver.listener import announce_line, format_address, is_loopback, open_listener
from tierscope.instrumentation.store import Store

__all__ = ["DEFAULT_HOST", "DEFAULT_PORT", "collect"]

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 4318
"""Where SDKs send OTLP over HTTP unless told otherwise."""

_STOP_WITHIN_S: Final = 5


def collect(
    store_path: Path,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    limits: Limits | None = None,
    *,
    announce: Callable[[str], None] = announce_line,
) -> None:
    """Receive spans into a store and keep it up to date, until Ctrl-C or SIGTERM.

    Args:
        store_path: the span store; made when the first spans arrive.
        host: address to listen on; anything but loopback is refused, since the receiver asks nobody who they are.
        port: TCP port; 0 takes a free one.
        limits: beyond which requests are refused.
        announce: told the address once the port is ours.

    Raises:
        MissingExtraError: the receiver's packages are not installed.
        InputError: the port is taken, or the address is not one to listen on.
    """
    for package in ("google.rpc", "starlette", "uvicorn"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError("receiver", "The receiver")
    if not is_loopback(host):
        raise InputError(
            f"The receiver takes spans from anyone who reaches it, so it listens on this machine only, not on {host}: "
            f"leave --host out, and send from elsewhere through  ssh -L {port}:localhost:{port}."
        )
    with open_listener(host, port) as listener:
        store = Store(store_path)
        address = format_address(host, listener)
        announce(
            f"Receiving OTLP spans into {store.path} at {address}/v1/traces (Ctrl-C stops it); senders set  "
            f"OTEL_EXPORTER_OTLP_ENDPOINT={address} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
        )
        try:
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            with following(store.path):
                _run(store, listener, limits or Limits())
        except KeyboardInterrupt:
            # uvicorn repeats the signal once it has shut down; the user asked for the end and has it.
            return


def _run(store: Store, listener: socket.socket, limits: Limits) -> None:
    import uvicorn
    from starlette.applications import Starlette

    from tierscope.instrumentation.receiver.endpoint import receiver_routes

    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    app = Starlette(routes=list(receiver_routes(store, limits)))
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=_STOP_WITHIN_S,
    )
    uvicorn.Server(config).run(sockets=[listener])

"""``tierscope serve``: the dashboard in this process, until it is interrupted."""

import importlib.util
import logging
import os
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tierscope.dashboard.source import Source, publish_source
from tierscope.dashboard.theme import STREAMLIT_OPTIONS
from tierscope.errors import InputError, MissingExtraError
from tierscope.instrumentation.access import Doorkeeper, Scope
from tierscope.instrumentation.receiver.exposure import DEFAULT_PORT, Exposure
from tierscope.instrumentation.receiver.grpc_port import GrpcPort
from tierscope.instrumentation.receiver.listener import announce_line, open_listener
from tierscope.instrumentation.receiver.reception import Reception
from tierscope.instrumentation.store import Store

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from streamlit.starlette import App

__all__ = ["serve"]

_SCRIPT: Final = Path(__file__).resolve().parent / "page.py"
_STOP_WITHIN_S: Final = 2


def serve(
    store_path: Path,
    port: int,
    exposure: Exposure | None = None,
    *,
    otlp_port: int = DEFAULT_PORT,
    announce: Callable[[str], None] = announce_line,
) -> None:
    """Serve the dashboard on a store, receive spans into it, and keep it up to date, until Ctrl-C or SIGTERM.

    Args:
        store_path: the span store; it may be empty or missing, then the page says how to fill it.
        port: TCP port; 0 takes a free one.
        exposure: how the server can be reached.
        otlp_port: a second port, on which senders of OTLP expect a receiver; 0 takes a free one. Where it is taken,
            spans are received on the dashboard's port only.
        announce: told the addresses once the ports are ours.

    Raises:
        MissingExtraError: the dashboard's packages are not installed.
        InputError: a port is taken, the address is not one to listen on, or beyond loopback TLS or a token is missing.
        SettingsError: what is to be redacted is not understood.
        StoreError: the list of tokens cannot be read.
    """
    exposure = exposure or Exposure()
    for package in ("streamlit", "plotly", "uvicorn", "google.rpc"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError("dashboard", "The dashboard")
    exposure.check()
    os.umask(0o077)  # DuckDB makes its log with whatever mode the umask leaves
    store = Store(store_path)
    doorkeeper = exposure.open_doorkeeper(store.path, (Scope.INGEST, Scope.READ))
    reception = Reception(store, doorkeeper=doorkeeper)
    with ExitStack() as stack:
        listener = stack.enter_context(open_listener(exposure.host, port))
        address = exposure.format_address(listener)
        grpc = GrpcPort(exposure)
        announce(f"Dashboard on {store.path}:  {address}   (Ctrl-C stops it)")
        listeners = [listener]
        try:
            listeners.append(stack.enter_context(open_listener(exposure.host, otlp_port)))
            announce(f"Receiving OTLP spans at {exposure.format_address(listeners[-1])}/v1/traces")
        except InputError:
            announce(f"Receiving OTLP spans at {address}/v1/traces only, since port {otlp_port} is taken")
        app = _build_app(Source(store), reception, grpc.serving(reception, announce))
        _run(_guard(app, doorkeeper, exposure), exposure, listeners)


def _build_app(source: Source, reception: Reception, receiving: AbstractAsyncContextManager[None]) -> "App":
    from streamlit.starlette import App
    from streamlit.web import bootstrap

    from tierscope.instrumentation.receiver.endpoint import receiver_routes

    bootstrap.load_config_options(dict(STREAMLIT_OPTIONS))

    @asynccontextmanager
    async def follow(_: "App") -> AsyncGenerator[None, None]:
        publish_source(source)
        source.start()
        try:
            async with receiving:
                yield
        finally:
            source.stop()
            reception.end()

    return App(_SCRIPT, lifespan=follow, routes=receiver_routes(reception))


def _guard(app: "ASGIApp", doorkeeper: Doorkeeper | None, exposure: Exposure) -> "ASGIApp":
    """Stand in front of every route of the app, Streamlit's own too."""
    from tierscope.dashboard.login import LoginGate
    from tierscope.instrumentation.receiver.origin_guard import OriginGuard

    if doorkeeper is not None:
        app = LoginGate(app, doorkeeper, is_secure=exposure.is_public_over_tls)
    return OriginGuard(app, exposure)


def _run(app: "ASGIApp", exposure: Exposure, listeners: list[socket.socket]) -> None:
    import uvicorn

    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = exposure.configure_uvicorn(app, ws="websockets-sansio", timeout_graceful_shutdown=_STOP_WITHIN_S)
    try:
        uvicorn.Server(config).run(sockets=listeners)
    except KeyboardInterrupt:
        # uvicorn repeats the signal once it has shut down; the user asked for the end and has it.
        return

"""``tierscope serve``: the dashboard in this process, until it is interrupted."""

import importlib.util
import logging
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tierscope.dashboard.source import Source, publish_source
from tierscope.dashboard.theme import STREAMLIT_OPTIONS
from tierscope.errors import InputError, MissingExtraError
from tierscope.instrumentation.store import Store

if TYPE_CHECKING:
    from streamlit.starlette import App

__all__ = ["DEFAULT_HOST", "serve"]

DEFAULT_HOST: Final = "127.0.0.1"
_SCRIPT: Final = Path(__file__).resolve().parent / "page.py"
_STOP_WITHIN_S: Final = 2


def serve(
    store_path: Path,
    port: int,
    host: str = DEFAULT_HOST,
    *,
    announce: Callable[[str], None] = print,
) -> None:
    """Serve the dashboard on a store, and keep the store up to date, until Ctrl-C or SIGTERM.

    Args:
        store_path: the span store; it may be empty or missing, then the page says how to fill it.
        port: TCP port; 0 takes a free one.
        host: address to listen on; anything but loopback is refused, since the dashboard asks nobody who they are.
        announce: told the address once the port is ours.

    Raises:
        MissingExtraError: the dashboard's packages are not installed.
        InputError: the port is taken, or the address is not one to listen on.
    """
    for package in ("streamlit", "plotly", "uvicorn"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError("dashboard", "The dashboard")
    listener = open_listener(host, port)
    with listener:
        address = f"http://{_shown_host(host)}:{listener.getsockname()[1]}"
        store = Store(store_path)
        announce(f"Dashboard on {store.path}:  {address}   (Ctrl-C stops it)")
        _run(_build_app(Source(store)), listener)


def open_listener(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything heavy is imported.

    Args:
        host: a loopback address.
        port: TCP port; 0 takes a free one.

    Raises:
        InputError: the port is taken, or the address is not one to listen on.
    """
    if not _is_loopback(host):
        raise InputError(
            f"The dashboard has no login, so it listens on this machine only, not on {host}: "
            f"leave --host out, and reach it from elsewhere through  ssh -L {port}:localhost:{port}."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise InputError(f"Port {port} on {host} cannot be used ({_reason(error)}): {_way_out(port)}") from error
    return listener


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")


def _shown_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _reason(error: OSError | OverflowError) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.lower()


def _way_out(port: int) -> str:
    if 0 < port < 65535:
        return f"take another one, such as  --port {port + 1}, or --port 0 for any that is free."
    return "take one between 1 and 65535, or --port 0 for any that is free."


def _build_app(source: Source) -> "App":
    from streamlit.starlette import App
    from streamlit.web import bootstrap

    bootstrap.load_config_options(dict(STREAMLIT_OPTIONS))

    @asynccontextmanager
    async def follow(_: "App") -> AsyncGenerator[None, None]:
        publish_source(source)
        source.start()
        try:
            yield
        finally:
            source.stop()

    return App(_SCRIPT, lifespan=follow)


def _run(app: "App", listener: socket.socket) -> None:
    import uvicorn

    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, ws="websockets-sansio", timeout_graceful_shutdown=_STOP_WITHIN_S
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        # uvicorn repeats the signal once it has shut down; the user asked for the end and has it.
        return

"""``tierscope serve``: the dashboard on a store."""

from __future__ import annotations

from typing import Annotated

import typer

from tierscope.cli._listening import GrpcOption, GrpcPortOption, HostOption
from tierscope.cli._options import StoreOption, store_path

app = typer.Typer(add_completion=False)


@app.command(epilog="Example:  tierscope serve --store runs.duckdb --port 8600")
def serve(
    store: StoreOption = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one. Default: 8501, or the settings."),
    ] = None,
    host: HostOption = "127.0.0.1",
    otlp_port: Annotated[
        int, typer.Option("--otlp-port", min=0, max=65535, help="Port for OTLP over HTTP; 0 takes a free one.")
    ] = 4318,
    grpc_port: GrpcPortOption = None,
    takes_grpc: GrpcOption = True,
) -> None:
    """Serve the dashboard on a store, and receive OTLP spans into it.

    It keeps the store up to date, until Ctrl-C.
    """
    from tierscope.dashboard import serve as serve_dashboard
    from tierscope.instrumentation.receiver import Exposure
    from tierscope.instrumentation.settings import load_settings

    settings = load_settings().settings
    exposure = Exposure(host, takes_grpc, grpc_port)
    serve_dashboard(store_path(store), settings.dashboard_port if port is None else port, exposure, otlp_port=otlp_port)

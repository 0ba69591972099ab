"""``tierscope serve``: the dashboard on a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tierscope.cli._listening import takes_exposure
from tierscope.cli._options import StoreOption, store_path

if TYPE_CHECKING:
    from tierscope.instrumentation.receiver import Exposure

app = typer.Typer(add_completion=False)


@app.command(epilog="Example:  tierscope serve --store runs.duckdb --port 8600")
@takes_exposure
def serve(
    *,
    store: StoreOption = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one. Default: 8501, or the settings."),
    ] = None,
    otlp_port: Annotated[
        int, typer.Option("--otlp-port", min=0, max=65535, help="Port for OTLP over HTTP; 0 takes a free one.")
    ] = 4318,
    exposure: Exposure,
) -> None:
    """Serve the dashboard on a store, and receive OTLP spans into it.

    It keeps the store up to date, until Ctrl-C.
    """
    from tierscope.dashboard import serve as serve_dashboard
    from tierscope.instrumentation.settings import load_settings
    from tierscope.metrics.alerting import alerting

    settings = load_settings().settings
    path = store_path(store)
    with alerting(path, settings.alerts):
        serve_dashboard(path, settings.dashboard_port if port is None else port, exposure, otlp_port=otlp_port)

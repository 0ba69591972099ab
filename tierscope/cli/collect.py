"""``tierscope collect``: OTLP spans into a store, without the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tierscope.cli._listening import takes_exposure
from tierscope.cli._options import StoreOption, store_path

if TYPE_CHECKING:
    from tierscope.instrumentation.receiver import Exposure

app = typer.Typer(add_completion=False)


@app.command(epilog="Example:  tierscope collect --store runs.duckdb")
@takes_exposure
def collect(
    *,
    store: StoreOption = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port for OTLP over HTTP; 0 takes a free one.")
    ] = 4318,
    exposure: Exposure,
    max_spool_mib: Annotated[
        int | None,
        typer.Option(
            "--max-spool-mib",
            min=1,
            help="Refuse spans while this much waits to enter the database, in MiB. Default: 4096, or the settings.",
        ),
    ] = None,
) -> None:
    """Receive OTLP spans into a store, without the dashboard."""
    from tierscope.instrumentation import receiver
    from tierscope.instrumentation.settings import load_settings
    from tierscope.metrics.alerting import alerting

    limits = receiver.Limits(spool_bytes=max_spool_mib and max_spool_mib * 1024 * 1024)
    path = store_path(store)
    with alerting(path, load_settings().settings.alerts):
        receiver.collect(path, exposure, port, limits)

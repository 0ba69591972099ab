"""``tierscope collect``: OTLP spans into a store, without the dashboard."""

from __future__ import annotations

from typing import Annotated

import typer

from tierscope.cli._listening import GrpcOption, GrpcPortOption, HostOption
from tierscope.cli._options import StoreOption, store_path

app = typer.Typer(add_completion=False)


@app.command(epilog="Example:  tierscope collect --store runs.duckdb")
def collect(
    store: StoreOption = None,
    host: HostOption = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port for OTLP over HTTP; 0 takes a free one.")
    ] = 4318,
    grpc_port: GrpcPortOption = None,
    takes_grpc: GrpcOption = True,
    max_spool_mib: Annotated[
        int,
        typer.Option(
            "--max-spool-mib", min=1, help="Refuse spans while this much waits to enter the database, in MiB."
        ),
    ] = 4096,
) -> None:
    """Receive OTLP spans into a store, without the dashboard."""
    from tierscope.instrumentation import receiver

    limits = receiver.Limits(spool_bytes=max_spool_mib * 1024 * 1024)
    receiver.collect(store_path(store), receiver.Exposure(host, takes_grpc, grpc_port), port, limits)

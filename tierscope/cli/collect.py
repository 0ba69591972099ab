"""``tierscope collect``: OTLP spans into a store, without the dashboard."""

from __future__ import annotations

from typing import Annotated

import typer

from tierscope.cli import _listening
from tierscope.cli._options import StoreOption, store_path

app = typer.Typer(add_completion=False)


@app.command(epilog="Example:  tierscope collect --store runs.duckdb")
def collect(
    store: StoreOption = None,
    host: _listening.HostOption = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port for OTLP over HTTP; 0 takes a free one.")
    ] = 4318,
    grpc_port: _listening.GrpcPortOption = None,
    takes_grpc: _listening.GrpcOption = True,
    requires_tokens: _listening.RequireTokensOption = None,
    tls_certificate: _listening.CertificateOption = None,
    tls_key: _listening.KeyOption = None,
    is_behind_proxy: _listening.BehindProxyOption = False,
    names: _listening.AllowHostOption = None,
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

    exposure = receiver.Exposure(
        host,
        takes_grpc=takes_grpc,
        grpc_port=grpc_port,
        requires_tokens=_listening.choose_requires_tokens(requires_tokens),
        certificate=_listening.build_certificate(tls_certificate, tls_key),
        is_behind_proxy=is_behind_proxy,
        names=tuple(names or ()),
    )
    limits = receiver.Limits(spool_bytes=max_spool_mib and max_spool_mib * 1024 * 1024)
    path = store_path(store)
    with alerting(path, load_settings().settings.alerts):
        receiver.collect(path, exposure, port, limits)

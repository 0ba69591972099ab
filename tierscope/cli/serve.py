"""``tierscope serve``: the dashboard on a store."""

from __future__ import annotations

from typing import Annotated

import typer

from tierscope.cli import _listening
from tierscope.cli._options import StoreOption, store_path

app = typer.Typer(add_completion=False)


@app.command(epilog="Example:  tierscope serve --store runs.duckdb --port 8600")
def serve(
    store: StoreOption = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one. Default: 8501, or the settings."),
    ] = None,
    host: _listening.HostOption = "127.0.0.1",
    otlp_port: Annotated[
        int, typer.Option("--otlp-port", min=0, max=65535, help="Port for OTLP over HTTP; 0 takes a free one.")
    ] = 4318,
    grpc_port: _listening.GrpcPortOption = None,
    takes_grpc: _listening.GrpcOption = True,
    requires_tokens: _listening.RequireTokensOption = None,
    tls_certificate: _listening.CertificateOption = None,
    tls_key: _listening.KeyOption = None,
    is_behind_proxy: _listening.BehindProxyOption = False,
    names: _listening.AllowHostOption = None,
) -> None:
    """Serve the dashboard on a store, and receive OTLP spans into it.

    It keeps the store up to date, until Ctrl-C.
    """
    from tierscope.dashboard import serve as serve_dashboard
    from tierscope.instrumentation.receiver import Exposure
    from tierscope.instrumentation.settings import load_settings
    from tierscope.metrics.alerting import alerting

    exposure = Exposure(
        host,
        takes_grpc=takes_grpc,
        grpc_port=grpc_port,
        requires_tokens=_listening.choose_requires_tokens(requires_tokens),
        certificate=_listening.build_certificate(tls_certificate, tls_key),
        is_behind_proxy=is_behind_proxy,
        names=tuple(names or ()),
    )
    settings = load_settings().settings
    path = store_path(store)
    with alerting(path, settings.alerts):
        serve_dashboard(path, settings.dashboard_port if port is None else port, exposure, otlp_port=otlp_port)

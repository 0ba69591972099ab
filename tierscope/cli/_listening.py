"""Options of the commands that listen on ports."""

from __future__ import annotations

from typing import Annotated

import typer

HostOption = Annotated[str, typer.Option("--host", help="Address to listen on; loopback only.")]
GrpcPortOption = Annotated[
    int | None,
    typer.Option(
        "--grpc-port",
        min=0,
        max=65535,
        help="Port for OTLP over gRPC; 0 takes a free one. Default: 4317 where the extra 'grpc' is installed.",
    ),
]
GrpcOption = Annotated[bool, typer.Option("--grpc/--no-grpc", help="Whether OTLP is taken over gRPC too.")]

"""Options of the commands that listen on ports: where, over what, and whom they let in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierscope.cli._option_groups import taking
from tierscope.errors import InputError

if TYPE_CHECKING:
    from tierscope.instrumentation.receiver import Certificate, Exposure

HostOption = Annotated[
    str,
    typer.Option("--host", help="Address to listen on; beyond loopback tokens and TLS are needed."),
]
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
RequireTokensOption = Annotated[
    bool | None,
    typer.Option(
        "--require-tokens/--no-require-tokens",
        help="Ask for tokens on loopback too. Default: off, or the settings.",
    ),
]
CertificateOption = Annotated[
    Path | None, typer.Option("--tls-certificate", metavar="FILE", help="PEM file of the certificate, for TLS.")
]
KeyOption = Annotated[
    Path | None, typer.Option("--tls-key", metavar="FILE", help="PEM file of the certificate's key, not encrypted.")
]
BehindProxyOption = Annotated[
    bool,
    typer.Option("--behind-proxy", help="A proxy in front ends TLS: everybody who comes through it needs a token."),
]
AllowHostOption = Annotated[
    list[str] | None,
    typer.Option("--allow-host", metavar="NAME", help="A further name of this machine that senders use. Repeatable."),
]


def _build_exposure(
    *,
    host: HostOption = "127.0.0.1",
    grpc_port: GrpcPortOption = None,
    takes_grpc: GrpcOption = True,
    requires_tokens: RequireTokensOption = None,
    tls_certificate: CertificateOption = None,
    tls_key: KeyOption = None,
    is_behind_proxy: BehindProxyOption = False,
    names: AllowHostOption = None,
) -> Exposure:
    from tierscope.instrumentation.receiver import Exposure
    from tierscope.instrumentation.settings import load_settings

    return Exposure(
        host,
        takes_grpc=takes_grpc,
        grpc_port=grpc_port,
        requires_tokens=load_settings().settings.require_tokens if requires_tokens is None else requires_tokens,
        certificate=_build_certificate(tls_certificate, tls_key),
        is_behind_proxy=is_behind_proxy,
        names=tuple(names or ()),
    )


def _build_certificate(chain: Path | None, key: Path | None) -> Certificate | None:
    from tierscope.instrumentation.receiver import Certificate

    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise InputError("TLS needs both --tls-certificate and --tls-key: give the other one too.")
    return Certificate(chain, key)


takes_exposure = taking("exposure", _build_exposure)
"""Gives a command the options above, in the place of its parameter ``exposure``, an ``Exposure``."""

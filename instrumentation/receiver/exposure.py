"""How a server can be reached, and who is let in."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tierscope.errors import InputError
from tierscope.instrumentation.access import Doorkeeper, Scope, TokenBook
from tierscope.instrumentation.receiver.certificate import Certificate, open_context
from tierscope.instrumentation.receiver.listener import is_loopback

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

__all__ = ["DEFAULT_GRPC_PORT", "DEFAULT_HOST", "DEFAULT_PORT", "Exposure"]

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 4318
"""Where SDKs send OTLP over HTTP unless told otherwise."""
DEFAULT_GRPC_PORT: Final = 4317
"""Where SDKs send OTLP over gRPC unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the options of a server say about reaching it."""

    host: str = DEFAULT_HOST
    """Address to listen on."""
    takes_grpc: bool = True
    """Whether OTLP over gRPC is taken where the extra is installed."""
    grpc_port: int | None = None
    """TCP port for it, which must then be had; None tries the usual one, 0 takes a free one."""
    requires_tokens: bool = False
    """Whether tokens are asked for on loopback too; beyond it they always are."""
    certificate: Certificate | None = None
    """For TLS; None for none."""
    is_behind_proxy: bool = False
    """Whether a proxy in front ends TLS, so that whoever comes through it counts as from beyond loopback."""
    names: tuple[str, ...] = ()
    """Further host names under which a server on loopback is reached."""

    @property
    def is_open(self) -> bool:
        """Whether everybody who reaches the server is let in."""
        return is_loopback(self.host) and not self.is_behind_proxy and not self.requires_tokens

    @property
    def is_public_over_tls(self) -> bool:
        """Whether browsers see an https address."""
        return self.certificate is not None or self.is_behind_proxy

    def format_address(self, listener: socket.socket) -> str:
        """The URL of what listens, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.certificate is None else 'https'}://{host}:{listener.getsockname()[1]}"

    def check(self) -> None:
        """Refuse what would send secrets in the clear.

        Raises:
            InputError: beyond loopback without TLS, or a certificate that cannot be used.
        """
        if not is_loopback(self.host) and not self.is_public_over_tls:
            raise InputError(
                f"Without TLS, everybody on the way to {self.host} could read the tokens and the spans: "
                "give --tls-certificate and --tls-key, or --behind-proxy where a proxy in front ends TLS."
            )
        if self.certificate is not None:
            self.certificate.load()

    def configure_uvicorn(self, app: "ASGIApp", **options: Any) -> "uvicorn.Config":  # noqa: ANN401 - uvicorn's own
        """What uvicorn is told. Requests are not logged, so that nothing in their addresses or headers is.

        Args:
            app: what answers.
            options: further ones.
        """
        import uvicorn

        config = uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            proxy_headers=self.is_behind_proxy,
            server_header=False,
            **options,
        )
        config.load()
        if self.certificate is not None:
            config.ssl = open_context(self.certificate)
        return config

    def open_doorkeeper(self, store_path: Path, scopes: Sequence[Scope]) -> Doorkeeper | None:
        """Who asks for tokens at this server.

        Args:
            store_path: the store whose tokens count.
            scopes: what people come for; there must be a token for each.

        Returns:
            None where everybody is let in.

        Raises:
            InputError: nobody could get in.
            StoreError: the list of tokens cannot be read.
        """
        if self.is_open:
            return None
        book = TokenBook.of_store(store_path)
        missing = [scope for scope in scopes if not book.has_valid(scope)]
        if missing:
            wanted = " ".join(f"--scope {scope}" for scope in missing)
            raise InputError(
                f"{self._describe_demand()} asks everybody for a token, and there is none for {store_path} yet that "
                f"allows {' and '.join(missing)}: make one with  tierscope token create NAME {wanted} "
                f"--store {store_path}"
            )
        return Doorkeeper(book)

    def _describe_demand(self) -> str:
        if not is_loopback(self.host):
            return f"A server on {self.host}"
        return "A server behind a proxy" if self.is_behind_proxy else "A server with --require-tokens"

"""What a server proves itself with, taken anew when it was renewed."""

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tierscope.errors import InputError

__all__ = ["Certificate", "Renewal", "open_context"]

_Stamp: TypeAlias = tuple[tuple[int, int, int], ...]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files; they may be replaced while the server runs."""

    chain: Path
    """Its certificate, followed by those that vouch for it."""
    key: Path
    """Its private key, not encrypted."""

    def load(self) -> ssl.SSLContext:
        """Read both files.

        Raises:
            InputError: one cannot be read, or they do not belong together.
        """
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.chain, self.key, _no_password)
        except (OSError, ValueError) as error:
            raise InputError(
                f"The certificate {self.chain} with the key {self.key} cannot be used ({error}): "
                "give PEM files that belong together, the key without a password."
            ) from error
        return context


class Renewal:
    """Notices that the files of a certificate were replaced.

    Args:
        certificate: as it is used now.
    """

    def __init__(self, certificate: Certificate) -> None:
        self._certificate = certificate
        self._stamp = self._look()

    def poll(self) -> ssl.SSLContext | None:
        """What to use from now on; None where that is what was used before.

        Files that cannot be used are logged once, and what was used before stays.
        """
        stamp = self._look()
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        try:
            context = self._certificate.load()
        except InputError as error:
            _log.warning("the certificate of before stays in use. %s", error)
            return None
        _log.info("the certificate %s was renewed", self._certificate.chain)
        return context

    def _look(self) -> _Stamp:
        stamps: list[tuple[int, int, int]] = []
        for path in (self._certificate.chain, self._certificate.key):
            try:
                status = path.stat()
            except OSError:
                continue  # it is just being replaced
            stamps.append((status.st_mtime_ns, status.st_ino, status.st_size))
        return tuple(stamps)


def open_context(certificate: Certificate) -> ssl.SSLContext:
    """A TLS context that serves each new connection with the certificate that lies there then.

    Raises:
        InputError: as for ``Certificate.load``.
    """
    first = newest = certificate.load()
    renewal = Renewal(certificate)

    def take_newest(connection: ssl.SSLObject, _: str | None, __: ssl.SSLContext) -> None:
        nonlocal newest
        newest = renewal.poll() or newest
        connection.context = newest

    first.sni_callback = take_newest
    return first


def _no_password() -> str:
    raise ValueError("the key is encrypted")

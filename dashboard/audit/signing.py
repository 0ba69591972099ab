"""Ed25519 keys and signatures, as OpenSSL writes and checks them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tierscope.errors import InputError, MissingExtraError, UnreadableFileError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["is_signed_by", "load_private_key", "load_public_key", "public_key_of"]

_VARIABLE: Final = "TIERSCOPE_AUDIT_PASSPHRASE"
"""Environment variable; a command line would show the passphrase to everybody on the machine."""


def load_private_key(path: Path) -> "Ed25519PrivateKey":
    """Read a private key.

    Args:
        path: a PEM file such as ``openssl genpkey -algorithm ed25519`` writes; the passphrase of an encrypted one is
            that of the environment variable ``TIERSCOPE_AUDIT_PASSPHRASE``.

    Raises:
        MissingExtraError: the ``audit`` extra is not installed.
        UnreadableFileError: no such file.
        InputError: it holds no such key, or the passphrase is missing or another.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ModuleNotFoundError as error:
        raise MissingExtraError("audit", "Signing a bundle") from error
    content = _read(path)
    passphrase = _find_passphrase(path) if b"BEGIN ENCRYPTED" in content else None
    try:
        key = load_pem_private_key(content, passphrase)
    except (ValueError, TypeError) as error:
        if passphrase is not None:
            raise InputError(f"{path} does not open with the passphrase in {_VARIABLE}.") from error
        raise InputError(_no_key(path, "private", "openssl genpkey -algorithm ed25519 -out key.pem")) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(_no_key(path, "private", "openssl genpkey -algorithm ed25519 -out key.pem"))
    return key


def load_public_key(path: Path) -> str:
    """Read a public key.

    Args:
        path: a PEM file such as ``openssl pkey -in key.pem -pubout`` writes.

    Returns:
        Its 32 bytes in hex.

    Raises:
        MissingExtraError: the ``audit`` extra is not installed.
        UnreadableFileError: no such file.
        InputError: it holds no such key.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ModuleNotFoundError as error:
        raise MissingExtraError("audit", "Checking a signature") from error
    try:
        key = load_pem_public_key(_read(path))
    except ValueError as error:
        raise InputError(_no_key(path, "public", "openssl pkey -in key.pem -pubout -out public.pem")) from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(_no_key(path, "public", "openssl pkey -in key.pem -pubout -out public.pem"))
    return key.public_bytes_raw().hex()


def public_key_of(key: "Ed25519PrivateKey") -> str:
    """The public key that belongs to a private one, its 32 bytes in hex."""
    return key.public_key().public_bytes_raw().hex()


def is_signed_by(public_key: str, signature: bytes, content: bytes) -> bool:
    """Whether a signature of some content was made with a key.

    Args:
        public_key: 64 hex digits.
        signature: 64 bytes.
        content: what was signed.

    Raises:
        MissingExtraError: the ``audit`` extra is not installed.
    """
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ModuleNotFoundError as error:
        raise MissingExtraError("audit", "Checking a signature") from error
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _find_passphrase(path: Path) -> bytes:
    passphrase = os.environ.get(_VARIABLE)
    if not passphrase:
        raise InputError(f"The key {path} is encrypted: set {_VARIABLE} to its passphrase.")
    return passphrase.encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"The key {path} cannot be read: {error.strerror}.") from error


def _no_key(path: Path, kind: str, command: str) -> str:
    return f"{path} holds no Ed25519 {kind} key in PEM form; `{command}` writes one."

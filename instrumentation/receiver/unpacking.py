"""Request bodies out of their compression, never beyond a given size."""

import zlib
from typing import Final

from tierscope.instrumentation.receiver.refusal import RefusedError

__all__ = ["ENCODINGS", "unpack"]

ENCODINGS: Final = ("gzip", "deflate")
"""Content codings that are taken, besides none."""

_GZIP_BITS: Final = 16 + zlib.MAX_WBITS
_ZLIB_METHOD: Final = 8


def unpack(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """Undo a request's ``Content-Encoding``.

    Args:
        body: as it was received.
        encoding: value of the header; empty where there is none.
        limit_bytes: of the result. No more than this is ever decompressed.

    Raises:
        RefusedError: 413 beyond the limit, 415 for another coding, 400 where the data is damaged or truncated.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _inflate(body, _GZIP_BITS, limit_bytes)
        case "deflate":
            return _inflate(body, zlib.MAX_WBITS if _has_zlib_header(body) else -zlib.MAX_WBITS, limit_bytes)
        case _:
            accepted = {"Accept-Encoding": ", ".join(ENCODINGS)}
            raise RefusedError(415, f"Content-Encoding {encoding!r:.60} is not gzip or deflate", headers=accepted)


def _inflate(body: bytes, window_bits: int, limit_bytes: int) -> bytes:
    """Decompress every member of the data: gzip files may be joined."""
    parts: list[bytes] = []
    size_bytes = 0
    while body or not parts:
        inflator = zlib.decompressobj(window_bits)
        try:
            part = inflator.decompress(body, limit_bytes - size_bytes + 1)
        except zlib.error as error:
            raise RefusedError(400, f"the compressed body is damaged ({error})") from error
        size_bytes += len(part)
        if size_bytes > limit_bytes:
            raise RefusedError(
                413, f"the body is larger than {limit_bytes:,} bytes once decompressed; send less at once"
            )
        if not inflator.eof:
            raise RefusedError(400, "the compressed body is truncated")
        parts.append(part)
        body = inflator.unused_data
    return b"".join(parts)


def _has_zlib_header(body: bytes) -> bool:
    """Whether ``deflate`` means what RFC 9110 says; some senders leave the zlib header out."""
    return len(body) >= 2 and body[0] & 0x0F == _ZLIB_METHOD and int.from_bytes(body[:2]) % 31 == 0

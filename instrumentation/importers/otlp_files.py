"""OTLP files, told from other files by their first bytes."""

import zlib
from pathlib import Path
from typing import Final

from tierscope.instrumentation.importers.format import Format
from tierscope.instrumentation.otlp import load_spans

__all__ = ["OTLP_FILE"]

_HEAD_BYTES: Final = 64 * 1024
_GZIP_MAGIC: Final = b"\x1f\x8b"
_JSON_NAMES: Final = (b'"resourceSpans"', b'"resource_spans"')
_LENGTH_BYTES: Final = 10
"""Longest varint."""


def _sniff(path: Path) -> bool:
    """Whether a file begins like OTLP, as JSON or protobuf, plain or gzip.

    A truncated file is recognised too, so that it is reported rather than passed over.
    """
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_GZIP_MAGIC):
        head = _inflate(head)
    # Without the zero bytes UTF-16 reads like UTF-8; a byte-order mark is passed over with the white space.
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if text[:1] in (b"{", b"["):
        return any(name in text for name in _JSON_NAMES)
    return _is_request(head) or _is_request(head[4:]) or _is_request(_skip_varint(head))


def _inflate(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES)
    except zlib.error:
        return b""


def _is_request(data: bytes) -> bool:
    """Whether bytes begin as a protobuf request: field 1 with a length, and within it field 1, 2 or 3 with one."""
    inner = _skip_varint(data[1:])
    return data[:1] == b"\n" and inner[:1] in (b"\n", b"\x12", b"\x1a") and not _is_text(data)


def _skip_varint(data: bytes) -> bytes:
    for index, byte in enumerate(data[:_LENGTH_BYTES]):
        if byte < 0x80:
            return data[index + 1 :]
    return b""


def _is_text(data: bytes) -> bool:
    """Whether bytes hold no control characters but white space; ids and times of a span always bring some."""
    return not any(byte < 0x20 and byte not in b"\t\n\r\f" for byte in data)


OTLP_FILE: Final = Format("OTLP file", _sniff, load_spans)

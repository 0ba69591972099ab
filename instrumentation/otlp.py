"""OTLP files of any writing: JSON, JSON lines, protobuf, delimited protobuf, and gzip of each, told by content."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import orjson

from tierscope.errors import UnreadableFileError
from tierscope.instrumentation.otlp_json import MalformedOtlpError, spans_from_json
from tierscope.instrumentation.otlp_protobuf import spans_from_protobuf
from tierscope.instrumentation.spans import Span

__all__ = ["iter_spans", "load_spans"]

_GZIP_MAGIC: Final = b"\x1f\x8b"
_TEXT_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def load_spans(path: Path) -> list[Span]:
    """Read every span of an OTLP file.

    Args:
        path: OTLP/JSON (one document, or one a line), or OTLP/protobuf (one request, or several, each behind its
            length), or gzip of these.

    Returns:
        The spans, in the order of the file; none where it holds only empty requests.

    Raises:
        UnreadableFileError: the file is missing, empty, truncated or something else; names the place and the reason.
    """
    return list(iter_spans(path))


def iter_spans(path: Path) -> Iterator[Span]:
    """Read an OTLP file span by span; one request is decoded at a time.

    Args:
        path: as for ``load_spans``.

    Yields:
        Each span, in the order of the file.

    Raises:
        UnreadableFileError: as for ``load_spans``, once its place is reached.
    """
    try:
        content = _read(path)
        yield from _decode(content)
    except MalformedOtlpError as error:
        raise UnreadableFileError(f"{path} cannot be read as OTLP: {error}.") from error
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror or error}.") from error
    except RecursionError as error:
        raise UnreadableFileError(f"{path} cannot be read as OTLP: its values are nested too deep.") from error


def _read(path: Path) -> bytes:
    content = path.read_bytes()
    if content.startswith(_GZIP_MAGIC):
        try:
            content = gzip.decompress(content)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise MalformedOtlpError(f"its gzip data is damaged or truncated ({error})") from error
    for mark, encoding in _TEXT_MARKS.items():
        if content.startswith(mark):
            return _recode(content, encoding)
    return content


def _recode(content: bytes, encoding: str) -> bytes:
    try:
        return content.decode(encoding).encode()
    except UnicodeError as error:
        raise MalformedOtlpError(f"its text is not valid {encoding}") from error


def _decode(content: bytes) -> Iterator[Span]:
    text = content.strip()
    if not text:
        raise MalformedOtlpError("it is empty")
    if text[:1] in b"{[":
        yield from _decode_json(text)
        return
    for split in (_split_varint, _split_fixed):
        messages = split(content)
        if messages:
            for message in messages:
                yield from spans_from_protobuf(message)
            return
    yield from spans_from_protobuf(content)


def _decode_json(text: bytes) -> Iterator[Span]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        lines = text.splitlines()
        if not _is_json(lines[0]):
            raise MalformedOtlpError(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    else:
        yield from spans_from_json(document)
        return
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield from _decode_line(number, line)


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _decode_line(number: int, line: bytes) -> Iterator[Span]:
    try:
        yield from spans_from_json(orjson.loads(line))
    except orjson.JSONDecodeError as error:
        raise MalformedOtlpError(f"line {number}, column {error.colno}: {error.msg}") from error
    except MalformedOtlpError as error:
        raise MalformedOtlpError(f"line {number}: {error}") from error


def _split(content: bytes, read_length: Callable[[bytes, int], tuple[int, int] | None]) -> list[bytes]:
    """Cut a file into messages, each behind its length; nothing where the lengths do not add up to the file."""
    messages: list[bytes] = []
    position = 0
    while position < len(content):
        head = read_length(content, position)
        if head is None:
            return []
        length, position = head
        message = content[position : position + length]
        if len(message) < length or not message.startswith(b"\n"):
            return []
        messages.append(message)
        position += length
    return messages


def _split_varint(content: bytes) -> list[bytes]:
    return _split(content, _read_varint)


def _split_fixed(content: bytes) -> list[bytes]:
    """The framing of the OpenTelemetry Collector's file exporter: four bytes, big-endian."""
    return _split(content, lambda data, at: (int.from_bytes(data[at : at + 4]), at + 4))


def _read_varint(data: bytes, at: int) -> tuple[int, int] | None:
    value = 0
    for index, byte in enumerate(data[at : at + 10]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    return None

"""OTLP files of any writing: JSON, JSON lines, protobuf, delimited protobuf, and gzip of each, told by content."""

import gzip
import os
import shutil
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, TypeAlias

import orjson

from tierscope.errors import UnreadableFileError
from tierscope.instrumentation.file_kinds import name_kind
from tierscope.instrumentation.otlp_json import MalformedOtlpError, spans_from_json
from tierscope.instrumentation.spans import Span

__all__ = ["iter_spans", "load_spans"]

_GZIP_MAGIC: Final = b"\x1f\x8b"
_UTF_8_MARK: Final = b"\xef\xbb\xbf"
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_FIRST_TAG: Final = b"\n"
"""How a request in protobuf begins: field 1, of variable length."""

_GLANCE_BYTES: Final = 4096

_ReadLength: TypeAlias = Callable[[mmap, int], tuple[int, int] | None]
"""Reads the length of a message at a position: the length, and where the message begins; None for no length."""


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
    """Read an OTLP file span by span; one request is in memory at a time.

    Args:
        path: as for ``load_spans``.

    Yields:
        Each span, in the order of the file.

    Raises:
        UnreadableFileError: as for ``load_spans``, once its place is reached.
    """
    try:
        with _open(path) as content:
            yield from _decode(content, path.suffix)
    except MalformedOtlpError as error:
        raise UnreadableFileError(f"{path} cannot be read as OTLP: {error}.") from error
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror or error}.") from error
    except RecursionError as error:
        raise UnreadableFileError(f"{path} cannot be read as OTLP: its values are nested too deep.") from error


@contextmanager
def _open(path: Path) -> Generator[mmap]:
    """The unpacked content of a file, mapped instead of read, since recordings can be large."""
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(path.open("rb"))
        if _head(file) == _GZIP_MAGIC:
            file = _unpack(file, stack.enter_context(TemporaryFile()))
        if _head(file) in _UTF_16_MARKS:
            file = _recode(file, stack.enter_context(TemporaryFile()))
        if os.fstat(file.fileno()).st_size == 0:
            raise MalformedOtlpError("it is empty")
        yield stack.enter_context(mmap(file.fileno(), 0, access=ACCESS_READ))


def _head(file: IO[bytes]) -> bytes:
    head = file.read(2)
    file.seek(0)
    return head


def _unpack(packed: IO[bytes], unpacked: IO[bytes]) -> IO[bytes]:
    try:
        with gzip.open(packed) as stream:
            shutil.copyfileobj(stream, unpacked)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise MalformedOtlpError(f"its gzip data is damaged or truncated ({error})") from error
    unpacked.seek(0)
    return unpacked


def _recode(file: IO[bytes], recoded: IO[bytes]) -> IO[bytes]:
    try:
        recoded.write(file.read().decode("utf-16").encode())
    except UnicodeError as error:
        raise MalformedOtlpError("its text is not valid UTF-16") from error
    recoded.flush()
    return recoded


def _decode(content: mmap, suffix: str) -> Iterator[Span]:
    lines = _lines(content)
    first = next(lines, None)
    if first is None:
        raise MalformedOtlpError("it is empty")
    if first[1][:1] in b"{[":
        yield from _decode_json(content, first, lines)
        return
    from tierscope.instrumentation.otlp_protobuf import spans_from_protobuf  # JSON waits for neither it nor Arrow

    for read_length in (_read_varint, _read_fixed):
        if _is_delimited(content, read_length):
            for message in _split(content, read_length):
                yield from spans_from_protobuf(message)
            return
    try:
        yield from spans_from_protobuf(content[:])
    except MalformedOtlpError as error:
        kind = name_kind(content[:_GLANCE_BYTES], suffix)
        if kind is None:
            raise
        raise MalformedOtlpError(f"it is {kind}, and OTLP is JSON or protobuf") from error


def _lines(content: mmap) -> Iterator[tuple[int, bytes]]:
    """Number and text of each line that is not blank, without a byte order mark."""
    start = len(_UTF_8_MARK) if content[: len(_UTF_8_MARK)] == _UTF_8_MARK else 0
    number = 0
    while start < len(content):
        number += 1
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        line = content[start:end].strip()
        if line:
            yield number, line
        start = end + 1


def _decode_json(content: mmap, first: tuple[int, bytes], rest: Iterator[tuple[int, bytes]]) -> Iterator[Span]:
    """One document over several lines, or one on each."""
    if _is_json(first[1]):
        for number, line in chain([first], rest):
            yield from _decode_line(number, line)
        return
    try:
        document = orjson.loads(content[:].removeprefix(_UTF_8_MARK))
    except orjson.JSONDecodeError as error:
        raise MalformedOtlpError(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    yield from spans_from_json(document)


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


def _is_delimited(content: mmap, read_length: _ReadLength) -> bool:
    """Whether the file is messages, each behind its length, and nothing else."""
    position = 0
    while position < len(content):
        head = read_length(content, position)
        if head is None:
            return False
        length, position = head
        if content[position : position + 1] != _FIRST_TAG:
            return False
        position += length
    return position == len(content)


def _split(content: mmap, read_length: _ReadLength) -> Iterator[bytes]:
    position = 0
    while head := read_length(content, position):
        length, position = head
        yield content[position : position + length]
        position += length


def _read_varint(content: mmap, at: int) -> tuple[int, int] | None:
    value = 0
    for index, byte in enumerate(content[at : at + 10]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    return None


def _read_fixed(content: mmap, at: int) -> tuple[int, int] | None:
    """The framing of the OpenTelemetry Collector's file exporter: four bytes, big-endian."""
    head = content[at : at + 4]
    return (int.from_bytes(head, "big"), at + 4) if len(head) == 4 else None

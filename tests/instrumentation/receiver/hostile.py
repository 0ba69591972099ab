"""Bodies that something is wrong with, by what it is: the corpus from which fuzzing goes on.

A body on which the receiver ever fails is added here under a name of its own.
"""

import gzip
import zlib
from functools import partial
from typing import Final

import orjson

from tests.instrumentation.receiver.conftest import make_body, make_json, make_json_span

pack = partial(gzip.compress, mtime=0)
"""The same bytes at any time: they stand in the names of tests."""


def field(number: int, content: bytes) -> bytes:
    """One length-delimited field of protobuf."""
    length, size = len(content), b""
    while length > 0x7F:
        size += bytes([length & 0x7F | 0x80])
        length >>= 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + content


def _deep_value(depth: int) -> bytes:
    value = field(1, b"bottom")
    for _ in range(depth):
        value = field(5, field(1, value))
    return value


def _span(*fields: bytes) -> bytes:
    """A request with one span of valid ids and further fields as they are."""
    ids = field(1, b"\x01" * 16) + field(2, b"\x02" * 8)
    return field(1, field(2, field(2, ids + b"".join(fields))))


def _json(attributes: str, *, spans: str = "") -> bytes:
    ids = f'"traceId":"{"1" * 32}","spanId":"{"2" * 16}"'
    return f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{ids},{attributes}}}{spans}]}}]}}]}}'.encode()


_NEGATIVE: Final = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"

PROTOBUF_CORPUS: Final[dict[str, bytes]] = {
    "nothing": b"",
    "good": make_body(1, 2, 3, text="text"),
    "two requests joined": make_body(1) + make_body(2),
    "truncated": make_body(1, 2)[:-3],
    "length beyond the end": b"\x0a\xff\xff\xff\xff\x0f",
    "endless varint": b"\x0a" + b"\xff" * 32,
    "group that never ends": b"\x0b" * 64,
    "field number zero": b"\x02\x00",
    "other wire type": b"\x08\x01" + make_body(1),
    "unknown fields": make_body(1) + b"\xfa\x3e\x03new",
    "a hundred thousand empty resources": b"\x0a\x00" * 100_000,
    "no ids": field(1, field(2, field(2, field(5, b"name")))),
    "empty spans": field(1, field(2, b"\x12\x00" * 1000)),
    "ids of other lengths": field(1, field(2, field(2, field(1, b"\x01" * 15) + field(2, b"\x02" * 9)))),
    "ids of zeros": field(1, field(2, field(2, field(1, bytes(16)) + field(2, bytes(8))))),
    "own parent": _span(field(4, b"\x02" * 8)),
    "invalid UTF-8": _span(field(5, b"\xff\xfe\xc0\x80")),
    "NUL in a name": _span(field(5, b"a\x00b")),
    "negative enums": _span(b"\x30" + _NEGATIVE, field(15, b"\x18" + _NEGATIVE)),
    "times at the end of time": _span(b"\x39" + b"\xff" * 8, b"\x41" + b"\xff" * 8),
    "end before start": _span(b"\x39" + (9).to_bytes(8, "little"), b"\x41" + (1).to_bytes(8, "little")),
    "value of no type": _span(field(9, field(1, b"key"))),
    "same key a thousand times": _span(*[field(9, field(1, b"k") + field(2, field(1, b"v")))] * 1000),
    "value 20 deep": _span(field(9, field(1, b"deep") + field(2, _deep_value(20)))),
    "value 500 deep": _span(field(9, field(1, b"deep") + field(2, _deep_value(500)))),
    "NaN": _span(field(9, field(1, b"nan") + field(2, b"\x21" + bytes(6) + b"\xf8\x7f"))),
    "bytes": _span(field(9, field(1, b"raw") + field(2, field(7, bytes(range(256)))))),
    "link without ids": _span(field(13, b"")),
    "event without anything": _span(field(11, b"")),
    "JSON in its place": make_json(make_json_span(1)),
    "HTML in its place": b"<!doctype html><title>404</title>",
}

JSON_CORPUS: Final[dict[str, bytes]] = {
    "nothing": b"",
    "good": make_json(make_json_span(1), make_json_span(2)),
    "empty object": b"{}",
    "null": b"null",
    "list": b"[]",
    "number": b"1e400",
    "two documents": make_json(make_json_span(1)) * 2,
    "byte order mark": b"\xef\xbb\xbf" + make_json(make_json_span(1)),
    "UTF-16": make_json(make_json_span(1)).decode().encode("utf-16"),
    "invalid UTF-8": _json('"name":"\xff"').replace(b"\xc3\xbf", b"\xff"),
    "lone surrogate": _json(r'"name":"\ud800"'),
    "NUL": _json(r'"name":"a\u0000b"'),
    "NaN": _json('"name":NaN'),
    "spans of null": b'{"resourceSpans":[{"scopeSpans":[{"spans":null}]}]}',
    "spans as an object": b'{"resourceSpans":[{"scopeSpans":[{"spans":{}}]}]}',
    "spans of numbers": b'{"resourceSpans":[{"scopeSpans":[{"spans":[1,2]}]}]}',
    "text where a list should be": b'{"resourceSpans":"spans"}',
    "attributes as an object": _json('"attributes":{"a":1}'),
    "attribute without a value": _json('"attributes":[{"key":"a"}]'),
    "attribute of null": _json('"attributes":[null]'),
    "key of a number": _json('"attributes":[{"key":7,"value":{"stringValue":"x"}}]'),
    "integer beyond 64 bits": _json('"attributes":[{"key":"a","value":{"intValue":"999999999999999999999999"}}]'),
    "integer as a text of letters": _json('"attributes":[{"key":"a","value":{"intValue":"many"}}]'),
    "double as a text": _json('"attributes":[{"key":"a","value":{"doubleValue":"-Infinity"}}]'),
    "two types at once": _json('"attributes":[{"key":"a","value":{"intValue":1,"stringValue":"x"}}]'),
    "bytes that are no base64": _json('"attributes":[{"key":"a","value":{"bytesValue":"?"}}]'),
    "negative time": _json('"startTimeUnixNano":"-5"'),
    "time as a float": _json('"startTimeUnixNano":1.5e18'),
    "time of many digits": _json(f'"startTimeUnixNano":"{"9" * 5000}"'),
    "kind of the future": _json('"kind":99'),
    "kind as a name": _json('"kind":"SPAN_KIND_CLIENT"'),
    "status as a text": _json('"status":"ok"'),
    "parent as a number": _json('"parentSpanId":5'),
    "link to nowhere": _json('"links":[{}]'),
    "event of null": _json('"events":[null]'),
    "same key twice": _json('"name":"a","name":"b"'),
    "one good, one bad": _json('"name":"a"', spans=',{"traceId":7}'),
    "2000 deep": b'{"resourceSpans":' + b"[" * 2000,
    "value 400 deep": _json(
        '"attributes":[{"key":"a","value":' + '{"arrayValue":{"values":[' * 400 + '{"intValue":1}' + "]}}" * 400 + "}]"
    ),
    "protobuf in its place": make_body(1),
    "logs in its place": orjson.dumps({"resourceLogs": [{"scopeLogs": []}]}),
}

PACKED_CORPUS: Final[dict[str, tuple[str, bytes]]] = {
    "nothing": ("gzip", b""),
    "bomb": ("gzip", pack(bytes(50_000_000))),
    "bomb of many members": ("gzip", pack(bytes(1_000_000)) * 50),
    "bomb in deflate": ("deflate", zlib.compress(bytes(50_000_000))),
    "half": ("gzip", pack(make_body(1))[:20]),
    "wrong check sum": ("gzip", pack(make_body(1))[:-8] + bytes(8)),
    "rest behind the end": ("gzip", pack(make_body(1)) + b"more"),
    "other coding": ("br", b"\x0b\x02\x80"),
    "two codings": ("gzip, deflate", pack(zlib.compress(make_body(1)))),
    "not packed": ("deflate", make_body(1)),
}

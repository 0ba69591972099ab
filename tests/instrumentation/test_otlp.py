"""OTLP files: every writing of the same spans reads the same, and nothing but one error comes of anything else."""

import base64
import gzip
import json
import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tierscope.errors import UnreadableFileError
from tierscope.instrumentation.otlp import load_spans
from tierscope.instrumentation.spans import Span, SpanEvent, SpanLink

pack = partial(gzip.compress, mtime=0)
"""The same bytes at any time: they stand in the names of tests."""

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"
PARENT_ID = "00f067aa0ba902b7"

DOCUMENT: dict[str, Any] = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "research"}}]},
            "scopeSpans": [
                {
                    "scope": {"name": "tracer", "version": "1.2"},
                    "spans": [
                        {
                            "traceId": TRACE_ID,
                            "spanId": SPAN_ID,
                            "parentSpanId": PARENT_ID,
                            "name": "chat größer",
                            "kind": 3,
                            "startTimeUnixNano": "1790000000000000001",
                            "endTimeUnixNano": "1790000000000000002",
                            "attributes": [
                                {"key": "text", "value": {"stringValue": "x"}},
                                {"key": "count", "value": {"intValue": "42"}},
                                {"key": "share", "value": {"doubleValue": 0.5}},
                                {"key": "on", "value": {"boolValue": True}},
                                {"key": "raw", "value": {"bytesValue": "AAE="}},
                                {"key": "list", "value": {"arrayValue": {"values": [{"intValue": "1"}]}}},
                                {
                                    "key": "map",
                                    "value": {"kvlistValue": {"values": [{"key": "a", "value": {"stringValue": "b"}}]}},
                                },
                                {"key": "nothing", "value": {}},
                            ],
                            "events": [
                                {
                                    "timeUnixNano": "1790000000000000003",
                                    "name": "note",
                                    "attributes": [{"key": "a", "value": {"intValue": "1"}}],
                                }
                            ],
                            "links": [{"traceId": TRACE_ID[::-1], "spanId": SPAN_ID}],
                            "status": {"code": 2, "message": "refused"},
                        }
                    ],
                }
            ],
        }
    ]
}

EXPECTED = Span(
    trace_id=TRACE_ID,
    span_id=SPAN_ID,
    parent_span_id=PARENT_ID,
    name="chat größer",
    kind="client",
    start_ns=1790000000000000001,
    end_ns=1790000000000000002,
    status="error",
    status_message="refused",
    scope_name="tracer",
    scope_version="1.2",
    attributes={
        "text": "x",
        "count": 42,
        "share": 0.5,
        "on": True,
        "raw": "AAE=",
        "list": [1],
        "map": {"a": "b"},
        "nothing": None,
    },
    events=(SpanEvent("note", 1790000000000000003, {"a": 1}),),
    links=(SpanLink(TRACE_ID[::-1], SPAN_ID, {}),),
    resource={"service.name": "research"},
)


def protobuf() -> bytes:
    document = json.loads(json.dumps(DOCUMENT))
    span = document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    for holder in (span, *span["links"]):
        for key in ("traceId", "spanId", "parentSpanId"):
            if key in holder:  # protobuf's own JSON mapping wants base64
                holder[key] = base64.b64encode(bytes.fromhex(holder[key])).decode()
    return json_format.ParseDict(document, ExportTraceServiceRequest()).SerializeToString()


def snake_case(text: str) -> str:
    return re.sub(r'"(\w+)":', lambda match: re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", match[0]), text)


def varint_delimited(*messages: bytes) -> bytes:
    out = bytearray()
    for message in messages:
        length = len(message)
        while length > 0x7F:
            out.append(length & 0x7F | 0x80)
            length >>= 7
        out.append(length)
        out += message
    return bytes(out)


TEXT = json.dumps(DOCUMENT)
WRITINGS: dict[str, Callable[[], bytes]] = {
    "document": lambda: TEXT.encode(),
    "indented": lambda: json.dumps(DOCUMENT, indent=2).encode(),
    "raw_utf8": lambda: json.dumps(DOCUMENT, ensure_ascii=False).encode(),
    "byte_order_mark": lambda: TEXT.encode("utf-8-sig"),
    "utf_16": lambda: TEXT.encode("utf-16"),
    "white_space": lambda: b"\n \t" + TEXT.encode() + b"\r\n\r\n",
    "list": lambda: json.dumps([DOCUMENT]).encode(),
    "snake_case": lambda: snake_case(TEXT).encode(),
    "enum_names": lambda: (
        TEXT.replace('"kind": 3', '"kind": "SPAN_KIND_CLIENT"').replace('"code": 2', '"code": "STATUS_CODE_ERROR"')
    ).encode(),
    "numbers": lambda: TEXT.replace('"1790000000000000001"', "1790000000000000001").replace('"42"', "42").encode(),
    "upper_case_ids": lambda: TEXT.replace(SPAN_ID, SPAN_ID.upper()).encode(),
    "base64_ids": lambda: TEXT.replace(PARENT_ID, base64.b64encode(bytes.fromhex(PARENT_ID)).decode()).encode(),
    "unknown_keys": lambda: TEXT.replace('"traceId"', '"invented": {"a": [1]}, "traceId"').encode(),
    "protobuf": protobuf,
    "varint_delimited": lambda: varint_delimited(protobuf()),
    "collector_delimited": lambda: len(protobuf()).to_bytes(4, "big") + protobuf(),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("writing", WRITINGS)
def test_every_writing_reads_the_same_whatever_the_file_is_called(tmp_path: Path, writing: str, packed: bool) -> None:
    content = WRITINGS[writing]()
    path = tmp_path / "recording.txt"
    path.write_bytes(pack(content) if packed else content)
    assert load_spans(path) == [EXPECTED]


@pytest.mark.parametrize(
    "content",
    [
        f"{TEXT}\n{TEXT}\n".encode(),
        f'{TEXT}\n\n{{"resourceMetrics": []}}\n{TEXT}'.encode(),
        protobuf() + protobuf(),
        varint_delimited(protobuf(), protobuf()),
        (len(protobuf()).to_bytes(4, "big") + protobuf()) * 2,
    ],
    ids=["json_lines", "lines_of_other_signals", "joined_protobuf", "varint_delimited", "collector_delimited"],
)
def test_requests_in_one_file_are_read_in_order(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "recording"
    path.write_bytes(content)
    assert load_spans(path) == [EXPECTED, EXPECTED]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b" \n\n", "it is empty"),
        (TEXT[:-40].encode(), "line 1, column"),
        (f"{TEXT}\n{TEXT[:100]}\n".encode(), "line 2, column"),
        (f'{TEXT}\n{{"a": 1}}\n'.encode(), "line 2: it has no 'resourceSpans'"),
        (b'{"a": 1}', "it has no 'resourceSpans'"),
        (b'{"resourceSpans": {}}', "'resourceSpans' is not a list"),
        (TEXT.replace(SPAN_ID, "xyz").encode(), "spanId 'xyz' is not an id of 8 bytes in hex or base64"),
        (TEXT.replace('"1790000000000000001"', '"soon"').encode(), "startTimeUnixNano 'soon' is not an integer"),
        (b"hello, world", "it is plain text, and OTLP is JSON or protobuf"),
        ("\nh\u00e9llo\n".encode("utf-16"), "it is plain text"),
        (pack(b"# Notes\n"), "it is plain text"),
        (("\u00e9" * 4096).encode(), "it is plain text"),
        (b"%PDF-1.7\n1 0 obj", "it is a PDF document"),
        (b"PK\x03\x04\x14\x00", "it is a ZIP archive"),
        (b"\x89PNG\r\n\x1a\n", "it is a PNG image"),
        (bytes(8) + b"DUCK" + bytes(40), "it is a DuckDB database (a store is named with --store)"),
        (bytes(range(256)), "it is not an OTLP trace request in protobuf, or it is truncated"),
        (protobuf()[:-7], "it is not an OTLP trace request in protobuf, or it is truncated"),
        (pack(TEXT.encode())[:-20], "its gzip data is damaged or truncated"),
        (b'{"resourceSpans": ' + b"[" * 100_000, "line 1, column"),
    ],
)
def test_unreadable_file_is_named_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError) as caught:
        load_spans(path)
    assert str(caught.value).startswith(f"{path} cannot be read as OTLP: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.csv", "a CSV table"), ("README.MD", "Markdown"), ("a.yaml", "YAML"), ("a.log", "plain text")]
)
def test_text_is_named_by_its_ending(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_text("a: 1, b\n")
    with pytest.raises(UnreadableFileError, match=f"{name} cannot be read as OTLP: it is {kind}, and OTLP is"):
        load_spans(tmp_path / name)


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"nowhere cannot be read: No such file"):
        load_spans(tmp_path / "nowhere")
    with pytest.raises(UnreadableFileError, match="cannot be read: Is a directory"):
        load_spans(tmp_path)


def mutate(content: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    for position, piece in edits:
        at = position % (len(content) + 1)
        content = content[:at] + piece + content[at + len(piece) :]
    return content


BYTES = st.one_of(
    st.binary(max_size=200),
    st.builds(
        mutate,
        st.sampled_from([TEXT.encode(), protobuf(), varint_delimited(protobuf()), pack(TEXT.encode())]),
        st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=8)), max_size=6),
    ),
)
KEYS = sorted(set(re.findall(r"\w+(?=\":)", TEXT)))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=30,
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=BYTES | JSON.map(lambda value: json.dumps({"resourceSpans": [value]}).encode()))
def test_any_content_gives_spans_or_the_one_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "fuzzed"
    path.write_bytes(content)
    with suppress(UnreadableFileError):
        load_spans(path)


def test_recordings_of_real_frameworks_are_read_whole(shared: Path) -> None:
    files = sorted((shared / "traces" / "frameworks").glob("*.otlp.json"))
    assert files
    for file in files:
        document = json.loads(file.read_bytes())
        expected = [
            span["spanId"]
            for resource in document["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]
        assert [span.span_id for span in load_spans(file)] == expected

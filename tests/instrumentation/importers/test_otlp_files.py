"""OTLP files are told from others by their first bytes."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tierscope.instrumentation.importers.otlp_files import OTLP_FILE


def _request() -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    scope.spans.add(trace_id=b"\1" * 16, span_id=b"\2" * 8, name="work", start_time_unix_nano=1, end_time_unix_nano=2)
    return request


PROTOBUF = _request().SerializeToString()
JSON = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "work"}]}]}]}).encode()
WRITINGS = {
    "json": JSON,
    "json of proto names": JSON.replace(b"resourceSpans", b"resource_spans"),
    "json lines": JSON + b"\n" + JSON,
    "json behind a byte-order mark": b"\xef\xbb\xbf" + JSON,
    "json in UTF-16": JSON.decode().encode("utf-16"),
    "protobuf": PROTOBUF,
    "protobuf behind varint lengths": bytes([len(PROTOBUF)]) + PROTOBUF,
    "protobuf behind fixed lengths": len(PROTOBUF).to_bytes(4) + PROTOBUF,
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("writing", WRITINGS)
def test_every_writing_of_otlp_is_recognised_whole_or_truncated(writing: str, packed: bool, tmp_path: Path) -> None:
    content = gzip.compress(WRITINGS[writing]) if packed else WRITINGS[writing]
    for length in (len(content), len(content) - 5):
        (tmp_path / "recording").write_bytes(content[:length])
        assert OTLP_FILE.sniff(tmp_path / "recording")


OTHERS = {
    "an empty file": b"",
    "an empty line": b"\n",
    "a text after empty lines": b"\n\n\n\n\n\n# A heading after empty lines\n",
    "other JSON": b'{"agents": []}',
    "JSON that mentions the name": b'[{"question": "what is in resourceSpans?"}]',
    "a text that quotes OTLP": b"# How to export\n```json\n" + JSON + b"\n```\n",
    "an image": b"\x89PNG\r\n\x1a\n",
    "gzip of something else": gzip.compress(b"a log"),
    "gzip that is damaged at its start": b"\x1f\x8b damaged",
}


@pytest.mark.parametrize("other", OTHERS)
def test_other_files_are_not(other: str, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(OTHERS[other])
    assert not OTLP_FILE.sniff(tmp_path / "other")


def test_a_folder_is_not(tmp_path: Path) -> None:
    assert not OTLP_FILE.sniff(tmp_path)


@given(text=st.text(st.characters(exclude_categories=["C"], include_characters="\n\t")))
def test_no_text_is_taken_for_protobuf(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "text.md"
    path.write_text(f"\n{text}", encoding="utf-8")
    assert not OTLP_FILE.sniff(path)

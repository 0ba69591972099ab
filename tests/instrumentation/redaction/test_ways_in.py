"""Secrets in every place of a span, by every way into a store: no byte of them is on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import grpc
import pyarrow as pa
import pytest
from google.protobuf.json_format import MessageToJson
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from tests.instrumentation.receiver.conftest import JSON, PROTOBUF, Collector
from tests.instrumentation.redaction.leaking import KEY, SECRETS, SETTINGS, make_leaking_request, record_leaking_spans
from tierscope.instrumentation.exporter import StoreSpanExporter
from tierscope.instrumentation.importers import import_paths
from tierscope.instrumentation.otlp_protobuf import spans_from_protobuf
from tierscope.instrumentation.processor import StoreSpanProcessor
from tierscope.instrumentation.store import Store

Send: TypeAlias = Callable[[Path], None]
"""Brings leaking spans into the store ``tierscope.duckdb`` of a folder."""


def _provider() -> TracerProvider:
    resource = Resource.create({"process.command_line": f"run --key {KEY}"})
    return TracerProvider(resource=resource, shutdown_on_exit=False)


def _by_processor(folder: Path) -> None:
    provider = _provider()
    provider.add_span_processor(StoreSpanProcessor(folder / "tierscope.duckdb"))
    record_leaking_spans(provider)
    provider.shutdown()


def _by_pending_records(folder: Path) -> None:
    provider = _provider()
    processor = StoreSpanProcessor(folder / "tierscope.duckdb")
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("test")
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.input.messages": f"use {KEY}"}
    for _ in range(2):
        tracer.start_span(f"agent of {KEY}", attributes=attributes)
    assert processor.force_flush()
    processor.shutdown()


def _by_exporter(folder: Path) -> None:
    provider = _provider()
    provider.add_span_processor(SimpleSpanProcessor(StoreSpanExporter(folder / "tierscope.duckdb")))
    record_leaking_spans(provider)


def _by_http_in_protobuf(folder: Path) -> None:
    with Collector(folder) as collector:
        assert collector.send(make_leaking_request().SerializeToString(), PROTOBUF).status == 200


def _by_http_in_json(folder: Path) -> None:
    with Collector(folder) as collector:
        assert collector.send(MessageToJson(make_leaking_request()).encode(), JSON).status == 200


def _by_grpc(folder: Path) -> None:
    with (
        Collector(folder, "--grpc-port", "0") as collector,
        grpc.insecure_channel(collector.grpc_address.removeprefix("http://")) as channel,
    ):
        method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        export(make_leaking_request().SerializeToString())


def _by_import_of_protobuf(folder: Path) -> None:
    (folder / "spans.pb").write_bytes(make_leaking_request().SerializeToString())
    _import(folder, "spans.pb")


def _by_import_of_json(folder: Path) -> None:
    (folder / "spans.json").write_text(MessageToJson(make_leaking_request(), indent=None), encoding="utf-8")
    _import(folder, "spans.json")


def _import(folder: Path, name: str) -> None:
    report = import_paths([folder / name], Store(folder / "tierscope.duckdb"))
    assert report.spans == 2
    (folder / name).unlink()


WAYS: list[Send] = [
    _by_processor,
    _by_pending_records,
    _by_exporter,
    _by_http_in_protobuf,
    _by_http_in_json,
    _by_grpc,
    _by_import_of_protobuf,
    _by_import_of_json,
]


@pytest.mark.parametrize("send", WAYS, ids=lambda send: send.__name__.removeprefix("_by_"))
def test_no_secret_is_on_disk_whichever_way_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, send: Send
) -> None:
    (tmp_path / "tierscope.toml").write_text(SETTINGS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    send(tmp_path)
    store = Store(tmp_path / "tierscope.duckdb")
    _assert_no_secret(_texts_of_spool(store), "the spool")
    store.refresh()
    assert store.query("SELECT count(*) AS n FROM spans").item() == 2
    _assert_no_secret(_texts_of_database(store), "the database")
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name != "tierscope.toml":
            content = path.read_bytes()
            assert not any(secret.encode() in content for secret in SECRETS), f"{path} holds a secret"


def _texts_of_spool(store: Store) -> str:
    """What waits in the spool, out of its compression."""
    texts: list[str] = []
    for segment in store.spool.list_segments():
        content = store.spool.read(segment)
        if segment.kind == "otlp":
            texts += (repr(span) for span in spans_from_protobuf(content))
        else:
            with pa.ipc.open_file(pa.py_buffer(content)) as reader:
                texts += (str(row) for row in reader.read_all().to_pylist())
    return "\n".join(texts)


def _texts_of_database(store: Store) -> str:
    """Every row of every table, out of the database's compression."""
    with store.read() as connection:
        names = [str(row[0]) for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return "\n".join(str(connection.execute(f'FROM "{name}"').fetchall()) for name in names)


def _assert_no_secret(text: str, where: str) -> None:
    found = [secret for secret in SECRETS if secret in text]
    assert not found, f"{where} holds {found}: {text[max(0, text.find(found[0]) - 200) : text.find(found[0]) + 50]}"

"""OTLP over gRPC: the real exporter, what is answered to bad and hostile calls, and the ports."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import cast

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped] # the package says nothing of types
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # as above
from grpc import aio
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.instrumentation.receiver.conftest import DEADLINE_S, Collector, make_body, make_request
from tierscope.instrumentation.receiver.grpc_service import serving_grpc
from tierscope.instrumentation.receiver.limits import Limits
from tierscope.instrumentation.receiver.listener import open_listener
from tierscope.instrumentation.receiver.reception import Reception
from tierscope.instrumentation.store import Store

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
MIB = 1024 * 1024
UNLIMITED = [("grpc.max_send_message_length", -1)]


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Generator[Collector]:
    with Collector(tmp_path_factory.mktemp("collector"), "--grpc-port", "0") as running:
        yield running


def _send(
    collector: Collector, body: bytes, *metadata: tuple[str, str], packed: bool = False, method: str = EXPORT
) -> bytes:
    compression = grpc.Compression.Gzip if packed else grpc.Compression.NoCompression
    with grpc.insecure_channel(collector.grpc_address.removeprefix("http://"), options=UNLIMITED) as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        return export(body, timeout=DEADLINE_S, metadata=metadata, compression=compression)


def _send_refused(
    collector: Collector, body: bytes, *metadata: tuple[str, str], packed: bool = False, method: str = EXPORT
) -> grpc.Call:
    with pytest.raises(grpc.RpcError) as refused:
        _send(collector, body, *metadata, packed=packed, method=method)
    return cast("grpc.Call", refused.value)


def _retry_after_s(call: grpc.Call) -> int | None:
    details = dict(call.trailing_metadata() or ()).get("grpc-status-details-bin")
    if not isinstance(details, bytes):
        return None
    retry = RetryInfo()
    assert Status.FromString(details).details[0].Unpack(retry)
    return int(retry.retry_delay.seconds)


@pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip])
def test_recorded_agent_is_queryable_without_anyone_refreshing(
    collector: Collector, compression: grpc.Compression | None
) -> None:
    agent = f"analyst {compression}"
    provider = TracerProvider(shutdown_on_exit=False)
    exporter = OTLPSpanExporter(collector.grpc_address, compression=compression)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agent}
    with provider.get_tracer("test").start_as_current_span(f"invoke_agent {agent}", attributes=attributes):
        pass
    assert provider.force_flush()
    provider.shutdown()
    collector.wait_for_agent(agent)


def test_span_with_bad_ids_is_left_out_and_counted_and_the_rest_is_stored(collector: Collector) -> None:
    answer = _send(collector, make_request(0x401, 0, 0x402).SerializeToString())
    partial = ExportTraceServiceResponse.FromString(answer).partial_success
    assert partial.rejected_spans == 1
    assert partial.error_message == "1 left out since a span_id is all zeros instead of 8 bytes"
    assert {f"{0x401:016x}", f"{0x402:016x}"} <= set(collector.stored_ids())


def test_empty_request_succeeds_without_partial_success(collector: Collector) -> None:
    assert _send(collector, b"") == b""


def test_malformed_request_is_an_invalid_argument_that_nobody_sends_again(collector: Collector) -> None:
    refused = _send_refused(collector, b"garbage")
    assert refused.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert str(refused.details()).startswith("the body cannot be read as OTLP: it is not an OTLP trace request")
    assert _retry_after_s(refused) is None


def test_message_over_the_limit_is_refused_for_good(collector: Collector) -> None:
    refused = _send_refused(collector, bytes(65 * MIB))
    assert (refused.code(), _retry_after_s(refused)) == (grpc.StatusCode.RESOURCE_EXHAUSTED, None)


def test_compressed_message_is_unpacked_no_further_than_the_limit(collector: Collector) -> None:
    refused = _send_refused(collector, bytes(65 * MIB), packed=True)
    # A gRPC that unpacks first and measures afterwards names the unpacked size instead.
    assert (refused.code(), refused.details()) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "Decompressed message larger than max",
    )


def test_method_that_does_not_exist_is_unimplemented(collector: Collector) -> None:
    refused = _send_refused(collector, b"", method=EXPORT.replace("trace", "logs").replace("Trace", "Logs"))
    assert refused.code() is grpc.StatusCode.UNIMPLEMENTED


def test_spool_over_its_size_is_unavailable_with_a_time_to_come_back(tmp_path: Path) -> None:
    with Collector(tmp_path, "--grpc-port", "0", "--max-spool-mib", "1") as collector:
        refused = _send_refused(collector, make_body(1, text="x" * 1200 * 1024))
        _send(collector, make_body(2))
        stored = collector.stored_ids()
    assert (refused.code(), _retry_after_s(refused)) == (grpc.StatusCode.UNAVAILABLE, 2)
    assert stored == [f"{2:016x}"]


def test_ends_without_a_word(tmp_path: Path) -> None:
    with Collector(tmp_path, "--grpc-port", "0") as collector:
        _send(collector, make_body(1))
        collector.process.send_signal(signal.SIGINT)
        out, errors = collector.process.communicate(timeout=DEADLINE_S)
    assert (collector.process.returncode, out, errors) == (0, "", "")
    assert collector.stored_ids() == [f"{1:016x}"]


def test_no_more_calls_are_read_than_can_be_held(collector: Collector) -> None:
    with grpc.insecure_channel(collector.grpc_address.removeprefix("http://")) as channel:
        export: grpc.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(EXPORT)
        stop = threading.Event()
        begun = [export.future(_wait(stop), timeout=DEADLINE_S) for _ in range(33)]
        refused = cast("grpc.Call", _await_first(begun).exception())
        stop.set()
    assert (refused.code(), _retry_after_s(refused)) == (grpc.StatusCode.UNAVAILABLE, 1)
    assert refused.details() == "too much is being received at once; send it again"


def _wait(stop: threading.Event) -> Iterator[bytes]:
    """A sender that opens a call and sends nothing."""
    stop.wait(DEADLINE_S)
    yield from ()


def _await_first(begun: "Sequence[grpc.Future[bytes]]") -> "grpc.Future[bytes]":
    deadline = time.monotonic() + DEADLINE_S
    while not (ended := [one for one in begun if one.done()]):
        assert time.monotonic() < deadline, "every call is being read"
        time.sleep(0.02)
    return ended[0]


def test_call_whose_message_never_arrives_is_ended(tmp_path: Path) -> None:
    reception = Reception(Store(tmp_path / "s.duckdb"), Limits(receive_s=0.1))

    async def wait_in_vain() -> grpc.StatusCode:
        listener = open_listener("127.0.0.1", 0)
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        async with serving_grpc(reception, listener, None), aio.insecure_channel(address) as channel:
            begin: aio.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(EXPORT)
            return await begin(timeout=DEADLINE_S).code()

    assert asyncio.run(wait_in_vain()) is grpc.StatusCode.UNAVAILABLE


def _collect(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tierscope", "collect", "--port", "0", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=DEADLINE_S)


def test_taken_port_is_one_line_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _collect(tmp_path, "--grpc-port", str(port))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"tierscope: Port {port} on 127.0.0.1 cannot be used (address already in use): "
        f"take another one, such as  --grpc-port {port + 1}, or --grpc-port 0 for any that is free.\n"
    )


def test_without_the_extra_a_port_for_grpc_says_what_to_install(tmp_path: Path) -> None:
    call = "from tierscope.cli import main; main('collect --port 0 --grpc-port 0'.split())"
    command = [sys.executable, "-c", f"import sys; sys.modules['grpc'] = None; {call}"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "tierscope: OTLP over gRPC needs the 'grpc' extra: run  pip install 'tierscope[grpc]'  and try again.\n"
    )

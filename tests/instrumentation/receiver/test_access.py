"""Tokens and TLS at a real receiver, over both transports and with OpenTelemetry's own exporters."""

import http.client
import ssl
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple, cast

import grpc
import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # the package says nothing of types
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.instrumentation.receiver.certificates import make_certificate
from tests.instrumentation.receiver.conftest import DEADLINE_S, PROTOBUF, Collector, make_body
from tierscope.errors import InputError
from tierscope.instrumentation.access import Scope, TokenBook
from tierscope.instrumentation.receiver.certificate import Certificate

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


class Guarded(NamedTuple):
    collector: Collector
    book: TokenBook
    ingest: str
    read: str


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Generator[Guarded]:
    """A receiver on loopback that asks for tokens."""
    folder = tmp_path_factory.mktemp("guarded")
    book = TokenBook.of_store(folder / "tierscope.duckdb")
    _, ingest = book.create("sender", (Scope.INGEST,), None)
    _, read = book.create("reader", (Scope.READ,), None)
    with Collector(folder, "--grpc-port", "0", "--require-tokens") as collector:
        yield Guarded(collector, book, ingest, read)


def _call(collector: Collector, body: bytes, *authorizations: str) -> grpc.StatusCode:
    with grpc.insecure_channel(collector.grpc_address.removeprefix("http://")) as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXPORT)
        try:
            export(body, timeout=DEADLINE_S, metadata=tuple(("authorization", value) for value in authorizations))
        except grpc.RpcError as error:
            return cast("grpc.Call", error).code()
    return grpc.StatusCode.OK


def test_valid_token_is_let_in_over_http(guarded: Guarded) -> None:
    assert guarded.collector.send(make_body(0x11), Authorization=f"Bearer {guarded.ingest}").status == 200
    assert f"{0x11:016x}" in guarded.collector.stored_ids()


@pytest.mark.parametrize("authorization", [None, "", "Basic YTpi", "Bearer", "Bearer tierscope_00000000_0", "{ingest}"])
def test_without_a_valid_token_http_is_unauthorized_and_says_how(guarded: Guarded, authorization: str | None) -> None:
    sent = {} if authorization is None else {"Authorization": authorization.format(ingest=guarded.ingest)}
    answer = guarded.collector.send(make_body(0x12), **sent)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="tierscope"')
    assert Status.FromString(answer.body).message == "a valid token is needed, as  Authorization: Bearer TOKEN"
    assert f"{0x12:016x}" not in guarded.collector.stored_ids()


def test_large_body_without_a_token_is_answered_and_not_reset(guarded: Guarded) -> None:
    assert guarded.collector.send(bytes(20 * 1024 * 1024)).status == 401


def test_token_for_the_dashboard_only_is_forbidden_to_send(guarded: Guarded) -> None:
    answer = guarded.collector.send(make_body(0x13), Authorization=f"Bearer {guarded.read}")
    assert answer.status == 403
    assert answer.headers["www-authenticate"] == 'Bearer realm="tierscope", error="insufficient_scope", scope="ingest"'
    assert _call(guarded.collector, make_body(0x13), f"Bearer {guarded.read}") is grpc.StatusCode.PERMISSION_DENIED
    assert f"{0x13:016x}" not in guarded.collector.stored_ids()


def test_grpc_asks_for_the_same_tokens(guarded: Guarded) -> None:
    valid = f"Bearer {guarded.ingest}"
    assert _call(guarded.collector, make_body(0x14), valid) is grpc.StatusCode.OK
    assert _call(guarded.collector, make_body(0x15)) is grpc.StatusCode.UNAUTHENTICATED
    assert _call(guarded.collector, make_body(0x15), "Bearer tierscope_0_0") is grpc.StatusCode.UNAUTHENTICATED
    assert _call(guarded.collector, make_body(0x15), valid, valid) is grpc.StatusCode.UNAUTHENTICATED
    stored = guarded.collector.stored_ids()
    assert f"{0x14:016x}" in stored
    assert f"{0x15:016x}" not in stored


def test_message_of_a_stranger_is_not_even_read(guarded: Guarded) -> None:
    assert _call(guarded.collector, bytes(3 * 1024 * 1024)) is grpc.StatusCode.UNAUTHENTICATED


def test_revoked_token_is_refused_from_the_next_request_on(guarded: Guarded) -> None:
    token, secret = guarded.book.create("short", (Scope.INGEST,), None)
    valid = f"Bearer {secret}"
    assert guarded.collector.send(make_body(0x16), Authorization=valid).status == 200
    command = [sys.executable, "-m", "tierscope", "token", "revoke", token.id]
    subprocess.run(command, cwd=guarded.book.path.parent, check=True, timeout=DEADLINE_S)
    assert guarded.collector.send(make_body(0x17), Authorization=valid).status == 401
    assert _call(guarded.collector, make_body(0x17), valid) is grpc.StatusCode.UNAUTHENTICATED


def _export(exporter: SpanExporter) -> SpanExportResult:
    kept = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    provider.get_tracer("test").start_span("step").end()
    result = exporter.export(kept.get_finished_spans())
    exporter.shutdown()
    return result


def test_exporters_that_name_a_token_in_their_headers_are_let_in(guarded: Guarded) -> None:
    headers = {"authorization": f"Bearer {guarded.ingest}"}
    before = len(guarded.collector.stored_ids())
    http_exporter = HttpExporter(f"{guarded.collector.address}/v1/traces", headers=headers)
    assert _export(http_exporter) is SpanExportResult.SUCCESS
    assert _export(GrpcExporter(guarded.collector.grpc_address, headers=headers)) is SpanExportResult.SUCCESS
    assert _export(HttpExporter(f"{guarded.collector.address}/v1/traces")) is SpanExportResult.FAILURE
    assert len(guarded.collector.stored_ids()) == before + 2


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Collector, Certificate, str]]:
    """A receiver on every address, over TLS."""
    folder = tmp_path_factory.mktemp("encrypted")
    certificate = make_certificate(folder)
    _, secret = TokenBook.of_store(folder / "tierscope.duckdb").create("sender", (Scope.INGEST,), None)
    files = ("--tls-certificate", str(certificate.chain), "--tls-key", str(certificate.key))
    with Collector(folder, "--host", "0.0.0.0", "--grpc-port", "0", *files) as collector:
        yield collector, certificate, secret


def test_beyond_loopback_exporters_send_over_tls(
    encrypted: tuple[Collector, Certificate, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    collector, certificate, secret = encrypted
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # requests prefers them to what the exporter says
        monkeypatch.delenv(variable, raising=False)
    assert collector.address.startswith("https://0.0.0.0:")
    headers = {"authorization": f"Bearer {secret}"}
    http_exporter = HttpExporter(
        f"https://localhost:{collector.port}/v1/traces", certificate_file=str(certificate.chain), headers=headers
    )
    assert _export(http_exporter) is SpanExportResult.SUCCESS
    credentials = grpc.ssl_channel_credentials(certificate.chain.read_bytes())
    port = collector.grpc_address.rpartition(":")[2]
    grpc_exporter = GrpcExporter(f"https://localhost:{port}", credentials=credentials, headers=headers)
    assert _export(grpc_exporter) is SpanExportResult.SUCCESS
    assert len(collector.stored_ids()) == 2


def test_beyond_loopback_a_token_is_asked_for_under_every_name(encrypted: tuple[Collector, Certificate, str]) -> None:
    collector, certificate, secret = encrypted
    trusting = ssl.create_default_context(cafile=str(certificate.chain))
    for sent, status in (({}, 401), ({"Authorization": f"Bearer {secret}"}, 200)):
        connection = http.client.HTTPSConnection("localhost", collector.port, timeout=DEADLINE_S, context=trusting)
        headers = {"Host": "spans.example.org", "Content-Type": PROTOBUF, **sent}
        connection.request("POST", "/v1/traces", make_body(0x21), headers)
        assert connection.getresponse().status == status
        connection.close()


def test_renewed_certificate_is_served_from_the_next_connection_on_and_a_broken_one_is_not(
    encrypted: tuple[Collector, Certificate, str],
) -> None:
    collector, certificate, _ = encrypted
    grpc_port = int(collector.grpc_address.rpartition(":")[2])
    for port in (collector.port, grpc_port):
        first = _served(port)
        make_certificate(certificate.chain.parent)
        renewed = ssl.PEM_cert_to_DER_cert(certificate.chain.read_text())
        assert _served(port) == renewed != first
        certificate.key.write_text("not any more")
        assert _served(port) == renewed
        make_certificate(certificate.chain.parent)


def _served(port: int) -> bytes:
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("localhost", port), timeout=DEADLINE_S))


def test_half_of_a_certificate_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tierscope", "collect", "--port", "0", "--no-grpc", "--tls-key", "key.pem"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "tierscope: TLS needs both --tls-certificate and --tls-key: give the other one too.\n"


def test_certificate_that_is_missing_is_named() -> None:
    certificate = Certificate(Path("/nowhere/chain.pem"), Path("/nowhere/key.pem"))
    with pytest.raises(InputError) as refused:
        certificate.load()
    assert str(refused.value) == (
        "The certificate /nowhere/chain.pem with the key /nowhere/key.pem cannot be used "
        "([Errno 2] No such file or directory): give PEM files that belong together, the key without a password."
    )


def test_encrypted_key_is_refused_instead_of_asking_the_terminal(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be used \(the key is encrypted\): give PEM files"):
        make_certificate(tmp_path, password=b"secret").load()


def test_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with pytest.raises(InputError, match="give PEM files that belong together"):
        Certificate(make_certificate(first).chain, make_certificate(second).key).load()

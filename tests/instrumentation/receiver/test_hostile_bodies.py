"""Whatever a body holds, it is taken so that it can be drained, or refused; nothing else happens, redacted or not."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.instrumentation.receiver.hostile import JSON_CORPUS, PACKED_CORPUS, PROTOBUF_CORPUS
from tierscope.instrumentation.columns import SPAN_SCHEMA
from tierscope.instrumentation.otlp_json import MalformedOtlpError
from tierscope.instrumentation.otlp_protobuf import table_from_protobuf
from tierscope.instrumentation.receiver.intake import Intake, Sieve, take_json, take_protobuf
from tierscope.instrumentation.receiver.refusal import RefusedError
from tierscope.instrumentation.receiver.unpacking import unpack
from tierscope.instrumentation.redaction import make_redactor
from tierscope.instrumentation.settings import Settings

OPEN = Sieve(span_bytes=100_000)
REDACTING = Sieve(
    span_bytes=100_000, redactor=make_redactor(Settings.model_validate({"redaction": {"detect": ["all"]}}))
)
LIMIT_BYTES = 2_000_000


def _taken(take: Callable[[bytes, Sieve], Intake], body: bytes, sieve: Sieve) -> tuple[int, int] | None:
    """How many spans were taken and rejected; None for a body that is malformed."""
    try:
        intake = take(body, sieve)
    except MalformedOtlpError:
        return None
    assert bool(intake.reason) == bool(intake.rejected)
    if intake.content is None:
        return 0, intake.rejected
    table = table_from_protobuf(intake.content) if isinstance(intake.content, bytes) else intake.content
    assert table.schema.names == SPAN_SCHEMA.names
    assert table.num_rows > 0
    assert all(len(str(span_id)) == 16 for span_id in table["span_id"].to_pylist())
    return table.num_rows, intake.rejected


def _check(take: Callable[[bytes, Sieve], Intake], body: bytes) -> None:
    assert _taken(take, body, OPEN) == _taken(take, body, REDACTING), "redacting changes no fate"


def _unpacked_status(body: bytes, encoding: str) -> int:
    try:
        unpacked = unpack(body, encoding, LIMIT_BYTES)
    except RefusedError as refused:
        return refused.status
    assert len(unpacked) <= LIMIT_BYTES
    return 200


@pytest.mark.parametrize("name", PROTOBUF_CORPUS)
def test_protobuf_of_the_corpus_is_taken_or_refused(name: str) -> None:
    _check(take_protobuf, PROTOBUF_CORPUS[name])


@pytest.mark.parametrize("name", JSON_CORPUS)
def test_json_of_the_corpus_is_taken_or_refused(name: str) -> None:
    _check(take_json, JSON_CORPUS[name])


@pytest.mark.parametrize("name", PACKED_CORPUS)
def test_packed_body_of_the_corpus_is_unpacked_within_its_limit_or_refused(name: str) -> None:
    encoding, body = PACKED_CORPUS[name]
    other = {"bomb": 413, "bomb of many members": 413, "bomb in deflate": 413, "other coding": 415, "two codings": 415}
    assert _unpacked_status(body, encoding) == other.get(name, 400)


@st.composite
def _mutated(draw: st.DrawFn, corpus: dict[str, bytes]) -> bytes:
    """A body of the corpus with bytes cut, doubled, replaced or put in from another one."""
    small = sorted(body for body in corpus.values() if len(body) < 4000)
    body = draw(st.sampled_from(small))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 64)))
        other = draw(st.sampled_from(small))
        piece = draw(
            st.binary(max_size=8)
            | st.just(b"")
            | st.just(body[start:end] * 2)
            | st.sampled_from([b"\xff", b"\x00", b"9" * 30, b'"', b"[", b"{", b"null"])
            | st.just(other[: end - start + 16])
        )
        body = body[:start] + piece + body[end:]
    return body


@given(_mutated(PROTOBUF_CORPUS))
def test_mutated_protobuf_is_taken_or_refused(body: bytes) -> None:
    _check(take_protobuf, body)


@given(_mutated(JSON_CORPUS))
def test_mutated_json_is_taken_or_refused(body: bytes) -> None:
    _check(take_json, body)


@given(_mutated({name: body for name, (_, body) in PACKED_CORPUS.items()}), st.sampled_from(["gzip", "deflate"]))
def test_mutated_packing_is_undone_within_its_limit_or_refused(body: bytes, encoding: str) -> None:
    assert _unpacked_status(body, encoding) in (200, 400, 413)

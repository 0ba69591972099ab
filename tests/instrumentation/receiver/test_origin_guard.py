"""A page in a browser can make it send requests to loopback; none of them reaches a store."""

import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.instrumentation.receiver.conftest import DEADLINE_S, Collector, make_body
from tierscope.instrumentation.receiver.exposure import Exposure
from tierscope.instrumentation.receiver.origin_guard import OriginGuard


@pytest.mark.parametrize("host", ["localhost", "localhost:4318", "127.0.0.1:1", "[::1]:4318", "LocalHost", "127.9.9.9"])
def test_own_names_are_answered(collector: Collector, host: str) -> None:
    assert collector.send(make_body(0x31), Host=host).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:4318", "localhost.evil.example", "127.0.0.1.nip.io", "", "[::1", "a@localhost.evil"],
)
def test_foreign_name_that_leads_here_is_refused(collector: Collector, host: str) -> None:
    answer = collector.send(make_body(0x32), Host=host)
    assert answer.status == 403
    assert answer.body.startswith(b"this server is not called '")
    assert f"{0x32:016x}" not in collector.stored_ids()


def test_two_host_headers_are_refused(collector: Collector) -> None:
    with socket.create_connection(("127.0.0.1", collector.port), timeout=DEADLINE_S) as connection:
        connection.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert connection.recv(12) in {b"HTTP/1.1 400", b"HTTP/1.1 403"}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:3000", "http://localhost"])
def test_page_of_another_origin_is_refused(collector: Collector, origin: str) -> None:
    assert collector.send(make_body(0x33), Host="localhost", Origin=origin).status == 403
    assert collector.send(b"", method="OPTIONS", Host="localhost", Origin=origin).status in {403, 405}
    assert f"{0x33:016x}" not in collector.stored_ids()


def test_answers_forbid_framing_sniffing_and_telling_addresses(collector: Collector) -> None:
    headers = collector.send(make_body(0x34)).headers
    assert headers["content-security-policy"] == "frame-ancestors 'self'"
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")
    assert "server" not in headers


def test_further_name_is_answered_where_it_was_allowed(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Collector(tmp_path_factory.mktemp("named"), "--allow-host", "host.docker.internal") as collector:
        assert collector.send(make_body(1), Host="host.docker.internal:4318").status == 200
        assert collector.send(make_body(1), Host="evil.example").status == 403


@given(host=st.text(max_size=300), asks_for_tokens=st.booleans())
@example(host="http://[", asks_for_tokens=False)
@example(host="null", asks_for_tokens=True)
@example(host="", asks_for_tokens=True)
def test_no_header_breaks_the_guard(host: str, asks_for_tokens: bool) -> None:
    guard = OriginGuard(_never, Exposure(requires_tokens=asks_for_tokens))
    headers = [(b"host", host.encode()), (b"origin", host.encode())]
    reason = guard.find_reason({"type": "http", "path": "/", "headers": headers})
    assert reason is None or reason.isprintable()


async def _never(*_: object) -> None:
    raise AssertionError

"""The login of a real server, in a real browser and past it: nothing is reached without a session."""

import http.client
import ssl
import urllib.parse
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.dashboard.conftest import DEADLINE_MS, OpenPage, Serve
from tests.instrumentation.receiver.certificates import make_certificate
from tests.instrumentation.receiver.conftest import PROTOBUF, make_body
from tierscope.instrumentation.access import Scope, TokenBook
from tierscope.instrumentation.spool import Spool

DEADLINE_S = DEADLINE_MS / 1000


class Guarded(NamedTuple):
    address: str
    book: TokenBook
    read: str
    ingest: str

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=DEADLINE_S)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    def log_in(self, secret: str, query: str = "", **headers: str) -> http.client.HTTPResponse:
        form = urllib.parse.urlencode({"token": secret, "query": query}).encode()
        return self.ask("POST", "/login", form, Content_Type="application/x-www-form-urlencoded", **headers)


@pytest.fixture(scope="module")
def guarded(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    """A dashboard on loopback that asks for tokens, and one token of each kind."""
    store = tmp_path_factory.mktemp("guarded") / "s.duckdb"
    Spool.of_store(store).append_body(make_body(1, 2))
    book = TokenBook.of_store(store)
    _, read = book.create("reader", (Scope.READ,), None)
    _, ingest = book.create("sender", (Scope.INGEST,), None)
    return Guarded(serve(store, "--otlp-port", "0", "--no-grpc", "--require-tokens"), book, read, ingest)


@pytest.fixture
def stranger(context: BrowserContext) -> Generator[None]:
    """A browser that is logged in nowhere."""
    context.clear_cookies()
    yield
    context.clear_cookies()


def _log_in(page: Page, secret: str) -> None:
    page.get_by_label("Access token").fill(secret)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.usefixtures("stranger")
def test_person_logs_in_comes_to_the_page_they_asked_for_and_logs_out(guarded: Guarded, open_page: OpenPage) -> None:
    page = open_page(f"{guarded.address}/?view=retention&signals=lost")
    _log_in(page, guarded.ingest)
    expect(page.get_by_role("alert")).to_have_text("That token is not valid for this dashboard.")
    _log_in(page, guarded.read)
    expect(page.locator(".ts-nav a.here")).to_have_text("Retention")
    assert page.url == f"{guarded.address}/?view=retention&signals=lost"
    (cookie,) = [one for one in page.context.cookies() if one.get("name") == "tierscope_session"]
    assert (cookie.get("httpOnly"), cookie.get("sameSite"), cookie.get("path")) == (True, "Strict", "/")
    page.get_by_role("link", name="Log out").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Access token")).to_be_focused()
    assert guarded.ask("GET", "/", Cookie=f"tierscope_session={cookie.get('value')}").status == 401
    page.goto(guarded.address)
    expect(page.get_by_label("Access token")).to_be_visible()


@pytest.mark.usefixtures("stranger")
def test_link_on_another_site_leads_to_the_page_of_who_is_logged_in(guarded: Guarded, open_page: OpenPage) -> None:
    page = open_page(guarded.address)
    _log_in(page, guarded.read)
    expect(page.locator(".ts-nav a.here")).to_have_text("Overview")
    page.goto(f"data:text/html,<a href='{guarded.address}/?view=spawning'>a link in a chat</a>")
    page.get_by_role("link").click()
    expect(page.locator(".ts-nav a.here")).to_have_text("Spawning")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/index.html",
        "/_stcore/host-config",
        "/_stcore/metrics",
        "/_stcore/script-health-check",
        "/_stcore/health/",
        "//_stcore/health",
        "/_stcore/upload_file/x/y",
        "/media/x.csv",
        "/component/x/index.html",
        "/static/x.js",
        "/app/static/x",
        "/v1/traces/",
        "/login/",
        "/anything",
    ],
)
def test_no_route_is_open(guarded: Guarded, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        assert guarded.ask(method, path).status == 401


def test_that_the_server_is_up_is_no_secret(guarded: Guarded) -> None:
    assert guarded.ask("GET", "/_stcore/health").status == 200


def test_spans_are_taken_with_a_token_and_no_cookie(guarded: Guarded) -> None:
    def send(**headers: str) -> int:
        return guarded.ask("POST", "/v1/traces", make_body(7), Content_Type=PROTOBUF, **headers).status

    assert send(Authorization=f"Bearer {guarded.ingest}") == 200
    assert send() == 401
    assert send(Cookie=str(guarded.log_in(guarded.read).getheader("set-cookie")).partition(";")[0]) == 401


@pytest.mark.parametrize("headers", [{}, {"Cookie": "tierscope_session=forged.1.2.3"}])
def test_websocket_is_refused_without_a_session(guarded: Guarded, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(_stream(guarded), additional_headers=headers):
        pass
    assert refused.value.response.status_code == 403


def test_websocket_of_a_page_of_another_site_is_refused_with_a_session(guarded: Guarded) -> None:
    headers = {"Cookie": str(guarded.log_in(guarded.read).getheader("set-cookie")).partition(";")[0]}
    with connect(_stream(guarded), additional_headers=headers, origin=Origin(f"http://{_host(guarded)}")):
        pass
    foreign = Origin("http://localhost:3000")
    with pytest.raises(InvalidStatus) as refused, connect(_stream(guarded), additional_headers=headers, origin=foreign):
        pass
    assert refused.value.response.status_code == 403


def test_open_websocket_is_closed_once_its_token_is_revoked(guarded: Guarded) -> None:
    token, secret = guarded.book.create("short", (Scope.READ,), None)
    headers = {"Cookie": str(guarded.log_in(secret).getheader("set-cookie")).partition(";")[0]}
    with connect(_stream(guarded), additional_headers=headers) as websocket:
        guarded.book.revoke(token.id)
        websocket.send(b"\x00")
        with pytest.raises(ConnectionClosed):
            websocket.recv(timeout=DEADLINE_S)


@pytest.mark.usefixtures("stranger")
def test_open_page_leads_to_the_login_once_its_token_is_revoked(guarded: Guarded, open_page: OpenPage) -> None:
    token, secret = guarded.book.create("short", (Scope.READ,), None)
    page = open_page(f"{guarded.address}/?view=spawning")
    ended = page.get_by_text("Your session has ended. Log in again.")
    expect(ended).to_have_count(0)
    _log_in(page, secret)
    expect(page.locator(".ts-nav a.here")).to_have_text("Spawning")
    page.wait_for_load_state("networkidle")  # what watches the session is there too
    guarded.book.revoke(token.id)
    expect(ended).to_be_visible()
    _log_in(page, guarded.read)
    expect(page.locator(".ts-nav a.here")).to_have_text("Spawning")


def _host(guarded: Guarded) -> str:
    return guarded.address.removeprefix("http://")


def _stream(guarded: Guarded) -> str:
    return f"ws://{_host(guarded)}/_stcore/stream"


def test_login_leads_to_no_other_site(guarded: Guarded) -> None:
    for query in ("https://evil.example", "/evil.example", "\r\nX-Evil: 1", "@evil.example", "view=run"):
        location = str(guarded.log_in(guarded.read, query).getheader("location"))
        target = urllib.parse.urljoin(guarded.address, location)
        assert urllib.parse.urlsplit(target)[:3] == ("http", _host(guarded), "/")
        assert guarded.log_in(guarded.read, query).getheader("x-evil") is None


def test_query_is_shown_as_text(guarded: Guarded, open_page: OpenPage) -> None:
    query = '"><script>document.title="run"</script>'
    page = open_page(f"{guarded.address}/login?query={urllib.parse.quote(query)}")
    assert page.title() == "Log in · tierscope"
    assert page.locator("input[name=query]").input_value() == query


def test_login_of_a_page_of_another_site_is_refused(guarded: Guarded) -> None:
    answer = guarded.log_in(guarded.read, Origin="http://evil.example")
    assert (answer.status, answer.getheader("set-cookie")) == (403, None)


def test_over_tls_the_session_is_kept_to_tls(serve: Serve, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    _, secret = TokenBook.of_store(tmp_path / "s.duckdb").create("x", (Scope.ADMIN,), None)
    files = ("--tls-certificate", str(certificate.chain), "--tls-key", str(certificate.key))
    address = serve(tmp_path / "s.duckdb", "--otlp-port", "0", "--no-grpc", "--host", "0.0.0.0", *files)
    assert address.startswith("https://0.0.0.0:")
    trusting = ssl.create_default_context(cafile=str(certificate.chain))
    port = int(address.rpartition(":")[2])

    def ask(method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection("localhost", port, timeout=DEADLINE_S, context=trusting)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    assert ask("GET", "/").status == 401
    cookie, _, flags = str(ask("POST", "/login", f"token={secret}").getheader("set-cookie")).partition(";")
    assert "secure" in flags.lower()
    assert ask("GET", "/", Cookie=cookie).status == 200

"""The pages of the login: plain HTML that loads nothing and runs nothing."""

from html import escape
from pathlib import Path
from string import Template
from typing import Final

from starlette.responses import HTMLResponse

__all__ = ["render_again", "render_login", "render_logout"]

_FOLDER: Final = Path(__file__).resolve().parent
_STYLES: Final = (_FOLDER.parent / "page.css", _FOLDER / "login.css")
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
}


def render_login(
    query: str, *, problem: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> HTMLResponse:
    """The page that asks for a token.

    Args:
        query: of the dashboard's address, to go back to afterwards.
        problem: why the attempt before failed; empty where there was none.
        status: of the answer.
        headers: others that the status calls for.
    """
    notice = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    body = _load("login.html").substitute(problem=notice, query=escape(query))
    return _render("Log in", body, status, headers)


def render_logout() -> HTMLResponse:
    """The page that asks whether to log out: a link must not do it, since any page can make a browser follow one."""
    return _render("Log out", _load("logout.html").substitute())


def render_again() -> HTMLResponse:
    """A page that asks for the same address once more.

    After a click on a link elsewhere, the browser keeps a strict cookie back; of what a page of ours asks, it does not.
    """
    page = '<!doctype html><meta http-equiv="refresh" content="0"><title>tierscope</title>'
    return HTMLResponse(page, headers=_HEADERS)


def _render(title: str, body: str, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    styles = "".join(path.read_text(encoding="utf-8") for path in _STYLES)
    page = _load("page.html").substitute(title=title, styles=styles, body=body)
    return HTMLResponse(page, status, {**_HEADERS, **(headers or {})})


def _load(name: str) -> Template:
    return Template((_FOLDER / name).read_text(encoding="utf-8"))

"""A report as one HTML page that needs no network, no script and nothing beside it."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tierscope.dashboard.audit.report import Report
from tierscope.errors import MissingExtraError

__all__ = ["check_extra", "render_page"]

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
_CODE: Final = re.compile(r"``([^`]+)``|`([^`]+)`")


def check_extra() -> None:
    """Make sure that a page can be set, before long work is done for it.

    Raises:
        MissingExtraError: the ``audit`` extra is not installed.
    """
    if find_spec("jinja2") is None:
        raise MissingExtraError("audit", "An audit report")


def render_page(report: Report) -> str:
    """Set a report.

    Args:
        report: what it says; recorded text in it is escaped here, wherever it stands.

    Returns:
        A complete HTML document.

    Raises:
        MissingExtraError: the ``audit`` extra is not installed.
    """
    check_extra()
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup, escape

    def mark_code(text: str) -> Markup:
        """Text with what stands in backticks as code; escaped first, so that nothing else becomes markup."""
        return Markup(_CODE.sub(lambda found: f"<code>{found[1] or found[2]}</code>", str(escape(text))))  # noqa: S704

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["code"] = mark_code
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html.j2").render(report=report, style=Markup(style))  # noqa: S704 - ours

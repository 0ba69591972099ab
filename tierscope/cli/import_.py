"""``tierscope import``: files and folders into the store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierscope.cli._options import JsonOption, StoreOption, store_path
from tierscope.cli._output import print_json, progress_bar, safe

if TYPE_CHECKING:
    from tierscope.instrumentation.importers import ImportReport

app = typer.Typer(add_completion=False)


@app.command(epilog="Example:  tierscope import recordings/ one.otlp.json.gz --store team.duckdb")
def import_(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files, or folders that are searched to any depth.")
    ],
    store: StoreOption = None,
    readmit: Annotated[
        bool, typer.Option("--readmit", help="Also take traces that were pruned from the store.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read trace files and report folders into the store.

    OTLP as JSON or protobuf, also one request a line, behind its length, or gzip; and TradingAgents' report folders.
    What the store already has is not stored again. What cannot be read is named and left out, and the exit code is 2.
    """
    from tierscope.instrumentation.importers import import_paths
    from tierscope.instrumentation.store import Store

    opened = Store(store_path(store))
    with progress_bar("Importing") as progress:
        report = import_paths(paths, opened, progress, readmits=readmit)
    for one in report.skipped:
        print(f"tierscope: {safe(one.reason).plain}", file=sys.stderr)
    if as_json:
        print_json(_as_json(report, opened.path))
    elif report.sources or not report.skipped:
        print(_summarise(report, opened.path))
    if report.skipped:
        raise typer.Exit(2)


def _summarise(report: ImportReport, store: Path) -> str:
    ignored = f"{_count(report.ignored, 'other file')} ignored"
    if not report.sources:
        return f"Nothing to import: {ignored}."
    parts = [
        f"{_count(report.new_spans, 'new span')} of {_count(report.traces, 'trace')} in {store}, "
        f"read from {_count(report.sources, 'file or folder', 'files or folders')}"
    ]
    before = report.spans - report.new_spans - report.pruned_spans
    if before:
        parts.append(f"{_count(before, 'span')} stored before")
    if report.pruned_spans:
        parts.append(f"{_count(report.pruned_spans, 'span')} of pruned traces left out (--readmit takes them)")
    if report.ignored:
        parts.append(ignored)
    if report.skipped:
        parts.append(f"{len(report.skipped)} skipped")
    return f"{'; '.join(parts)}."


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _as_json(report: ImportReport, store: Path) -> dict[str, Any]:
    return {
        "store": str(store),
        "sources": report.sources,
        "traces": report.traces,
        "spans": report.spans,
        "new_spans": report.new_spans,
        "pruned_spans": report.pruned_spans,
        "ignored": report.ignored,
        "skipped": [{"path": _text(str(one.path)), "reason": _text(one.reason)} for one in report.skipped],
    }


def _text(text: str) -> str:
    """A text as JSON can hold it: names of files may have bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

"""``tierscope store``: look into the span store, and look after it."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from tierscope.cli._options import JsonOption, StoreOption, find_store, open_store, takes_runs
from tierscope.cli._output import console, print_json, print_table, progress_bar, safe
from tierscope.cli._prune import prune

if TYPE_CHECKING:
    from tierscope.instrumentation.upkeep.finding import Finding
    from tierscope.metrics import RunFilter

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command(epilog="Example:  tierscope store prune --older-than 30d --project research --dry-run")(prune)

_OTLP_ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
_MIB = 1024 * 1024
_STYLES = {"ok": "green", "note": "cyan", "warning": "yellow", "failed": "red"}


class FailOn(Enum):
    """Which findings of the doctor fail it."""

    WARNING = "warning"
    FAILED = "failed"


@app.callback()
def _group() -> None:
    """Look into the span store, and look after it."""


@app.command(epilog="Example:  tierscope store info --json")
def info(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Say what is in the store: rows per table, sizes, what waits in the spool, when the last span came."""
    from tierscope.instrumentation.inventory import count_store

    facts = count_store(open_store(store))
    if as_json:
        print_json(facts)
        return
    print_table(
        ["what", "value"],
        [[name.replace("_", " "), _show(value)] for name, value in facts.items()],
    )


@app.command(epilog="Example:  tierscope store export spans.jsonl.gz --since 7d")
@takes_runs
def export(
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET",
            help="A folder for Parquet files; or a file that ends with .json, .jsonl or .gz of these, for OTLP.",
        ),
    ],
    *,
    store: StoreOption = None,
    runs: RunFilter,
) -> None:
    """Write the store's tables as Parquet, with a manifest; or its spans as OTLP, which can be imported again.

    Nothing is written over, and what is interrupted leaves nothing behind.
    """
    from tierscope.metrics.run_filter import select_ids

    opened = open_store(store)
    run_ids = select_ids(opened, runs)
    with progress_bar("Exporting spans") as progress:
        if target.name.endswith(_OTLP_ENDINGS):
            from tierscope.instrumentation.upkeep.otlp_export import export_otlp

            written = f"{export_otlp(opened, target, run_ids, progress):,} spans"
        else:
            from tierscope.instrumentation.upkeep.parquet_export import export_parquet

            tables = export_parquet(opened, target, run_ids, progress)
            written = f"{sum(table.rows for table in tables):,} rows of {len(tables)} tables"
    print(f"{written} in {target}.")


@app.command(epilog="Example:  tierscope store copy tierscope.duckdb backup/tierscope.duckdb")
def copy(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A store; it may be in use.")],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="Path of the copy.")],
    merge: Annotated[
        bool, typer.Option("--merge", help="Add the source's spans to a store that exists, each once.")
    ] = False,
) -> None:
    """Copy a store as it is at one moment, or merge it into another."""
    from tierscope.instrumentation.upkeep.copying import copy_store, merge_store

    opened = find_store(source)
    with progress_bar("Copying") as progress:
        if merge:
            print(f"{merge_store(opened, find_store(target), progress):,} new spans in {target}.")
        else:
            print(f"{copy_store(opened, target, progress):,} spans in {target}.")


@app.command(epilog="Example:  tierscope store compact --store runs.duckdb")
def compact(store: StoreOption = None) -> None:
    """Rewrite the file as small as it can be; others read and record meanwhile."""
    from tierscope.instrumentation.upkeep.compaction import compact as compact_store

    opened = find_store(store)
    with progress_bar("Rewriting the file") as progress:
        sizes = compact_store(opened, progress)
    print(f"{opened.path}: {sizes.bytes_before / _MIB:,.1f} MiB before, {sizes.bytes_after / _MIB:,.1f} MiB now.")


@app.command(epilog="Example:  tierscope store doctor --fail-on warning")
def doctor(
    store: StoreOption = None,
    port: Annotated[
        list[int] | None,
        typer.Option("--port", min=1, max=65535, help="Where a receiver should listen. Default: 4318 and 4317."),
    ] = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="Exit with 1 where a check found this or worse. Default: findings never do."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say why nothing arrives, or is shown: every check in turn, what it found, and what to do about it."""
    from tierscope.instrumentation.upkeep.diagnosis import PORTS, diagnose
    from tierscope.instrumentation.upkeep.finding import SEVERITY

    found: list[Finding] = []
    for finding in diagnose(find_store(store), ports=tuple(port or PORTS)):
        found.append(finding)
        if not as_json:
            _print_finding(finding)
    if as_json:
        print_json([asdict(finding) for finding in found])
    if fail_on is not None and any(SEVERITY[finding.verdict] >= SEVERITY[fail_on.value] for finding in found):
        raise typer.Exit(1)


def _print_finding(finding: Finding) -> None:
    line = Text.assemble((f"{finding.verdict:8}", _STYLES[finding.verdict]), (f"{finding.check:11}", "bold"))
    console.print(line.append(safe(finding.finding)), soft_wrap=True)
    if finding.fix is not None:
        console.print(Text("         -> ", style="dim").append(safe(finding.fix)), soft_wrap=True)


def _show(value: float | str | None) -> str:
    return "\N{EM DASH}" if value is None else value if isinstance(value, str) else f"{value:,}"

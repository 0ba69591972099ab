"""``tierscope runs``: what is in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tierscope.cli._options import JsonOption, StoreOption, open_store, takes_runs
from tierscope.cli._output import print_json, print_table

if TYPE_CHECKING:
    from tierscope.metrics import RunFilter

app = typer.Typer(add_completion=False)


@app.command(epilog="Example:  tierscope runs --since 2h --project research")
@takes_runs
def runs(*, store: StoreOption = None, runs: RunFilter, as_json: JsonOption = False) -> None:
    """List and filter stored runs."""
    from tierscope.metrics import select_runs
    from tierscope.metrics.format import format_time, format_value
    from tierscope.metrics.sql import load_query

    opened = open_store(store)
    found = opened.list_rows(load_query("runs"), {"run_ids": select_runs(opened, runs)})
    if as_json:
        print_json(found)
        return
    if not found:
        print(f"No runs in {opened.path}. `tierscope demo` records one; `tierscope import PATH` reads some.")
        return
    print_table(
        ["run", "label", "root agent", "status", "started", "duration", "agents", "depth", "tokens", "cost"],
        [
            [
                row["run_id"][:12],
                row["label"] or "—",
                row["root_agent"] or "—",
                row["status"],
                format_time(row["started_ns"]),
                format_value(row["duration_ms"], "ms"),
                row["agents"],
                format_value(row["max_depth"], "tiers"),
                format_value(_total(row["input_tokens"], row["output_tokens"]), "tokens"),
                format_value(row["cost_usd"], "USD"),
            ]
            for row in found
        ],
        note=f"{len(found)} {'run' if len(found) == 1 else 'runs'} in {opened.path}",
    )


def _total(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None

"""``tierscope store``: look into the span store, and look after it."""

from __future__ import annotations

import typer

from tierscope.cli._options import JsonOption, StoreOption, open_store
from tierscope.cli._output import print_json, print_table

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look into the span store, and look after it."""


@app.command(epilog="Example:  tierscope store info --json")
def info(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Say what is in the store: rows per table, size on disk, what waits in the spool."""
    from tierscope.instrumentation.inventory import count_store

    facts = count_store(open_store(store))
    if as_json:
        print_json(facts)
        return
    print_table(
        ["what", "value"],
        [[name.replace("_", " "), f"{value:,}" if isinstance(value, int) else value] for name, value in facts.items()],
    )

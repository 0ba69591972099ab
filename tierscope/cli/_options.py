"""Options that several commands share, spelled once."""

from pathlib import Path
from typing import Annotated

import typer

from tierscope.instrumentation.settings import load_settings
from tierscope.instrumentation.store import Store

StoreOption = Annotated[
    Path | None,
    typer.Option("--store", metavar="PATH", help="The span store. Default: tierscope.duckdb, or TIERSCOPE_STORE."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
RunOption = Annotated[
    list[str] | None,
    typer.Option("--run", metavar="ID", help="Only this run: its id, the start of its id, or its label. Repeatable."),
]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Only runs started since: 2h, 3d, or an ISO time.")
]
ProjectOption = Annotated[str | None, typer.Option("--project", help="Only runs of this project.")]
LastOption = Annotated[int | None, typer.Option("--last", min=1, metavar="N", help="Only the N newest runs.")]


def open_store(path: Path | None, *, refresh: bool = True) -> Store:
    """The store of a command: the flag, else the settings; brought up to date first.

    Args:
        path: value of ``--store``.
        refresh: whether spans waiting in the spool are stored and derived before it is read.

    Raises:
        StoreError: it is missing, locked, or not a store of this version.
    """
    settings = load_settings().settings
    store = Store(path or settings.store)
    if refresh:
        store.refresh()
    return store

"""Options that several commands share, spelled once, and what they mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tierscope.instrumentation.store import Store
    from tierscope.metrics import RunFilter

StoreOption = Annotated[
    Path | None,
    typer.Option("--store", metavar="PATH", help="The span store. Default: tierscope.duckdb, or TIERSCOPE_STORE."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
RunOption = Annotated[
    list[str] | None,
    typer.Option("--run", metavar="RUN", help="Only this run: its id, the start of its id, or its label. Repeatable."),
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Only runs started since: 2h, 3d, or an ISO time."),
]
ProjectOption = Annotated[str | None, typer.Option("--project", help="Only runs of this project.")]
SystemVersionOption = Annotated[
    str | None, typer.Option("--system-version", help="Only runs of this version of the observed system.")
]
TaskTypeOption = Annotated[str | None, typer.Option("--task-type", help="Only runs of this type of task.")]
AgentOption = Annotated[str | None, typer.Option("--agent", help="Only runs in which this agent took part.")]
DomainOption = Annotated[str | None, typer.Option("--domain", help="Only runs in which this domain took part.")]
AttributeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--attribute",
        metavar="NAME=VALUE",
        help="Only runs with this attribute on the root's span or the resource. Repeatable.",
    ),
]
LastOption = Annotated[int | None, typer.Option("--last", min=1, metavar="N", help="Only the N newest runs.")]


def store_path(path: Path | None) -> Path:
    """The store's path: the flag, else the settings."""
    from tierscope.instrumentation.settings import load_settings

    return path or load_settings().settings.store


def find_store(path: Path | None) -> Store:
    """The store of a command as it is, which may be missing.

    Args:
        path: value of ``--store``.
    """
    from tierscope.instrumentation.store import Store

    return Store(store_path(path))


def open_store(path: Path | None) -> Store:
    """The store of a command that reads it, brought up to date first.

    Args:
        path: value of ``--store``.

    Raises:
        StoreError: it is locked, or not a store of this version. A missing one fails when it is read.
    """
    store = find_store(path)
    if store.exists:
        store.refresh()
    return store


def build_filter(
    run: list[str] | None,
    since: str | None,
    project: str | None,
    version: str | None,
    task_type: str | None,
    agent: str | None,
    last: int | None,
    domain: str | None = None,
    attribute: list[str] | None = None,
) -> RunFilter:
    """The filter that the shared options ask for.

    Raises:
        InputError: ``--since`` is no time, or an ``--attribute`` has no name or value.
    """
    from tierscope.metrics.run_filter import RunFilter, parse_attribute, parse_since

    return RunFilter(
        runs=tuple(run or ()),
        since_ns=parse_since(since) if since else None,
        project=project,
        version=version,
        task_type=task_type,
        agent=agent,
        domain=domain,
        attributes=tuple(parse_attribute(text) for text in attribute or ()),
        last=last,
    )

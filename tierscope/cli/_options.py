"""Options that several commands share, spelled once, and what they mean."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierscope.cli._option_groups import taking

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
ProjectOption = Annotated[str | None, typer.Option("--project", help="Only runs of this project.")]

SinceOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="Only runs started since: 2h, 3d, or an ISO time.")
]
SystemVersionOption = Annotated[str | None, typer.Option(help="Only runs of this version of the observed system.")]
TaskTypeOption = Annotated[str | None, typer.Option(help="Only runs of this type of task.")]
AgentOption = Annotated[str | None, typer.Option(help="Only runs in which this agent took part.")]
DomainOption = Annotated[str | None, typer.Option(help="Only runs in which this domain took part.")]
AttributeOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="Only runs with this attribute on the root's span or the resource. Repeatable.",
    ),
]
LastOption = Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the N newest runs.")]


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
    if store.exists and not store.refresh_unless_rewritten():
        print("tierscope: the store is being rewritten; what still waits in its spool is not shown.", file=sys.stderr)
    return store


def _build_filter(
    *,
    run: RunOption = None,
    since: SinceOption = None,
    project: ProjectOption = None,
    system_version: SystemVersionOption = None,
    task_type: TaskTypeOption = None,
    agent: AgentOption = None,
    domain: DomainOption = None,
    attribute: AttributeOption = None,
    last: LastOption = None,
) -> RunFilter:
    from tierscope.metrics.run_filter import RunFilter, parse_attribute, parse_since

    return RunFilter(
        runs=tuple(run or ()),
        since_ns=parse_since(since) if since else None,
        project=project,
        version=system_version,
        task_type=task_type,
        agent=agent,
        domain=domain,
        attributes=tuple(parse_attribute(text) for text in attribute or ()),
        last=last,
    )


takes_runs = taking("runs", _build_filter)
"""Gives a command the options that choose runs, in the place of its parameter ``runs``, a ``RunFilter``."""

"""Options that several commands share, spelled once, and what they mean."""

from __future__ import annotations

import inspect
import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, get_type_hints

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

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

_RUN_OPTIONS: Final[dict[str, Any]] = {
    "run": RunOption,
    "since": Annotated[
        str | None, typer.Option(metavar="TIME", help="Only runs started since: 2h, 3d, or an ISO time.")
    ],
    "project": ProjectOption,
    "system_version": Annotated[str | None, typer.Option(help="Only runs of this version of the observed system.")],
    "task_type": Annotated[str | None, typer.Option(help="Only runs of this type of task.")],
    "agent": Annotated[str | None, typer.Option(help="Only runs in which this agent took part.")],
    "domain": Annotated[str | None, typer.Option(help="Only runs in which this domain took part.")],
    "attribute": Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Only runs with this attribute on the root's span or the resource. Repeatable.",
        ),
    ],
    "last": Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the N newest runs.")],
}
"""The options that choose runs, by the parameters of ``_build_filter``."""


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


def takes_runs(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that choose runs, in the place of its parameter ``runs``.

    Args:
        command: a function for typer that takes ``runs``, a ``RunFilter``.

    Returns:
        The function for typer to call. It raises InputError where ``--since`` is no time, or an ``--attribute`` has no
        name or value.
    """

    @wraps(command)
    def call(**given: Any) -> None:  # noqa: ANN401 - whatever the command's own options hold
        chosen = {name: given.pop(name) for name in _RUN_OPTIONS}
        command(**given, runs=_build_filter(**chosen))

    hints = get_type_hints(command, localns={"RunFilter": object}, include_extras=True)
    own = {
        name: parameter.replace(annotation=hints[name])
        for name, parameter in inspect.signature(command).parameters.items()
    }
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _RUN_OPTIONS.items()
    ]
    listed = [one for name in own for one in (added if name == "runs" else [own[name]])]
    ordered = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in listed]
    call.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]  # what typer reads
    call.__annotations__ = {one.name: one.annotation for one in ordered}
    return call


def _build_filter(
    *,
    run: list[str] | None,
    since: str | None,
    project: str | None,
    system_version: str | None,
    task_type: str | None,
    agent: str | None,
    domain: str | None,
    attribute: list[str] | None,
    last: int | None,
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

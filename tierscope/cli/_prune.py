"""``tierscope store prune``: runs deleted for good, after a look at what that takes away."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierscope.cli._options import JsonOption, StoreOption, find_store, takes_runs
from tierscope.cli._output import print_json, print_table, progress_bar
from tierscope.errors import InputError

if TYPE_CHECKING:
    from tierscope.instrumentation.store import Store
    from tierscope.instrumentation.upkeep.pruning import Doomed, PruneReport, PruneSelection
    from tierscope.metrics import RunFilter

_MIB = 1024 * 1024


@takes_runs
def prune(
    runs: RunFilter,
    store: StoreOption = None,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="TIME", help="Only runs silent for so long, or since: 30d, an ISO time."),
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            "--subject",
            metavar="TEXT",
            help="Only runs in which this was recorded: attribute=value, or a text that may stand anywhere.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be deleted, and delete nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete runs for good: spans, what was derived from them, and their bytes in the file.

    Conditions are joined by and. Spans of deleted traces that come later are not stored.
    """
    from tierscope.instrumentation.upkeep.pruning import prune as prune_store
    from tierscope.instrumentation.upkeep.pruning import select_doomed

    opened = find_store(store)
    selection = _select(opened, runs, older_than, subject)
    if dry_run or not yes:
        doomed = select_doomed(opened, selection)
        _print_doomed(doomed, opened, as_json=as_json)
        if dry_run or not doomed.trace_ids:
            return
        _ask()
    with progress_bar("Rewriting the file") as progress:
        report = prune_store(opened, selection, progress)
    forgotten = subject is not None and bool(report.doomed.trace_ids) and _forget_vectors()
    if as_json:
        print_json({**_as_json(report.doomed), "freed_bytes": _freed_bytes(report), "vectors_deleted": forgotten})
    else:
        _print_report(report, opened, forgotten=forgotten)


def _select(store: Store, runs: RunFilter, older_than: str | None, subject: str | None) -> PruneSelection:
    from tierscope.instrumentation.upkeep.pruning import PruneSelection
    from tierscope.instrumentation.upkeep.subjects import parse_subject
    from tierscope.metrics import RunFilter as AnyRun
    from tierscope.metrics import select_runs
    from tierscope.metrics.run_filter import parse_since

    is_filtered = runs != AnyRun()
    if not (is_filtered or older_than or subject):
        raise InputError("Nothing says what to prune: give --older-than, --subject, --run, --project or the like.")
    about = parse_subject(subject) if subject else None
    before_ns = parse_since(older_than) if older_than else None
    if is_filtered and store.exists:
        store.refresh()
    return PruneSelection(select_runs(store, runs) if is_filtered else None, before_ns, about)


def _ask() -> None:
    if not sys.stdin.isatty():
        raise InputError("Nothing was deleted, since nobody can be asked here: add --yes.")
    if not typer.confirm("Delete them for good?", err=True):
        raise InputError("Nothing was deleted.")


def _print_doomed(doomed: Doomed, store: Store, *, as_json: bool) -> None:
    if as_json:
        print_json({"dry_run": True, **_as_json(doomed)})
    elif not doomed.trace_ids:
        print(f"No run in {store.path} meets these conditions.")
    else:
        print(f"To be deleted from {store.path}: {_count(doomed)}.")
        print_table(["table", "rows"], [[table, f"{rows:,}"] for table, rows in doomed.rows.items()])


def _print_report(report: PruneReport, store: Store, *, forgotten: bool) -> None:
    if report.doomed.trace_ids:
        rows = sum(report.doomed.rows.values())
        print(f"Deleted {_count(report.doomed)} with {rows:,} rows from {store.path}.")
    else:
        print(f"No run in {store.path} meets these conditions.")
    if report.rewriting is not None:
        sizes = (report.rewriting.bytes_before / _MIB, report.rewriting.bytes_after / _MIB)
        print(f"The file was rewritten without them: {sizes[0]:,.1f} MiB before, {sizes[1]:,.1f} MiB now.")
    if forgotten:
        print("The cache of word vectors was emptied, since nothing says whose texts they were computed from.")
    if report.quarantined:
        print(
            f"{report.quarantined} segments in {store.spool.quarantine} cannot be read, so they were not looked "
            "through: delete them there if they may be concerned."
        )


def _count(doomed: Doomed) -> str:
    runs, traces = len(doomed.run_ids), len(doomed.trace_ids)
    return f"{runs:,} {'run' if runs == 1 else 'runs'} ({traces:,} {'trace' if traces == 1 else 'traces'})"


def _as_json(doomed: Doomed) -> dict[str, Any]:
    return {"runs": list(doomed.run_ids), "traces": list(doomed.trace_ids), "rows": dict(doomed.rows)}


def _freed_bytes(report: PruneReport) -> int:
    return 0 if report.rewriting is None else report.rewriting.bytes_before - report.rewriting.bytes_after


def _forget_vectors() -> bool:
    """Remove the cache of vectors, from which the words of a text could be guessed; whether there was one."""
    from tierscope.metrics.retention.vector_cache import default_cache_path

    path = default_cache_path()
    had_one = path.exists()
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return had_one

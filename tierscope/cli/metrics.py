"""``tierscope metrics``: every metric, or some, of stored runs."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from tierscope.cli._fail_on import FailOnOption, fail_on, parse_condition
from tierscope.cli._frames import print_frames
from tierscope.cli._options import StoreOption, open_store, takes_runs
from tierscope.cli._output import console, errors, print_data, print_json, print_table, progress_bar, safe
from tierscope.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    import polars as pl
    from rich.console import Console

    from tierscope.instrumentation.store import Store
    from tierscope.metrics import LeftOut, Metric, RunFilter

    LeftOutByMetric: TypeAlias = dict[str, list[LeftOut]]

app = typer.Typer(add_completion=False)

_WATCH_SECONDS = 2.0


class Format(StrEnum):
    """How frames are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@app.command(epilog="Example:  tierscope metrics tier_completion --by domain --since 1d")
@takes_runs
def metrics(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Metrics; all where none.")] = None,
    *,
    store: StoreOption = None,
    runs: RunFilter,
    by: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN", help="Group by this. Repeatable.")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option", metavar="NAME=VALUE", help="An option of a metric, such as split=3d or slots=2. Repeatable."
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How frames are printed.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="Same as --format json.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write each frame there as Parquet.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Compute again whenever runs arrive, until Ctrl-C.")] = False,
    condition: FailOnOption = None,
    listing: Annotated[bool, typer.Option("--list", help="List the metrics and what each answers.")] = False,
) -> None:
    """Compute metrics of stored runs.

    Exit code: 0, or 1 where --fail-on holds.
    """
    from tierscope.metrics import find_metric, load_registry, select_runs
    from tierscope.metrics.left_out import explain_metrics

    chosen = [find_metric(name) for name in names or load_registry()]
    if listing:
        print_table(["metric", "answers", "unit"], [[one.name, one.summary, one.unit] for one in chosen])
        return
    watched = parse_condition(condition, chosen) if condition is not None else None
    options = _read_options(option or (), chosen)
    opened = open_store(store)
    form = Format.JSON if as_json else form
    _check_groups(by or (), chosen)
    while True:
        state = stored_state(opened)
        if not select_runs(opened, runs):
            print(f"tierscope: no run in {opened.path} is as asked.", file=sys.stderr)
        frames = _compute(chosen, opened, runs, tuple(by or ()), options, named=bool(names))
        left_out = explain_metrics(chosen, opened, runs)
        try:
            if out is not None:
                _write(frames, left_out, out)
            elif form is Format.TABLE:
                print_frames(frames)
            else:
                _print_plain(frames, left_out, form)
            _print_left_out(left_out, errors if out is not None or form is not Format.TABLE else console)
        finally:  # also where the reader of the output has left
            if watched is not None:
                fail_on(watched, frames)
        if not watch:
            return
        wait_for_news(opened, state)
        console.rule()


def stored_state(store: Store) -> Hashable:
    """Something that changes whenever what is stored does, whoever changed it."""
    status = store.path.stat() if store.exists else None
    return None if status is None else (status.st_mtime_ns, status.st_size)


def wait_for_news(store: Store, state: Hashable, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait until something else is stored than in a state, bringing the store up to date meanwhile.

    Args:
        store: the store that is watched.
        state: of ``stored_state``, before what is shown was computed.
        sleep: waits so many seconds.
    """
    while stored_state(store) == state:
        sleep(_WATCH_SECONDS)
        store.refresh_if_due()


def _check_groups(by: Sequence[str], chosen: list[Metric]) -> None:
    known = sorted({column for metric in chosen for column in metric.by})
    for column in by:
        if column not in known:
            raise InputError(f"--by: no metric asked for has a group '{column}'; there are: {', '.join(known)}.")


def _compute(
    chosen: list[Metric],
    store: Store,
    runs: RunFilter,
    by: tuple[str, ...],
    given: dict[str, dict[str, Any]],
    *,
    named: bool,
) -> list[tuple[Metric, pl.DataFrame]]:
    """Frames in the order asked for; ``--by`` reaches the metrics that have those columns, or all if named."""
    from tierscope.metrics import compute

    frames: list[tuple[Metric, pl.DataFrame]] = []
    for metric in chosen:
        grouped = by and (named or set(by) <= set(metric.by))
        options: dict[str, Any] = given[metric.name] | ({"by": by} if grouped else {})
        if "progress" in metric.options:
            with progress_bar(metric.title) as progress:
                frames.append((metric, compute(metric.name, store, runs, progress=progress, **options)))
        else:
            frames.append((metric, compute(metric.name, store, runs, **options)))
    return frames


def _read_options(texts: Sequence[str], chosen: list[Metric]) -> dict[str, dict[str, Any]]:
    """Metric -> its options of those given; each must be one of a metric that is asked for."""
    from tierscope.metrics.option_texts import read_options

    given: list[tuple[str, str]] = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"--option: '{text}' is no option: write name=value, such as split=3d.")
        given.append((name.strip(), value))
    options = {metric.name: read_options(metric, given) for metric in chosen}
    for name, _ in given:
        if not any(name in found for found in options.values()):
            known = sorted({one for metric in chosen for one in metric.options if one != "progress"})
            listed = ", ".join(known) or "none"
            raise InputError(f"--option: no metric asked for has an option '{name}'; there are: {listed}.")
    return options


def _print_left_out(left_out: LeftOutByMetric, to: Console) -> None:
    """Say once for each fact that is missing how often, and which of the metrics leave out what lacks it."""
    lacking: dict[str, list[str]] = {}
    for name, facts in left_out.items():
        for one in facts:
            lacking.setdefault(one.sentence, []).append(name)
    for sentence, names in lacking.items():
        to.print(safe(f"Left out: {sentence} ({', '.join(names)})."))


def _print_plain(frames: list[tuple[Metric, pl.DataFrame]], left_out: LeftOutByMetric, form: Format) -> None:
    """Print rows; JSON also has what was left out by itself, since a metric may have no row to say it in."""
    from tierscope.metrics.schema import flatten_lists

    if form is Format.JSON:
        rows = {metric.name: frame.to_dicts() for metric, frame in frames}
        lacking = [
            {"metric": name, "fact": one.fact, "n": one.n, "of": one.of, "text": one.sentence}
            for name, facts in left_out.items()
            for one in facts
        ]
        print_json(rows | {"left_out": lacking} if lacking else rows)
        return
    # An empty line parts one frame's rows from the next one's columns.
    print_data("\n".join(flatten_lists(frame).write_csv() for _, frame in frames))


def _write(frames: list[tuple[Metric, pl.DataFrame]], left_out: LeftOutByMetric, folder: Path) -> None:
    """Write Parquet files; what was left out stands in a file's own facts too, since it may have no row."""
    from tierscope.metrics.metric import LEFT_OUT_WHY

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for metric, frame in frames:
            why = "; ".join(one.sentence for one in left_out[metric.name])
            frame.write_parquet(folder / f"{metric.name}.parquet", metadata={LEFT_OUT_WHY: why} if why else None)
    except OSError as error:
        raise InputError(f"Frames cannot be written to {folder}: {error.strerror or error}.") from error
    print(f"{len(frames)} frames written to {folder}.")

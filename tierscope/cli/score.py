"""``tierscope score``: the retention and distortion scorers on one's own pairs, row by row."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, cast

import typer

from tierscope.cli._output import progress_bar
from tierscope.errors import InputError, UnreadableFileError

if TYPE_CHECKING:
    from tierscope.metrics.retention import Scorer

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Score your own pairs of texts for retention or distortion."
)

_ROWS_PER_STEP = 512
_FAULTS_NAMED = 20

Row = dict[str, Any]
Progress = Callable[[int, int], None]
Score = Callable[[list[Row], Progress], list[Any]]
InputArgument = Annotated[
    Path, typer.Argument(metavar="IN.jsonl", help="One JSON object a line; - reads standard input.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write there instead of to standard output.")
]
ScorerOption = Annotated[
    str | None,
    typer.Option(
        "--scorer", metavar="NAME", help="lexical, cosine, soft-recall, calibrated (default), nli:MODEL or llm:MODEL."
    ),
]


@app.command(epilog="Example:  tierscope score retention pairs.jsonl --out scored.jsonl")
def retention(source: InputArgument, out: OutOption = None, scorer: ScorerOption = None) -> None:
    """Add score, verdict, evidence and reasons to rows of {unit, summary}."""
    from tierscope.metrics.retention import open_scorer, score_retention

    judge = open_scorer(scorer)

    def score(rows: list[Row], progress: Progress) -> list[Any]:
        units, summaries = [row["unit"] for row in rows], [row["summary"] for row in rows]
        return score_retention(units, summaries, judge, progress=progress)

    _score_file(source, out, ("unit", "summary"), score)


@app.command(epilog="Example:  tierscope score distortion pairs.jsonl --out scored.jsonl")
def distortion(source: InputArgument, out: OutOption = None) -> None:
    """Add score, verdict and reasons to rows of {original, edited}."""
    from tierscope.metrics.retention import score_distortion

    def score(rows: list[Row], _: Progress) -> list[Any]:
        return score_distortion([row["original"] for row in rows], [row["edited"] for row in rows])

    _score_file(source, out, ("original", "edited"), score)


@app.command(epilog="Example:  tierscope score calibrate labelled.jsonl --scorer soft-recall")
def calibrate(source: InputArgument, scorer: ScorerOption = None, out: OutOption = None) -> None:
    """Compare a scorer with people's labels: rows of {unit, summary, human_label}, label 0 or 1."""
    from tierscope.metrics.retention import compute_calibration, open_scorer, score_retention

    judge: Scorer = open_scorer(scorer)
    faults: list[str] = []
    rows = [row for row in _read_rows(source, ("unit", "summary"), faults) if _has_label(row, faults)]
    if not rows:
        raise InputError(f"{source} has no row with unit, summary and human_label 0 or 1: there is nothing to compare.")
    units, summaries = [row["unit"] for row in rows], [row["summary"] for row in rows]
    with progress_bar("Scoring") as progress:
        scores = score_retention(units, summaries, judge, progress=progress)
    report = compute_calibration([score.score for score in scores], [int(row["human_label"]) for row in rows])
    with _opened(out) as target:
        target.write(json.dumps({"scorer": judge.name, "version": judge.version, **asdict(report)}, indent=2) + "\n")
    _finish(faults)


def _score_file(source: Path, out: Path | None, keys: tuple[str, str], score: Score) -> None:
    """Stream rows through a scorer in steps; rows that cannot be read are named at the end."""
    if out is not None and out.exists() and source.exists() and out.samefile(source):
        raise InputError(f"{source} cannot be read and written at once: choose another file for --out.")
    faults: list[str] = []
    written = 0
    with _opened(out) as target, progress_bar("Scoring") as progress:

        def tell(done: int, step: int) -> None:
            progress(written + done, written + step)

        for rows in _in_steps(_read_rows(source, keys, faults)):
            _write_step(rows, score(rows, tell), target)
            written += len(rows)
            progress(written, written)
    _finish(faults)


def _in_steps(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while step := list(islice(rows, _ROWS_PER_STEP)):
        yield step


def _write_step(rows: list[Row], scores: list[Any], target: TextIO) -> None:
    encoding = target.encoding or "utf-8"
    target.writelines(
        f"{_render({**row, **asdict(score)}, encoding)}\n" for row, score in zip(rows, scores, strict=True)
    )
    target.flush()


def _render(row: Row, encoding: str) -> str:
    """JSON as people read it; with escapes where a letter cannot be written (half of a pair, a terminal in ASCII)."""
    line = json.dumps(row, ensure_ascii=False)
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(row)
    return line


def _read_rows(source: Path, keys: tuple[str, str], faults: list[str]) -> Iterator[Row]:
    """Yield the good rows; note line number and fault of every other."""
    for number, line in enumerate(_lines(source), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            faults.append(f"line {number}: not JSON ({error})")
            continue
        wrong = [key for key in keys if not _is_text(row, key)]
        if wrong:
            faults.append(f"line {number}: '{wrong[0]}' is not a text")
        else:
            yield row


def _is_text(row: Any, key: str) -> bool:  # noqa: ANN401 whatever JSON holds
    return isinstance(row, dict) and isinstance(cast("Row", row).get(key), str)


def _lines(source: Path) -> Iterator[str]:
    try:
        with sys.stdin if str(source) == "-" else source.open(encoding="utf-8", errors="replace") as file:
            yield from file
    except OSError as error:
        raise UnreadableFileError(
            f"{source} cannot be read ({error.strerror}): name a file of one JSON object a line."
        ) from error


def _has_label(row: Row, faults: list[str]) -> bool:
    good = row.get("human_label") in (0, 1)
    if not good:
        faults.append(f"unit '{row['unit'][:40]}': human_label is not 0 or 1")
    return good


@contextmanager
def _opened(out: Path | None) -> Generator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    try:
        with out.open("w", encoding="utf-8") as target:
            yield target
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror}): choose another file.") from error


def _finish(faults: list[str]) -> None:
    for fault in faults[:_FAULTS_NAMED]:
        print(f"tierscope: skipped {fault}", file=sys.stderr)
    if len(faults) > _FAULTS_NAMED:
        print(f"tierscope: skipped {len(faults) - _FAULTS_NAMED:,} more", file=sys.stderr)
    if faults:
        skipped = "1 row was" if len(faults) == 1 else f"{len(faults):,} rows were"
        raise InputError(f"{skipped} skipped, all others are scored: mend what is named above and score again.")

"""``tierscope eval``: check runs against a suite, and gate on the verdict."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierscope.cli._output import console, print_json, print_table, progress_bar
from tierscope.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierscope.evals import Baseline, Suite, SuiteResult

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Check runs against a suite, and gate on the verdict."
)
baselines = typer.Typer(no_args_is_help=True, add_completion=False, help="Keep figures, and compare with them.")
app.add_typer(baselines, name="baseline")

SuiteArgument = Annotated[Path, typer.Argument(metavar="SUITE.yaml", help="The suite.")]
SuitesArgument = Annotated[list[Path], typer.Argument(metavar="SUITE.yaml...", help="One or more suites.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
StoreOption = Annotated[
    Path | None,
    typer.Option("--store", metavar="PATH", help="Use and keep this store, in place of what the suite says."),
]
RepetitionsOption = Annotated[
    int | None,
    typer.Option("--repetitions", min=1, help="How often the command runs, in place of what the suite says."),
]
CommandOption = Annotated[
    str | None, typer.Option("--command", help="Record the runs with this, in place of what the suite says.")
]


@app.command(epilog="Example:  tierscope eval run suite.yaml --junit results.xml")
def run(
    suites: SuitesArgument,
    as_json: JsonOption = False,
    junit: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Also write JUnit XML.")] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Also append Markdown, as CI summaries want.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="Also compare with what `baseline save` kept.")
    ] = None,
    command: CommandOption = None,
    store: StoreOption = None,
    repetitions: RepetitionsOption = None,
) -> None:
    """Judge runs. Exit code: 0 passed, 1 failed, 2 a mistake, 3 too little data to judge."""
    from tierscope.evals import load_baseline, load_suite, render_junit, render_markdown

    # All are read before any is run, so that a typing error costs no run.
    loaded = [(path, _override(load_suite(path), command, store, repetitions)) for path in suites]
    known = load_baseline(baseline) if baseline else None
    results = [_judge(path, suite, known) for path, suite in loaded]
    if junit is not None:
        _write(junit, render_junit(results))
    if markdown is not None:
        _write(markdown, render_markdown(results), append=True)
    _finish(results, as_json=as_json)


@app.command(epilog="Example:  tierscope eval init evals/suite.yaml")
def init(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="Where to write.")] = Path("tierscope-suite.yaml"),
) -> None:
    """Write a commented suite to start from."""
    from tierscope.evals.template import render_template

    if file.exists():
        raise InputError(f"{file} exists already; name another file, or remove it first.")
    _write(file, render_template(file))
    print(f"Wrote {file}. Change it to your system, then:  tierscope eval run {file}")


@app.command(epilog="Example:  tierscope eval schema > suite.schema.json")
def schema() -> None:
    """Print the JSON Schema of a suite, for editors that check YAML."""
    from tierscope.evals import export_schema

    print_json(export_schema())


@baselines.command(epilog="Example:  tierscope eval baseline save suite.yaml --repetitions 10")
def save(
    suite: SuiteArgument,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: SUITE.baseline.json.")] = None,
    command: CommandOption = None,
    store: StoreOption = None,
    repetitions: RepetitionsOption = None,
) -> None:
    """Keep the figures of a suite's checks, run by run."""
    from datetime import UTC, datetime

    from tierscope.evals import load_suite, measure_suite, render_baseline

    loaded = _override(load_suite(suite), command, store, repetitions)
    with progress_bar(loaded.suite) as progress:
        baseline = measure_suite(loaded, suite, datetime.now(UTC), progress)
    file = out or suite.with_suffix(".baseline.json")
    _write(file, render_baseline(baseline))
    print(f"Wrote {len(baseline.figures)} figures over n = {len(baseline.runs)} runs to {file}.")


@baselines.command(epilog="Example:  tierscope eval baseline show suite.baseline.json")
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `baseline save` wrote.")],
    as_json: JsonOption = False,
) -> None:
    """Print the figures of a baseline and where they come from."""
    from tierscope.evals import load_baseline
    from tierscope.metrics.format import format_value

    baseline = load_baseline(file)
    if as_json:
        print_json(baseline.model_dump(mode="json"))
        return
    versions = ", ".join(sorted({run.version for run in baseline.runs if run.version})) or "not recorded"
    print_table(
        ["check", "figure", "value", "n", "runs"],
        [
            [
                figure.check,
                f"{figure.aggregate} {figure.metric}.{figure.column}",
                format_value(figure.value, figure.unit),
                format_value(figure.n),
                sum(run.value is not None for run in figure.per_run),
            ]
            for figure in baseline.figures
        ],
        title=baseline.suite,
        note=f"made {baseline.made_at:%Y-%m-%d %H:%M} with tierscope {baseline.tierscope_version}; version {versions}",
    )


@baselines.command(epilog="Example:  tierscope eval baseline compare old.baseline.json new.baseline.json")
def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="What was good.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="What is to be judged.")],
    as_json: JsonOption = False,
) -> None:
    """Judge one baseline against another. Exit codes as for `eval run`."""
    from tierscope.evals import RunSummary, SuiteResult, compare_baselines, load_baseline

    judged = load_baseline(new)
    comparisons = compare_baselines(load_baseline(old), judged)
    runs = tuple(RunSummary(run.run_id, run.label, run.project, run.version) for run in judged.runs)
    _finish([SuiteResult(judged.suite, None, str(new), (), runs, comparisons=comparisons)], as_json=as_json)


def _judge(path: Path, suite: Suite, baseline: Baseline | None) -> SuiteResult:
    from tierscope.evals import run_suite

    with progress_bar(suite.suite) as progress:
        return run_suite(suite, path, baseline=baseline, progress=progress)


def _finish(results: Sequence[SuiteResult], *, as_json: bool) -> None:
    """Print what was found, and leave with the verdict's exit code."""
    from tierscope.evals import decide_overall, render_json, render_terminal

    with suppress(BrokenPipeError):  # a reader that has seen enough does not change the verdict
        if as_json:
            print_json(render_json(results))
        else:
            console.print(render_terminal(results))
    raise typer.Exit(decide_overall(results).exit_code)


def _override(suite: Suite, command: str | None, store: Path | None, repetitions: int | None) -> Suite:
    """The suite with what the flags say in place of what it says."""
    if repetitions is not None and suite.runs.command is None and command is None:
        raise InputError(f"Suite '{suite.suite}' runs no command, so --repetitions says nothing; leave it out.")
    changes: dict[str, object] = {} if command is None else {"command": command, "stored": None, "files": None}
    if store is not None:
        changes["store"] = str(store.absolute())
    if repetitions is not None:
        changes["repetitions"] = repetitions
    return suite.model_copy(update={"runs": suite.runs.model_copy(update=changes)})


def _write(path: Path, text: str, *, append: bool = False) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error

"""``tierscope eval``: check runs against a suite, and gate on the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierscope.cli._output import console, print_json, progress_bar
from tierscope.errors import InputError

if TYPE_CHECKING:
    from tierscope.evals import Suite, SuiteResult

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Check runs against a suite, and gate on the verdict."
)

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


@app.command(epilog="Example:  tierscope eval run suite.yaml --junit results.xml")
def run(
    suites: SuitesArgument,
    as_json: JsonOption = False,
    junit: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Also write JUnit XML.")] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Also append Markdown, as CI summaries want.")
    ] = None,
    store: StoreOption = None,
    repetitions: RepetitionsOption = None,
) -> None:
    """Judge runs. Exit code: 0 passed, 1 failed, 2 a mistake, 3 too little data to judge."""
    from tierscope.evals import decide_overall, load_suite, render_json, render_junit, render_markdown, render_terminal

    # All are read before any is run, so that a typing error costs no run.
    loaded = [(path, _override(load_suite(path), store, repetitions)) for path in suites]
    results = [_judge(path, suite) for path, suite in loaded]
    if junit is not None:
        _write(junit, render_junit(results))
    if markdown is not None:
        _write(markdown, render_markdown(results), append=True)
    if as_json:
        print_json(render_json(results))
    else:
        console.print(render_terminal(results))
    raise typer.Exit(decide_overall(results).exit_code)


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


def _judge(path: Path, suite: Suite) -> SuiteResult:
    from tierscope.evals import run_suite

    with progress_bar(suite.suite) as progress:
        return run_suite(suite, path, progress)


def _override(suite: Suite, store: Path | None, repetitions: int | None) -> Suite:
    """The suite with what the flags say in place of what it says."""
    from tierscope.evals import RunSource

    changes: dict[str, object] = {}
    if store is not None:
        changes["store"] = str(store.absolute())
    if repetitions is not None:
        if suite.runs.command is None:
            raise InputError(f"Suite '{suite.suite}' runs no command, so --repetitions says nothing; leave it out.")
        changes["repetitions"] = repetitions
    runs = RunSource.model_validate(suite.runs.model_dump(exclude_unset=True) | changes)
    return suite.model_copy(update={"runs": runs})


def _write(path: Path, text: str, *, append: bool = False) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error

"""What a suite says: where its runs come from, and what is expected of their metrics."""

from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tierscope.evals.expectation import EXPECTATION_PATTERN, Expectation, parse_expectation

__all__ = ["Aggregate", "Check", "RunSource", "StoredRuns", "Suite", "Tolerance"]

Aggregate: TypeAlias = Literal["every", "any", "max", "min", "mean", "sum", "count"]
Scalar: TypeAlias = bool | int | float | str | None

_STRICT: Final = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _check_expectation(text: object) -> object:
    if isinstance(text, str):
        parse_expectation(text)
    return text


class StoredRuns(BaseModel):
    """Runs of a store that meet every given condition."""

    model_config = _STRICT

    runs: tuple[str, ...] = ()
    """Ids, starts of ids of at least four characters, or labels; all runs where empty."""
    since: str | None = None
    """Started since: 2h, 3d, or an ISO time."""
    project: str | None = None
    """Of this project."""
    version: str | None = None
    """Of this version of the observed system."""
    task_type: str | None = None
    """Of this type of task."""
    agent: str | None = None
    """In which an agent of this name took part."""
    domain: str | None = None
    """In which this domain took part."""
    attributes: dict[str, str] = Field(default_factory=dict)
    """With these attributes on the root's span, a span without a parent, or the resource of either: name -> value, as
    text."""
    last: int | None = Field(default=None, ge=1)
    """The newest so many of those that meet the rest."""


class RunSource(BaseModel):
    """Where the runs come from: exactly one of command, stored and files."""

    model_config = _STRICT

    command: str | tuple[str, ...] | None = None
    """Program and arguments to run, without a shell; it records into the store that TIERSCOPE_STORE names."""
    stored: StoredRuns | None = None
    """Runs that are in a store already."""
    files: tuple[str, ...] | None = Field(default=None, min_length=1)
    """Trace files and report folders, as paths or patterns such as traces/*.json, imported into a store."""
    store: str | None = None
    """The store; where not given a temporary one for a command or files, and the settings' one for stored runs."""
    folder: str = "."
    """Folder in which the command runs and where files and store are looked for, seen from the suite's folder."""
    repetitions: int = Field(default=1, ge=1)
    """How often the command runs."""
    timeout_s: float = Field(default=600, gt=0, le=30 * 86_400)
    """How long one repetition of the command may take, in seconds."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("command", "stored", "files") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of command, stored and files, and has {' and '.join(given) or 'none'}")
        if self.repetitions > 1 and self.command is None:
            raise ValueError("has repetitions, which only a command can have; leave them out")
        return self


class Tolerance(BaseModel):
    """How much worse than the baseline a figure may be before it is a regression."""

    model_config = _STRICT

    absolute: float = Field(default=0, ge=0, allow_inf_nan=False)
    """In the unit of the column."""
    relative: float = Field(default=0, ge=0, allow_inf_nan=False)
    """As a share of the baseline's mean; the larger of both holds."""


class Check(BaseModel):
    """One expectation of one column of one metric."""

    model_config = _STRICT

    name: str = Field(min_length=1)
    """What the check is about; unique in the suite, and what a baseline is matched by."""
    metric: str
    """A name that `tierscope metrics --list` prints."""
    column: str | None = None
    """The column to compare; the metric's key figure where not given."""
    where: dict[str, Scalar | tuple[Scalar, ...]] = Field(default_factory=dict)
    """Which rows: column -> value, list of values, text with * for any letters, or comparison of a number such as
    '>= 1'; all rows where empty."""
    aggregate: Aggregate = "every"
    """What must be as expected: every row, any row, or the max, min, mean, sum or count of the rows."""
    expect: Annotated[str, BeforeValidator(_check_expectation), Field(pattern=EXPECTATION_PATTERN)]
    """The comparison, quoted: '<= 5000', '>= 0.8', '>= 80 %', 'between 1 and 3', '== true'."""
    min_n: int = Field(default=1, ge=0)
    """Rows whose n is smaller are too little data to judge."""
    unmeasured: Literal["unjudged", "skip"] = "unjudged"
    """What a row without a value, or with too small an n, does: leave the check unjudged, or nothing."""
    options: dict[str, Any] = Field(default_factory=dict)
    """The metric's own options, such as by: [domain]."""
    better: Literal["lower", "higher"] | None = None
    """Which way is better, for the comparison with a baseline; the metric's own direction where not given."""
    tolerance: Tolerance = Tolerance()
    """How much worse than the baseline is still no regression."""

    @property
    def expectation(self) -> Expectation:
        """The parsed comparison."""
        return parse_expectation(self.expect)


class Suite(BaseModel):
    """A gate: some runs, and what is expected of them."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, title="tierscope suite")

    suite: str = Field(min_length=1)
    """What the suite is called."""
    description: str | None = None
    """What it guards, for the reader of a report."""
    runs: RunSource
    """Where the runs come from."""
    min_runs: int = Field(default=1, ge=1)
    """With fewer runs nothing is judged."""
    checks: list[Check] = Field(min_length=1)
    """What is expected."""

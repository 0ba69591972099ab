"""A baseline: the figures of a suite's checks at a known good time, run by run, and where they came from."""

from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tierscope.errors import InputError, UnreadableFileError
from tierscope.evals.suite import Tolerance

__all__ = ["Baseline", "BaselineFigure", "BaselineRun", "RunFigure", "load_baseline", "render_baseline"]

_STRICT: Final = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


class BaselineRun(BaseModel):
    """One run that the figures come from."""

    model_config = _STRICT

    run_id: str
    label: str | None
    project: str | None
    version: str | None
    """Of the observed system."""


class RunFigure(BaseModel):
    """A check's figure over one run alone."""

    model_config = _STRICT

    run_id: str
    value: float | None
    """True and false are 1 and 0; None where nothing was measured, or a text was."""
    n: int | None


class BaselineFigure(BaseModel):
    """What one check compared."""

    model_config = _STRICT

    check: str
    metric: str
    column: str
    aggregate: str
    unit: str
    better: Literal["lower", "higher"] | None
    """None where neither way is better; then nothing is a regression."""
    tolerance: Tolerance
    value: float | None
    """Over all runs together."""
    n: int | None
    per_run: list[RunFigure]


class Baseline(BaseModel):
    """The figures of one suite."""

    model_config = _STRICT

    format: Literal["tierscope-baseline-1"] = "tierscope-baseline-1"
    suite: str
    suite_sha256: str
    """Of the suite's file."""
    made_at: datetime
    tierscope_version: str
    runs: list[BaselineRun]
    figures: list[BaselineFigure]


def load_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        UnreadableFileError: no such file.
        InputError: it is no baseline.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(
            f"{path} cannot be read: {error.strerror}; `tierscope eval baseline save` writes a baseline."
        ) from error
    try:
        return Baseline.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(
            f"{path} is no baseline of this version: {where}: {first['msg']}; save it again with this tierscope."
        ) from error


def render_baseline(baseline: Baseline) -> str:
    """A baseline as JSON, to be kept beside the suite."""
    return baseline.model_dump_json(indent=2) + "\n"

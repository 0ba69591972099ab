"""How each figure is made, in the words of the code that makes it."""

import hashlib
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from tierscope import __version__
from tierscope.metrics import Metric
from tierscope.metrics.retention import open_scorer
from tierscope.metrics.sql import load_query

__all__ = ["MetricMethod", "describe_method", "library_versions"]

_LIBRARIES: Final = ("duckdb", "numpy", "polars")
_SECTION: Final = re.compile(r"^(Args|Returns|Raises|Yields):\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MetricMethod:
    """The definition of one metric."""

    name: str
    title: str
    question: str
    definition: str
    """What is computed and how, from the documentation of the function; empty where it has none."""
    unit: str
    better: str
    queries: Mapping[str, str]
    """Query -> the first 16 hex digits of its SHA-256."""


def describe_method(metric: Metric) -> MetricMethod:
    """The definition of a metric, from its registry entry and the documentation of its function."""
    better = {"lower": "lower is better", "higher": "higher is better", "neutral": "neither way is better"}
    return MetricMethod(
        name=metric.name,
        title=metric.title,
        question=metric.summary,
        definition=_read_definition(inspect.getdoc(metric.function) or ""),
        unit=metric.unit,
        better=better[metric.direction],
        queries={name: hashlib.sha256(load_query(name).encode()).hexdigest()[:16] for name in metric.queries},
    )


def library_versions() -> dict[str, str]:
    """Versions of what computes the figures: name -> version. The scorer is the one that judges each signal."""
    scorer = open_scorer()
    return {
        "tierscope": __version__,
        **{name: version(name) for name in _LIBRARIES},
        f"scorer {scorer.name}": scorer.version,
    }


def _read_definition(documentation: str) -> str:
    """First sentences and the section on what is returned, without the arguments, which a reader does not choose."""
    pieces = _SECTION.split(documentation)
    sections = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    return " ".join(" ".join([pieces[0], sections.get("Returns", "")]).split())

"""One drawing of one page for one reader: where they are, and what they may ask."""

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import polars as pl

from tierscope.dashboard.address import Address
from tierscope.dashboard.blocks import show_empty, show_note
from tierscope.dashboard.source import Progress, Source
from tierscope.metrics import RunFilter, compute, find_metric, load_frames, select_runs
from tierscope.metrics.sql import load_query

__all__ = ["Visit"]

PATIENCE_S: Final = 0.7
"""How long a whole page waits for metrics before it shows those that it has."""

_LEAST_PATIENCE_S: Final = 0.03
_QUERY_PATIENCE_S: Final = 5.0
"""For what takes milliseconds unless others hold the store, and without which there is no page."""

T = TypeVar("T")


@dataclass(slots=True)
class Visit:
    """What a view is given. Where an answer is None there is nothing to draw, and the page says so already."""

    source: Source
    address: Address
    runs: RunFilter
    """The runs that the page is about."""
    awaited: list[Hashable] = field(default_factory=list[Hashable])
    """Questions that were still being computed."""
    patience_s: float = PATIENCE_S
    """How long the page may still wait for metrics."""

    def metric(
        self, name: str, by: Sequence[str] = (), runs: RunFilter | None = None, *, quiet: bool = False
    ) -> pl.DataFrame | None:
        """Frame of a metric.

        Args:
            name: a name of the registry.
            by: columns to group by; the metric's own grain where empty.
            runs: which runs; those of the page where None.
            quiet: say nothing where it is still being computed.
        """
        runs = runs or self.runs
        known = find_metric(name).options
        options: dict[str, Any] = {"by": tuple(by)} if by else {}
        if "scorer" in known:
            options["scorer"] = self.source.scorer

        def work(progress: Progress) -> pl.DataFrame:
            reported = {"progress": progress} if "progress" in known else {}
            return compute(name, self.source.store, runs, **options, **reported)

        question = ("metric", name, runs, tuple(by))
        patience_s = max(self.patience_s, _LEAST_PATIENCE_S)
        asked_s = time.monotonic()
        frame = self.ask(question, work, patience_s, quiet=quiet, is_long="scorer" in known)
        self.patience_s -= time.monotonic() - asked_s
        return frame

    def frame(self, query: str, runs: RunFilter | None = None) -> pl.DataFrame | None:
        """Frame of a query that takes ``$run_ids``.

        Args:
            query: file in ``metrics/queries`` without the ending.
            runs: which runs; those of the page where None.
        """
        runs, store = runs or self.runs, self.source.store
        return self.ask(("frame", query, runs), lambda _: load_frames(store, [query], select_runs(store, runs))[query])

    def rows(self, query: str, **parameters: object) -> pl.DataFrame | None:
        """Frame of a query with parameters of its own.

        Args:
            query: file in ``metrics/queries`` without the ending.
            parameters: its values by name.
        """
        question = ("rows", query, tuple(sorted(parameters.items())))
        return self.ask(question, lambda _: self.source.store.query(load_query(query), parameters))

    def ask(
        self,
        question: Hashable,
        work: Callable[[Progress], T],
        patience_s: float = _QUERY_PATIENCE_S,
        *,
        quiet: bool = False,
        is_long: bool = False,
    ) -> T | None:
        """Anything that is computed from the store.

        Args:
            question: what is asked.
            work: computes the answer, in another thread, and reports its progress.
            patience_s: how long to wait for it.
            quiet: say nothing where it is still being computed.
            is_long: whether it may take many seconds.

        Returns:
            The newest answer at hand; the page is drawn again when a newer one is there.
        """
        answer = self.source.ask(question, work, patience_s, is_long=is_long)
        if answer.problem is not None:
            show_empty("This cannot be shown.", answer.problem)
        elif not answer.is_current:
            self.awaited.append(question)
            if answer.value is None and not quiet:
                show_note("Being computed; the page is drawn again when it is done.")
        return answer.value

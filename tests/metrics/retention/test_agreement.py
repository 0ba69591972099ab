"""The scorers against people, on samples small enough for every run; benchmarks/retention.py makes the figures."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from tierscope.metrics.retention import score_distortion, score_retention


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_retention_follows_people_on_news_it_was_not_trained_on(labelled: Path) -> None:
    rows = [row for row in _rows(labelled / "rose_acu_summary_level.jsonl.gz") if row["units"]]
    rows = random.Random(7).sample(rows, 120)
    pairs = [(unit, row["summary"]) for row in rows for unit in row["units"]]
    scores = iter(score_retention([unit for unit, _ in pairs], [text for _, text in pairs]))
    means = [np.mean([next(scores).score or 0.0 for _ in row["units"]]) for row in rows]
    assert np.corrcoef(means, [row["human_acu"] for row in rows])[0, 1] > 0.65


def test_distortion_verdicts_are_right_and_not_rare(labelled: Path) -> None:
    rows = _rows(labelled / "summedits_pairs.jsonl.gz")
    found = score_distortion([row["unit"] for row in rows], [row["summary"] for row in rows])
    hits = [row["distorted"] for row, score in zip(rows, found, strict=True) if score.verdict == "distorted"]
    assert sum(hits) / len(hits) >= 0.95
    assert sum(hits) / sum(row["distorted"] for row in rows) >= 0.55

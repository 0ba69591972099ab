"""How well scores agree with people's labels: ranking, reliability, and the best threshold."""

from collections.abc import Sequence
from dataclasses import dataclass

from tierscope.errors import InputError

__all__ = ["Calibration", "ReliabilityBin", "compute_calibration"]

_BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows whose scores lie close together."""

    mean_score: float
    """Mean score of the rows, 0 to 1."""
    share_retained: float
    """Share of them that people found in the text."""
    n: int
    """How many rows."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores against labels."""

    n: int
    """Rows that have a score."""
    unscored: int
    """Rows without one."""
    auc: float | None
    """Probability that a retained row scores above a lost one; None where only one label occurs."""
    brier: float | None
    """Mean squared difference of score and label; None without rows."""
    threshold: float | None
    """Score from which on "retained" gives the best balanced accuracy; None where only one label occurs."""
    balanced_accuracy: float | None
    """Mean of sensitivity and specificity at the threshold."""
    reliability: tuple[ReliabilityBin, ...]
    """Rows by tenths of the score, empty tenths left out."""


def compute_calibration(scores: Sequence[float | None], labels: Sequence[int]) -> Calibration:
    """Compare scores with labels (1 retained, 0 lost), row by row.

    Raises:
        InputError: there are not as many labels as scores.
    """
    if len(scores) != len(labels):
        raise InputError(f"{len(scores)} scores cannot be compared with {len(labels)} labels: pass as many.")
    rows = sorted((score, label) for score, label in zip(scores, labels, strict=True) if score is not None)
    threshold, accuracy = _best_threshold(rows)
    return Calibration(
        n=len(rows),
        unscored=len(scores) - len(rows),
        auc=_auc(rows),
        brier=sum((score - label) ** 2 for score, label in rows) / len(rows) if rows else None,
        threshold=threshold,
        balanced_accuracy=accuracy,
        reliability=_reliability(rows),
    )


def _auc(rows: Sequence[tuple[float, int]]) -> float | None:
    """Mann-Whitney's U over the number of pairs, ties counted half; rows are sorted by score."""
    positives = sum(label for _, label in rows)
    negatives = len(rows) - positives
    if not positives or not negatives:
        return None
    wins, lower, index = 0.0, 0, 0
    while index < len(rows):
        tied = [label for _, label in _run(rows, index)]
        wins += sum(tied) * (lower + (len(tied) - sum(tied)) / 2)
        lower += len(tied) - sum(tied)
        index += len(tied)
    return wins / (positives * negatives)


def _run(rows: Sequence[tuple[float, int]], start: int) -> Sequence[tuple[float, int]]:
    end = start
    while end < len(rows) and rows[end][0] == rows[start][0]:
        end += 1
    return rows[start:end]


def _best_threshold(rows: Sequence[tuple[float, int]]) -> tuple[float | None, float | None]:
    positives = sum(label for _, label in rows)
    negatives = len(rows) - positives
    if not positives or not negatives:
        return None, None
    best, found, missed, rejected = 0.0, rows[0][0], 0, 0
    for index, (score, label) in enumerate(rows):
        if index == 0 or score != rows[index - 1][0]:
            accuracy = ((positives - missed) / positives + rejected / negatives) / 2
            if accuracy > best:
                best, found = accuracy, score
        missed += label
        rejected += 1 - label
    return found, best


def _reliability(rows: Sequence[tuple[float, int]]) -> tuple[ReliabilityBin, ...]:
    bins: list[ReliabilityBin] = []
    for number in range(_BINS):
        members = [row for row in rows if min(_BINS - 1, int(row[0] * _BINS)) == number]
        if members:
            scores, labels = zip(*members, strict=True)
            bins.append(ReliabilityBin(sum(scores) / len(members), sum(labels) / len(members), len(members)))
    return tuple(bins)

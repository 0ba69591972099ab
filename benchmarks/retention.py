"""How well the retention and distortion scorers agree with people, and how fast they are.

    python benchmarks/retention.py ../shared/retention [--json] [--scorers calibrated lexical ...]

REALSumm: unit AUC and summary-level Pearson r; each document is judged by the one network of five that was not trained
on it; beside them the AUC of one annotator. RoSE: summary-level r, the main figure, since nothing was trained on it.
Both also with each summary among forty of other documents, since agents write longer texts than those. SummEdits:
precision and recall of the distortion verdict. Intervals are 95% bootstraps over documents (seeded). Speed: pairs a
second over plain sentence-transformers encoding of both texts of every pair.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from retention_figures import SEED, Row, make_figure  # type: ignore[import-not-found]  # beside this program
from retention_speed import measure_speed  # type: ignore[import-not-found]  # likewise
from retention_training import lengthen, load_folds, load_rows  # type: ignore[import-not-found]  # likewise

from tierscope.metrics.retention import (
    compute_calibration,
    open_scorer,
    score_distortion,
    score_retention,
    split_claims,
)
from tierscope.metrics.retention.calibrated import CalibratedScorer
from tierscope.metrics.retention.embeddings import Embedder
from tierscope.metrics.retention.piece_net import load_piece_net
from tierscope.metrics.retention.vector_cache import VectorCache

Floats = npt.NDArray[np.float64]

OTHERS = 40


def main() -> None:
    """Print every figure with its interval and n."""
    parser = argparse.ArgumentParser(description="Agreement of the scorers with people, and speed.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--scorers", nargs="+", default=["calibrated", "soft-recall", "lexical", "cosine"])
    parser.add_argument("--json", action="store_true", dest="as_json")
    arguments = parser.parse_args()
    figures: list[Row] = []
    for name in arguments.scorers:
        figures += measure_rose(arguments.data, name)
        figures += measure_realsumm(arguments.data, name)
        figures += measure_long_texts(arguments.data, name)
    figures += measure_annotators(arguments.data)
    if "calibrated" in arguments.scorers:
        figures += measure_reliability(arguments.data)
    figures += measure_summedits(arguments.data) + measure_restatements(arguments.data)
    figures += measure_speed(arguments.data)
    if arguments.as_json:
        print(json.dumps(figures, indent=2))
        return
    for row in figures:
        interval = f"[{row['low']:.3f}, {row['high']:.3f}]" if "low" in row else ""
        print(f"{row['figure']:44s} {row['value']:8.3f} {interval:16s} n = {row['n']}")


def measure_rose(data: Path, name: str) -> list[Row]:
    """Pearson r of the mean score of a summary's units with the share that people found."""
    rows = [row for row in load_rows(data / "rose_acu_summary_level.jsonl.gz") if row["units"]]
    return [_rose_figure(f"RoSE summary r, {name}", rows, name)]


def _rose_figure(title: str, rows: Sequence[Row], name: str) -> Row:
    pairs = [(unit, row["summary"]) for row in rows for unit in row["units"]]
    scores = _scores(score_retention(*_columns(pairs), name))
    owners = np.repeat(np.arange(len(rows)), [len(row["units"]) for row in rows])
    means = np.bincount(owners, scores) / np.bincount(owners)
    people = np.array([row["human_acu"] for row in rows])
    return make_figure(
        title,
        [row["doc_id"] for row in rows],
        lambda chosen: float(np.corrcoef(means[chosen], people[chosen])[0, 1]),
    )


def measure_realsumm(data: Path, name: str) -> list[Row]:
    """Unit AUC and summary-level r, out of fold for the calibrated scorer."""
    rows = load_rows(data / "realsumm_scu.jsonl.gz")
    documents = [row["doc_id"] for row in rows]
    labels = np.array([row["human_label"] for row in rows])
    scores = _out_of_fold(data, rows) if name == "calibrated" else _plain(rows, name)
    summaries = {key: index for index, key in enumerate(dict.fromkeys(_summary_key(row) for row in rows))}
    owners = np.array([summaries[_summary_key(row)] for row in rows])
    count = np.bincount(owners)
    means, people = np.bincount(owners, scores) / count, np.bincount(owners, labels) / count
    return [
        make_figure(
            f"REALSumm unit AUC, {name}",
            documents,
            lambda chosen: compute_calibration(scores[chosen].tolist(), labels[chosen].tolist()).auc or float("nan"),
            resamples=100,
        ),
        make_figure(
            f"REALSumm summary r, {name}",
            [document for document, _ in summaries],
            lambda chosen: float(np.corrcoef(means[chosen], people[chosen])[0, 1]),
        ),
    ]


def measure_long_texts(data: Path, name: str) -> list[Row]:
    """The same figures, on a fifth of the documents, where each summary stands among `OTHERS` of other documents."""
    folds = load_folds(data)
    rows = load_rows(data / "realsumm_scu.jsonl.gz")
    lengthened = [
        {**row, "summary": text} for row, text in zip(rows, lengthen(rows, _count_others, SEED, folds), strict=True)
    ]
    rows = _every_fifth_document(lengthened)
    labels = np.array([row["human_label"] for row in rows])
    scores = _out_of_fold(data, rows) if name == "calibrated" else _plain(rows, name)
    documents = [row["doc_id"] for row in rows]
    rose = [row for row in load_rows(data / "rose_acu_summary_level.jsonl.gz") if row["units"]]
    texts = lengthen(rose, _count_others, SEED, dict.fromkeys((row["doc_id"] for row in rose), 0))
    rose = _every_fifth_document([{**row, "summary": text} for row, text in zip(rose, texts, strict=True)])
    figures = [
        make_figure(
            f"REALSumm unit AUC in long texts, {name}",
            documents,
            lambda chosen: compute_calibration(scores[chosen].tolist(), labels[chosen].tolist()).auc or float("nan"),
            resamples=100,
        ),
        _rose_figure(f"RoSE summary r in long texts, {name}", rose, name),
    ]
    if name != "calibrated":  # the others are no probabilities
        return figures
    found = scores >= CalibratedScorer.RETAINED_AT
    absent = labels == 0
    return [
        *figures,
        make_figure(
            "absent units called found in long texts",
            [document for document, is_absent in zip(documents, absent, strict=True) if is_absent],
            lambda chosen: float(found[absent][chosen].mean()),
        ),
    ]


def measure_annotators(data: Path) -> list[Row]:
    """What one annotator's yes or no reaches as a scorer, and the default scorer where three agreed and where not.

    The annotator is held against the majority of three others. A unit's chance of a yes is taken as drawn from a beta
    distribution, by the method of moments: votes of three are exchangeable, so the mean of v / 3 is the first moment
    and the mean of v (v - 1) / 6 the second.
    """
    rows = [row for row in load_rows(data / "realsumm_scu.jsonl.gz") if row["votes_total"] == 3]
    votes = np.array([row["votes_present"] for row in rows], dtype=np.float64)
    first, second = float(votes.mean()) / 3, float((votes * (votes - 1)).mean()) / 6
    total = (first - second) / (second - first**2)
    yes = first * total
    moments = np.cumprod([(yes + i) / (total + i) for i in range(4)])
    majority, agreed = 3 * moments[1] - 2 * moments[2], 3 * moments[2] - 2 * moments[3]
    found, false = agreed / majority, (moments[0] - agreed) / (1 - majority)
    figures: list[Row] = [
        {"figure": "REALSumm unit AUC, one annotator", "value": float(found + 1 - false) / 2, "n": len(votes)}
    ]
    scores, is_unanimous = _out_of_fold(data, rows), (votes == 0) | (votes == 3)
    for label, chosen in (("three agreed", is_unanimous), ("they did not", ~is_unanimous)):
        report = compute_calibration(scores[chosen].tolist(), (votes[chosen] > 1.5).astype(int).tolist())
        figures.append({"figure": f"REALSumm unit AUC where {label}", "value": report.auc, "n": report.n})
    return figures


def measure_reliability(data: Path) -> list[Row]:
    """Share of REALSumm units that people found, by tenths of the out-of-fold probability."""
    rows = load_rows(data / "realsumm_scu.jsonl.gz")
    report = compute_calibration(_out_of_fold(data, rows).tolist(), [row["human_label"] for row in rows])
    return [
        {"figure": f"found at a probability of {one.mean_score:.2f}", "value": one.share_retained, "n": one.n}
        for one in report.reliability
    ]


def measure_summedits(data: Path) -> list[Row]:
    """Precision, recall, false alarms of "distorted": as shipped, and with kinds of change chosen on other domains."""
    rows = load_rows(data / "summedits_pairs.jsonl.gz")
    found = score_distortion([row["unit"] for row in rows], [row["summary"] for row in rows])
    distorted = np.array([row["distorted"] == 1 for row in rows])
    documents = [row["doc_id"] for row in rows]
    domains = np.array([row["domain"] for row in rows])
    kinds = np.array([score.reasons[0].partition(":")[0] if score.reasons else "" for score in found])
    shipped = np.array([score.verdict == "distorted" for score in found])
    held_out = np.zeros(len(rows), dtype=bool)
    for domain in np.unique(domains):
        trusted = _trusted_kinds(kinds[domains != domain], distorted[domains != domain])
        held_out[domains == domain] = np.isin(kinds[domains == domain], trusted)
    figures: list[Row] = []
    for label, flagged in (("held-out domains", held_out), ("as shipped", shipped)):
        figures += _verdict_figures(f"SummEdits, {label}", documents, flagged, distorted)
    figures.extend(
        {
            "figure": f"SummEdits precision, {domain}",
            "value": float(distorted[mask & shipped].mean()),
            "n": int(mask.sum()),
        }
        for domain, mask in ((domain, domains == domain) for domain in np.unique(domains))
    )
    return figures


def measure_restatements(data: Path) -> list[Row]:
    """Share of the claims of SummEdits' texts that count as retained in a restatement that people call consistent."""
    rows = load_rows(data / "summedits_pairs.jsonl.gz")
    faithful = [row for row in rows if row["distorted"] == 0 and not row["is_original"]]
    claims = [(claim.text, row) for row in faithful for claim in split_claims(row["unit"])]
    found = score_retention([text for text, _ in claims], [row["summary"] for _, row in claims])
    retained = np.array([score.verdict == "retained" for score in found])
    documents = [row["doc_id"] for _, row in claims]
    return [
        make_figure("SummEdits claims retained, consistent", documents, lambda chosen: float(retained[chosen].mean()))
    ]


def _trusted_kinds(kinds: npt.NDArray[np.str_], distorted: npt.NDArray[np.bool_]) -> list[str]:
    """Kinds of change that people called inconsistent nine times in ten, of five or more."""
    return [
        str(kind)
        for kind in np.unique(kinds)
        if kind and (kinds == kind).sum() >= 5 and distorted[kinds == kind].mean() >= 0.9
    ]


def _verdict_figures(
    name: str, documents: Sequence[str], flagged: npt.NDArray[np.bool_], distorted: npt.NDArray[np.bool_]
) -> list[Row]:
    return [
        make_figure(f"{name}: precision", documents, lambda chosen: float(distorted[chosen][flagged[chosen]].mean())),
        make_figure(f"{name}: recall", documents, lambda chosen: float(flagged[chosen][distorted[chosen]].mean())),
        make_figure(
            f"{name}: false alarms", documents, lambda chosen: float(flagged[chosen][~distorted[chosen]].mean())
        ),
    ]


def _count_others(_: np.random.Generator) -> int:
    return OTHERS


def _every_fifth_document(rows: Sequence[Row]) -> list[Row]:
    chosen = set(list(dict.fromkeys(row["doc_id"] for row in rows))[::5])
    return [row for row in rows if row["doc_id"] in chosen]


def _out_of_fold(data: Path, rows: Sequence[Row]) -> Floats:
    folds = load_folds(data)
    embedder = Embedder(VectorCache())
    scores = np.zeros(len(rows))
    for fold in range(5):
        scorer = CalibratedScorer(embedder, load_piece_net().only(fold))
        chosen = [index for index, row in enumerate(rows) if folds[row["doc_id"]] == fold]
        scores[chosen] = _plain([rows[index] for index in chosen], scorer)
    return scores


def _plain(rows: Sequence[Row], scorer: str | CalibratedScorer) -> Floats:
    judge = open_scorer(scorer)
    return _scores(score_retention([row["unit"] for row in rows], [row["summary"] for row in rows], judge))


def _scores(found: Sequence[Any]) -> Floats:
    return np.array([score.score or 0.0 for score in found])


def _columns(pairs: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [unit for unit, _ in pairs], [text for _, text in pairs]


def _summary_key(row: Row) -> tuple[str, str]:
    return row["doc_id"], row["system"]


if __name__ == "__main__":
    main()

"""Train the calibrated scorer's networks on REALSumm's human labels and write them as data.

    python benchmarks/retention_training.py ../shared/retention metrics/retention/data/piece_net_v2.json

One network per published document fold, trained on the other four. Each pair is seen three times: as it is, and twice
with the summary inside a long text, among summaries of other documents. Labelled summaries are short and what agents
write is not: networks that saw short texts alone took two fifths of what was absent from 40 summaries as said by them.
Takes a few minutes on one core. REALSumm (Bhandari et al., 2020; CC BY 4.0) is read, not copied; the coefficients
carry its attribution.
"""

import argparse
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from tierscope.metrics.retention.embeddings import Embedder
from tierscope.metrics.retention.piece_features import FEATURES, UnitProfile, compare, profile_text, profile_unit
from tierscope.metrics.retention.reading import read_sentences
from tierscope.metrics.retention.vector_cache import VectorCache

EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY, HIDDEN, UNITS, SHARPNESS = 40, 512, 1.5e-2, 1e-3, 32, 8, 8.0
LENGTHENED, MOST_OTHERS = 2, 40
ATTRIBUTION = "REALSumm (Bhandari, Gour, Ashfaq, Liu and Neubig, 2020), CC BY 4.0: labels used for training"


def load_rows(path: Path) -> list[dict[str, Any]]:
    """Read a gzip file of one JSON object a line."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def load_folds(folder: Path) -> dict[str, int]:
    """Map each REALSumm document to its published fold, 0 to 4."""
    return {
        name.strip(): fold
        for fold in range(5)
        for name in (folder / f"realsumm_lite_fold{fold + 1}.id").read_text().split()
    }


def lengthen(
    rows: Sequence[Mapping[str, Any]], others: Callable[[np.random.Generator], int], seed: int, group: Mapping[str, int]
) -> list[str]:
    """Put each row's summary among summaries of other documents, in any order; equal summaries get equal texts.

    Args:
        rows: with ``doc_id`` and ``summary``.
        others: draws how many others a text holds.
        seed: of the drawing.
        group: document -> fold; the others are of the same fold, so that no network is trained on a text that it is
            judged on.

    Returns:
        One text per row, a summary a line.
    """
    generator = np.random.default_rng(seed)
    summaries: dict[str, list[str]] = {}
    for row in rows:
        summaries.setdefault(row["doc_id"], []).append(row["summary"])
    peers = {
        document: [other for other in summaries if other != document and group[other] == group[document]]
        for document in summaries
    }
    texts: dict[tuple[str, str], str] = {}
    for row in rows:
        key = (row["doc_id"], row["summary"])
        if key not in texts:
            drawn = generator.choice(peers[row["doc_id"]], others(generator))
            parts = [row["summary"], *(generator.choice(summaries[other]) for other in drawn)]
            generator.shuffle(parts)
            texts[key] = "\n".join(" ".join(part.split()) for part in parts)
    return [texts[row["doc_id"], row["summary"]] for row in rows]


def draw_others(generator: np.random.Generator) -> int:
    """From 1 to `MOST_OTHERS`, as often 1 to 6 as 7 to 40."""
    return int((MOST_OTHERS + 1) ** generator.random())


def compute_features(pairs: Sequence[tuple[str, str]]) -> list[npt.NDArray[np.float32]]:
    """Compute the word-piece features of (unit, text) pairs, text by text, since long texts fill the memory."""
    embedder = Embedder(VectorCache(), memory_texts=200_000)
    by_text: dict[str, list[int]] = {}
    for index, (_, text) in enumerate(pairs):
        by_text.setdefault(text, []).append(index)
    units: dict[str, UnitProfile] = {}
    found: dict[int, npt.NDArray[np.float32]] = {}
    for text, members in by_text.items():
        sentences = read_sentences(text)
        new = dict.fromkeys(pairs[index][0] for index in members if pairs[index][0] not in units)
        embedded = embedder.embed([*new, *sentences])
        units |= {unit: profile_unit(unit, embedded[unit]) for unit in new}
        profile = profile_text(sentences, [embedded[one] for one in sentences])
        found |= {index: compare(units[pairs[index][0]], profile).pieces for index in members}
    return [found[index] for index in range(len(pairs))]


class Network(nn.Module):
    """The network of `tierscope.metrics.retention.piece_net`, for training."""

    def __init__(self) -> None:
        super().__init__()
        self.piece = nn.Linear(len(FEATURES), HIDDEN)
        self.match = nn.Linear(HIDDEN, 2)
        self.linear = nn.Linear(3, 1)
        self.pair = nn.Linear(3, UNITS)
        self.out = nn.Linear(UNITS, 1)

    def forward(self, pieces: Tensor, mask: Tensor) -> Tensor:
        """Logits of shape (pairs,) from pieces (pairs, pieces, features) and a mask of those that are there."""
        outputs = self.match(torch.tanh(self.piece(pieces)))
        log_matched = functional.logsigmoid(outputs[..., 0])
        weights = functional.softplus(outputs[..., 1]) * mask
        shares = weights / weights.sum(1, keepdim=True).clamp_min(1e-6)
        matched = log_matched.exp()
        exponents = shares.clamp_min(1e-9).log() - SHARPNESS * matched
        exponents = torch.where(mask > 0, exponents, torch.tensor(-99.0))
        soft_minimum = -torch.logsumexp(exponents, 1) / SHARPNESS
        summary = torch.stack([(shares * matched).sum(1), (shares * log_matched).sum(1), soft_minimum], 1)
        logits: Tensor = self.linear(summary) + self.out(torch.tanh(self.pair(summary)))
        return logits[:, 0]

    def coefficients(self) -> dict[str, Any]:
        """The arrays by the names that `PieceNet` reads."""
        return {
            "piece_weight": _rounded(self.piece.weight.T),
            "piece_bias": _rounded(self.piece.bias),
            "match_weight": _rounded(self.match.weight.T),
            "match_bias": _rounded(self.match.bias),
            "linear_weight": _rounded(self.linear.weight[0]),
            "linear_bias": _rounded(self.linear.bias[0]),
            "pair_weight": _rounded(self.pair.weight.T),
            "pair_bias": _rounded(self.pair.bias),
            "out_weight": _rounded(self.out.weight[0]),
            "out_bias": _rounded(self.out.bias[0]),
        }


def _rounded(values: Tensor) -> Any:  # noqa: ANN401 numbers nested as deep as the tensor
    return np.round(values.detach().numpy().astype(float), 5).tolist()


def pad(features: list[npt.NDArray[np.float32]]) -> tuple[Tensor, Tensor]:
    """Stack ragged pairs into (pairs, pieces, features) and a mask (pairs, pieces)."""
    longest = max(len(pieces) for pieces in features)
    stacked = torch.zeros(len(features), longest, len(FEATURES))
    mask = torch.zeros(len(features), longest)
    for index, pieces in enumerate(features):
        stacked[index, : len(pieces)] = torch.tensor(pieces)
        mask[index, : len(pieces)] = 1
    return stacked, mask


def train(pieces: Tensor, mask: Tensor, labels: Tensor, seed: int) -> Network:
    """Fit one network by AdamW under a one-cycle schedule; labels are shares of annotators, 0 to 1."""
    torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType]  # torch types it loosely
    generator = np.random.default_rng(seed)
    network = Network()
    steps = -(-len(labels) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=EPOCHS * steps)
    lengths = mask.sum(1).numpy()
    for _ in range(EPOCHS):
        order = generator.permutation(len(labels))
        quarters = [part[np.argsort(lengths[part])] for part in np.array_split(order, 4)]
        order = np.concatenate(quarters)  # batches of like length need little padding
        for batch in generator.permutation(steps):
            chosen = order[batch * BATCH : (batch + 1) * BATCH]
            width = int(lengths[chosen].max())
            logits = network(pieces[chosen, :width], mask[chosen, :width])
            loss = functional.binary_cross_entropy_with_logits(logits, labels[chosen])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch types it loosely
            optimizer.step()  # pyright: ignore[reportUnknownMemberType]  # torch types it loosely
            schedule.step()
    return network


def main() -> None:
    """Read the labels, train a network per fold, write the coefficients."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = load_rows(arguments.data / "realsumm_scu.jsonl.gz")
    folds = load_folds(arguments.data)
    texts = [row["summary"] for row in rows]
    for seed in range(LENGTHENED):
        texts += lengthen(rows, draw_others, seed, folds)
    rows *= 1 + LENGTHENED
    pieces, mask = pad(compute_features([(row["unit"], text) for row, text in zip(rows, texts, strict=True)]))
    labels = torch.tensor([row["votes_present"] / row["votes_total"] for row in rows])
    fold_of_row = np.array([folds[row["doc_id"]] for row in rows])
    networks: list[dict[str, Any]] = []
    for fold in range(5):
        others = torch.tensor(np.flatnonzero(fold_of_row != fold))
        networks.append(train(pieces[others], mask[others], labels[others], seed=fold).coefficients())
        print(f"fold {fold + 1}: trained on {len(others)} pairs", flush=True)
    document = {"version": "2", "attribution": ATTRIBUTION, "features": FEATURES, "networks": networks}
    arguments.out.write_text(json.dumps(document) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

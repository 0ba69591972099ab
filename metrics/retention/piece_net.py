"""The calibrated scorer's small network: from word-piece features to the probability that a unit is retained.

Each piece gets a probability m of being matched and a weight w. A pair is summed up by three figures: the weighted
mean of m, the weighted mean of log m, and a soft minimum of m; a few tanh units over these give the logit. So one
missing name or number can lose a unit whose other words are all there, which no average over words can.
Coefficients are data (``data/piece_net_v1.json``, trained on REALSumm's human labels). There are five networks, each trained on four
fifths of the documents, and their logits are averaged; so an honest figure on the training set exists for what ships.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tierscope.metrics.retention.piece_features import FEATURES

__all__ = ["PieceNet", "load_piece_net"]

_COEFFICIENTS = Path(__file__).parent / "data" / "piece_net_v1.json"
_SHARPNESS = 8.0
"""Of the soft minimum: -log(weighted mean of exp(-8 m)) / 8. A mean, so that it does not depend on the unit's length."""

Floats = npt.NDArray[np.float64]


class PieceNet:
    """Some small networks of the same shape, averaged.

    Args:
        networks: per network its arrays by name: piece_weight (features, hidden), piece_bias (hidden), match_weight
            (hidden, 2), match_bias (2), linear_weight (3), linear_bias (), pair_weight (3, units), pair_bias (units),
            out_weight (units), out_bias ().
        version: changes whenever the coefficients do.
    """

    def __init__(self, networks: Sequence[dict[str, Floats]], version: str) -> None:
        self._networks = networks
        self.version = version
        """Changes whenever the coefficients do."""

    def probability(self, pieces: npt.NDArray[np.float32]) -> float:
        """Probability that people find a unit in a text, from its features: rows are pieces, columns `FEATURES`."""
        matched = self.match_probabilities(pieces)
        logits = [
            _pair_logit(network, *one) for network, one in zip(self._networks, matched, strict=True)
        ]
        return float(1 / (1 + np.exp(-np.mean(logits))))

    def match_probabilities(self, pieces: npt.NDArray[np.float32]) -> list[tuple[Floats, Floats]]:
        """Per network, the log probability that each piece is matched, and its share of the weight."""
        found: list[tuple[Floats, Floats]] = []
        for network in self._networks:
            hidden = np.tanh(pieces @ network["piece_weight"] + network["piece_bias"])
            outputs = hidden @ network["match_weight"] + network["match_bias"]
            weights = np.logaddexp(0, outputs[:, 1])
            found.append((-np.logaddexp(0, -outputs[:, 0]), weights / weights.sum()))
        return found


def _pair_logit(network: dict[str, Floats], log_matched: Floats, shares: Floats) -> float:
    matched = np.exp(log_matched)
    soft_minimum = -np.log(shares @ np.exp(-_SHARPNESS * matched)) / _SHARPNESS
    summary = np.array([shares @ matched, shares @ log_matched, soft_minimum])
    units = np.tanh(summary @ network["pair_weight"] + network["pair_bias"])
    linear = summary @ network["linear_weight"] + network["linear_bias"]
    return float(linear + units @ network["out_weight"] + network["out_bias"])


@lru_cache(maxsize=1)
def load_piece_net() -> PieceNet:
    """Read the shipped coefficients.

    Raises:
        ValueError: they were trained on other features than the code computes.
    """
    document = json.loads(_COEFFICIENTS.read_text(encoding="utf-8"))
    if tuple(document["features"]) != FEATURES:
        raise ValueError(f"{_COEFFICIENTS.name} was trained on other features: train it again.")
    networks = [{name: np.array(values) for name, values in one.items()} for one in document["networks"]]
    return PieceNet(networks, document["version"])

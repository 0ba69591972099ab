"""The calibrated scorer's small network: from word-piece features to the probability that a unit is retained.

Each piece gets a probability m of being matched and a weight w. A pair is summed up by three figures: the weighted
mean of m, the weighted mean of log m, and a soft minimum of m; a few tanh units over these give the logit. So one
missing name or number can lose a unit whose other words are all there, which no average over words can.
Coefficients are data (``data/piece_net_v2.json``, trained on REALSumm's human labels by
benchmarks/retention_training.py). There are five networks, each trained on four fifths of the documents, and their
logits are averaged; so an honest figure on the training set exists for what ships.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tierscope.metrics.retention.piece_features import FEATURES

__all__ = ["PieceNet", "load_piece_net"]

_COEFFICIENTS = Path(__file__).parent / "data" / "piece_net_v2.json"
_SHARPNESS = 8.0
"""Of the soft minimum, -log(weighted mean of exp(-8 m)) / 8: a mean, so that the unit's length plays no part."""

Floats = npt.NDArray[np.float64]


class PieceNet:
    """Some small networks of the same shape, averaged.

    Args:
        arrays: the networks' arrays, stacked along a first axis: piece_weight (networks, features, hidden), piece_bias
            (hidden), match_weight (hidden, 2), match_bias (2), linear_weight (3), linear_bias (), pair_weight (3,
            units), pair_bias (units), out_weight (units), out_bias ().
        version: changes whenever the coefficients do.
    """

    def __init__(self, arrays: Mapping[str, Floats], version: str) -> None:
        self._arrays = arrays
        self.version = version
        """Changes whenever the coefficients do."""

    def only(self, network: int) -> "PieceNet":
        """Return one of the networks alone: an honest judge of the documents that it was not trained on."""
        return PieceNet({name: values[network : network + 1] for name, values in self._arrays.items()}, self.version)

    def judge(self, pieces: npt.NDArray[np.float32]) -> tuple[float, Floats]:
        """Return the probability that people find a unit in a text, and that each of its pieces is matched.

        Args:
            pieces: features of the pair, one row per word piece, columns `FEATURES`.
        """
        arrays = self._arrays
        hidden = np.tanh(pieces @ arrays["piece_weight"] + arrays["piece_bias"][:, None, :])
        outputs = hidden @ arrays["match_weight"] + arrays["match_bias"][:, None, :]
        weights = np.logaddexp(0, outputs[:, :, 1])
        shares = weights / weights.sum(axis=1, keepdims=True)
        log_matched = -np.logaddexp(0, -outputs[:, :, 0])
        matched = np.exp(log_matched)
        soft_minimum = -np.log((shares * np.exp(-_SHARPNESS * matched)).sum(axis=1)) / _SHARPNESS
        summary = np.stack([(shares * matched).sum(axis=1), (shares * log_matched).sum(axis=1), soft_minimum], axis=1)
        units = np.tanh((summary[:, None, :] @ arrays["pair_weight"])[:, 0, :] + arrays["pair_bias"])
        logits = (summary * arrays["linear_weight"]).sum(axis=1) + arrays["linear_bias"]
        logits = logits + (units * arrays["out_weight"]).sum(axis=1) + arrays["out_bias"]
        return float(1 / (1 + np.exp(-logits.mean()))), matched.mean(axis=0)


@lru_cache(maxsize=1)
def load_piece_net() -> PieceNet:
    """Read the shipped coefficients.

    Raises:
        ValueError: they were trained on other features than the code computes.
    """
    document = json.loads(_COEFFICIENTS.read_text(encoding="utf-8"))
    if tuple(document["features"]) != FEATURES:
        raise ValueError(f"{_COEFFICIENTS.name} was trained on other features: train it again.")
    networks = document["networks"]
    arrays = {name: np.array([network[name] for network in networks]) for name in networks[0]}
    return PieceNet(arrays, document["version"])

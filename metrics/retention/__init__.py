"""Does this piece of information survive in that text, and is it still true there?

Retention scorers, the detector of distortions, the splitter of outputs into claims. Importing this package loads no
model: torch comes in when a scorer that needs it first scores.
"""

from tierscope.metrics.retention.calibration import Calibration, compute_calibration
from tierscope.metrics.retention.claims import Claim, split_claims
from tierscope.metrics.retention.distortion import score_distortion
from tierscope.metrics.retention.efficiency import compute_retention_bound, compute_retention_efficiency
from tierscope.metrics.retention.scores import DistortionScore, RetentionScore, Scorer
from tierscope.metrics.retention.scoring import (
    DEFAULT_SCORER,
    SCORERS,
    open_scorer,
    score_grid,
    score_retention,
)

__all__ = [
    "DEFAULT_SCORER",
    "SCORERS",
    "Calibration",
    "Claim",
    "DistortionScore",
    "RetentionScore",
    "Scorer",
    "compute_calibration",
    "compute_retention_bound",
    "compute_retention_efficiency",
    "open_scorer",
    "score_distortion",
    "score_grid",
    "score_retention",
    "split_claims",
]

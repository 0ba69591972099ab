"""Does this piece of information survive in that text, and is it still true there?

Retention scorers, the detector of distortions, the splitter of outputs into claims. Importing this package loads no
model: names are loaded when they are first asked for, and torch when a scorer that needs it first scores.
"""

from typing import TYPE_CHECKING

from tierscope.lazy import names_from

if TYPE_CHECKING:
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

__getattr__ = names_from(
    __name__,
    {
        "DEFAULT_SCORER": "scoring",
        "SCORERS": "scoring",
        "Calibration": "calibration",
        "Claim": "claims",
        "DistortionScore": "scores",
        "RetentionScore": "scores",
        "Scorer": "scores",
        "compute_calibration": "calibration",
        "compute_retention_bound": "efficiency",
        "compute_retention_efficiency": "efficiency",
        "open_scorer": "scoring",
        "score_distortion": "distortion",
        "score_grid": "scoring",
        "score_retention": "scoring",
        "split_claims": "claims",
    },
)

"""Tier inference: from any framework's spans to runs, agents and tiers.

The names are loaded when they are first asked for: settings know those of a convention without loading the engine.
"""

from typing import TYPE_CHECKING

from tierscope.lazy import names_from

if TYPE_CHECKING:
    from tierscope.instrumentation.tiers.engine import infer_runs
    from tierscope.instrumentation.tiers.reading import Convention, Reading
    from tierscope.instrumentation.tiers.settings import CustomConvention, TierSettings

__all__ = ["Convention", "CustomConvention", "Reading", "TierSettings", "infer_runs"]

__getattr__ = names_from(
    __name__,
    {
        "Convention": "reading",
        "CustomConvention": "settings",
        "Reading": "reading",
        "TierSettings": "settings",
        "infer_runs": "engine",
    },
)

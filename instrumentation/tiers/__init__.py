"""Tier inference: from any framework's spans to runs, agents and tiers."""

from tierscope.instrumentation.tiers.engine import infer_runs
from tierscope.instrumentation.tiers.reading import Convention, Reading
from tierscope.instrumentation.tiers.settings import CustomConvention, TierSettings

__all__ = ["Convention", "CustomConvention", "Reading", "TierSettings", "infer_runs"]

"""One small file per framework or convention, and the table that they are registered in."""

from typing import Final

from tierscope.instrumentation.tiers.conventions import (
    agent_framework,
    declared,
    genai,
    google_adk,
    openinference,
    openinference_crewai,
    openinference_openai_agents,
    pydantic_ai,
    strands,
)
from tierscope.instrumentation.tiers.reading import Convention

__all__ = ["CONVENTIONS"]

CONVENTIONS: Final[tuple[Convention, ...]] = (
    declared.CONVENTION,
    pydantic_ai.CONVENTION,
    google_adk.CONVENTION,
    strands.CONVENTION,
    agent_framework.CONVENTION,
    openinference_crewai.CONVENTION,
    openinference_openai_agents.CONVENTION,
    openinference.CONVENTION,
    genai.CONVENTION,
)
"""Asked in this order; the first whose scope, else whose mark, a span has, reads it."""

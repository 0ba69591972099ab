"""One small file per framework or convention, and the table that they are registered in."""

from typing import Final

from tierscope.instrumentation.tiers.conventions import (
    agent_framework,
    autogen,
    claude_code,
    declared,
    genai,
    google_adk,
    langsmith,
    logfire_openai_agents,
    openinference,
    openinference_agno,
    openinference_crewai,
    openinference_langchain,
    openinference_llama_index,
    openinference_openai_agents,
    openinference_smolagents,
    otel_langchain,
    otel_openai_agents,
    pydantic_ai,
    semantic_kernel,
    strands,
    traceloop,
    traceloop_crewai,
    traceloop_langchain,
    traceloop_llama_index,
    vercel_ai,
)
from tierscope.instrumentation.tiers.reading import Convention

__all__ = ["CONVENTIONS"]

CONVENTIONS: Final[tuple[Convention, ...]] = (
    declared.CONVENTION,
    pydantic_ai.CONVENTION,
    google_adk.CONVENTION,
    strands.CONVENTION,
    agent_framework.CONVENTION,
    autogen.CONVENTION,
    semantic_kernel.CONVENTION,
    claude_code.CONVENTION,
    vercel_ai.CONVENTION,
    logfire_openai_agents.CONVENTION,
    openinference_agno.CONVENTION,
    openinference_crewai.CONVENTION,
    openinference_langchain.CONVENTION,
    openinference_llama_index.CONVENTION,
    openinference_openai_agents.CONVENTION,
    openinference_smolagents.CONVENTION,
    langsmith.CONVENTION,
    traceloop_crewai.CONVENTION,
    traceloop_langchain.CONVENTION,
    traceloop_llama_index.CONVENTION,
    otel_langchain.CONVENTION,
    otel_openai_agents.CONVENTION,
    openinference.CONVENTION,
    traceloop.CONVENTION,
    genai.CONVENTION,
)
"""Asked in this order; the first whose scope, else whose mark, a span has, reads it."""

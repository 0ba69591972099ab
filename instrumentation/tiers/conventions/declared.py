"""Spans recorded by tierscope itself: ``tierscope.*`` attributes beside plain GenAI ones.

Versions: all.
Examples: ``invoke_agent macro`` with ``tierscope.tier=1``, ``tierscope.domain=macro`` and, where the parent is not
the span above, ``tierscope.invocation.parent_id``.
"""

from typing import Final

from tierscope.instrumentation import semconv
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai
from tierscope.instrumentation.tiers.reading import STEP, Convention, Reading


def read(span: Span) -> Reading:
    """As GenAI; an agent's span is an invocation of its own, and may name its parent."""
    if span.attributes.get(semconv.GEN_AI_OPERATION_NAME) != semconv.OPERATION_INVOKE_AGENT:
        return genai.read(span)
    name = genai.agent_name(span)
    if name is None:
        return STEP
    own, parent = (
        span.attributes.get(k) for k in (semconv.TIERSCOPE_INVOCATION_ID, semconv.TIERSCOPE_PARENT_INVOCATION_ID)
    )
    return Reading(
        "agent",
        name,
        f"the span {span.name!r} was recorded as one",
        references=(own,) if isinstance(own, str) else (),
        parent_reference=parent if isinstance(parent, str) else None,
        repeats=True,
    )


CONVENTION: Final = Convention(
    name="tierscope",
    versions="all",
    read=read,
    scopes=("tierscope*",),
    marks=(semconv.TIERSCOPE_TIER, semconv.TIERSCOPE_INVOCATION_ID, semconv.TIERSCOPE_PENDING),
    inputs=(semconv.TIERSCOPE_INPUT, semconv.GEN_AI_INPUT_MESSAGES),
    outputs=(semconv.TIERSCOPE_OUTPUT, semconv.GEN_AI_OUTPUT_MESSAGES),
)

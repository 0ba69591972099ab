"""Conventions that settings describe without code."""

import re

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.reading import STEP, Convention, Reading
from tierscope.instrumentation.tiers.settings import CustomConvention
from tierscope.instrumentation.tiers.values import whole


def make_convention(custom: CustomConvention) -> Convention:
    """The convention that a ``[[tiers.conventions]]`` table describes."""
    agent_span = re.compile(custom.agent_span) if custom.agent_span else None
    model_span = re.compile(custom.model_span) if custom.model_span else None
    tool_span = re.compile(custom.tool_span) if custom.tool_span else None

    def read(span: Span) -> Reading:
        name, why = _agent(span, custom, agent_span)
        if name is not None:
            return Reading(
                "agent",
                name,
                why,
                parent_name=_text(span, custom.parent_attribute),
                domain=_text(span, custom.domain_attribute),
                tier=whole(span.attributes.get(custom.tier_attribute)) if custom.tier_attribute else None,
            )
        if model_span is not None and model_span.fullmatch(span.name):
            return Reading("model")
        if tool_span is not None and tool_span.fullmatch(span.name):
            return Reading("tool", span.name)
        return STEP

    return Convention(
        name=custom.name,
        versions="as described in the settings",
        read=read,
        scopes=(custom.scope,) if custom.scope else ("*",),
        inputs=(custom.input_attribute,) if custom.input_attribute else (),
        outputs=(custom.output_attribute,) if custom.output_attribute else (),
    )


def _agent(span: Span, custom: CustomConvention, pattern: re.Pattern[str] | None) -> tuple[str | None, str]:
    name = _text(span, custom.agent_attribute)
    if name is not None:
        return name, f"the span {span.name!r} has {custom.agent_attribute}"
    match = pattern.fullmatch(span.name) if pattern is not None else None
    if match is None:
        return None, ""
    why = f"the span's name {span.name!r} matches agent_span of {custom.name!r}"
    return match.groupdict().get("agent") or span.name, why


def _text(span: Span, key: str | None) -> str | None:
    value = span.attributes.get(key) if key is not None else None
    return value if isinstance(value, str) and value else None

"""Tokens of one span, by whichever names its instrumentation uses."""

from collections.abc import Iterator, Sequence
from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.values import token_count

_INPUT: Final = (
    "gen_ai.usage.input_tokens",
    "llm.token_count.prompt",
    "gen_ai.usage.prompt_tokens",
    "llm.usage.prompt_tokens",
    "gen_ai.aggregated_usage.input_tokens",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
    "input_tokens",
)
_OUTPUT: Final = (
    "gen_ai.usage.output_tokens",
    "llm.token_count.completion",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
    "gen_ai.aggregated_usage.output_tokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
    "output_tokens",
)
_MODEL: Final = (
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.model_name",
    "llm.request.model",
    "model_name",
    "model",
)
_PROVIDER: Final = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")
_TOKENS: Final = frozenset((*_INPUT, *_OUTPUT))


def tokens(span: Span) -> tuple[int | None, int | None]:
    """Input and output tokens that the span carries; None where it carries none."""
    if _TOKENS.isdisjoint(span.attributes):  # as of most spans, and one look instead of twelve
        return None, None
    return _number(span, _INPUT), _number(span, _OUTPUT)


def call_tokens(call: Node) -> tuple[int | None, int | None]:
    """Tokens of a model call: its own, else those of the same request as another instrumentation recorded it inside."""
    used = tokens(call.span)
    if used != (None, None):
        return used
    inside = [tokens(node.span) for node in _requests_inside(call)]
    return total([u[0] for u in inside]), total([u[1] for u in inside])


def call_model(call: Node) -> str | None:
    """The model of a call, by its own span, else by one inside it."""
    names = (model_name(node.span) for node in (call, *_requests_inside(call)))
    return next((name for name in names if name is not None), None)


def _requests_inside(call: Node) -> Iterator[Node]:
    """The outermost model calls below a model call, up to the next agent or tool."""
    stack = list(call.children)
    while stack:
        node = stack.pop()
        if node.draft is not None or node.reading.role == "tool":
            continue
        if node.reading.role == "model" and tokens(node.span) != (None, None):
            yield node
        else:
            stack.extend(node.children)


def total(values: Sequence[int | None]) -> int | None:
    """The sum of those that are known; None where none is."""
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def model_name(span: Span) -> str | None:
    """The model that answered, else the one that was asked for; ``unknown`` counts as not recorded."""
    return _text(span, _MODEL)


def provider_name(span: Span) -> str | None:
    """Who served the model."""
    return _text(span, _PROVIDER)


def _number(span: Span, keys: tuple[str, ...]) -> int | None:
    return next((n for key in keys if (n := token_count(span.attributes.get(key))) is not None), None)


def _text(span: Span, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = span.attributes.get(key)
        if isinstance(value, str) and value and value != "unknown":
            return value
    return None

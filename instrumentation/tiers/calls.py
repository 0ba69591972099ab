"""A run's model calls, each once."""

from collections.abc import Iterator, Sequence

from tierscope.instrumentation.runs import InvocationStatus, ModelCall
from tierscope.instrumentation.tiers.agents import inside_model
from tierscope.instrumentation.tiers.draft import canonical
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.joins import Part
from tierscope.instrumentation.tiers.outcome import span_failed
from tierscope.instrumentation.tiers.usage import call_model, call_tokens, provider_name


def model_calls_of(parts: Sequence[Part]) -> Iterator[ModelCall]:
    """Every request to a model, with the invocation that made it."""
    for part in parts:
        for node in part.trace.nodes:
            if node.reading.is_call or (node.reading.role == "model" and not inside_model(node)):
                yield _call(node)


def _call(node: Node) -> ModelCall:
    span = node.span
    owner = canonical(node.owner)
    used = call_tokens(node)
    status: InvocationStatus = "error" if span_failed(span) else "running" if span.end_ns is None else "ok"
    return ModelCall(
        id=span.key,
        invocation_id=owner.id if owner is not None else None,
        provider=provider_name(span),
        model=call_model(node),
        input_tokens=used[0],
        output_tokens=used[1],
        started_ns=span.start_ns or None,
        ended_ns=span.end_ns,
        status=status,
    )

"""Record agent systems with OpenTelemetry, keep their spans in one store, and find the tiers in them.

The recording helpers are offered here; they load OpenTelemetry's SDK, hence only when one of them is used.
Everything else is imported from its module: ``otlp`` (files in), ``store``, ``tiers``, ``semconv`` (names).
"""

from typing import TYPE_CHECKING

from tierscope.lazy import names_from

if TYPE_CHECKING:
    from tierscope.instrumentation.calls import model_call, tool_call
    from tierscope.instrumentation.recording import RunFacts, agent, configure, handoff, invocation, signal

__all__ = [
    "RunFacts",
    "agent",
    "configure",
    "handoff",
    "invocation",
    "model_call",
    "signal",
    "tool_call",
]

__getattr__ = names_from(
    __name__,
    {
        "RunFacts": "recording",
        "agent": "recording",
        "configure": "recording",
        "handoff": "recording",
        "invocation": "recording",
        "model_call": "calls",
        "signal": "recording",
        "tool_call": "calls",
    },
)

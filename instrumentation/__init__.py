"""Record agent systems with OpenTelemetry, keep their spans in one store, and find the tiers in them.

The recording helpers are offered here; they load OpenTelemetry's SDK, hence only when one of them is used.
Everything else is imported from its module: ``otlp`` (files in), ``store``, ``tiers``, ``semconv`` (names).
"""

from importlib import import_module
from typing import TYPE_CHECKING

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


def __getattr__(name: str) -> object:
    """Load a recording helper when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "calls" if name in {"model_call", "tool_call"} else "recording"
    return getattr(import_module(f"{__name__}.{module}"), name)

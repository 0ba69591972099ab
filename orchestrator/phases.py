"""Spans around planning and synthesis, so that their share of time and tokens can be told from that of the work."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

from opentelemetry import trace

from tierscope.instrumentation import semconv
from tierscope.orchestrator.calls import Call


@contextmanager
def phase(call: Call, name: Literal["plan", "synthesize"]) -> Generator[None, None, None]:
    """Record what happens inside the block as one phase of the work of ``call``."""
    recorder = call.run.recorder
    if recorder is None:
        yield
        return
    span = recorder.start(f"{name} {call.member.name}", {semconv.TIERSCOPE_PHASE: name})
    try:
        with trace.use_span(span, end_on_exit=False):
            yield
    finally:
        recorder.end(span)

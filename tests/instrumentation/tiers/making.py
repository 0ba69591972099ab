"""Spans for tests of tier inference, written as trees of short names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tierscope.instrumentation.spans import Span, SpanEvent, SpanLink

START_NS = 1_790_000_000_000_000_000


@dataclass
class Made:
    """A span and those below it; times follow from the order in which spans are written."""

    name: str
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    below: Sequence["Made"] = ()
    fields: dict[str, Any] = field(default_factory=dict[str, Any])


def agent(name: str, *below: Made, output: str | None = None, **fields: Any) -> Made:
    """An agent as the GenAI conventions write it."""
    facts: dict[str, Any] = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name}
    if output is not None:
        facts["gen_ai.output.messages"] = [{"role": "assistant", "parts": [{"type": "text", "content": output}]}]
    return Made(f"invoke_agent {name}", facts | fields.pop("attributes", {}), below, fields)


def chat(given: str = "", used: tuple[int, int] | None = None, **fields: Any) -> Made:
    """A model call."""
    facts: dict[str, Any] = {"gen_ai.operation.name": "chat"}
    if given:
        facts["gen_ai.input.messages"] = [{"role": "user", "parts": [{"type": "text", "content": given}]}]
    if used is not None:
        facts |= {"gen_ai.usage.input_tokens": used[0], "gen_ai.usage.output_tokens": used[1]}
    return Made("chat", facts | fields.pop("attributes", {}), (), fields)


def tool(name: str, *below: Made, **attributes: Any) -> Made:
    """A tool call."""
    return Made(
        f"execute_tool {name}", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name} | attributes, below
    )


def workflow(*below: Made) -> Made:
    """A container."""
    return Made("invoke_workflow", {"gen_ai.operation.name": "invoke_workflow"}, below)


def spans(*tops: Made, trace: int = 1, start: int = 0) -> list[Span]:
    """The spans of one trace: a span begins after all that stand before it, and ends after all that are below it."""
    clock = iter(range(start, 10**9))
    ids = iter(range(1, 10**9))
    return [span for top in tops for span in _spans(top, None, trace, clock, ids)]


def _spans(made: Made, parent: str | None, trace: int, clock: Iterator[int], ids: Iterator[int]) -> Iterator[Span]:
    span_id, begin = f"{next(ids):016x}", START_NS + 1000 * next(clock)
    below = [span for child in made.below for span in _spans(child, span_id, trace, clock, ids)]
    values: dict[str, Any] = {
        "trace_id": f"{trace:032x}",
        "span_id": span_id,
        "parent_span_id": parent,
        "name": made.name,
        "kind": "internal",
        "start_ns": begin,
        "end_ns": START_NS + 1000 * next(clock),
        "attributes": made.attributes,
    }
    yield Span(**{**values, **made.fields})
    yield from below


def event(name: str, **attributes: Any) -> SpanEvent:
    """An event whose attributes are written with underscores for dots."""
    return SpanEvent(name, START_NS, {key.replace("__", "."): value for key, value in attributes.items()})


def link(span: Span) -> SpanLink:
    """A pointer to a span."""
    return SpanLink(span.trace_id, span.span_id)

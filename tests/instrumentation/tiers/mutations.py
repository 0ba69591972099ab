"""Recordings made over, so that they tell of the same run in other words: names, ids, times, versions."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256

from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.spans import AttributeValue, Span, SpanEvent, SpanLink
from tierscope.instrumentation.tiers import infer_runs


def rename(spans: Sequence[Span], names: Sequence[str], others: Sequence[str]) -> list[Span]:
    """Every agent under another name, wherever its name stands: in span names, attributes, prompts and tools' names."""
    return [_rewritten(span, renamer(names, others)) for span in spans]


def renamer(names: Sequence[str], others: Sequence[str]) -> Callable[[str], str]:
    """What replaces names in a text, each as a word of its own or as a part between underscores."""
    table = dict(zip(names, others, strict=False))
    longest_first = "|".join(sorted(map(re.escape, table), key=len, reverse=True))
    pattern = re.compile(rf"(?<![A-Za-z0-9])({longest_first})(?![A-Za-z0-9])")
    return lambda text: pattern.sub(lambda match: table[match[1]], text)


def reword(spans: Sequence[Span], replaced: Sequence[tuple[str, str]]) -> list[Span]:
    """Texts in place of others."""

    def change(text: str) -> str:
        for old, new in replaced:
            text = text.replace(old, new)
        return text

    return [_rewritten(span, change) for span in spans]


def renumber(spans: Sequence[Span]) -> list[Span]:
    """Other trace and span ids, which no attribute repeats."""

    def other(id_: str) -> str:
        return sha256(f"other {id_}".encode()).hexdigest()[: len(id_)]

    return [
        replace(
            span,
            trace_id=other(span.trace_id),
            span_id=other(span.span_id),
            parent_span_id=other(span.parent_span_id) if span.parent_span_id else None,
            links=tuple(SpanLink(other(link.trace_id), other(link.span_id)) for link in span.links),
        )
        for span in spans
    ]


def shift(spans: Sequence[Span], by_ns: int, factor: int = 1) -> list[Span]:
    """All of it earlier or later, and slower by a whole factor."""
    first = min(span.start_ns for span in spans)

    def moved(at_ns: int) -> int:
        return first + (at_ns - first) * factor + by_ns

    return [
        replace(
            span,
            start_ns=moved(span.start_ns),
            end_ns=moved(span.end_ns) if span.end_ns is not None else None,
            events=tuple(replace(event, time_ns=moved(event.time_ns)) for event in span.events),
        )
        for span in spans
    ]


def reissue(spans: Sequence[Span]) -> list[Span]:
    """As another version of the instrumentation, in another service, says it."""
    return [
        replace(span, scope_version="99.1.0", resource={"service.name": "other", "telemetry.sdk.version": "9.9"})
        for span in spans
    ]


def without(spans: Sequence[Span], attributes: Sequence[str]) -> list[Span]:
    """Attributes left out; one that ends in a full stop stands for all that begin so."""

    def is_left_out(key: str) -> bool:
        return any(key.startswith(a) if a.endswith(".") else key == a for a in attributes)

    return [replace(s, attributes={k: v for k, v in s.attributes.items() if not is_left_out(k)}) for s in spans]


def shape(runs: Sequence[Run]) -> list[tuple[object, ...]]:
    """Each agent with its place, status, tokens and output, parents by position: nothing that ids or times decide."""
    found: list[tuple[object, ...]] = []
    for run in runs:
        positions = {one.id: position for position, one in enumerate(run.invocations)}
        found += [
            (
                positions.get(one.parent_id or ""),
                one.agent,
                one.tier,
                one.role,
                one.status,
                one.input_tokens,
                one.output_tokens,
                one.output,
                one.tier_source,
                one.tier_confidence,
            )
            for one in run.invocations
        ]
    return found


def shape_of(spans: Sequence[Span]) -> list[tuple[object, ...]]:
    """The shape of what is inferred from spans."""
    return shape(infer_runs(spans))


def _rewritten(span: Span, change: Callable[[str], str]) -> Span:
    return replace(
        span,
        name=change(span.name),
        status_message=change(span.status_message),
        attributes={key: _changed(value, change) for key, value in span.attributes.items()},
        events=tuple(
            SpanEvent(e.name, e.time_ns, {key: _changed(value, change) for key, value in e.attributes.items()})
            for e in span.events
        ),
    )


def _changed(value: AttributeValue, change: Callable[[str], str]) -> AttributeValue:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_changed(item, change) for item in value]
    if isinstance(value, dict):
        return {change(key): _changed(item, change) for key, item in value.items()}
    return value

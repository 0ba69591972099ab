"""One span after another through a walk: every place of a span that holds a text."""

from dataclasses import replace
from typing import Final

from tierscope.instrumentation import semconv
from tierscope.instrumentation.content import content_hash
from tierscope.instrumentation.redaction.naming import NameRules
from tierscope.instrumentation.redaction.visitors import Counts, FunctionFailedError, Visitor
from tierscope.instrumentation.redaction.walking import Walk
from tierscope.instrumentation.spans import Attributes, AttributeValue, Span, SpanEvent, SpanLink

__all__ = ["FAILED", "SpanRewriter", "bare_span"]

FAILED: Final = "[redaction failed]"
"""Stands for a name that could not be redacted."""


class SpanRewriter:
    """Rewrites the spans of one batch.

    Args:
        rules: what goes by its name.
        visitor: asked about every text, and counts.
        parsed: JSON texts that were parsed before, shared by the passes over one batch.
    """

    def __init__(self, rules: NameRules, visitor: Visitor, parsed: dict[str, AttributeValue]) -> None:
        self._visitor = visitor
        self._walk = Walk(rules, visitor, parsed)
        self._resources: dict[int, tuple[Attributes, Attributes]] = {}

    def rewrite(self, span: Span) -> Span:
        """The span as it is stored, with counts of what was done to it."""
        before = self._visitor.counts
        attributes = self._attributes(span.attributes)
        events = tuple(
            SpanEvent(self._label("event.name", event.name), event.time_ns, self._attributes(event.attributes))
            for event in span.events
        )
        links = tuple(SpanLink(link.trace_id, link.span_id, self._attributes(link.attributes)) for link in span.links)
        rewritten = replace(
            span,
            name=self._label("span.name", span.name),
            status_message=self._label("status.message", span.status_message),
            scope_name=self._label("scope.name", span.scope_name),
            scope_version=self._label("scope.version", span.scope_version),
            attributes=attributes,
            events=events,
            links=links,
        )
        done = self._visitor.counts - before
        return self.rewrite_resource(replace(rewritten, attributes=_counted(attributes, done)))

    def rewrite_resource(self, span: Span) -> Span:
        """The span with its resource as it is stored, and else as it is."""
        resource = span.resource
        known = self._resources.get(id(resource))
        if known is None:  # the spans of a batch share a few
            before = self._visitor.counts
            rewritten = self._attributes(resource)
            done = self._visitor.counts - before
            # The object is kept beside its new form, so that its id is not given to another.
            known = self._resources[id(resource)] = (resource, _counted(rewritten, done) if done.changes else resource)
        return span if known[1] is resource else replace(span, resource=known[1])

    def _label(self, path: str, text: str) -> str:
        """A text of a span that is no attribute; empty where it is left out."""
        if not text:
            return text
        held: dict[str, AttributeValue] = {}
        try:
            self._walk.member(held, path, path, text)
        except FunctionFailedError as problem:
            self._visitor.on_failed(problem)
            return FAILED
        return str(next(iter(held.values()), ""))

    def _attributes(self, attributes: Attributes) -> dict[str, AttributeValue]:
        rewritten: dict[str, AttributeValue] = {}
        for name, value in attributes.items():
            try:
                self._walk.member(rewritten, name, name, value)
            except FunctionFailedError as problem:
                self._visitor.on_failed(problem)
        text = attributes.get(semconv.SIGNAL_TEXT)
        fresh = rewritten.get(semconv.SIGNAL_TEXT)
        if semconv.SIGNAL_HASH in rewritten and isinstance(fresh, str) and fresh != text:
            rewritten[semconv.SIGNAL_HASH] = content_hash(fresh)  # that of the original could be guessed from
        return rewritten


def bare_span(span: Span) -> Span:
    """A span's place in the tree, its times and its status, and nothing that anybody wrote."""
    failed: dict[str, AttributeValue] = {semconv.TIERSCOPE_REDACTION_FAILED: 1}
    return Span(
        span.trace_id,
        span.span_id,
        span.parent_span_id,
        FAILED,
        span.kind,
        span.start_ns,
        span.end_ns,
        span.status,
        attributes=failed,
        links=tuple(SpanLink(link.trace_id, link.span_id) for link in span.links),
    )


def _counted(attributes: Attributes, done: Counts) -> Attributes:
    """The attributes with what was done to them; a span that comes again adds to what it says already."""
    counts: dict[str, AttributeValue] = {}
    for name, number in done.by_attribute().items():
        before = attributes.get(name, 0)
        if number:
            counts[name] = number + (before if isinstance(before, int) else 0)
    return {**attributes, **counts} if counts else attributes

"""One recorded span, whole, as every reader in this package sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

AttributeValue: TypeAlias = "str | bool | int | float | list[AttributeValue] | dict[str, AttributeValue] | None"
"""A decoded OTLP AnyValue; bytes arrive as base64 text."""

Attributes: TypeAlias = Mapping[str, AttributeValue]
StatusCode: TypeAlias = Literal["unset", "ok", "error"]


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """A timed note on a span."""

    name: str
    time_ns: int
    attributes: Attributes = field(default_factory=dict[str, AttributeValue])


@dataclass(frozen=True, slots=True)
class SpanLink:
    """A pointer from one span to another, often in another trace."""

    trace_id: str
    span_id: str
    attributes: Attributes = field(default_factory=dict[str, AttributeValue])


@dataclass(frozen=True, slots=True)
class Span:
    """One span of any instrumentation."""

    trace_id: str
    """32 lower-case hex digits."""
    span_id: str
    """16 lower-case hex digits."""
    parent_span_id: str | None
    name: str
    kind: str
    """internal, server, client, producer, consumer or unspecified."""
    start_ns: int
    """Unix time; 0 where the source recorded none."""
    end_ns: int | None
    """Unix time; None for a span that was not seen to end."""
    status: StatusCode = "unset"
    status_message: str = ""
    scope_name: str = ""
    scope_version: str = ""
    attributes: Attributes = field(default_factory=dict[str, AttributeValue])
    events: tuple[SpanEvent, ...] = ()
    links: tuple[SpanLink, ...] = ()
    resource: Attributes = field(default_factory=dict[str, AttributeValue])

    @property
    def key(self) -> str:
        """``trace_id:span_id``, unique over a store."""
        return f"{self.trace_id}:{self.span_id}"

    @property
    def service(self) -> str | None:
        """``service.name`` of the resource."""
        name = self.resource.get("service.name")
        return name if isinstance(name, str) else None

"""What a convention makes of one span, and what a convention is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tierscope.instrumentation.spans import AttributeValue, Span

if TYPE_CHECKING:
    from tierscope.instrumentation.tiers.forest import Node

SpanRole: TypeAlias = Literal["agent", "container", "model", "tool", "handoff", "setup", "message", "step"]
"""What a span stands for: an agent's run; a crew, graph or workflow around agents; a model call; a tool call;
an announced handoff; an agent or workflow that is only built; a message that another span created; or none of these."""

Flow: TypeAlias = Literal["join", "handoff"]
"""How control passes among a container's agents: the last joins what came before, or each is handed to by the last."""


@dataclass(slots=True)
class Reading:
    """One span, as a convention understands it; mutable, since a convention may revise it with the tree in view."""

    role: SpanRole
    name: str | None = None
    """Of the agent, tool, container or built thing."""
    why: str = ""
    """Why it is an agent, as one sentence without the full stop."""
    target: str | None = None
    """Agent that a tool call or handoff gives work to."""
    kind: Literal["handoff", "transfer", "tool"] = "tool"
    """How ``target`` gets it: a transfer ends the giver's turn, a tool call returns to it."""
    giver: str | None = None
    """Agent that hands off, where the span names it."""
    owner: str | None = None
    """Agent that a span names as the one it worked for."""
    members: tuple[str, ...] = ()
    """Agents that an agent names as its own to call."""
    flow: Flow | None = None
    """Of a container; "handoff" also of an agent whose own agents may be led by one of them."""
    references: tuple[str, ...] = ()
    """Ids of this invocation that other spans refer to."""
    parent_reference: str | None = None
    """One of ``references`` of the invocation that this one says is its parent."""
    parent_name: str | None = None
    """Agent that this one says is its parent."""
    parent_hint: str | None = None
    """Agent that may be its parent, or only the one that ran before it."""
    delegated: bool = False
    """True for a tool call inside which an agent ran that has no span of its own."""
    is_call: bool = False
    """True where the agent's one span is its model call."""
    may_lead: bool = False
    """True for a container that is taken as an agent where nobody else leads the agents in it."""
    wraps: bool = False
    """True for an agent span that is known to wrap another of the same invocation."""
    repeats: bool = False
    """True where each span is an invocation of its own, even inside one of the same name."""
    tier: int | None = None
    domain: str | None = None
    """Both as the span declares them."""
    facts: Mapping[str, AttributeValue] | None = None
    """What ``refine`` wants to know again, such as LangGraph's metadata."""


STEP = Reading("step")
"""For every span that says nothing about agents; shared, so never revised."""


@dataclass(frozen=True, slots=True)
class Convention:
    """How one framework, recorded by one instrumentation, shows its agents."""

    name: str
    """Such as ``openinference.langchain``; becomes the run's ``recorder``."""
    versions: str
    """Instrumentations and versions that it was tried on; others work as far as they use the same names."""
    read: Callable[[Span], Reading]
    """Cheap, since it is called for every span."""
    scopes: tuple[str, ...] = ()
    """Instrumentation scopes: exact names, or prefixes that end in ``*``."""
    marks: tuple[str, ...] = ()
    """Attributes by which spans of an unknown scope are recognised."""
    refine: "Callable[[Sequence[Node]], None] | None" = None
    """Revises readings once a trace's tree is known; gets this convention's nodes, parents before children."""
    inputs: tuple[str, ...] = ()
    """Attributes that hold an agent's input, best first; ``event:NAME`` means an event's text."""
    outputs: tuple[str, ...] = ()
    """Attributes that hold an agent's output, best first."""
    answers_in_model: bool = False
    """True where the last model call tells an agent's output better than its own span does."""

"""Make a run's records out of its drafts."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tierscope.instrumentation import semconv
from tierscope.instrumentation.runs import EvidenceSource, Invocation, Run, Signal
from tierscope.instrumentation.spans import AttributeValue
from tierscope.instrumentation.tiers.calls import model_calls_of
from tierscope.instrumentation.tiers.delegations import handoffs_of
from tierscope.instrumentation.tiers.draft import Draft
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.governance import queued_ms, read_governance
from tierscope.instrumentation.tiers.joins import Part
from tierscope.instrumentation.tiers.markers import declared_critical, marked_signals
from tierscope.instrumentation.tiers.notes import Notes
from tierscope.instrumentation.tiers.outcome import input_of, output_of, status_of
from tierscope.instrumentation.tiers.settings import TierSettings
from tierscope.instrumentation.tiers.shape import Shape, find_root
from tierscope.instrumentation.tiers.usage import call_tokens, tokens, total
from tierscope.instrumentation.tiers.values import whole


def assemble_run(
    parts: Sequence[Part],
    drafts: Sequence[Draft],
    heads: Sequence[Draft],
    settings: TierSettings,
    pattern: re.Pattern[str] | None,
) -> Run:
    """The records of one run.

    Args:
        parts: its traces.
        drafts: its invocations.
        heads: those without a parent.
        settings: for conventions' own patterns and limits.
        pattern: what the settings call critical.
    """
    root = find_root(drafts, heads)
    shape = Shape(drafts, root)
    root_ended = root is not None and not root.node.missing and root.end_ns is not None
    notes = Notes()
    for draft in shape.ordered:
        notes.read(draft)
    calls = model_calls_of(parts)
    invocations = tuple(_invocation(d, shape, root_ended) for d in shape.ordered)
    attributes = _RunAttributes(root)
    custom = next((c for c in settings.conventions if root is not None and c.name == _recorder(root)), None)
    if custom is not None and custom.critical_pattern is not None:
        pattern = re.compile(custom.critical_pattern)
    declared = [_mark_critical(s, pattern) for s in notes.signals]
    speaking = {s.invocation_id for s in declared}
    marked = [s for s in marked_signals(invocations, pattern) if s.invocation_id not in speaking]
    declared_limit = attributes.whole(semconv.TIERSCOPE_SPAWN_LIMIT)
    return Run(
        id=attributes.text(semconv.TIERSCOPE_RUN_ID) or _run_id(parts, root),
        trace_ids=tuple(dict.fromkeys(p.trace.trace_id for p in parts)),
        root_id=root.id if root is not None else None,
        invocations=invocations,
        model_calls=tuple(calls),
        signals=(*declared, *marked),
        handoffs=handoffs_of(shape.ordered, notes.handoffs),
        gaps=tuple(notes.gaps),
        refusals=tuple(notes.refusals),
        critical_checks=tuple(notes.checks),
        span_count=sum(p.trace.span_count for p in parts),
        orphan_span_count=sum(p.trace.orphan_span_count for p in parts),
        recorder=_recorder(root) if root is not None else None,
        label=attributes.text(semconv.TIERSCOPE_RUN_LABEL),
        project=attributes.text(semconv.TIERSCOPE_RUN_PROJECT),
        version=attributes.text(semconv.TIERSCOPE_RUN_VERSION),
        task_type=attributes.text(semconv.TIERSCOPE_RUN_TASK_TYPE),
        spawn_limit=declared_limit if declared_limit is not None or custom is None else custom.depth_limit,
        imported_from=attributes.text(semconv.TIERSCOPE_IMPORTED_FROM),
        simulated_share=attributes.number(semconv.TIERSCOPE_RUN_SIMULATED_SHARE),
        governance=read_governance(shape.ordered),
        notes=tuple(_run_notes(parts, shape)),
    )


def _run_id(parts: Sequence[Part], root: Draft | None) -> str:
    """The trace's of the root; before it, of a later run in one trace, the id of the span that it begins with."""
    part = next((p for p in parts if root in p.drafts), parts[0])
    begun_by = part.begun_by
    return part.trace.trace_id if begun_by is None else f"{begun_by.node.span.span_id}-{part.trace.trace_id}"


class _RunAttributes:
    """What the root's spans say of the whole run."""

    def __init__(self, root: Draft | None) -> None:
        self._spans = [n.span for n in root.nodes] if root is not None else []

    def value(self, key: str) -> AttributeValue:
        return next((s.attributes[key] for s in self._spans if key in s.attributes), None)

    def text(self, key: str) -> str | None:
        value = self.value(key)
        return value if isinstance(value, str) else None

    def whole(self, key: str) -> int | None:
        return whole(self.value(key))

    def number(self, key: str) -> float | None:
        value = self.value(key)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _invocation(draft: Draft, shape: Shape, root_ended: bool) -> Invocation:
    output = output_of(draft)
    status, message = status_of(draft, root_ended, output)
    used = _own_tokens(draft, shape)
    tier = shape.tiers[id(draft)]
    return Invocation(
        id=draft.id,
        parent_id=draft.parent.id if draft.parent is not None else None,
        agent=draft.name,
        tier=tier,
        role=shape.role(draft),
        declared_role=_text(draft, semconv.TIERSCOPE_ROLE),
        domain=_domain(draft, shape),
        status=status,
        status_message=message,
        started_ns=draft.start_ns or None,
        ended_ns=draft.end_ns,
        input=input_of(draft),
        output=output,
        input_tokens=used[0],
        output_tokens=used[1],
        model_calls=len(draft.calls),
        tier_source=_source(draft, shape),
        tier_confidence=round(shape.sure[id(draft)], 2),
        queued_ms=queued_ms(draft),
        evidence=_counted((*draft.evidence, *_place_evidence(draft, shape))),
    )


def _counted(sentences: Sequence[str]) -> tuple[str, ...]:
    """Each sentence once, with how often it holds."""
    return tuple(s if n == 1 else f"{s[:-1]} ({n} times)." for s, n in Counter(sentences).items())


def _own_tokens(draft: Draft, shape: Shape) -> tuple[int | None, int | None]:
    """Of its own model calls; its own span's only where no model call was recorded in or below it."""
    if draft.calls:
        used = [call_tokens(c) for c in draft.calls]
        return total([u[0] for u in used]), total([u[1] for u in used])
    if any(child.calls for child in shape.children.get(id(draft), [])):
        return None, None
    if draft.said is not None:
        return draft.said.input_tokens, draft.said.output_tokens
    used = [tokens(n.span) for n in draft.nodes]
    return _largest([u[0] for u in used]), _largest([u[1] for u in used])


def _largest(values: Sequence[int | None]) -> int | None:
    return max((v for v in values if v is not None), default=None)


def _domain(draft: Draft, shape: Shape) -> str | None:
    declared = _text(draft, semconv.TIERSCOPE_DOMAIN) or draft.node.reading.domain
    if declared is not None:
        return declared
    top = shape.tier_one[id(draft)]
    if top is None:
        return None
    return _text(top, semconv.TIERSCOPE_DOMAIN) or top.node.reading.domain or top.name


def _source(draft: Draft, shape: Shape) -> EvidenceSource:
    if shape.declared[id(draft)] is not None:
        return "declared"
    return "agent_span" if draft is shape.root else draft.source


def _place_evidence(draft: Draft, shape: Shape) -> list[str]:
    hint = draft.node.reading.parent_hint
    if hint is not None and draft.parent is not None and draft.parent.name != hint:
        return [f"Rejected as its parent: {hint}, which its span names, but which may only be the agent before it."]
    declared = shape.declared[id(draft)]
    if declared is not None:
        return [f"Its span declares tier {declared}."]
    if draft is shape.root:
        others = len(shape.orphans)
        if others:
            return [f"It is taken as the root since most agents are below it; {others} more found no parent."]
        if shape.is_cut_off:
            return ["It is taken as the root, since every other agent is below it, though a span above it never came."]
        return ["It is the root: no agent is above it, and every other agent is below it."]
    if id(draft) in shape.presumed:
        return [
            f"Its leader never ran or was not recorded: it is taken to be on tier {shape.tiers[id(draft)]}, one below "
            "each container around it that nobody in it leads, or below a span that never came and that called a model."
        ]
    if draft.parent is None:
        return ["No parent was found: no agent above it, no handoff, link or text that leads to it."]
    return []


def _text(draft: Draft, key: str) -> str | None:
    for node in draft.nodes:
        value = node.span.attributes.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def _mark_critical(signal: Signal, pattern: re.Pattern[str] | None) -> Signal:
    return signal if signal.critical or not declared_critical(signal.text, pattern) else replace(signal, critical=True)


def _recorder(root: Draft) -> str | None:
    names = Counter(n.convention.name for n in root.nodes if n.convention is not None)
    return names.most_common(1)[0][0] if names else None


def _run_notes(parts: Sequence[Part], shape: Shape) -> list[str]:
    notes: list[str] = []
    if len(parts) > 1:
        reasons = Counter(p.why for p in parts if p.why)
        why = "; ".join(f"{reason} ({count})" if count > 1 else reason for reason, count in reasons.most_common())
        notes.append(f"Joined from {len(parts)} traces: {why}.")
    containers = Counter(
        n.reading.name or n.span.name for p in parts for n in p.trace.nodes if n.reading.role == "container"
    )
    if containers:
        named = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in containers.most_common(5))
        notes.append(
            f"Not taken as agents, since they only hold agents: {named}{', and more' * (len(containers) > 5)}."
        )
    called = Counter(
        (n.span.name, n.reading.role) for p in parts for n in p.trace.nodes if n.draft is None and _is_called_agent(n)
    )
    if called:
        named = ", ".join(
            f"{name} (a {role}{f', {count} times' * (count > 1)})" for (name, role), count in called.most_common(5)
        )
        notes.append(f"Rejected as agents, though their spans say so: {named}{', and more' * (len(called) > 5)}.")
    lost = sum(tier is None for tier in shape.tiers.values())
    if shape.presumed:
        notes.append("The agent that leads this run never ran or was not recorded: tiers are guessed without it.")
    elif shape.orphans:
        notes.append(f"{lost} of {len(shape.ordered)} agents have no known place in the tree.")
    return notes


def _is_called_agent(node: Node) -> bool:
    """Whether a span bears a convention's sign for agents that does not hold for it."""
    if node.reading.role not in ("step", "tool"):
        return False
    attributes = node.span.attributes
    return attributes.get("openinference.span.kind") == "AGENT" or (
        attributes.get(semconv.GEN_AI_OPERATION_NAME) == semconv.OPERATION_INVOKE_AGENT
    )

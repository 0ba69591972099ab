"""From spans to runs."""

import re
from collections.abc import Iterable, Sequence

from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.agents import find_agents
from tierscope.instrumentation.tiers.assemble import assemble_run
from tierscope.instrumentation.tiers.conventions import CONVENTIONS
from tierscope.instrumentation.tiers.custom import make_convention
from tierscope.instrumentation.tiers.draft import Draft
from tierscope.instrumentation.tiers.forest import Node, Trace, build_trace, unique_spans
from tierscope.instrumentation.tiers.joins import Part, join_parts, make_part
from tierscope.instrumentation.tiers.messages import deliver
from tierscope.instrumentation.tiers.parents import attach_by_members, attach_declared, attach_named, attach_within
from tierscope.instrumentation.tiers.recognise import Recogniser
from tierscope.instrumentation.tiers.settings import TierSettings
from tierscope.instrumentation.tiers.siblings import collect_handoffs, settle


def infer_runs(spans: Iterable[Span], settings: TierSettings | None = None) -> list[Run]:
    """Find the runs in spans of any mix of instrumentations, and each run's agents, tiers and texts.

    Order does not matter, and a span given twice counts once. Time and memory grow linearly with the spans.

    Args:
        spans: whole traces, as far as they have arrived.
        settings: conventions of one's own and what counts as critical.

    Returns:
        Runs in order of start. A trace without any agent is a run without invocations.
    """
    settings = settings or TierSettings()
    recogniser = Recogniser([make_convention(c) for c in settings.conventions], CONVENTIONS)
    parts: list[Part] = []
    for trace_id, by_id in unique_spans(spans).items():
        nodes = {span_id: recogniser.node_of(span) for span_id, span in by_id.items()}
        trace = build_trace(trace_id, by_id, nodes)
        _refine(trace)
        drafts = find_agents(trace)
        attach_declared(drafts)
        heads = attach_within(trace, drafts, collect_handoffs(trace.nodes, drafts))
        parts.append(make_part(trace, drafts, heads))
    pattern = re.compile(settings.critical_pattern) if settings.critical_pattern else None
    return [_run_of(group, settings, pattern) for group in join_parts(parts)]


def _refine(trace: Trace) -> None:
    """Let each convention look at its own spans once their tree is known."""
    groups: dict[int, list[Node]] = {}
    for node in trace.nodes:
        if node.convention is not None and node.convention.refine is not None:
            groups.setdefault(id(node.convention), []).append(node)
    for nodes in groups.values():
        convention = nodes[0].convention
        if convention is not None and convention.refine is not None:
            convention.refine(nodes)


def _run_of(parts: Sequence[Part], settings: TierSettings, pattern: re.Pattern[str] | None) -> Run:
    drafts = [d for part in parts for d in part.drafts if d.merged_into is None]
    heads = [d for part in parts for d in part.heads if d.merged_into is None and d.parent is None]
    if len(parts) > 1:
        deliver([n for part in parts for n in part.trace.nodes])
        attach_declared([d for d in heads])
        heads = _still_heads(heads)
        if len(heads) > 1:
            nodes = [n for part in parts for n in part.trace.nodes]
            heads = settle(None, heads, collect_handoffs(nodes, drafts))
    if len(heads) > 1:
        heads = attach_by_members(attach_named(heads, drafts), drafts)
    return assemble_run(parts, [d for d in drafts if d.merged_into is None], heads, settings, pattern)


def _still_heads(heads: Sequence[Draft]) -> list[Draft]:
    return [d for d in heads if d.parent is None and d.merged_into is None]

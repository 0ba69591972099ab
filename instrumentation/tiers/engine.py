"""From spans to runs."""

import re
from collections.abc import Callable, Iterable, Sequence

from tierscope.instrumentation.collector import collector_paused
from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.agents import find_agents
from tierscope.instrumentation.tiers.assemble import assemble_run
from tierscope.instrumentation.tiers.conventions import CONVENTIONS
from tierscope.instrumentation.tiers.custom import make_convention
from tierscope.instrumentation.tiers.forest import Node, Trace, build_trace, unique_spans
from tierscope.instrumentation.tiers.handoffs import Handoffs
from tierscope.instrumentation.tiers.joins import Part, join_parts, make_part
from tierscope.instrumentation.tiers.messages import deliver
from tierscope.instrumentation.tiers.parents import attach_declared, attach_named, attach_within
from tierscope.instrumentation.tiers.reading import Convention
from tierscope.instrumentation.tiers.recognise import Recogniser
from tierscope.instrumentation.tiers.repeats import split_runs
from tierscope.instrumentation.tiers.settings import TierSettings
from tierscope.instrumentation.tiers.siblings import attach_handed, settle


def infer_runs(
    spans: Iterable[Span], settings: TierSettings | None = None, conventions: Sequence[Convention] = CONVENTIONS
) -> list[Run]:
    """Find the runs in spans of any mix of instrumentations, and each run's agents, tiers and texts.

    Order does not matter, and a span given twice counts once. Time and memory grow linearly with the spans.

    Args:
        spans: whole traces, as far as they have arrived.
        settings: conventions of one's own and what counts as critical.
        conventions: those written in code; asked after the settings'.

    Returns:
        Runs in order of start. A trace without any agent is a run without invocations.
    """
    settings = settings or TierSettings()
    recogniser = Recogniser([make_convention(c) for c in settings.conventions], conventions)
    pattern = re.compile(settings.critical_pattern) if settings.critical_pattern else None
    with collector_paused():
        traces = [_part_of(trace_id, by_id, recogniser) for trace_id, by_id in unique_spans(spans).items()]
        parts = [run for trace in traces for run in split_runs(trace)]
        runs = [_run_of(group, settings, pattern) for group in join_parts(parts)]
        for trace in traces:
            trace.trace.dissolve()
    return runs


def _part_of(trace_id: str, by_id: dict[str, Span], recogniser: Recogniser) -> Part:
    """Everything that one trace says by itself."""
    nodes = {span_id: recogniser.node_of(span) for span_id, span in by_id.items()}
    trace = build_trace(trace_id, by_id, nodes)
    _refine(trace)
    drafts = find_agents(trace)
    attach_declared(drafts, drafts)
    handoffs = Handoffs(trace.nodes, drafts)
    heads = attach_within(trace, drafts, handoffs)
    if len(heads) > 1:
        heads = attach_handed(heads, handoffs)
    return make_part(trace, drafts, heads)


def _refine(trace: Trace) -> None:
    """Let each convention look at its own spans once their tree is known."""
    groups: dict[str, tuple[Callable[[Sequence[Node]], None], list[Node]]] = {}
    for node in trace.nodes:
        convention = node.convention
        if convention is not None and convention.refine is not None:
            groups.setdefault(convention.name, (convention.refine, []))[1].append(node)
    for refine, nodes in groups.values():
        refine(nodes)


def _run_of(parts: Sequence[Part], settings: TierSettings, pattern: re.Pattern[str] | None) -> Run:
    drafts = [d for part in parts for d in part.drafts if d.merged_into is None]
    heads = [d for part in parts for d in part.heads if d.merged_into is None and d.parent is None]
    if len(parts) > 1:
        nodes = [n for part in parts for n in part.trace.nodes]
        deliver(nodes)
        heads = attach_declared(heads, drafts)
        if len({h.node.span.trace_id for h in heads}) > 1:
            heads = settle(None, heads, Handoffs(nodes, drafts))
    if len(heads) > 1:
        heads = attach_named(heads, drafts)
    return assemble_run(parts, [d for d in drafts if d.merged_into is None], heads, settings, pattern)

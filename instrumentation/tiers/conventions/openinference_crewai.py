"""CrewAI under OpenInference.

Versions: openinference-instrumentation-crewai 1.1, with and without its event listener; crewai 1.15.
Examples: ``planner.Write the plan.execute`` or ``planner._execute_core`` with ``graph.node.id=planner``; tool
``delegate_work_to_coworker.run`` or ``Delegate work to coworker._use`` with ``coworker`` among its arguments;
container ``crew.kickoff``. ``graph.node.parent_id`` is the agent of the previous task, not the parent.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import openinference
from tierscope.instrumentation.tiers.conventions.openinference import text
from tierscope.instrumentation.tiers.reading import Convention, Reading


def read(span: Span) -> Reading:
    """As OpenInference, with the crew as a container."""
    name = span.name
    if name.endswith((".kickoff", "_kickoff", ".kickoff_async")):
        return Reading("container", name.rpartition(".")[0] or name, flow="join")
    if span.attributes.get(openinference.KIND) == "AGENT":
        agent = text(span, "graph.node.id") or name.partition(".")[0]
        hint = text(span, "graph.node.parent_id")
        why = f"the span {name!r} has graph.node.id={agent!r}"
        return Reading("agent", agent.strip(), why, parent_hint=hint)
    return openinference.read(span)


CONVENTION: Final = Convention(
    name="openinference.crewai",
    versions="openinference-instrumentation-crewai 1.1, with and without its event listener; crewai 1.15",
    read=read,
    scopes=("openinference.instrumentation.crewai*",),
    inputs=("task_description", *openinference.INPUTS),
    outputs=openinference.OUTPUTS,
)

"""Record CrewAI: python crewai_runs.py PATTERN INSTRUMENTOR OUT.json

PATTERN: nested, hier, sequential. INSTRUMENTOR: oi (wrappers), oi_ev (event listener), tl. FAILS=agent makes its model
fail.
"""

import os
import sys
from pathlib import Path
from typing import Any

os.environ |= {"CREWAI_DISABLE_TELEMETRY": "true", "OTEL_SDK_DISABLED": "false", "CREWAI_TRACING_ENABLED": "false"}

from endpoint import USED, serve
from exporting import collect
from opentelemetry import trace
from scenario import AGENTS, LINE, ROOT, TASK, note_abort, write_truth

PATTERN, INSTRUMENTOR, OUT = sys.argv[1], sys.argv[2], Path(sys.argv[3])
PROVIDER, COLLECTED = collect()
trace.set_tracer_provider(PROVIDER)

from crewai import LLM, Agent, Crew, Process, Task  # noqa: E402
from crewai.tools import tool  # noqa: E402

if INSTRUMENTOR == "tl":
    from opentelemetry.instrumentation.crewai import CrewAIInstrumentor as Traceloop

    Traceloop().instrument(tracer_provider=PROVIDER)
else:
    from openinference.instrumentation.crewai import CrewAIInstrumentor

    CrewAIInstrumentor().instrument(
        tracer_provider=PROVIDER, use_event_listener=INSTRUMENTOR == "oi_ev", create_llm_spans=True
    )

ADDRESS = serve(one_by_one=True, renamed={"input": "request"})


def make(name: str, tools: list[Any] | None = None, **more: Any) -> Agent:
    agent = AGENTS[name]
    llm = LLM(model="openai/scripted-1", base_url=ADDRESS, api_key="none", max_retries=0)
    return Agent(
        role=name,
        goal=agent.about,
        backstory=agent.prompt,
        llm=llm,
        tools=tools or [],
        max_retry_limit=0,
        max_iter=6,
        verbose=False,
        **more,
    )


def nested(name: str) -> Crew:
    agent = make(name, [asking(m) for m in AGENTS[name].members])
    task = Task(description=AGENTS[name].task, expected_output="a summary", agent=agent)
    return Crew(name=f"{name}_crew", agents=[agent], tasks=[task], verbose=False)


def asking(member: str) -> Any:
    @tool(f"ask_{member}")
    def ask(request: str) -> str:
        """Ask a member."""
        try:
            return str(nested(member).kickoff())
        except Exception as error:
            return f"ERROR {member}: {error}"

    ask.description = AGENTS[member].about
    return ask


def hierarchical() -> Crew:
    members = [make(m) for m in AGENTS[ROOT].members]
    task = Task(description=TASK, expected_output="an issue")
    return Crew(
        name="autumn_issue",
        agents=members,
        tasks=[task],
        process=Process.hierarchical,
        manager_agent=make(ROOT, allow_delegation=True),
    )


def sequential() -> Crew:
    tasks = [Task(description=AGENTS[n].task, expected_output="a text", agent=make(n)) for n in LINE]
    return Crew(name="autumn_issue", agents=[t.agent for t in tasks if t.agent], tasks=tasks)


try:
    {"nested": lambda: nested(ROOT), "hier": hierarchical, "sequential": sequential}[PATTERN]().kickoff()
except Exception as error:
    note_abort(error)
PROVIDER.force_flush()
COLLECTED.write(OUT)
ran = {"hier": [ROOT, *AGENTS[ROOT].members], "sequential": list(LINE)}
write_truth(OUT, USED, PATTERN, ran.get(PATTERN, ()))
os._exit(0)

"""Record AutoGen: python autogen_runs.py PATTERN OUT.json

PATTERN: tools, swarm, roundrobin, graphflow. FAILS=agent makes its model fail.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from endpoint import USED, serve
from exporting import collect
from opentelemetry import trace
from scenario import AGENTS, CHAIN, DESK, ROOT, TASK, note_abort, write_truth

PATTERN, OUT = sys.argv[1], Path(sys.argv[2])
PROVIDER, COLLECTED = collect()
trace.set_tracer_provider(PROVIDER)

from autogen_agentchat.agents import AssistantAgent  # noqa: E402
from autogen_agentchat.conditions import MaxMessageTermination, TextMentionTermination  # noqa: E402
from autogen_agentchat.teams import DiGraphBuilder, GraphFlow, RoundRobinGroupChat, Swarm  # noqa: E402
from autogen_agentchat.tools import AgentTool  # noqa: E402
from autogen_core.models import ModelInfo  # noqa: E402
from autogen_ext.models.openai import OpenAIChatCompletionClient  # noqa: E402

ADDRESS = serve(renamed={"input": "task"}, one_by_one=True)


def make(name: str, **more: Any) -> AssistantAgent:
    agent = AGENTS[name]
    client = OpenAIChatCompletionClient(
        model="scripted-1", api_key="none", base_url=ADDRESS, max_retries=0, parallel_tool_calls=False,
        model_info=ModelInfo(
            vision=False, function_calling=True, json_output=False, family="unknown", structured_output=False
        ),
    )  # fmt: skip
    return AssistantAgent(name, client, description=agent.about, system_message=agent.prompt, **more)


def with_tools(name: str) -> AssistantAgent:
    tools = [AgentTool(with_tools(m), return_value_as_last_message=True) for m in AGENTS[name].members]
    return make(name, tools=tools, max_tool_iterations=9)


def swarm() -> Swarm:
    members = [make(n, handoffs=[m for m in AGENTS[n].members if m in CHAIN]) for n in CHAIN]
    return Swarm(members, termination_condition=TextMentionTermination(AGENTS[CHAIN[-1]].answer))


def graph() -> GraphFlow:
    agents = {name: make(name) for name in AGENTS}
    builder = DiGraphBuilder()
    for agent in agents.values():
        builder.add_node(agent)
    for lead, described in AGENTS.items():
        for member in described.members:
            builder.add_edge(agents[member], agents[lead])
    return GraphFlow(list(agents.values()), builder.build())


async def main() -> None:
    runs: dict[str, Any] = {
        "tools": lambda: with_tools(ROOT),
        "swarm": swarm,
        "roundrobin": lambda: RoundRobinGroupChat(
            [make(n) for n in DESK], termination_condition=MaxMessageTermination(5)
        ),
        "graphflow": graph,
    }
    try:
        await runs[PATTERN]().run(task=TASK)
    except Exception as error:
        note_abort(error)
    COLLECTED.write(OUT)
    ran = {"swarm": list(CHAIN), "roundrobin": list(DESK)}
    write_truth(
        Path(str(OUT).replace(".otlp.json", ".truth.json")),
        USED,
        "handoff" if PATTERN == "swarm" else PATTERN,
        ran.get(PATTERN),
    )


asyncio.run(main())

"""Record AutoGen: python autogen_runs.py PATTERN OUT.json

PATTERN: tools, swarm, roundrobin, selector, nested, graphflow. FAILS=agent makes its model fail.
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
from autogen_agentchat.teams import (  # noqa: E402
    DiGraphBuilder,
    GraphFlow,
    RoundRobinGroupChat,
    SelectorGroupChat,
    Swarm,
)
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


def nested(name: str) -> RoundRobinGroupChat:
    """A team of an agent's members, each a team again where it has members, and the agent, who speaks last."""
    members: list[Any] = [nested(m) if AGENTS[m].members else make(m) for m in AGENTS[name].members]
    return RoundRobinGroupChat([*members, make(name)], name=f"{name}_team", max_turns=len(members) + 1)


def selector() -> SelectorGroupChat:
    agents = [make(n) for n in DESK]
    return SelectorGroupChat(
        agents,
        model_client=agents[0]._model_client,
        selector_func=lambda said: DESK[(len(said) - 1) % len(DESK)],
        termination_condition=MaxMessageTermination(5),
    )


async def main() -> None:
    runs: dict[str, Any] = {
        "tools": lambda: with_tools(ROOT),
        "swarm": swarm,
        "roundrobin": lambda: RoundRobinGroupChat(
            [make(n) for n in DESK], termination_condition=MaxMessageTermination(5)
        ),
        "graphflow": graph,
        "selector": selector,
        "nested": lambda: nested(ROOT),
    }
    try:
        await runs[PATTERN]().run(task=TASK)
    except Exception as error:
        note_abort(error)
    COLLECTED.write(OUT)
    ran = {"swarm": list(CHAIN), "roundrobin": list(DESK), "selector": list(DESK)}
    write_truth(
        Path(str(OUT).replace(".otlp.json", ".truth.json")),
        USED,
        "handoff" if PATTERN == "swarm" else PATTERN,
        ran.get(PATTERN),
    )


asyncio.run(main())

"""Record Strands Agents: python strands_runs.py PATTERN OUT.json

PATTERN: tools, swarm, graph. FAILS=agent makes its model fail. OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental
records in the newer form.
"""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from exporting import collect
from opentelemetry import trace
from scenario import AGENTS, CHAIN, ROOT, TASK, Script, next_calls, note_abort, tokens, who, write_truth

PATTERN, OUT = sys.argv[1], Path(sys.argv[2])
PROVIDER, COLLECTED = collect()
trace.set_tracer_provider(PROVIDER)

from strands import Agent  # noqa: E402
from strands.models.model import Model  # noqa: E402
from strands.multiagent import GraphBuilder, Swarm  # noqa: E402

USED: dict[str, list[tuple[int, int]]] = {}
SCRIPT = Script()


class ScriptedModel(Model):
    """Streams what the scenario says."""

    def update_config(self, **_: Any) -> None:
        """Nothing to configure."""

    def get_config(self) -> dict[str, str]:
        return {"model_id": "scripted-1"}

    async def structured_output(self, *_: Any, **__: Any) -> AsyncIterator[Any]:  # type: ignore[override]
        raise NotImplementedError
        yield

    async def stream(
        self, messages: Any, tool_specs: Any = None, system_prompt: str | None = None, **_: Any
    ) -> AsyncIterator[Any]:  # type: ignore[override]
        name = who(system_prompt or "")
        USED.setdefault(name, [])
        given = json.dumps(messages)
        calls = next_calls(name, {t["name"] for t in tool_specs or ()}, given)
        if PATTERN == "swarm":
            calls = [c for c in calls if c[1]["agent_name"] in CHAIN]
        text = "" if calls else SCRIPT.answer(name)
        used = (tokens(given), tokens(text) + 9 * len(calls))
        USED[name].append(used)
        yield {"messageStart": {"role": "assistant"}}
        for number, (tool, arguments) in enumerate(calls):
            yield {"contentBlockStart": {"start": {"toolUse": {"toolUseId": f"use_{name}_{number}", "name": tool}}}}
            yield {"contentBlockDelta": {"delta": {"toolUse": {"input": json.dumps(arguments)}}}}
            yield {"contentBlockStop": {}}
        if text:
            yield {"contentBlockStart": {"start": {}}}
            yield {"contentBlockDelta": {"delta": {"text": text}}}
            yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": "tool_use" if calls else "end_turn"}}
        yield {
            "metadata": {
                "usage": {"inputTokens": used[0], "outputTokens": used[1], "totalTokens": sum(used)},
                "metrics": {"latencyMs": 1},
            }
        }


def make(name: str, with_members: bool = True) -> Agent:
    agent = AGENTS[name]
    tools = [make(m) for m in agent.members] if with_members else []
    return Agent(
        model=ScriptedModel(),
        name=name,
        description=agent.about,
        system_prompt=agent.prompt,
        tools=tools,
        callback_handler=None,
    )


def graph(name: str = ROOT) -> Any:
    """An agent after its members, each of them alone or in a graph of its own."""
    builder = GraphBuilder()
    builder.add_node(make(name, with_members=False), name)
    nodes = {f"{m}_desk" if AGENTS[m].members else m: m for m in AGENTS[name].members}

    def all_done(state: Any) -> bool:
        return set(nodes) <= {node.node_id for node in state.completed_nodes}

    for node, member in nodes.items():
        builder.add_node(graph(member) if AGENTS[member].members else make(member), node)
        builder.add_edge(node, name, condition=all_done)
    return builder.build()


def main() -> None:
    runs: dict[str, Any] = {
        "tools": lambda: make(ROOT),
        "swarm": lambda: Swarm([make(n, with_members=False) for n in CHAIN], entry_point=None),
        "graph": graph,
    }
    try:
        runs[PATTERN]()(TASK)
    except Exception as error:
        note_abort(error)
    COLLECTED.write(OUT)
    ran = list(CHAIN) if PATTERN == "swarm" else ()
    write_truth(OUT, USED, PATTERN, ran)


main()

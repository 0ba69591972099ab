"""Record Microsoft Agent Framework: python agent_framework_runs.py PATTERN OUT.json

PATTERN: tools, concurrent, sequential, handoff, groupchat, managed. FAILS=agent makes its model fail. CONTENT=0 leaves
texts out.
"""

import asyncio
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from endpoint import USED, serve
from exporting import collect
from opentelemetry import trace
from scenario import AGENTS, CHAIN, DESK, LINE, ROOT, TASK, note_abort, write_truth

PATTERN, OUT = sys.argv[1], Path(sys.argv[2])
PROVIDER, COLLECTED = collect()
trace.set_tracer_provider(PROVIDER)

from agent_framework import Agent, FunctionTool, Message  # noqa: E402
from agent_framework.observability import enable_instrumentation  # noqa: E402
from agent_framework_openai import OpenAIChatCompletionClient  # noqa: E402
from agent_framework_orchestrations import (  # noqa: E402
    ConcurrentBuilder,
    GroupChatBuilder,
    HandoffBuilder,
    SequentialBuilder,
)

enable_instrumentation(enable_sensitive_data=os.environ.get("CONTENT", "1") == "1")
SPEAKERS = DESK[:-1]
ADDRESS = serve(
    renamed={"input": "task"}, one_by_one=PATTERN == "handoff", speakers=SPEAKERS if PATTERN == "managed" else ()
)


def make(name: str, tools: bool = False) -> Agent:
    agent = AGENTS[name]
    client = OpenAIChatCompletionClient("scripted-1", api_key="none", base_url=ADDRESS)
    members = [asking(m) for m in agent.members] if tools else []
    return Agent(
        client, agent.prompt, id=name, name=name, description=agent.about, tools=members,
        require_per_service_call_history_persistence=PATTERN == "handoff",
    )  # fmt: skip


def asking(member: str) -> Any:
    agent = make(member, tools=True)

    async def ask(task: str) -> str:
        try:
            return str((await agent.run(task)).text)
        except Exception as error:
            return f"ERROR {member}: {error}"

    return FunctionTool(name=f"ask_{member}", description=AGENTS[member].about, func=ask)


def concurrent(name: str) -> Any:
    lead = make(name)

    async def join(results: Any) -> Any:
        text = "\n".join(_last_text(r) for r in results)
        return (await lead.run(text)).text

    participants = [
        concurrent(m).as_agent(name=f"{m}_desk") if AGENTS[m].members else make(m) for m in AGENTS[name].members
    ]
    if len(participants) == 1:
        return SequentialBuilder(participants=[*participants, lead]).build()
    return ConcurrentBuilder(participants=participants).with_aggregator(join).build()


def _last_text(result: Any) -> str:
    return str(result.agent_response.text)


def handed_over() -> Any:
    agents = {name: make(name) for name in CHAIN}
    builder = HandoffBuilder(participants=list(agents.values())).with_start_agent(agents[CHAIN[0]])
    for giver, receiver in pairwise(CHAIN):
        builder = builder.add_handoff(agents[giver], [agents[receiver]])
    return builder.with_termination_condition(
        lambda said: AGENTS[CHAIN[-1]].answer in str([m.text for m in said])
    ).build()


def group_chat() -> Any:
    return GroupChatBuilder(
        participants=[make(n) for n in DESK], selection_func=lambda state: DESK[state.current_round % 4], max_rounds=4
    ).build()


def managed_chat() -> Any:
    return GroupChatBuilder(
        participants=[make(n) for n in SPEAKERS], orchestrator_agent=make(ROOT), max_rounds=5
    ).build()


async def main() -> None:
    runs: dict[str, Any] = {
        "tools": lambda: make(ROOT, tools=True),
        "concurrent": lambda: concurrent(ROOT),
        "sequential": lambda: SequentialBuilder(participants=[make(n) for n in LINE]).build(),
        "handoff": handed_over,
        "groupchat": group_chat,
        "managed": managed_chat,
    }
    try:
        await runs[PATTERN]().run(TASK if PATTERN == "tools" else Message("user", [TASK]))
    except Exception as error:
        note_abort(error)
    COLLECTED.write(OUT)
    ran = {
        "handoff": list(CHAIN),
        "sequential": list(LINE),
        "groupchat": list(DESK),
        "managed": [ROOT, *SPEAKERS],
    }
    write_truth(OUT, USED, PATTERN, ran.get(PATTERN, ()), ROOT if PATTERN == "managed" else None)


asyncio.run(main())

"""Record Semantic Kernel, as it records itself: python semantic_kernel_runs.py PATTERN OUT.json

PATTERN: tools, concurrent, sequential, handoff. FAILS=agent makes its model fail.
"""

import asyncio
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ |= {
    "SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS": "true",
    "SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE": "true",
}

from endpoint import USED, serve
from exporting import collect
from openai import AsyncOpenAI
from opentelemetry import trace
from scenario import AGENTS, CHAIN, LINE, ROOT, TASK, note_abort, write_truth

PATTERN, OUT = sys.argv[1], Path(sys.argv[2])
PROVIDER, COLLECTED = collect()
trace.set_tracer_provider(PROVIDER)

from semantic_kernel.agents import (  # noqa: E402
    ChatCompletionAgent,
    ConcurrentOrchestration,
    HandoffOrchestration,
    OrchestrationHandoffs,
    SequentialOrchestration,
)
from semantic_kernel.agents.runtime import InProcessRuntime  # noqa: E402
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion  # noqa: E402

CLIENT = AsyncOpenAI(
    api_key="none", base_url=serve(one_by_one=PATTERN == "handoff", renamed={"input": "messages"}), max_retries=0
)


def make(name: str) -> ChatCompletionAgent:
    agent = AGENTS[name]
    plugins: list[Any] = [make(m) for m in agent.members] if PATTERN == "tools" else []
    return ChatCompletionAgent(
        service=OpenAIChatCompletion(ai_model_id="scripted-1", async_client=CLIENT),
        name=name,
        description=agent.about,
        instructions=agent.prompt,
        plugins=plugins,
    )


async def orchestrate() -> None:
    runtime = InProcessRuntime()
    runtime.start()
    if PATTERN == "concurrent":
        flow: Any = ConcurrentOrchestration(members=[make(m) for m in AGENTS[ROOT].members])
    elif PATTERN == "sequential":
        flow = SequentialOrchestration(members=[make(n) for n in LINE])
    else:
        ways = OrchestrationHandoffs()
        for giver, receiver in pairwise(CHAIN):
            ways.add(giver, receiver, AGENTS[receiver].about)
        flow = HandoffOrchestration(members=[make(n) for n in CHAIN], handoffs=ways)
    result = await flow.invoke(task=TASK, runtime=runtime)
    await result.get(timeout=20)
    await runtime.stop_when_idle()


async def main() -> None:
    try:
        if PATTERN == "tools":
            await make(ROOT).get_response(TASK)
        else:
            await orchestrate()
    except Exception as error:
        note_abort(error)
    COLLECTED.write(OUT)
    ran = {"sequential": LINE, "handoff": CHAIN, "concurrent": AGENTS[ROOT].members}
    write_truth(OUT, USED, PATTERN, list(ran.get(PATTERN, ())))


asyncio.run(main())

"""Record LlamaIndex: python llama_index_runs.py PATTERN INSTRUMENTOR OUT.json

PATTERN: tools, handoff. INSTRUMENTOR: oi, tl. FAILS=agent makes its model fail.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from endpoint import USED, serve
from exporting import collect
from opentelemetry import trace
from scenario import AGENTS, CHAIN, ROOT, TASK, note_abort, write_truth

PATTERN, INSTRUMENTOR, OUT = sys.argv[1], sys.argv[2], Path(sys.argv[3])
PROVIDER, COLLECTED = collect()
trace.set_tracer_provider(PROVIDER)
if INSTRUMENTOR == "oi":
    from openinference.instrumentation.llama_index import LlamaIndexInstrumentor

    LlamaIndexInstrumentor().instrument(tracer_provider=PROVIDER)
else:
    from opentelemetry.instrumentation.llamaindex import LlamaIndexInstrumentor as Traceloop

    Traceloop().instrument(tracer_provider=PROVIDER)

from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent  # noqa: E402
from llama_index.core.tools import FunctionTool  # noqa: E402
from llama_index.llms.openai import OpenAI  # noqa: E402

ADDRESS = serve(renamed={"input": "request"}, one_by_one=PATTERN == "handoff")


class Scripted(OpenAI):
    """A model that LlamaIndex does not know by name."""

    @property
    def metadata(self) -> Any:
        from llama_index.core.base.llms.types import LLMMetadata

        return LLMMetadata(
            context_window=9000, is_chat_model=True, is_function_calling_model=True, model_name=self.model
        )


def make(name: str) -> FunctionAgent:
    agent = AGENTS[name]
    llm = Scripted(model="scripted-1", api_key="none", api_base=ADDRESS, max_retries=0)
    tools = [asking(m) for m in agent.members] if PATTERN == "tools" else []
    return FunctionAgent(
        name=name,
        description=agent.about,
        system_prompt=agent.prompt,
        llm=llm,
        tools=tools,
        streaming=False,
        can_handoff_to=[m for m in agent.members if m in CHAIN],
    )


def asking(member: str) -> FunctionTool:
    agent = make(member)

    async def ask(request: str) -> str:
        try:
            return str(await agent.run(request))
        except Exception as error:
            return f"ERROR {member}: {error}"

    return FunctionTool.from_defaults(async_fn=ask, name=f"ask_{member}", description=AGENTS[member].about)


async def main() -> None:
    try:
        if PATTERN == "tools":
            await make(ROOT).run(TASK)
        else:
            await AgentWorkflow(agents=[make(n) for n in CHAIN], root_agent=ROOT).run(TASK)
    except Exception as error:
        note_abort(error)
    PROVIDER.force_flush()
    COLLECTED.write(OUT)
    write_truth(OUT, USED, PATTERN, list(CHAIN) if PATTERN == "handoff" else ())


asyncio.run(main())

"""Record the OpenAI Agents SDK: python openai_agents_runs.py PATTERN INSTRUMENTOR API OUT.json

PATTERN: tools, handoff. INSTRUMENTOR: oi, logfire, otel, tl. API: responses, chat. FAILS=agent makes its model fail.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

os.environ |= {
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
}

from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner
from agents import handoff as hand_off
from endpoint import USED, serve
from exporting import collect
from openai import AsyncOpenAI
from opentelemetry import trace
from pydantic import BaseModel
from scenario import AGENTS, CHAIN, ROOT, TASK, note_abort, write_truth

PATTERN, INSTRUMENTOR, API, OUT = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])
PROVIDER, COLLECTED = collect()
trace.set_tracer_provider(PROVIDER)
if INSTRUMENTOR == "oi":
    from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

    OpenAIAgentsInstrumentor().instrument(tracer_provider=PROVIDER)
elif INSTRUMENTOR == "logfire":
    import logfire
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    logfire.configure(send_to_logfire=False, console=False, additional_span_processors=[SimpleSpanProcessor(COLLECTED)])
    logfire.instrument_openai_agents()
elif INSTRUMENTOR == "otel":
    from opentelemetry.instrumentation.genai.openai_agents import OpenAIAgentsInstrumentor as Otel

    Otel().instrument(tracer_provider=PROVIDER)
elif INSTRUMENTOR == "tl":
    from opentelemetry.instrumentation.openai_agents import OpenAIAgentsInstrumentor as Traceloop

    Traceloop().instrument(tracer_provider=PROVIDER)

CLIENT = AsyncOpenAI(api_key="none", base_url=serve(), max_retries=0)


async def _note(_context: Any, _given: Any) -> None:
    """A handoff with an input wants a function that takes it."""


class Handed(BaseModel):
    input: str


def make(name: str) -> Agent[Any]:
    agent = AGENTS[name]
    model = (OpenAIResponsesModel if API == "responses" else OpenAIChatCompletionsModel)("scripted-1", CLIENT)
    if PATTERN == "handoff":
        receivers = [hand_off(make(m), input_type=Handed, on_handoff=_note) for m in agent.members if m in CHAIN]
        return Agent(name, instructions=agent.prompt, model=model, handoffs=receivers)
    tools = [make(m).as_tool(f"ask_{m}", AGENTS[m].about) for m in agent.members]
    return Agent(
        name,
        instructions=agent.prompt,
        model=model,
        tools=tools,
        model_settings=ModelSettings(parallel_tool_calls=True),
    )  # type: ignore[arg-type]


async def main() -> None:
    try:
        await Runner.run(make(ROOT), TASK)
    except Exception as error:
        note_abort(error)
    if INSTRUMENTOR == "logfire":
        import logfire

        logfire.force_flush()
    PROVIDER.force_flush()
    COLLECTED.write(OUT)
    ran = list(CHAIN) if PATTERN == "handoff" else ()
    write_truth(OUT, USED, PATTERN, ran)


asyncio.run(main())

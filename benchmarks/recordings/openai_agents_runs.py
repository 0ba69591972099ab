"""Record the OpenAI Agents SDK: python openai_agents_runs.py PATTERN INSTRUMENTOR API OUT.json

PATTERN: tools, handoff. INSTRUMENTOR: oi, logfire, otel, tl. API: responses, chat. FAILS=agent makes its model fail.
The models' endpoint is answered inside this process.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ |= {
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
}

import httpx2 as httpx  # noqa: E402
from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner  # noqa: E402
from agents import handoff as hand_off  # noqa: E402
from exporting import collect  # noqa: E402
from openai import AsyncOpenAI  # noqa: E402
from opentelemetry import trace  # noqa: E402
from pydantic import BaseModel  # noqa: E402
from scenario import AGENTS, TASK, Refused, Script, tokens, who, write_truth  # noqa: E402

PATTERN, INSTRUMENTOR, API, OUT = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])
CHAIN = ("editor", "sourcing", "statistician")
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

USED: dict[str, list[tuple[int, int]]] = {}
SCRIPT = Script()
COUNT = iter(range(1, 1000))


def endpoint(request: httpx.Request) -> httpx.Response:
    body = json.loads(request.content)
    text = json.dumps(body)
    name = who(body["instructions"] if API == "responses" else text)
    USED.setdefault(name, [])
    offered = {t["name"] if API == "responses" else t["function"]["name"] for t in body.get("tools", [])}
    given = json.dumps(body["input"] if API == "responses" else body["messages"][1:])
    calls = [
        (tool, AGENTS[m].task)
        for m in AGENTS[name].members
        for tool in (f"ask_{m}", f"transfer_to_{m}")
        if tool in offered and tool not in given
    ]
    try:
        answer = "" if calls else SCRIPT.answer(name)
    except Refused as error:
        return httpx.Response(400, json={"error": {"message": str(error), "type": "refused"}})
    used = (tokens(given), tokens(answer) + 9 * len(calls))
    USED[name].append(used)
    return httpx.Response(
        200, json=responses_body(answer, calls, used) if API == "responses" else chat_body(answer, calls, used)
    )


def responses_body(answer: str, calls: list[tuple[str, str]], used: tuple[int, int]) -> dict[str, Any]:
    n = next(COUNT)
    output: list[dict[str, Any]] = [
        {
            "type": "function_call",
            "id": f"fc_{n}_{i}",
            "call_id": f"call_{n}_{i}",
            "name": t,
            "arguments": json.dumps({"input": a}),
            "status": "completed",
        }
        for i, (t, a) in enumerate(calls)
    ]
    if answer:
        content = [{"type": "output_text", "text": answer, "annotations": []}]
        output.append(
            {"type": "message", "id": f"msg_{n}", "role": "assistant", "status": "completed", "content": content}
        )
    usage = {"input_tokens": used[0], "output_tokens": used[1], "total_tokens": sum(used)}
    usage |= {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}  # type: ignore[dict-item]
    return {
        "id": f"resp_{n}",
        "object": "response",
        "created_at": 1,
        "model": "scripted-1",
        "status": "completed",
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": usage,
    }


def chat_body(answer: str, calls: list[tuple[str, str]], used: tuple[int, int]) -> dict[str, Any]:
    n = next(COUNT)
    message: dict[str, Any] = {"role": "assistant", "content": answer or None}
    if calls:
        message["tool_calls"] = [
            {"id": f"call_{n}_{i}", "type": "function", "function": {"name": t, "arguments": json.dumps({"input": a})}}
            for i, (t, a) in enumerate(calls)
        ]
    usage = {"prompt_tokens": used[0], "completion_tokens": used[1], "total_tokens": sum(used)}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}
    return {
        "id": f"chatcmpl-{n}",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted-1",
        "choices": [choice],
        "usage": usage,
    }


CLIENT = AsyncOpenAI(
    api_key="none",
    base_url="http://scripted/v1",
    max_retries=0,
    http_client=httpx.AsyncClient(transport=httpx.MockTransport(endpoint)),
)


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
        await Runner.run(make("editor"), TASK)
    except Exception as error:  # the recording of an aborted run is what is wanted
        print("aborted:", error)
    if INSTRUMENTOR == "logfire":
        import logfire

        logfire.force_flush()
    PROVIDER.force_flush()
    COLLECTED.write(OUT)
    ran = list(CHAIN) if PATTERN == "handoff" else None
    write_truth(Path(str(OUT).replace(".otlp.json", ".truth.json")), USED, PATTERN, ran)


asyncio.run(main())

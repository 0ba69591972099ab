"""Record Google's ADK: python adk_runs.py PATTERN OUT.json

PATTERN: tool, transfer, workflow. FAILS=agent makes its model fail. CONTENT=1 records texts. SCHEMA=1 the older schema.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

PATTERN, OUT = sys.argv[1], Path(sys.argv[2])
if os.environ.get("CONTENT"):
    os.environ |= {
        "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
    }
os.environ["ADK_TELEMETRY_SCHEMA_VERSION_OPT_IN"] = os.environ.get("SCHEMA", "2")

from exporting import collect  # noqa: E402
from opentelemetry import trace  # noqa: E402
from scenario import AGENTS, CHAIN, ROOT, TASK, Script, next_calls, note_abort, tokens, who, write_truth  # noqa: E402

PROVIDER, COLLECTED = collect()
trace.set_tracer_provider(PROVIDER)

from google.adk.agents import LlmAgent, ParallelAgent, SequentialAgent  # noqa: E402
from google.adk.models.base_llm import BaseLlm  # noqa: E402
from google.adk.models.llm_response import LlmResponse  # noqa: E402
from google.adk.runners import InMemoryRunner  # noqa: E402
from google.adk.tools.agent_tool import AgentTool  # noqa: E402
from google.genai import types  # noqa: E402

USED: dict[str, list[tuple[int, int]]] = {}
SCRIPT = Script()


class ScriptedModel(BaseLlm):
    """Answers as the scenario says."""

    async def generate_content_async(self, llm_request: Any, stream: bool = False) -> AsyncGenerator[LlmResponse, None]:
        name = who(str(llm_request.config.system_instruction))
        USED.setdefault(name, [])
        given = str(llm_request.contents)
        offered = {d.name for t in llm_request.config.tools or () for d in t.function_declarations or ()}
        calls = next_calls(name, offered, given)
        if PATTERN == "transfer":
            calls = [c for c in calls if c[1]["agent_name"] in CHAIN][:1]
        text = "" if calls else SCRIPT.answer(name)
        used = (tokens(given), tokens(text) + 9 * len(calls))
        USED[name].append(used)
        parts = [
            types.Part(function_call=types.FunctionCall(name=t, args={"request": a["input"]} if "input" in a else a))
            for t, a in calls
        ]
        yield LlmResponse(
            content=types.Content(role="model", parts=parts or [types.Part(text=text)]),
            usage_metadata=types.GenerateContentResponseUsageMetadata(
                prompt_token_count=used[0], candidates_token_count=used[1], total_token_count=sum(used)
            ),
        )


def agent_of(name: str, **more: Any) -> LlmAgent:
    agent = AGENTS[name]
    read = "".join(f"\nInput: {{{m}_said}}" for m in agent.members) if PATTERN == "workflow" else ""
    return LlmAgent(
        name=name,
        model=ScriptedModel(model="scripted-1"),
        instruction=agent.prompt + read,
        description=agent.about,
        output_key=f"{name}_said",
        **more,
    )


def with_tools(name: str) -> LlmAgent:
    return agent_of(name, tools=[AgentTool(with_tools(m)) for m in AGENTS[name].members])


def with_sub_agents(name: str) -> LlmAgent:
    return agent_of(name, sub_agents=[with_sub_agents(m) for m in AGENTS[name].members])


def workflow() -> SequentialAgent:
    desks = ParallelAgent(name="desks", sub_agents=[desk(m) for m in AGENTS[ROOT].members])
    return SequentialAgent(name="autumn_issue", sub_agents=[desks, agent_of(ROOT)])


def desk(name: str) -> LlmAgent | SequentialAgent:
    """An agent after its members, which work side by side."""
    members = AGENTS[name].members
    if not members:
        return agent_of(name)
    fanout = ParallelAgent(name=f"{name}_fanout", sub_agents=[desk(m) for m in members])
    return SequentialAgent(name=f"{name}_desk", sub_agents=[fanout, agent_of(name)])


async def main() -> None:
    root = {"tool": lambda: with_tools(ROOT), "transfer": lambda: with_sub_agents(ROOT), "workflow": workflow}[
        PATTERN
    ]()
    runner = InMemoryRunner(agent=root, app_name="autumn")
    session = await runner.session_service.create_session(app_name="autumn", user_id="u")
    try:
        message = types.Content(role="user", parts=[types.Part(text=TASK)])
        async for _ in runner.run_async(user_id="u", session_id=session.id, new_message=message):
            pass
    except Exception as error:
        note_abort(error)
    COLLECTED.write(OUT)
    ran = list(CHAIN) if PATTERN == "transfer" else ()
    write_truth(OUT, USED, "handoff" if ran else PATTERN, ran)


asyncio.run(main())

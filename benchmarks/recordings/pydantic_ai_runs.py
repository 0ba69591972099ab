"""Record Pydantic AI: python pydantic_ai_runs.py VERSION OUT.json

VERSION: of InstrumentationSettings, 1 to 5. FAILS=agent makes its model fail. DEEP=1 lets the failure abort the run.
"""

import os
import sys
from pathlib import Path
from typing import Any

from exporting import collect
from pydantic_ai import Agent, InstrumentationSettings, RunContext
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.usage import RequestUsage
from scenario import AGENTS, ROOT, TASK, Script, next_calls, note_abort, tokens, write_truth

VERSION, OUT = int(sys.argv[1]), Path(sys.argv[2])
PROVIDER, COLLECTED = collect()
Agent.instrument_all(InstrumentationSettings(tracer_provider=PROVIDER, version=VERSION))  # type: ignore[arg-type]
USED: dict[str, list[tuple[int, int]]] = {}
SCRIPT = Script()


def make(name: str) -> Agent[None, str]:
    agent = AGENTS[name]

    def answer(messages: Any, info: Any) -> ModelResponse:
        USED.setdefault(name, [])
        given = str([p.content for m in messages for p in m.parts if hasattr(p, "content")]) + str(
            [f"'{p.tool_name}'" for m in messages for p in m.parts if hasattr(p, "tool_name")]
        )
        calls = next_calls(name, {t.name for t in info.function_tools}, given)
        text = "" if calls else SCRIPT.answer(name)
        used = (tokens(given), tokens(text) + 9 * len(calls))
        USED[name].append(used)
        parts: list[Any] = [ToolCallPart(t, {"request": a["input"]}) for t, a in calls] or [TextPart(text)]
        return ModelResponse(
            parts, usage=RequestUsage(input_tokens=used[0], output_tokens=used[1]), model_name="scripted-1"
        )

    made = Agent(FunctionModel(answer, model_name="scripted-1"), name=name, system_prompt=agent.prompt)
    for member in agent.members:
        _add_tool(made, member)
    return made


def _add_tool(boss: Agent[None, str], member: str) -> None:
    agent = make(member)

    async def ask(ctx: RunContext[None], request: str) -> str:
        try:
            return (await agent.run(request, usage=ctx.usage if os.environ.get("SHARED_USAGE") else None)).output
        except Exception as error:
            if os.environ.get("DEEP"):
                raise
            return f"ERROR {member}: {error}"

    ask.__name__ = f"ask_{member}"
    boss.tool(ask, name=f"ask_{member}", description=AGENTS[member].about)


try:
    make(ROOT).run_sync(TASK)
except Exception as error:
    note_abort(error)
COLLECTED.write(OUT)
write_truth(OUT, USED, "tools")

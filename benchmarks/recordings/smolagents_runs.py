"""Record smolagents: python smolagents_runs.py PATTERN OUT.json

PATTERN: code (CodeAgent), tools (ToolCallingAgent). FAILS=agent makes its model fail.
"""

import sys
from pathlib import Path
from typing import Any

from exporting import collect
from scenario import AGENTS, ROOT, TASK, Script, note_abort, tokens, write_truth

PATTERN, OUT = sys.argv[1], Path(sys.argv[2])
PROVIDER, COLLECTED = collect()

import smolagents  # noqa: E402
from openinference.instrumentation.smolagents import SmolagentsInstrumentor  # noqa: E402
from smolagents import ChatMessage, CodeAgent, Model, ToolCallingAgent  # noqa: E402
from smolagents.models import ChatMessageToolCall, ChatMessageToolCallFunction  # noqa: E402
from smolagents.monitoring import TokenUsage  # noqa: E402

USED: dict[str, list[tuple[int, int]]] = {}
SCRIPT = Script()


class ScriptedModel(Model):
    """Calls the managed agents one after the other, then answers."""

    def __init__(self, name: str) -> None:
        super().__init__(model_id="scripted-1")
        self.name = name

    def generate(self, messages: Any, **_: Any) -> ChatMessage:
        agent = AGENTS[self.name]
        USED.setdefault(self.name, [])
        given = " ".join(str(m.content) for m in messages)
        asked = len(USED[self.name])
        waiting = (
            list(agent.members)
            if PATTERN == "code" and not asked
            else agent.members[asked : asked + 1]
            if PATTERN == "tools"
            else []
        )
        text = "" if waiting else SCRIPT.answer(self.name)
        used = (tokens(given), tokens(text) + 9 * len(waiting))
        USED[self.name].append(used)
        usage = TokenUsage(*used)
        if PATTERN == "code":
            lines = [f"print({m}(task={AGENTS[m].task!r}))" for m in waiting] or [f"final_answer({text!r})"]
            return ChatMessage(
                "assistant", "Thought: go.\n<code>\n" + "\n".join(lines) + "\n</code>", token_usage=usage
            )
        name, arguments = (
            (waiting[0], {"task": AGENTS[waiting[0]].task}) if waiting else ("final_answer", {"answer": text})
        )
        call = ChatMessageToolCall(
            ChatMessageToolCallFunction(arguments, name), f"call_{self.name}_{asked}", "function"
        )
        return ChatMessage("assistant", "", tool_calls=[call], token_usage=usage)


smolagents.ScriptedModel = ScriptedModel  # type: ignore[attr-defined]  # what is instrumented is looked up there
SmolagentsInstrumentor().instrument(tracer_provider=PROVIDER)


def make(name: str) -> Any:
    agent = AGENTS[name]
    kind = CodeAgent if PATTERN == "code" else ToolCallingAgent
    members = [make(m) for m in agent.members]
    return kind(
        tools=[],
        model=ScriptedModel(name),
        name=name,
        description=agent.about,
        managed_agents=members,
        max_steps=4,
        verbosity_level=0,
    )


try:
    make(ROOT).run(TASK)
except Exception as error:
    note_abort(error)
COLLECTED.write(OUT)
write_truth(OUT, USED, PATTERN)

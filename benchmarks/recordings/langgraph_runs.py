"""Record LangGraph: python langgraph_runs.py PATTERN INSTRUMENTOR OUT.json

PATTERN: tools, supervisor, swarm, send, deep. INSTRUMENTOR: oi, tl, ls, otel. FAILS=agent makes its model fail.
"""

import asyncio
import operator
import os
import sys
from pathlib import Path
from typing import Annotated, Any, TypedDict

from exporting import collect
from scenario import AGENTS, CHAIN, REPEAT, ROOT, TASK, Script, note_abort, tokens, who, write_truth

PATTERN, INSTRUMENTOR, OUT = sys.argv[1], sys.argv[2], Path(sys.argv[3])
if INSTRUMENTOR == "ls":
    os.environ |= {"LANGSMITH_TRACING": "true", "LANGSMITH_OTEL_ENABLED": "true", "LANGSMITH_OTEL_ONLY": "true"}
    os.environ |= {
        "LANGSMITH_ENDPOINT": "http://127.0.0.1:9",
        "LANGSMITH_API_KEY": "none",
        "LANGCHAIN_REVISION_ID": "none",
    }
if INSTRUMENTOR == "otel":
    os.environ |= {
        "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
    }

from langchain_core.language_models.chat_models import BaseChatModel  # noqa: E402
from langchain_core.messages import AIMessage, BaseMessage  # noqa: E402
from langchain_core.outputs import ChatGeneration, ChatResult  # noqa: E402
from langchain_core.runnables import RunnableConfig  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from opentelemetry import trace  # noqa: E402

PROVIDER, COLLECTED = collect()
trace.set_tracer_provider(PROVIDER)
if INSTRUMENTOR == "oi":
    from openinference.instrumentation.langchain import LangChainInstrumentor

    LangChainInstrumentor().instrument(tracer_provider=PROVIDER)
elif INSTRUMENTOR == "tl":
    from opentelemetry.instrumentation.langchain import LangchainInstrumentor

    LangchainInstrumentor().instrument(tracer_provider=PROVIDER)
elif INSTRUMENTOR == "otel":
    from opentelemetry.instrumentation.genai.langchain import LangChainInstrumentor as Otel

    Otel().instrument(tracer_provider=PROVIDER)

USED: dict[str, list[tuple[int, int]]] = {}
SCRIPT = Script()


class ScriptedModel(BaseChatModel):
    """Calls each member once, in turn or together, then answers."""

    tools: list[str] = []

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **_: Any) -> "ScriptedModel":
        names = [t["name"] if isinstance(t, dict) else getattr(t, "name", getattr(t, "__name__", "")) for t in tools]
        return ScriptedModel(tools=names)

    def _get_ls_params(self, **kwargs: Any) -> Any:
        return super()._get_ls_params(**kwargs) | {"ls_model_name": "scripted-1", "ls_provider": "scripted"}

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        name = who(str(messages[0].content))
        agent = AGENTS[name]
        called = {
            c["name"] + str(c["args"].get("subagent_type", ""))
            for m in messages
            if isinstance(m, AIMessage)
            for c in m.tool_calls
        }
        calls = [
            c
            for m in agent.members
            if (c := self._call(m)) and c["name"] + str(c["args"].get("subagent_type", "")) not in called
        ]
        if PATTERN in ("supervisor", "swarm"):
            calls = calls[:1]
        calls = [c | {"id": f"{c['id']}_{n}"} for c in calls for n in range(REPEAT)]
        USED.setdefault(name, [])
        text = "" if calls else SCRIPT.answer(name)
        used = (sum(tokens(str(m.content)) for m in messages), tokens(text) + 9 * len(calls))
        USED[name].append(used)
        message = AIMessage(
            text,
            tool_calls=calls,
            usage_metadata={"input_tokens": used[0], "output_tokens": used[1], "total_tokens": sum(used)},
            response_metadata={"model_name": "scripted-1"},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _call(self, member: str) -> dict[str, Any] | None:
        task = AGENTS[member].task
        for name, args in (
            (f"ask_{member}", {"request": task}),
            (f"transfer_to_{member}", {}),
            ("task", {"subagent_type": member, "description": task}),
        ):
            if name in self.tools:
                return {"name": name, "args": args, "id": f"call_{member}", "type": "tool_call"}
        return None


def with_tools(name: str) -> Any:
    from langchain.agents import create_agent

    agent = AGENTS[name]
    return create_agent(ScriptedModel(), [_asking(m) for m in agent.members], system_prompt=agent.prompt, name=name)


def _asking(member: str) -> Any:
    graph = with_tools(member)

    @tool(f"ask_{member}", description=AGENTS[member].about)
    async def ask(request: str) -> str:
        try:
            result = await graph.ainvoke({"messages": [{"role": "user", "content": request}]})
        except Exception as error:
            if os.environ.get("ABORTS"):
                raise
            return f"ERROR {member}: {error}"
        return str(result["messages"][-1].content)

    return ask


def supervised(name: str, outer: bool = True) -> Any:
    from langgraph.prebuilt import create_react_agent
    from langgraph_supervisor import create_supervisor

    agent = AGENTS[name]
    if not agent.members:
        return create_react_agent(ScriptedModel(), [], prompt=agent.prompt, name=name)
    title = name if outer else f"{name}_supervisor"
    graph = create_supervisor(
        [supervised(m, outer=False) for m in agent.members],
        model=ScriptedModel(),
        prompt=agent.prompt,
        supervisor_name=title,
    )
    return graph.compile(name="autumn_issue" if outer else name)


def swarm() -> Any:
    from langchain.agents import create_agent
    from langgraph_swarm import create_handoff_tool, create_swarm

    def member(name: str) -> Any:
        tools = [create_handoff_tool(agent_name=m) for m in AGENTS[name].members if m in CHAIN]
        return create_agent(ScriptedModel(), tools, system_prompt=AGENTS[name].prompt, name=name)

    return create_swarm([member(n) for n in CHAIN], default_active_agent=ROOT).compile(name="autumn_issue")


class State(TypedDict, total=False):
    task: str
    results: Annotated[list[str], operator.add]
    final: str


def fanned_out(name: str) -> Any:
    from langchain_core.messages import HumanMessage, SystemMessage
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Send

    agent = AGENTS[name]

    async def ask(who_: str, text: str, config: RunnableConfig) -> str:
        messages = [SystemMessage(AGENTS[who_].prompt), HumanMessage(text)]
        return str((await ScriptedModel().ainvoke(messages, config)).content)

    def plan(_: State) -> State:
        return {}

    def fan(_: State) -> list[Send]:
        return [Send(m, {"task": AGENTS[m].task}) for m in agent.members]

    async def synthesize(state: State, config: RunnableConfig) -> State:
        return {"final": await ask(name, "\n".join(state["results"]), config)}

    graph = StateGraph(State)
    graph.add_node("plan", plan)
    graph.add_node("synthesize", synthesize)
    for member in agent.members:
        if AGENTS[member].members:
            inner = fanned_out(member)

            async def node(state: State, config: RunnableConfig, inner: Any = inner) -> State:
                return {"results": [(await inner.ainvoke({"task": state["task"], "results": []}, config))["final"]]}
        else:

            async def node(state: State, config: RunnableConfig, member: str = member) -> State:  # type: ignore[misc]
                return {"results": [await ask(member, state["task"], config)]}

        graph.add_node(member, node)
        graph.add_edge(member, "synthesize")
    graph.add_edge(START, "plan")
    graph.add_conditional_edges("plan", fan, list(agent.members))
    graph.add_edge("synthesize", END)
    return graph.compile(name=name)


def deep(name: str) -> Any:
    from deepagents import create_deep_agent
    from langchain.agents import create_agent

    agent = AGENTS[name]
    if not agent.members:
        return create_agent(ScriptedModel(), [], system_prompt=agent.prompt, name=name)
    subagents = [{"name": m, "description": AGENTS[m].about, "runnable": deep(m)} for m in agent.members]
    return create_deep_agent(model=ScriptedModel(), system_prompt=agent.prompt, subagents=subagents, name=name)


async def main() -> None:
    graph = {
        "tools": lambda: with_tools(ROOT),
        "supervisor": lambda: supervised(ROOT),
        "swarm": swarm,
        "send": lambda: fanned_out(ROOT),
        "deep": lambda: deep(ROOT),
    }[PATTERN]()
    given: Any = (
        {"task": TASK, "results": []} if PATTERN == "send" else {"messages": [{"role": "user", "content": TASK}]}
    )
    try:
        await graph.ainvoke(given, {"recursion_limit": 200})
    except Exception as error:
        note_abort(error)
    if INSTRUMENTOR == "ls":
        from langchain_core.tracers.langchain import wait_for_all_tracers
        from langsmith.run_trees import get_cached_client

        wait_for_all_tracers()
        get_cached_client().flush()
    PROVIDER.force_flush()
    COLLECTED.write(OUT)
    ran = list(CHAIN) if PATTERN == "swarm" else ()
    write_truth(OUT, USED, "handoff" if ran else PATTERN, ran)


asyncio.run(main())

"""Members whose decisions a model makes: leaves, planners and synthesizers of Pydantic AI agents (extra ``llm``).

    lead = Orchestrator(
        "macro", [Agent("gdp", leaf(gdp_agent)), Agent("rates", leaf(rates_agent))],
        plan=planner(planning_agent), synthesize=synthesizer(writing_agent),
    )

What each returns is typed, and what does not fit goes back to the model with the reason. Every request to a model is
booked on the budgets and recorded as a ``chat`` span, every tool call as ``execute_tool``; an agent that Pydantic AI
instruments itself is left to that: its spans stand below ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, cast

from opentelemetry import trace
from pydantic import BaseModel, Field, create_model

from tierscope.errors import MissingExtraError
from tierscope.instrumentation.calls import model_call, tool_call
from tierscope.orchestrator.calls import current
from tierscope.orchestrator.errors import PlanError
from tierscope.orchestrator.members import Work
from tierscope.orchestrator.messages import Brief, Conflict, Joined, Share, Synthesis, Task
from tierscope.orchestrator.orchestrators import Plan, Synthesize
from tierscope.orchestrator.planning import check_plan

try:
    from pydantic_ai import Agent, ModelRetry, RunContext
    from pydantic_ai.capabilities import AbstractCapability
    from pydantic_ai.messages import ModelMessagesTypeAdapter, ModelResponse, ToolCallPart
except ImportError as error:
    raise MissingExtraError("llm", "A member whose decisions a model makes") from error

if TYPE_CHECKING:
    from pydantic_ai.capabilities.abstract import WrapModelRequestHandler, WrapToolExecuteHandler
    from pydantic_ai.models import ModelRequestContext
    from pydantic_ai.tools import ToolDefinition

AnyAgent: TypeAlias = Agent[Any, Any]

BYTES_A_TOKEN = 4
"""Rough size of a token of a prompt, to set budget aside by; what is booked in the end is what the model reports."""


def leaf(agent: AnyAgent, *, deps: object = None, answer_tokens: int = 1000) -> Work:
    """The work of an ``Agent`` member: the task's brief is the prompt.

    Args:
        agent: with any output type; one of ``Result`` lets the model declare signals and its confidence.
        deps: its dependencies.
        answer_tokens: set aside for each answer of the model, until it says what it took.
    """

    async def work(task: Task) -> object:
        return await _ask(agent, _given(task), None, deps, answer_tokens)

    return work


def planner(agent: AnyAgent, *, deps: object = None, answer_tokens: int = 1000) -> Plan:
    """The plan of an ``Orchestrator``: the model chooses among its members, by name.

    A plan that names nobody of the team, or whose tasks wait for each other, goes back to the model.

    Args:
        agent: with any output type; a plan is asked of it instead.
        deps: its dependencies.
        answer_tokens: set aside for each answer of the model, until it says what it took.
    """

    async def plan(task: Task) -> Sequence[Task]:
        team = current().member
        planned = _planned_type([member.name for member in team.members])

        def checked(tasks: list[BaseModel]) -> list[Task]:
            made = [Task.model_validate(each.model_dump()) for each in tasks]
            try:
                check_plan(team.name, made)
            except PlanError as error:
                raise ModelRetry(str(error)) from error
            return made

        checked.__annotations__["tasks"] = GenericAlias(list, planned)  # Pydantic AI takes the form from there
        members = [
            f"- {member.name}: {', '.join((member.role or 'member', *member.capabilities))}" for member in team.members
        ]
        prompt = "\n".join([_given(task), "", "Members who can be given tasks:", *members])
        return cast("list[Task]", await _ask(agent, prompt, checked, deps, answer_tokens))

    return plan


class Written(BaseModel):
    """What a model writes of a synthesis; the gaps are not its to decide."""

    text: Annotated[str, Field(min_length=1)]
    """The narrative."""
    confidence: Share | None = None
    supporting: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    flags: tuple[str, ...] = ()
    """Reasons to trust it less."""


class WrittenBrief(Written):
    """What a model writes of a brief."""

    risks: tuple[str, ...] = ()
    relationships: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    conviction: Share | None = None


def synthesizer(
    agent: AnyAgent, *, kind: type[Synthesis] = Synthesis, deps: object = None, answer_tokens: int = 1000
) -> Synthesize:
    """The synthesis of an ``Orchestrator``: the model is given every result and every gap.

    Args:
        agent: with any output type; a ``Written`` is asked of it instead.
        kind: ``Synthesis``, or ``Brief`` for the root.
        deps: its dependencies.
        answer_tokens: set aside for each answer of the model, until it says what it took.
    """
    form = WrittenBrief if issubclass(kind, Brief) else Written

    async def synthesize(task: Task, joined: Joined) -> Synthesis:
        results = [f"## {name}\n{result.text}" for name, result in joined.results.items()]
        missing = [f"- {token.text}" for token in joined.gaps]
        prompt = "\n".join([_given(task), "", *results, *(["", "Missing:", *missing] if missing else [])])
        written = await _ask(agent, prompt, form, deps, answer_tokens)
        return kind(**cast("Written", written).model_dump(), gaps=joined.gaps)

    return synthesize


async def _ask(agent: AnyAgent, prompt: str, output_type: Any, deps: object, answer_tokens: int) -> object:  # noqa: ANN401 - what Pydantic AI takes
    """Run ``agent`` once, recorded and within the budget of the invocation that asks."""
    recorded = _Recorded(trace.get_current_span(), answer_tokens)
    done = await agent.run(prompt, output_type=output_type, deps=deps, capabilities=[recorded])
    return done.output


def _given(task: Task) -> str:
    """The task as a prompt: its brief, and the results that it builds on."""
    inputs = [f"## {name}\n{result.text}" for name, result in task.inputs.items()]
    return "\n\n".join([task.brief, *inputs])


def _planned_type(names: Sequence[str]) -> type[BaseModel]:
    """What a planner may write of one task: only members that there are."""
    receivers: Any = Literal[tuple(names)]
    return create_model(
        "PlannedTask",
        to=(receivers, ...),
        intent=(str, ...),
        id=(str, ""),
        context=(str, ""),
        requirements=(tuple[str, ...], ()),
        priority=(int, 0),
        needs=(tuple[str, ...], ()),
    )


@dataclass
class _Recorded(AbstractCapability[Any]):
    """Books and records what an agent run calls, unless Pydantic AI records it: then another span is current."""

    outer: trace.Span
    answer_tokens: int

    async def wrap_model_request(
        self,
        ctx: RunContext[Any],  # noqa: ARG002 - Pydantic AI's signature
        *,
        request_context: "ModelRequestContext",
        handler: "WrapModelRequestHandler",
    ) -> ModelResponse:
        """Set budget aside, make the request, book what it took."""
        prompt = ModelMessagesTypeAdapter.dump_json(request_context.messages).decode()
        with current().reserve(tokens=len(prompt) // BYTES_A_TOKEN + self.answer_tokens) as hold:
            if trace.get_current_span() is not self.outer:
                response = await handler(request_context)
            else:
                model = request_context.model
                with model_call(model.model_name, provider=model.system, prompt=prompt) as call:
                    response = await handler(request_context)
                    call.output = response.text or "\n".join(_tool_text(part) for part in response.tool_calls)
                    call.input_tokens = response.usage.input_tokens
                    call.output_tokens = response.usage.output_tokens
            hold.settle(tokens=response.usage.input_tokens + response.usage.output_tokens)
        return response

    async def wrap_tool_execute(
        self,
        ctx: RunContext[Any],  # noqa: ARG002 - Pydantic AI's signature
        *,
        call: ToolCallPart,
        tool_def: "ToolDefinition",  # noqa: ARG002 - Pydantic AI's signature
        args: Any,  # noqa: ANN401 - Pydantic AI's signature
        handler: "WrapToolExecuteHandler",
    ) -> Any:  # noqa: ANN401 - Pydantic AI's signature
        """Record the call of a tool."""
        if trace.get_current_span() is not self.outer:
            return await handler(args)
        with tool_call(call.tool_name, arguments=args) as recorded:
            recorded.result = await handler(args)
            return recorded.result


def _tool_text(part: ToolCallPart) -> str:
    return f"{part.tool_name}({part.args_as_json_str()})"

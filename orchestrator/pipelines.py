"""A pipeline: steps one after another, with schema-checked handoffs, and gates that may send the work back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pydantic import ValidationError

from tierscope.errors import SettingsError
from tierscope.orchestrator.dispatching import Dispatch
from tierscope.orchestrator.errors import HandoffSchemaError, JoinFailedError
from tierscope.orchestrator.joins import Join
from tierscope.orchestrator.members import Member
from tierscope.orchestrator.messages import Result
from tierscope.orchestrator.recovery import Recovery

if TYPE_CHECKING:
    from tierscope.orchestrator.calls import Call


@dataclass(frozen=True, slots=True)
class SendBack:
    """A gate's verdict: an earlier step, or the same one, is to be done again."""

    to: str
    """Name of the step."""
    feedback: str


Gate: TypeAlias = Callable[[str, Result], Awaitable[SendBack | None] | SendBack | None]
"""From the name of a step and its result: None to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline(Member):
    """Steps in order. A step finds the result of the one before it in ``task.inputs``, under that one's name.

    Where a step declares ``accepts``, the value before it must be that, and arrives as that. The steps' own state stays
    inside: only the last result leaves the pipeline.
    """

    steps: Sequence[Member] = field(kw_only=False)
    gate: Gate | None = None
    """Looks at the result of every step (staged pipeline with feedback)."""
    rounds: int = 2
    """How often the gate may send the work back; after that the pipeline fails."""
    recovery: Recovery = field(default_factory=Recovery)
    """What it does about steps that fail or do not please."""

    def __post_init__(self) -> None:
        Member.__post_init__(self)
        if not self.steps:
            raise SettingsError(f"pipeline {self.name} has no steps: give it one or more.")

    @property
    def members(self) -> tuple[Member, ...]:
        """The steps."""
        return tuple(self.steps)

    async def perform(self, call: "Call") -> Result:
        """Carry out the steps.

        Raises:
            HandoffSchemaError: what one step returned is not what the next one accepts.
            JoinFailedError: a step did not deliver, or the gate kept sending the work back.
        """
        names = [step.name for step in self.steps]
        results: dict[str, Result] = {}
        feedback, sent_back, number = "", 0, 0
        while number < len(self.steps):
            result = await self._step(call, number, results, feedback)
            results[names[number]] = result
            feedback, number = "", number + 1
            verdict = None if self.gate is None else await call.run.ask(self.gate, names[number - 1], result)
            if verdict is None:
                continue
            sent_back += 1
            if sent_back > self.rounds:
                raise JoinFailedError(f"{self.name}: sent back {sent_back} times, at last: {verdict.feedback}")
            if verdict.to not in names[:number]:
                raise SettingsError(f"{self.name}: the gate sends back to {verdict.to!r}: use one of {names[:number]}.")
            feedback, number = verdict.feedback, names.index(verdict.to)
        return results[names[-1]]

    async def _step(self, call: "Call", number: int, results: dict[str, Result], feedback: str) -> Result:
        step = self.steps[number]
        before = self.steps[number - 1] if number else None
        inputs = dict(call.task.inputs)
        if before is not None:
            inputs[before.name] = check_handoff(before, step, results[before.name])
        if feedback and step.name in results:
            inputs[step.name] = results[step.name]
        task = call.task.model_copy(update={"id": "", "inputs": inputs, "feedback": feedback, "needs": ()})
        joined = await Dispatch(call, Join(), self.recovery).run([(step, task)])
        for result in joined.results.values():
            return result
        (token,) = joined.failures.values()
        raise JoinFailedError(f"{self.name}: step {token.text}")


def check_handoff(producer: Member, consumer: Member, result: Result) -> Result:
    """``result`` with its value as ``consumer`` accepts it.

    Raises:
        HandoffSchemaError: it does not accept it; the message names both and the field.
    """
    if consumer.accepts is None:
        return result
    try:
        value = consumer.accepts.model_validate(result.value, from_attributes=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "value"
        raise HandoffSchemaError(
            f"{producer.name} -> {consumer.name}: field {place!r}: {first['msg']}; "
            f"make {producer.name} return it, or change what {consumer.name} accepts."
        ) from error
    return result.model_copy(update={"value": value})

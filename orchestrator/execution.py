"""Carry out one invocation: every one ends in exactly one of a result or a failure token."""

import asyncio
from typing import cast

from pydantic import ValidationError

from tierscope.instrumentation import semconv
from tierscope.instrumentation.recording import RunFacts, invocation
from tierscope.orchestrator.budgets import Account
from tierscope.orchestrator.calls import Call, current_call
from tierscope.orchestrator.errors import BudgetExceededError
from tierscope.orchestrator.escalation import EscalationNeeded
from tierscope.orchestrator.messages import FailureStatus, FailureToken, Outcome, Result, as_outcome
from tierscope.orchestrator.reports import CriticalSignal
from tierscope.orchestrator.rollback import roll_back


async def carry_out(call: Call, facts: RunFacts | None = None) -> Outcome:
    """Perform ``call`` under its deadline and budget, in a span where spans are recorded.

    Args:
        call: an admitted invocation.
        facts: facts of the run, for the root's span.

    Raises:
        asyncio.CancelledError: the parent, or the whole program, was cancelled; nothing below is running any more.
    """
    run, member = call.run, call.member
    call.aio_task = asyncio.current_task()
    token = current_call.set(call)
    timers = _start_timers(call)
    run.moved(call, "in_progress")
    try:
        if run.recorder is None:
            call.outcome = await _resume_or_settle(call)
        else:
            with invocation(
                member.name,
                tier=call.depth,
                domain=call.domain,
                role=member.role,
                input=call.task.brief,
                task_id=call.task.id,
                run=facts,
            ) as call.active:
                run.run_id = run.run_id or call.active.trace_id
                call.outcome = await _resume_or_settle(call)
                _describe(call, call.outcome)
        return call.outcome
    finally:
        for timer in timers:
            timer.cancel()
        current_call.reset(token)
        call.active = None  # a run may have many thousand invocations, and the recorder is done with this one's span
        run.leave(call, "complete" if isinstance(call.outcome, Result) else "failed")


def _start_timers(call: Call) -> list[asyncio.TimerHandle]:
    """Open the member's account, and set off the timers that end it when time is up."""
    member, task = call.member, call.task
    timers: list[asyncio.TimerHandle] = []
    limits: list[tuple[float, FailureStatus, str]] = []
    if task.deadline_ms is not None:
        limits.append((task.deadline_ms / 1000, "timeout", f"missed the task's deadline of {task.deadline_ms:g} ms"))
    if member.deadline_s is not None:
        limits.append((member.deadline_s, "timeout", f"missed its deadline of {member.deadline_s:g} s"))
    budget = member.budget
    if budget is not None:
        call.account = Account(member.name, budget, call.account or call.run.account)
    if budget is not None and budget.wall_s is not None:
        limits.append((budget.wall_s, "budget", f"used up its {budget.wall_s:g} s of wall time"))
    for delay_s, status, reason in limits:
        timers.append(asyncio.get_running_loop().call_later(delay_s, call.stop, status, reason))
    return timers


async def _resume_or_settle(call: Call) -> Outcome:
    """Take the result from the journal of an earlier run, or run the member and keep its result there."""
    journal = call.run.journal
    if journal is None:
        return await _finish(call)
    kept = journal.find(call)
    if kept is not None:
        if call.active is not None:
            call.active.set(semconv.TIERSCOPE_RESUMED, value=True)
        for path, signal in kept.critical:
            call.run.critical.setdefault(signal.hash, CriticalSignal(signal, path))
        _declare_signals(call, kept.result)
        return call.run.seal(call, kept.result) if call.parent is None else kept.result
    outcome = await _finish(call)
    if isinstance(outcome, Result):
        journal.keep(call, outcome, call.run.critical_below(call))
    return outcome


async def _finish(call: Call) -> Outcome:
    """Run the member; undo what it did where it fails and is transactional, else leave that to those above."""
    try:
        outcome = await _settle(call)
    except asyncio.CancelledError:
        await _undo_or_hand_up(call, failed=True)
        raise
    await _undo_or_hand_up(call, failed=isinstance(outcome, FailureToken))
    return outcome


async def _undo_or_hand_up(call: Call, *, failed: bool) -> None:
    if failed and call.member.transactional:
        await roll_back(call)
    elif call.parent is not None:
        call.parent.compensations += call.compensations


async def _settle(call: Call) -> Outcome:
    """Run the member and turn whatever happens into a result or a failure token."""
    late: object = None
    try:
        late = value = await call.member.perform(call)
        outcome = _accept(call, value)
    except asyncio.CancelledError:
        if call.stopped is None:
            raise
        outcome = call.failure(*call.stopped)
    except EscalationNeeded as needed:
        call.asks = needed
        outcome = call.failure("error", f"{needed.reason}: {needed.context}")
    except BudgetExceededError as error:
        outcome = call.failure("budget", str(error))
    except TimeoutError as error:
        outcome = call.failure("timeout", str(error) or "an operation inside it timed out")
    except Exception as error:
        outcome = call.failure("error", in_words(error))
    if call.stopped is not None:
        outcome = _stopped(call, as_outcome(late))
        call.absorb_stop()
    if isinstance(outcome, Result):
        _declare_signals(call, outcome)
    return call.run.seal(call, outcome) if call.parent is None else outcome


def in_words(error: Exception) -> str:
    """What went wrong, without the groups that task groups wrap around it."""
    inner: BaseException = error
    while isinstance(inner, BaseExceptionGroup):
        inner = cast("BaseExceptionGroup[BaseException]", inner).exceptions[0]
    return f"{type(inner).__name__}: {inner}"


def _declare_signals(call: Call, result: Result) -> None:
    """Enter the signals of a result into the ledger, but not those that only came up from members."""
    for signal in result.signals:
        if not call.children or signal.hash not in call.run.declared:
            call.run.declare(call, signal)


def _stopped(call: Call, late: Outcome | None) -> FailureToken:
    """The failure token of a stopped invocation; what it returned too late is attached."""
    if isinstance(late, Result) and not late.empty:
        call.partials.append(late)
        _declare_signals(call, late)
    assert call.stopped is not None  # noqa: S101 - narrows the type; the only caller has checked it
    return call.failure(*call.stopped)


def _accept(call: Call, value: object) -> Outcome:
    """What the member returned, if it is something, and of the declared type."""
    outcome = as_outcome(value)
    if outcome is None or (isinstance(outcome, Result) and outcome.empty):
        return call.failure("empty", "returned nothing")
    if isinstance(outcome, FailureToken) or call.member.returns is None:
        return outcome
    try:
        typed = call.member.returns.model_validate(outcome.value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "value"
        call.partials.append(outcome)
        wanted = call.member.returns.__name__
        return call.failure("invalid", f"its value is no {wanted}: field {place!r}: {first['msg']}")
    return outcome.model_copy(update={"value": typed})


def _describe(call: Call, outcome: Outcome) -> None:
    """Write the outcome into the span."""
    active = call.active
    if active is None:
        return
    if isinstance(outcome, Result):
        active.output = outcome.text
        return
    active.status = outcome.status if outcome.status in ("timeout", "cancelled") else "error"
    active.message = outcome.reason
    active.set(semconv.GAP_STATUS, outcome.status)

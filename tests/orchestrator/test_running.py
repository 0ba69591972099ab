"""The first promises of the core: recursion, joins with deadlines, critical signals, the spawn limit, clean ends."""

import asyncio
import threading
import time

import pytest

from tierscope.instrumentation import semconv
from tierscope.instrumentation.testing import recorded
from tierscope.orchestrator import (
    Agent,
    FailureToken,
    Join,
    Joined,
    Limits,
    Orchestrator,
    Result,
    RunFailedError,
    Signal,
    SpawnLimitError,
    Task,
    current,
    run,
    run_sync,
    start,
)
from tierscope.orchestrator.members import Work


async def answer(task: Task) -> str:
    return f"answer to {task.intent}"


async def never(_task: Task) -> str:
    await asyncio.Event().wait()
    return "too late"


async def footnote(_task: Task) -> Result:
    return Result(text="Margins held.", signals=(Signal(text="Note 14: the SEC opened an inquiry.", critical=True),))


def summary(_task: Task, joined: Joined) -> str:
    return f"{len(joined.results)} of {len(joined.results) + len(joined.failures)} delivered"


def test_three_tiers_return_the_synthesis_of_the_root() -> None:
    def blocking(task: Task) -> str:
        time.sleep(0.001)
        return f"rates for {task.intent}"

    macro = Orchestrator("macro", [Agent("gdp", answer), Agent("rates", blocking)])
    report = run_sync(Orchestrator("root", [macro]), "ACME")
    assert report.text == "macro: gdp: answer to ACME\nrates: rates for ACME"
    assert (report.agents, report.max_depth, report.gaps) == (4, 2, ())


def test_late_domain_becomes_failure_token_with_partials() -> None:
    company = Orchestrator("company", [Agent("filings", answer), Agent("sentiment", never)], deadline_s=0.05)
    macro = Orchestrator("macro", [Agent("gdp", answer)])
    report = run_sync(Orchestrator("root", [macro, company], synthesize=summary), "ACME")
    assert report.text == "1 of 2 delivered"
    (gap,) = report.gaps
    assert gap.path == "root"
    assert gap.token == FailureToken(
        member="company",
        domain="company",
        status="timeout",
        reason="missed its deadline of 0.05 s",
        partial=(Result(text="answer to ACME"),),
    )


def test_join_deadline_ends_every_late_member_at_once() -> None:
    team = [Agent("quick", answer), *(Agent(f"slow{number}", never) for number in range(3))]
    root = Orchestrator("root", team, synthesize=summary, join=Join.best_effort(deadline_s=0.05))
    report = run_sync(root, "ACME")
    assert report.text == "1 of 4 delivered"
    assert [gap.token.status for gap in report.gaps] == ["timeout"] * 3


def returns_nothing(_task: Task) -> None: ...


def returns_blanks(_task: Task) -> str:
    return "  "


def divides_by_zero(_task: Task) -> float:
    return 1 / 0


@pytest.mark.parametrize(
    ("work", "status", "reason"),
    [
        (returns_nothing, "empty", "returned nothing"),
        (returns_blanks, "empty", "returned nothing"),
        (divides_by_zero, "error", "ZeroDivisionError: division by zero"),
    ],
)
def test_silence_and_errors_become_failure_tokens(work: Work, status: str, reason: str) -> None:
    root = Orchestrator("root", [Agent("good", answer), Agent("bad", work)], synthesize=summary)
    report = run_sync(root, "ACME")
    assert report.text == "1 of 2 delivered"
    assert [(gap.token.status, gap.token.reason) for gap in report.gaps] == [(status, reason)]


def test_critical_signal_reaches_the_root_verbatim_past_two_syntheses() -> None:
    company = Orchestrator("company", [Agent("filings", footnote)], synthesize=lambda _task, _joined: "Looks fine.")
    root = Orchestrator("root", [company], synthesize=lambda _task, _joined: "Buy.")
    with recorded() as exporter:
        report = run_sync(root, "ACME")
    assert report.text == "Buy.\n\nCritical signals, verbatim:\n- Note 14: the SEC opened an inquiry."
    (kept,) = report.critical
    assert (kept.path, kept.verified) == ("root/company/filings", True)
    top = exporter.get_finished_spans()[-1]
    (check,) = [event for event in top.events if event.name == semconv.EVENT_CRITICAL_CHECK]
    assert check.attributes is not None
    assert check.attributes[semconv.SIGNAL_VERIFIED] is True
    assert check.attributes[semconv.SIGNAL_HASH] == kept.signal.hash


def test_without_forwarding_the_loss_is_detected_but_not_mended() -> None:
    root = Orchestrator("root", [Agent("filings", footnote)], synthesize=lambda _task, _joined: "Buy.")
    report = run_sync(root, "ACME", forward_critical=False)
    assert report.text == "Buy."
    assert [kept.verified for kept in report.critical] == [False]


def test_critical_signal_of_a_member_that_then_fails_still_reaches_the_root() -> None:
    async def finds_then_hangs(_task: Task) -> str:
        current().signal(Signal(text="Auditor resigned.", critical=True))
        await asyncio.Event().wait()
        return "unreached"

    team = [Agent("audit", finds_then_hangs, deadline_s=0.05), Agent("gdp", answer)]
    report = run_sync(Orchestrator("root", team, synthesize=summary), "ACME")
    assert "Auditor resigned." in report.text
    assert [kept.verified for kept in report.critical] == [True]


def spawner(depth_seen: list[int]) -> Agent:
    async def digs_deeper(task: Task) -> str:
        depth_seen.append(current().depth)
        outcome = await current().spawn(Agent("deeper", digs_deeper), task)
        return outcome.reason if isinstance(outcome, FailureToken) else outcome.text

    return Agent("dig", digs_deeper)


def test_spawn_past_the_limit_is_refused_as_a_result_the_agent_sees() -> None:
    depths: list[int] = []
    with recorded() as exporter:
        report = run_sync(Orchestrator("root", [spawner(depths)]), "ACME", limits=Limits(depth=3))
    assert depths == [1, 2, 3]
    assert report.max_depth == 3
    assert report.text == "dig: tier 4 is below the spawn limit of 3; do the work yourself"
    assert [(refusal.member, refusal.depth) for refusal in report.refusals] == [("deeper", 4)]
    names = [event.name for span in exporter.get_finished_spans() for event in span.events]
    assert names.count(semconv.EVENT_SPAWN_REFUSED) == 1


def test_spawn_past_the_limit_fails_the_run_when_told_to_and_keeps_what_was_done() -> None:
    root = Orchestrator("root", [Agent("gdp", answer), spawner([])])
    with pytest.raises(SpawnLimitError, match=r"root/dig/deeper tried to spawn 'deeper': tier 3 is below") as caught:
        run_sync(root, "ACME", limits=Limits(depth=2, on_limit="fail"))
    assert caught.value.report is not None
    assert caught.value.report.failure is not None
    assert [result.text for result in caught.value.report.failure.partial] == ["answer to ACME"]


def test_orchestrator_at_the_limit_executes_as_a_leaf() -> None:
    lead = Orchestrator("lead", [Agent("gdp", answer)], work=lambda task: f"did {task.intent} myself")
    report = run_sync(Orchestrator("root", [lead]), "ACME", limits=Limits(depth=1))
    assert report.text == "lead: did ACME myself"
    assert (report.max_depth, report.refusals) == (1, ())


def test_required_member_that_fails_fails_the_run_with_what_was_done() -> None:
    team = [Agent("finance", answer), Agent("legal", never, deadline_s=0.05)]
    root = Orchestrator("root", team, join=Join.requiring("legal"))
    with pytest.raises(
        RunFailedError, match=r"1 required member\(s\) did not deliver: legal \(legal: timeout"
    ) as caught:
        run_sync(root, "ACME")
    report = caught.value.report
    assert report is not None
    assert report.failure is not None
    assert [result.text for result in report.failure.partial] == ["answer to ACME"]


def test_quorum_goes_on_without_the_rest() -> None:
    team = [Agent("one", answer), Agent("two", answer), Agent("three", never)]
    report = run_sync(Orchestrator("root", team, synthesize=summary, join=Join.first(2)), "ACME")
    assert report.text == "2 of 3 delivered"
    assert [gap.token.status for gap in report.gaps] == ["cancelled"]


def test_cancelled_run_ends_every_member_closes_every_span_and_keeps_finished_work() -> None:
    left: list[str] = []

    async def leaves_a_trace(_task: Task) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            left.append("ended")
        return "unreached"

    async def scenario() -> None:
        done = asyncio.Event()

        async def quick(task: Task) -> str:
            done.set()
            return await answer(task)

        lead = Orchestrator("lead", [Agent("quick", quick), Agent("slow", leaves_a_trace)])
        async with start(Orchestrator("root", [lead]), "ACME") as running:
            await done.wait()
            while running.status()[2].status != "complete":  # noqa: ASYNC110 - a status has no event to wait for
                await asyncio.sleep(0)
        statuses = {report.path: report.status for report in running.status()}
        assert statuses == {
            "root": "failed",
            "root/lead": "failed",
            "root/lead/quick": "complete",
            "root/lead/slow": "failed",
        }

    with recorded() as exporter:
        asyncio.run(scenario())
    assert left == ["ended"]
    ended = {span.name: span.attributes for span in exporter.get_finished_spans()}
    assert set(ended) == {f"invoke_agent {name}" for name in ("root", "lead", "quick", "slow")}
    slow = ended["invoke_agent slow"]
    assert slow is not None
    assert slow[semconv.TIERSCOPE_STATUS] == "cancelled"


def test_member_that_swallows_its_cancellation_is_cancelled_again() -> None:
    async def stubborn(_task: Task) -> str:
        for _ in range(2):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                current().push("still here")
        await asyncio.Event().wait()
        return "unreached"

    team = [Agent("stubborn", stubborn, deadline_s=0.02), Agent("gdp", answer)]
    report = run_sync(Orchestrator("root", team, synthesize=summary), "ACME")
    (gap,) = report.gaps
    assert gap.token.status == "timeout"
    assert [partial.text for partial in gap.token.partial] == ["still here", "still here"]


def test_result_that_comes_after_the_deadline_is_attached_not_thrown_away() -> None:
    async def finishes_anyway(_task: Task) -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "late but whole"
        return "unreached"

    team = [Agent("late", finishes_anyway, deadline_s=0.02), Agent("gdp", answer)]
    report = run_sync(Orchestrator("root", team, synthesize=summary), "ACME")
    (gap,) = report.gaps
    assert gap.token.status == "timeout"
    assert [partial.text for partial in gap.token.partial] == ["late but whole"]


def test_critical_signal_of_a_result_that_comes_too_late_still_reaches_the_root() -> None:
    async def finishes_anyway(task: Task) -> Result:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return await footnote(task)
        return Result(text="unreached")

    root = Orchestrator("root", [Agent("late", finishes_anyway, deadline_s=0.02), Agent("gdp", answer)])
    report = run_sync(root, "ACME")
    assert [(kept.path, kept.verified) for kept in report.critical] == [("root/late", True)]


def test_spans_declare_tier_domain_and_parent_for_every_invocation() -> None:
    macro = Orchestrator("macro", [Agent("gdp", answer, role="specialist")])
    with recorded() as exporter:
        report = run_sync(Orchestrator("root", [macro]), "ACME", limits=Limits(depth=2), label="first")
    facts = {span.name: dict(span.attributes or {}) for span in exporter.get_finished_spans()}
    gdp, root = facts["invoke_agent gdp"], facts["invoke_agent root"]
    assert (gdp[semconv.TIERSCOPE_TIER], gdp[semconv.TIERSCOPE_DOMAIN]) == (2, "macro")
    assert gdp[semconv.TIERSCOPE_ROLE] == "specialist"
    assert gdp[semconv.TIERSCOPE_PARENT_INVOCATION_ID] == facts["invoke_agent macro"][semconv.TIERSCOPE_INVOCATION_ID]
    assert (root[semconv.TIERSCOPE_SPAWN_LIMIT], root[semconv.TIERSCOPE_RUN_LABEL]) == (2, "first")
    assert report.run_id == "00000000000000000000000000000001"


def test_concurrent_runs_share_the_process_without_mixing() -> None:
    async def several() -> list[str]:
        root = Orchestrator("root", [Agent("gdp", answer)])
        reports = await asyncio.gather(*(run(root, f"task {number}") for number in range(20)))
        return [report.text for report in reports]

    assert asyncio.run(several()) == [f"gdp: answer to task {number}" for number in range(20)]


def test_run_goes_on_without_a_sync_member_that_blocks_its_thread() -> None:
    released = threading.Event()

    def blocks(_task: Task) -> str:
        released.wait(60)
        return "too late"

    team = [Agent("blocks", blocks, deadline_s=0.05), Agent("gdp", answer)]
    report = run_sync(Orchestrator("root", team, synthesize=summary), "ACME")
    assert not released.is_set()
    released.set()
    assert report.text == "1 of 2 delivered"

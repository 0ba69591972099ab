"""Budgets, approvals, rollback, intervention, resume."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel

from tierscope.errors import UnknownNameError, UnreadableFileError
from tierscope.instrumentation import semconv
from tierscope.instrumentation.testing import recorded
from tierscope.orchestrator import (
    Agent,
    ApprovalInbox,
    ApprovalRequest,
    Approvals,
    Brief,
    Budget,
    BudgetExceededError,
    CallbackGateway,
    ConsoleGateway,
    Join,
    Journal,
    Orchestrator,
    Pipeline,
    Result,
    RunFailedError,
    Signal,
    StoreGateway,
    Task,
    Vote,
    current,
    run_sync,
    start,
)


def spends(tokens: int, really: int | None = None) -> Agent:
    async def work(_task: Task) -> str:
        with current().reserve(tokens=tokens, usd=tokens / 1000) as hold:
            await asyncio.sleep(0)
            hold.settle(tokens=really)
        return "spent"

    return Agent(f"spends{tokens}", work)


def test_parallel_children_cannot_overshoot_the_budget() -> None:
    team = [Agent(f"a{number}", spends(40).work) for number in range(5)]
    report = run_sync(Orchestrator("root", team), "x", budget=Budget(tokens=100))
    assert report.tokens == 80
    assert [gap.token.status for gap in report.gaps] == ["budget"] * 3
    assert "40 tokens do not fit into the 20 left of 100 for 'the run'" in report.gaps[0].token.reason


def test_settling_gives_back_what_was_not_used() -> None:
    line = Pipeline("line", [spends(90, really=10), spends(80)])
    report = run_sync(line, "x", budget=Budget(tokens=100, usd=1))
    assert report.tokens == 90
    assert report.usd == pytest.approx(0.17)


def test_budget_of_a_subtree_binds_it_and_not_the_others() -> None:
    poor = Orchestrator("poor", [spends(40)], budget=Budget(usd=0.03))
    rich = Orchestrator("rich", [spends(40)])
    report = run_sync(Orchestrator("root", [poor, rich]), "x")
    assert {gap.token.member for gap in report.gaps} == {"spends40", "poor"}
    assert report.tokens == 40


def test_wall_time_budget_ends_the_run_with_partials() -> None:
    async def never(_task: Task) -> str:
        await asyncio.Event().wait()
        return "unreached"

    root = Orchestrator("root", [spends(1), Agent("never", never)])
    with pytest.raises(RunFailedError, match=r"root: budget, the run used up its 0.3 s of wall time") as caught:
        run_sync(root, "x", budget=Budget(wall_s=0.3))
    assert caught.value.report is not None
    assert caught.value.report.failure is not None
    assert [partial.text for partial in caught.value.report.failure.partial] == ["spent"]


def test_reservation_is_settled_once() -> None:
    async def twice(_task: Task) -> str:
        hold = current().reserve(tokens=1)
        hold.settle()
        with pytest.raises(BudgetExceededError, match="settled twice"):
            hold.settle()
        return "fine"

    assert run_sync(Agent("root", twice), "x").text == "fine"


def asks(kind: str = "deploy", quorum: int = 1, timeout_s: float | None = None) -> Agent:
    async def work(_task: Task) -> str:
        approval = await current().approve(kind, "ship it?", quorum=quorum, timeout_s=timeout_s)
        comments = ", ".join(vote.comment for vote in approval.votes if vote.comment)
        return f"{approval.status} {comments}".strip()

    return Agent("asks", work)


def voting(*votes: Vote) -> Approvals:
    def answer(_request: ApprovalRequest) -> Sequence[Vote]:
        return votes

    return Approvals(CallbackGateway(answer), approvers={0: ("ann", "bob", "cid")})


@pytest.mark.parametrize(
    ("votes", "quorum", "text"),
    [
        ((Vote("ann", approve=True, comment="go"),), 1, "approved go"),
        ((Vote("ann", approve=True), Vote("bob", approve=True)), 2, "approved"),
        ((Vote("ann", approve=True), Vote("ann", approve=True)), 2, "timeout"),
        ((Vote("eve", approve=True),), 1, "timeout"),
        ((Vote("ann", approve=True), Vote("bob", approve=False, comment="not on Friday")), 2, "rejected not on Friday"),
    ],
)
def test_approval_needs_a_quorum_of_the_right_people(votes: tuple[Vote, ...], quorum: int, text: str) -> None:
    report = run_sync(Orchestrator("root", [asks(quorum=quorum)]), "x", approvals=voting(*votes))
    assert report.text == f"asks: {text}"
    assert [approval.status for approval in report.approvals] == [text.split()[0]]


def test_approval_that_nobody_answers_times_out_and_is_recorded() -> None:
    async def silence(_request: ApprovalRequest) -> Sequence[Vote]:
        await asyncio.Event().wait()
        return ()

    with recorded() as exporter:
        report = run_sync(asks(timeout_s=0.02), "x", approvals=Approvals(CallbackGateway(silence)))
    assert report.text == "timeout"
    assert report.approvals[0].waited_ms >= 20
    statuses = [
        (event.attributes or {})[semconv.APPROVAL_STATUS]
        for event in exporter.get_finished_spans()[0].events
        if event.name == semconv.EVENT_APPROVAL
    ]
    assert statuses == ["requested", "timeout"]


def test_console_gateway_reads_one_line_an_approver() -> None:
    prompts: list[str] = []

    def answers(prompt: str) -> str:
        prompts.append(prompt)
        return "y" if "ann" in prompt else "too risky"

    approvals = Approvals(ConsoleGateway(answers), approvers={0: ("ann", "bob")})
    report = run_sync(asks(quorum=2), "x", approvals=approvals)
    assert report.text == "rejected too risky"
    assert prompts == ["asks asks ann: ship it? [y/N] ", "asks asks bob: ship it? [y/N] "]


ANSWER = """
import sys, time
from tierscope.orchestrator import ApprovalInbox, Vote
inbox, deadline = ApprovalInbox(sys.argv[1]), time.monotonic() + 20
while not inbox.pending() and time.monotonic() < deadline:
    time.sleep(0.01)
((key, request),) = inbox.pending().items()
inbox.vote(key, Vote("ann", approve=True, comment=f"saw: {request.text}"))
"""


def test_store_gateway_takes_the_answer_of_another_process_and_clears_up(tmp_path: Path) -> None:
    store = tmp_path / "runs.duckdb"
    approvals = Approvals(StoreGateway(store, poll_s=0.01), approvers={0: ("ann",)})
    with subprocess.Popen([sys.executable, "-c", ANSWER, str(store)]) as person:
        report = run_sync(Orchestrator("root", [asks(timeout_s=30)]), "x", approvals=approvals)
    assert person.returncode == 0
    assert report.text == "asks: approved saw: ship it?"
    assert ApprovalInbox(store).pending() == {}


def test_vote_on_a_request_that_is_not_open_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="there is no open approval request 'old'"):
        ApprovalInbox(tmp_path / "runs.duckdb").vote("old", Vote("ann", approve=True))


def test_asking_without_a_gateway_says_what_to_pass() -> None:
    with pytest.raises(RunFailedError, match=r"pass  approvals=Approvals\(gateway\)  to the run"):
        run_sync(asks(), "x")


def test_failed_group_is_undone_in_reverse_and_a_failing_compensation_stops_nobody() -> None:
    undone: list[str] = []

    def books(what: str) -> Agent:
        def undo() -> None:
            if what == "hotel":
                raise OSError("hotel does not answer")
            undone.append(what)

        async def work(_task: Task) -> str:
            current().compensate(f"cancel {what}", undo)
            return what

        return Agent(what, work)

    async def fails(_task: Task) -> str:
        raise ValueError("no cars left")

    trip = Pipeline(
        "trip", [books("flight"), books("hotel"), books("insurance"), Agent("car", fails)], transactional=True
    )
    report = run_sync(Orchestrator("root", [trip, spends(1)]), "x")
    assert undone == ["insurance", "flight"]
    assert [(rollback.label, rollback.error) for rollback in report.rollbacks] == [
        ("cancel insurance", None),
        ("cancel hotel", "OSError: hotel does not answer"),
        ("cancel flight", None),
    ]


def test_group_that_works_is_undone_only_with_the_group_around_it() -> None:
    undone: list[str] = []

    async def pays(_task: Task) -> str:
        current().compensate("refund", lambda: undone.append("refund"))
        return "paid"

    async def fails(_task: Task) -> str:
        raise ValueError("out of stock")

    payment = Orchestrator("payment", [Agent("card", pays)], transactional=True)
    assert run_sync(payment, "x").rollbacks == ()
    order = Pipeline("order", [payment, Agent("ship", fails)], transactional=True)
    with pytest.raises(RunFailedError):
        run_sync(order, "x")
    assert undone == ["refund"]


def test_running_member_can_be_cancelled_or_redirected_while_the_others_go_on() -> None:
    async def scenario() -> tuple[str, list[str]]:
        async def waits(task: Task) -> str:
            if task.intent == "x":
                await asyncio.Event().wait()
            return f"did {task.intent}"

        root = Orchestrator("root", [Agent("one", waits), Agent("two", waits), Agent("three", spends(1).work)])
        async with start(root, "x") as running, asyncio.timeout(60):
            while len([1 for report in running.status() if report.status == "in_progress"]) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0)
            assert running.cancel("root/one", "not needed any more") == 1
            assert running.redirect("root/two", "y") == 1
            assert running.cancel("root/nobody") == 0
            assert running.redirect("root", "y") == 0
            report = await running.wait()
            return report.text, [f"{gap.token.member}: {gap.token.reason}" for gap in report.gaps]

    with recorded() as exporter:
        text, gaps = asyncio.run(scenario())
    assert text.startswith("two: did y\nthree: spent\n")
    assert gaps == ["one: not needed any more"]
    kinds = [
        (event.attributes or {})[semconv.INTERVENTION_KIND]
        for event in exporter.get_finished_spans()[-1].events
        if event.name == semconv.EVENT_INTERVENTION
    ]
    assert kinds == ["cancel", "redirect"]


class Counted:
    """Counts its calls and fails while it is told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.broken = True

    async def steady(self, task: Task) -> Brief:
        self.calls += 1
        return Brief(
            text=f"steady {task.intent}", signals=(Signal(text="Margin fell.", critical=True),), conviction=0.7
        )

    async def fragile(self, _task: Task) -> str:
        if self.broken:
            raise ConnectionError("down")
        return "up again"


def test_run_that_stopped_goes_on_without_repeating_finished_work(tmp_path: Path) -> None:
    counted = Counted()
    root = Orchestrator("root", [Agent("steady", counted.steady), Agent("fragile", counted.fragile)], join=Join.every())
    with pytest.raises(RunFailedError):
        run_sync(root, "x", journal=Journal(tmp_path / "run.jsonl"))
    counted.broken = False
    with recorded() as exporter:
        report = run_sync(root, "x", journal=Journal(tmp_path / "run.jsonl"))
    assert counted.calls == 1
    assert report.text.startswith("steady: steady x\nfragile: up again")
    assert [kept.verified for kept in report.critical] == [True]
    resumed = [
        span.name for span in exporter.get_finished_spans() if (span.attributes or {}).get(semconv.TIERSCOPE_RESUMED)
    ]
    assert resumed == ["invoke_agent steady"]


def test_changed_task_is_done_anew(tmp_path: Path) -> None:
    counted = Counted()
    root = Orchestrator("root", [Agent("steady", counted.steady)])
    for intent in ("x", "x", "y"):
        run_sync(root, intent, journal=Journal(tmp_path / "run.jsonl"))
    assert counted.calls == 2


def test_journal_forgives_a_last_line_cut_short_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    counted = Counted()
    root = Orchestrator("root", [Agent("steady", counted.steady)])
    run_sync(root, "x", journal=Journal(path))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:30])
    run_sync(root, "x", journal=Journal(path))
    assert counted.calls == 1
    run_sync(root, "y", journal=Journal(path))
    run_sync(root, "y", journal=Journal(path))
    assert counted.calls == 2
    path.write_bytes(b"not a journal\n" + whole)
    with pytest.raises(UnreadableFileError, match=r"run\.jsonl: line 1 is no line of a journal"):
        Journal(path)


def test_result_that_is_no_json_is_not_kept_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def opens(_task: Task) -> Result:
        return Result(text="handle", value=object())

    run_sync(Agent("root", opens), "x", journal=Journal(tmp_path / "run.jsonl"))
    assert "the result of root is not kept for a later run" in caplog.text
    assert Journal(tmp_path / "run.jsonl").path.exists() is False


@pytest.mark.parametrize(
    "odd", [Result(text="handle", value=object()), Result(text="big", value=2**70), Result(text="report-\udcff.txt")]
)
def test_result_that_cannot_be_kept_is_passed_on_all_the_same(odd: Result, tmp_path: Path) -> None:
    async def gives(_task: Task) -> Result:
        return odd

    async def takes(task: Task) -> str:
        return f"got {task.inputs['giver'].text}"

    pipeline = Pipeline("root", [Agent("giver", gives), Agent("taker", takes)])
    for _ in range(2):
        assert run_sync(pipeline, "x", journal=Journal(tmp_path / "run.jsonl")).text == f"got {odd.text}"


def test_journal_that_cannot_be_written_costs_no_result(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    counted = Counted()
    report = run_sync(Agent("root", counted.steady), "x", journal=Journal(tmp_path / "missing" / "run.jsonl"))
    assert report.text.startswith("steady x")
    assert "the result of root is not kept for a later run: [Errno 2] No such file or directory" in caplog.text


def test_member_that_returns_another_type_by_now_is_run_again(tmp_path: Path) -> None:
    class Before(BaseModel):
        old: int

    class After(BaseModel):
        new: int

    for wanted, value in ((Before, {"old": 1}), (After, {"new": 2})):

        async def gives(_task: Task, value: object = value) -> Result:
            return Result(text="given", value=value)

        report = run_sync(Agent("root", gives, returns=wanted), "x", journal=Journal(tmp_path / "run.jsonl"))
        assert report.result is not None
        assert report.result.value == wanted.model_validate(value)


def test_manager_cancels_a_member_when_it_has_heard_enough() -> None:
    async def waits(_task: Task) -> str:
        await asyncio.Event().wait()
        return "unreached"

    def enough(_task: Task, _so_far: Result | None, news: Result) -> Result:
        for member in current().children:
            if member.running:
                member.intervene("the answer is known")
        return news

    root = Orchestrator("root", [Agent("slow", waits), spends(1)], update=enough)
    report = run_sync(root, "x")
    assert report.text == "spent"
    assert [gap.token.reason for gap in report.gaps] == ["the answer is known"]


def test_critical_signal_below_a_resumed_domain_still_reaches_the_root(tmp_path: Path) -> None:
    counted = Counted()
    lead = Orchestrator("lead", [Agent("steady", counted.steady)], synthesize=lambda _task, _joined: "all is well")
    root = Orchestrator("root", [lead, Agent("fragile", counted.fragile)], join=Join.every())
    with pytest.raises(RunFailedError):
        run_sync(root, "x", journal=Journal(tmp_path / "run.jsonl"))
    counted.broken = False
    report = run_sync(root, "x", journal=Journal(tmp_path / "run.jsonl"))
    assert counted.calls == 1
    assert [(kept.path, kept.verified) for kept in report.critical] == [("root/lead/steady", True)]
    assert report.text.endswith("- Margin fell.")


def test_redirecting_a_member_that_waits_for_inputs_changes_its_task() -> None:
    async def scenario() -> str:
        released = asyncio.Event()

        async def first(_task: Task) -> str:
            await released.wait()
            return "first"

        async def second(task: Task) -> str:
            return f"{task.intent} after {task.inputs['first'].text}"

        plan = [Task(to="first", intent="a"), Task(to="second", intent="b", needs=("first",))]
        root = Orchestrator("root", [Agent("first", first), Agent("second", second)], plan=lambda _task: plan)
        async with start(root, "x") as running, asyncio.timeout(60):
            while len(running.status()) < 3:  # noqa: ASYNC110 - a status has no event to wait for
                await asyncio.sleep(0)
            assert running.redirect("root/second", "c") == 1
            released.set()
            return (await running.wait()).text

    assert asyncio.run(scenario()) == "first: first\nsecond: c after first"


def test_observer_that_breaks_does_not_stop_the_run(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(_report: object) -> None:
        raise RuntimeError("the screen is gone")

    assert run_sync(spends(1), "x", observer=breaks).text == "spent"
    assert "the observer failed at spends1; the run goes on" in caplog.text

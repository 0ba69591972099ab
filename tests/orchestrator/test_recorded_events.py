"""What the spans say about waiting, refusals, escalations, approvals, rollbacks and threads, for metrics to read."""

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.orchestrator.virtual_time import run_in_virtual_time
from tierscope.instrumentation import semconv
from tierscope.instrumentation.testing import recorded
from tierscope.orchestrator import (
    Agent,
    ApprovalRequest,
    Approvals,
    Budget,
    CallbackGateway,
    EscalationNeeded,
    Limits,
    Orchestrator,
    Pipeline,
    Pool,
    Recovery,
    RunFailedError,
    Task,
    Vote,
    current,
    run,
    run_sync,
)


def events_of(spans: Sequence[ReadableSpan], event: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Every event of that name, with the agent or phase on whose span it stands, in order of time."""
    found = [
        (each.timestamp, span.name.removeprefix("invoke_agent "), dict(each.attributes or {}))
        for span in spans
        for each in span.events
        if each.name == event
    ]
    return [(name, attributes) for _, name, attributes in sorted(found, key=lambda row: row[0])]


async def fine(task: Task) -> str:
    return f"did {task.intent}"


async def broken(_task: Task) -> str:
    raise ValueError("always")


def test_wait_for_a_slot_is_told_from_work() -> None:
    async def works(_task: Task) -> str:
        await asyncio.sleep(0.02)
        return "done"

    with recorded() as exporter:
        root = Orchestrator("root", [Agent("one", works), Agent("two", works)])
        run_in_virtual_time(run(root, "x", limits=Limits(concurrency=1)))
    taken = events_of(exporter.get_finished_spans(), semconv.EVENT_SLOT_TAKEN)
    waited = [(name, row[semconv.SLOT_WAITED_MS]) for name, row in taken]
    assert waited == [("one", 0), ("two", pytest.approx(20))]


def test_slot_is_lent_while_waiting_for_people_and_the_second_wait_is_recorded_too() -> None:
    done: list[str] = []

    async def asks(_task: Task) -> str:
        approval = await current().approve("deploy", "ship it?")
        done.append("asked")
        return approval.status

    async def works(_task: Task) -> str:
        done.append("worked")
        return "done"

    async def answer(_request: ApprovalRequest) -> Sequence[Vote]:
        while not done:  # noqa: ASYNC110 - the other member has no event to wait for
            await asyncio.sleep(0)
        return [Vote("ann", approve=True)]

    root = Orchestrator("root", [Agent("asks", asks), Agent("works", works)])
    approvals, limits = Approvals(CallbackGateway(answer)), Limits(concurrency=1)
    with recorded() as exporter:
        run_sync(root, "x", limits=limits, approvals=approvals, budget=Budget(wall_s=60))
    assert done == ["worked", "asked"]
    taken = [name for name, _ in events_of(exporter.get_finished_spans(), semconv.EVENT_SLOT_TAKEN)]
    assert taken == ["asks", "works", "asks"]


def test_handoff_says_priority_needs_and_artifacts() -> None:
    plan = [
        Task(to="one", intent="a", priority=2, artifacts={"sheet": [1, 2]}),
        Task(to="two", intent="b", needs=("one",), deadline_ms=60_000),
    ]
    with recorded() as exporter:
        run_sync(Orchestrator("root", [Agent("one", fine), Agent("two", fine)], plan=lambda _task: plan), "x")
    (_, first), (_, second) = events_of(exporter.get_finished_spans(), semconv.EVENT_HANDOFF)
    assert (first[semconv.HANDOFF_PRIORITY], first[semconv.HANDOFF_ARTIFACTS]) == (2, ("sheet",))
    assert semconv.HANDOFF_NEEDS not in first
    assert (second[semconv.HANDOFF_NEEDS], second[semconv.HANDOFF_DEADLINE_MS]) == (("one",), 60_000)


@pytest.mark.parametrize(
    ("limits", "pool", "refused_by"),
    [
        (Limits(depth=0), Pool(), "depth"),
        (Limits(fan_out=1), Pool(), "fan_out"),
        (Limits(agents=2), Pool(), "agents"),
        (Limits(), Pool(agents=2), "pool"),
    ],
)
def test_refusal_names_the_limit(limits: Limits, pool: Pool, refused_by: str) -> None:
    root = Orchestrator("root", [Agent("one", fine), Agent("two", fine)], synthesize=lambda _task, _joined: "went on")
    with recorded() as exporter:
        run_sync(root, "x", limits=limits, pool=pool)
    refused = events_of(exporter.get_finished_spans(), semconv.EVENT_SPAWN_REFUSED)
    assert {attributes[semconv.SPAWN_REFUSED_BY] for _, attributes in refused} == {refused_by}


def test_escalation_is_recorded_at_every_level_that_is_asked_and_where_it_is_answered() -> None:
    async def unsure(_task: Task) -> str:
        raise EscalationNeeded("policy_decision", "may I?")

    lead = Orchestrator("lead", [Agent("analyst", unsure)], answer=lambda _escalation: None)
    root = Orchestrator("root", [lead], answer=lambda _escalation: Agent("senior", fine))
    with recorded() as exporter:
        run_sync(root, "x")
    found = events_of(exporter.get_finished_spans(), semconv.EVENT_ESCALATION)
    assert [(name, row[semconv.ESCALATION_TO], row[semconv.ESCALATION_STATUS]) for name, row in found] == [
        ("lead", "root/lead", "open"),
        ("lead", "root", "open"),
        ("root", "root", "resolved"),
    ]
    assert {row[semconv.ESCALATION_ID] for _, row in found} == {"root/lead/analyst!1"}
    assert {row[semconv.ESCALATION_FROM] for _, row in found} == {"root/lead/analyst"}
    assert {row[semconv.ESCALATION_CONTEXT] for _, row in found} == {"may I?"}
    assert [row.get(semconv.ESCALATION_ANSWER) for _, row in found] == [None, None, "member"]


def test_recovery_names_who_is_to_do_the_task_next() -> None:
    team = [Agent("first", broken, capabilities=("parse",)), Agent("second", fine, capabilities=("parse",))]
    plan = [Task(to="first", intent="parse it", type="parse")]
    ladder = Recovery(retries=1, backoff_s=0, reassign=True)
    with recorded() as exporter:
        run_sync(Orchestrator("root", team, plan=lambda _task: plan, recovery=ladder), "x")
    spans = exporter.get_finished_spans()
    steps = [
        (name, row[semconv.RECOVERY_STEP], row[semconv.RECOVERY_MEMBER], row[semconv.RECOVERY_TASK_ID])
        for name, row in events_of(spans, semconv.EVENT_RECOVERY)
    ]
    assert steps == [("root", "retry", "first", "first"), ("root", "reassign", "second", "first")]
    ids = [
        (span.attributes or {})[semconv.TIERSCOPE_TASK_ID]
        for span in spans
        if span.name in ("invoke_agent first", "invoke_agent second")
    ]
    assert ids == ["first", "first", "first"]


def test_approval_that_its_asker_did_not_live_to_see_is_recorded_as_cancelled() -> None:
    async def silence(_request: ApprovalRequest) -> Sequence[Vote]:
        await asyncio.Event().wait()
        return ()

    async def asks(_task: Task) -> str:
        return (await current().approve("deploy", "ship it?")).status

    root = Orchestrator("root", [Agent("asks", asks, deadline_s=0.05), Agent("fine", fine)])
    with recorded() as exporter:
        report = run_sync(root, "x", approvals=Approvals(CallbackGateway(silence)))
    assert [approval.status for approval in report.approvals] == ["cancelled"]
    found = [row for _, row in events_of(exporter.get_finished_spans(), semconv.EVENT_APPROVAL)]
    assert [row[semconv.APPROVAL_STATUS] for row in found] == ["requested", "cancelled"]
    assert (found[0][semconv.APPROVAL_LEVEL], found[0][semconv.APPROVAL_QUORUM]) == (0, 1)
    assert found[1][semconv.APPROVAL_WAITED_MS] > 0


def test_approval_names_its_voters() -> None:
    async def asks(_task: Task) -> str:
        return (await current().approve("deploy", "ship it?", quorum=2)).status

    votes = [Vote("ann", approve=True), Vote("bob", approve=False)]
    with recorded() as exporter:
        run_sync(Agent("asks", asks), "x", approvals=Approvals(CallbackGateway(lambda _request: votes)))
    _, (_, decided) = events_of(exporter.get_finished_spans(), semconv.EVENT_APPROVAL)
    assert (decided[semconv.APPROVAL_STATUS], decided[semconv.APPROVAL_VOTERS]) == ("rejected", ("ann", "bob"))


def test_rollback_says_whose_work_was_undone() -> None:
    async def books(_task: Task) -> str:
        current().compensate("cancel flight", lambda: None)
        return "booked"

    trip = Pipeline("trip", [Agent("flight", books), Agent("car", broken)], transactional=True)
    with recorded() as exporter, pytest.raises(RunFailedError):
        run_sync(trip, "x")
    ((name, row),) = events_of(exporter.get_finished_spans(), semconv.EVENT_ROLLBACK)
    assert (name, row) == (
        "trip",
        {semconv.ROLLBACK_PATH: "trip/flight", semconv.ROLLBACK_LABEL: "cancel flight"},
    )


def test_member_that_is_skipped_is_recorded_with_its_domain() -> None:
    team = [Agent("macro", fine, relevant=lambda _task: False), Agent("company", fine)]
    with recorded() as exporter:
        run_sync(Orchestrator("root", team), "x")
    ((name, row),) = events_of(exporter.get_finished_spans(), semconv.EVENT_MEMBER_SKIPPED)
    assert (name, row) == ("root", {semconv.SKIPPED_MEMBER: "macro", semconv.SKIPPED_DOMAIN: "macro"})


def test_thread_that_outlives_its_deadline_is_named_in_the_report_and_on_its_span() -> None:
    released = threading.Event()

    def hangs(_task: Task) -> str:
        released.wait(60)
        return "too late"

    root = Orchestrator("root", [Agent("hangs", hangs, deadline_s=0.05), Agent("fine", fine)])
    with recorded() as exporter:
        report = run_sync(root, "x")
    assert not released.is_set()
    released.set()
    ((name, row),) = events_of(exporter.get_finished_spans(), semconv.EVENT_THREAD_ABANDONED)
    assert name == "hangs"
    assert str(row[semconv.THREAD_FUNCTION]).endswith("hangs")
    assert [abandoned.path for abandoned in report.abandoned] == ["root/hangs"]


HANGS = """
import threading
from tierscope.orchestrator import Agent, Orchestrator, run_sync
def hangs(task):
    threading.Event().wait()
report = run_sync(Orchestrator("root", [Agent("hangs", hangs, deadline_s=0.05), Agent("fine", lambda task: "ok")]), "x")
print(report.text.splitlines()[0], len(report.abandoned))
"""


def test_thread_that_never_returns_does_not_keep_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("fine: ok 1\n", "")


def test_more_sync_members_than_threads_all_get_their_turn() -> None:
    team = [Agent(f"leaf{number}", lambda _task: "ok") for number in range(200)]
    report = run_sync(Orchestrator("root", team, synthesize=lambda _task, joined: f"{len(joined.results)}"), "x")
    assert report.text == "200"


@pytest.mark.parametrize("is_sync", [True, False])
def test_spans_of_a_wrapped_framework_nest_below_the_member(*, is_sync: bool) -> None:
    theirs = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(theirs))

    def kickoff(_task: Task) -> str:
        with provider.get_tracer("framework").start_as_current_span("crew"):
            return "written"

    async def invoke(task: Task) -> str:
        return kickoff(task)

    with recorded() as exporter:
        run_sync(Agent("wrapped", kickoff if is_sync else invoke), "x")
    above, (span,) = exporter.get_finished_spans()[-1].get_span_context(), theirs.get_finished_spans()
    assert above is not None
    assert span.parent is not None
    assert span.parent.span_id == above.span_id


ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_event_and_its_attributes_are_documented() -> None:
    page = (ROOT / "docs" / "orchestrator.md").read_text()
    rows = {row.split("`")[1]: row for row in page.splitlines() if row.startswith("| `tierscope.")}
    sources = "".join(path.read_text() for path in (ROOT / "orchestrator").glob("*.py"))
    notes = re.findall(r"semconv\.(EVENT_\w+),\s*\{(.*?)\n? *\}", sources, re.DOTALL)
    assert {getattr(semconv, event) for event, _ in notes} == rows.keys()
    for event, body in notes:
        for attribute in re.findall(r"semconv\.(\w+):", body):
            last = getattr(semconv, attribute).rpartition(".")[2]
            assert re.search(rf"[`.]{last}`", rows[getattr(semconv, event)]), f"{attribute} of {event}"

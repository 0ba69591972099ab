"""Plans, dependencies, delegation, and facts about the hierarchy."""

import asyncio

import pytest

from tierscope.errors import SettingsError, UnknownNameError
from tierscope.orchestrator import (
    Agent,
    FailureToken,
    Hierarchy,
    Joined,
    Limits,
    Orchestrator,
    Pool,
    Result,
    RunFailedError,
    Task,
    by_capability,
    by_load,
    by_skill,
    current,
    run,
    run_sync,
)
from tierscope.orchestrator.delegation import Delegate


async def echo(task: Task) -> str:
    inputs = "+".join(result.text for result in task.inputs.values())
    return f"{task.intent}({inputs})"


async def broken(_task: Task) -> str:
    raise ValueError("no")


def last(_task: Task, joined: Joined) -> str:
    return list(joined.results.values())[-1].text


def test_tasks_wait_for_what_they_need_and_get_it() -> None:
    plan = [
        Task(id="brief", to="writer", intent="brief", needs=("facts", "prices")),
        Task(id="facts", to="reader", intent="facts"),
        Task(id="prices", to="reader", intent="prices", needs=("facts",)),
    ]
    root = Orchestrator("root", [Agent("reader", echo), Agent("writer", echo)], plan=lambda _task: plan)
    report = run_sync(root, "x")
    assert report.text.splitlines()[0] == "brief: brief(facts()+prices(facts()))"


def test_independent_tasks_run_at_the_same_time() -> None:
    async def meets(_task: Task) -> str:
        state = current().state
        state["arrived"] = int(str(state.get("arrived", 0))) + 1
        async with asyncio.timeout(60):
            while state["arrived"] != 2:  # noqa: ASYNC110 - both wait for each other on purpose
                await asyncio.sleep(0)
        return "met"

    report = run_sync(Orchestrator("root", [Agent("one", meets), Agent("two", meets)]), "x")
    assert report.gaps == ()


def test_cycle_is_an_error_that_names_it() -> None:
    plan = [
        Task(id="a", to="worker", intent="a", needs=("b",)),
        Task(id="b", to="worker", intent="b", needs=("a",)),
    ]
    root = Orchestrator("root", [Agent("worker", echo)], plan=lambda _task: plan)
    with pytest.raises(RunFailedError, match=r"tasks wait for each other: (a -> b -> a|b -> a -> b); take one"):
        run_sync(root, "x")


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ([Task(to="nobody", intent="a")], "root has no member 'nobody': its plan may name worker"),
        ([Task(to="worker", intent="a", needs=("b",))], "task 'worker' needs 'b', but the plan has only worker"),
        (
            [Task(id="a", to="worker", intent="a"), Task(id="a", to="worker", intent="b", needs=("a",))],
            "two tasks of the plan are called 'a'",
        ),
    ],
)
def test_impossible_plan_is_refused_with_what_to_change(plan: list[Task], message: str) -> None:
    root = Orchestrator("root", [Agent("worker", echo)], plan=lambda _task: plan)
    with pytest.raises(RunFailedError, match=message):
        run_sync(root, "x")


def test_task_whose_need_failed_is_cancelled_and_says_so() -> None:
    plan = [
        Task(id="facts", to="broken", intent="facts"),
        Task(id="brief", to="writer", intent="brief", needs=("facts",)),
        Task(id="other", to="writer", intent="other"),
    ]
    root = Orchestrator("root", [Agent("broken", broken), Agent("writer", echo)], plan=lambda _task: plan)
    gaps = {gap.token.member: gap.token for gap in run_sync(root, "x").gaps}
    assert gaps["writer"].status == "cancelled"
    assert gaps["writer"].reason == "it needs the result of 'facts', which did not deliver"


def test_several_tasks_for_one_member_keep_apart() -> None:
    plan = [Task(to="worker", intent=str(number)) for number in range(3)]
    root = Orchestrator("root", [Agent("worker", echo)], plan=lambda _task: plan)
    assert run_sync(root, "x").text == "worker: 0()\nworker#2: 1()\nworker#3: 2()"


def delegated(team: list[Agent], tasks: list[Task], delegate: Delegate = by_capability) -> str:
    return run_sync(Orchestrator("root", team, plan=lambda _task: tasks, delegate=delegate), "x").text


async def who(task: Task) -> str:
    return f"{task.to} does {task.intent}"


def test_delegation_by_capability_takes_the_least_busy_of_the_able() -> None:
    team = [Agent("ann", who, capabilities=("sql",)), Agent("bob", who, capabilities=("sql",)), Agent("cid", who)]
    tasks = [Task(id=str(number), intent=str(number), type="sql") for number in range(3)]
    assert delegated(team, tasks) == "0: ann does 0\n1: bob does 1\n2: ann does 2"


def test_delegation_by_load_counts_what_the_plan_gave_by_name() -> None:
    team = [Agent("ann", who), Agent("bob", who)]
    tasks = [Task(to="ann", intent="1"), Task(id="b", intent="2"), Task(id="c", intent="3")]
    assert delegated(team, tasks, delegate=by_load).splitlines()[1] == "b: bob does 2"


def test_delegation_by_skill_takes_the_best() -> None:
    team = [Agent("ann", who, skills={"sql": 0.9}), Agent("bob", who, skills={"sql": 0.4, "law": 0.9})]
    tasks = [Task(id="a", intent="q", skills=("sql",)), Task(id="b", intent="c", skills=("law", "sql"))]
    assert delegated(team, tasks, delegate=by_skill) == "a: ann does q\nb: bob does c"


def test_task_that_nobody_fits_fails_the_plan_or_is_done_oneself_or_escalated() -> None:
    tasks = [Task(id="a", intent="sing", type="sing")]
    team = [Agent("ann", who, capabilities=("sql",))]
    with pytest.raises(RunFailedError, match=r"nobody in root can do 'sing': give a member that capability"):
        delegated(team, tasks)
    alone = Orchestrator("root", team, plan=lambda _task: tasks, no_candidate="execute", work=who)
    assert run_sync(alone, "x").text == "a: root-itself does sing"
    lead = Orchestrator("lead", team, plan=lambda _task: tasks, no_candidate="escalate")
    report = run_sync(Orchestrator("root", [lead], answer=lambda _escalation: Agent("choir", who)), "x")
    assert report.text == "lead: a: choir does sing"


def test_fan_out_and_agent_limits_refuse_the_rest() -> None:
    team = [Agent(f"a{number}", echo) for number in range(5)]
    wide = run_sync(Orchestrator("root", team), "x", limits=Limits(fan_out=3))
    assert [refusal.member for refusal in wide.refusals] == ["a3", "a4"]
    many = run_sync(Orchestrator("root", team), "x", limits=Limits(agents=3))
    assert (many.agents, len(many.refusals)) == (3, 3)


def test_concurrency_limit_holds_and_priority_orders_the_queue() -> None:
    running, most, order = 0, 0, list[str]()

    async def counts(task: Task) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        order.append(task.intent)
        await asyncio.sleep(0.005)
        running -= 1
        return "done"

    tasks = [Task(to="worker", intent=str(number), priority=number) for number in range(6)]
    root = Orchestrator("root", [Agent("worker", counts)], plan=lambda _task: tasks)
    run_sync(root, "x", limits=Limits(concurrency=2))
    assert most == 2
    assert order == ["0", "1", "5", "4", "3", "2"]


def test_pool_limits_leaves_over_concurrent_runs() -> None:
    running, most = 0, 0

    async def counts(_task: Task) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1
        return "done"

    async def several() -> int:
        pool = Pool(concurrency=3)
        root = Orchestrator("root", [Agent(f"a{number}", counts) for number in range(4)])
        await asyncio.gather(*(run(root, "x", pool=pool) for _ in range(5)))
        return pool.running

    assert asyncio.run(several()) == 0
    assert most == 3


def test_leaf_that_spawns_gives_its_slot_to_those_below() -> None:
    async def deeper(task: Task) -> str:
        outcome = await current().spawn(Agent("inner", echo), task)
        return outcome.text

    report = run_sync(Orchestrator("root", [Agent("outer", deeper)]), "x", limits=Limits(concurrency=1))
    assert report.text == "outer: x()"


def test_team_state_stays_inside_the_team() -> None:
    async def writes(_task: Task) -> str:
        current().state["secret"] = "code"
        return "wrote"

    async def reads(_task: Task) -> str:
        return f"sees {current().state.get('secret')}"

    plan = [Task(to="writer", intent="w"), Task(to="reader", intent="r", needs=("writer",))]
    code = Orchestrator("code", [Agent("writer", writes), Agent("reader", reads)], plan=lambda _task: plan)
    ops = Orchestrator("ops", [Agent("monitor", reads)])
    order = [Task(to="code", intent="c"), Task(to="ops", intent="o", needs=("code",))]
    report = run_sync(Orchestrator("root", [code, ops], plan=lambda _task: order), "x")
    assert "reader: sees code" in report.text
    assert "monitor: sees None" in report.text


def test_artifacts_are_copied_for_every_receiver() -> None:
    async def changes(task: Task) -> str:
        task.artifacts["files"].append(task.to)
        return ",".join(task.artifacts["files"])

    root = Orchestrator("root", [Agent("one", changes), Agent("two", changes)])
    report = run_sync(root, Task(intent="x", artifacts={"files": ["a"]}))
    assert report.text == "one: a,one\ntwo: a,two"


def test_delegation_chain_and_origin_come_with_the_task() -> None:
    async def tells(task: Task) -> str:
        return f"{task.origin} > {task.sender} ({len(task.chain)})"

    lead = Orchestrator("lead", [Agent("worker", tells)], synthesize=last)
    assert run_sync(Orchestrator("root", [lead], synthesize=last), "x").text == "root > lead (2)"


def test_hierarchy_facts() -> None:
    team = Orchestrator("team", [Agent("a", echo), Agent("b", echo), Agent("c", echo)])
    hierarchy = Hierarchy(Orchestrator("root", [team, Agent("d", echo)]))
    assert (hierarchy.depth, hierarchy.breadth, hierarchy.span_of_control) == (2, (1, 2, 3), (2, 2.5, 3))
    assert hierarchy.path_to_root("b") == ("b", "team", "root")
    assert Hierarchy(Agent("alone", echo)).span_of_control is None
    with pytest.raises(UnknownNameError, match="root has no member 'z' on any tier"):
        hierarchy.path_to_root("z")


def test_wrong_settings_are_refused_with_what_to_change() -> None:
    with pytest.raises(SettingsError, match="root has two members called 'a'"):
        Orchestrator("root", [Agent("a", echo), Agent("a", echo)])
    with pytest.raises(SettingsError, match="'a/b' cannot be the name of a member"):
        Agent("a/b", echo)
    with pytest.raises(SettingsError, match="a deadline of 0 s is over before it starts"):
        Agent("a", echo, deadline_s=0)
    with pytest.raises(SettingsError, match="limit agents=0 lets nothing run"):
        Limits(agents=0)
    with pytest.raises(SettingsError, match=r"has no  work=  to do them with"):
        Orchestrator("root", [], spawn_if=lambda _task: True)


def test_outcomes_of_spawn_are_results_or_tokens() -> None:
    async def parent(_task: Task) -> str:
        good = await current().spawn(Agent("good", echo), "g")
        bad = await current().spawn(Agent("bad", broken), "b")
        assert isinstance(good, Result)
        assert isinstance(bad, FailureToken)
        return f"{good.text} / {bad.status}"

    assert run_sync(Agent("root", parent), "x").text == "g() / error"

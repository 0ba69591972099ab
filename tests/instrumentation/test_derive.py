"""Runs derived from spans: each late trace re-derives its own run, and nothing is made up."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.instrumentation.making import MS, START_NS, make_span
from tierscope.instrumentation import semconv
from tierscope.instrumentation.database import Database
from tierscope.instrumentation.derivation import Rules
from tierscope.instrumentation.derive import MOST_DUE_STEPS, Deriver, Outcome
from tierscope.instrumentation.groups import MOST_NEAR_TRACES, PAUSE_NS_PER_SPAN, TraceGroup, load_stale_groups
from tierscope.instrumentation.otlp import load_spans
from tierscope.instrumentation.otlp_json import LATEST_NS
from tierscope.instrumentation.prices import load_prices
from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.settings import Settings
from tierscope.instrumentation.spans import AttributeValue, Span, SpanEvent, SpanLink
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.tiers import CustomConvention, TierSettings, infer_runs
from tierscope.instrumentation.turnstile import Turnstile


def agent(name: str, **fields: Any) -> Span:
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name, **fields.pop("attributes", {})}
    return make_span(f"invoke_agent {name}", attributes=attributes, **fields)


def chat(parent: Span, model: str, tokens: tuple[int, int], **fields: Any) -> Span:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": tokens[0],
        "gen_ai.usage.output_tokens": tokens[1],
    }
    return make_span("chat", parent_span_id=parent.span_id, attributes=attributes, **fields)


ROOT = agent("root", number=1, start_ns=START_NS, end_ns=START_NS + 100 * MS)
MEMBER = agent("member", number=2, start_ns=START_NS + 10 * MS, end_ns=START_NS + 70 * MS, parent_span_id=ROOT.span_id)


def column(store: Store, sql: str) -> list[Any]:
    return [row[0] for row in store.query(sql).rows()]


def test_run_and_its_invocations_have_times_paths_and_tiers(store: Store) -> None:
    store.append([MEMBER, ROOT])
    store.refresh()
    columns = "agent, tier, role, path, status, duration_ms, self_ms, position"
    assert store.query(f"SELECT {columns} FROM invocations ORDER BY position").rows() == [
        ("root", 0, "root", "root", "ok", 100.0, 40.0, 0),
        ("member", 1, "leaf", "root / member", "ok", 60.0, 60.0, 1),
    ]
    columns = "run_id, root_agent, status, started_ns, ended_ns, duration_ms, agents, max_depth, spans, traces"
    assert store.query(f"SELECT {columns} FROM runs").rows() == [
        (ROOT.trace_id, "root", "ok", START_NS, START_NS + 100 * MS, 100.0, 2, 1, 2, 1)
    ]


def test_late_spans_derive_their_own_run_again_and_no_other(store: Store) -> None:
    other = agent("other", trace=2, number=3, start_ns=START_NS + 3600 * 10**9, resource={"service.name": "other"})
    store.append([ROOT, other])
    store.refresh()
    assert column(store, "SELECT agents FROM runs ORDER BY root_agent") == [1, 1]
    derived: list[int] = []
    store.append([MEMBER])
    store.refresh(derived.append)
    assert derived == [2], "the two spans of the first trace, and not the other trace"
    assert column(store, "SELECT agents FROM runs ORDER BY root_agent") == [1, 2]
    assert column(store, "SELECT count(*) FROM trace_runs") == [2]
    assert column(store, "SELECT count(*) FROM stale_traces") == [0]


def test_refresh_without_news_derives_nothing(store: Store) -> None:
    store.append([ROOT])
    store.refresh()
    derived: list[int] = []
    assert store.refresh(derived.append) == 0
    assert derived == []


def link(span: Span, other: Span) -> Span:
    return replace(span, links=(SpanLink(other.trace_id, other.span_id),))


def conversation(span: Span, other: Span) -> Span:
    return replace(span, attributes={**span.attributes, "gen_ai.conversation.id": "c1"})


def declared_run(span: Span, other: Span) -> Span:
    return replace(span, attributes={**span.attributes, "tierscope.run.id": "nightly"})


@pytest.mark.parametrize("join", [link, conversation, declared_run])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["first_first", "second_first"])
def test_traces_that_belong_together_are_one_run_in_any_order(
    store: Store, join: Callable[[Span, Span], Span], order: tuple[int, int]
) -> None:
    later_ns = START_NS + 3600 * 10**9
    first = agent("root", trace=1, start_ns=START_NS, end_ns=START_NS + MS, resource={"service.name": "a"})
    second = agent("reviewer", trace=2, start_ns=later_ns, end_ns=later_ns + MS, resource={"service.name": "b"})
    spans = [first if join is link else join(first, second), join(second, first)]
    for position in order:
        store.append([spans[position]])
        store.refresh()
    expected = [(run.id, len(run.trace_ids)) for run in infer_runs(spans)]
    assert expected[0][1] == 2
    assert store.query("SELECT run_id, traces FROM runs").rows() == expected
    assert column(store, "SELECT count(*) FROM invocations") == [2]


def test_costs_are_those_of_own_calls_and_a_model_without_a_price_is_named(tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("model,valid_from,input_usd_per_mtok,output_usd_per_mtok\nknown,2020-01-01,2,3\n")
    store = Store(tmp_path / "spans.duckdb", settings=Settings(prices=prices))
    store.append([ROOT, MEMBER, chat(ROOT, "known", (1_000_000, 10)), chat(MEMBER, "mystery", (5, 5))])
    store.refresh()
    rows = store.query("SELECT agent, input_tokens, cost_usd, cost_note FROM invocations ORDER BY position").rows()
    assert rows == [("root", 1_000_000, 2.00003, None), ("member", 5, None, "no price for model 'mystery'")]
    run = store.query("SELECT input_tokens, output_tokens, cost_usd, notes FROM runs").row(0)
    assert run[:3] == (1_000_005, 15, 2.00003)
    assert "cost is not whole: no price for model 'mystery'" in json.loads(run[3])
    assert store.query("SELECT model, cost_usd FROM model_calls ORDER BY model").rows() == [
        ("known", 2.00003),
        ("mystery", None),
    ]


def test_what_was_not_recorded_is_null_and_never_zero(store: Store) -> None:
    store.append([ROOT])
    store.refresh()
    columns = "input_tokens, output_tokens, cost_usd, spawn_limit, label, project, simulated_share"
    assert store.query(f"SELECT {columns} FROM runs").row(0) == (None,) * 7
    columns = "input, output, input_tokens, cost_usd, cost_note, domain, status_message"
    assert store.query(f"SELECT {columns} FROM invocations").row(0) == (None,) * 7


def test_untimed_spans_have_no_durations_but_their_run_has_a_start(store: Store) -> None:
    untimed = {"tierscope.untimed": True}
    root = agent("root", start_ns=START_NS, end_ns=START_NS, attributes=untimed)
    store.append(
        [root, agent("member", start_ns=START_NS, end_ns=START_NS, parent_span_id=root.span_id, attributes=untimed)]
    )
    store.refresh()
    columns = "started_ns, ended_ns, duration_ms, self_ms"
    assert store.query(f"SELECT {columns} FROM invocations").rows() == [(None,) * 4] * 2
    assert store.query("SELECT started_ns, ended_ns, duration_ms FROM runs").row(0) == (START_NS, None, None)


def test_pending_agent_is_running_and_abandoned_when_nothing_happens_for_an_hour(store: Store) -> None:
    now_ns = time.time_ns()
    for trace, age_s in ((1, 10), (2, 2 * 3600)):
        store.append([agent("root", trace=trace, start_ns=now_ns - age_s * 10**9, end_ns=None)])
    store.refresh()
    statuses = "SELECT runs.status, invocations.status AS one FROM runs JOIN invocations USING (run_id) ORDER BY 1"
    assert store.query(statuses).rows() == [("abandoned", "abandoned"), ("running", "running")]


def test_running_run_is_abandoned_without_any_news_until_it_goes_on(store: Store) -> None:
    root = agent("root", start_ns=time.time_ns() - 60 * 10**9, end_ns=None)
    impatient = Store(store.path, settings=Settings(run_abandoned_after_s=30))
    statuses = "SELECT status FROM runs UNION ALL SELECT status FROM invocations"
    store.append([root])
    store.refresh()
    assert column(store, statuses) == ["running", "running"]
    impatient.refresh()
    assert column(store, statuses) == ["abandoned", "abandoned"]
    impatient.append([replace(root, end_ns=time.time_ns())])
    impatient.refresh()
    assert column(store, statuses) == ["ok", "ok"]


def test_conventions_of_the_settings_find_agents(store: Store) -> None:
    convention = CustomConvention(name="ours", agent_attribute="our.agent")
    store = Store(store.path, settings=Settings(tiers=TierSettings(conventions=(convention,))))
    store.append([make_span("work", attributes={"our.agent": "macro"})])
    store.refresh()
    assert column(store, "SELECT agent FROM invocations") == ["macro"]


@pytest.mark.parametrize(("traces", "groups"), [(MOST_NEAR_TRACES, 1), (MOST_NEAR_TRACES + 1, MOST_NEAR_TRACES + 1)])
def test_near_traces_of_one_source_are_looked_at_together_unless_they_are_too_many(
    store: Store, traces: int, groups: int
) -> None:
    store.append(
        [agent("busy", trace=number, number=number, resource={"service.name": "a"}) for number in range(1, traces + 1)]
    )
    store.append([agent("beside", trace=900, number=5, resource={"service.name": "b"})])
    store.append([agent("later", trace=901, number=50_000, resource={"service.name": "a"})])
    store.drain()
    with store.read() as connection:
        found = load_stale_groups(connection, silent_since_ns=0)
    assert len(found) == groups + 2
    assert sum(len(group.trace_ids) for group in found) == traces + 2
    assert sum(group.spans for group in found) == traces + 2


def test_trace_in_which_inference_fails_is_a_run_with_a_note_and_hides_no_other(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    later_ns = START_NS + 3600 * 10**9
    store.append([ROOT, agent("other", trace=2, start_ns=later_ns, resource={"service.name": "other"})])
    store.drain()

    def infer(spans: Iterable[Span]) -> list[Run]:
        spans = list(spans)
        if spans[0].trace_id == ROOT.trace_id:
            raise KeyError("surprise")
        return infer_runs(spans)

    turnstile = Turnstile(store.spool.folder / "locks", "the store")
    deriver = Deriver(Database(store.path, turnstile, 2.0), Rules(infer, load_prices(), silent_since_ns=0))
    assert deriver.run().runs == 2
    rows = store.query("SELECT run_id, root_agent, agents, spans, notes FROM runs ORDER BY root_agent").rows()
    assert rows[0] == (f"{2:032x}", "other", 1, 1, "[]")
    note = "No tiers could be inferred: KeyError: 'surprise'."
    assert rows[1] == (ROOT.trace_id, None, 0, 1, json.dumps([note]))
    assert f"no tiers could be inferred in trace {ROOT.trace_id}" in caplog.text
    assert deriver.run().runs == 0, "it is not tried again until more spans arrive"


def deriver_of(store: Store, step_spans: int = 20_000) -> Deriver:
    turnstile = Turnstile(store.spool.folder / "locks", "the store")
    rules = Rules(partial(infer_runs, settings=TierSettings()), load_prices(), silent_since_ns=0)
    return Deriver(Database(store.path, turnstile, 2.0), rules, step_spans)


def test_many_steps_at_once_derive_what_one_step_would(tmp_path: Path) -> None:
    spans = [
        agent(f"agent {place}", trace=trace, start_ns=START_NS + trace * 3600 * 10**9 + place * MS)
        for trace in range(9)
        for place in range(5)
    ]
    found: list[list[tuple[Any, ...]]] = []
    for step_spans in (20_000, 10):
        store = Store(tmp_path / f"{step_spans}.duckdb")
        store.append(spans)
        store.drain()
        steps: list[int] = []
        assert deriver_of(store, step_spans).run(steps.append).runs == 9
        assert steps == ([45] if step_spans == 20_000 else [10, 10, 10, 10, 5])
        tables = "invocations JOIN runs USING (run_id)"
        found.append(store.query(f"SELECT run_id, agent, path, runs.spans FROM {tables} ORDER BY ALL").rows())
        assert column(store, "SELECT count(*) FROM stale_traces") == [0]
    assert found[0] == found[1]


def stale_group(store: Store) -> TraceGroup:
    with store.read() as connection:
        [group] = load_stale_groups(connection, silent_since_ns=0)
    return group


def test_run_is_due_at_once_when_new_or_doubled_and_else_after_a_pause_in_its_proportion(store: Store) -> None:
    numbers = count(1)

    def arrive(spans: int) -> TraceGroup:
        store.append([make_span(number=next(numbers)) for _ in range(spans)])
        store.drain()
        return stale_group(store)

    group = arrive(8)
    assert (group.spans, group.fresh_spans, group.due_at_ns) == (8, 8, group.waiting_since_ns)
    store.refresh()
    assert arrive(7).due_at_ns == stale_group(store).waiting_since_ns + 15 * PAUSE_NS_PER_SPAN
    group = arrive(1)
    assert (group.spans, group.fresh_spans, group.due_at_ns) == (16, 8, group.waiting_since_ns)


def test_run_that_is_not_due_yet_is_left_until_then_or_until_somebody_asks(store: Store) -> None:
    other = agent("other", trace=2, start_ns=START_NS + 3600 * 10**9, resource={"service.name": "other"})
    store.append([ROOT, MEMBER, other])
    store.refresh()
    store.append([make_span(number=7), replace(other, name="renamed")])
    store.drain()
    later_ns = time.time_ns() + 3600 * 10**9
    with deriver_of(store).database.write() as connection:
        connection.execute("UPDATE stale_traces SET arrived_ns = ? WHERE trace_id = ?", [later_ns, ROOT.trace_id])
    outcome = deriver_of(store).run(only_due=True)
    assert (outcome.runs, outcome.due_at_ns) == (1, later_ns + 3 * PAUSE_NS_PER_SPAN)
    assert column(store, "SELECT spans FROM runs ORDER BY spans") == [1, 2]
    outcome = deriver_of(store).run()
    assert (outcome.runs, outcome.due_at_ns) == (1, None)
    assert column(store, "SELECT spans FROM runs ORDER BY spans") == [1, 3]


def test_much_that_is_due_is_derived_in_parts_so_that_the_spool_is_looked_at_between(store: Store) -> None:
    numbers = range(MOST_DUE_STEPS + 2)
    store.append([agent("lone", trace=n, start_ns=START_NS + n * 3600 * 10**9) for n in numbers])
    store.drain()
    deriver = deriver_of(store, step_spans=1)
    outcome = deriver.run(only_due=True)
    assert outcome.runs == MOST_DUE_STEPS
    assert outcome.due_at_ns is not None
    assert outcome.due_at_ns <= time.time_ns()
    assert deriver.run(only_due=True) == Outcome(2, None)


def test_stored_recordings_derive_what_their_files_say(store: Store, shared: Path) -> None:
    files = sorted((shared / "traces" / "frameworks").glob("*.otlp.json"))
    expected: dict[str, tuple[int, int, int]] = {}
    for file in files:
        spans = load_spans(file)
        store.append(spans)
        for run in infer_runs(spans):
            expected[run.id] = (len(run.trace_ids), len(run.invocations), run.span_count)
    store.refresh()
    rows = store.query("SELECT run_id, traces, agents, spans FROM runs").rows()
    assert {run_id: tuple(rest) for run_id, *rest in rows} == expected
    assert column(store, "SELECT count(*) FROM invocations WHERE self_ms > duration_ms OR self_ms < 0") == [0]


NUMBERED_EVENTS = [semconv.EVENT_SPAWN_REFUSED, semconv.EVENT_APPROVAL]
WHOLE_NUMBERS = [
    semconv.TIERSCOPE_TIER,
    semconv.TIERSCOPE_SPAWN_LIMIT,
    semconv.SPAWN_DEPTH,
    semconv.APPROVAL_LEVEL,
    semconv.APPROVAL_QUORUM,
    semconv.GEN_AI_USAGE_INPUT_TOKENS,
    semconv.GEN_AI_USAGE_OUTPUT_TOKENS,
]


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 2**31, "9" * 5000])
@pytest.mark.parametrize("attribute", WHOLE_NUMBERS)
def test_number_that_nothing_can_hold_counts_as_not_recorded(attribute: str, number: int | str, store: Store) -> None:
    attributes: dict[str, AttributeValue] = {attribute: number}
    events = tuple(SpanEvent(name, START_NS, {semconv.APPROVAL_ID: "1", **attributes}) for name in NUMBERED_EVENTS)
    strange = replace(MEMBER, attributes={**MEMBER.attributes, **attributes}, events=events)
    stranger = replace(ROOT, attributes={**ROOT.attributes, **attributes})
    store.append([stranger, strange, agent("other", trace=2, number=3)])
    store.refresh()
    assert column(store, "SELECT agents FROM runs ORDER BY agents") == [1, 2]
    if number != 2**31:  # a number of tokens like any other
        assert column(store, "SELECT coalesce(spawn_limit, input_tokens, output_tokens) FROM runs") == [None, None]


@pytest.mark.parametrize("start_ns", [0, START_NS, LATEST_NS])
def test_span_that_ends_at_the_end_of_time_leaves_the_store_readable(start_ns: int, store: Store) -> None:
    store.append([replace(ROOT, start_ns=start_ns, end_ns=LATEST_NS)])
    store.refresh()
    store.append([agent("other", trace=2, number=3)])
    store.refresh()
    assert column(store, "SELECT root_agent FROM runs ORDER BY root_agent") == ["other", "root"]

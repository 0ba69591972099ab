"""Pruning: what is deleted is gone from every table, the spool and the file's bytes, and does not come back."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.instrumentation.making import START_NS, make_span
from tierscope.errors import InputError, StoreMissingError
from tierscope.instrumentation.columns import table_from_spans
from tierscope.instrumentation.semconv import (
    GEN_AI_AGENT_NAME,
    GEN_AI_OPERATION_NAME,
    OPERATION_INVOKE_AGENT,
    TIERSCOPE_OUTPUT,
    TIERSCOPE_RUN_ID,
)
from tierscope.instrumentation.spans import Attributes, Span, SpanEvent, SpanLink
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep.pruning import PruneSelection, prune, select_doomed
from tierscope.instrumentation.upkeep.subjects import Subject, list_forms, parse_subject

SECRET = "the-marker-nobody-may-find"
DAY_NS = 24 * 3600 * 10**9


def make_agent(
    trace: int, number: int, *, output: str = "done", days: float = 0, also: Attributes | None = None
) -> Span:
    """An agent's span; traces lie far apart in time, so that nothing joins their runs."""
    start_ns = START_NS + trace * 3600 * 10**9 - int(days * DAY_NS)
    return make_span(
        f"invoke_agent agent {number}",
        trace=trace,
        number=number,
        start_ns=start_ns,
        end_ns=start_ns + 10**9,
        attributes={
            GEN_AI_OPERATION_NAME: OPERATION_INVOKE_AGENT,
            GEN_AI_AGENT_NAME: f"agent {number}",
            TIERSCOPE_OUTPUT: output,
            **(also or {}),
        },
    )


def trace_id(number: int) -> str:
    return f"{number:032x}"


def stored_traces(store: Store) -> list[int]:
    return [int(one, 16) for one in store.query("SELECT DISTINCT trace_id FROM spans ORDER BY 1")["trace_id"]]


def file_bytes(store: Store) -> bytes:
    """Everything that lies on disk of a store: the database, its log, the spool, drafts."""
    files = [path for path in store.path.parent.rglob(f"{store.path.name}*") if path.is_file()]
    files += [path for path in store.spool.folder.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files)


def names_of(store: Store, run: int) -> int:
    """How many rows of all tables name a run or its trace."""
    tables = store.query(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE column_name IN ('run_id', 'trace_id') "
        "AND table_name <> 'pruned_traces' AND NOT internal"
    ).rows()
    counts = [
        store.query(f"SELECT count(*) FROM {table} WHERE {column} = ?", [trace_id(run)]).item()
        for table, column in tables
    ]
    assert len(counts) > 10
    return sum(counts)


def test_pruned_run_is_gone_from_every_table_and_from_the_bytes_of_the_file(store: Store) -> None:
    store.append([make_agent(1, 1, output=SECRET), make_agent(2, 2)])
    store.refresh()
    store.append([make_agent(1, 3, output="again " + SECRET)])
    store.refresh()
    assert SECRET.encode() in file_bytes(store), "the test would see the marker"
    assert names_of(store, 1) > 3
    report = prune(store, PruneSelection(run_ids=[trace_id(1)]))
    assert report.doomed.rows["spans"] == 2
    assert report.doomed.rows["runs"] == 1
    assert SECRET.encode() not in file_bytes(store)
    assert names_of(store, 1) == 0
    assert stored_traces(store) == [2]
    assert store.query("SELECT run_id FROM runs")["run_id"].to_list() == [trace_id(2)]


def test_rows_deleted_without_rewriting_leave_their_bytes_behind(store: Store) -> None:
    """Why pruning rewrites the file."""
    store.append([make_agent(1, 1, output=SECRET), make_agent(2, 2)])
    store.refresh()
    with store.database.write() as connection:
        connection.execute("DELETE FROM spans WHERE trace_id = ?", [trace_id(1)])
        connection.execute("DELETE FROM invocations WHERE run_id = ?", [trace_id(1)])
    assert SECRET.encode() in file_bytes(store)


def test_what_waits_in_the_spool_is_pruned_too(store: Store) -> None:
    store.append([make_agent(1, 1)])
    store.refresh()
    store.append([make_agent(1, 2, output=SECRET)])
    store.append([make_agent(3, 3, also={"user.id": "ann"}), make_agent(3, 4, output=SECRET)])
    prune(store, PruneSelection(run_ids=[trace_id(1)]))
    report = prune(store, PruneSelection(subject=Subject("ann", "user.id")))
    assert report.doomed.rows["spans"] == 2
    assert SECRET.encode() not in file_bytes(store)
    assert stored_traces(store) == []


def test_late_spans_of_a_pruned_run_do_not_bring_it_back(store: Store) -> None:
    store.append([make_agent(1, 1), make_agent(2, 2)])
    prune(store, PruneSelection(run_ids=[trace_id(1)]))
    late = make_agent(1, 9, output=SECRET, also={"gen_ai.conversation.id": "talk"})
    linking = replace(make_agent(2, 10), links=(SpanLink(trace_id(1), "1" * 16),))
    store.append([late, linking])
    store.refresh()
    assert stored_traces(store) == [2]
    assert names_of(store, 1) == 0
    assert SECRET.encode() not in file_bytes(store)
    assert store.query("SELECT spans FROM runs").rows() == [(2,)]


def test_age_is_that_of_the_last_span_and_runs_without_a_time_have_none(store: Store) -> None:
    old_but_busy = [make_agent(2, 2, days=40), make_agent(2, 3, days=1)]
    timeless = replace(make_agent(4, 5), start_ns=0, end_ns=0)
    store.append([make_agent(1, 1, days=40), *old_but_busy, make_agent(3, 4, days=1), timeless])
    prune(store, PruneSelection(before_ns=START_NS - 30 * DAY_NS))
    assert stored_traces(store) == [2, 3, 4]


def test_conditions_are_joined_by_and(store: Store) -> None:
    ann = {"user.id": "ann"}
    store.append([make_agent(1, 1, days=40), make_agent(2, 2, days=40, also=ann), make_agent(3, 3, also=ann)])
    old = START_NS - 30 * DAY_NS
    about = Subject("ann", "user.id")
    [first, second, third] = [trace_id(number) for number in (1, 2, 3)]
    assert select_doomed(store, PruneSelection(before_ns=old)).run_ids == [first, second]
    assert select_doomed(store, PruneSelection(subject=about)).run_ids == [second, third]
    assert select_doomed(store, PruneSelection(before_ns=old, subject=about)).run_ids == [second]
    assert select_doomed(store, PruneSelection([first, third], subject=about)).run_ids == [third]


def test_dry_run_deletes_nothing(store: Store) -> None:
    store.append([make_agent(1, 1)])
    doomed = select_doomed(store, PruneSelection(run_ids=[trace_id(1)]))
    assert (doomed.rows["spans"], doomed.rows["invocations"]) == (1, 1)
    assert stored_traces(store) == [1]


def test_nothing_to_prune_rewrites_nothing(store: Store) -> None:
    store.append([make_agent(1, 1)])
    store.refresh()
    state = store.database.state()
    report = prune(store, PruneSelection(run_ids=["unknown"]))
    assert (report.doomed.rows, report.rewriting) == ({}, None)
    assert store.database.state() == state


def test_bytes_that_a_killed_process_left_are_erased_by_the_next_pruning(store: Store) -> None:
    store.append([make_agent(1, 1, output=SECRET), make_agent(2, 2)])
    store.refresh()
    with store.database.write() as connection:  # as if killed before the file was rewritten
        connection.execute("DELETE FROM spans WHERE trace_id = ?", [trace_id(1)])
        connection.execute("DELETE FROM invocations WHERE run_id = ?", [trace_id(1)])
        connection.execute("INSERT INTO pruned_traces VALUES (?, 0, FALSE)", [trace_id(1)])
    assert SECRET.encode() in file_bytes(store)
    assert prune(store, PruneSelection(run_ids=["unknown"])).rewriting is not None
    assert SECRET.encode() not in file_bytes(store)
    assert prune(store, PruneSelection(run_ids=["unknown"])).rewriting is None


def test_another_run_in_a_pruned_trace_keeps_its_other_traces_and_is_derived_anew(store: Store) -> None:
    shared = make_agent(1, 1, also={TIERSCOPE_RUN_ID: "long"})
    store.append([shared, make_agent(2, 2, also={TIERSCOPE_RUN_ID: "long"})])
    store.refresh()
    with store.database.write() as connection:
        connection.execute("INSERT INTO trace_runs SELECT trace_id, 'short', source, 0, 1, 1 FROM trace_runs LIMIT 1")
        connection.execute("INSERT INTO runs BY NAME SELECT * REPLACE ('short' AS run_id) FROM runs")
    first, other = trace_id(1), trace_id(2)
    report = prune(store, PruneSelection(run_ids=["short"]))
    assert report.doomed.trace_ids == [first]
    store.refresh()
    assert store.query("SELECT trace_id, run_id FROM trace_runs").rows() == [(other, "long")]
    assert store.query("SELECT run_id, spans FROM runs").rows() == [("long", 1)]


PLACES: dict[str, dict[str, Any]] = {
    "attribute": {"attributes": {"note": "for ann@example.org only"}},
    "event": {"events": (SpanEvent("said", START_NS, {"text": "I am ann@example.org"}),)},
    "link": {"links": (SpanLink("f" * 32, "e" * 16, {"who": "ann@example.org"}),)},
    "resource": {"resource": {"host.user": "ann@example.org"}},
    "name": {"name": "mail to ann@example.org"},
    "status": {"status_message": "ann@example.org is unknown"},
    "json_in_json": {"attributes": {"gen_ai.input.messages": '[{"content": "ann@example.org"}]'}},
}


@pytest.mark.parametrize("place", PLACES)
def test_subject_as_a_text_is_found_wherever_it_was_recorded(store: Store, place: str) -> None:
    store.append([make_span(trace=1), replace(make_span(trace=2), **PLACES[place])])
    assert select_doomed(store, PruneSelection(subject=parse_subject("ann@example.org"))).trace_ids == [trace_id(2)]


@pytest.mark.parametrize("place", ["attributes", "resource", "events", "links"])
def test_subject_as_an_attribute_is_found_by_its_whole_value(store: Store, place: str) -> None:
    def with_value(trace: int, value: str | int) -> Span:
        values: dict[str, Any] = {
            "attributes": {"user.id": value},
            "resource": {"user.id": value},
            "events": (SpanEvent("login", START_NS, {"user.id": value}),),
            "links": (SpanLink("f" * 32, "e" * 16, {"user.id": value}),),
        }
        return make_span(trace=trace, **{place: values[place]})

    store.append([with_value(1, "7"), with_value(2, "77"), with_value(3, 7), make_span(trace=4)])
    doomed = select_doomed(store, PruneSelection(subject=parse_subject("user.id=7")))
    assert doomed.trace_ids == [trace_id(1), trace_id(3)]


@given(text=st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_text_is_found_however_it_is_escaped(text: str) -> None:
    for note in [text, json.dumps([text]), json.dumps([text], ensure_ascii=False)]:
        [stored] = table_from_spans([make_span(attributes={"note": note})])["attributes"].to_pylist()
        assert any(form in str(stored) for form in list_forms(text))


def test_short_text_is_refused_since_it_would_stand_everywhere() -> None:
    with pytest.raises(InputError, match=r"'ann' is too short to look for: give at least 4 characters, or an attr"):
        parse_subject("ann")
    assert parse_subject("user.id=7") == Subject("7", "user.id")
    assert parse_subject("1 + 1 = 2") == Subject("1 + 1 = 2")


def test_missing_store_is_not_made(store: Store) -> None:
    with pytest.raises(StoreMissingError):
        prune(store, PruneSelection(run_ids=["x"]))
    assert not store.path.exists()

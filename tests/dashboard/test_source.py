"""Answers: computed once for each state of the store, in the background, the previous one at hand meanwhile."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tierscope.dashboard.source import Progress, Source
from tierscope.errors import NotEnoughDataError
from tierscope.instrumentation.store import Store

PATIENCE_S = 120.0


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "s.duckdb"
    path.write_bytes(b"first state")
    return Source(Store(path))


def _change(source: Source) -> None:
    """Give the store another state, as a drain does."""
    source.store.path.write_bytes(b"another state, of another length")
    os.utime(source.store.path)


def _counted(values: list[int]) -> Callable[[Progress], int]:
    def work(_: Progress) -> int:
        values.append(len(values))
        return len(values)

    return work


def test_answer_is_computed_once_until_the_store_changes(source: Source) -> None:
    done: list[int] = []
    assert [source.ask("q", _counted(done), PATIENCE_S).value for _ in range(3)] == [1, 1, 1]
    _change(source)
    assert source.ask("q", _counted(done), PATIENCE_S).value == 2


def test_questions_do_not_share_answers(source: Source) -> None:
    done: list[int] = []
    assert source.ask("p", _counted(done), PATIENCE_S).value == 1
    assert source.ask("q", _counted(done), PATIENCE_S).value == 2


def test_previous_answer_stands_while_the_next_is_computed(source: Source) -> None:
    assert source.ask("q", lambda _: "old", PATIENCE_S).value == "old"
    _change(source)
    may_end = threading.Event()

    def work(report: Progress) -> str:
        report(3, 7)
        assert may_end.wait(PATIENCE_S)
        return "new"

    meanwhile = source.ask("q", work, 0.1)
    assert (meanwhile.value, meanwhile.is_current) == ("old", False)
    assert (source.describe_wait("q") or "").startswith("3 of 7 done")
    may_end.set()
    answer = source.ask("q", work, PATIENCE_S)
    assert (answer.value, answer.is_current) == ("new", True)
    assert source.describe_wait("q") is None


def test_first_answer_that_takes_long_is_none_for_now(source: Source) -> None:
    may_end = threading.Event()
    answer = source.ask("q", lambda _: may_end.wait(PATIENCE_S), 0.05)
    assert (answer.value, answer.is_current, answer.problem) == (None, False, None)
    may_end.set()


def test_error_of_ours_is_told_in_its_own_words_until_the_store_changes(source: Source) -> None:
    def fail(_: Progress) -> str:
        raise NotEnoughDataError("Too little was recorded.")

    assert source.ask("q", fail, PATIENCE_S).problem == "Too little was recorded."
    _change(source)
    assert source.ask("q", lambda _: "there", PATIENCE_S).value == "there"


def test_unforeseen_error_is_named_and_logged(source: Source, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Progress) -> str:
        raise ZeroDivisionError("by zero")

    problem = source.ask("q", fail, PATIENCE_S).problem or ""
    assert "ZeroDivisionError: by zero" in problem
    assert "could not be computed" in caplog.text


def test_long_work_waits_for_its_turn_and_quick_work_does_not(source: Source) -> None:
    may_end = threading.Event()
    source.ask("long", lambda _: may_end.wait(PATIENCE_S), 0.01, is_long=True)
    waiting = source.ask("next", lambda _: "second", 0.1, is_long=True)
    assert (waiting.value, waiting.is_current) == (None, False)
    assert source.ask("quick", lambda _: "first", PATIENCE_S).value == "first"
    may_end.set()
    assert source.ask("next", lambda _: "second", PATIENCE_S, is_long=True).value == "second"


def test_follower_names_the_reason_why_a_store_cannot_be_brought_up_to_date(source: Source) -> None:
    source.start()
    deadline = time.monotonic() + PATIENCE_S
    while source.problem is None and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    source.stop()
    assert "is not a DuckDB database" in (source.problem or "")


def test_stopping_ends_what_is_being_computed_and_what_waits_for_its_turn(source: Source) -> None:
    source.start()
    begun, ended = threading.Event(), threading.Event()

    def work(report: Progress) -> str:
        begun.set()
        try:
            while True:
                report(1, 2)
        finally:
            ended.set()

    source.ask("long", work, 0.01, is_long=True)
    begun.wait(PATIENCE_S)
    source.ask("next", lambda _: pytest.fail("it must not begin"), 0.01, is_long=True)
    source.stop()
    assert ended.is_set()
    assert source.describe_wait("long") is None
    assert source.describe_wait("next") is None

"""The command line as a process, and a store with one small run in it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tierscope.instrumentation.semconv import (
    EVENT_SIGNAL,
    GEN_AI_AGENT_NAME,
    GEN_AI_OPERATION_NAME,
    OPERATION_INVOKE_AGENT,
    SIGNAL_CRITICAL,
    SIGNAL_TEXT,
    TIERSCOPE_OUTPUT,
    TIERSCOPE_RUN_LABEL,
    TIERSCOPE_TIER,
)
from tierscope.instrumentation.spans import Span, SpanEvent
from tierscope.instrumentation.store import Store

Command = Callable[..., subprocess.CompletedProcess[str]]

SECOND_NS = 1_000_000_000
START_NS = 1_700_000_000 * SECOND_NS
FOOTNOTE = "CRITICAL: note 14 says that the SEC opened an inquiry."
HOSTILE = "[red]not a style[/red] \x1b[31mnot a colour\x1b[0m <script>alert(1)</script>"


@pytest.fixture
def tierscope(tmp_path: Path) -> Command:
    """Runs ``tierscope`` with arguments in an empty folder, on a terminal of 160 columns."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tierscope", *arguments],
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "160", "NO_COLOR": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture
def stored(tmp_path: Path) -> Store:
    """A store at the default path: chief -> lead -> (analyst, writer); the lead drops the analyst's footnote."""
    store = Store(tmp_path / "tierscope.duckdb")
    signal = SpanEvent(EVENT_SIGNAL, START_NS, {SIGNAL_TEXT: FOOTNOTE, SIGNAL_CRITICAL: True})
    store.append(
        [
            _agent("1", None, "chief", 0, (0, 10), "All is well."),
            _agent("2", "1", "lead", 1, (1, 9), "Revenue rose."),
            _agent("3", "2", "analyst", 2, (2, 4), f"Revenue rose. {FOOTNOTE}", signal),
            _agent("4", "2", "writer", 2, (2, 8), HOSTILE),
        ]
    )
    return store


def _agent(
    number: str,
    parent: str | None,
    name: str,
    tier: int,
    seconds: tuple[int, int],
    output: str,
    *events: SpanEvent,
) -> Span:
    return Span(
        trace_id="ab" * 16,
        span_id=number * 16,
        parent_span_id=None if parent is None else parent * 16,
        name=f"invoke_agent {name}",
        kind="internal",
        start_ns=START_NS + seconds[0] * SECOND_NS,
        end_ns=START_NS + seconds[1] * SECOND_NS,
        attributes={
            GEN_AI_OPERATION_NAME: OPERATION_INVOKE_AGENT,
            GEN_AI_AGENT_NAME: name,
            TIERSCOPE_TIER: tier,
            TIERSCOPE_OUTPUT: output,
            TIERSCOPE_RUN_LABEL: "quarterly",
        },
        events=events,
    )

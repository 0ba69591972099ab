"""What tierscope's own recording helpers declare, and critical lines that nobody declared."""

from collections.abc import Callable
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

from tests.instrumentation.tiers.making import agent, event, spans
from tierscope.instrumentation import semconv
from tierscope.instrumentation.otlp import load_spans
from tierscope.instrumentation.recording import RunFacts, handoff, invocation, signal
from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.testing import recorded
from tierscope.instrumentation.tiers import TierSettings, infer_runs


def record(work: Callable[[], None], folder: Path) -> Run:
    """The run of spans that our own helpers recorded."""
    with recorded(project="research", version="2.0") as exporter:
        work()
    path = folder / "own.otlp"
    path.write_bytes(encode_spans(exporter.get_finished_spans()).SerializeToString())
    (run,) = infer_runs(load_spans(path))
    return run


def test_recorded_run_comes_back_as_it_was_declared(tmp_path: Path) -> None:
    def work() -> None:
        facts = RunFacts(id="run-7", label="ACME", task_type="equity", spawn_limit=2)
        with invocation("root", input="Is ACME a buy?", run=facts) as root:
            with invocation("macro", domain="economy") as macro:
                handoff("gdp", "Growth?")
                with invocation("gdp", input="Growth?", role="specialist") as gdp:
                    signal("Growth is 3.2%", critical=True, value=3.2, unit="%", confidence=0.9, source="office")
                    gdp.output = "Growth is 3.2%"
                macro.output = "Growth is fine."
            root.output = "Yes."

    run = record(work, tmp_path)
    assert (run.id, run.label, run.project, run.version, run.task_type, run.spawn_limit, run.recorder) == (
        "run-7", "ACME", "research", "2.0", "equity", 2, "tierscope",
    )  # fmt: skip
    root, macro, gdp = run.invocations
    assert [(i.agent, i.tier, i.domain, i.output, i.tier_confidence) for i in (macro, gdp)] == [
        ("macro", 1, "economy", "Growth is fine.", 1.0),
        ("gdp", 2, "economy", "Growth is 3.2%", 1.0),
    ]
    assert (gdp.declared_role, gdp.role, gdp.input, root.output) == ("specialist", "leaf", "Growth?", "Yes.")
    (said,) = run.signals
    assert (said.invocation_id, said.text, said.critical, said.value, said.unit, said.confidence, said.source) == (
        gdp.id, "Growth is 3.2%", True, 3.2, "%", 0.9, "office",
    )  # fmt: skip
    assert [(h.from_id, h.to_id, h.to_agent, h.text, h.kind) for h in run.handoffs] == [
        (macro.id, gdp.id, "gdp", "Growth?", "handoff")
    ]


def test_gaps_refusals_and_checks_are_read_from_events() -> None:
    events = (
        event(
            semconv.EVENT_GAP,
            tierscope__gap__member="gdp",
            tierscope__gap__status="timeout",
            tierscope__gap__partial="3",
        ),
        event(semconv.EVENT_SPAWN_REFUSED, tierscope__spawn__member="deep", tierscope__spawn__depth=3),
        event(
            semconv.EVENT_CRITICAL_CHECK,
            tierscope__signal__text="STOP",
            tierscope__signal__hash="ab",
            tierscope__signal__verified=False,
        ),
        event(semconv.EVENT_HANDOFF, tierscope__handoff__to="nobody", tierscope__handoff__text="Go."),
    )
    (run,) = infer_runs(spans(agent("root", events=events)))
    assert [(g.member, g.status, g.partial) for g in run.gaps] == [("gdp", "timeout", "3")]
    assert [(r.member, r.depth) for r in run.refusals] == [("deep", 3)]
    assert [(c.text, c.hash, c.verified) for c in run.critical_checks] == [("STOP", "ab", False)]
    assert [(h.to_agent, h.to_id) for h in run.handoffs] == [("nobody", None)]


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("Fine. CRITICAL: rates rose 4.5 percent. More follows.", ["CRITICAL: rates rose 4.5 percent."]),
        ("**WARNING:** two rows\n- ALERT - one row!", ["WARNING: two rows", "ALERT - one row!"]),
        ("Urgent: call back", ["Urgent: call back"]),
        ("The most critical: nothing, and no warning signs.", []),
        ("URGENT", []),
        ("- [CRITICAL] row 17 is counted twice.", ["CRITICAL: row 17 is counted twice."]),
        ("\u26a0\ufe0f WARNING: two rows.", ["WARNING: two rows."]),
        (
            "Note - CRITICAL: rates, e.g. in the north, rose 4.5 percent. Fine.",
            [
                "CRITICAL: rates, e.g. in the north, rose 4.5 percent.",
            ],
        ),
        ('{"note": "fine", "alerts": ["CRITICAL: rates rose.", "none"]}', ["CRITICAL: rates rose."]),
        ("1. ALERT: one row.\n2. ALERT: two rows.", ["ALERT: one row.", "ALERT: two rows."]),
    ],
)
def test_marked_lines_are_critical_signals(output: str, expected: list[str]) -> None:
    (run,) = infer_runs(spans(agent("root", output=output)))
    assert [s.text for s in run.signals] == expected
    assert all(s.critical and not s.declared for s in run.signals)


def test_marked_line_belongs_to_the_deepest_agent_that_says_it() -> None:
    line = "CRITICAL: row 17 is counted twice."
    (run,) = infer_runs(spans(agent("root", agent("leaf", output=line), output=f"Summary. {line}")))
    assert [s.invocation_id for s in run.signals] == [run.invocations[1].id]


def test_pattern_of_the_settings_makes_lines_critical() -> None:
    settings = TierSettings(critical_pattern="^STOP PRESS")
    (run,) = infer_runs(spans(agent("root", output="Fine.\nSTOP PRESS the mayor resigned")), settings)
    assert [s.text for s in run.signals] == ["STOP PRESS the mayor resigned"]


def test_a_marked_line_in_other_words_is_the_same_line_to_the_agent_above() -> None:
    said = "CRITICAL: the churn figure is overstated by 14 percent, do not publish it."
    again = "CRITICAL: churn is overstated by 14 percent; do not publish."
    (run,) = infer_runs(spans(agent("root", agent("leaf", output=said), output=f"Summary. {again}")))
    assert [(s.invocation_id, s.text) for s in run.signals] == [(run.invocations[1].id, said)]


def test_a_marked_line_with_another_figure_is_another_line() -> None:
    said = "CRITICAL: row 17 of the table is counted twice."
    other = "CRITICAL: row 18 of the table is counted twice."
    (run,) = infer_runs(spans(agent("root", agent("leaf", output=said), output=other)))
    assert [s.text for s in run.signals] == [other, said]

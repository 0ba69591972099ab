"""What became of each signal, with the lexical scorer and sentences whose verdict is plain."""

import polars as pl
import pytest

from tierscope.errors import UnknownNameError
from tierscope.metrics.signal_fates import SIGNAL_FATES
from tierscope.metrics.testing import RunBuilder, measure

KEPT = "Inflation in Germany fell to 2.1 percent in October."
LOST = "The copper smelter in Antofagasta halted for nine weeks."
WARNING = "The regulator opened an investigation into revenue recognition."


def _run() -> RunBuilder:
    run = RunBuilder(label="AAPL", version="v1")
    run.agent("root", output=f"Buy. {KEPT}")
    run.agent("macro", "root", output=f"Macro view: {KEPT} {WARNING}")
    run.agent("cpi", "macro", output=f"- {KEPT}\n- {LOST}")
    run.agent("filing", "macro", output=f"Read the filing. {WARNING}")
    run.signal("filing", WARNING, critical=True)
    return run


def _fates(run: RunBuilder) -> dict[tuple[str, str], dict[str, object]]:
    frame = measure(SIGNAL_FATES, run, scorer="lexical")
    return {(row["signal"], row["agent"]): row for row in frame.iter_rows(named=True)}


def test_each_signal_is_judged_at_each_ancestor() -> None:
    fates = _fates(_run())
    assert {key: row["verdict"] for key, row in fates.items()} == {
        (KEPT, "macro"): "retained",
        (KEPT, "root"): "retained",
        (LOST, "macro"): "lost",
        (LOST, "root"): "lost",
        (WARNING, "macro"): "retained",
        (WARNING, "root"): "lost",
    }


def test_row_tells_the_hop_the_evidence_and_where_the_signal_was_lost() -> None:
    fates = _fates(_run())
    row = fates[WARNING, "root"]
    assert (row["hop"], row["hop_name"], row["child_verdict"]) == ("1 -> 0", "domain -> root", "retained")
    assert (row["from_agent"], row["lost_at"], row["critical"], row["scorer"]) == ("filing", "root", True, "lexical")
    assert fates[LOST, "root"]["lost_at"] == "macro"
    assert fates[KEPT, "root"]["lost_at"] is None
    assert fates[KEPT, "macro"]["evidence"] == f"Macro view: {KEPT}"


def test_declared_signals_win_over_claims_of_the_output() -> None:
    declared = measure(SIGNAL_FATES, _run(), scorer="lexical").filter(from_agent="filing")
    assert declared["signal"].unique().to_list() == [WARNING]
    assert declared["declared"].all()


def test_marked_line_of_a_foreign_trace_makes_its_claim_critical() -> None:
    run = RunBuilder()
    run.agent("root", output="Fine.")
    run.agent("leaf", "root", output=f"{KEPT}\nCRITICAL: {WARNING}")
    run.signal("leaf", f"CRITICAL: {WARNING}", critical=True, declared=False)
    frame = measure(SIGNAL_FATES, run, scorer="lexical")
    assert dict(frame.select("signal", "critical").iter_rows()) == {KEPT: False, f"CRITICAL: {WARNING}": True}


def test_ancestor_without_a_recorded_output_is_not_judged() -> None:
    run = RunBuilder()
    run.agent("root", output=KEPT)
    run.agent("macro", "root")
    run.agent("cpi", "macro", output=KEPT)
    row = _fates(run)[KEPT, "macro"]
    assert (row["verdict"], row["score"], row["reasons"]) == (None, None, "no output was recorded")


def test_agent_alone_has_no_synthesis_to_be_judged_in() -> None:
    run = RunBuilder()
    run.agent("root", output=KEPT)
    assert measure(SIGNAL_FATES, run, scorer="lexical").is_empty()


def test_scorer_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownNameError, match="no scorer 'vibes'"):
        measure(SIGNAL_FATES, _run(), scorer="vibes")


def test_progress_reaches_the_number_of_judged_pairs() -> None:
    seen: list[tuple[int, int]] = []

    def note(done: int, total: int) -> None:
        seen.append((done, total))

    measure(SIGNAL_FATES, _run(), scorer="lexical", progress=note)
    assert seen[-1] == (6, 6)


def test_frame_keeps_its_types_where_nothing_was_lost() -> None:
    frame = measure(SIGNAL_FATES, _run(), scorer="lexical")
    assert frame.schema["lost_at"] == pl.String
    assert frame["n"].sum() == 6

"""Statements of a synthesis against what it was made of."""

from tierscope.metrics.synthesis_support import SYNTHESIS_SUPPORT
from tierscope.metrics.testing import RunBuilder, measure
from tierscope.metrics.unsupported_statements import UNSUPPORTED_STATEMENTS

SAID = "Inflation in Germany fell to 2.1 percent in October."
TASKED = "The committee wants a verdict on Norwegian salmon exporters."
INVENTED = "Freight insurers doubled premiums across the Bosporus."


def _run(name: str = "run-1", root: str = f"{SAID}\n{TASKED}\n{INVENTED}") -> RunBuilder:
    run = RunBuilder(name)
    run.agent("root", input=TASKED, output=root)
    run.agent("cpi", "root", output=f"Done. {SAID}")
    return run


def test_only_what_neither_members_nor_the_task_say_is_unsupported() -> None:
    frame = measure(UNSUPPORTED_STATEMENTS, _run(), scorer="lexical")
    assert frame.select("agent", "statement", "n", "verdict").rows() == [("root", INVENTED, 3, "lost")]


def test_share_of_supported_statements_has_n_and_an_interval_over_runs() -> None:
    runs = [_run("a"), _run("b", root=SAID)]
    row = measure(SYNTHESIS_SUPPORT, *runs, scorer="lexical").row(0, named=True)
    assert (row["tier"], row["n"], row["runs"]) == (0, 4, 2)
    assert (row["supported_share"], row["unsupported_share"]) == (0.75, 0.25)
    assert (row["supported_low"], row["supported_high"]) == (0, 1)


def test_synthesis_of_an_unrecorded_output_is_not_judged() -> None:
    run = _run()
    run.agent("silent", "root")
    assert measure(SYNTHESIS_SUPPORT, run, scorer="lexical").is_empty()

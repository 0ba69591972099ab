"""The matrix of dependencies between domains, by hand."""

from tierscope.metrics.domain_dependencies import DOMAIN_DEPENDENCIES
from tierscope.metrics.testing import RunBuilder, measure

FINDING = "Our model puts third-quarter German industrial output growth at 2.374 percent, well above the consensus."


def _run(*, timed: bool = True) -> RunBuilder:
    run = RunBuilder()
    run.agent("root", ms=(0, 100) if timed else None, output="Buy.")
    run.agent("macro", "root", (0, 10) if timed else None, output=FINDING)
    run.agent("company", "root", (20, 90) if timed else None, output="Fine.")
    run.agent("earnings", "company", (30, 60) if timed else None, output=f"Strong. {FINDING}")
    return run


def test_hidden_and_declared_dependencies_are_counted_for_each_direction() -> None:
    run = _run()
    run.handoff("company", "macro", "Check this, please.")
    frame = measure(DOMAIN_DEPENDENCIES, run).select("from_domain", "to_domain", "n", "declared", "hidden")
    assert frame.rows() == [("macro", "company", 1, 0, 1), ("company", "macro", 1, 1, 0)]


def test_declared_need_link_or_artifact_across_domains_is_declared_and_within_one_is_not() -> None:
    run = _run()
    run.dependency("macro", "earnings", "need")
    run.dependency("macro", "company", "link")
    run.dependency("company", "earnings", "artifact")
    frame = measure(DOMAIN_DEPENDENCIES, run).select("from_domain", "to_domain", "declared", "hidden")
    assert frame.rows() == [("macro", "company", 2, 0), ("company", "macro", 0, 0)]


def test_pair_that_could_not_be_judged_has_no_count() -> None:
    frame = measure(DOMAIN_DEPENDENCIES, _run(timed=False)).select("n", "declared", "hidden")
    assert frame.rows() == [(0, 0, None), (0, 0, None)]

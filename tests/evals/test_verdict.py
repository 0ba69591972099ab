"""One rule decides, and no exit code contradicts what was printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.evals import Outcome, Verdict, decide_verdict

OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "mistake", "unjudged")


@pytest.mark.parametrize(
    ("outcomes", "verdict", "exit_code"),
    [
        (["passed", "passed"], Verdict.PASSED, 0),
        (["passed", "failed"], Verdict.FAILED, 1),
        (["passed", "mistake"], Verdict.MISTAKE, 2),
        (["passed", "unjudged"], Verdict.UNJUDGED, 3),
        (["unjudged", "mistake"], Verdict.MISTAKE, 2),
        (["unjudged", "mistake", "failed"], Verdict.FAILED, 1),
        ([], Verdict.UNJUDGED, 3),
    ],
)
def test_verdict_is_the_gravest_outcome(outcomes: list[Outcome], verdict: Verdict, exit_code: int) -> None:
    assert decide_verdict(outcomes) is verdict
    assert decide_verdict(outcomes).exit_code == exit_code


@given(st.lists(st.sampled_from(OUTCOMES), min_size=1))
def test_gate_passes_only_when_every_check_passed(outcomes: list[Outcome]) -> None:
    assert (decide_verdict(outcomes).exit_code == 0) == (set(outcomes) == {"passed"})

"""Members that are called twice in one turn, side by side, are two invocations, each below the call that it answers."""

from collections import Counter
from pathlib import Path

import pytest

from tests.instrumentation.tiers.truth import OWN, infer_one, load_truth, name_of, parent_name

RECORDINGS = sorted((OWN / "repeated").glob("*.otlp.json.gz"))

paths = pytest.mark.parametrize("path", RECORDINGS, ids=name_of)


@paths
def test_each_call_is_an_invocation_of_its_own(path: Path) -> None:
    run, truth = infer_one(path), load_truth(path)
    times = truth.values["repeat"]
    expected: Counter[tuple[str, int, str | None]] = Counter()
    for name in truth.ran:
        parent, tier, _ = truth.agent(name)
        expected[name, tier, parent] = times**tier
    assert Counter((i.agent, i.tier, parent_name(run, i)) for i in run.invocations) == expected


@paths
def test_the_calls_of_one_member_are_shared_out_among_its_callers(path: Path) -> None:
    run, truth = infer_one(path), load_truth(path)
    below = Counter((i.parent_id, i.agent) for i in run.invocations if i.parent_id is not None)
    assert set(below.values()) == {truth.values["repeat"]}


@paths
def test_each_call_has_its_own_output_and_the_tokens_add_up(path: Path) -> None:
    run, truth = infer_one(path), load_truth(path)
    for invocation in run.invocations:
        assert invocation.output in (truth.agent(invocation.agent)[2], None)
        assert invocation.status == "ok"
    for name in truth.ran:
        counted = [i.input_tokens for i in run.invocations if i.agent == name]
        used = truth.tokens(name)
        assert used is not None
        assert None in counted or sum(c or 0 for c in counted) == used[0]

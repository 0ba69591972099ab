"""Where signals are lost, by hand and on recordings of real frameworks."""

import json
from pathlib import Path

import pytest

from tierscope.instrumentation.otlp import load_spans
from tierscope.instrumentation.tiers import infer_runs
from tierscope.metrics.losses import Loss, compute_losses
from tierscope.metrics.presence import judge_presence
from tierscope.metrics.testing import RunBuilder

WARNING = "CRITICAL: the auditor found that revenue is overstated by 14 percent."


def _run(domain: str | None, root: str | None) -> RunBuilder:
    run = RunBuilder()
    run.agent("root", output=root)
    run.agent("company", "root", output=domain)
    run.agent("filing", "company", output=f"Read 40 filings. {WARNING}")
    run.signal("filing", WARNING, critical=True)
    return run


def test_signal_is_lost_at_the_first_ancestor_that_lacks_it() -> None:
    run = _run(domain=f"Company: fine so far. {WARNING}", root="Buy: growth is solid.")
    assert compute_losses(run.build()) == [
        Loss(text=WARNING, critical=True, from_agent="filing", reached=("filing", "company"), lost_at="root")
    ]


def test_signal_that_reached_the_root_is_no_loss() -> None:
    assert compute_losses(_run(domain=f"A. {WARNING}", root=f"B. {WARNING}").build()) == []


def test_signal_escalated_past_a_tier_is_lost_there_and_stands_at_the_root() -> None:
    (loss,) = compute_losses(_run(domain="Company: fine.", root=f"Brief. {WARNING}").build())
    assert (loss.reached, loss.lost_at) == (("filing", "root"), "company")


def test_output_that_was_not_recorded_says_nothing() -> None:
    (loss,) = compute_losses(_run(domain=None, root="Buy.").build())
    assert (loss.reached, loss.lost_at) == (("filing",), "root")
    assert compute_losses(_run(domain=f"A. {WARNING}", root=None).build()) == []


def test_signal_that_an_ancestor_repeats_counts_once_for_its_author() -> None:
    run = _run(domain=f"Company: {WARNING}", root="Buy.")
    run.signal("company", WARNING.upper(), critical=True, declared=False)
    assert [loss.from_agent for loss in compute_losses(run.build())] == ["filing"]


def test_signal_that_several_calls_of_an_agent_lost_alike_is_one_loss_with_their_number() -> None:
    run = RunBuilder()
    run.agent("root", output="Buy.")
    for call in range(3):
        run.signal(run.agent("filing", "root", output=f"Call {call}. {WARNING}"), WARNING, critical=True)
    run.agent("auditor", "root", output=WARNING)
    run.signal("auditor", WARNING, critical=True)
    assert [(loss.from_agent, loss.calls) for loss in compute_losses(run.build())] == [("filing", 3), ("auditor", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "**CRITICAL:**  The auditor found that\n   revenue is overstated by 14 percent",
        '{"summary": "ok.\\nCRITICAL: the auditor found that revenue is overstated by 14 percent."}',
        "- WARNING \u2014 the auditor found that revenue is overstated by 14 percent, said the leaf.",
        f"{'Much else was said. ' * 2000}{WARNING}",
    ],
)
def test_signal_is_found_verbatim_whatever_case_markup_and_white_space(text: str) -> None:
    assert judge_presence(WARNING, text) == "verbatim"


def test_signal_in_other_words_with_its_numbers_is_rephrased() -> None:
    text = "The auditor found revenue overstated by 14 percent."
    assert judge_presence(WARNING, text) == "rephrased"


@pytest.mark.parametrize("text", ["", "Revenue grew by 14 percent.", "The auditor found nothing in the revenue."])
def test_signal_of_which_only_words_remain_is_absent(text: str) -> None:
    assert judge_presence(WARNING, text) == "absent"


def test_longer_number_is_not_the_signals_number() -> None:
    assert judge_presence("margin is 14", "the margin is 140") == "absent"


RECORDINGS = sorted((Path(__file__).parents[3] / "shared" / "traces" / "frameworks").glob("*.truth.json"))


@pytest.mark.parametrize("truth_path", RECORDINGS, ids=lambda path: path.name.partition(".")[0])
def test_losses_of_framework_recordings_are_those_that_happened(truth_path: Path) -> None:
    truth = json.loads(truth_path.read_text())
    recording = truth_path.with_name(truth_path.name.replace(".truth.", ".otlp."))
    (run,) = infer_runs(load_spans(recording))
    # Of an agent that took no part, or whose output the instrumentation left out, nothing can be said.
    raw, taking_part = recording.read_text(), {one.agent for one in run.invocations}
    told = {name for name, agent in truth["agents"].items() if name in taking_part and agent["output"] in raw}
    reached = tuple(name for name in truth["critical_reaches"] if name in told)
    expected = [(reached, truth["critical_lost_at"])] if reached and truth["critical_lost_at"] in told else []
    assert [(loss.reached, loss.lost_at) for loss in compute_losses(run) if loss.critical] == expected


def test_losses_follow_from_what_the_agents_really_returned(shared: Path) -> None:
    for path in sorted((shared / "traces" / "frameworks").glob("*.truth.json")):
        truth = json.loads(path.read_text())
        run = RunBuilder()
        for name, agent in sorted(truth["agents"].items(), key=lambda item: item[1]["tier"]):
            run.agent(name, agent["parent"], output=agent["output"])
        run.signal(truth["critical_reaches"][0], truth["critical_line"], critical=True, declared=False)
        found = [(list(loss.reached), loss.lost_at) for loss in compute_losses(run.build())]
        assert found == [(truth["critical_reaches"], truth["critical_lost_at"])], path.name

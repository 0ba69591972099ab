"""Which losses a reader sees first."""

from tierscope.metrics.loss_ranking import rank_losses
from tierscope.metrics.signal_fates import SIGNAL_FATES
from tierscope.metrics.testing import RunBuilder, measure

RATE = "The policy rate rose to 4.75 percent in March."
INQUIRY = "The regulator opened an inquiry into revenue of 12 million dollars."


def _run(domain_says: str, root_says: str) -> RunBuilder:
    run = RunBuilder()
    run.agent("root", output=root_says)
    run.agent("macro", "root", output=domain_says)
    run.agent("rates", "macro", output=f"{RATE} {INQUIRY}")
    run.signal("rates", RATE)
    run.signal("rates", INQUIRY, critical=True)
    return run


def test_each_loss_stands_at_the_agent_that_dropped_it_and_critical_ones_come_first() -> None:
    run = _run(f"{RATE} {INQUIRY}", "Nothing to report.")
    losses = rank_losses(measure(SIGNAL_FATES, run, scorer="lexical"))
    assert losses.select("signal", "agent", "hop", "outcome").rows() == [
        (INQUIRY, "root", "1 -> 0", "lost"),
        (RATE, "root", "1 -> 0", "lost"),
    ]


def test_signal_that_was_gone_already_is_not_lost_again_further_up() -> None:
    run = _run(RATE, RATE)
    losses = rank_losses(measure(SIGNAL_FATES, run, scorer="lexical"))
    assert losses.select("signal", "agent").rows() == [(INQUIRY, "macro")]


def test_nothing_is_ranked_where_everything_was_passed_on() -> None:
    run = _run(f"{RATE} {INQUIRY}", f"{RATE} {INQUIRY}")
    assert rank_losses(measure(SIGNAL_FATES, run, scorer="lexical")).is_empty()

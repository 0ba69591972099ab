"""Facts planted into generated runs are found exactly, whatever the seed: what was planted, and nothing else.

Hidden dependencies have theirs in ``test_hidden_dependencies``.
"""

from random import Random
from typing import Final

import pytest

from tierscope.metrics.alerts import ALERTS
from tierscope.metrics.critical_path import CRITICAL_PATH
from tierscope.metrics.structure_advice import STRUCTURE_ADVICE
from tierscope.metrics.testing import RunBuilder, measure
from tierscope.metrics.tier_completion import TIER_COMPLETION
from tierscope.metrics.token_cost import TOKEN_COST

SEEDS: Final = range(25)
DOMAINS: Final = ("macro", "sector", "company", "patents")
WORDS: Final = (
    "margins",
    "debt",
    "orders",
    "plants",
    "prices",
    "rivals",
    "rates",
    "freight",
    "copper",
    "demand",
    "tax",
)


@pytest.mark.parametrize("seed", SEEDS)
def test_tier_whose_times_vary_most_is_the_bottleneck(seed: int) -> None:
    random = Random(seed)
    planted = random.choice((1, 2))
    spread = {1: 40.0, 2: 40.0, planted: 400.0}
    runs = [RunBuilder(f"run-{number}") for number in range(random.randint(5, 12))]
    for run in runs:
        run.agent("root", ms=(0, 10_000))
        for domain in DOMAINS:
            run.agent(domain, "root", (10, 5_000 + random.uniform(-1, 1) * spread[1]))
            for number in range(random.randint(2, 5)):
                run.agent(f"{domain}-{number}", domain, (20, 1_000 + random.uniform(-1, 1) * spread[2]))
    found = measure(TIER_COMPLETION, *runs).filter("bottleneck")["tier"].to_list()
    assert found == [planted]


@pytest.mark.parametrize("seed", SEEDS)
def test_leaf_that_all_wait_for_bears_most_of_the_critical_path(seed: int) -> None:
    random = Random(seed)
    run = RunBuilder()
    leaves = [(domain, f"{domain}-{number}") for domain in DOMAINS for number in range(random.randint(1, 4))]
    slowest = random.choice(leaves)
    run.agent("root", ms=(0, 1_000))
    for domain in DOMAINS:
        run.agent(domain, "root", (5, 980 if domain == slowest[0] else random.uniform(500, 600)))
    for domain, leaf in leaves:
        run.agent(leaf, domain, (10, 970 if leaf == slowest[1] else random.uniform(50, 400)))
    path = measure(CRITICAL_PATH, run)
    assert path["agent"].to_list()[0] == slowest[1]
    assert set(path["agent"]) == {"root", *slowest}
    assert path["critical_ms"].sum() == pytest.approx(1_000)


@pytest.mark.parametrize("seed", SEEDS)
def test_storm_is_found_in_the_runs_and_with_the_agents_that_it_was_planted_in(seed: int) -> None:
    random = Random(seed)
    planted: dict[str, set[str]] = {}
    runs = [RunBuilder(f"run-{number}") for number in range(6)]
    for run in runs:
        run.agent("root")
        stormy, with_desk = random.choice((None, *DOMAINS)), random.choice((None, *DOMAINS))
        for domain in DOMAINS:
            run.agent(domain, "root")
            level = [run.agent(f"{domain}-{number}", domain) for number in range(random.randint(2, 4))]
            if domain == stormy:
                planted[run.id] = set()
                for tier in range(random.randint(2, 4)):
                    level = [run.agent(f"{domain}-{tier}-{number}", above) for number, above in enumerate(level * 2)]
                    planted[run.id].update(level)
            elif domain == with_desk:  # no storm, though a tier deeper than the others
                run.agent(f"{domain}-desk", level[0])
    alerts = measure(ALERTS, *runs).filter(alert="spawn_storm")
    assert {row["run_id"]: set(row["evidence"]) for row in alerts.iter_rows(named=True)} == planted


@pytest.mark.parametrize("seed", SEEDS)
def test_subtree_costs_what_was_spent_in_it(seed: int) -> None:
    random = Random(seed)
    run = RunBuilder()
    spent: dict[str, int] = {}
    above: dict[str, str] = {}
    for number in range(random.randint(2, 60)):
        parent = random.choice(list(spent)) if spent else None
        tokens = (random.randint(0, 900), random.randint(0, 90)) if random.random() < 0.8 else None
        made = run.agent(f"agent {number}", parent, tokens=tokens)
        spent[made] = 0
        if parent is not None:
            above[made] = parent
        place: str | None = made
        while place is not None:
            spent[place] += sum(tokens or ())
            place = above.get(place)
    frame = measure(TOKEN_COST, run).select("invocation_id", "subtree_input_tokens", "subtree_output_tokens")
    assert {id_: (given or 0) + (written or 0) for id_, given, written in frame.iter_rows()} == spent


@pytest.mark.parametrize("seed", SEEDS)
def test_layer_is_useless_only_where_it_was_planted_so(seed: int) -> None:
    random = Random(seed)
    useless = set(random.sample(DOMAINS, random.randint(0, 3)))
    run = RunBuilder()
    run.agent("root", output="The brief weighs all of it.")
    for domain in DOMAINS:
        found = f"{' '.join(random.sample(WORDS, 8))} changed by {random.randint(101, 999)} points"
        condensed = f"Of note in {domain}: {random.choice(WORDS)}."
        run.agent(domain, "root", output=f"**{found}.**" if domain in useless else condensed)
        run.agent(f"{domain}-0", domain, output=found)
    advice = measure(STRUCTURE_ADVICE, run).filter(advice="layer_adds_nothing")
    assert set(advice["agent"]) == useless

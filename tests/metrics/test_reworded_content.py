"""Content in other words: found where asked for, confirmed by a scorer, and never for want of other evidence."""

from pathlib import Path
from random import Random

import pytest

from tierscope.instrumentation.otlp import load_spans
from tierscope.instrumentation.store import Store
from tierscope.metrics import compute
from tierscope.metrics.hidden_dependencies import HIDDEN_DEPENDENCIES
from tierscope.metrics.testing import RunBuilder, measure

SAID = "The smelter in Antofagasta halted copper deliveries after a transformer fire, and insurers dispute liability."
AGAIN = (
    "After a transformer fire, deliveries of copper from the Antofagasta smelter halted; insurers dispute liability."
)


def _pairs(run: RunBuilder, reworded: str | None = "lexical") -> list[tuple[str, str]]:
    return measure(HIDDEN_DEPENDENCIES, run, reworded=reworded).select("from_agent", "to_agent").rows()


def _run(again: str, *, given: str = "Assess.", start: float = 20) -> RunBuilder:
    run = RunBuilder()
    run.agent("root", ms=(0, 100), input="Assess the thesis.")
    run.agent("macro", "root", (0, 50), input="Assess macro.")
    run.agent("company", "root", (0, 90), input=given)
    run.agent("metals", "macro", (0, 10), output=f"Done. {SAID}")
    run.agent("filing", "company", (start, 60), output=f"Margins held. {again}")
    return run


def test_sentence_in_other_words_is_found_only_where_that_is_asked_for() -> None:
    assert _pairs(_run(AGAIN)) == [("metals", "filing")]
    assert _pairs(_run(AGAIN), reworded=None) == []
    row = measure(HIDDEN_DEPENDENCIES, _run(AGAIN), reworded="lexical").row(0, named=True)
    assert (row["evidence"], row["confidence"], row["found_in"]) == ([SAID], 0.75, "output")


@pytest.mark.parametrize(
    "again",
    [
        "The smelter in Iquique resumed zinc deliveries after a strike, and its owners welcome arbitration.",
        "A transformer fire halted trading, and insurers raised premiums.",
        AGAIN.replace("liability", "liability of 31.7 million"),
        AGAIN.replace("halted", "never halted"),
    ],
)
def test_sentence_about_something_else_is_not_the_same_in_other_words(again: str) -> None:
    assert _pairs(_run(again)) == []


def test_what_was_handed_down_or_said_earlier_by_the_taker_is_no_dependency() -> None:
    assert _pairs(_run(AGAIN, given=f"Assess, given: {SAID}")) == []
    assert _pairs(_run(AGAIN, start=-5)) == []


def test_planted_rewordings_are_found_and_decoys_are_not() -> None:
    random = Random(11)
    hits = reported = planted = 0
    for number in range(20):
        run, dependencies = _planted(random, f"run-{number}")
        found = set(_pairs(run))
        hits, reported, planted = hits + len(found & dependencies), reported + len(found), planted + len(dependencies)
    assert planted > 50
    assert hits / reported >= 0.95
    assert hits / planted >= 0.8


_WHO = (
    "smelter",
    "refinery",
    "shipyard",
    "brewery",
    "foundry",
    "sawmill",
    "cannery",
    "tannery",
    "distillery",
    "quarry",
)
_WHERE = ("Antofagasta", "Rotterdam", "Kaohsiung", "Cleveland", "Surabaya", "Gdansk", "Bilbao", "Valparaiso", "Tromso")
_WHAT = ("copper", "diesel", "tanker", "barley", "turbine", "veneer", "sardine", "leather", "whisky", "granite")
_WHY = ("transformer fire", "dockworkers' strike", "cyanide spill", "rail embargo", "boiler explosion", "permit lapse")
_THEN = (
    "insurers dispute liability",
    "creditors demand collateral",
    "regulators weigh sanctions",
    "rivals hoard stock",
)


def _facts(random: Random, count: int) -> list[tuple[str, ...]]:
    """Facts of which no two have more than two words in common, nor a whole phrase."""
    facts: list[tuple[str, ...]] = []
    while len(facts) < count:
        made = tuple(random.choice(words) for words in (_WHO, _WHERE, _WHAT, _WHY, _THEN))
        alike = (sum(one == other for one, other in zip(made, fact, strict=True)) for fact in facts)
        if max(alike, default=0) <= 2 and made[3:] not in [fact[3:] for fact in facts]:
            facts.append(made)
    return facts


def _planted(random: Random, name: str) -> tuple[RunBuilder, set[tuple[str, str]]]:
    """A run of three domains; some leaves say another's finding in other words, others one that only resembles it."""
    leaves = [f"{domain}_{number}" for domain in ("macro", "sector", "company") for number in range(5)]
    order = random.sample(leaves, len(leaves))
    facts = _facts(random, len(order))
    run = RunBuilder(name)
    run.agent("root", ms=(0, 1000), input="Assess the thesis.")
    for domain in ("macro", "sector", "company"):
        run.agent(domain, "root", (0, 990), input=f"Assess the {domain}.")
    dependencies: set[tuple[str, str]] = set()
    used: set[int] = set()
    for place, leaf in enumerate(order):
        who, where, what, why, then = facts[place]
        lines = [f"The {who} in {where} halted {what} deliveries after a {why}, and {then}."]
        domain = leaf.partition("_")[0]
        givers = [one for one in range(max(0, place - 2)) if not order[one].startswith(domain) and one not in used]
        chosen = random.randrange(3) if givers and place > 4 else 2
        if chosen < 2:
            giver = random.choice(givers)
            used.add(giver)
            who, where, what, why, then = facts[giver]
            if chosen == 0:
                lines.append(f"After a {why}, {what} deliveries from the {where} {who} halted; {then}.")
                dependencies.add((order[giver], leaf))
            else:
                lines.append(f"The {what} market of {where} shrugged off its {why}.")
        run.agent(leaf, domain, (place * 40, place * 40 + 60), output="\n".join(lines))
    return run, dependencies


def test_recordings_of_frameworks_have_none(shared: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "frameworks.duckdb")
    for path in sorted((shared / "traces" / "frameworks").glob("*.otlp.json")):
        store.append(load_spans(path))
    store.refresh()
    found = compute("hidden_dependencies", store, reworded="lexical")
    assert found.select("run_id", "from_agent", "to_agent", "evidence").rows() == []

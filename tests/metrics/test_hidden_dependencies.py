"""Hidden dependencies: by hand, planted among decoys by a seeded generator, and on recordings that have none."""

from pathlib import Path
from random import Random

from tierscope.instrumentation.otlp import load_spans
from tierscope.instrumentation.store import Store
from tierscope.metrics import compute
from tierscope.metrics.hidden_dependencies import HIDDEN_DEPENDENCIES
from tierscope.metrics.testing import RunBuilder, measure

FINDING = "Our model puts third-quarter German industrial output growth at 2.374 percent, well above the consensus."


def _run(taken: str = "", given: str | None = None, start: float = 20) -> RunBuilder:
    run = RunBuilder(label="brief")
    run.agent("root", ms=(0, 100), input="Assess the thesis.")
    run.agent("macro", "root", (0, 50), input="Assess macro.")
    run.agent("company", "root", (0, 90), input="Assess the company.")
    run.agent("output_model", "macro", (0, 10), output=f"Done. {FINDING}")
    run.agent("earnings", "company", (start, 60), input=given, output=f"Earnings look strong. {taken}")
    return run


def _pairs(run: RunBuilder) -> list[tuple[str, str]]:
    return measure(HIDDEN_DEPENDENCIES, run).select("from_agent", "to_agent").rows()


def test_phrase_of_another_domains_leaf_in_a_later_output_is_a_dependency() -> None:
    row = measure(HIDDEN_DEPENDENCIES, _run(f"As computed: {FINDING}")).row(0, named=True)
    assert (row["from_domain"], row["to_domain"], row["found_in"]) == ("macro", "company", "output")
    assert row["confidence"] > 0.9
    assert "german industrial output growth" in row["evidence"][0]


def test_telling_number_with_the_same_words_around_it_is_a_dependency() -> None:
    assert _pairs(_run("Given industrial output growth of 2.374% in Germany, we lift the forecast.")) == [
        ("output_model", "earnings")
    ]


def test_equal_number_about_something_else_is_chance() -> None:
    assert _pairs(_run("Diluted share count rose to 2.374 billion.")) == []


def test_words_of_another_sentence_and_the_unit_are_no_context_of_a_number() -> None:
    assert _pairs(_run("Staff turnover came to 2.374 percent. Industrial output interests nobody here.")) == []
    assert _pairs(_run("Diluted shares rose by 2.374 percent on our model.")) == []


def test_subject_may_stand_on_the_other_side_of_the_number() -> None:
    run = _run("Since 61,204 was recorded for insulin rationing reports (Tampere), we adjust the plan.")
    run.agent("wards", "macro", (0, 15), output="Reports of insulin rationing in Tampere were counted at 61,204.")
    assert _pairs(run) == [("wards", "earnings")]


def test_content_in_the_input_that_the_handoff_did_not_carry_is_a_dependency() -> None:
    run = _run(given=f"Assess earnings. Shared notes: {FINDING}")
    run.handoff("company", "earnings", "Assess earnings.")
    assert measure(HIDDEN_DEPENDENCIES, run)["found_in"].to_list() == ["input"]


def test_content_that_was_handed_over_is_no_hidden_dependency() -> None:
    run = _run(f"As told: {FINDING}")
    run.handoff("company", "earnings", f"Assess earnings, given: {FINDING}")
    assert _pairs(run) == []


def test_content_that_an_agent_above_was_given_is_no_hidden_dependency() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    run.agent("macro", "root", (0, 10), output=FINDING)
    run.agent("company", "root", (20, 90), input=f"Assess, given: {FINDING}")
    run.agent("earnings", "company", (30, 60), output=f"Strong. {FINDING}")
    assert _pairs(run) == []


def test_leaf_that_began_first_depends_on_nothing_later() -> None:
    assert _pairs(_run(FINDING, start=-5)) == []


def test_leaves_of_the_same_domain_may_share() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    run.agent("macro", "root", (0, 90))
    run.agent("a", "macro", (0, 10), output=FINDING)
    run.agent("b", "macro", (20, 30), output=FINDING)
    assert _pairs(run) == []


def test_common_source_alone_is_no_dependency() -> None:
    run = _run(FINDING)
    run.signal("output_model", FINDING, source="destatis")
    run.signal("earnings", FINDING, source="destatis")
    assert _pairs(run) == []


def test_sentence_that_many_leaves_say_is_boilerplate() -> None:
    run = _run(FINDING)
    run.agent("patents", "company", (25, 60), output=FINDING)
    run.agent("rates", "macro", (5, 60), output=FINDING)
    assert _pairs(run) == []


def test_run_without_times_cannot_be_judged() -> None:
    run = RunBuilder()
    run.agent("root")
    run.agent("macro", "root", output=FINDING)
    run.agent("company", "root", output=FINDING)
    assert _pairs(run) == []


def test_recordings_of_frameworks_have_none(shared: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "frameworks.duckdb")
    for path in sorted((shared / "traces" / "frameworks").glob("*.otlp.json")):
        store.append(load_spans(path))
    store.refresh()
    assert compute("hidden_dependencies", store).select("run_id", "from_agent", "to_agent", "evidence").rows() == []


# --- planted truth --------------------------------------------------------------------------------------------------

_SUBJECTS = (
    "copper inventories", "freight volumes", "semiconductor bookings", "mortgage applications", "airline yields",
    "refinery margins", "insurance premiums", "steel shipments", "cloud spending", "vaccine deliveries",
)  # fmt: skip
_PLACES = ("Chile", "Rotterdam", "Taiwan", "Ohio", "Singapore", "Gujarat", "Poland", "Texas", "Osaka", "Lagos")
_VERBS = ("climbed to", "slid to", "settled near", "were revised to", "came in at")
_BOILERPLATE = "This note was prepared by the automated research desk and does not constitute investment advice."


def _statement(random: Random) -> tuple[str, str, str]:
    """A finding: its sentence, its subject, its number."""
    subject, place = random.choice(_SUBJECTS), random.choice(_PLACES)
    number = f"{random.randint(1, 99)}.{random.randint(101, 999)}"
    sentence = f"{subject.capitalize()} in {place} {random.choice(_VERBS)} {number} on our own estimate"
    return f"{sentence}, which no other desk has published.", f"{subject} in {place}", number


def _planted(random: Random, name: str) -> tuple[RunBuilder, set[tuple[str, str]]]:
    """A run of three domains with five leaves each; some leaves use another domain's finding, others only seem to."""
    domain_of = {f"{domain}_{number}": domain for domain in ("macro", "sector", "company") for number in range(5)}
    order = random.sample(list(domain_of), len(domain_of))
    found = {leaf: _statement(random) for leaf in order}
    outputs = {leaf: [found[leaf][0], _BOILERPLATE] for leaf in order}
    quotes: list[tuple[str, str, str]] = []
    dependencies: set[tuple[str, str]] = set()
    for place, taker in enumerate(order[4:], 4):
        giver = random.choice([leaf for leaf in order[: place - 2] if domain_of[leaf] != domain_of[taker]] or [taker])
        sentence, subject, number = found[giver]
        match random.randrange(6) if giver != taker else None:
            case 0:  # quoted
                outputs[taker].append(f"We build on this: {sentence}")
                dependencies.add((giver, taker))
            case 1:  # only the figure, in other words
                outputs[taker].append(f"With {subject} at {number}, the forecast for next year moves up.")
                dependencies.add((giver, taker))
            case 2:  # decoy: the same number by chance
                outputs[taker].append(f"Employee attrition stood at {number} at the last count.")
            case 3:  # decoy: both quote one source
                quote = f"The statistics office reports {subject} up {random.randint(101, 999)} points on the year."
                quotes += ((reader, quote, f"bulletin {place}") for reader in (giver, taker))
            case _:
                pass
    run = RunBuilder(name)
    run.agent("root", ms=(0, 1000), input="Assess the thesis.")
    for domain in sorted(set(domain_of.values())):
        run.agent(domain, "root", (0, 990), input=f"Assess the {domain}.")
    for place, leaf in enumerate(order):
        quoted = [quote for reader, quote, _ in quotes if reader == leaf]
        run.agent(leaf, domain_of[leaf], (place * 40, place * 40 + 60), output="\n".join([*outputs[leaf], *quoted]))
    for reader, quote, source in quotes:
        run.signal(reader, quote, source=source)
    return run, dependencies


def test_planted_dependencies_are_found_and_decoys_are_not() -> None:
    random = Random(7)
    hits = reported = planted = 0
    for number in range(30):
        run, dependencies = _planted(random, f"run-{number}")
        found = set(_pairs(run))
        hits, reported, planted = hits + len(found & dependencies), reported + len(found), planted + len(dependencies)
    assert planted > 80
    assert hits / reported >= 0.95
    assert hits / planted >= 0.8


def test_numbers_that_fall_together_in_a_common_template_are_chance() -> None:
    random = Random(3)
    run = RunBuilder()
    run.agent("root", ms=(0, 100_000))
    for domain in range(10):
        run.agent(f"d{domain}", "root", (1, 99_000))
        for leaf in range(40):
            start = random.uniform(2, 50_000)
            output = f"Metric number {leaf} of region {domain} rose by {random.randint(101, 999)} points this quarter."
            run.agent(f"d{domain}-{leaf}", f"d{domain}", (start, start + 50), output=output)
    assert _pairs(run) == []


def test_name_of_seven_words_that_both_write_about_is_no_dependency() -> None:
    name = "the tunnel boring machine under Wellesley Street"
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    run.agent("macro", "root", (0, 50))
    run.agent("company", "root", (0, 90))
    run.agent("metals", "macro", (0, 10), output=f"In spring {name} stalled on granite.")
    run.agent("filing", "company", (20, 60), output=f"Insurers value {name} at cost.")
    assert measure(HIDDEN_DEPENDENCIES, run).is_empty()

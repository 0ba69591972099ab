"""What is wrong with a suite is said in one line: file, line, key, and what to write instead."""

from pathlib import Path

import pytest

from tierscope.errors import InputError, UnreadableFileError
from tierscope.evals import load_suite

SUITE = """\
suite: research
runs:
  stored: {project: research}
checks:
  - name: pace
    metric: tier_completion
    column: p95_ms
    where: {tier: ">= 1"}
    expect: "<= 5000"
"""


@pytest.fixture
def write(tmp_path: Path) -> Path:
    return tmp_path / "suite.yaml"


def refusal(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_suite(path)
    return str(caught.value).removeprefix(str(path))


def test_suite_loads_with_its_defaults(write: Path) -> None:
    write.write_text(SUITE, encoding="utf-8")
    suite = load_suite(write)
    check = suite.checks[0]
    assert (suite.suite, suite.min_runs, check.aggregate, check.min_n) == ("research", 1, "every", 1)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        (
            "column: p95_ms",
            "colum: p95_ms",
            7,
            "checks[0].colum: unknown key 'colum', did you mean 'column'; known are",
        ),
        ("metric: tier_completion", "metric: tier_complete", 6, "did you mean 'tier_completion'"),
        ("p95_ms", "p96_ms", 7, "metric 'tier_completion' has no column 'p96_ms'"),
        ("{tier:", "{teir:", 8, "checks[0].where.teir: metric 'tier_completion' has no column 'teir', did you mean"),
        ('"<= 5000"', "5000", 9, "checks[0].expect: 5000 does not fit"),
        ('"<= 5000"', '"<= much"', 9, "'<= much' compares with no number"),
        ('"<= 5000"', '"== ok"', 9, "column 'p95_ms' holds numbers; write one after the comparison"),
        (
            "column: p95_ms",
            "column: bottleneck",
            9,
            "column 'bottleneck' holds true or false; compare it as in '== true'",
        ),
        ("column: p95_ms", "column: critical_path_share", 9, "is a share from 0 to 1; write '>= 0.8' or '>= 80 %'"),
        ("suite: research\n", "", 1, "the key 'suite' is missing: what the suite is called"),
        ("stored: {project: research}", "store: x", 2, "runs: needs exactly one of command, stored and files"),
        (
            "{project: research}",
            "{projects: research}",
            3,
            "runs.stored.projects: unknown key 'projects', did you mean 'project'",
        ),
        ('"<= 5000"', '"<= 5000"\n    options: {by: tier}', 10, "write a list of columns out of: tier, "),
        ('{tier: ">= 1"}', "{bottleneck: 'true'}", 8, "holds true or false, so no row can have 'true'"),
        ('{tier: ">= 1"}', "{tier: [1, '2']}", 8, "column 'tier' holds numbers, so no row can have (1, '2')"),
        ('{tier: ">= 1"}', "{tier: true}", 8, "column 'tier' holds numbers, so no row can have True"),
        ("stored: {project: research}", "command: x\n  timeout_s: .inf", 4, "runs.timeout_s: inf does not fit"),
        ('"<= 5000"', '"<= 5000"\n    tolerance: {relative: .inf}', 10, "inf does not fit: input should be a finite"),
        ('"<= 5000"', '"<= 5000"\n    options: {limit: 2}', 10, "metric 'tier_completion' has no option 'limit'"),
        ('"<= 5000"', '"<= 5000"\n    metric: spawn_depth', 10, "the key 'metric' stands twice; keep one."),
    ],
)
def test_error_names_line_key_and_what_to_write(write: Path, old: str, new: str, line: int, says: str) -> None:
    message = refusal(write, SUITE.replace(old, new, 1))
    assert message.startswith(f":{line}: ")
    assert says in message
    assert "\n" not in message


def test_unquoted_greater_than_is_explained(write: Path) -> None:
    message = refusal(write, SUITE.replace('"<= 5000"', ">= 5000"))
    assert message.startswith(":9: not YAML")
    assert message.endswith("Put a comparison in quotes: expect: '>= 0.8'.")


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "[" * 5000])
def test_file_without_a_bottom_is_refused(text: str, write: Path) -> None:
    assert refusal(write, text) == " cannot be read: it nests too deep, or a part holds itself."


def test_option_of_a_metric_has_to_fit_it(write: Path) -> None:
    check = '{name: a, metric: what_if, options: {slots: many}, expect: "<= 1"}'
    message = refusal(write, f"suite: s\nruns: {{stored: {{}}}}\nchecks:\n  - {check}\n")
    assert message.startswith(":4: checks[0].options.slots: 'many' does not fit (how many leaves may run at once): ")


def test_two_checks_of_one_name_are_refused(write: Path) -> None:
    check = SUITE[SUITE.index("  - name") :]
    assert "'pace' is the name of an earlier check" in refusal(write, SUITE + check)


@pytest.mark.parametrize("content", ["", "# nothing but a comment\n"])
def test_empty_suite_points_to_init(write: Path, content: str) -> None:
    assert refusal(write, content) == " is empty; `tierscope eval init` writes a suite to start from."


def test_missing_file_and_other_content_are_named(write: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file or directory"):
        load_suite(write)
    assert "a suite is a mapping with the keys suite, description, runs" in refusal(write, "- a list\n")
    write.write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableFileError, match="it is not UTF-8 text"):
        load_suite(write)

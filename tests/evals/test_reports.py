"""The same findings in every report, and recorded text that cannot break out of any."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from rich.console import Console

from tierscope.cli._output import console as cli_console
from tierscope.evals import (
    CheckResult,
    Comparison,
    Loss,
    Outcome,
    RowResult,
    RunSummary,
    SuiteResult,
    render_json,
    render_junit,
    render_markdown,
    render_terminal,
)

HOSTILE = 'a <script>alert(1)</script> | ]]> \x1b[31m\x00 "quoted" & `code` [link](http://x)'


def check(name: str, outcome: Outcome, reason: str, losses: Sequence[Loss] = ()) -> CheckResult:
    rows = (RowResult({"tier": 2}, "tier 2", 300.0, 8, "failed"), RowResult({"tier": 1}, "tier 1", 280.0, 2, "failed"))
    return CheckResult(
        name=name,
        outcome=outcome,
        reason=reason,
        metric="synthesis_retention",
        column="retained_share",
        unit="share",
        expect=">= 0.8",
        figure=0.5,
        n=8,
        rows=rows,
        losses=tuple(losses),
        losses_left_out=3 if losses else 0,
    )


LOSS = Loss(
    run_id="run-1",
    text="Note 14: an inquiry was opened.",
    critical=True,
    from_agent="filings",
    lost_at="company",
    hop="2 -> 1",
    verdict="lost",
    evidence="Margins rose.",
)
RESULT = SuiteResult(
    suite="research",
    description="What must hold.",
    file="suite.yaml",
    checks=(
        check("kept", "failed", "retained_share is 50 %, expected >= 80 %.", [LOSS]),
        check("fine", "passed", "it is 90 %."),
        check("short", "unjudged", "no row has a value."),
        check("broken", "mistake", "the extra is missing."),
    ),
    runs=(RunSummary("run-1", "baseline", "demo", None),),
    comparisons=(Comparison("kept", "passed", "mean over runs -1 %.", "share"),),
)


def shown(result: SuiteResult) -> str:
    console = Console(width=400, file=None, record=True, no_color=True, highlight=False)
    with console.capture() as capture:
        console.print(render_terminal([result]))
    return capture.get()


def test_every_report_names_the_lost_signal_the_hop_and_the_agents() -> None:
    for text in (shown(RESULT), render_junit([RESULT]), render_markdown([RESULT]), json.dumps(render_json([RESULT]))):
        plain = text.replace("\\", "").replace("&gt;", ">")
        for part in ("Note 14: an inquiry was opened.", "company", "2 -> 1", "filings"):
            assert part in plain


def test_loss_reads_as_one_sentence_and_says_how_many_more_there_are() -> None:
    text = shown(RESULT)
    assert "critical signal lost at company (hop 2 -> 1): “Note 14: an inquiry was opened.”, from filings" in text
    assert "showing 1 of 4 lost signals" in text


def test_junit_counts_what_could_not_be_judged_as_error_and_never_as_skipped() -> None:
    root = ElementTree.fromstring(render_junit([RESULT]))
    suite = root.find("testsuite")
    assert suite is not None
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "1", "2", "0"]
    cases = {case.get("name"): [part.tag for part in case] for case in suite.iter("testcase")}
    assert cases["kept"] == ["failure"]
    assert cases["fine"] == ["system-out"]
    assert cases["short"] == cases["broken"] == ["error"]
    assert cases["kept, against the baseline"] == ["system-out"]


def test_json_carries_verdict_exit_code_figures_and_n() -> None:
    record = json.loads(json.dumps(render_json([RESULT])))
    assert (record["verdict"], record["exit_code"]) == ("failed", 1)
    first = record["suites"][0]["checks"][0]
    assert (first["figure"], first["n"], first["rows"][0]["key"]) == (0.5, 8, {"tier": 2})
    assert first["losses"][0]["lost_at"] == "company"
    assert record["suites"][0]["runs"][0]["run_id"] == "run-1"


def test_last_line_of_the_terminal_report_is_the_verdict_with_its_exit_code() -> None:
    assert shown(RESULT).strip().splitlines()[-1] == "Failed (exit code 1)"


@pytest.fixture
def hostile() -> SuiteResult:
    loss = replace(LOSS, text=HOSTILE, from_agent=HOSTILE, lost_at=HOSTILE, verdict="distorted", evidence=HOSTILE)
    return SuiteResult("suite", None, "suite.yaml", (check(HOSTILE, "failed", HOSTILE, [loss]),))


def test_hostile_text_stays_text_in_xml_markdown_and_terminal(hostile: SuiteResult) -> None:
    root = ElementTree.fromstring(render_junit([hostile]))
    assert root.find(".//script") is None
    markdown = render_markdown([hostile])
    assert re.search(r"(?<!\\)<script", markdown) is None
    assert re.search(r"(?<!\\)`", markdown) is None
    assert [line.count(" | ") for line in markdown.splitlines() if line.startswith("| a ")] == [2]
    assert "\x1b" not in shown(hostile).replace("\x1b[0m", "")
    assert "\x00" not in shown(hostile)


def test_terminal_of_the_command_line_takes_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    cli_console.print(render_terminal([RESULT]))
    assert "Failed (exit code 1)" in capsys.readouterr().out

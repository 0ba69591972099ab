"""``runs``, ``metrics`` and ``store info`` on a store; the same figures in every form."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Command
from tests.instrumentation.tiers.making import agent, spans
from tierscope.cli.metrics import stored_state, wait_for_news
from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs


def test_runs_lists_what_was_recorded(tierscope: Command, stored: Store) -> None:
    shown = tierscope("runs").stdout
    assert "quarterly" in shown
    assert "chief" in shown
    (run,) = json.loads(tierscope("runs", "--json").stdout)
    assert (run["agents"], run["max_depth"], run["duration_ms"]) == (4, 2, 10_000.0)


def test_runs_of_another_project_are_none(tierscope: Command, stored: Store) -> None:
    ended = tierscope("runs", "--project", "other")
    assert ended.returncode == 0
    assert ended.stdout.startswith(f"No runs in {stored.path}")


def test_metric_is_the_same_in_table_json_csv_and_parquet(tierscope: Command, stored: Store, tmp_path: Path) -> None:
    rows = json.loads(tierscope("metrics", "tier_completion", "--json").stdout)["tier_completion"]
    assert [(row["tier"], row["n"], row["max_ms"]) for row in rows] == [(0, 1, 10_000), (1, 1, 8_000), (2, 2, 6_000)]
    assert "6 s" in tierscope("metrics", "tier_completion").stdout
    written = csv.DictReader(io.StringIO(tierscope("metrics", "tier_completion", "--format", "csv").stdout))
    assert [float(row["max_ms"]) for row in written] == [10_000, 8_000, 6_000]
    assert tierscope("metrics", "tier_completion", "--out", "frames").returncode == 0
    frame = pl.read_parquet(tmp_path / "frames/tier_completion.parquet")
    assert frame["max_ms"].to_list() == [10_000, 8_000, 6_000]


def test_what_was_left_out_is_said_in_every_form_and_mixed_into_none(tierscope: Command, stored: Store) -> None:
    said = next(
        line for line in tierscope("metrics", "hidden_dependencies").stdout.splitlines() if line.startswith("Left out")
    )
    for form in ("--json", "--format=csv", "--out=frames"):
        ended = tierscope("metrics", "hidden_dependencies", form)
        assert said in ended.stderr
        assert "Left out" not in ended.stdout


def test_what_was_left_out_of_a_metric_without_rows_is_in_json_and_parquet(
    tierscope: Command, stored: Store, tmp_path: Path
) -> None:
    said = "4 of 4 agents have no recorded input"
    printed = json.loads(tierscope("metrics", "hidden_dependencies", "--json").stdout)
    assert printed["hidden_dependencies"] == []
    assert printed["left_out"] == [{"metric": "hidden_dependencies", "fact": "input", "n": 4, "of": 4, "text": said}]
    assert tierscope("metrics", "hidden_dependencies", "--out", "frames").returncode == 0
    facts = pl.read_parquet_metadata(tmp_path / "frames/hidden_dependencies.parquet")
    assert facts["left_out_why"] == said


def test_rows_say_what_was_left_out_in_json_csv_and_parquet(tierscope: Command, stored: Store, tmp_path: Path) -> None:
    said = "2 of 2 agents have no recorded times"
    store = Store(tmp_path / "untimed.duckdb")
    run = RunBuilder()
    run.agent("root")
    run.agent("leaf", "root")
    save_runs(store, [run])
    asked = ("metrics", "tier_completion", "--store", str(store.path))
    rows = json.loads(tierscope(*asked, "--json").stdout)["tier_completion"]
    assert [(row["n"], row["mean_ms"], row["left_out_why"]) for row in rows] == [(0, None, said)] * 2
    written = csv.DictReader(io.StringIO(tierscope(*asked, "--format", "csv").stdout))
    assert [row["left_out_why"] for row in written] == [said] * 2
    assert tierscope(*asked, "--out", "frames").returncode == 0
    assert pl.read_parquet(tmp_path / "frames/tier_completion.parquet")["left_out_why"].to_list() == [said] * 2
    shown = tierscope(*asked).stdout
    assert "left out why" not in shown
    assert f"Left out: {said} (tier_completion)." in shown


def test_watching_waits_until_something_new_is_stored(stored: Store) -> None:
    stored.refresh()
    shown = stored_state(stored)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        assert len(waited) < 1_000, "what was recorded is never noticed"
        if len(waited) == 3:
            stored.append(spans(agent("another"), trace=7))
            stored.refresh()

    wait_for_news(stored, shown, sleep)
    assert len(waited) == 3


def test_watched_metric_is_printed_again_when_a_run_arrives(stored: Store, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tierscope", "metrics", "outcomes", "--watch"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as watching:
        try:
            assert watching.stdout is not None
            lines = iter(watching.stdout.readline, "")
            assert any("Outcomes" in line for line in lines)
            stored.append(spans(agent("another"), trace=7))
            assert any("Outcomes" in line for line in lines)
        finally:
            watching.kill()


def test_filter_that_no_run_meets_is_said(tierscope: Command, stored: Store) -> None:
    ended = tierscope("metrics", "outcomes", "--agent", "nobody", "--json")
    assert (ended.returncode, json.loads(ended.stdout)) == (0, {"outcomes": []})
    assert "is as asked." in ended.stderr


def test_group_that_no_metric_has_is_named(tierscope: Command, stored: Store) -> None:
    ended = tierscope("metrics", "--by", "mood")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith("tierscope: --by: no metric asked for has a group 'mood'; there are: agent, ")


def test_frames_of_several_metrics_are_parted_by_an_empty_line(tierscope: Command, stored: Store) -> None:
    printed = tierscope("metrics", "outcomes", "coverage", "--format", "csv").stdout
    first, second = (list(csv.DictReader(io.StringIO(part))) for part in printed.split("\n\n"))
    assert (first[0]["failed_share"], second[0]["output_share"]) == ("0.0", "1.0")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("spawn_limit", "tierscope: --option: 'spawn_limit' is no option: write name=value, such as split=3d.\n"),
        ("slots=2", "tierscope: --option: no metric asked for has an option 'slots'; there are: spawn_limit.\n"),
        (
            "spawn_limit=deep",
            "tierscope: Option 'spawn_limit' of metric 'spawn_depth' (deepest allowed tier where a run",
        ),
    ],
)
def test_option_that_does_not_fit_is_named(tierscope: Command, stored: Store, option: str, said: str) -> None:
    ended = tierscope("metrics", "spawn_depth", "--option", option)
    assert (ended.returncode, ended.stderr.count("\n"), ended.stderr[: len(said)]) == (2, 1, said)


def test_options_of_metrics_are_given_as_text_and_json(tierscope: Command, stored: Store) -> None:
    asked = ("metrics", "spawn_depth", "what_if", "--option", "spawn_limit=1", "--option", 'faster={"writer": 2}')
    printed = json.loads(tierscope(*asked, "--json").stdout)
    assert (printed["spawn_depth"][0]["limit_source"], printed["spawn_depth"][0]["breach"]) == ("set", True)
    # chief 0-10, lead 1-9, writer 2-8: twice as fast the writer ends at 5.
    assert (printed["what_if"][0]["observed_ms"], printed["what_if"][0]["predicted_ms"]) == (10_000, 7_000)


def test_periods_are_compared_from_the_command_line(tierscope: Command, tmp_path: Path) -> None:
    runs = [RunBuilder(f"run-{number}") for number in range(4)]
    for number, (start_ms, took_ms) in enumerate([(0, 100), (1, 100), (20_000, 60), (20_001, 80)]):
        runs[number].agent("root", ms=(start_ms, start_ms + took_ms))
    save_runs(Store(tmp_path / "tierscope.duckdb"), runs)
    asked = ("metrics", "version_changes", "--option", "split=2023-11-14T22:13:30Z", "--json")
    rows = {row["figure"]: row for row in json.loads(tierscope(*asked).stdout)["version_changes"]}
    time = rows["makespan_ms"]
    assert (time["baseline"], time["candidate"]) == ("before 2023-11-14 22:13:30", "since 2023-11-14 22:13:30")
    assert (time["baseline_value"], time["candidate_value"], time["difference"]) == (100, 70, -30)


def test_folder_that_cannot_be_written_is_named(tierscope: Command, stored: Store, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    ended = tierscope("metrics", "tier_completion", "--out", "taken")
    assert (ended.returncode, ended.stderr) == (2, "tierscope: Frames cannot be written to taken: File exists.\n")


def test_metrics_can_be_grouped(tierscope: Command, stored: Store) -> None:
    rows = json.loads(tierscope("metrics", "tier_completion", "--by", "agent", "--json").stdout)["tier_completion"]
    assert {row["agent"] for row in rows} == {"chief", "lead", "analyst", "writer"}


def test_lost_critical_signal_is_an_alert(tierscope: Command, stored: Store) -> None:
    alerts = json.loads(tierscope("metrics", "alerts", "--json").stdout)["alerts"]
    assert "critical_signal_lost" in {alert["alert"] for alert in alerts}


@pytest.mark.parametrize(
    ("condition", "exit_code", "said"),
    [
        ("max_ms > 10000", 0, ""),
        ("max_ms >= 8000", 1, "tierscope: max_ms >= 8000 holds for 2 of 3 rows of tier_completion.\n"),
        ("variance_ms2 >= 0", 1, "tierscope: variance_ms2 >= 0 holds for 1 of 3 rows of tier_completion.\n"),
        ("max_mss > 1", 2, "tierscope: --fail-on: no metric asked for has a column 'max_mss'; there are: "),
        ("max_ms", 2, "tierscope: --fail-on: '' is no comparison"),
        ("<= 3", 2, "tierscope: --fail-on: '<= 3' names no column"),
        ("", 2, "tierscope: --fail-on: '' names no column"),
        ("bottleneck == maybe", 2, "tierscope: --fail-on: column 'bottleneck' of tier_completion holds no texts."),
    ],
)
def test_condition_decides_the_exit_code_and_unmeasured_figures_meet_none(
    tierscope: Command, stored: Store, condition: str, exit_code: int, said: str
) -> None:
    ended = tierscope("metrics", "tier_completion", "--fail-on", condition)
    assert (ended.returncode, ended.stderr[: len(said)]) == (exit_code, said)


def test_unknown_metric_lists_those_there_are(tierscope: Command, stored: Store) -> None:
    ended = tierscope("metrics", "tier_complet")
    assert ended.returncode == 2
    assert ended.stderr.startswith("tierscope: There is no metric 'tier_complet'; there are: alerts,")


def test_missing_store_says_how_to_make_one(tierscope: Command) -> None:
    for command in (["runs"], ["metrics"], ["tree"], ["store", "info"]):
        ended = tierscope(*command)
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
        assert "tierscope demo" in ended.stderr


def test_store_info_counts_rows(tierscope: Command, stored: Store) -> None:
    facts = json.loads(tierscope("store", "info", "--json").stdout)
    assert (facts["spans"], facts["runs"], facts["invocations"]) == (4, 1, 4)
    assert facts["waiting_segments"] == 0

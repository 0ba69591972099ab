"""Report folders: one run each, with a time for the whole run alone."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tierscope.errors import UnreadableFileError
from tierscope.instrumentation import semconv
from tierscope.instrumentation.importers.tradingagents import STAGE_FOLDER
from tierscope.instrumentation.spans import Span


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run = tmp_path / "XYZ_20260131_174032_cf1b107"
    for report in ("1_analysts/market", "2_research/manager", "3_trading/trader", "5_portfolio/decision"):
        file = run / f"{report}.md"
        file.parent.mkdir(parents=True)
        file.write_text(f"# {report}\nÜber alles: 3,2 %\n", encoding="utf-8")
    return run


def _root(spans: list[Span]) -> Span:
    (root,) = (span for span in spans if span.parent_span_id is None)
    return root


def test_folder_is_one_run_with_label_version_and_time_from_its_name(folder: Path) -> None:
    assert STAGE_FOLDER.sniff(folder)
    spans = STAGE_FOLDER.load(folder)
    assert [span.attributes[semconv.GEN_AI_AGENT_NAME] for span in spans] == [
        "market_analyst",
        "research_manager",
        "trader",
        "portfolio_manager",
    ]
    root = _root(spans)
    assert root.attributes[semconv.TIERSCOPE_RUN_LABEL] == "XYZ 2026-01-31 17:40"
    assert root.attributes[semconv.TIERSCOPE_RUN_VERSION] == "cf1b107"
    assert root.attributes[semconv.TIERSCOPE_OUTPUT] == "# 5_portfolio/decision\nÜber alles: 3,2 %"
    assert root.start_ns == int(datetime(2026, 1, 31, 17, 40, 32, tzinfo=UTC).timestamp()) * 1_000_000_000
    assert all(span.attributes[semconv.TIERSCOPE_UNTIMED] is True for span in spans)


def test_ticker_may_hold_dots_and_underscores(folder: Path) -> None:
    moved = folder.rename(folder.with_name("0275.KL_B_20260131_174032"))
    assert _root(STAGE_FOLDER.load(moved)).attributes[semconv.TIERSCOPE_RUN_LABEL] == "0275.KL_B 2026-01-31 17:40"


def test_name_that_is_no_text_is_stored_readably(folder: Path) -> None:
    moved = folder.rename(folder.with_name(os.fsdecode(b"caf\xe9")))
    assert _root(STAGE_FOLDER.load(moved)).attributes[semconv.TIERSCOPE_RUN_LABEL] == "caf\ufffd"


@pytest.mark.parametrize("name", ["my reports", "XYZ_20261399_174032_cf1b107"])
def test_folder_of_another_name_has_no_time(folder: Path, name: str) -> None:
    root = _root(STAGE_FOLDER.load(folder.rename(folder.with_name(name))))
    assert (root.start_ns, root.attributes[semconv.TIERSCOPE_RUN_LABEL]) == (0, name)
    assert semconv.TIERSCOPE_RUN_VERSION not in root.attributes


def test_ids_follow_name_and_content_and_not_the_place(folder: Path, tmp_path: Path) -> None:
    before = [span.key for span in STAGE_FOLDER.load(folder)]
    moved = shutil.move(folder, tmp_path / "elsewhere" / folder.name)
    assert [span.key for span in STAGE_FOLDER.load(Path(moved))] == before
    (Path(moved) / "1_analysts/market.md").write_text("Something else.")
    assert {span.trace_id for span in STAGE_FOLDER.load(Path(moved))}.isdisjoint(
        key.partition(":")[0] for key in before
    )


def test_report_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "3_trading/trader.md").write_bytes(b"BUY \xff\xfe")
    with pytest.raises(
        UnreadableFileError, match=r"trader\.md is not text in UTF-8 \(byte 4\), so its run was left out"
    ):
        STAGE_FOLDER.load(folder)


def test_folder_without_reports_of_a_stage_is_not_of_this_format(tmp_path: Path) -> None:
    (tmp_path / "1_analysts").mkdir()
    (tmp_path / "README.md").touch()
    assert not STAGE_FOLDER.sniff(tmp_path)
    assert not STAGE_FOLDER.sniff(tmp_path / "README.md")


def test_recorded_runs_each_have_one_root_and_four_leaves(shared: Path) -> None:
    folders = sorted((shared / "traces/tradingagents/runs").iterdir())
    assert folders
    for folder in folders:
        spans = STAGE_FOLDER.load(folder)
        assert _root(spans).attributes[semconv.TIERSCOPE_TIER] == 0
        leaves = [span for span in spans if span.attributes[semconv.TIERSCOPE_TIER] == 3]
        assert len(leaves) >= 4
        assert len(spans) == len(list(folder.rglob("*.md")))

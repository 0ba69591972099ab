"""Files and folders go into the store once, and what is broken is named and left out."""

import json
import shutil
from pathlib import Path

import pytest

from tierscope.errors import UnreadableFileError
from tierscope.instrumentation.importers import ImportReport, import_paths, load_path
from tierscope.instrumentation.store import Store


def _write_trace(path: Path, trace_id: str, spans: int = 2) -> Path:
    listed = [
        {
            "traceId": trace_id * 32,
            "spanId": f"{index + 1:016x}",
            "name": "work",
            "startTimeUnixNano": "1700000000000000000",
            "endTimeUnixNano": "1700000001000000000",
        }
        for index in range(spans)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": listed}]}]}))
    return path


def _write_reports(folder: Path) -> Path:
    for report in ("1_analysts/market", "2_research/manager"):
        (folder / report).parent.mkdir(parents=True)
        (folder / f"{report}.md").write_text(report)
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "here.duckdb")


def _count(store: Store) -> int:
    return int(store.query("SELECT count(*) FROM spans").item())


def test_folder_is_searched_and_what_is_of_no_format_is_counted(tmp_path: Path, store: Store) -> None:
    _write_trace(tmp_path / "in/deep/down/a.json", "a")
    _write_trace(tmp_path / "in/b.json", "b", spans=3)
    _write_reports(tmp_path / "in/XYZ")
    (tmp_path / "in/notes.md").write_text("unrelated")
    (tmp_path / "in/truth.json").write_text("{}")
    report = import_paths([tmp_path / "in"], store)
    assert report == ImportReport(sources=3, traces=3, spans=7, new_spans=7, ignored=2, skipped=())
    assert _count(store) == 7


def test_importing_twice_stores_nothing_twice(tmp_path: Path, store: Store) -> None:
    _write_trace(tmp_path / "in/a.json", "a")
    _write_reports(tmp_path / "in/XYZ")
    first = import_paths([tmp_path / "in"], store)
    _write_trace(tmp_path / "in/b.json", "b")
    shutil.copytree(tmp_path / "in/XYZ", tmp_path / "copies/XYZ")
    second = import_paths([tmp_path / "in", tmp_path / "copies"], store)
    assert (first.new_spans, second.spans, second.new_spans) == (4, 8, 2)
    assert _count(store) == 6


def test_source_named_twice_is_read_once(tmp_path: Path, store: Store) -> None:
    file = _write_trace(tmp_path / "in/a.json", "a")
    assert import_paths([file, tmp_path / "in", file], store).sources == 1


def test_spans_that_wait_in_the_spool_are_not_new(tmp_path: Path, store: Store) -> None:
    file = _write_trace(tmp_path / "a.json", "a")
    store.append(load_path(file))
    assert import_paths([file], store).new_spans == 0


def test_broken_file_is_named_with_the_reason_and_left_out_whole_and_the_rest_goes_on(
    tmp_path: Path, store: Store
) -> None:
    good, broken = _write_trace(tmp_path / "in/a.json", "a"), tmp_path / "in/broken.json"
    broken.write_text(good.read_text().replace("aaaa", "bbbb")[:-20])
    _write_trace(tmp_path / "in/c.json", "c")
    _write_reports(tmp_path / "in/XYZ")
    (tmp_path / "in/XYZ/1_analysts/market.md").write_bytes(b"\xff")
    report = import_paths([tmp_path / "in"], store)
    assert (report.sources, report.new_spans) == (2, 4)
    assert [one.path.name for one in report.skipped] == ["XYZ", "broken.json"]
    assert "market.md is not text in UTF-8" in report.skipped[0].reason
    assert f"{broken} cannot be read as OTLP" in report.skipped[1].reason
    assert _count(store) == 4


def test_file_that_was_named_is_never_ignored(tmp_path: Path, store: Store) -> None:
    (tmp_path / "notes.md").write_text("unrelated")
    (tmp_path / "empty.json").touch()
    paths = [tmp_path / name for name in ("notes.md", "empty.json", "missing")]
    report = import_paths(paths, store)
    assert [one.path for one in report.skipped] == [
        tmp_path / "missing",
        tmp_path / "notes.md",
        tmp_path / "empty.json",
    ]
    assert "missing: there is no such file or folder." in report.skipped[0].reason
    assert "it is empty" in report.skipped[2].reason
    assert not store.exists


def test_hidden_files_spools_and_folders_behind_links_are_passed_over(tmp_path: Path, store: Store) -> None:
    _write_trace(tmp_path / "in/.cache/a.json", "a")
    _write_trace(tmp_path / "in/other.duckdb.spool/b.json", "b")
    (tmp_path / "in/loop").symlink_to(tmp_path / "in", target_is_directory=True)
    assert import_paths([tmp_path / "in"], store) == ImportReport(0, 0, 0, 0, ignored=0, skipped=())


def test_progress_is_told_after_each_source(tmp_path: Path, store: Store) -> None:
    for name in "abc":
        _write_trace(tmp_path / f"in/{name}.json", name)
    (tmp_path / "in/b.json").write_text('{"resourceSpans": [')
    told: list[tuple[int, int]] = []
    import_paths([tmp_path / "in"], store, lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_load_path_reads_without_a_store(tmp_path: Path) -> None:
    _write_trace(tmp_path / "in/a.json", "a")
    _write_reports(tmp_path / "in/XYZ")
    assert len(load_path(tmp_path / "in")) == 4
    assert len(load_path(tmp_path / "in/XYZ")) == 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "there is no such file or folder"),
        ("folder", r"holds nothing that can be imported \(1 other files\)"),
        ("folder/notes.md", "cannot be read as OTLP"),
    ],
)
def test_load_path_says_what_is_wrong(name: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/notes.md").write_text("unrelated")
    with pytest.raises(UnreadableFileError, match=reason):
        load_path(tmp_path / name)


def test_every_recording_at_hand_is_read(shared: Path, store: Store) -> None:
    report = import_paths([shared / "traces"], store)
    assert report.skipped == ()
    assert report.sources >= len(list(shared.glob("traces/frameworks/*.otlp.json"))) + len(
        [*shared.glob("traces/tradingagents/runs/*"), *shared.glob("traces/tradingagents/cli/*/*")]
    )
    assert report.new_spans == _count(store)

"""Segments of the spool: whole or not there, in order, out of the way when broken."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.instrumentation.making import make_span
from tierscope.errors import StoreError, StoreFullError
from tierscope.instrumentation.columns import table_from_spans
from tierscope.instrumentation.spool import DUE_AT_SEGMENTS, STALE_AFTER_S, Spool
from tierscope.instrumentation.store import Store


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def append(spool: Spool, number: int = 1) -> None:
    spool.append_table(table_from_spans([make_span(number=number)]))


def test_segments_are_listed_in_the_order_of_writing(spool: Spool) -> None:
    append(spool)
    spool.append_body(b"body")
    append(spool)
    segments = spool.list_segments()
    assert [segment.kind for segment in segments] == ["arrow", "otlp", "arrow"]
    assert spool.read(segments[1]) == b"body"
    assert segments[0].written_ns <= segments[1].written_ns <= segments[2].written_ns <= time.time_ns()


def test_what_is_not_a_finished_segment_is_not_listed(spool: Spool) -> None:
    append(spool)
    [segment] = spool.list_segments()
    (spool.folder / f"writing-{segment.name}").touch()
    (spool.folder / "notes.arrow").touch()
    (spool.folder / "locks").mkdir()
    assert spool.list_segments() == [segment]


def test_missing_folder_has_no_segments_and_nothing_due(spool: Spool) -> None:
    assert spool.list_segments() == []
    assert spool.list_quarantined() == []
    assert not spool.is_due()
    spool.sweep()


def test_draining_is_due_when_many_segments_wait_or_one_is_old(spool: Spool) -> None:
    append(spool)
    assert not spool.is_due()
    [segment] = spool.list_segments()
    old = f"{time.time_ns() - 2 * 10**9:020d}{segment.name[20:]}"
    (spool.folder / segment.name).rename(spool.folder / old)
    assert spool.is_due()
    spool.delete(spool.list_segments())
    for _ in range(DUE_AT_SEGMENTS):
        spool.append_body(b"body")
    assert spool.is_due()


def test_draining_is_due_where_the_clock_was_set_back(spool: Spool) -> None:
    append(spool)
    [segment] = spool.list_segments()
    later = f"{time.time_ns() + 3600 * 10**9:020d}{segment.name[20:]}"
    (spool.folder / segment.name).rename(spool.folder / later)
    assert spool.is_due()


def test_only_stale_temporary_files_are_swept(spool: Spool) -> None:
    append(spool)
    stale, fresh = spool.folder / "writing-stale", spool.folder / "writing-fresh"
    stale.touch()
    fresh.touch()
    long_ago = time.time() - STALE_AFTER_S - 1
    os.utime(stale, (long_ago, long_ago))
    spool.sweep()
    assert not stale.exists()
    assert fresh.exists()
    assert len(spool.list_segments()) == 1


def test_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"spans cannot be written to .*spool \(Not a directory\): name a store"):
        append(Spool(tmp_path / "file" / "spool"))


def test_store_below_a_file_is_named_and_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file" / "store.duckdb")
    assert not store.exists
    with pytest.raises(StoreError, match=r"spans cannot be written to .* \(Not a directory\): name a store elsewhere"):
        store.append([make_span()])


def test_spool_over_its_limit_takes_nothing_until_it_is_drained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tierscope.instrumentation.spool.MEASURE_EVERY_S", 0.0)
    first, second = (Spool(tmp_path / "spool", limit_bytes=1000) for _ in range(2))
    first.append_body(bytes(600))
    for writer in (first, second):
        with pytest.raises(StoreFullError, match=r"holds 600 of at most 1,000 bytes: wait until its spans are in the"):
            writer.append_body(bytes(600))
    assert len(first.list_segments()) == 1
    first.delete(first.list_segments())
    second.append_body(bytes(600))
    assert len(first.list_segments()) == 1


LARGE = make_span(attributes={"text": os.urandom(100_000).hex()})


def fill(store: Store) -> int:
    """Append spans until there is no room; the number of those acknowledged."""
    for number in range(1000):
        try:
            store.append([make_span(number=number, attributes={"text": os.urandom(3000).hex()})])
        except StoreFullError:
            return number
    pytest.fail("the disk never filled up")


def test_full_disk_is_one_error_and_all_that_was_acknowledged_is_stored_later(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        full = Store(disk / "spans.duckdb")
        acknowledged = fill(full)
        assert acknowledged > 10
        with pytest.raises(StoreFullError, match=r"no room for \d+ bytes .* \(No space left on device\): free some"):
            full.append([LARGE])
        with pytest.raises(StoreFullError, match="no room on the disk"):
            full.refresh()
        assert len(full.spool.list_segments()) == acknowledged
        shutil.copytree(full.spool.folder, tmp_path / "spans.duckdb.spool")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    store = Store(tmp_path / "spans.duckdb")
    assert store.refresh() == acknowledged
    assert store.spool.list_quarantined() == []

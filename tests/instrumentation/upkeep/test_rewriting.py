"""Rewriting, compacting, copying and merging: the same rows, whoever reads, writes or dies meanwhile."""

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.instrumentation.making import make_span
from tests.instrumentation.upkeep.test_pruning import make_agent
from tierscope.errors import InputError, StoreFullError, StoreLockedError, StoreMissingError
from tierscope.instrumentation.settings import Settings
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep import compaction, rewriting
from tierscope.instrumentation.upkeep.compaction import compact, compact_if_idle
from tierscope.instrumentation.upkeep.copying import copy_store, merge_store

DEADLINE_S = 60.0
WORKER = Path(__file__).with_name("compaction_worker.py")
ROOT = Path(__file__).resolve().parents[3]


def contents(store: Store) -> dict[str, pl.DataFrame]:
    tables = store.query("SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1")["table_name"]
    assert len(tables) > 10
    return {table: store.query(f"SELECT * FROM {table} ORDER BY ALL") for table in tables}


def fill(store: Store) -> None:
    store.append([make_agent(trace, 10 * trace + number) for trace in (1, 2, 3) for number in range(5)])
    store.refresh()


def test_rewritten_file_has_the_same_rows_in_every_table(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    with duckdb.connect(str(store.path)) as connection:
        connection.execute("CREATE VIEW mine AS SELECT count(*) AS n FROM spans; CREATE TABLE notes (text VARCHAR)")
        connection.execute("INSERT INTO notes VALUES ('kept')")
    before = contents(store)
    monkeypatch.setattr(rewriting, "PAGE_ROWS", 4)
    compact(store)
    after = contents(store)
    assert before.keys() == after.keys()
    for table, rows in before.items():
        assert_frame_equal(rows, after[table])
    assert store.query("SELECT n FROM mine").item() == 15
    store.append([make_span()])
    assert store.refresh() == 1


def test_rewritten_store_opens_with_the_oldest_supported_version(store: Store) -> None:
    fill(store)
    versions = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = current_database()"
    before = store.query(versions).item()
    compact(store)
    assert store.query(versions).item() == before


def test_missing_store_cannot_be_compacted(store: Store) -> None:
    with pytest.raises(StoreMissingError):
        compact(store)


def test_small_store_is_not_compacted_by_itself(store: Store) -> None:
    fill(store)
    state = store.database.state()
    assert not compact_if_idle(store)
    assert store.database.state() == state


def test_fragmented_store_is_compacted_where_it_is_idle(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        store.append([make_span(number=number)])
        store.refresh()
    monkeypatch.setattr(compaction, "SPARE_ROW_GROUPS", 0)
    monkeypatch.setattr(compaction, "FRAGMENTED_FACTOR", 0)
    assert compact_if_idle(store)
    assert store.query("SELECT count(*) FROM spans").item() == 6


def test_store_is_tidied_once_after_each_time_something_came(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    monkeypatch.setattr(compaction, "SPARE_ROW_GROUPS", -1)
    monkeypatch.setattr(compaction, "FRAGMENTED_FACTOR", 0)
    assert not compaction.Tidier(store, lambda: True, after_s=DEADLINE_S).step(is_busy=False), "it is not quiet yet"
    tidier = compaction.Tidier(store, lambda: True, after_s=0)
    assert [tidier.step(is_busy=is_busy) for is_busy in (False, False, True, False)] == [True, False, True, False]
    assert not compaction.Tidier(store, lambda: False, after_s=0).step(is_busy=False)


def test_store_that_is_written_to_again_and_again_is_not_rewritten_for_ever(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    asked = 0

    def write(done: int, total: int) -> None:
        nonlocal asked
        asked += 1
        with Store(store.path).database.write() as connection:
            connection.execute("INSERT INTO drained_segments VALUES ('x', ?)", [asked])

    with pytest.raises(StoreLockedError, match=r"was written to during each of 5 attempts to rewrite it: try again"):
        compact(store, write)
    assert asked >= 5
    assert store.query("SELECT count(*) FROM spans").item() == 15


def test_compaction_of_an_idle_store_gives_way_to_what_arrives(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    monkeypatch.setattr(compaction, "SPARE_ROW_GROUPS", -1)
    monkeypatch.setattr(compaction, "FRAGMENTED_FACTOR", 0)
    store.append([make_span()])
    state = store.database.state()
    assert not compact_if_idle(store)
    assert store.database.state() == state
    assert [path.name for path in store.path.parent.iterdir()] == ["spans.duckdb", "spans.duckdb.spool"]


def test_commit_in_the_middle_is_not_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle store is not held still: whoever commits has the last word."""
    fill(store)
    monkeypatch.setattr(rewriting, "PAGE_ROWS", 4)
    asked = 0

    def goes_on() -> bool:
        nonlocal asked
        asked += 1
        if asked == 3:
            Store(store.path).append([make_span()])
            Store(store.path).refresh()
        return True

    assert rewriting.try_to_rewrite(store, goes_on) is None
    assert store.query("SELECT count(*) FROM spans").item() == 16


def test_readers_go_on_between_the_pages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    monkeypatch.setattr(rewriting, "PAGE_ROWS", 4)
    reads: list[int] = []
    reader = Store(store.path, settings=Settings(lock_timeout_ms=2000))

    def read(done: int, total: int) -> None:
        assert not reader.refresh_unless_rewritten(), "a command does not wait for it either"
        reads.append(reader.query("SELECT count(*) FROM spans").item())

    compact(store, read)
    assert len(reads) > 5
    assert set(reads) == {15}
    assert reader.refresh_unless_rewritten()


def test_program_that_holds_the_file_past_the_turnstile_keeps_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "spans.duckdb", settings=Settings(lock_timeout_ms=500))
    fill(store)
    hold = "import sys, duckdb\nheld = duckdb.connect(sys.argv[1], read_only=True)\nprint('held', flush=True)\ninput()"
    command = [sys.executable, "-c", hold, str(store.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLockedError, match=rf"\(PID {holder.pid}\): close it there, and try again"):
            compact(store)
        holder.communicate("\n")
    assert [path.name for path in tmp_path.iterdir() if "rewriting" in path.name] == []


def test_full_disk_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        store = Store(disk / "spans.duckdb")
        fill(store)
        (disk / "ballast").write_bytes(bytes(6 * 2**20 - sum(path.stat().st_size for path in disk.glob("*.*")) - 2**19))
        with pytest.raises(StoreFullError, match="no room on the disk"):
            compact(store)
        (disk / "ballast").unlink()
        assert store.query("SELECT count(*) FROM spans").item() == 15
        assert not list(disk.glob("*.rewriting*"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_kills_in_the_middle_leave_the_old_store_or_the_new_one(tmp_path: Path) -> None:
    store = Store(tmp_path / "spans.duckdb")
    store.append([make_span(number=number) for number in range(2000)])
    store.refresh()
    before = contents(store)
    dice = random.Random(20_261_120)
    rewritten = 0
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, str(WORKER), str(store.path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "begun\n"
            time.sleep(dice.uniform(0.0, 0.4))  # the moment of death, not a wait for something
            worker.kill()
            rewritten += worker.stdout.read().count("rewritten")
        for table, rows in contents(store).items():
            assert_frame_equal(rows, before[table])
    assert store.append([make_span(number=3000)]) == 1
    compact(store)
    assert store.query("SELECT count(*) FROM spans").item() == 2001
    assert not list(tmp_path.glob("*.rewriting*"))


def test_copy_is_the_store_at_one_moment_while_others_record(store: Store, tmp_path: Path) -> None:
    fill(store)
    is_over = threading.Event()
    recorded = 0

    def record() -> None:
        nonlocal recorded
        writer = Store(store.path)
        while not is_over.is_set():
            writer.append([make_agent(9, 1000 + recorded), make_agent(9, 200_000 + recorded)])
            recorded += 1
            writer.refresh_if_due()

    recorder = threading.Thread(target=record)
    recorder.start()
    spans = copy_store(store, tmp_path / "copies" / "copy.duckdb")
    is_over.set()
    recorder.join()
    copy = Store(tmp_path / "copies" / "copy.duckdb")
    assert copy.query("SELECT count(*) FROM spans").item() == spans >= 15
    pairs = copy.query("SELECT count(*) FROM spans WHERE trace_id = ?", [f"{9:032x}"]).item()
    assert pairs % 2 == 0, "what was recorded at once is there at once"
    assert copy.query("SELECT count(*) FROM runs").item() >= 3
    store.refresh()
    assert store.query("SELECT count(*) FROM spans").item() == 15 + 2 * recorded
    with pytest.raises(InputError, match="exists already"):
        copy_store(store, copy.path)


def test_merged_stores_have_each_span_once_and_their_runs_together(store: Store, tmp_path: Path) -> None:
    store.append([make_agent(1, 1), make_agent(1, 2), make_agent(2, 3)])
    store.refresh()
    other = Store(tmp_path / "other.duckdb")
    other.append([make_agent(1, 2), make_agent(1, 4), make_agent(5, 5)])
    assert merge_store(store, other) == 2
    assert other.query("SELECT run_id, spans FROM runs ORDER BY 1").rows() == [
        (f"{1:032x}", 3),
        (f"{2:032x}", 1),
        (f"{5:032x}", 1),
    ]
    assert merge_store(store, other) == 0
    new = Store(tmp_path / "new.duckdb")
    assert merge_store(store, new) == 3

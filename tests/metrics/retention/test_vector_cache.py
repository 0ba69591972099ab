import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tierscope.metrics.retention.embeddings import Embedder
from tierscope.metrics.retention.vector_cache import VectorCache, default_cache_path, text_key


def test_what_is_saved_is_loaded_by_another_cache_on_the_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "vectors.sqlite"
    VectorCache(path).save({b"a": b"1", b"b": b"2"})
    assert VectorCache(path).load([b"a", b"b", b"c"]) == {b"a": b"1", b"b": b"2"}


WORKER = """
import sys
from pathlib import Path
from tierscope.metrics.retention.vector_cache import VectorCache
cache = VectorCache(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 50):
    cache.save({str(number).encode(): b"x" * 100})
"""


def test_processes_write_one_file_together(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    workers = [subprocess.Popen([sys.executable, "-c", WORKER, str(path), str(start)]) for start in (0, 25, 50)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    assert len(VectorCache(path).load(str(number).encode() for number in range(100))) == 100


def test_full_cache_drops_the_oldest(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "vectors.sqlite", limit_bytes=200_000)
    for number in range(8):
        cache.save({f"{number}-{part}".encode(): b"x" * 10_000 for part in range(5)})
    assert cache.load([b"0-0"]) == {}
    assert len(cache.load([b"7-0", b"7-1"])) == 2


def test_unusable_file_is_left_aside_with_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "vectors.sqlite"
    path.write_text("this is not a database, and longer than a header of one hundred bytes would be " * 3)
    cache = VectorCache(path)
    assert cache.load([b"a"]) == {}
    cache.save({b"a": b"1"})
    assert [record.message for record in caplog.records if "cannot be used" in record.message] == [caplog.messages[0]]


def test_place_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIERSCOPE_CACHE_DIR", str(tmp_path))
    assert default_cache_path() == tmp_path / "vectors.sqlite"


def test_address_depends_on_text_and_model() -> None:
    assert len({text_key("a", "m"), text_key("b", "m"), text_key("a", "n")}) == 3


def test_vectors_are_the_same_fresh_and_read_back(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "vectors.sqlite")
    text = "Inventories rose 20.6% in May."
    fresh, again = Embedder(cache).embed([text])[text], Embedder(cache).embed([text])[text]
    assert np.array_equal(fresh.vectors, again.vectors)
    assert fresh.words == again.words
    assert "inventories" in fresh.words

"""What a store keeps on disk is its owner's alone, whatever the umask."""

import os
import stat
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.instrumentation.receiver.conftest import Collector, make_body
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep.rewriting import rewrite


@pytest.fixture
def _generous() -> Generator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _shared(folder: Path) -> dict[str, str]:
    """Files that others could read or change."""
    return {
        str(path.relative_to(folder)): oct(path.stat().st_mode)
        for path in folder.rglob("*")
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077
    }


@pytest.mark.usefixtures("_generous")
def test_store_and_spool_are_private_from_the_first_write_on(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.duckdb")
    store.spool.append_body(make_body(1))
    assert stat.S_IMODE(store.spool.folder.stat().st_mode) == 0o700
    assert _shared(tmp_path) == {}
    store.refresh()
    assert store.query("SELECT count(*) FROM spans").item() == 1
    assert _shared(tmp_path) == {}


@pytest.mark.usefixtures("_generous")
def test_owner_may_let_others_read_the_store_and_a_rewritten_file_keeps_to_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.duckdb")
    store.spool.append_body(make_body(1))
    store.refresh()
    store.path.chmod(0o640)
    rewrite(store)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o640


@pytest.mark.usefixtures("_generous")
def test_what_a_receiver_writes_is_private(tmp_path: Path) -> None:
    with Collector(tmp_path) as collector:
        assert collector.send(make_body(1)).status == 200
        assert collector.stored_ids() == [f"{1:016x}"]
    assert _shared(tmp_path) == {}

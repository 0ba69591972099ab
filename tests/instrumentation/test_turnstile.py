"""Locks between processes: shared, exclusive, named, and free again when their holder dies."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tierscope.errors import StoreError, StoreLockedError
from tierscope.instrumentation.turnstile import FileLock, Turnstile

HOLD = """
import sys, time
from pathlib import Path
from tierscope.instrumentation.turnstile import Turnstile
with Turnstile(Path(sys.argv[1]), "the store").exclusive(5.0):
    print("held", flush=True)
    time.sleep(60)
"""


def test_readers_share_and_a_writer_is_alone(tmp_path: Path) -> None:
    one, other = Turnstile(tmp_path, "the store"), Turnstile(tmp_path, "the store")
    with one.shared(0), other.shared(0), pytest.raises(StoreLockedError), one.exclusive(0.05):
        pytest.fail("a writer came in beside readers")
    with one.exclusive(0):
        with pytest.raises(StoreLockedError), other.shared(0.05):
            pytest.fail("a reader came in beside a writer")
        with pytest.raises(StoreLockedError), other.exclusive(0.05):
            pytest.fail("a second writer came in")
    with other.shared(0):
        pass


def test_new_readers_queue_behind_a_waiting_writer(tmp_path: Path) -> None:
    turnstile = Turnstile(tmp_path, "the store")
    order: list[str] = []

    def write() -> None:
        with turnstile.exclusive(10.0):
            order.append("writer")

    def read() -> None:
        with turnstile.shared(10.0):
            order.append("reader")

    with turnstile.shared(0):
        writer = threading.Thread(target=write)
        writer.start()
        gate = FileLock(tmp_path / "gate", "the gate")
        for _ in range(1000):  # until the writer waits inside the gate
            try:
                with gate.hold(wait_s=0):
                    pass
            except StoreLockedError:
                break
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(0.1)
        assert order == []
    writer.join()
    reader.join()
    assert order == ["writer", "reader"]


def test_holder_is_named_and_its_death_frees_the_lock(tmp_path: Path) -> None:
    turnstile = Turnstile(tmp_path, "the store")
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLockedError) as caught, turnstile.shared(0.1):
            pytest.fail("the lock did not hold")
        assert str(caught.value).startswith(f"the store was held for 0.1 s by process {holder.pid} (-c ")
        holder.kill()
    with turnstile.exclusive(1.0):
        pass


def test_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    turnstile = Turnstile(tmp_path / "file" / "locks", "the store")
    unusable = pytest.raises(StoreError, match="cannot be used for a store's locks: Not a directory")
    with unusable, turnstile.shared(0):
        pytest.fail("there is no such folder")

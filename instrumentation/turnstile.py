"""Locks between processes that share a store: a gate and a lock, so that neither readers nor the drainer starve.

A reader takes the gate, then the lock shared, and lets the gate go. A writer takes the gate, then the lock exclusive,
and keeps the gate meanwhile, so that new readers queue behind a waiting writer. All are ``flock`` files: the kernel
frees them when their holder dies, however it dies.
"""

import fcntl
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from tierscope.errors import StoreError, StoreLockedError

__all__ = ["FileLock", "Turnstile"]

FIRST_PAUSE_S: Final = 0.001
LONGEST_PAUSE_S: Final = 0.005
SIGNATURE_BYTES: Final = 200


class FileLock:
    """One lock file, in which each holder writes who it is.

    Args:
        path: the file; made where it is missing.
        subject: what the lock guards, as the subject of a sentence.
    """

    def __init__(self, path: Path, subject: str) -> None:
        self.path = path
        self._subject = subject

    @contextmanager
    def hold(self, *, shared: bool = False, wait_s: float) -> Generator[None]:
        """Hold the lock inside the block.

        Args:
            shared: together with other shared holders, or alone.
            wait_s: how long to wait for others, in seconds; 0 tries once.

        Raises:
            StoreLockedError: others held it all that time; names the one that took it last.
            StoreError: the lock file cannot be made.
        """
        descriptor = _open(self.path)
        try:
            mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            if not _poll(lambda: _try_flock(descriptor, mode), wait_s):
                holder = os.pread(descriptor, SIGNATURE_BYTES, 0).decode("utf-8", "replace").strip()
                raise StoreLockedError(
                    f"{self._subject} was held for {wait_s:.1f} s by {holder or 'another process'}: "
                    "try again when it is done, or end it."
                )
            _sign(descriptor)
            yield
        finally:
            os.close(descriptor)  # which lets the lock go

    def is_held(self) -> bool:
        """Whether somebody holds the lock alone at this moment."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return not _try_flock(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)


class Turnstile:
    """The gate and the lock of one store.

    Args:
        folder: where the two lock files stand.
        subject: what they guard, as the subject of a sentence.
    """

    def __init__(self, folder: Path, subject: str) -> None:
        self._gate = FileLock(folder / "gate", subject)
        self._lock = FileLock(folder / "lock", subject)

    @contextmanager
    def shared(self, wait_s: float) -> Generator[None]:
        """Read beside other readers inside the block.

        Args:
            wait_s: how long to wait for a writer, in seconds.

        Raises:
            StoreLockedError: a writer held the store all that time.
        """
        deadline = time.monotonic() + wait_s
        with ExitStack() as stack:
            with self._gate.hold(wait_s=wait_s):
                stack.enter_context(self._lock.hold(shared=True, wait_s=_left(deadline)))
            yield

    @contextmanager
    def exclusive(self, wait_s: float) -> Generator[None]:
        """Write alone inside the block.

        Args:
            wait_s: how long to wait for readers and another writer, in seconds.

        Raises:
            StoreLockedError: they held the store all that time.
        """
        deadline = time.monotonic() + wait_s
        with self._gate.hold(wait_s=wait_s), self._lock.hold(wait_s=_left(deadline)):
            yield


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"{path.parent} cannot be used for a store's locks: {error.strerror}; choose a folder you may write to."
        ) from error


def _try_flock(descriptor: int, mode: int) -> bool:
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _poll(attempt: Callable[[], bool], wait_s: float) -> bool:
    """Repeat an attempt until it succeeds or the time is over: flock itself knows no deadline."""
    deadline = time.monotonic() + wait_s
    pause_s = FIRST_PAUSE_S
    while not attempt():
        left_s = _left(deadline)
        if left_s == 0:
            return False
        time.sleep(min(pause_s, left_s))
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
    return True


def _sign(descriptor: int) -> None:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]) if sys.argv else sys.executable
    signature = f"process {os.getpid()} ({command[:100]})".encode(errors="replace")[:SIGNATURE_BYTES]
    with suppress(OSError):  # on a full disk the lock holds all the same, only without a name
        os.pwrite(descriptor, signature.ljust(SIGNATURE_BYTES), 0)  # of fixed length: truncating takes a millisecond

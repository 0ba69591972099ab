"""Output that is there whole or not at all."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tierscope.errors import InputError
from tierscope.instrumentation.spool import sync_folder

__all__ = ["drafting"]


@contextmanager
def drafting(target: Path) -> Generator[Path]:
    """Write a file or a folder under another name; it gets its own at the end of the block.

    Whatever ends the block otherwise, Ctrl-C included, takes the draft away.

    Args:
        target: what must not exist yet; its folder is made.

    Yields:
        Where to write, on the same file system.

    Raises:
        InputError: the target exists, or cannot be written there.
    """
    _refuse_existing(target)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            yield draft
            _sync(draft)
            _refuse_existing(target)
            draft.rename(target)
            sync_folder(target.parent)
        except OSError as error:
            raise InputError(f"{target} cannot be written ({error.strerror or error}): name another place.") from error
    finally:
        _remove(draft)


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise InputError(f"{target} exists already, and nothing is written over: name another place, or remove it.")


def _sync(draft: Path) -> None:
    for path in [draft, *draft.rglob("*")] if draft.is_dir() else [draft]:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove(draft: Path) -> None:
    if draft.is_dir():
        shutil.rmtree(draft)
    elif draft.exists():
        draft.unlink()

"""Whether a store can be used at all: its path, the disk, its schema, and who holds it."""

import os
import shutil
from pathlib import Path
from typing import Final

from tierscope.errors import StoreError, StoreLockedError, StoreNewerError
from tierscope.instrumentation.schema import load_migrations
from tierscope.instrumentation.upkeep.finding import Finding, Patient

__all__ = ["check_disk", "check_locks", "check_path", "check_schema"]

_MIB: Final = 1024 * 1024
LITTLE_BYTES: Final = 1024 * _MIB
TOO_LITTLE_BYTES: Final = 100 * _MIB


def check_path(patient: Patient) -> Finding:
    """Whether the store exists, and may be read and written."""
    store = patient.store
    if not store.exists:
        return Finding(
            "path",
            "failed",
            f"nothing was ever recorded at {store.path}",
            "name the store that is written to with --store; or have it written: configure(store=...) in the program, "
            "TIERSCOPE_STORE in its environment, or  tierscope collect  for what it sends",
        )
    refused = [path for path in (store.path.parent, store.path, store.spool.folder) if not _may_write(path)]
    if refused:
        return Finding(
            "path", "failed", f"{refused[0]} may not be written by this user", "change its owner or its permissions"
        )
    return Finding("path", "ok", f"{store.path} exists and may be written")


def _may_write(path: Path) -> bool:
    return not path.exists() or os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0))


def check_disk(patient: Patient) -> Finding:
    """Whether the disk has room, also for rewriting the file."""
    folder = next(parent for parent in patient.store.path.parents if parent.is_dir())
    free_bytes = shutil.disk_usage(folder).free
    size_bytes = patient.store.path.stat().st_size if patient.store.path.exists() else 0
    said = f"{free_bytes / _MIB:,.0f} MiB free on the disk of {folder}"
    if free_bytes < TOO_LITTLE_BYTES:
        return Finding("disk", "failed", f"only {said}", "free some space: without room nothing more is acknowledged")
    if free_bytes < max(LITTLE_BYTES, size_bytes):
        return Finding("disk", "warning", f"only {said}", "free some space, or prune old runs with  store prune")
    return Finding("disk", "ok", said)


def check_locks(patient: Patient) -> Finding:
    """Whether somebody holds the database, or is forever bringing it up to date."""
    try:
        with patient.store.read():
            pass
        patient.store.wait_for_refresh()
    except StoreLockedError as error:
        return Finding("locks", "failed", str(error).partition(": try again")[0], "wait until it is done, or end it")
    except StoreError:
        return Finding("locks", "ok", "nobody holds the store")  # what is wrong with it is another check's
    return Finding("locks", "ok", "the store can be read, and nobody holds it")


def check_schema(patient: Patient) -> Finding:
    """Whether this version understands the file."""
    try:
        [row] = patient.store.list_rows("SELECT max(number) AS number FROM schema_migrations")
    except StoreLockedError:
        return Finding("schema", "warning", "the schema cannot be read while the store is held")
    except StoreNewerError as error:
        return Finding("schema", "failed", str(error), "upgrade with  pip install --upgrade tierscope")
    except StoreError as error:
        return Finding("schema", "failed", str(error), "name another store with --store")
    return Finding("schema", "ok", f"schema {row['number']} of {load_migrations()[-1].number}")

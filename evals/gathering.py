"""Getting the runs that a suite is about: recorded by a command, found in a store, or read from files."""

import glob
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tierscope.errors import InputError, NotEnoughDataError, UnreadableFileError
from tierscope.evals.suite import RunSource, StoredRuns
from tierscope.instrumentation.importers import import_paths
from tierscope.instrumentation.settings import load_settings
from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, select_runs
from tierscope.metrics.run_filter import parse_since

__all__ = ["GatheredRuns", "Progress", "gather_runs"]

Progress = Callable[[int, int], None]
"""Told (steps done, steps in all)."""

_LAST_LINES: Final = 3
"""Lines of a failed command's output that its error quotes."""


@dataclass(frozen=True, slots=True)
class GatheredRuns:
    """Runs to judge, and the store that holds them."""

    store: Store
    run_ids: tuple[str, ...]
    """Newest first; never empty."""


@contextmanager
def gather_runs(source: RunSource, folder: Path, progress: Progress | None = None) -> Generator[GatheredRuns]:
    """Make the runs of a suite readable; a temporary store is removed at the end of the block.

    Args:
        source: where they come from.
        folder: the suite's; ``source.folder`` is seen from there.
        progress: told the repetitions done, or the files read.

    Yields:
        The runs.

    Raises:
        InputError: the command failed, a file cannot be read, or a named run does not exist.
        NotEnoughDataError: there is no run.
    """
    base = folder / source.folder
    if source.stored is not None:
        store = Store(base / source.store if source.store else load_settings().settings.store)
        store.refresh()
        yield _some(store, select_runs(store, _build_filter(source.stored)), f"No run in {store.path} is as asked")
        return
    with tempfile.TemporaryDirectory(prefix="tierscope-eval-") as temporary:
        store = Store(base / source.store if source.store else Path(temporary) / "eval.duckdb")
        before = set(_all_runs(store))
        if source.command is not None:
            _run_command(source, base, store, progress)
            nothing = "The command recorded no run: it has to record into the store that TIERSCOPE_STORE names"
        else:
            _import_files(source.files or (), base, store, progress)
            nothing = "The files hold no run that the store did not have"
        yield _some(store, [run_id for run_id in _all_runs(store) if run_id not in before], nothing)


def _some(store: Store, run_ids: Sequence[str], nothing: str) -> GatheredRuns:
    if not run_ids:
        raise NotEnoughDataError(f"{nothing}.")
    return GatheredRuns(store, tuple(run_ids))


def _all_runs(store: Store) -> list[str]:
    if not store.exists:
        return []
    store.refresh()
    return select_runs(store)


def _build_filter(stored: StoredRuns) -> RunFilter:
    return RunFilter(
        runs=stored.runs,
        since_ns=parse_since(stored.since) if stored.since else None,
        project=stored.project,
        version=stored.version,
        task_type=stored.task_type,
        agent=stored.agent,
        domain=stored.domain,
        attributes=tuple(stored.attributes.items()),
        last=stored.last,
    )


def _run_command(source: RunSource, folder: Path, store: Store, progress: Progress | None) -> None:
    """Run the command as often as asked; it finds our store in TIERSCOPE_STORE, and our Python first on PATH."""
    command = _split(source.command or "")
    environment = dict(os.environ)
    environment["TIERSCOPE_STORE"] = str(store.path)
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
    for done in range(source.repetitions):
        _run_once(command, folder, environment, source.timeout_s)
        if progress is not None:
            progress(done + 1, source.repetitions)


def _split(command: str | Sequence[str]) -> list[str]:
    try:
        words = shlex.split(command) if isinstance(command, str) else list(command)
    except ValueError as error:
        raise InputError(f"The command `{command}` cannot be read ({error}): mend its quotes.") from error
    if not words:
        raise InputError("The command is empty: name a program, and its arguments.")
    return words


def _run_once(command: Sequence[str], folder: Path, environment: dict[str, str], timeout_s: float) -> None:
    shown = shlex.join(command)
    try:
        exit_code, output = _communicate(command, folder, environment, timeout_s)
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"The command `{shown}` was not done after {timeout_s:g} s; mend it, or raise runs.timeout_s."
        ) from error
    except OSError as error:
        raise InputError(f"The command `{shown}` cannot be started in {folder}: {error.strerror}.") from error
    except ValueError as error:
        raise InputError(f"The command `{shown}` cannot be started: {error}.") from error
    if exit_code != 0:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        last_words = " / ".join(lines[-_LAST_LINES:]) or "it printed nothing"
        raise InputError(f"The command `{shown}` ended with exit code {exit_code}: {last_words}")


def _communicate(
    command: Sequence[str], folder: Path, environment: dict[str, str], timeout_s: float
) -> tuple[int, str]:
    """Exit code and output of a command; nothing that it started outlives an interruption."""
    process = subprocess.Popen(  # noqa: S603 - running what the suite names is its purpose
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    with process:
        try:
            output, _ = process.communicate(timeout=timeout_s)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, output


def _import_files(patterns: Sequence[str], folder: Path, store: Store, progress: Progress | None) -> None:
    paths: list[Path] = []
    for pattern in patterns:
        found = sorted(glob.glob(str(folder / pattern), recursive=True))  # noqa: PTH207 - Path.glob takes no absolute one
        if not found:
            raise UnreadableFileError(f"No file matches {folder / pattern}; mend the path in runs.files.")
        paths += map(Path, found)
    report = import_paths(paths, store, progress)
    if report.skipped:
        raise UnreadableFileError(report.skipped[0].reason)

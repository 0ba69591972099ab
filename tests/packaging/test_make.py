"""The two commands: which Python they take, and when they install."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What make needs of a clone."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def old_python(tmp_path: Path) -> Path:
    """A folder whose python3 is too old; nothing else is on the PATH but what make itself needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    _write_program(folder / "python3", "echo 3.9")
    for name in ("make", "sh", "touch", "rm"):
        (folder / name).symlink_to(shutil.which(name) or pytest.skip(f"no {name} on this machine"))
    return folder


def _write_program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def _make(clone: Path, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTHON"))}
    if path is not None:
        environment["PATH"] = str(path)
    return subprocess.run(["make", *arguments], cwd=clone, env=environment, capture_output=True, text=True, check=False)


def test_python_that_is_too_old_is_named_before_anything_is_made(clone: Path, old_python: Path) -> None:
    ended = _make(clone, "test", path=old_python)
    assert ended.returncode == 2
    named, failed = ended.stderr.splitlines()
    assert named.startswith("tierscope needs Python 3.11 or newer, but python3 is Python 3.9. Install one")
    assert failed.startswith("make: ***")
    assert not (clone / ".venv").exists()


def test_newer_python_of_another_name_is_found(clone: Path, old_python: Path) -> None:
    _write_program(old_python / "python3.13", "exit 127")  # a shim with nothing behind it
    _write_program(old_python / "python3.12", f'exec "{sys.executable}" "$@"')
    found = subprocess.run([clone / ".ci/find-python"], env={"PATH": str(old_python)}, capture_output=True, text=True)
    assert (found.returncode, found.stdout, found.stderr) == (0, "python3.12\n", "")


def test_named_python_overrides_the_search(clone: Path, old_python: Path) -> None:
    ended = _make(clone, "demo", f"PYTHON={old_python / 'python3'}")
    assert ended.returncode == 2
    assert f"but {old_python / 'python3'} is Python 3.9" in ended.stderr


@pytest.fixture
def installed_clone(clone: Path) -> Path:
    """A clone in which ``make test`` has installed; pip is replaced by a program that says it was called."""
    (clone / ".venv/bin").mkdir(parents=True)
    _write_program(clone / ".venv/bin/python", 'case "$*" in *pip*) echo "pip was called" ;; *) echo 3.12 ;; esac')
    for name in ("tierscope", "ruff"):
        _write_program(clone / ".venv/bin" / name, f'echo "{name} $@"; [ {name} != ruff ]')
    assert "pip was called" in _make(clone, "test").stdout
    return clone


def test_second_call_installs_nothing_and_the_demo_takes_what_the_tests_installed(installed_clone: Path) -> None:
    assert "pip" not in _make(installed_clone, "test").stdout
    demo = _make(installed_clone, "demo", "ARGS=--no-serve")
    assert "pip" not in demo.stdout
    assert "tierscope demo --no-serve" in demo.stdout


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_changed_requirements_install_again(installed_clone: Path, changed: str) -> None:
    stamp_ns = (installed_clone / ".venv/.installed-test").stat().st_mtime_ns
    os.utime(installed_clone / changed, ns=(stamp_ns + 1_000_000_000, stamp_ns + 1_000_000_000))
    assert "pip was called" in _make(installed_clone, "test").stdout


def test_failed_check_fails_make(installed_clone: Path) -> None:
    assert _make(installed_clone, "test").returncode != 0

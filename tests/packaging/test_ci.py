"""What continuous integration calls: it installs a browser where there is none, and then calls ``make test``."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of programs that say how they were called, to be the whole PATH; there is no browser among them."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "id"):
        (programs / name).symlink_to(shutil.which(name) or pytest.skip(f"no {name} on this machine"))
    _write_program(programs / "apt-get", 'echo "apt-get $@"')
    _write_program(programs / "sudo", 'shift; exec "$@"')
    _write_program(programs / "make", 'echo "CI=$CI make $@ in $PWD"; exit 7')
    return programs


def _write_program(path: Path, lines: str) -> None:
    path.write_text(f"#!/usr/bin/env bash\n{lines}\n".replace("/usr/bin/env bash", str(path.parent / "bash")))
    path.chmod(0o755)


def _run(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [machine / "bash", ROOT / ".ci/run"], env={"PATH": str(machine)}, capture_output=True, text=True, check=False
    )


def test_missing_browser_is_installed_and_the_exit_code_is_that_of_make(machine: Path) -> None:
    ended = _run(machine)
    update, install, make = ended.stdout.splitlines()
    assert update == "apt-get update -qq"
    assert install.startswith("apt-get install")
    assert " chromium " in install
    assert make == f"CI=true make test in {ROOT}"
    assert ended.returncode == 7


def test_browser_that_is_there_is_not_installed(machine: Path) -> None:
    _write_program(machine / "chromium", "exit 0")
    assert _run(machine).stdout == f"CI=true make test in {ROOT}\n"


def test_failed_install_ends_before_the_tests(machine: Path) -> None:
    _write_program(machine / "apt-get", "exit 100")
    ended = _run(machine)
    assert (ended.returncode, ended.stdout) == (100, "")

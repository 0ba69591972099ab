"""What pip installs is what the tree holds, in a clone with links and without."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _walk(folder: Path) -> list[Path]:
    """Every file below a folder, through links, without what Python leaves behind."""
    found = [Path(where) / name for where, _, names in os.walk(folder, followlinks=True) for name in names]
    return [path for path in found if "__pycache__" not in path.parts]


def test_listed_packages_are_the_folders_of_the_tree(packages: list[str]) -> None:
    in_tree = {".".join(path.parent.relative_to(ROOT).parts) for path in _walk(ROOT / "tierscope")}
    assert sorted(packages) == sorted(in_tree)


def test_wheel_holds_what_the_tree_holds_and_nothing_else(wheel: Path) -> None:
    in_tree = {path.relative_to(ROOT).as_posix() for path in _walk(ROOT / "tierscope")}
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert in_wheel == in_tree
    assert "tierscope/py.typed" in in_wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*command, str(wheel)], check=True)
    return target


def test_clone_without_links_installs_and_its_command_runs(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = installed / "bin" / "tierscope"
    shown = subprocess.run(
        [sys.executable, command, "--help"], env=environment, cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert "Usage: tierscope" in shown.stdout
    where = "import tierscope.metrics; print(tierscope.metrics.__file__)"
    imported = subprocess.run(
        [sys.executable, "-c", where], env=environment, cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert Path(imported.stdout.strip()).is_relative_to(installed)

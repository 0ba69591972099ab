"""A copy of the repository without its links, and the wheel that is built from it."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ["dashboard", "datasets", "evals", "instrumentation", "metrics", "orchestrator"]


@pytest.fixture(scope="session")
def packages() -> list[str]:
    """The packages that pyproject.toml lists."""
    listed: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    return listed


@pytest.fixture(scope="session")
def linkless_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone holds on a file system that knows no links."""
    copy = tmp_path_factory.mktemp("clone")
    unwanted = shutil.ignore_patterns("__pycache__", *FOLDERS)
    shutil.copytree(ROOT / "tierscope", copy / "tierscope", ignore=unwanted)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="session")
def wheel(linkless_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the copy with the setuptools at hand."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(target), str(linkless_copy)], check=True)
    (built,) = target.glob("tierscope-*.whl")
    return built

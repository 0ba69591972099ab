"""The bundled gate holds the bundled hierarchy, and a planted loss fails it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tierscope.evals import load_suite

SUITES = Path(__file__).resolve().parents[2] / "datasets" / "suites"


@pytest.mark.parametrize("path", sorted(SUITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_suite_loads(path: Path) -> None:
    assert load_suite(path).checks


def run_gate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tierscope", "eval", "run", str(SUITES / "research.yaml"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_hierarchy_with_its_guards_passes() -> None:
    done = run_gate()
    assert done.returncode == 0, done.stdout + done.stderr


def test_planted_loss_fails_the_gate_and_is_named() -> None:
    done = run_gate("--command", "tierscope demo compression --unprotected --no-serve")
    assert done.returncode == 1, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert "failed the SEC inquiry in a footnote reaches the brief" in said
    assert "lost at company (hop 2 -> 1): “The notes to the annual report" in said
    assert "from filings-analyst" in said

"""The examples run, and print what the documentation says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
EXAMPLES = sorted(path.name for path in (DOCS / "examples").glob("*.py"))
OUTPUTS: dict[str, str] = dict(
    re.findall(
        r"^### (\w+\.py)\n.*?```text\n(.*?)\n```", (DOCS / "orchestrator.md").read_text(), re.DOTALL | re.MULTILINE
    )
)


def test_every_example_is_documented() -> None:
    assert sorted(OUTPUTS) == EXAMPLES


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_prints_what_its_page_says(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(DOCS / "examples" / name)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.strip() == OUTPUTS[name].strip()


def test_three_tiers_take_about_25_lines() -> None:
    source = (DOCS / "examples" / "three_tiers.py").read_text()
    code = [line for line in source.split('"""', 2)[2].splitlines() if line.strip()]
    assert len(code) <= 25

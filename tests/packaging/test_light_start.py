"""Importing tierscope and asking for help load none of the heavy libraries."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"duckdb", "pandas", "plotly", "polars", "pyarrow", "sentence_transformers", "streamlit", "torch"}


@pytest.mark.parametrize(
    "code",
    [
        "import tierscope",
        "import tierscope.instrumentation",
        "import tierscope.cli, contextlib\nwith contextlib.suppress(SystemExit): tierscope.cli.main(['--help'])",
    ],
)
def test_light_start_loads_no_heavy_library(code: str, tmp_path: Path) -> None:
    program = f"{code}\nimport sys\nprint('loaded:', *sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    loaded = set(ended.stdout.rpartition("loaded:")[2].split())
    assert "tierscope" in loaded
    assert loaded & HEAVY == set()

"""Importing tierscope and asking for help load none of the heavy libraries."""

import json
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


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["tree", "recording.otlp.json"], HEAVY),
        (["runs"], HEAVY - {"duckdb"}),
        (["metrics", "tier_completion"], HEAVY - {"duckdb", "polars", "pyarrow"}),
    ],
)
def test_command_loads_no_library_that_its_answer_does_not_need(
    arguments: list[str], spared: set[str], tmp_path: Path
) -> None:
    ids = {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331"}
    times = {"startTimeUnixNano": "1000000000", "endTimeUnixNano": "2000000000"}
    operation = {"key": "gen_ai.operation.name", "value": {"stringValue": "invoke_agent"}}
    span = {**ids, **times, "name": "invoke_agent director", "attributes": [operation]}
    recording = tmp_path / "recording.otlp.json"
    recording.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}))
    subprocess.run([sys.executable, "-m", "tierscope", "import", recording.name], cwd=tmp_path, check=True)

    program = (
        "import contextlib, sys\nfrom tierscope.cli import main\n"
        f"with contextlib.suppress(SystemExit): main({arguments})\n"
        "print('loaded:', *(name for name, module in sys.modules.items() if module is not None))"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    answer, _, loaded = ended.stdout.rpartition("loaded:")
    assert "director" in answer or "completion" in answer.lower()
    assert set(loaded.split()) & spared == set()

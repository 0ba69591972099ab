"""How long short commands take, against Python doing nothing: ``python benchmarks/startup.py [N]``.

The commands read a store and a recording of the bundled demo, made first. Each is started in turn with Python doing
nothing, so that a busy moment of the machine falls on both. The figure is the ratio of their medians.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

NOTHING: Final = (sys.executable, "-c", "pass")
TIERSCOPE: Final = (sys.executable, "-m", "tierscope")
COMMANDS: Final[Sequence[Sequence[str]]] = (
    ("--help",),
    ("runs",),
    ("tree", "demo.otlp.json"),
    ("tree",),
    ("store", "info"),
    ("metrics", "tier_completion"),
    ("metrics",),
)


def measure_start_ms(command: Sequence[str], folder: Path) -> float:
    """Wall time of one start of a program, in milliseconds."""
    started_ns = time.perf_counter_ns()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter_ns() - started_ns) / 1e6


def main(rounds: int = 9) -> None:
    """Print the median of each command and its ratio to Python doing nothing.

    Args:
        rounds: how often each program is started, after one start that warms the caches.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([*TIERSCOPE, "demo", "--no-serve"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        exported = [*TIERSCOPE, "store", "export", "demo.otlp.json"]
        subprocess.run(exported, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        print(f"medians of {rounds} starts\n{'command':32} {'ms':>7} {'python -c pass':>15} {'ratio':>6}")
        for arguments in COMMANDS:
            command = [*TIERSCOPE, *arguments]
            measure_start_ms(command, folder)
            pairs = [(measure_start_ms(NOTHING, folder), measure_start_ms(command, folder)) for _ in range(rounds)]
            nothing_ms, command_ms = (median(column) for column in zip(*pairs, strict=True))
            shown = " ".join(["tierscope", *arguments])
            print(f"{shown:32} {command_ms:7.0f} {nothing_ms:15.0f} {command_ms / nothing_ms:6.1f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))

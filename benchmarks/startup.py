"""How long ``tierscope --help`` takes, against Python doing nothing: ``python benchmarks/startup.py [N]``.

The two are started in turn, so that a busy moment of the machine falls on both. The figure is the ratio of
their medians.
"""

import subprocess
import sys
import time
from statistics import median

NOTHING = [sys.executable, "-c", "pass"]
HELP = [sys.executable, "-m", "tierscope", "--help"]


def measure_start_ms(command: list[str]) -> float:
    """Wall time of one start of a program, in milliseconds."""
    started_ns = time.perf_counter_ns()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter_ns() - started_ns) / 1e6


def main(rounds: int = 15) -> None:
    """Print both medians and their ratio.

    Args:
        rounds: how often each program is started, after one start that warms the caches.
    """
    measure_start_ms(HELP)
    pairs = [(measure_start_ms(NOTHING), measure_start_ms(HELP)) for _ in range(rounds)]
    nothing_ms, help_ms = (median(column) for column in zip(*pairs, strict=True))
    print(f"python -c pass    {nothing_ms:7.0f} ms  (median, n={rounds})")
    print(f"tierscope --help  {help_ms:7.0f} ms  (median, n={rounds})")
    print(f"ratio             {help_ms / nothing_ms:7.1f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))

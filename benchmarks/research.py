"""Where tiers start to pay: ``python benchmarks/research.py [SCALE]``.

The bundled research over 10 to 200 sources, in tiers and in a line, in seconds of the simulated world; the makespan
against the critical-path bound, which no schedule of these waits can beat; and 50 runs at once. Waiting is simulated:
SCALE seconds of it pass in one of ours, and the share of the time that was waiting is printed.
"""

import asyncio
import sys
from itertools import groupby
from statistics import quantiles

from tierscope.orchestrator.demo import run_demo, run_demo_async
from tierscope.orchestrator.demo.registry import load_registry, pick_sources

SWEEP = (10, 15, 30, 60, 120, 200)
CONCURRENT = 50


def critical_path_s(sources: int) -> float:
    """The longest chain of waits in the tiered run: plans, the slowest specialist, syntheses; simulated seconds."""
    model = load_registry().model_latency_s
    by_specialist = groupby(pick_sources(sources), key=lambda source: source.specialist)
    slowest = max(sum(source.latency_s for source in group) for _, group in by_specialist)
    return model["plan"] * 2 + slowest + model["analyse"] + model["synthesize"] + model["brief"]


def sweep(scale: float) -> None:
    """Tiers against a line, by number of sources."""
    print("sources   tiers      line   speed-up   over the bound   simulated share   (seconds of the simulated world)")
    for sources in SWEEP:
        tiers = run_demo(sources=sources, scale=scale)
        line = run_demo(sources=sources, scale=scale * 10, linear=True)
        over = tiers.simulated_s / critical_path_s(sources) - 1
        print(
            f"{sources:7d} {tiers.simulated_s:7.0f} {line.simulated_s:9.0f} "
            f"{line.simulated_s / tiers.simulated_s:9.1f}x {over:15.1%} {tiers.simulated_share:17.1%}"
        )


async def many_at_once(scale: float) -> None:
    """Makespans of concurrent runs."""
    results = await asyncio.gather(*(run_demo_async(scale=scale) for _ in range(CONCURRENT)))
    taken = sorted(result.simulated_s for result in results)
    cuts = quantiles(taken, n=100)
    gaps = sum(len(result.report.gaps) for result in results)
    print(f"{CONCURRENT} runs at once: p50 {cuts[49]:.0f} s, p99 {cuts[98]:.0f} s, gaps {gaps}")


def main(scale: float = 60.0) -> None:
    """Print the sweep and the concurrent runs.

    Args:
        scale: seconds of the simulated world in one of ours.
    """
    print(f"waiting is simulated, {scale:g} s of it in one second; lines at ten times that scale")
    sweep(scale)
    asyncio.run(many_at_once(scale))


if __name__ == "__main__":
    main(*(float(argument) for argument in sys.argv[1:]))

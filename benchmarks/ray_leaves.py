"""Where a Ray cluster starts to pay: ``python benchmarks/ray_leaves.py [LEAVES] [MS]``; needs the extra ``ray``.

The same hierarchy, four domains with LEAVES leaves in all, in one process and on a local Ray with one actor a domain.
First leaves that do nothing, which shows what the way to an actor and back costs; then leaves that compute for MS
milliseconds, which one process can only do one after another.
"""

import asyncio
import sys
import time
from importlib import import_module
from typing import Any

from tierscope.orchestrator import Agent, Join, Limits, Member, Orchestrator, Task, run
from tierscope.orchestrator.ray_cluster import Cluster

DOMAINS = 4


def build(leaves: int, compute_s: float) -> Orchestrator:
    """Four domains of leaves that compute for so long."""

    async def computes(_task: Task) -> str:
        until = time.process_time() + compute_s
        while time.process_time() < until:
            pass
        return "done"

    domains: list[Member] = [
        Orchestrator(f"domain{domain}", [Agent(f"leaf{number}", computes) for number in range(leaves // DOMAINS)])
        for domain in range(DOMAINS)
    ]
    return Orchestrator("root", domains, join=Join.every())


async def took_s(root: Member) -> float:
    """Wall time of one run."""
    started = time.perf_counter()
    await run(root, "x", limits=Limits(depth=2))
    return time.perf_counter() - started


async def compare(leaves: int, compute_s: float) -> None:
    """Print both ways."""
    root = build(leaves, compute_s)
    here = await took_s(root)
    async with Cluster(num_cpus=0.1) as cluster:
        placed = cluster.place(root)
        await took_s(placed)  # the actors start
        there = await took_s(placed)
    print(f"{leaves:6d} leaves of {compute_s * 1000:g} ms: one process {here:.2f} s, on Ray {there:.2f} s")


def main(leaves: float = 400, compute_ms: float = 20.0) -> None:
    """Print wall times with and without Ray.

    Args:
        leaves: in all four domains.
        compute_ms: processor time of one leaf of the second kind.
    """
    ray: Any = import_module("ray")
    ray.init(include_dashboard=False, log_to_driver=False)
    asyncio.run(compare(int(leaves), 0.0))
    asyncio.run(compare(int(leaves), compute_ms / 1000))
    ray.shutdown()


if __name__ == "__main__":
    main(*(float(argument) for argument in sys.argv[1:]))

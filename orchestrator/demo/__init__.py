"""The bundled system: investment research in three tiers, over 120 data sources, in scenarios that go right or wrong.

Its series are synthetic (``datasets/research/README.md``), its computations real, its models scripted: their calls are
recorded as ``chat`` spans marked ``tierscope.simulated``, with tokens estimated from the texts. Waiting is simulated
and scaled down; every result states the scale and the share of the run that was waiting.
"""

from tierscope.orchestrator.demo.registry import Scenario, load_scenarios
from tierscope.orchestrator.demo.running import DEFAULT_SCALE, DemoResult, Progress, run_demo, run_demo_async

__all__ = ["DEFAULT_SCALE", "DemoResult", "Progress", "Scenario", "load_scenarios", "run_demo", "run_demo_async"]

"""Every recording at hand is read as what really happened."""

import pytest

from tests.instrumentation.tiers.truth import RECORDINGS, load_recording, names, parent_names

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"the recordings are not at {RECORDINGS}")

NO_TOKENS = ("autogen_", "crewai_nested_tl", "openai_agents_tools_otel")
"""Recorders that write no tokens."""
NO_TEXTS = ("autogen_", "crewai_nested_tl")
"""Recorders that write no text of an agent."""


@pytest.mark.parametrize("name", names())
def test_one_run_with_each_agent_once(name: str) -> None:
    runs, truth = load_recording(name)
    assert len(runs) == 1
    assert sorted(i.agent for i in runs[0].invocations) == sorted(truth.ran)

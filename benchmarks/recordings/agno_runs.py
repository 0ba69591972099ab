"""Record Agno under OpenInference: python agno_runs.py PATTERN OUT.json

PATTERN: team. FAILS=agent makes its model fail.
"""

import sys
from pathlib import Path
from typing import Any

from endpoint import USED, serve
from exporting import collect
from scenario import AGENTS, ROOT, TASK, note_abort, write_truth

PATTERN, OUT = sys.argv[1], Path(sys.argv[2])
PROVIDER, COLLECTED = collect()

from openinference.instrumentation.agno import AgnoInstrumentor  # noqa: E402

AgnoInstrumentor().instrument(tracer_provider=PROVIDER)

from agno.agent import Agent  # noqa: E402
from agno.models.openai import OpenAIChat  # noqa: E402
from agno.team import Team  # noqa: E402

ADDRESS = serve(one_by_one=True)


def make(name: str) -> Any:
    agent = AGENTS[name]
    model = OpenAIChat(id="scripted-1", api_key="none", base_url=ADDRESS, max_retries=0)
    told = {"id": name, "name": name, "model": model, "system_message": agent.prompt, "telemetry": False}
    if not agent.members:
        return Agent(role=agent.about, **told)
    return Team(members=[make(m) for m in agent.members], **told)


try:
    make(ROOT).run(TASK)
except Exception as error:
    note_abort(error)
PROVIDER.force_flush()
COLLECTED.write(OUT)
write_truth(OUT, USED, PATTERN)

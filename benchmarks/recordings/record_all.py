"""Record every framework again: python record_all.py VENVS OUT [NAME...]

VENVS is a folder with one virtual environment a framework, made where it is missing; OUT gets NAME.otlp.json.gz and
NAME.truth.json. Only recordings whose name contains one of NAME are made, where any are given.

Older packages are tried by filling VENVS by hand, as by ``uv pip install --exclude-newer 2026-02-15 ...``: so
``langgraph_tools_tl_052`` was made, with opentelemetry-instrumentation-langchain 0.52.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = {
    "langgraph": "langgraph langchain langgraph-supervisor langgraph-swarm deepagents langsmith[otel] "
    "openinference-instrumentation-langchain opentelemetry-instrumentation-langchain "
    "opentelemetry-instrumentation-genai-langchain",
    "openai_agents": "openai-agents logfire openinference-instrumentation-openai-agents "
    "opentelemetry-instrumentation-openai-agents opentelemetry-instrumentation-genai-openai-agents",
    "strands": "strands-agents[otel]",
    "adk": "google-adk",
    "agent_framework": "agent-framework-core agent-framework-openai agent-framework-orchestrations",
    "autogen": "autogen-agentchat autogen-ext[openai]",
    "smolagents": "smolagents openinference-instrumentation-smolagents",
    "pydantic_ai": "pydantic-ai-slim",
    "crewai": "crewai openinference-instrumentation-crewai opentelemetry-instrumentation-crewai",
    "llama_index": "llama-index-core llama-index-llms-openai openinference-instrumentation-llama-index "
    "opentelemetry-instrumentation-llamaindex",
    "agno": "agno openai openinference-instrumentation-agno",
    "semantic_kernel": "semantic-kernel",
    "vercel_ai": "",
}
COMMON = "opentelemetry-sdk opentelemetry-exporter-otlp-proto-common"


FAILS = {"FAILS": "proofreader"}
DOMAIN_FAILS = {"FAILS": "sourcing"}
ROOT_FAILS = {"FAILS": "editor"}
TWICE = {"REPEAT": "2"}
RELIEF = {"SCENARIO": "relief"}
LATEST = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}
MATRIX: tuple[tuple[str, tuple[str, ...], dict[str, str], str], ...] = (
    ("langgraph", ("tools supervisor send deep swarm", "oi tl ls otel"), {}, ""),
    ("langgraph", ("tools supervisor send deep", "oi tl ls otel"), FAILS, "fail"),
    ("openai_agents", ("tools handoff", "oi logfire otel tl", "responses chat"), {}, ""),
    ("openai_agents", ("tools", "oi logfire otel tl", "responses"), FAILS, "fail"),
    ("strands", ("tools graph swarm",), {}, ""),
    ("strands", ("tools graph swarm",), LATEST, "new"),
    ("strands", ("tools graph",), FAILS, "fail"),
    ("adk", ("tool transfer workflow",), {}, ""),
    ("adk", ("tool transfer workflow",), {"CONTENT": "1"}, "content"),
    ("adk", ("tool transfer workflow",), {"SCHEMA": "1"}, "v1"),
    ("adk", ("tool workflow",), {"CONTENT": "1"} | FAILS, "fail"),
    ("agent_framework", ("tools concurrent sequential handoff groupchat managed",), {}, ""),
    ("agent_framework", ("tools concurrent sequential handoff groupchat",), {"CONTENT": "0"}, "nocontent"),
    ("agent_framework", ("tools concurrent",), FAILS, "fail"),
    ("autogen", ("tools swarm roundrobin graphflow",), {}, ""),
    ("autogen", ("tools",), FAILS, "fail"),
    ("smolagents", ("code tools",), {}, ""),
    ("smolagents", ("code tools",), FAILS, "fail"),
    ("smolagents", ("code",), ROOT_FAILS, "rootfail"),
    ("pydantic_ai", ("2 3 4 5 6",), {}, ""),
    ("pydantic_ai", ("5",), FAILS, "fail"),
    ("pydantic_ai", ("3",), {"DEEP": "1"} | FAILS, "abort"),
    ("pydantic_ai", ("2",), {"SHARED_USAGE": "1"}, "shared"),
    ("crewai", ("nested hier sequential", "oi oi_ev tl"), {}, ""),
    ("crewai", ("nested", "oi oi_ev tl"), FAILS, "fail"),
    ("autogen", ("selector nested",), {}, ""),
    ("crewai", ("hier", "oi oi_ev tl"), {"STRAY": "night watch"}, "stray"),
    ("llama_index", ("tools handoff", "oi tl"), {}, ""),
    ("llama_index", ("tools", "oi tl"), FAILS, "fail"),
    ("llama_index", ("tools handoff", "oi tl"), RELIEF, "relief"),
    ("agno", ("team",), {}, ""),
    ("agno", ("team",), FAILS, "fail"),
    ("agno", ("team",), RELIEF, "relief"),
    ("vercel_ai", ("generate agent",), {}, ""),
    ("vercel_ai", ("generate",), FAILS, "fail"),
    ("vercel_ai", ("generate",), ROOT_FAILS, "rootfail"),
    ("vercel_ai", ("generate agent",), RELIEF, "relief"),
    ("semantic_kernel", ("tools sequential handoff",), {}, ""),
    ("semantic_kernel", ("tools",), FAILS, "fail"),
    ("semantic_kernel", ("tools handoff",), RELIEF, "relief"),
    ("langgraph", ("tools supervisor deep send", "oi tl ls otel"), DOMAIN_FAILS, "domainfail"),
    ("openai_agents", ("tools", "oi logfire otel tl", "responses"), DOMAIN_FAILS, "domainfail"),
    ("strands", ("tools graph",), DOMAIN_FAILS, "domainfail"),
    ("adk", ("tool workflow",), {"CONTENT": "1"} | DOMAIN_FAILS, "domainfail"),
    ("agent_framework", ("tools concurrent",), DOMAIN_FAILS, "domainfail"),
    ("autogen", ("tools",), DOMAIN_FAILS, "domainfail"),
    ("smolagents", ("code",), DOMAIN_FAILS, "domainfail"),
    ("pydantic_ai", ("5",), DOMAIN_FAILS, "domainfail"),
    ("crewai", ("nested", "oi oi_ev tl"), DOMAIN_FAILS, "domainfail"),
    ("langgraph", ("tools supervisor deep send", "oi tl ls otel"), ROOT_FAILS, "rootfail"),
    ("openai_agents", ("tools", "oi logfire otel tl", "responses"), ROOT_FAILS, "rootfail"),
    ("strands", ("tools graph",), ROOT_FAILS, "rootfail"),
    ("adk", ("tool workflow",), {"CONTENT": "1"} | ROOT_FAILS, "rootfail"),
    ("agent_framework", ("tools concurrent",), ROOT_FAILS, "rootfail"),
    ("autogen", ("tools",), ROOT_FAILS, "rootfail"),
    ("pydantic_ai", ("5",), ROOT_FAILS, "rootfail"),
    ("crewai", ("nested hier", "oi oi_ev tl"), ROOT_FAILS, "rootfail"),
    ("langgraph", ("tools deep", "oi tl ls otel"), TWICE, "twice"),
    ("openai_agents", ("tools", "oi logfire otel tl", "responses"), TWICE, "twice"),
    ("strands", ("tools",), TWICE, "twice"),
    ("adk", ("tool",), {"CONTENT": "1"} | TWICE, "twice"),
    ("agent_framework", ("tools",), TWICE, "twice"),
    ("pydantic_ai", ("5",), TWICE, "twice"),
    ("langgraph", ("tools supervisor deep swarm", "oi tl ls otel"), RELIEF, "relief"),
    ("langgraph", ("send", "oi tl ls"), RELIEF, "relief"),
    ("openai_agents", ("tools handoff", "oi logfire otel tl", "responses chat"), RELIEF, "relief"),
    ("strands", ("tools graph swarm",), RELIEF, "relief"),
    ("adk", ("tool transfer workflow",), RELIEF | {"CONTENT": "1"}, "relief_content"),
    ("adk", ("tool transfer workflow",), RELIEF, "relief"),
    ("agent_framework", ("tools concurrent sequential handoff groupchat managed",), RELIEF, "relief"),
    ("autogen", ("tools swarm roundrobin graphflow",), RELIEF, "relief"),
    ("smolagents", ("code tools",), RELIEF, "relief"),
    ("pydantic_ai", ("2 5",), RELIEF, "relief"),
    ("crewai", ("nested hier sequential", "oi oi_ev tl"), RELIEF, "relief"),
)
"""Framework, its program's arguments (all combinations), environment, and what sets the recording apart in its name."""


def recordings() -> Iterator[tuple[str, str, tuple[str, ...], dict[str, str]]]:
    """Name, framework, arguments and environment of each."""
    for framework, choices, environment, note in MATRIX:
        for arguments in product(*(choice.split() for choice in choices)):
            name = "_".join((framework, *arguments, *([note] if note else ())))
            yield name, framework, arguments, environment


def python_of(framework: str, folder: Path) -> Path:
    """The framework's interpreter, installed where it is missing."""
    python = folder / framework / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / framework], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "-q", *PACKAGES[framework].split(), *COMMON.split()], check=True
        )
    return python


def main() -> None:
    """Make them, one after the other."""
    venvs, out, wanted = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    out.mkdir(parents=True, exist_ok=True)
    for name, framework, arguments, environment in recordings():
        if wanted and not any(w in name for w in wanted):
            continue
        target = out / f"{name}.otlp.json.gz"
        command = [python_of(framework, venvs), "-W", "ignore", HERE / f"{framework}_runs.py", *arguments, target]
        done = subprocess.run(command, env=os.environ | environment, capture_output=True, timeout=180)
        print(name, "ok" if target.exists() and not done.returncode else done.stderr.decode()[-300:])


if __name__ == "__main__":
    main()

"""Follows every guide in docs/guides as it is written: its pip line in a fresh environment, its program, its tree.

    python benchmarks/guides/run.py [GUIDE...]

The program talks to a scripted model on loopback instead of OpenAI. Prints what was found per guide; exits with 1
where a guide does not show the agents on the tiers that it promises. Environments are kept in --folder between calls.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from scripted_model import serve_scripted_model

ROOT: Final = Path(__file__).resolve().parents[2]
GUIDES: Final = ROOT / "docs" / "guides"
PROMISED: Final = {
    "crewai": {"manager": 0, "data_analyst": 1, "writer": 1},
    "langgraph": {"research_lead": 0, "data_analyst": 1},
    "openai-agents": {"research_lead": 0, "data_analyst": 1, "web_researcher": 1},
    "opentelemetry": {"chief": 0, "research_lead": 1, "data_analyst": 2},
    "pydantic-ai": {"research_lead": 0, "data_analyst": 1},
}
"""Guide -> agent -> tier, as its text says."""


def main() -> None:
    """Follow the guides that were named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("guides", nargs="*", default=sorted(PROMISED), metavar="GUIDE")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "tierscope-guides")
    arguments = parser.parse_args()
    kept = [follow(name, arguments.folder / name) for name in arguments.guides]
    print(f"{sum(kept)} of {len(kept)} guides keep their promise")
    sys.exit(0 if all(kept) else 1)


def follow(name: str, folder: Path) -> bool:
    """Do what one guide says.

    Args:
        name: of the guide, without the ending.
        folder: for its environment and its store.

    Returns:
        Whether exactly the promised agents came out, each on its tier.
    """
    text = (GUIDES / f"{name}.md").read_text(encoding="utf-8")
    command = re.search(r"^    pip install (.*)$", text, re.MULTILINE)
    program = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    if command is None or program is None:
        print(f"{name}: no pip line or no program")
        return False
    python = install(command[1], folder)
    for old in folder.glob("tierscope.duckdb*"):
        subprocess.run(["rm", "-rf", str(old)], check=True)
    (folder / "program.py").write_text(program[1], encoding="utf-8")
    with serve_scripted_model() as url:
        run(python, "program.py", cwd=folder, OPENAI_BASE_URL=url, OPENAI_API_KEY="none")
    trees: list[dict[str, Any]] = json.loads(run(python, "-m", "tierscope", "tree", "--json", cwd=folder))
    found = {agent["name"]: agent["tier"] for tree in trees for agent in tree["agents"]}
    print(f"{name}: {found}{'' if found == PROMISED[name] else f', promised {PROMISED[name]}'}")
    return found == PROMISED[name]


def install(packages: str, folder: Path) -> str:
    """Make the guide's environment; nothing where it stands."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        folder.mkdir(parents=True, exist_ok=True)
        run(sys.executable, "-m", "venv", "venv", cwd=folder)
        wanted = [part.strip('"') for part in packages.split()]
        run(str(python), "-m", "pip", "install", "-q", *(str(ROOT) if one == "tierscope" else one for one in wanted))
    return str(python)


def run(*command: str, cwd: Path | None = None, **environment: str) -> str:
    """Output of a command.

    Raises:
        SystemExit: it failed; what it said is printed.
    """
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()

"""Record Vercel's AI SDK: python vercel_ai_runs.py PATTERN OUT.json

PATTERN: generate (generateText), agent (ToolLoopAgent). FAILS=agent makes its model fail. Needs node and npm.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from exporting import PLACES
from scenario import ABORTED, AGENTS, ROOT, write_truth

PATTERN, OUT = sys.argv[1], Path(sys.argv[2])
HOME = Path(sys.prefix) / "node"
PACKAGES = ("ai@6", "zod", "@opentelemetry/api", "@opentelemetry/sdk-trace-node")

if not (HOME / "node_modules").exists():
    HOME.mkdir(exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "--prefix", str(HOME), *PACKAGES], check=True)
shutil.copy(Path(__file__).with_suffix(".mjs"), HOME / "runs.mjs")
agents = {a.name: asdict(a) | {"prompt": a.prompt} for a in AGENTS.values()}
given, result = HOME / "scenario.json", HOME / "result.json"
given.write_text(json.dumps({"agents": agents, "root": ROOT, "fails": os.environ.get("FAILS")}))
subprocess.run(["node", "runs.mjs", str(given), PATTERN, str(result)], cwd=HOME, check=True)
found = json.loads(result.read_text())
if found["aborted"]:
    ABORTED.append(found["aborted"])
OUT.write_bytes(gzip.compress(PLACES.sub("", json.dumps(found["otlp"])).encode()))
write_truth(OUT, {name: [(i, o) for i, o in calls] for name, calls in found["used"].items()}, PATTERN)

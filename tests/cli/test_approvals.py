"""``tierscope approvals``: a running agent asks, a person answers from another process."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.cli.conftest import Command

ASKS = """
import sys
from tierscope.orchestrator import Agent, Approvals, StoreGateway, current, run_sync
async def asks(task):
    approval = await current().approve("deploy", "ship 1.2?", quorum=2)
    return f"{approval.status}: {', '.join(vote.comment for vote in approval.votes)}"
approvals = Approvals(StoreGateway(sys.argv[1], poll_s=0.05), approvers={0: ("ann", "bob")})
print(run_sync(Agent("release", asks), "x", approvals=approvals).text)
"""


def open_request(tierscope: Command) -> dict[str, object]:
    """The one open request, as soon as there is one."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        listed = json.loads(tierscope("approvals", "list", "--json").stdout)
        if listed:
            return dict(listed[0])
        time.sleep(0.05)
    raise AssertionError("nobody asked")


def test_person_answers_a_running_agent(tierscope: Command, tmp_path: Path) -> None:
    store = tmp_path / "tierscope.duckdb"
    with subprocess.Popen([sys.executable, "-c", ASKS, str(store)], stdout=subprocess.PIPE, text=True) as agent:
        request = open_request(tierscope)
        assert {name: request[name] for name in ("path", "kind", "text", "level", "approvers", "quorum")} == {
            "path": "release",
            "kind": "deploy",
            "text": "ship 1.2?",
            "level": 0,
            "approvers": ["ann", "bob"],
            "quorum": 2,
        }
        assert re.search(r"release +deploy +ship 1\.2\?", tierscope("approvals", "list").stdout)
        end = str(request["id"])[-6:]
        voted = tierscope("approvals", "approve", end, "--as", "ann", "--comment", "tested it")
        assert voted.stderr == "Approved by ann: release, deploy.\n"
        tierscope("approvals", "reject", end, "--as", "bob", "--comment", "not on a Friday")
        said, _ = agent.communicate(timeout=60)
    assert said == "rejected: tested it, not on a Friday\n"
    assert json.loads(tierscope("approvals", "list", "--json").stdout) == []


def test_vote_of_a_stranger_or_on_nothing_is_refused_with_the_way_out(tierscope: Command, tmp_path: Path) -> None:
    none = tierscope("approvals", "approve", "abc", "--as", "ann")
    assert (none.returncode, none.stderr.count("\n")) == (2, 1)
    assert "no open request has an id that ends in 'abc'" in none.stderr
    store = tmp_path / "tierscope.duckdb"
    with subprocess.Popen([sys.executable, "-c", ASKS, str(store)], stdout=subprocess.PIPE, text=True) as agent:
        end = str(open_request(tierscope)["id"])[-6:]
        stranger = tierscope("approvals", "approve", end, "--as", "eve")
        assert stranger.returncode == 2
        assert "'eve' may not decide this: use --as with one of ann, bob." in stranger.stderr
        tierscope("approvals", "reject", end, "--as", "ann")
        agent.communicate(timeout=60)

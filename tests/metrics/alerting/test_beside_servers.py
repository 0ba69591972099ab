"""``tierscope collect`` and ``tierscope alerts`` with channels in the settings of their folder."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.instrumentation.receiver.conftest import JSON, Collector, make_json, make_json_span
from tests.metrics.alerting.conftest import Hook
from tierscope.instrumentation.alert_ledger import AlertLedger

DEADLINE_S = 60.0


def _deep_run(trace: int) -> bytes:
    """Root and a member in OTLP/JSON; the root says that nothing may be spawned."""
    spans: list[dict[str, object]] = []
    for number, parent in ((1, None), (2, 1)):
        attributes = {
            "gen_ai.operation.name": {"stringValue": "invoke_agent"},
            "gen_ai.agent.name": {"stringValue": f"agent {number}"},
            "tierscope.spawn.limit": {"intValue": 0},
        }
        fields: dict[str, object] = {
            "traceId": f"{trace:032x}",
            "attributes": [{"key": name, "value": value} for name, value in attributes.items()],
        }
        if parent is not None:
            fields["parentSpanId"] = f"{parent:016x}"
        spans.append(make_json_span(number, **fields))
    return make_json(*spans)


def _configure(folder: Path, section: str) -> None:
    (folder / "tierscope.toml").write_text(f"[alerts]\n{section}\n", encoding="utf-8")


def _tierscope(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tierscope", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def _state(collector: Collector) -> str | None:
    """How telling of the newest alert went."""
    return AlertLedger(collector.store).list_alerts(1)[0].state


def test_collector_tells_a_hook_of_each_run_once_and_again_of_none_after_a_restart(tmp_path: Path, hook: Hook) -> None:
    _configure(tmp_path, f'webhooks = ["{hook.url}"]')
    for trace in (1, 2):
        with Collector(tmp_path) as collector:
            assert collector.send(_deep_run(trace), JSON).status == 200
            deadline = time.monotonic() + DEADLINE_S
            while len(hook.deliveries) < trace or _state(collector) != "sent":
                assert time.monotonic() < deadline, f"the hook was not told of run {trace}"
                time.sleep(0.1)
    told = [(delivery.notice["kind"], delivery.notice["run"]["id"]) for delivery in hook.deliveries]
    assert told == [("depth_breach", f"{trace:032x}") for trace in (1, 2)]


def test_mistake_in_the_settings_ends_the_collector_in_one_line(tmp_path: Path) -> None:
    _configure(tmp_path, 'command = ["true"]\nkinds = ["deep"]')
    ended = _tierscope(tmp_path, "collect", "--port", "0", "--no-grpc")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "'alerts.kinds' names 'deep'" in ended.stderr


@pytest.mark.parametrize(("exit_code", "said"), [(0, "command sh: arrived\n"), (1, "command sh: ended with 4\n")])
def test_sample_says_of_every_channel_whether_it_arrived(tmp_path: Path, exit_code: int, said: str) -> None:
    _configure(tmp_path, f'command = ["sh", "-c", "cat > got; exit {4 * exit_code}"]')
    ended = _tierscope(tmp_path, "alerts", "test")
    assert (ended.returncode, ended.stdout) == (exit_code, said)
    assert json.loads((tmp_path / "got").read_text(encoding="utf-8"))["is_sample"] is True


def test_sample_without_a_channel_says_how_to_name_one(tmp_path: Path) -> None:
    ended = _tierscope(tmp_path, "alerts", "test")
    assert ended.returncode == 2
    assert "no channel is set: name webhooks, a command or a meter under [alerts]" in ended.stderr


def test_without_a_server_alerts_are_sent_by_a_command(tmp_path: Path, hook: Hook) -> None:
    _configure(tmp_path, f'webhooks = ["{hook.url}"]')
    before = _tierscope(tmp_path, "alerts", "send")
    assert before.stdout == "Alerts that arrived: 0\n"
    assert before.stderr == f"tierscope: nothing was recorded at {tmp_path / 'tierscope.duckdb'} yet.\n"
    (tmp_path / "run.json").write_bytes(_deep_run(1))
    assert _tierscope(tmp_path, "import", "run.json").returncode == 0
    assert _tierscope(tmp_path, "alerts", "send").stdout == "Alerts that arrived: 1\n"
    assert _tierscope(tmp_path, "alerts", "send").stdout == "Alerts that arrived: 0\n"
    (listed,) = json.loads(_tierscope(tmp_path, "alerts", "list", "--json").stdout)
    assert (listed["kind"], listed["state"], listed["attempts"]) == ("depth_breach", "sent", 1)

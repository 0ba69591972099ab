"""What each channel hands over, and what it says where that fails."""

import base64
import hashlib
import hmac
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, Sum

from tests.metrics.alerting.conftest import Hook
from tierscope.instrumentation.alert_settings import AlertSettings
from tierscope.metrics.alerting import DeliveryError, Notice, open_channels
from tierscope.metrics.alerting.command import CommandChannel
from tierscope.metrics.alerting.meter import MeterChannel
from tierscope.metrics.alerting.notice import RunFacts, make_sample
from tierscope.metrics.alerting.webhook import WebhookChannel, sign

SAMPLE = make_sample()
DEADLINE_S = 30.0


def test_webhook_gets_json_with_a_signature_that_its_owner_can_check(hook: Hook) -> None:
    key = b"0123456789abcdef"
    secret = f"whsec_{base64.b64encode(key).decode()}"
    WebhookChannel(hook.url, DEADLINE_S, secret, clock=lambda: 1_790_000_000.9).send(SAMPLE.id, SAMPLE.to_json())
    (delivery,) = hook.deliveries
    assert delivery.notice["is_sample"] is True
    assert delivery.headers["Content-Type"] == "application/json"
    assert (delivery.headers["webhook-id"], delivery.headers["webhook-timestamp"]) == (SAMPLE.id, "1790000000")
    signed = f"{SAMPLE.id}.1790000000.".encode() + delivery.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert delivery.headers["webhook-signature"] == f"v1,{expected}"


def test_signature_is_that_of_the_specification() -> None:
    """The example at https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_webhook_without_a_secret_is_not_signed_and_the_variable_brings_one(hook: Hook) -> None:
    settings = AlertSettings(webhooks=("env:HOOK",))
    for environment in ({"HOOK": hook.url}, {"HOOK": hook.url, "TIERSCOPE_ALERT_SECRET": "hush"}):
        (channel,) = open_channels(settings, environment)
        channel.send(SAMPLE.id, SAMPLE.to_json())
    assert [delivery.headers["webhook-signature"] is None for delivery in hook.deliveries] == [True, False]


def test_redirect_is_not_followed(make_hook: Callable[[], Hook]) -> None:
    first, second = make_hook(), make_hook()
    for status in (301, 302, 303, 307, 308):
        first.answers = iter([(status, {"Location": second.url})])
        with pytest.raises(DeliveryError, match=f"answered {status}, a redirect, which is not followed"):
            WebhookChannel(first.url, DEADLINE_S).send(SAMPLE.id, SAMPLE.to_json())
    assert second.deliveries == []


def test_webhook_says_what_went_wrong_without_its_address(hook: Hook) -> None:
    hook.answers = iter([(429, {"Retry-After": "30"})])
    with pytest.raises(DeliveryError, match=r"^answered 429$") as refused:
        WebhookChannel(hook.url, DEADLINE_S).send(SAMPLE.id, "{}")
    assert refused.value.retry_after_s == 30
    channel = WebhookChannel("http://127.0.0.1:9/token-in-path", DEADLINE_S)
    with pytest.raises(DeliveryError, match=r"^not reached \(ConnectionRefusedError\)$"):
        channel.send(SAMPLE.id, "{}")
    assert re.fullmatch(r"webhook 127\.0\.0\.1:9 [0-9a-f]{8}", channel.name)


def _python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def test_command_gets_the_alert_on_its_input_and_its_arguments_as_they_are(tmp_path: Path) -> None:
    code = "import os, sys; open(sys.argv[1], 'w').write(f'{os.environ[\"TIERSCOPE_ALERT_ID\"]} {sys.stdin.read()}')"
    target = tmp_path / "got $(touch x); *.txt"
    CommandChannel(_python(code, str(target)), DEADLINE_S).send(SAMPLE.id, SAMPLE.to_json())
    assert target.read_text(encoding="utf-8") == f"{SAMPLE.id} {SAMPLE.to_json()}"
    assert list(tmp_path.iterdir()) == [target], "no shell has read the name"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["/no/such/program"], "cannot be started (No such file or directory)"),
        (_python("raise SystemExit(3)"), "ended with 3"),
    ],
)
def test_command_says_what_went_wrong(arguments: list[str], why: str) -> None:
    with pytest.raises(DeliveryError, match=re.escape(why)):
        CommandChannel(arguments, DEADLINE_S).send(SAMPLE.id, "{}" * 100_000)


def test_command_that_hangs_is_killed_with_what_it_started(tmp_path: Path) -> None:
    inner = "import time; time.sleep(600)"
    code = (
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', sys.argv[1]]);"
        "open(sys.argv[2], 'w').write(str(child.pid)); child.wait()"
    )
    target = tmp_path / "pid"
    channel = CommandChannel(_python(code, inner, str(target)), timeout_s=5.0)
    with pytest.raises(DeliveryError, match="did not end within 5 s"):
        channel.send(SAMPLE.id, SAMPLE.to_json())
    deadline = time.monotonic() + DEADLINE_S
    while target.exists() and _is_alive(int(target.read_text(encoding="utf-8"))):
        assert time.monotonic() < deadline, "the child lives on"
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_meter_counts_by_kind_severity_project_and_tier() -> None:
    reader = InMemoryMetricReader()
    channel = MeterChannel(lambda: MeterProvider([reader], shutdown_on_exit=False))
    deep = Notice("1", "depth_breach", "alert", "Too deep.", RunFacts("r", project="desk"), n=2, tier=4)
    for notice in (deep, deep, SAMPLE):
        channel.send(notice.id, notice.to_json())
    data = reader.get_metrics_data()
    assert data is not None
    (metric,) = data.resource_metrics[0].scope_metrics[0].metrics
    assert (metric.name, metric.unit) == ("tierscope.alerts", "{alert}")
    assert isinstance(metric.data, Sum)
    counts = {
        orjson.dumps(dict(point.attributes or {}), option=orjson.OPT_SORT_KEYS): point.value
        for point in metric.data.data_points
    }
    assert counts == {
        b'{"tierscope.alert.kind":"depth_breach","tierscope.alert.severity":"alert","tierscope.run.project":"desk",'
        b'"tierscope.tier":4}': 2,
        b'{"tierscope.alert.kind":"sample","tierscope.alert.severity":"alert"}': 1,
    }

"""Every alert of a run that has ended goes out once, whatever fails on the way."""

import itertools
import logging
import re
from collections.abc import Callable

import orjson
import pytest

from tests.metrics.alerting.conftest import Hook, deep_run, settings_of
from tierscope.errors import SettingsError, StoreLockedError, UnknownNameError
from tierscope.instrumentation.alert_ledger import AlertLedger
from tierscope.instrumentation.alert_settings import AlertSettings
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.turnstile import FileLock
from tierscope.metrics.alerting import Dispatcher, open_channels
from tierscope.metrics.alerting.rules import check_alert_settings
from tierscope.metrics.testing import RunBuilder, save_runs

SECOND_NS = 1_000_000_000
START_NS = 1_790_000_000 * SECOND_NS


class Clock:
    def __init__(self) -> None:
        self.now_ns = START_NS

    def __call__(self) -> int:
        return self.now_ns


def _dispatcher(store: Store, settings: AlertSettings, clock: Callable[[], int] | None = None) -> Dispatcher:
    """As a server has it that was just started."""
    AlertLedger(store).begin()
    return Dispatcher(store, settings, open_channels(settings), clock or Clock())


def _states(store: Store) -> list[tuple[str, str | None, int | None]]:
    return sorted(
        (orjson.loads(one.payload)["kind"], one.state, one.attempts) for one in AlertLedger(store).list_alerts(100)
    )


def test_runs_from_before_the_first_alerting_are_not_told_of_and_later_ones_are(store: Store, hook: Hook) -> None:
    save_runs(store, [deep_run("before")])
    dispatcher = _dispatcher(store, settings_of(hook))
    assert dispatcher.step() == 0
    save_runs(store, [deep_run("after")])
    assert dispatcher.step() == 2
    notices = {delivery.notice["kind"]: delivery.notice for delivery in hook.deliveries}
    assert set(notices) == {"depth_breach", "failure_token"}
    assert {notice["run"]["id"] for notice in notices.values()} == {"after"}
    breach = notices["depth_breach"]
    assert (breach["severity"], breach["n"], breach["tier"], breach["run"]["version"]) == ("alert", 1, 2, "v1")
    assert breach["text"].startswith("Agents were spawned down to tier 2, past the recorded limit of 1")
    assert (breach["is_sample"], breach["found_at"]) == (False, "2026-09-21T14:13:20Z")
    assert len(breach["evidence"]) == 1


def test_restarted_server_sends_nothing_again(store: Store, hook: Hook) -> None:
    settings = settings_of(hook)
    _dispatcher(store, settings)
    save_runs(store, [deep_run("run")])
    assert _dispatcher(store, settings).step() == 2
    assert _dispatcher(store, settings).step() == 0
    assert len(hook.deliveries) == 2


def test_server_that_dies_between_sending_and_recording_sends_again_with_the_same_id(store: Store, hook: Hook) -> None:
    settings = settings_of(hook, kinds=["depth_breach"])
    dispatcher = _dispatcher(store, settings)
    save_runs(store, [deep_run("run")])

    class Dying:
        def __init__(self) -> None:
            (self.inner,) = open_channels(settings)
            self.name = self.inner.name

        def send(self, notice_id: str, body: str) -> None:
            self.inner.send(notice_id, body)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Dispatcher(store, settings, [Dying()], Clock()).step()
    assert dispatcher.step() == 1
    first, second = (delivery.headers["webhook-id"] for delivery in hook.deliveries)
    assert first == second == hook.deliveries[0].notice["id"]


def test_unfinished_run_waits_and_a_run_that_grows_is_looked_at_again(store: Store, hook: Hook) -> None:
    dispatcher = _dispatcher(store, settings_of(hook))
    run = deep_run("run")
    run.gaps.clear()
    running = RunBuilder("running", spawn_limit=0)
    running.agent("root", status="running")
    running.agent("deep", "root", (0, 1))
    save_runs(store, [run, running])
    assert dispatcher.step() == 1
    with store.database.write() as connection:
        for name in ("runs", "invocations", "gaps"):
            connection.execute(f"DELETE FROM {name} WHERE run_id = 'run'")
    grown = deep_run("run")
    grown.agent("late", "analyst", (30, 40))
    save_runs(store, [grown])
    assert dispatcher.step() == 1, "of what is new alone"
    assert [delivery.notice["kind"] for delivery in hook.deliveries] == ["depth_breach", "failure_token"]


def test_failing_hook_is_tried_again_later_and_later_and_then_given_up(
    store: Store, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    dispatcher = _dispatcher(store, settings_of(hook, kinds=["depth_breach"], give_up_after_s=20), clock)
    save_runs(store, [deep_run("run")])
    hook.answers = itertools.chain([(500, {}), (503, {"Retry-After": "7"})], itertools.repeat((500, {})))
    tried_at_s: list[float] = []
    with caplog.at_level(logging.WARNING):
        for second in (0, 0.9, 1, 7.9, 8, 11, 12, 19, 20, 35, 36, 100):
            clock.now_ns = START_NS + int(second * SECOND_NS)
            before = len(hook.deliveries)
            dispatcher.step()
            tried_at_s += [second] * (len(hook.deliveries) - before)
    assert tried_at_s == [0, 1, 8, 12, 20, 36], "1, then the 7 asked for, then 4, 8, 16 s later"
    assert _states(store) == [("depth_breach", "failed", 6)]
    assert [one.problem for one in AlertLedger(store).list_alerts(9)] == ["answered 500"]
    assert len(caplog.records) == 2, "said when it begins to fail, and when it is given up"
    assert "secret" not in caplog.text


def test_one_channel_that_fails_holds_up_no_other(store: Store, make_hook: Callable[[], Hook]) -> None:
    bad, good = make_hook(), make_hook()
    bad.answers = itertools.repeat((500, {}))
    settings = AlertSettings.model_validate({"webhooks": [bad.url, good.url]})
    dispatcher = _dispatcher(store, settings)
    save_runs(store, [deep_run("run")])
    assert dispatcher.step() == 2
    assert len(good.deliveries) == 2


def test_what_more_than_may_wait_is_listed_but_not_sent(store: Store, hook: Hook) -> None:
    dispatcher = _dispatcher(store, settings_of(hook, max_waiting=3))
    save_runs(store, [deep_run("a"), deep_run("b")])
    assert dispatcher.step() == 3
    assert sorted(str(state) for _, state, _ in _states(store)) == ["dropped", "sent", "sent", "sent"]


def test_channel_that_the_settings_no_longer_name_is_given_up(store: Store, make_hook: Callable[[], Hook]) -> None:
    old, new = make_hook(), make_hook()
    old.answers = itertools.repeat((500, {}))
    _dispatcher(store, settings_of(old, kinds=["depth_breach"]))
    save_runs(store, [deep_run("run")])
    clock = Clock()
    _dispatcher(store, settings_of(old, kinds=["depth_breach"]), clock).step()
    clock.now_ns += 60 * SECOND_NS
    assert _dispatcher(store, settings_of(new, kinds=["depth_breach"]), clock).step() == 0
    assert _states(store) == [("depth_breach", "failed", 2)]


def test_two_servers_on_one_store_take_turns(store: Store, hook: Hook) -> None:
    dispatcher = _dispatcher(store, settings_of(hook))
    save_runs(store, [deep_run("run")])
    with FileLock(store.spool.folder / "locks" / "alerts", "sending").hold(wait_s=0):
        assert dispatcher.step() == 0
        with pytest.raises(StoreLockedError):
            dispatcher.run_through()
    assert dispatcher.run_through() == 2


def test_pruned_run_takes_its_alerts_along(store: Store, hook: Hook) -> None:
    dispatcher = _dispatcher(store, settings_of(hook))
    save_runs(store, [deep_run("run")])
    dispatcher.step()
    with store.read() as connection:
        tables = {
            row[0]
            for row in connection.execute(
                "SELECT table_name FROM duckdb_columns() WHERE column_name = 'run_id'"
            ).fetchall()
        }
    assert {"alerts", "alert_checks", "alert_deliveries"} <= tables, "what pruning goes by"


RULE = {"name": "slow", "metric": "tier_completion", "column": "n", "comparison": ">=", "threshold": 1}


def test_rule_alerts_of_each_row_beyond_the_threshold_in_each_run_by_itself(store: Store, hook: Hook) -> None:
    dispatcher = _dispatcher(
        store, settings_of(hook, kinds=[], rules=[{**RULE, "where": {"tier": 1}}, {**RULE, "name": "all"}])
    )
    save_runs(store, [deep_run("a"), deep_run("b")])
    arrived = dispatcher.step()
    slow = [one.notice for one in hook.deliveries if one.notice["kind"] == "slow"]
    assert arrived == 2 + 2 * 3
    assert sorted(notice["run"]["id"] for notice in slow) == ["a", "b"]
    assert slow[0]["tier"] == 1
    assert slow[0]["figure"] == {
        "metric": "tier_completion",
        "column": "n",
        "comparison": ">=",
        "threshold": 1.0,
        "value": 1.0,
        "row": slow[0]["figure"]["row"],
    }
    assert re.match(r"slow: .+, n of .+ is 1, >= 1\.", slow[0]["text"])


@pytest.mark.parametrize(
    ("section", "why"),
    [
        ({"kinds": ["deep_breach"]}, "'alerts.kinds' names 'deep_breach'; there are: critical_signal_lost,"),
        ({"rules": [{**RULE, "column": "length"}]}, "names the column 'length'; metric 'tier_completion' has: "),
        ({"rules": [{**RULE, "where": {"colour": 1}}]}, "names the column 'colour'"),
        ({"rules": [{**RULE, "by": ["colour"]}]}, "groups by 'colour'"),
        ({"rules": [RULE, RULE]}, "uses the name 'slow' twice"),
        ({"rules": [{**RULE, "metric": "alerts", "column": "text"}]}, "compares 'text', which is no number"),
    ],
)
def test_mistake_in_the_settings_is_named(section: dict[str, object], why: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(why)):
        check_alert_settings(AlertSettings.model_validate(section))


def test_rule_on_a_metric_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownNameError, match="There is no metric 'speed'"):
        check_alert_settings(AlertSettings.model_validate({"rules": [{**RULE, "metric": "speed"}]}))


def test_variable_without_an_address_is_named() -> None:
    with pytest.raises(SettingsError, match="the environment variable NO_SUCH_HOOK holds no address"):
        open_channels(AlertSettings(webhooks=("env:NO_SUCH_HOOK",)), {})

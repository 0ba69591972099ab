"""Finding alerts and sending them, one step after another."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Final

from tierscope.errors import StoreLockedError
from tierscope.instrumentation.alert_ledger import AlertLedger, Attempt, DueDelivery, FoundAlert
from tierscope.instrumentation.alert_settings import AlertSettings
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.turnstile import FileLock
from tierscope.metrics.alerting.channel import Channel, DeliveryError
from tierscope.metrics.alerting.finding import find_notices

__all__ = ["Dispatcher"]

RUNS_AT_ONCE: Final = 50
"""Runs that are looked at in one step, so that what is found goes out soon."""
DELIVERIES_AT_ONCE: Final = 20
LONGEST_PAUSE_S: Final = 900.0
_log = logging.getLogger(__name__)


class Dispatcher:
    """Looks at runs that have ended, records what is wrong with them, and tells the channels.

    What was found is in the store before anybody is told, and that it was told is there right after it. A crash between
    the two tells a channel a second time, with the same id; nothing is lost.

    Args:
        store: where the runs are.
        settings: checked before.
        channels: whom to tell.
        clock: Unix time in ns.
    """

    def __init__(
        self,
        store: Store,
        settings: AlertSettings,
        channels: Sequence[Channel],
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._store = store
        self._settings = settings
        self._channels = {channel.name: channel for channel in channels}
        self._clock = clock
        self._ledger = AlertLedger(store)
        self._lock = FileLock(store.spool.folder / "locks" / "alerts", f"sending alerts of the store {store.path}")
        self._failing: set[str] = set()

    def step(self, is_ending: Callable[[], bool] = bool) -> int:
        """Look at some of the runs that have ended since, and send some of what is due.

        Args:
            is_ending: asked before each delivery whether to leave the rest.

        Returns:
            Number of alerts that arrived; 0 where another process is at it.

        Raises:
            TierscopeError: the store cannot be used; what was not recorded as sent will be sent.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(self._lock.hold(wait_s=0))
            except StoreLockedError:
                return 0
            self._look()
            due = self._ledger.list_due(self._clock(), DELIVERIES_AT_ONCE)
            return self._deliver(due, is_ending)

    def run_through(self) -> int:
        """Look at all runs that have ended since, and try once what is due.

        Returns:
            Number of alerts that arrived.

        Raises:
            TierscopeError: another process is at it, or the store cannot be used.
        """
        arrived = 0
        with self._lock.hold(wait_s=0):
            while self._look():
                pass
            now_ns = self._clock()
            while due := self._ledger.list_due(now_ns, DELIVERIES_AT_ONCE):  # what fails is due later
                arrived += self._deliver(due, bool)
        return arrived

    def _look(self) -> bool:
        """Look at some runs; returns whether there were any."""
        unchecked = self._ledger.list_unchecked()
        runs = {run_id: unchecked[run_id] for run_id in list(unchecked)[:RUNS_AT_ONCE]}
        if not runs:
            return False
        now_ns = self._clock()
        found_at = datetime.fromtimestamp(now_ns / 1e9, tz=UTC)
        notices = find_notices(self._store, list(runs), self._settings, found_at)
        found = [FoundAlert(notice.id, notice.run.id, notice.to_json(), now_ns) for notice in notices]
        dropped = self._ledger.record(runs, found, list(self._channels), self._settings.max_waiting)
        if dropped:
            _log.error("%d alerts are not sent, since too many wait; `tierscope alerts list` shows them", dropped)
        return True

    def _deliver(self, due: Sequence[DueDelivery], is_ending: Callable[[], bool]) -> int:
        arrived = 0
        for delivery in due:
            if is_ending():
                break
            attempt = self._try(delivery)
            self._ledger.report([attempt])
            arrived += attempt.state == "sent"
        return arrived

    def _try(self, delivery: DueDelivery) -> Attempt:
        attempts = delivery.attempts + 1
        channel = self._channels.get(delivery.channel)
        now_ns = self._clock()
        if channel is None:
            problem = "the settings no longer name this channel"
            return Attempt(delivery.alert_id, delivery.channel, "failed", attempts, now_ns, now_ns, problem)
        try:
            channel.send(delivery.alert_id, delivery.payload)
        except DeliveryError as error:
            return self._put_off(delivery, attempts, error)
        self._failing.discard(channel.name)
        return Attempt(delivery.alert_id, channel.name, "sent", attempts, now_ns, self._clock(), None)

    def _put_off(self, delivery: DueDelivery, attempts: int, error: DeliveryError) -> Attempt:
        """Try again after 1, 2, 4, ... seconds, or when the other side wants it."""
        now_ns = self._clock()
        pause_s = min(max(2.0 ** (attempts - 1), error.retry_after_s or 0), LONGEST_PAUSE_S)
        is_over = now_ns - delivery.found_ns > self._settings.give_up_after_s * 1e9
        if is_over or delivery.channel not in self._failing:
            outlook = "is given up" if is_over else "is tried again"
            _log.warning("an alert for %s %s: %s", delivery.channel, outlook, error)
        self._failing.add(delivery.channel)
        return Attempt(
            delivery.alert_id,
            delivery.channel,
            "failed" if is_over else "waiting",
            attempts,
            now_ns + int(pause_s * 1e9),
            now_ns if is_over else None,
            str(error),
        )

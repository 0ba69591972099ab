"""Which alerts were found in a store, and for whom they wait: what makes each go out once."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, TypeAlias

import pyarrow as pa

from tierscope.instrumentation.database import load_query
from tierscope.instrumentation.store import Store

__all__ = ["AlertLedger", "Attempt", "DueDelivery", "FoundAlert", "ListedAlert"]

DeliveryState: TypeAlias = Literal["waiting", "sent", "failed", "dropped"]

_TYPES: Final[dict[str, pa.DataType]] = {
    "alert_id": pa.string(),
    "run_id": pa.string(),
    "payload": pa.string(),
    "channel": pa.string(),
    "state": pa.string(),
    "problem": pa.string(),
    "spans": pa.int64(),
    "found_ns": pa.int64(),
    "due_ns": pa.int64(),
    "done_ns": pa.int64(),
    "attempts": pa.int32(),
}


@dataclass(frozen=True, slots=True)
class FoundAlert:
    """An alert, to be recorded and sent."""

    alert_id: str
    """The same for the same finding in the same run."""
    run_id: str
    payload: str
    """JSON, as it is sent."""
    found_ns: int


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """An alert that a channel is to be told of now."""

    alert_id: str
    channel: str
    attempts: int
    """How often it was tried before."""
    found_ns: int
    payload: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a delivery went."""

    alert_id: str
    channel: str
    state: DeliveryState
    attempts: int
    due_ns: int
    """When to try again, where it waits."""
    done_ns: int | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert as people look it up."""

    alert_id: str
    found_ns: int
    payload: str
    channel: str | None
    state: DeliveryState | None
    attempts: int | None
    problem: str | None


class AlertLedger:
    """The tables of alerts in a store; every call is one short session.

    Args:
        store: where the runs are; made where it is missing.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self) -> None:
        """Count the runs that are stored now as looked at, unless alerts were sent from this store before.

        Raises:
            StoreError: the store cannot be used.
        """
        with self._store.database.write() as connection:
            if connection.execute("FROM alert_watch").fetchone() is None:
                connection.execute("INSERT INTO alert_watch VALUES (?)", [time.time_ns()])
                connection.execute("INSERT INTO alert_checks SELECT run_id, spans FROM runs WHERE status <> 'running'")

    def list_unchecked(self) -> dict[str, int]:
        """Runs that have ended and were not looked at as they are now: id -> number of spans.

        Raises:
            StoreError: the store cannot be used.
        """
        return dict(self._store.query(load_query("list_runs_to_check")).iter_rows())

    def record(
        self, runs: dict[str, int], alerts: Sequence[FoundAlert], channels: Sequence[str], max_waiting: int
    ) -> int:
        """Record what was found in some runs, in one transaction.

        Args:
            runs: id -> number of spans, as from ``list_unchecked``.
            alerts: what was found; those that are recorded already are passed over.
            channels: whom to tell.
            max_waiting: alerts that may wait for a channel.

        Returns:
            Number of deliveries that were dropped, since too many wait.

        Raises:
            StoreError: the store cannot be used; nothing was recorded.
        """
        waiting = dict(self._store.query(load_query("count_waiting_deliveries")).iter_rows())
        deliveries: list[dict[str, Any]] = []
        for channel in channels:
            room = max_waiting - waiting.get(channel, 0)
            for position, alert in enumerate(alerts):
                state: DeliveryState = "waiting" if position < room else "dropped"
                row = {"alert_id": alert.alert_id, "run_id": alert.run_id, "channel": channel, "state": state}
                deliveries.append({**row, "attempts": 0, "due_ns": alert.found_ns})
        checked = [{"run_id": run_id, "spans": spans} for run_id, spans in runs.items()]
        with self._store.database.write() as connection:
            connection.register("checked_runs", _table(checked, "run_id", "spans"))
            connection.register("found_alerts", _table([asdict(one) for one in alerts], *_names(FoundAlert)))
            connection.register(
                "found_deliveries", _table(deliveries, "alert_id", "run_id", "channel", "state", "attempts", "due_ns")
            )
            connection.execute(load_query("insert_alerts"))
        return sum(row["state"] == "dropped" for row in deliveries)

    def list_due(self, now_ns: int, limit: int) -> list[DueDelivery]:
        """Deliveries to try now, those of the oldest alerts first.

        Raises:
            StoreError: the store cannot be used.
        """
        frame = self._store.query(load_query("list_due_deliveries"), {"now_ns": now_ns, "limit": limit})
        return [DueDelivery(**row) for row in frame.iter_rows(named=True)]

    def report(self, attempts: Sequence[Attempt]) -> None:
        """Record how deliveries went.

        Raises:
            StoreError: the store cannot be used; they will be tried again.
        """
        with self._store.database.write() as connection:
            connection.register("attempts", _table([asdict(one) for one in attempts], *_names(Attempt)))
            connection.execute(load_query("update_deliveries"))

    def list_alerts(self, limit: int) -> list[ListedAlert]:
        """What was found, and how telling it went, newest first.

        Raises:
            StoreError: the store cannot be used.
        """
        frame = self._store.query(load_query("list_alerts"), {"limit": limit})
        return [ListedAlert(**row) for row in frame.iter_rows(named=True)]


def _table(rows: list[dict[str, Any]], *columns: str) -> pa.Table:
    """Rows with a declared type for every column, also where there are none."""
    return pa.Table.from_pylist(rows, pa.schema({name: _TYPES[name] for name in columns}))


def _names(kind: type[FoundAlert | Attempt]) -> list[str]:
    return [field.name for field in fields(kind)]

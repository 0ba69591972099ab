"""What is wrong with some runs, as notices."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tierscope.errors import StoreError, TierscopeError
from tierscope.instrumentation.alert_settings import AlertRule, AlertSettings
from tierscope.instrumentation.store import Store
from tierscope.metrics.alerting.notice import Notice, RunFacts, make_notice_id
from tierscope.metrics.alerting.rules import find_breaches
from tierscope.metrics.computing import compute, load_frames
from tierscope.metrics.run_filter import RunFilter

__all__ = ["find_notices"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """What notices say besides the finding."""

    runs: Mapping[str, RunFacts]
    tiers: Mapping[str, int | None]
    """Invocation -> tier."""
    found_at: datetime


def find_notices(store: Store, run_ids: Sequence[str], settings: AlertSettings, found_at: datetime) -> list[Notice]:
    """Look at runs for the integrity alerts and by the rules that the settings name.

    Args:
        store: where the runs are.
        run_ids: which of them.
        settings: checked before.
        found_at: an aware time.

    Raises:
        TierscopeError: the store cannot be used, or a run is not there any more.
    """
    if not run_ids:
        return []
    frames = load_frames(store, ["runs", "invocations"], run_ids)
    facts = frames["runs"].select("run_id", "label", "project", "version").iter_rows()
    tiers = frames["invocations"].select("invocation_id", "tier").iter_rows()
    known = _Known({row[0]: RunFacts(*row) for row in facts}, dict(tiers), found_at)
    notices = [*_integrity_alerts(store, run_ids, settings, known)]
    for rule in settings.rules:
        notices += _breaches(store, run_ids, rule, known)
    return notices


def _integrity_alerts(store: Store, run_ids: Sequence[str], settings: AlertSettings, known: _Known) -> Iterator[Notice]:
    if not settings.kinds:
        return
    for row in compute("alerts", store, RunFilter(runs=tuple(run_ids))).iter_rows(named=True):
        if row["alert"] in settings.kinds:
            evidence = tuple(row["evidence"])
            yield Notice(
                id=make_notice_id(row["run_id"], row["alert"]),
                kind=row["alert"],
                severity=row["severity"],
                text=row["text"],
                run=known.runs[row["run_id"]],
                n=row["n"],
                tier=known.tiers.get(evidence[0]) if evidence else None,
                evidence=evidence,
                found_at=known.found_at,
            )


def _breaches(store: Store, run_ids: Sequence[str], rule: AlertRule, known: _Known) -> Iterator[Notice]:
    """Each run by itself: a metric's row may rest on several."""
    options: dict[str, Any] = {"by": rule.by} if rule.by else {}
    for run_id in run_ids:
        try:
            frame = compute(rule.metric, store, RunFilter(runs=(run_id,)), **options)
        except StoreError:
            raise
        except TierscopeError as error:  # such as too little data to judge
            _log.warning("rule '%s' could not be looked at in run %s: %s", rule.name, run_id, error)
            continue
        for group, value, text in find_breaches(rule, frame):
            tier = group.get("tier")
            yield Notice(
                id=make_notice_id(run_id, rule.name, group),
                kind=rule.name,
                severity="alert",
                text=text,
                run=known.runs[run_id],
                n=None,
                tier=tier if isinstance(tier, int) else None,
                figure={
                    **rule.model_dump(include={"metric", "column", "comparison", "threshold"}),
                    "value": value,
                    "row": group,
                },
                found_at=known.found_at,
            )

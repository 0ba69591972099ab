"""Alerts of one's own: rows of a metric whose figure is beyond a threshold."""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import polars as pl

from tierscope.errors import SettingsError
from tierscope.instrumentation.alert_settings import AlertRule, AlertSettings, Comparison
from tierscope.metrics.alert_rules import ALERT_KINDS
from tierscope.metrics.format import format_value
from tierscope.metrics.metric import Metric
from tierscope.metrics.registry import find_metric

__all__ = ["check_alert_settings", "find_breaches"]

_COMPARE: Final[Mapping[Comparison, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def check_alert_settings(settings: AlertSettings) -> None:
    """Do nothing where every name in the settings is one that exists.

    Raises:
        SettingsError: a kind of alert, or what a rule names, does not exist; or two rules have one name.
        UnknownNameError: a rule names a metric that does not exist.
    """
    for kind in settings.kinds:
        if kind not in ALERT_KINDS:
            raise SettingsError(f"setting 'alerts.kinds' names '{kind}'; there are: {', '.join(ALERT_KINDS)}.")
    names = [rule.name for rule in settings.rules]
    for name in names:
        if names.count(name) > 1 or name in ALERT_KINDS:
            raise SettingsError(f"setting 'alerts.rules' uses the name '{name}' twice: give each rule its own.")
    for rule in settings.rules:
        _check_rule(rule, find_metric(rule.metric))


def find_breaches(rule: AlertRule, frame: pl.DataFrame) -> Iterator[tuple[dict[str, Any], float, str]]:
    """Rows that break a rule.

    Args:
        rule: checked before.
        frame: the metric's rows of one run.

    Yields:
        What tells the row from others, its figure, and a sentence.
    """
    metric = find_metric(rule.metric)
    column = rule.column or metric.value
    grain = [name for name in rule.by or metric.grain if name in frame.columns]
    for row in frame.iter_rows(named=True):
        value = row[column]
        is_meant = all(row[name] == wanted for name, wanted in rule.where.items())
        rests_on = row.get("n")
        if not is_meant or value is None or (rests_on is not None and rests_on < rule.least_n):
            continue
        if _COMPARE[rule.comparison](value, rule.threshold):
            labels = [
                str(row[name]) for name in (rule.by or metric.labels or metric.grain) if row.get(name) is not None
            ]
            about = f" of {', '.join(labels)}" if labels else ""
            text = f"{rule.name}: {metric.title.lower()}, {column}{about} is {format_value(value)},"
            text += f" {rule.comparison} {format_value(rule.threshold)}."
            yield {name: row[name] for name in grain}, float(value), text


def _check_rule(rule: AlertRule, metric: Metric) -> None:
    column = rule.column or metric.value
    known = set(metric.schema) | set(rule.by)
    for name in (column, *rule.where):
        if name not in known:
            raise SettingsError(
                f"rule '{rule.name}' of setting 'alerts.rules' names the column '{name}'; metric '{metric.name}' has: "
                f"{', '.join(metric.schema)}."
            )
    if column in metric.schema and not metric.schema[column].is_numeric() and metric.schema[column] != pl.Boolean:
        raise SettingsError(f"rule '{rule.name}' of setting 'alerts.rules' compares '{column}', which is no number.")
    for name in rule.by:
        if name not in metric.by:
            raise SettingsError(
                f"rule '{rule.name}' of setting 'alerts.rules' groups by '{name}'; metric '{metric.name}' can by: "
                f"{', '.join(metric.by) or 'nothing'}."
            )

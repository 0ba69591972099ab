"""The report in a few sentences, each made of figures that stand further down."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tierscope.dashboard.audit.computing import Audited
from tierscope.dashboard.theme import tier_name
from tierscope.metrics.format import format_interval, format_value
from tierscope.metrics.synthesis_retention import END_TO_END

__all__ = ["Statement", "make_brief"]

Weight: TypeAlias = Literal["alert", "advice", "plain"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One finding."""

    topic: str
    text: str
    weight: Weight = "plain"


def make_brief(audited: Audited) -> list[Statement]:
    """What a reader should know who reads no further.

    Args:
        audited: every metric over the runs.

    Returns:
        One statement for each question that the recording answers; those it does not answer are left out.
    """
    return [
        *_integrity(audited),
        *_completion(audited),
        *_retention(audited),
        *_cost(audited),
        *_depth(audited),
        *_dependencies(audited),
    ]


def _integrity(audited: Audited) -> Iterator[Statement]:
    computed = audited.metrics.get("alerts")
    if computed is None or computed.frame is None:
        return
    frame = computed.frame
    alerts, advice = frame.filter(severity="alert").height, frame.filter(severity="advice").height
    if alerts:
        runs = frame.filter(severity="alert")["run_id"].n_unique()
        text = f"{_count(alerts, 'integrity alert')} in {runs:,} of {_count(audited.runs.height, 'run')}"
        yield Statement("Integrity", f"{text}, and {_count(advice, 'piece')} of advice.", "alert")
    else:
        text = f"No integrity alert in {_count(audited.runs.height, 'run')}"
        yield Statement("Integrity", f"{text}; {_count(advice, 'piece')} of advice.")


def _completion(audited: Audited) -> Iterator[Statement]:
    frame = audited.frame("tier_completion")
    if frame is None:
        return
    for row in frame.filter("bottleneck").iter_rows(named=True):
        share = format_value(row["critical_path_share"], "share")
        yield Statement(
            "Bottleneck",
            f"{tier_name(row['tier']).capitalize()} varies most in completion time: standard deviation "
            f"{format_value(row['sd_ms'], 'ms')}, 95 % within {format_value(row['p95_ms'], 'ms')}, {share} of the "
            f"critical path (n = {row['n']:,}).",
        )


def _retention(audited: Audited) -> Iterator[Statement]:
    frame = audited.frame("synthesis_retention")
    if frame is None:
        return
    for row in frame.filter("weakest").iter_rows(named=True):
        interval = format_interval(row["retained_low"], row["retained_high"], "share")
        sure = f"95 % interval {interval}, " if row["retained_low"] is not None else ""
        below, _, above = row["hop"].partition(" -> ")
        yield Statement(
            "Weakest synthesis",
            f"Tier {above} passes on {format_value(row['retained_share'], 'share')} of the signals that come to it "
            f"from tier {below} ({sure}n = {row['n']:,}), "
            f"in {format_value(row['compression_ratio'], 'share')} of the words.",
        )
    for row in frame.filter(hop=END_TO_END).iter_rows(named=True):
        critical = ""
        if row["critical_n"]:
            share = format_value(row["critical_retained_share"], "share")
            critical = f"; of critical ones {share} (n = {row['critical_n']:,})"
        share = format_value(row["retained_share"], "share")
        yield Statement("Leaf to root", f"{share} of the leaves' signals reach the root (n = {row['n']:,}){critical}.")


def _cost(audited: Audited) -> Iterator[Statement]:
    frame = audited.frame("model_cost")
    if frame is None or frame["cost_usd"].is_null().all():
        return
    row = frame.sort("cost_usd", descending=True, nulls_last=True).row(0, named=True)
    yield Statement(
        "Cost",
        f"Most was spent on {row['model']} at {tier_name(row['tier'])}: {format_value(row['cost_usd'], 'USD')}, "
        f"{format_value(row['cost_share'], 'share')} of what has a price (n = {_count(row['n'], 'call')}).",
    )


def _dependencies(audited: Audited) -> Iterator[Statement]:
    computed = audited.metrics.get("hidden_dependencies")
    if computed is None or computed.frame is None:
        return
    found = computed.frame.height
    noun = "dependency" if found == 1 else "dependencies"
    yield Statement(
        "Independence",
        f"{found:,} hidden {noun} between leaves of different domains." if found else "No hidden dependency was found.",
    )


def _depth(audited: Audited) -> Iterator[Statement]:
    frame = audited.frame("spawn_depth")
    if frame is None or frame["max_depth"].is_null().all():
        return
    deepest = frame.sort("max_depth", descending=True, nulls_last=True).row(0, named=True)
    breaches = frame.filter("breach").height
    yield Statement(
        "Spawn limit",
        f"The deepest tier is {deepest['max_depth']}, where the limit of that run was {deepest['spawn_limit']} "
        f"({deepest['limit_source']}); {breaches:,} of {_count(frame.height, 'run')} went past a limit.",
        "alert" if breaches else "plain",
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

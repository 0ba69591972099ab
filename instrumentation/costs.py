"""What the invocations of a run cost, and what is missing from that figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tierscope.instrumentation.prices import PriceTable
from tierscope.instrumentation.runs import Invocation, ModelCall, Run

__all__ = ["Cost", "RunCosts", "compute_costs"]


@dataclass(frozen=True, slots=True)
class Cost:
    """A sum of money, or why there is none."""

    usd: float | None = None
    note: str | None = None
    """Why ``usd`` is None, or what it leaves out; None where it is whole."""


@dataclass(frozen=True, slots=True)
class RunCosts:
    """Costs of one run."""

    calls: Mapping[str, Cost]
    """Model call id -> cost of that call."""
    invocations: Mapping[str, Cost]
    """Invocation id -> cost of its own calls, not of its members'; None where one of them has no price."""
    run: Cost
    """Sum of what is known; None where nothing is."""


def compute_costs(run: Run, prices: PriceTable) -> RunCosts:
    """Price the model calls of a run.

    Args:
        run: as inferred.
        prices: what tokens cost.

    Returns:
        The cost of each call, each invocation, and the run.
    """
    calls = {call.id: _call_cost(call, prices) for call in run.model_calls}
    of_invocation: dict[str | None, list[Cost]] = {}
    for call in run.model_calls:
        of_invocation.setdefault(call.invocation_id, []).append(calls[call.id])
    invocations = {one.id: _invocation_cost(one, of_invocation.get(one.id, ())) for one in run.invocations}
    parts = [*invocations.values(), *of_invocation.get(None, ())]
    known = [part.usd for part in parts if part.usd is not None]
    return RunCosts(calls, invocations, Cost(sum(known) if known else None, _join_notes(parts)))


_NONE: Final = Cost()
_NO_TOKENS: Final = Cost(note="a model call recorded no tokens")
_NO_MODEL: Final = Cost(note="a model call recorded no model")
_NO_CALL: Final = Cost(note="tokens were recorded without a model call, so the model is not known")


def _call_cost(call: ModelCall, prices: PriceTable) -> Cost:
    if call.input_tokens is None and call.output_tokens is None:
        return _NO_TOKENS
    if call.model is None:
        return _NO_MODEL
    price = prices.find(call.model, call.started_ns)
    if price is None:
        since = prices.first_day(call.model)
        return Cost(note=f"no price for model '{call.model}'{f' before {since}' if since else ''}")
    return Cost(price.cost_usd(call.input_tokens or 0, call.output_tokens or 0))


def _invocation_cost(one: Invocation, calls: Sequence[Cost]) -> Cost:
    if calls:
        note = _join_notes(calls)
        return Cost(None, note) if note else Cost(sum(call.usd for call in calls if call.usd is not None))
    if one.input_tokens is not None or one.output_tokens is not None:
        return _NO_CALL
    return _NONE


def _join_notes(costs: Iterable[Cost]) -> str | None:
    return "; ".join(sorted({cost.note for cost in costs if cost.note})) or None

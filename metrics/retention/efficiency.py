"""How much of its inputs a synthesis kept, against the most that any text of its length could keep."""

from collections.abc import Sequence

from tierscope.errors import InputError
from tierscope.metrics.retention.words import split_words

__all__ = ["compute_retention_bound", "compute_retention_efficiency"]


def compute_retention_bound(claims: Sequence[str], weights: Sequence[float], budget_words: int) -> float | None:
    """Bound the share of the claims' weight that a text of so many words can restate.

    Greedy coverage: claims are taken by weight per word until the budget is spent, the last one in part. That is the
    optimum of the fractional knapsack, so no choice of whole claims at their own length does better.

    Args:
        claims: distinct statements of the inputs.
        weights: what each is worth, such as its salience; 1 for plain shares.
        budget_words: length of the synthesis.

    Returns:
        A share from 0 to 1; None without claims or weight.

    Raises:
        InputError: there are not as many weights as claims.
    """
    if len(claims) != len(weights):
        raise InputError(f"{len(claims)} claims cannot be weighed with {len(weights)} weights: pass as many.")
    total = sum(weights)
    if total <= 0:
        return None
    items = [(weight, max(1, len(split_words(claim)))) for claim, weight in zip(claims, weights, strict=True)]
    items.sort(key=lambda item: item[0] / item[1], reverse=True)
    kept, left = 0.0, float(max(0, budget_words))
    for weight, words in items:
        share = min(1.0, left / words)
        kept += share * weight
        left -= share * words
    return kept / total


def compute_retention_efficiency(
    claims: Sequence[str], weights: Sequence[float], retained: Sequence[float], synthesis: str
) -> float | None:
    """Divide what a synthesis retained by `compute_retention_bound` at its length.

    Raw retention punishes brevity; this does not: 1 means that no text of the same length could have kept more at the
    claims' own length. A synthesis that says things shorter than its inputs can go beyond and counts as 1.

    Args:
        claims: distinct statements of the inputs.
        weights: what each is worth.
        retained: how far each survives, from 0 to 1.
        synthesis: the text that should hold them.

    Returns:
        From 0 to 1; None without claims, weight, or words in the synthesis.

    Raises:
        InputError: claims, weights and retained differ in number.
    """
    if len(retained) != len(claims):
        raise InputError(f"{len(claims)} claims cannot be paired with {len(retained)} shares: pass as many.")
    bound = compute_retention_bound(claims, weights, len(split_words(synthesis)))
    if not bound:
        return None
    kept = sum(weight * share for weight, share in zip(weights, retained, strict=True)) / sum(weights)
    return min(1.0, kept / bound)

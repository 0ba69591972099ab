"""How the simulated models write: specialists exactly, syntheses shorter, rounder and in other words.

A synthesis keeps what is most unusual and fits its word budget; the rest is lost, as in real summaries.
"""

from collections.abc import Sequence
from itertools import groupby

from tierscope.orchestrator.demo.analysis import Measurement


def sentence(found: Measurement) -> str:
    """The measurement as a specialist reports it: exact, with its period and its usual value."""
    subject = found.subject[0].upper() + found.subject[1:]
    value, usual = f"{abs(found.value):.2f}", f"{found.usual:.2f}"
    if found.measure == "text":
        return f"{subject} ({found.period}): {found.quote}"
    if found.measure == "growth":
        verb = "grew" if found.value >= 0 else "shrank"
        return f"{subject} {verb} {value}% year on year in {found.period}, against {usual}% on average."
    if found.measure == "trend":
        verb = "rose" if found.value >= 0 else "fell"
        return f"{subject} {verb} by {abs(found.value):.3f} {found.unit} a quarter up to {found.period}."
    if found.measure == "drawdown":
        return f"{subject} stood {value}% below its peak in {found.period}, against {abs(found.usual):.2f}% on average."
    if found.measure == "volatility":
        return f"{subject} varied by {value}% a quarter up to {found.period}, against {usual}% on average."
    side = "above" if found.unusual >= 0 else "below"
    distance = f"{abs(found.unusual):.1f} standard deviations {side} its mean"
    return f"{subject} stood at {found.value:.2f} {found.unit} in {found.period}, {distance}."


def summarize(measurements: Sequence[Measurement], words: int, digits: int) -> tuple[str, list[Measurement]]:
    """Paraphrase the most unusual measurements, merged and rounded, within a word budget.

    Args:
        measurements: what was reported.
        words: length that the text may have.
        digits: significant digits of a figure.

    Returns:
        The text, and the measurements that it still holds.
    """
    ranked = sorted(measurements, key=lambda found: abs(found.unusual), reverse=True)
    kept: list[Measurement] = []
    for found in ranked:
        if len(_compose([*kept, found], digits).split()) > words:
            break
        kept.append(found)
    return _compose(kept, digits), kept


def _compose(kept: Sequence[Measurement], digits: int) -> str:
    """One sentence for all measurements of a kind that point the same way."""
    kinds = sorted(kept, key=_kind)
    return " ".join(_merged(kind, list(group), digits) for kind, group in groupby(kinds, key=_kind))


def _kind(found: Measurement) -> tuple[str, bool]:
    return found.measure, found.unusual >= 0


def _merged(kind: tuple[str, bool], group: Sequence[Measurement], digits: int) -> str:
    measure, high = kind
    if measure == "text":
        return " ".join(f"{found.subject.capitalize()} mention {_gist(found.quote)}." for found in group)
    items = _listed([f"{found.subject} ({_rounded(found, digits)})" for found in group])
    phrases = {
        ("growth", True): f"Expansion is brisker than usual in {items}.",
        ("growth", False): f"Momentum has faded in {items}.",
        ("level", True): f"Readings are elevated for {items}.",
        ("level", False): f"Readings are subdued for {items}.",
        ("trend", True): f"The direction is upward for {items}.",
        ("trend", False): f"The direction is downward for {items}.",
        ("drawdown", True): f"Close to their highs: {items}.",
        ("drawdown", False): f"Well off their highs: {items}.",
        ("volatility", True): f"Swings have widened in {items}.",
        ("volatility", False): f"Swings have calmed in {items}.",
    }
    return phrases[measure, high]


def _rounded(found: Measurement, digits: int) -> str:
    unit = "%" if found.unit == "%" else f" {found.unit}"
    return f"about {float(f'{found.value:.{digits}g}'):g}{unit}"


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _gist(quote: str) -> str:
    """The first words of a passage: all that a hurried synthesis takes from it."""
    return " ".join(quote.split()[:6]).rstrip(".,;:").lower()

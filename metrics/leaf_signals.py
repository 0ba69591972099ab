"""The signals of a run: what its leaves had to say, as declared or as split from their outputs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tierscope.instrumentation.runs import Signal
from tierscope.metrics.lineage import Lineage, Member
from tierscope.metrics.losses import own_signals
from tierscope.metrics.presence import plain_words
from tierscope.metrics.retention import split_claims
from tierscope.metrics.retention.quantities import find_quantities

__all__ = ["LeafSignal", "collect_signals"]

_USUAL_SALIENCE: Final = 0.5
"""Of a declared signal in which the splitter sees no statement."""


@dataclass(frozen=True, slots=True)
class LeafSignal:
    """One atomic piece of information at its author."""

    id: str
    """Author's invocation id and a number; the same from one computation to the next."""
    author: Member
    text: str
    critical: bool
    declared: bool
    """False for a claim that was split from the author's output."""
    salience: float
    """How much it matters, 0 to 1; 1 where critical."""
    numeric: bool
    """Whether it states a number."""


def collect_signals(lineage: Lineage, signals: Iterable[Signal]) -> list[LeafSignal]:
    """Signals of one run, by author.

    An author's declared signals win; a leaf that declared none gives the claims of its output, of which those that
    were marked (a line that opens with CRITICAL, say) are critical. An agent above the leaves gives only what it
    declared or marked itself.

    Args:
        lineage: the run.
        signals: of that run, as recorded.
    """
    by_author: dict[str, list[Signal]] = {}
    for signal in own_signals(lineage, signals):
        by_author.setdefault(signal.invocation_id, []).append(signal)
    collected: list[LeafSignal] = []
    for author in lineage.members.values():
        own = by_author.get(author.id, [])
        if author.output is not None and lineage.is_leaf(author.id) and not any(one.declared for one in own):
            collected += _claims(author, author.output, own)
        else:
            collected += (_own_signal(author, number, one) for number, one in enumerate(own))
    return collected


def _claims(author: Member, output: str, marked: Sequence[Signal]) -> list[LeafSignal]:
    weights = {claim.text: claim.salience for claim in split_claims(output)}
    plain = {text: plain_words(text) for text in weights} if marked else {}
    critical: set[str] = set()
    for signal in marked:
        words = plain_words(signal.text)
        found = [text for text, claim in plain.items() if claim in words or words in claim]
        if not found:
            found = [signal.text]
            weights[signal.text], plain[signal.text] = _weigh(signal.text), words
        if signal.critical:
            critical.update(found)
    return [
        _leaf_signal(author, number, text, 1.0 if text in critical else weight, critical=text in critical)
        for number, (text, weight) in enumerate(weights.items())
    ]


def _own_signal(author: Member, number: int, signal: Signal) -> LeafSignal:
    salience = 1.0 if signal.critical else _weigh(signal.text)
    return _leaf_signal(author, number, signal.text, salience, critical=signal.critical, declared=signal.declared)


def _weigh(text: str) -> float:
    """Salience of a signal that is no claim of the splitter's: that of the weightiest statement in it."""
    return max((claim.salience for claim in split_claims(text)), default=_USUAL_SALIENCE)


def _leaf_signal(
    author: Member, number: int, text: str, salience: float, *, critical: bool, declared: bool = False
) -> LeafSignal:
    return LeafSignal(f"{author.id}/{number}", author, text, critical, declared, salience, bool(find_quantities(text)))

"""Named ways to make one result of many: use them as ``synthesize=`` or write your own."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from tierscope.orchestrator.messages import Conflict, Joined, Result, Synthesis, Task


def concatenate(_task: Task, joined: Joined) -> Synthesis:
    """All texts, one paragraph each, in the order of the plan; gaps as lines of their own."""
    paragraphs = [f"{name}: {result.text}" for name, result in joined.results.items()]
    gaps = [f"GAP {token.text}" for token in joined.gaps] if paragraphs else []
    return Synthesis(text="\n".join((*paragraphs, *gaps)), gaps=joined.gaps)


def structured_merge(_task: Task, joined: Joined) -> Synthesis:
    """One mapping of all mappings; of contradicting values the one with more confidence is kept, then the earlier.

    Results without a mapping as their value are merged under the name of their task.
    """
    merged: dict[str, Any] = {}
    sure: dict[str, float] = {}
    conflicts: list[Conflict] = []
    for name, result in joined.results.items():
        confidence = 0.0 if result.confidence is None else result.confidence
        for key, item in _fields(name, result).items():
            if key in merged and merged[key] != item:
                old, wins = merged[key], confidence > sure[key]
                kept, dropped = (item, old) if wins else (old, item)
                why = f"{key}: {'higher' if wins else 'no higher'} confidence of {name}"
                conflicts.append(Conflict(kept=str(kept), dropped=str(dropped), why=why))
                if not wins:
                    continue
            merged[key], sure[key] = item, confidence
    text = "\n".join(f"{key}: {item}" for key, item in merged.items())
    return Synthesis(text=text, value=merged or None, gaps=joined.gaps, conflicts=tuple(conflicts))


def vote(_task: Task, joined: Joined) -> Synthesis:
    """The value (else the text) that most members returned; of equally many the one that came first in the plan."""
    ballots = [result.text if result.value is None else result.value for result in joined.results.values()]
    counts = Counter(str(ballot) for ballot in ballots)
    if not counts:
        return Synthesis(gaps=joined.gaps)
    winner, votes = counts.most_common(1)[0]
    chosen = next(ballot for ballot in ballots if str(ballot) == winner)
    losers = tuple(
        Conflict(kept=winner, dropped=other, why=f"{votes} votes against {count}")
        for other, count in counts.items()
        if other != winner
    )
    return Synthesis(text=winner, value=chosen, confidence=votes / len(ballots), gaps=joined.gaps, conflicts=losers)


def _fields(name: str, result: Result) -> Mapping[str, Any]:
    value: object = result.value
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value)
    return {name: result.text if value is None else value}

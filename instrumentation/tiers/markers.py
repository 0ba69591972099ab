"""Critical lines in the outputs of agents that declare no signals, on the invocation where they first appear."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tierscope.instrumentation.runs import Invocation, Signal
from tierscope.instrumentation.tiers.texts import decode, strings

_MARKED: Final = re.compile(
    r"(?:(?:^|(?<=[.!?;:]\s)|(?<=\n))(?:[^\w\n]|_){0,8}|(?<=\s)(?=(?:CRITICAL|ALERT|URGENT|WARNING)[*_]*:))"
    r"(?P<text>(?:(?:CRITICAL|ALERT|URGENT|WARNING)\b(?=[\s*_\])]*[:!\u2013\u2014-]|\s+[A-Z]{3,}|\]\s)"
    r"|(?:Critical|Alert|Urgent|Warning)(?=\s*[*_]*:))"
    r"(?:[^\n.!?]|[.!?](?!\s|$)|\.(?=[ \t]+[a-z]))*[.!?]?)",
    re.MULTILINE,
)
"""A sentence that opens with a marker: upper case before punctuation or in brackets, or capitalised before a colon.

In upper case before a colon the marker may stand inside a line as well. A full stop before a small letter ends no
sentence.
"""
_EMPHASIS: Final = re.compile(r"\*\*|__|\*$|_$")
"""Markdown's bold, and the end of italics that began before the sentence."""
_BRACKET: Final = re.compile(r"^(\w+)\]")
_MOST: Final = 0.6
"""Share of words by which a sentence is another in other words."""
_MARKERS: Final = {
    "C": ("CRITICAL", "Critical"),
    "A": ("ALERT", "Alert"),
    "U": ("URGENT", "Urgent"),
    "W": ("WARNING", "Warning"),
}
"""By their first letter, which most texts do not have, and which is found ten times as fast."""


def marked_signals(invocations: Iterable[Invocation], pattern: re.Pattern[str] | None) -> Iterator[Signal]:
    """One signal for each marked sentence, at the invocation that says it first.

    That is the deepest on its way up, and of agents in one conversation the one that ended before the others began.

    Args:
        invocations: of one run, parents before children.
        pattern: the settings' own pattern for what is critical, matched against each line of an output.
    """
    said_below: dict[str, dict[str, _Words]] = {}
    found: list[tuple[Invocation, str]] = []
    first_end: dict[str, int] = {}
    for invocation in reversed(list(invocations)):
        below = said_below.pop(invocation.id, {})
        own = {_plain(text): text for text in _sentences(invocation.output or "", pattern)}
        for plain, text in reversed(own.items()):
            if plain not in below and not any(_Words.of(plain).repeats(said) for said in below.values()):
                end = invocation.ended_ns
                found.append((invocation, text))
                if end is not None:
                    first_end[plain] = min(end, first_end.get(plain, end))
        if invocation.parent_id is not None:
            said = below | {plain: _Words.of(plain) for plain in own}
            if said:
                said_below.setdefault(invocation.parent_id, {}).update(said)
    for invocation, text in reversed(found):
        end = first_end.get(_plain(text))
        if end is None or invocation.started_ns is None or end > invocation.started_ns:
            yield Signal(invocation.id, text, critical=True, declared=False)


def declared_critical(text: str, pattern: re.Pattern[str] | None) -> bool:
    """Whether the text of a declared signal is critical by its marker or by the settings' pattern."""
    return _MARKED.match(text.strip()) is not None or (pattern is not None and pattern.search(text) is not None)


def _sentences(output: str, pattern: re.Pattern[str] | None) -> Iterator[str]:
    if _has_marker(output):  # the expression alone takes far longer to find nothing
        for text in strings(decode(output.strip())):
            for match in _MARKED.finditer(text):
                yield _BRACKET.sub(r"\1:", _EMPHASIS.sub("", match["text"]).strip())
    if pattern is not None:
        yield from (line.strip() for line in output.splitlines() if pattern.search(line))


def _has_marker(text: str) -> bool:
    return any(word in text for initial, words in _MARKERS.items() if initial in text for word in words)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a marked sentence, to know it again when an agent above says it in others."""

    words: frozenset[str]
    figures: frozenset[str]

    @classmethod
    def of(cls, plain: str) -> "_Words":
        words = frozenset(plain.split()[1:])
        return cls(words, frozenset(w for w in words if w.isdigit()))

    def repeats(self, said: "_Words") -> bool:
        """Whether it has the same figures, and most words of the shorter of the two."""
        shorter = min(len(self.words), len(said.words))
        return self.figures == said.figures and len(self.words & said.words) >= _MOST * max(shorter, 1)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))

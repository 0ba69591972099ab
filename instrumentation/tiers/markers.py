"""Critical lines in the outputs of agents that declare no signals, on the invocation where they first appear."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from tierscope.instrumentation.runs import Invocation, Signal

_MARKED: Final = re.compile(
    r"(?:^|(?<=[.!?;:]\s)|(?<=\n))[ \t>*_#\-\u2022\[(]*"
    r"(?P<text>(?:(?:CRITICAL|ALERT|URGENT|WARNING)\b(?=[\s*_\])]*[:!\u2013\u2014-]|\s+[A-Z]{3,})"
    r"|(?:Critical|Alert|Urgent|Warning)(?=\s*[*_]*:))"
    r"(?:[^\n.!?]|[.!?](?!\s|$))*[.!?]?)",
    re.MULTILINE,
)
"""A sentence that opens with a marker: upper case before punctuation, or capitalised before a colon."""
_EMPHASIS: Final = re.compile(r"\*\*|__|\*$|_$")
"""Markdown's bold, and the end of italics that began before the sentence."""
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
    said_below: dict[str, set[str]] = {}
    found: list[tuple[Invocation, str]] = []
    first_end: dict[str, int] = {}
    for invocation in reversed(list(invocations)):
        below = said_below.pop(invocation.id, set())
        own = {_plain(text): text for text in _sentences(invocation.output or "", pattern)}
        for plain, text in reversed(own.items()):
            if plain not in below:
                end = invocation.ended_ns
                found.append((invocation, text))
                if end is not None:
                    first_end[plain] = min(end, first_end.get(plain, end))
        if invocation.parent_id is not None:
            said_below.setdefault(invocation.parent_id, set()).update(below, own)
    for invocation, text in reversed(found):
        end = first_end.get(_plain(text))
        if end is None or invocation.started_ns is None or end > invocation.started_ns:
            yield Signal(invocation.id, text, critical=True, declared=False)


def declared_critical(text: str, pattern: re.Pattern[str] | None) -> bool:
    """Whether the text of a declared signal is critical by its marker or by the settings' pattern."""
    return _MARKED.match(text.strip()) is not None or (pattern is not None and pattern.search(text) is not None)


def _sentences(output: str, pattern: re.Pattern[str] | None) -> Iterator[str]:
    if _has_marker(output):  # the expression alone takes far longer to find nothing
        for match in _MARKED.finditer(output):
            yield _EMPHASIS.sub("", match["text"]).strip()
    if pattern is not None:
        yield from (line.strip() for line in output.splitlines() if pattern.search(line))


def _has_marker(text: str) -> bool:
    return any(word in text for initial, words in _MARKERS.items() if initial in text for word in words)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))

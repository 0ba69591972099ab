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


def marked_signals(invocations: Iterable[Invocation], pattern: re.Pattern[str] | None) -> Iterator[Signal]:
    """One signal for each marked sentence, at the deepest invocation that says it.

    Args:
        invocations: of one run, parents before children.
        pattern: the settings' own pattern for what is critical, matched against each line of an output.
    """
    ordered = list(invocations)
    said_below: dict[str, set[str]] = {}
    found: list[Signal] = []
    for invocation in reversed(ordered):
        below = said_below.pop(invocation.id, set())
        own = set(_sentences(invocation.output, pattern)) if invocation.output else set[str]()
        found += [
            Signal(invocation.id, text, critical=True, declared=False)
            for text in sorted(own)
            if _plain(text) not in below
        ]
        if invocation.parent_id is not None:
            heard = said_below.setdefault(invocation.parent_id, set())
            heard |= below
            heard |= {_plain(text) for text in own}
    return reversed(found)


def declared_critical(text: str, pattern: re.Pattern[str] | None) -> bool:
    """Whether the text of a declared signal is critical by its marker or by the settings' pattern."""
    return _MARKED.match(text.strip()) is not None or (pattern is not None and pattern.search(text) is not None)


def _sentences(output: str, pattern: re.Pattern[str] | None) -> Iterator[str]:
    for match in _MARKED.finditer(output):
        yield match["text"].strip()
    if pattern is not None:
        yield from (line.strip() for line in output.splitlines() if pattern.search(line))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))

"""Who read whose output: the words of one invocation found in the input of another."""

from collections.abc import Iterable, Sequence
from typing import Final

from tierscope.instrumentation.tiers.draft import Draft
from tierscope.instrumentation.tiers.outcome import input_values, output_of
from tierscope.instrumentation.tiers.texts import words

_PROBE_WORDS: Final = 5
"""An output is looked for by its first words, then compared whole."""
_LEAST_WORDS: Final = 4
"""A shorter output, such as "done", proves nothing."""


def readers(drafts: Sequence[Draft]) -> dict[int, list[Draft]]:
    """For each draft, the others whose model input holds its whole output, in order of start.

    Args:
        drafts: invocations that may have read each other, in order of start.

    Returns:
        id of the writing draft -> its readers.
    """
    outputs = {id(d): words(output_of(d)) for d in drafts}
    probes: dict[tuple[str, ...], list[Draft]] = {}
    for draft in drafts:
        said = outputs[id(draft)]
        if len(said) >= _LEAST_WORDS:
            probes.setdefault(tuple(said[:_PROBE_WORDS]), []).append(draft)
    lengths = sorted({len(probe) for probe in probes})
    found: dict[int, list[Draft]] = {}
    for reader in drafts if probes else ():
        for writer in _writers_in(reader, probes, lengths, outputs):
            found.setdefault(id(writer), []).append(reader)
    return found


def tells_enough(output: str | None) -> bool:
    """Whether an output is long enough to be known again in what another agent read."""
    return len(words(output)) >= _LEAST_WORDS


def _writers_in(
    reader: Draft, probes: dict[tuple[str, ...], list[Draft]], lengths: Sequence[int], outputs: dict[int, list[str]]
) -> Iterable[Draft]:
    seen: dict[int, Draft] = {}
    for value in input_values(reader):
        text = words(value)
        for length in lengths:
            for start in range(len(text) - length + 1):
                for writer in probes.get(tuple(text[start : start + length]), ()):
                    said = outputs[id(writer)]
                    if writer is not reader and text[start : start + len(said)] == said:
                        seen[id(writer)] = writer
    return seen.values()

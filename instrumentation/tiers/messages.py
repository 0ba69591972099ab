"""What agents said in messages that are traces of their own, linked to the span that created them."""

from collections.abc import Sequence
from dataclasses import dataclass

from tierscope.instrumentation.spans import Attributes
from tierscope.instrumentation.tiers.draft import canonical
from tierscope.instrumentation.tiers.forest import Node


@dataclass(frozen=True, slots=True)
class Said:
    """The last message of an invocation, and the tokens that its messages report."""

    text: str | None
    input_tokens: int | None
    output_tokens: int | None


def deliver(nodes: Sequence[Node]) -> None:
    """Give every message to the invocation in whose span it was created.

    Args:
        nodes: of all traces of one run.
    """
    messages = [n for n in nodes if n.reading.role == "message"]
    if not messages:
        return
    creators = {n.span.key: n for n in nodes}
    seen: set[str] = set()
    for message in sorted(messages, key=lambda n: n.span.start_ns):
        for link in message.span.links:
            key = f"{link.trace_id}:{link.span_id}"
            creator = creators.get(key)
            draft = canonical(creator.owner) if creator is not None and key not in seen else None
            if draft is not None and message.reading.facts is not None:
                seen.add(key)
                draft.said = _after(draft.said, message.reading.facts)


def _after(before: Said | None, facts: Attributes) -> Said:
    text, *used = (facts.get(key) for key in ("text", "input_tokens", "output_tokens"))
    tokens = [u if isinstance(u, int) else None for u in used]
    if before is not None:
        tokens = [_sum(before.input_tokens, tokens[0]), _sum(before.output_tokens, tokens[1])]
    return Said(text if isinstance(text, str) else None, *tokens)


def _sum(left: int | None, right: int | None) -> int | None:
    return right if left is None else left if right is None else left + right

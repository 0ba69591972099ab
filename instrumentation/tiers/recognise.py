"""Choose the convention that reads a span: a custom one, else by its scope, else by the attributes it has."""

from collections.abc import Sequence

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.reading import STEP, Convention


class Recogniser:
    """A table of conventions, with the answer for each scope remembered.

    Args:
        custom: asked first, about every span of their scope; where they see nothing in it, the others are asked.
        conventions: the built-in ones, in order.
    """

    def __init__(self, custom: Sequence[Convention], conventions: Sequence[Convention]) -> None:
        self._custom = custom
        self._conventions = conventions
        self._by_scope: dict[str, Convention | None] = {}
        self._marked = [(mark, c) for c in conventions for mark in c.marks]

    def node_of(self, span: Span) -> Node:
        """The span with what its convention makes of it."""
        for convention in self._custom:
            if _covers(convention, span.scope_name):
                reading = convention.read(span)
                if reading is not STEP:
                    return Node(span, reading, convention)
        known = self._convention_of(span)
        return Node(span, STEP if known is None else known.read(span), known)

    def _convention_of(self, span: Span) -> Convention | None:
        scope = span.scope_name
        try:
            found = self._by_scope[scope]
        except KeyError:
            found = self._by_scope[scope] = self._of_scope(scope)
        return found if found is not None else self._of_marks(span)

    def _of_scope(self, scope: str) -> Convention | None:
        return next((c for c in self._conventions if _covers(c, scope)), None)

    def _of_marks(self, span: Span) -> Convention | None:
        attributes = span.attributes
        for mark, convention in self._marked:
            if mark in attributes:
                return convention
        return None


def _covers(convention: Convention, scope: str) -> bool:
    return any(
        scope == pattern or (pattern.endswith("*") and scope.startswith(pattern[:-1])) for pattern in convention.scopes
    )

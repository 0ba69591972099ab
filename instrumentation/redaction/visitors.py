"""The two passes over a batch: first the texts are collected, then replaced."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from tierscope.instrumentation import semconv
from tierscope.instrumentation.redaction.function import RedactFunction

__all__ = ["REMOVED", "Collecting", "Counts", "FunctionFailedError", "Replacing", "Visitor"]

REMOVED: Final = "[redacted]"
"""Stands for a value that was taken out whole."""


class FunctionFailedError(Exception):
    """A user's function failed on a text; says the error's type only, since its words may quote content."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was done to values."""

    replaced: int = 0
    left_out: int = 0
    failed: int = 0

    @property
    def changes(self) -> int:
        """Values that are not stored as they came."""
        return self.replaced + self.left_out + self.failed

    def __sub__(self, before: "Counts") -> "Counts":
        return Counts(self.replaced - before.replaced, self.left_out - before.left_out, self.failed - before.failed)

    def by_attribute(self) -> dict[str, int]:
        """Name of the attribute that says it -> number."""
        return {
            semconv.TIERSCOPE_REDACTION_REPLACED: self.replaced,
            semconv.TIERSCOPE_REDACTION_LEFT_OUT: self.left_out,
            semconv.TIERSCOPE_REDACTION_FAILED: self.failed,
        }


class Visitor(Protocol):
    """What a walk asks about the texts that it finds, and tells about the values that go by their name."""

    @property
    def counts(self) -> Counts:
        """What was done so far."""
        ...

    def on_text(self, path: str, text: str) -> str:
        """What stands in place of a value's text."""
        ...

    def clean(self, text: str) -> str:
        """What stands in place of a text that is no value by itself: an object's key, JSON as it was written."""
        ...

    def on_left_out(self) -> None:
        """A value is left out."""
        ...

    def on_replaced(self) -> None:
        """A value is replaced whole."""
        ...

    def on_failed(self, problem: FunctionFailedError) -> None:
        """A value is left out since it could not be redacted."""
        ...


class Collecting:
    """Notes every text and changes none."""

    counts = Counts()

    def __init__(self) -> None:
        self.texts: dict[str, None] = {}
        """In the order in which they were found."""
        self._own: list[str] = []
        self._goes_by_name = False

    def take_own(self) -> list[str] | None:
        """The texts found since this was asked last; None where some value goes by its name besides."""
        own = None if self._goes_by_name else self._own
        self._own, self._goes_by_name = [], False
        return own

    def on_text(self, path: str, text: str) -> str:  # noqa: ARG002 - detectors look at texts, whatever their name
        """Note it."""
        return self.clean(text)

    def clean(self, text: str) -> str:
        """Note it."""
        self.texts[text] = None
        self._own.append(text)
        return text

    def on_left_out(self) -> None:
        """Note that there is one."""
        self._goes_by_name = True

    def on_replaced(self) -> None:
        """Note that there is one."""
        self._goes_by_name = True

    def on_failed(self, problem: FunctionFailedError) -> None:
        """Never: this pass calls no function."""


class Replacing:
    """Puts cleaned texts in place, asks a user's function, and counts.

    Args:
        cleaned: text -> what detectors made of it.
        function: asked about every value's text after that.
    """

    def __init__(self, cleaned: Mapping[str, str], function: RedactFunction | None) -> None:
        self._cleaned = cleaned
        self._function = function
        self._replaced = 0
        self._left_out = 0
        self._failed = 0
        self.problems: set[str] = set()
        """How the function failed."""

    @property
    def counts(self) -> Counts:
        """What was done so far."""
        return Counts(self._replaced, self._left_out, self._failed)

    def on_text(self, path: str, text: str) -> str:
        """A value's text as it is stored.

        Raises:
            FunctionFailedError: the function raised, or gave something else than a text or None.
        """
        fresh = self._cleaned.get(text, text)
        if self._function is not None:
            fresh = _call(self._function, path, fresh)
        self._replaced += fresh != text
        return fresh

    def clean(self, text: str) -> str:
        """A text that is no value by itself, as it is stored."""
        fresh = self._cleaned.get(text, text)
        self._replaced += fresh != text
        return fresh

    def on_left_out(self) -> None:
        """Count it."""
        self._left_out += 1

    def on_replaced(self) -> None:
        """Count it."""
        self._replaced += 1

    def on_failed(self, problem: FunctionFailedError) -> None:
        """Count it."""
        self._failed += 1
        self.problems.add(str(problem))


def _call(function: Callable[[str, str], object], path: str, text: str) -> str:
    try:
        fresh = function(path, text)
    except Exception as error:  # a user's function may raise anything
        raise FunctionFailedError(type(error).__name__) from None
    if fresh is None:
        return REMOVED
    if not isinstance(fresh, str):
        raise FunctionFailedError(f"a result of type {type(fresh).__name__}")
    return fresh

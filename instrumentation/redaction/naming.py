"""What is decided by a value's name alone, whatever it holds."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tierscope.instrumentation.redaction.content_names import LONGEST_FACT, is_content, is_fact
from tierscope.instrumentation.redaction.detectors import names_secret

__all__ = ["NameRules", "Verdict"]

Verdict: TypeAlias = Literal["look", "leave_out", "replace"]
"""Whether a value is looked into, left out as content, or replaced whole."""


@dataclass(frozen=True, slots=True)
class NameRules:
    """Which values go by their names."""

    capture_content: bool = True
    """False leaves out what is content."""
    fields: tuple[str, ...] = ()
    """Lower-case names, whole or their last parts, whose values are replaced."""
    secrets: bool = False
    """Whether texts under names such as ``password`` and ``api_key`` are replaced."""

    def judge(self, path: str, key: str, value: object) -> Verdict:
        """Decide about one value.

        Args:
            path: full name, such as ``gen_ai.tool.call.arguments.user.email``.
            key: its part within the innermost object; of an attribute the whole name.
            value: any kind.
        """
        if self.fields and self._is_field(path):
            return "replace"
        if not value or isinstance(value, bool | int | float):
            return "look"  # numbers stay: they are what is measured
        if self.secrets and names_secret(key):
            return "replace"
        if not self.capture_content and (is_content(key) or (_is_long(value) and not is_fact(key))):
            return "leave_out"
        return "look"

    def _is_field(self, path: str) -> bool:
        lowered = path.lower()
        return any(lowered == field or lowered.endswith(f".{field}") for field in self.fields)


def _is_long(value: object) -> bool:
    return isinstance(value, str) and len(value) > LONGEST_FACT

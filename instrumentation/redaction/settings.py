"""The section ``[redaction]`` of the settings."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["DETECTOR_NAMES", "DetectorName", "RedactionSettings"]

DetectorName: TypeAlias = Literal[
    "private_key", "bearer_token", "api_key", "password", "credit_card", "iban", "phone", "email"
]
"""What is found in texts without a pattern of one's own; they look in this order, the longest things first."""

DETECTOR_NAMES: Final[tuple[DetectorName, ...]] = get_args(DetectorName)


class RedactionSettings(BaseModel):
    """What is taken out of spans before they are written, beside whole contents (``capture_content``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    detect: tuple[Literal["all", DetectorName], ...] = ()
    """Built-in detectors, or ``all`` of them."""
    patterns: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Name -> regular expression in RE2's syntax; what it matches becomes ``[redacted:NAME]``."""
    fields: tuple[str, ...] = ()
    """Attributes, and keys of JSON in them, whose value is taken out whole: by full name or by its last parts."""
    function: str | None = Field(default=None, pattern=r"^[\w.]+:\w+$")
    """``module:function``, given the name and the text of every value; see docs/redaction.md."""

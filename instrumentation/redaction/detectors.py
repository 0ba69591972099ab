"""Personal data and secrets that are found in any text, and patterns of one's own.

Patterns are searched by RE2, as Arrow brings it along: its time grows with the length of the text and with nothing
else, so that no pattern and no text can hang a recorder or a receiver. Where a pattern alone is not precise, such as
for the digits of a card, Python looks at the few texts in which RE2 found a candidate.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tierscope.errors import SettingsError
from tierscope.instrumentation.redaction.numbers import mask_cards, mask_ibans, mask_phones
from tierscope.instrumentation.redaction.settings import DETECTOR_NAMES, DetectorName, RedactionSettings

__all__ = ["Detector", "make_detectors", "names_secret"]

_KEYS: Final = (
    r"sk-[A-Za-z0-9_\-]{16,}",
    r"[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}",
    r"gh[opsru]_[A-Za-z0-9]{20,}",
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"glpat-[A-Za-z0-9_\-]{16,}",
    r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    r"AIza[0-9A-Za-z_\-]{30,}",
    r"xox[abeoprs]-[A-Za-z0-9\-]{10,}",
    r"(?:hf|npm|lsv2_pt|lsv2_sk|pypi)[_\-][A-Za-z0-9_\-]{20,}",
    r"tierscope_[0-9a-f]{8}_[0-9a-f]{32,}",
    r"SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}",
)
"""Keys of well-known services, told by how they begin."""
_SENSITIVE: Final = (
    r"(?:[a-z0-9]+[_\-.])*(?:api[_\-]?key|access[_\-]?key|secret[_\-]?key|private[_\-]?key|client[_\-]?secret|secret"
    r"|passw(?:or)?d|passphrase|pwd|(?:access|auth|refresh|session|id)?[_\-]?token|authorization|credentials?"
    r"|(?:set[_\-])?cookie)"
)
_SECRET_FIELD: Final = re.compile(rf"(?:.*[_.\-])?{_SENSITIVE}", re.IGNORECASE)
_PATTERNS: Final[Mapping[DetectorName, str]] = {
    "email": r"[\pL\pN._%+'\-]*[\pL\pN_+](?:@|%40)(?:[\pL\pN\-]+\.)+\pL{2,}",
    "phone": r"\+\d[\d .()/\-]{6,}\d|\(\d{3}\)[ .\-]?\d{3}[ .\-]\d{4}|\d{3}[ .\-]\d{3}[ .\-]\d{4}",
    "credit_card": r"\d(?:[ \x{a0}\-]?\d){12,}",
    "iban": r"(?i)[A-Z]{2}\d{2}(?:[ \x{a0}\-]?[A-Z0-9]){11,}",
    "api_key": rf"\b(?:{'|'.join(_KEYS)})",
    "bearer_token": (
        r"(?i:\b(?:bearer|basic|token)\s+)[A-Za-z0-9\-._~+/]{16,}=*"
        r"|\beyJ[A-Za-z0-9_\-]{5,}\.[A-Za-z0-9_\-]{5,}(?:\.[A-Za-z0-9_\-]*)?"
    ),
    "password": (
        rf"(?i)(\b{_SENSITIVE}[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&@\[][^\s\"',;&@]*"
        r"|([a-z]://[^\s/:@]*:)[^\s/@]+(@)"
    ),
    "private_key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
}
_MASKS: Final[Mapping[DetectorName, Callable[[str, str], str]]] = {
    "credit_card": mask_cards,
    "iban": mask_ibans,
    "phone": mask_phones,
}
_AROUND: Final[Mapping[DetectorName, str]] = {"password": r"\1\2{}\3"}
"""What of a match stays around the marker: what the secret is called, or whose it is and where it is used."""


@dataclass(frozen=True, slots=True)
class Detector:
    """Finds one kind of thing in texts."""

    name: str
    pattern: str
    """In RE2's syntax; precise, or where there is a ``mask`` a first look."""
    replacement: str
    """What stands for each match."""
    mask: Callable[[str, str], str] | None = None
    """Given a text with a candidate and the replacement: the text without what it looks for."""

    def find(self, texts: pa.LargeStringArray) -> Sequence[int]:
        """Positions of the texts with a match or a candidate."""
        found = pc.match_substring_regex(texts, self.pattern)
        return [position for position, is_found in enumerate(found.to_pylist()) if is_found]

    def clean(self, texts: Sequence[str]) -> list[str]:
        """The texts with every match replaced."""
        if self.mask is not None:
            return [self.mask(text, self.replacement) for text in texts]
        replaced = pc.replace_substring_regex(pa.array(texts, pa.string()), self.pattern, self.replacement)
        return [str(text) for text in replaced.to_pylist()]


def make_detectors(settings: RedactionSettings) -> tuple[Detector, ...]:
    """The detectors that settings ask for, built-in ones first.

    Raises:
        SettingsError: a pattern that RE2 does not accept.
    """
    asked = DETECTOR_NAMES if "all" in settings.detect else settings.detect
    built_in = [_built_in(name) for name in DETECTOR_NAMES if name in asked]
    return (*built_in, *(_own(name, pattern) for name, pattern in settings.patterns.items()))


@lru_cache(maxsize=4096)
def names_secret(name: str) -> bool:
    """Whether a field's name says that its value is a secret."""
    return _SECRET_FIELD.fullmatch(name) is not None


def _built_in(name: DetectorName) -> Detector:
    marker = f"[redacted:{name}]"
    return Detector(name, _PATTERNS[name], _AROUND.get(name, "{}").format(marker), _MASKS.get(name))


def _own(name: str, pattern: str) -> Detector:
    detector = Detector(name, pattern, f"[redacted:{name}]".replace("\\", r"\\"))
    try:
        matches_nothing = bool(detector.find(pa.array([""], pa.large_string())))
    except pa.ArrowInvalid as error:
        raise SettingsError(
            f"setting 'redaction.patterns.{name}' = {pattern!r} is no regular expression of RE2, which knows no "
            f"look-around and no back-references: {error}."
        ) from error
    if matches_nothing:
        raise SettingsError(f"setting 'redaction.patterns.{name}' = {pattern!r} matches even an empty text.")
    return detector

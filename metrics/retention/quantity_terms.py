"""How numbers are written: the vocabulary of ``data/quantities_v1.yaml`` and the patterns made of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from tierscope.metrics.retention.authored import load_authored

__all__ = ["HALF", "MINUS_SIGNS", "QuantityTerms", "load_quantity_terms"]

HALF = Decimal("0.5")
MINUS_SIGNS = "-\u2212\u2013"
"""Hyphen, minus sign and en dash all stand before negative numbers."""


@dataclass(frozen=True, slots=True)
class QuantityTerms:
    """Vocabulary and patterns; the patterns expect lower-case text."""

    scales: dict[str, int]
    """Word to power of ten: bn to 9."""
    currencies: dict[str, str]
    """Sign or word to currency code."""
    units: dict[str, tuple[str, Decimal]]
    """Spelling to base unit and how many of it: bp to ("%", 0.01)."""
    number_words: dict[str, Decimal]
    """Zero to ninety, and half a."""
    parts: dict[str, int]
    """Third to 3, thirds to 3."""
    ordinals: dict[str, int]
    """First to twelfth."""
    months: dict[str, int]
    """January to December, long and short."""
    approximate: re.Pattern[str]
    """What stands right before a number that is meant roughly."""
    level: re.Pattern[str]
    """What stands before a number that is a threshold."""
    level_after: re.Pattern[str]
    """What stands after such a number."""
    bases: frozenset[str]
    """Words that say on what basis a figure is."""
    date: re.Pattern[str]
    """Days, months of a year, quarters."""
    time: re.Pattern[str]
    """Times of day."""
    share: re.Pattern[str]
    """Two thirds, a quarter of, half of."""
    unit_before: re.Pattern[str]
    """The unit of a column right before a number: "Revenue ($M) 1,204"."""
    number: re.Pattern[str]
    """Any other number with its sign, currency, scale and unit."""
    ordinal: re.Pattern[str]
    """First to twelfth as words."""


@lru_cache(maxsize=1)
def load_quantity_terms() -> QuantityTerms:
    """Read the vocabulary and compile the patterns."""
    data = load_authored("quantities_v1.yaml")
    scales = {word: int(power) for power, words in data["scales"].items() for word in words.split()}
    currencies = {word: code for code, words in data["currencies"].items() for word in words.split()}
    units = {
        word.strip(): (base, Decimal(factor))
        for base, factors in data["units"].items()
        for factor, words in factors.items()
        for word in words.split(",")
    }
    small, tens = data["small_numbers"].split(), data["tens"].split()
    whole_words = dict(zip([*small, *tens], [*range(20), *range(20, 100, 10)], strict=True))
    halves: dict[str, Decimal] = {"half a": HALF, "half an": HALF}
    ordinals = {word: number for number, word in enumerate(data["ordinals"].split(), 1)}
    parts = {word: int(number) for number, words in data["parts"].items() for word in words.split()}
    months = {name: number for number, names in enumerate(data["months"].split(), 1) for name in names.split(":")}
    approximations = _any_of(word.strip() for word in data["approximations"].split(","))
    return QuantityTerms(
        scales=scales,
        currencies=currencies,
        units=units,
        number_words={**{word: Decimal(number) for word, number in whole_words.items()}, **halves},
        parts=parts,
        ordinals=ordinals,
        months=months,
        approximate=re.compile(rf"(?:{approximations})\s*$"),
        level=_level_pattern(_any_of(word.strip() for word in data["levels"].split(","))),
        level_after=re.compile(rf"\s(?:price\s)?(?:{_any_of(data['levels_after'].split())})\b"),
        bases=frozenset(data["bases"].split()),
        date=_date_pattern(_any_of(months)),
        time=re.compile(
            r"\b(?P<h>\d{1,2})(?::(?P<min>[0-5]\d))?\s*(?P<half>[ap])\.?m\b|\b(?P<h24>\d{1,2}):(?P<m24>[0-5]\d)\b"
            r"|\b(?P<noon>noon|midday)\b|\bmidnight\b"
        ),
        share=_share_pattern(_any_of(parts)),
        unit_before=re.compile(
            rf"\((?:in\s)?(?!\w\))(?P<currency>{_any_of(currencies)})?\s?(?:(?P<unit>{_any_of(units)})\)"
            rf"|(?P<scale>{_any_of(scales)})?\)):?\s?$"
        ),
        number=_number_pattern(_any_of(scales), _any_of(currencies), _any_of(units), _any_of([*whole_words, *halves])),
        ordinal=re.compile(rf"\b(?:{_any_of(ordinals)})\b"),
    )


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _level_pattern(word: str) -> re.Pattern[str]:
    range_begins = r"(?:[~\u2248]?[$\u20ac\u00a3]?\d[\d.,]*\w?\s?(?:[-\u2013]|to|and)\s?)?"
    return re.compile(rf"\b(?:{word})\b[^.;:,\d]{{0,15}}{range_begins}$")


def _date_pattern(month: str) -> re.Pattern[str]:
    day = r"\d{1,2}(?:st|nd|rd|th)?"
    year = r"(?:19|20)\d\d"
    return re.compile(
        rf"\b(?P<iso>{year}-\d\d-\d\d)\b"
        rf"|\b(?P<m1>{month})\b\.?[\s-]+(?P<d1>{day})\b(?!\s*%)(?:,?\s+(?P<y1>{year})\b)?"
        rf"|\b(?P<d2>{day})\s+(?:of\s+)?(?P<m2>{month})\b\.?(?:,?\s+(?P<y2>{year})\b)?"
        rf"|\b(?P<m3>{month})\b\.?\s+(?P<y3>{year})\b"
        rf"|\bq(?P<q>[1-4])(?:[\s'\u2019-]*(?:fy)?\s*(?P<yq>(?:19|20)?\d\d)\b(?!\s*%))?"
        rf"|\b(?P<oq>first|second|third|fourth)[\s-]quarter\b(?:(?:\s+of)?(?:\s+fiscal)?\s+(?P<oy>(?:19|20)\d\d)\b)?"
        rf"|\bfy\s?['\u2019]?(?P<fy>(?:20)?\d\d)\b"
    )


def _share_pattern(part: str) -> re.Pattern[str]:
    half_of_a_period = "".join(rf"(?<!{word}\shalf)" for word in ("first", "second", "latter", "other"))
    return re.compile(
        rf"\b(?:(?P<count>an?|one|two|three|four)[\s-](?P<part>{part})\b(?P<of>(?=\sof\b(?!\san?\b)))?"
        rf"|half(?=\s(?:of|the|its|their)\b){half_of_a_period})"
    )


def _number_pattern(scale: str, currency: str, unit: str, word: str) -> re.Pattern[str]:
    thousands = r"\d+(?:\s?,\s?\d{3})+(?!\d)(?:\.\d+)?"  # blanks around the comma where text was cut into tokens
    return re.compile(
        rf"(?P<sign>(?<![\w.)-])[{MINUS_SIGNS}+](?=\s?[$€£¥]?\d))?\s?(?P<currency>{currency})?\s?"
        rf"(?<![\w.])(?:v(?=\d))?(?:(?P<digits>{thousands}|\d*\.?\d+)(?P<ordinal>st|nd|rd|th)?"
        rf"|(?P<word>{word})(?:[\s-](?P<ones>one|two|three|four|five|six|seven|eight|nine))?(?![a-z]))"
        r"(?P<and_half>\sand\sa\shalf)?"
        rf"(?:[\s-]?(?P<scale>{scale})(?![a-z]))?(?:[\s-]?(?P<unit>{unit}|{currency})(?![a-z\d]))?"
    )

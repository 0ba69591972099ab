"""Numbers in a text, with their unit, scale, precision and hedge: what they say rather than how it is written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

__all__ = ["Quantity", "find_quantities", "is_same_quantity"]

_SCALES = {
    "k": 3, "thousand": 3, "m": 6, "mm": 6, "mn": 6, "mln": 6, "million": 6, "millions": 6,
    "b": 9, "bn": 9, "bln": 9, "billion": 9, "billions": 9, "t": 12, "tn": 12, "trn": 12, "trillion": 12,
    "trillions": 12, "hundred": 2, "dozen": 0, "lakh": 5, "crore": 7,
}  # fmt: skip
_CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "€": "EUR", "eur": "EUR",
    "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "¥": "JPY",
    "jpy": "JPY", "yen": "JPY", "rmb": "CNY", "cny": "CNY", "yuan": "CNY", "chf": "CHF", "inr": "INR", "₹": "INR",
}  # fmt: skip
_UNITS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(["%", "percent", "pct", "per cent", "percentage points", "percentage point", "pp", "ppt"],
                    ("%", "1")),
    **dict.fromkeys(["bp", "bps", "basis points", "basis point"], ("%", "0.01")),
    **dict.fromkeys(["x", "times", "fold"], ("x", "1")),
    **dict.fromkeys(["ms", "milliseconds", "millisecond"], ("s", "0.001")),
    **dict.fromkeys(["s", "sec", "secs", "second", "seconds"], ("s", "1")),
    **dict.fromkeys(["min", "mins", "minute", "minutes"], ("s", "60")),
    **dict.fromkeys(["h", "hr", "hrs", "hour", "hours"], ("s", "3600")),
    **dict.fromkeys(["day", "days"], ("s", "86400")),
    **dict.fromkeys(["week", "weeks"], ("s", "604800")),
    **dict.fromkeys(["month", "months"], ("month", "1")),
    **dict.fromkeys(["quarter", "quarters"], ("month", "3")),
    **dict.fromkeys(["year", "years", "yr", "yrs"], ("month", "12")),
    **dict.fromkeys(["mm", "millimetres", "millimeters"], ("m", "0.001")),
    **dict.fromkeys(["cm", "centimetres", "centimeters"], ("m", "0.01")),
    **dict.fromkeys(["metre", "metres", "meter", "meters"], ("m", "1")),
    **dict.fromkeys(["km", "kilometre", "kilometres", "kilometer", "kilometers"], ("m", "1000")),
    **dict.fromkeys(["mile", "miles"], ("m", "1609.344")),
    **dict.fromkeys(["g", "gram", "grams"], ("g", "1")),
    **dict.fromkeys(["kg", "kilogram", "kilograms", "kilos"], ("g", "1000")),
    **dict.fromkeys(["tonne", "tonnes"], ("g", "1000000")),
    **dict.fromkeys(["gb", "gigabytes"], ("byte", "1000000000")),
    **dict.fromkeys(["mb", "megabytes"], ("byte", "1000000")),
    **dict.fromkeys(["tb", "terabytes"], ("byte", "1000000000000")),
    **dict.fromkeys(["w", "watts"], ("W", "1")),
    **dict.fromkeys(["kw", "kilowatts"], ("W", "1000")),
    **dict.fromkeys(["mw", "megawatts"], ("W", "1000000")),
    **dict.fromkeys(["gw", "gigawatts"], ("W", "1000000000")),
}  # fmt: skip
_NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen".split()
    )
    for word in [words]
} | {word: 10 * tens for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_ORDINAL_WORDS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 1
    )
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        "january:jan february:feb march:mar april:apr may june:jun july:jul august:aug september:sep:sept"
        " october:oct november:nov december:dec".split(), 1
    )
    for name in names.split(":")
}  # fmt: skip

_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_CURRENCY = "|".join(re.escape(sign) for sign in sorted(_CURRENCIES, key=len, reverse=True))
_WORD_NUMBER = "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True))
_APPROXIMATE = re.compile(
    r"(?:about|around|approximately|approx\.?|roughly|nearly|almost|some|circa|over|under|more than|less than"
    r"|at least|at most|up to|above|below|close to|just (?:over|under)|~|≈|c\.)\s*[$€£]?$"
)
_DATE = re.compile(
    rf"\b(?P<iso>(?:19|20)\d\d-\d\d-\d\d)\b"
    rf"|\b(?P<m1>{_MONTH})\b\.?\s+(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*%)(?:,?\s+(?P<y1>(?:19|20)\d\d)\b)?"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m2>{_MONTH})\b\.?(?:,?\s+(?P<y2>(?:19|20)\d\d)\b)?"
    rf"|\b(?P<m3>{_MONTH})\b\.?\s+(?P<y3>(?:19|20)\d\d)\b"
    rf"|\bq(?P<q>[1-4])(?:[\s'’-]*(?:fy)?\s*(?P<yq>(?:19|20)?\d\d)\b(?!\s*%))?"
)
_TIME = re.compile(
    r"\b(?P<h>\d{1,2})(?::(?P<min>[0-5]\d))?\s*(?P<half>[ap])\.?m\b|\b(?P<h24>\d{1,2}):(?P<m24>[0-5]\d)\b"
)
_NUMBER = re.compile(
    rf"(?P<sign>(?<![\w.)-])[-−–+](?=\s?[$€£¥]?\d))?\s?(?P<currency>{_CURRENCY})?\s?"
    rf"(?<![\w.])(?:(?P<digits>\d+(?:\s?,\s?\d{{3}})+(?!\d)(?:\.\d+)?|\d*\.?\d+)(?P<ordinal>st|nd|rd|th)?"
    rf"|(?P<word>{_WORD_NUMBER})(?:[\s-](?P<word2>one|two|three|four|five|six|seven|eight|nine))?(?![a-z]))"
    rf"(?:[\s-]?(?P<scale>{_SCALE})(?![a-z]))?(?:[\s-]?(?P<unit>{_UNIT}|{_CURRENCY})(?![a-z]))?"
)
_ORDINAL = re.compile(r"\b(?:" + "|".join(_ORDINAL_WORDS) + r")\b")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number, date or time of a text."""

    text: str
    """As written."""
    value: Decimal
    """In the base unit of its kind: percent, seconds, months, metres, whole currency; dates as yyyymmdd."""
    kind: str
    """Base unit (``%``, ``USD``, ``s`` ...), ``date``, ``time``, ``quarter``, ``ordinal``, or ``""`` for a bare number."""
    step: Decimal
    """Value of one unit in the last place written: 0.1 for 20.6, 1,000,000 for "3m"."""
    is_approximate: bool
    """Said to be about, over or nearly so much."""
    start: int
    """First character in the text."""
    end: int
    """Character after the last."""


@lru_cache(maxsize=20_000)
def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Find the numbers of a text in order; digits inside names such as H100 or COVID-19 are none."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters change length with their case; offsets must hold
        lowered = text
    found: list[Quantity] = []
    for finder in (_find_dates, _find_times, _find_numbers, _find_ordinals):
        taken = [(quantity.start, quantity.end) for quantity in found]
        found.extend(
            quantity
            for quantity in finder(lowered)
            if not any(quantity.start < end and start < quantity.end for start, end in taken)
        )
    return tuple(sorted(found, key=lambda quantity: quantity.start))


def is_same_quantity(one: Quantity, other: Quantity) -> bool:
    """Say whether two quantities state the same fact.

    Equal values are the same whatever the unit or scale; a value also matches its rounding to the coarser of
    the two precisions; and one that is said to be approximate matches what lies within one such step.
    A bare number matches any kind; a date without a year matches the same day of any year.
    """
    if {one.kind, other.kind} == {"date", "year"}:
        return _year_of(one) == _year_of(other)
    if one.kind != other.kind and "year" not in (one.kind, other.kind):
        if one.kind and other.kind:
            return False
        if "date" in (one.kind, other.kind) or "quarter" in (one.kind, other.kind):
            return False
    if one.kind in ("date", "quarter"):
        return _is_same_date(one.value, other.value)
    difference = abs(one.value - other.value)
    if one.value != 0 and abs(one.value + other.value) < difference:
        difference = abs(abs(one.value) - abs(other.value))  # "-5%" and "fell 5%": direction is judged by words
    step = max(one.step, other.step)
    if one.is_approximate or other.is_approximate:
        return difference <= step
    return difference <= step / 2 if one.step != other.step else difference == 0


def _year_of(quantity: Quantity) -> int:
    return int(quantity.value) // (10_000 if quantity.kind == "date" else 1)


def _is_same_date(one: Decimal, other: Decimal) -> bool:
    """Compare yyyymmdd (or yyyyq) where 0 stands for a part that was not said."""
    for part in (10**4, 100, 1):
        left, right = int(one) // part, int(other) // part
        if part != 10**4:
            left, right = left % 100, right % 100
        if left and right and left != right:
            return False
    return True


def _find_dates(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    for match in _DATE.finditer(text):
        part = match.groupdict()
        if part["iso"]:
            value = int(part["iso"].replace("-", ""))
        elif part["q"]:
            year = int(part["yq"] or 0)
            value = (year + 2000 if 0 < year < 100 else year) * 10_000 + int(part["q"])
            found.append(_point(match, value, "quarter"))
            continue
        else:
            month = _MONTHS[part["m1"] or part["m2"] or part["m3"]]
            year = int(part["y1"] or part["y2"] or part["y3"] or 0)
            value = year * 10_000 + month * 100 + int(part["d1"] or part["d2"] or 0)
        found.append(_point(match, value, "date"))
    return found


def _find_times(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    for match in _TIME.finditer(text):
        if match["half"]:
            hour = int(match["h"]) % 12 + (12 if match["half"] == "p" else 0)
            found.append(_point(match, hour * 60 + int(match["min"] or 0), "time"))
        else:
            found.append(_point(match, int(match["h24"]) * 60 + int(match["m24"]), "time"))
    return found


def _find_ordinals(text: str) -> list[Quantity]:
    return [_point(match, _ORDINAL_WORDS[match.group()], "ordinal") for match in _ORDINAL.finditer(text)]


def _point(match: re.Match[str], value: int, kind: str) -> Quantity:
    return Quantity(match.group(), Decimal(value), kind, Decimal(1), False, match.start(), match.end())


def _find_numbers(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    for match in _NUMBER.finditer(text):
        quantity = _read_number(match, text)
        if quantity is not None:
            found.append(quantity)
    return _share_units(found, text)


def _read_number(match: re.Match[str], text: str) -> Quantity | None:
    part = match.groupdict()
    if (
        part["digits"]
        and text[match.end("digits") : match.end("digits") + 1].isalpha()
        and not (part["ordinal"] or part["scale"] or part["unit"])
    ):
        return None  # 5g, 3d, 10k: part of a name
    if part["digits"]:
        digits = re.sub(r"[\s,]", "", part["digits"])
        try:
            value = Decimal(digits)
        except InvalidOperation:
            return None
        step = Decimal(1).scaleb(-len(digits.partition(".")[2]))
    else:
        value = Decimal(_NUMBER_WORDS[part["word"]] + _NUMBER_WORDS.get(part["word2"] or "", 0))
        step = Decimal(1)
    scale, unit = part["scale"], part["unit"]
    factor = Decimal(12 if scale == "dozen" else 1).scaleb(_SCALES[scale] if scale else 0)
    kind = _CURRENCIES.get(part["currency"] or "", "")
    if part["ordinal"]:
        kind = "ordinal"
    elif unit in _UNITS:
        base, unit_factor = _UNITS[unit]
        factor, kind = factor * Decimal(unit_factor), kind or base
    elif unit in _CURRENCIES:
        kind = _CURRENCIES[unit]
    if kind == "" and scale is None and re.fullmatch(r"(?:19|20)\d\d", part["digits"] or ""):
        kind = "year"
    sign = -1 if part["sign"] in ("-", "−", "–") else 1
    hedged = _APPROXIMATE.search(text[max(0, match.start() - 16) : match.start()].rstrip() + " ") is not None
    start = match.start() + len(match.group()) - len(match.group().lstrip())
    return Quantity(match.group().strip(), sign * value * factor, kind, step * factor, hedged, start, match.end())


def _share_units(found: Sequence[Quantity], text: str) -> list[Quantity]:
    """Give the first number of a range ("5-6%", "2 to 3 million") the unit of the second."""
    shared = list(found)
    for index in range(len(shared) - 1):
        first, second = shared[index], shared[index + 1]
        between = text[first.end : second.start].strip()
        if between not in ("-", "–", "—", "to", "and", "or", "") or first.kind or not second.kind:
            continue
        if between == "" and not second.text.startswith(("-", "–", "−")):
            continue
        factor = second.step if second.step > 1 and first.step == 1 else Decimal(1)
        shared[index] = Quantity(
            first.text, first.value * factor, second.kind, first.step * factor, first.is_approximate,
            first.start, first.end,
        )  # fmt: skip
    return shared

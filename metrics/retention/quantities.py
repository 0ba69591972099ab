"""Numbers in a text, with their unit, scale, precision and hedge: what they say rather than how it is written."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from tierscope.metrics.retention.quantity_terms import HALF, MINUS_SIGNS, load_quantity_terms

__all__ = ["Quantity", "find_quantities", "is_same_quantity"]

_DASHES = frozenset(f"{MINUS_SIGNS}\u2014")
_ENUMERATOR_DIGITS = 2
_NETWORK_CHARACTERS = 2
"""5g is a network, 50g and 5 g are weights."""
_ROUNDED_SHARE, _ROUGH_SHARE = Decimal("0.1"), Decimal("0.2")
"""How far a rounded, or a rough, figure may be off: 1.7 is no 2, and 0.14 is no 0."""
_BARE = ("", "year")
"""Kinds of number without a unit."""
_HALF_STEP = Decimal("0.1")
"""How exact "two and a half" is."""
_PARTS_OF_OTHER_THINGS = (2, 4)
"""Halves and quarters of a game or a year are no shares; of something they are."""
_PER_CENT = Decimal(100)
_TITLE_CHARACTERS = 24
"""The unit in a column's title stands at most so far before the number."""
_DAYS = range(1, 32)
_REMEMBERED_CHARACTERS = 2_000
"""Sentences are asked for again and again; a longer text is not kept in memory for that."""
_BETWEEN_RANGE = _DASHES | {"to", "and", "or", ""}


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number, date or time of a text."""

    text: str
    """As written."""
    value: Decimal
    """In the base unit of its kind: percent, seconds, months, metres, whole currency; dates as yyyymmdd."""
    kind: str
    """Base unit (``%``, ``USD``, ``s`` ...), date, year, quarter, time, ordinal, or "" for a bare number."""
    step: Decimal
    """Value of one unit in the last place written: 0.1 for 20.6, 1,000,000 for "3m"."""
    unit: Decimal
    """Value of one of the unit that is written: 60 for minutes; 1 without a unit."""
    is_approximate: bool
    """Said to be about, over or nearly so much."""
    start: int
    """First character in the text."""
    end: int
    """Character after the last."""


def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Find the numbers of a text in order; digits inside names such as H100 or COVID-19 are none."""
    return _remember_quantities(text) if len(text) <= _REMEMBERED_CHARACTERS else _read_quantities(text)


@lru_cache(maxsize=20_000)
def _remember_quantities(text: str) -> tuple[Quantity, ...]:
    return _read_quantities(text)


def _read_quantities(text: str) -> tuple[Quantity, ...]:
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters change length with their case; offsets must hold
        lowered = text
    found: list[Quantity] = []
    for finder in (_find_dates, _find_times, _find_shares, _find_numbers, _find_ordinals):
        starts = [quantity.start for quantity in found]
        found += [quantity for quantity in finder(lowered) if not _is_taken(quantity, found, starts)]
        found.sort(key=lambda quantity: quantity.start)
    found = _complete_ranges(found, lowered)
    return tuple(replace(quantity, text=text[quantity.start : quantity.end].strip()) for quantity in found)


def _is_taken(quantity: Quantity, found: Sequence[Quantity], starts: Sequence[int]) -> bool:
    """Say whether a number lies in characters of another one; those found so far are in order and apart."""
    before = bisect_left(starts, quantity.end)
    return before > 0 and found[before - 1].end > quantity.start


def is_same_quantity(one: Quantity, other: Quantity) -> bool:
    """Say whether two quantities state the same fact.

    Equal values are the same whatever the unit or scale; a value also matches its rounding to the coarser of the two
    precisions (or being cut off there, where three digits are left), if that is less than a tenth off; and one that
    is said to be approximate matches what lies within one such step, if less than a fifth off.
    A bare number matches one with a unit as that is written (420 and 420 ms), or as a share (0.032 and 3.2%); a date
    without a year matches the same day of any year.
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
    if one.kind in _BARE and other.kind not in _BARE:
        return _is_same_without_unit(one, other)
    if other.kind in _BARE and one.kind not in _BARE:
        return _is_same_without_unit(other, one)
    return _is_equal(one, other)


def _is_same_without_unit(bare: Quantity, other: Quantity) -> bool:
    """Compare a bare number with one whose unit may have been left out, or said elsewhere."""
    divisors = [other.unit, _PER_CENT] if other.kind == "%" and bare.step < 1 else [other.unit]
    return any(_is_equal(bare, replace(other, value=other.value / one, step=other.step / one)) for one in divisors)


def _is_equal(one: Quantity, other: Quantity) -> bool:
    difference = abs(one.value - other.value)
    if one.value != 0 and abs(one.value + other.value) < difference:
        difference = abs(abs(one.value) - abs(other.value))  # "-5%" and "fell 5%": direction is judged by words
    return _is_close(one, other, difference)


def _is_close(one: Quantity, other: Quantity, difference: Decimal) -> bool:
    """Allow for rounding: a figure with one digit left says little, so the difference must be small as well."""
    step, larger = max(one.step, other.step), max(abs(one.value), abs(other.value))
    if one.is_approximate or other.is_approximate:
        return difference <= step and difference <= larger * _ROUGH_SHARE
    if one.step == other.step:
        return difference == 0
    if min(abs(one.value), abs(other.value)) >= 100 * step:
        return difference < step
    return difference <= step / 2 and difference <= larger * _ROUNDED_SHARE


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
    return [_read_date(match) for match in load_quantity_terms().date.finditer(text)]


def _read_date(match: re.Match[str]) -> Quantity:
    part = match.groupdict()
    if part["iso"]:
        return _point(match, int(part["iso"].replace("-", "")), "date")
    if part["q"] or part["oq"]:
        year, quarter = int(part["yq"] or part["oy"] or 0), part["q"] or load_quantity_terms().ordinals[part["oq"]]
        return _point(match, (year + 2000 if 0 < year < 100 else year) * 10_000 + int(quarter), "quarter")
    if part["fy"]:
        return _point(match, 2000 + int(part["fy"][-2:]), "year")
    month = load_quantity_terms().months[part["m1"] or part["m2"] or part["m3"]]
    year = int(part["y1"] or part["y2"] or part["y3"] or 0)
    day = int((part["d1"] or part["d2"] or "0").rstrip("sthndr"))
    return _point(match, year * 10_000 + month * 100 + day, "date")


def _find_times(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    for match in load_quantity_terms().time.finditer(text):
        if match["half"]:
            hour = int(match["h"]) % 12 + (12 if match["half"] == "p" else 0)
            found.append(_point(match, hour * 60 + int(match["min"] or 0), "time"))
        elif match["h24"]:
            found.append(_point(match, int(match["h24"]) * 60 + int(match["m24"]), "time"))
        else:
            found.append(_point(match, 12 * 60 if match["noon"] else 0, "time"))
    return found


def _find_shares(text: str) -> list[Quantity]:
    """Two thirds, a quarter of, by a fifth, half the: a share in words is a rough percentage."""
    terms = load_quantity_terms()
    found: list[Quantity] = []
    for match in terms.share.finditer(text):
        count = match["count"]
        is_of_something = match["of"] is not None or text[: match.start()].endswith("by ")
        parts = terms.parts[match["part"]] if count else 2
        if count and not is_of_something and (parts in _PARTS_OF_OTHER_THINGS or count not in terms.number_words):
            continue
        share = 100 * terms.number_words.get(count or "one", Decimal(1)) / parts
        found.append(replace(_point(match, 0, "%"), value=share, is_approximate=True))
    return found


def _find_ordinals(text: str) -> list[Quantity]:
    terms = load_quantity_terms()
    return [_point(match, terms.ordinals[match.group()], "ordinal") for match in terms.ordinal.finditer(text)]


def _point(match: re.Match[str], value: int, kind: str) -> Quantity:
    return Quantity(
        text=match.group(),
        value=Decimal(value),
        kind=kind,
        step=Decimal(1),
        unit=Decimal(1),
        is_approximate=False,
        start=match.start(),
        end=match.end(),
    )


def _find_numbers(text: str) -> list[Quantity]:
    return [
        _read_number(match, text)
        for match in load_quantity_terms().number.finditer(text)
        if not _is_part_of_name(match, text) and not _is_enumerator(match, text) and not _is_no_count(match, text)
    ]


def _is_part_of_name(match: re.Match[str], text: str) -> bool:
    """Recognise the 5 of 5G and the 19 of COVID-19."""
    start, end = match.span("digits")
    if match["unit"] == "g" and match.end() - start == _NETWORK_CHARACTERS:
        return True
    if start < 0 or match["scale"] or match["unit"] or match["currency"]:
        return False
    is_before_letter = text[end : end + 1].isalpha() and not match["ordinal"]
    return is_before_letter or (start >= 2 and text[start - 1] == "-" and text[start - 2].isalpha())


def _is_no_count(match: re.Match[str], text: str) -> bool:
    """Recognise half a loaf, unlike half an hour, and no one."""
    word = match["word"] or ""
    if word.startswith("half"):
        return not (match["scale"] or match["unit"])
    return word == "one" and text[: match.start("word")].endswith("no ")


def _is_enumerator(match: re.Match[str], text: str) -> bool:
    """Recognise the (2) and 2) that count points within a sentence."""
    start, end = match.span("digits")
    if start < 0 or end - start > _ENUMERATOR_DIGITS or text[end : end + 2] != ") ":
        return False
    return text[start - 1 : start] == "(" or not text[:start].strip() or text[start - 2 : start] in (". ", ": ", "; ")


def _read_number(match: re.Match[str], text: str) -> Quantity:
    terms = load_quantity_terms()
    digits = re.sub(r"[\s,]", "", match["digits"] or "")
    if digits:
        value, step = Decimal(digits), Decimal(1).scaleb(-len(digits.partition(".")[2]))
    else:
        words = terms.number_words
        value = words[match["word"]] + words.get(match["ones"] or "", Decimal(0))
        step = _HALF_STEP if value == HALF else Decimal(1)
    if match["and_half"]:
        value, step = value + HALF, _HALF_STEP
    kind, scale, unit = _read_unit(match, text, digits)
    sign = -1 if match["sign"] and match["sign"] in MINUS_SIGNS else 1
    before = text[max(0, match.start() - 16) : match.start()]
    whole = match.group()
    return Quantity(
        text=whole.strip(),
        value=sign * value * scale * unit,
        kind=kind,
        step=step * scale * unit,
        unit=unit,
        is_approximate=terms.approximate.search(before) is not None,
        start=match.start() + len(whole) - len(whole.lstrip()),
        end=match.end(),
    )


def _read_unit(match: re.Match[str], text: str, digits: str) -> tuple[str, Decimal, Decimal]:
    """Base unit of a number, what its scale multiplies it by, and how many base units its unit is."""
    terms = load_quantity_terms()
    one = Decimal(1)
    if match["ordinal"]:
        return "ordinal", one, one
    if not (match["currency"] or match["scale"] or match["unit"]):
        titled = terms.unit_before.search(text, max(0, match.start() - _TITLE_CHARACTERS), match.start("digits"))
        if titled is None:
            return "year" if re.fullmatch(r"(?:19|20)\d\d", digits) else "", one, one
        match = titled
    scale = one.scaleb(terms.scales[match["scale"]] if match["scale"] else 0)
    kind = terms.currencies.get(match["currency"] or "", "")
    if match["unit"] in terms.units:
        base, unit = terms.units[match["unit"]]
        return kind or base, scale, unit
    return terms.currencies[match["unit"]] if match["unit"] else kind, scale, one


def _complete_ranges(found: Sequence[Quantity], text: str) -> list[Quantity]:
    """Give one end of a range ("5-6%", "2 to 3 million", "1-6 April") the unit and scale, or month, of the other."""
    whole = list(found)
    for index, (first, second) in enumerate(pairwise(found)):
        between = text[first.end : second.start].strip()
        if between not in _BETWEEN_RANGE or not (between or text[second.start] in _DASHES):
            continue
        is_between = between != "and" or text[: first.start].endswith("between ")
        if second.kind == "date" and _is_day(first):
            whole[index] = _on_day(first, second)
        elif first.kind == "date" and _is_day(second) and is_between:
            whole[index + 1] = _on_day(second, first)
        elif not first.kind:
            whole[index] = _in_unit_of(first, second)
    return whole


def _in_unit_of(first: Quantity, second: Quantity) -> Quantity:
    """The lower end in the unit of the upper one, and in its scale if it has none and stays the lower end."""
    decimals = re.search(r"\.(\d+)", second.text)
    scale = (second.step / second.unit).scaleb(len(decimals[1]) if decimals else 0)
    if first.step > 1 or abs(first.value * scale * second.unit) > abs(second.value):
        scale = Decimal(1)
    factor = scale * second.unit
    return replace(first, value=first.value * factor, step=first.step * factor, kind=second.kind, unit=second.unit)


def _is_day(quantity: Quantity) -> bool:
    return not quantity.kind and abs(quantity.value) in _DAYS


def _on_day(day: Quantity, date: Quantity) -> Quantity:
    """The day of another date's month; a date that names no day has none to share."""
    if date.value % 100 == 0:
        return day
    return replace(day, value=date.value - date.value % 100 + abs(day.value), kind="date")

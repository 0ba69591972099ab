"""Numbers that a pattern alone cannot tell from others: cards and bank accounts by their check digits, telephones."""

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["mask_cards", "mask_ibans", "mask_phones"]

_GAP: Final = "[ \u00a0-]"
_DIGITS: Final = re.compile(rf"(?<![0-9A-Za-z])(?<!\d\.)\d(?:{_GAP}?\d){{12,}}(?![0-9A-Za-z])", re.ASCII)
_GROUP: Final = re.compile(r"\d+", re.ASCII)
_ISSUERS: Final = re.compile(r"4|5[1-5]|2[2-7]|3[0-9]|6")
"""How numbers of cards begin."""
_CARD_DIGITS: Final = range(13, 20)

_IBAN: Final = re.compile(rf"(?<![0-9A-Za-z])[A-Z]{{2}}\d{{2}}(?:{_GAP}?[A-Z0-9]){{11,30}}", re.IGNORECASE | re.ASCII)
_IBANS: Final = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24
    FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32
    LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24
    RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
_IBAN_LENGTHS: Final = {text[:2]: int(text[2:]) for text in _IBANS.split()}
"""Country -> characters, by the registry of ISO 13616."""

_PHONE: Final = re.compile(
    r"(?<![0-9A-Za-z+])(?<!\d\.)"
    r"(?:\+\d(?:[ .()/-]{0,2}\d){7,14}|\(\d{3}\)[ .-]?\d{3}[ .-]\d{4}|\d{3}([ .-])\d{3}\1\d{4})"
    r"(?![0-9A-Za-z])",
    re.ASCII,
)


def mask_cards(text: str, marker: str) -> str:
    """Replace numbers of payment cards: 13 to 19 digits, in groups or not, with a known beginning and Luhn's check."""
    return _DIGITS.sub(lambda run: _mask_run(run[0], marker), text)


def mask_ibans(text: str, marker: str) -> str:
    """Replace international bank account numbers: a country's length, and a remainder of 1 modulo 97."""
    parts: list[str] = []
    position = 0
    found = _IBAN.search(text)
    while found is not None:
        end = _end_of_iban(found)
        if end is not None:
            parts += (text[position : found.start()], marker)
            position = end
        found = _IBAN.search(text, found.start() + 1 if end is None else end)
    return "".join((*parts, text[position:]))


def mask_phones(text: str, marker: str) -> str:
    """Replace telephone numbers: international ones with a plus, North American ones in three groups."""
    return _PHONE.sub(marker, text)


def _mask_run(run: str, marker: str) -> str:
    """A run of digits and gaps without the cards in it; a card begins and ends with a group."""
    groups = [(found.start(), found.end()) for found in _GROUP.finditer(run)]
    parts: list[str] = []
    position, index = 0, 0
    while index < len(groups):
        last = next((last for last in _ends(groups, index) if _is_card(run[groups[index][0] : groups[last][1]])), None)
        if last is None:
            index += 1
            continue
        parts += (run[position : groups[index][0]], marker)
        position, index = groups[last][1], last + 1
    return "".join((*parts, run[position:]))


def _ends(groups: list[tuple[int, int]], first: int) -> Iterator[int]:
    """Groups at which a card that begins with a given one may end, the farthest first."""
    digits = 0
    found: list[int] = []
    for index in range(first, len(groups)):
        digits += groups[index][1] - groups[index][0]
        if digits >= _CARD_DIGITS.stop:
            break
        if digits in _CARD_DIGITS:
            found.append(index)
    yield from reversed(found)


def _is_card(text: str) -> bool:
    digits = [int(digit) for digit in text if digit.isdecimal()]
    if not _ISSUERS.match("".join(map(str, digits))):
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _end_of_iban(found: re.Match[str]) -> int | None:
    """Where an account number ends: a candidate may run on into the words behind it, so its country's length counts."""
    length = _IBAN_LENGTHS.get(found[0][:2].upper())
    positions = [position for position, char in enumerate(found[0]) if char.isalnum()]
    if length is None or len(positions) < length:
        return None
    account = "".join(found[0][position] for position in positions[:length]).upper()
    rearranged = "".join(str(int(char, 36)) for char in account[4:] + account[:4])
    return found.start() + positions[length - 1] + 1 if int(rearranged) % 97 == 1 else None

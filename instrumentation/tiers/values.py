"""Whole numbers out of recorded attributes, which may hold anything."""

from typing import Final

from tierscope.instrumentation.spans import AttributeValue

_MOST: Final = 2**31 - 1
_TOKEN_DIGITS: Final = 12
"""Far more than any model takes; sums of such counts fit into the columns of the store."""


def whole(value: AttributeValue) -> int | None:
    """A number that can be a tier, a level or a limit; None for anything else.

    The largest integer that there is, by which some programs say that nothing is limited, is no such number.
    """
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MOST else None


def token_count(value: AttributeValue) -> int | None:
    """A number of tokens, also as text; None for anything else, such as a negative one."""
    if isinstance(value, float) and value.is_integer():  # JavaScript knows one kind of number
        value = int(value)
    if isinstance(value, str) and value.isdecimal() and len(value) <= _TOKEN_DIGITS:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**_TOKEN_DIGITS:
        return value
    return None

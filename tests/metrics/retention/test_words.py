"""Words: what holds of stems whoever asks."""

import itertools
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tierscope.metrics.retention.words import stem


@pytest.fixture
def quick_switches() -> Iterator[None]:
    """Threads take turns after every few steps."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("quick_switches")
def test_stems_are_the_same_however_many_threads_ask() -> None:
    beginnings = ("".join(letters) for letters in itertools.product("bcdfgl", "aeiou", "mnrst"))
    words = [f"{begin}{end}" for begin in beginnings for end in ("izations", "fulness", "ingly", "ically", "ments")]
    with ThreadPoolExecutor(4) as threads:
        shares = list(threads.map(_stem_all, (words[i::4] for i in range(4))))
    assert shares == [[stem.__wrapped__(word) for word in words[i::4]] for i in range(4)]


def _stem_all(words: list[str]) -> list[str]:
    return [stem(word) for word in words]

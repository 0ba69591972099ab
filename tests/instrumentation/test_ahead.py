"""Working one item ahead changes when items are made, and nothing else."""

import threading
from collections.abc import Generator

import pytest

from tierscope.instrumentation.ahead import one_ahead

NEVER_S = 60.0


def numbers(ended: list[bool], fails_after: int | None = None) -> Generator[int]:
    try:
        for number in range(4):
            if number == fails_after:
                raise OSError("the disk is gone")
            yield number
    finally:
        ended.append(True)


def test_items_come_in_order_and_their_maker_is_closed() -> None:
    ended: list[bool] = []
    assert list(one_ahead(numbers(ended))) == [0, 1, 2, 3]
    assert ended == [True]


def test_next_item_is_made_while_the_one_before_is_used() -> None:
    is_second_made = threading.Event()

    def items() -> Generator[int]:
        yield 1
        is_second_made.set()
        yield 2

    for item in one_ahead(items()):
        assert item == 2 or is_second_made.wait(NEVER_S)


def test_failure_comes_after_the_items_before_it() -> None:
    ended: list[bool] = []
    seen: list[int] = []
    with pytest.raises(OSError, match="the disk is gone"):
        seen.extend(one_ahead(numbers(ended, fails_after=2)))
    assert seen == [0, 1]
    assert ended == [True]


def test_maker_is_closed_where_nobody_wants_the_rest() -> None:
    ended: list[bool] = []
    items = one_ahead(numbers(ended))
    assert next(items) == 0
    items.close()
    assert ended == [True]
